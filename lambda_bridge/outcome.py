"""The platform's part where an event is not HTTP, on this machine: how it calls the handler, and what it makes of that.

The other half of `lambda_bridge.emulate`, for the test client and the command line; never for production.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge import formats
from lambda_bridge.errors import ConfigurationError, UnknownEvent
from lambda_bridge.triggers import Source, load_source

if TYPE_CHECKING:
    from lambda_bridge.emulate import Platform


@dataclass(frozen=True)
class Outcome:
    """What has become of an event: all has been done where `failures` is empty."""

    event: Any
    """What went over the wire on the way."""
    result: Any = None
    """What came back; None where the invocation has failed."""
    answer: Any = None
    """What goes back to the one who waits for it: of an authorizer, a direct invocation, received mail; else None."""
    failures: list[int] = field(default_factory=list)
    """Which of the records have failed, counted from 0: the platform sends them again, and nothing else."""
    error: Optional[Exception] = None
    """What the invocation has failed with: then all of the records have."""


def format_for(name: str, played: str = "") -> str:
    """The format whose platform calls a function as that of the source *name* does; *played* where that one does."""
    cloud = name.partition(".")[0]
    if cloud in _CALL_OTHERWISE:
        return cloud
    return played if played and _calls_with_json(played) else "aws_http"


# Clouds that do not call with JSON that is parsed. Each is a format too, which knows how.
_CALL_OTHERWISE = ("aliyun", "azure", "fn")


def _calls_with_json(name: str) -> bool:
    module = formats.load(name)
    return not hasattr(module, "call") and not hasattr(module, "asgi_app")


def invoke(platform: Platform, name: str, event: Any, context: Any) -> Outcome:
    """Hand *event* of the source *name* over, on the platform of `format_for`.

    Raises what is no fault of the function's work: UnknownEvent where it takes no events of this
    source, and ConfigurationError.
    """
    source = load_source(name)
    try:
        result = hand_over(platform, name, event, context)
    except (ConfigurationError, UnknownEvent):
        raise
    except Exception as error:  # whatever the function raises fails the invocation
        return Outcome(event, failures=list(range(_count(source, event))), error=error)
    answer = _read_answer(name, result, context) if source.answers else None
    return Outcome(event, result, answer, _failures(source, event, result))


def hand_over(platform: Platform, name: str, event: Any, context: Any) -> Any:
    """What the function returns; raises what it raises."""
    if name == "fn.invoke":
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        return platform.invoke((context, BytesIO(body)), context)
    if name.startswith("google.") and "specversion" in event:
        # As functions-framework 3.10.2 calls a function with the signature cloudevent.
        return platform.handler(_as_object(event))
    return platform.invoke(event, context)


def _as_object(event: dict[str, Any]) -> Any:
    """The object of the CloudEvents SDK; *event* itself, which the rows take too, where that is not installed."""
    try:
        from cloudevents.http import CloudEvent
    except ImportError:
        return event
    return CloudEvent({key: value for key, value in event.items() if key != "data"}, event.get("data"))


def _read_answer(name: str, result: Any, context: Any) -> Any:
    # Elsewhere it is JSON by then; Fn sends it on as it is, with the content type that the context has got.
    is_json = name == "fn.invoke" and context.GetResponseHeaders().get("content-type") == "application/json"
    return json.loads(result) if is_json else result


def _count(source: Source, event: Any) -> int:
    try:
        return len(source.records(event))
    except Exception:  # that is what the invocation has failed with
        return 0


def _failures(source: Source, event: Any, result: Any) -> list[int]:
    if source.failed is None or not isinstance(result, dict):
        return []
    told = [each["itemIdentifier"] for each in result["batchItemFailures"]]
    return [index for index in range(_count(source, event)) if source.failed(event, [index])[0] in told]
