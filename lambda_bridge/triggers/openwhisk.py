"""Direct invocations and triggers of OpenWhisk, whose actions get their parameters alone.

Not web actions: those have keys ``__ow_*`` (DigitalOcean's ``http``) beside the client's, which no
row takes. There is no context; `OPENWHISK` stands for it, where the environment says that this is
the platform. The result must be a dict (apache/openwhisk, docs/actions-python.md).
"""

from __future__ import annotations

from lambda_bridge.triggers import OPENWHISK, CloudEvent, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _is_invoke(event: Any) -> bool:
    return isinstance(event, dict) and "http" not in event


def _read(record: Any, event: Any) -> CloudEvent:
    return CloudEvent("", "openwhisk:invoke", "org.apache.openwhisk.Invocation", event)


SOURCES: tuple[Source, ...] = (
    Source(
        "openwhisk.invoke",
        "OpenWhisk, direct invocations and triggers",
        "https://github.com/apache/openwhisk/blob/master/docs/actions-python.md",
        holds=_is_invoke,
        read=_read,
        answers=True,
        nothing={},
        by_context=lambda context: context == OPENWHISK,
    ),
)
