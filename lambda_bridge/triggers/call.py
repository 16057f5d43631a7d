"""What a platform called the handler with, and whether that is an event with work to do."""

from __future__ import annotations

from lambda_bridge.triggers import OPENWHISK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def read_call(args: tuple[Any, ...], keywords: Mapping[str, Any]) -> tuple[Any, Any]:
    """(event as the rows see it, context) of the arguments that a platform called the handler with."""
    event = args[0] if args else keywords.get("req", keywords.get("event"))
    context = args[1] if len(args) > 1 else keywords.get("context")
    if is_fn(event):
        data: Any = keywords.get("data")
        context, event = event, data.read() if hasattr(data, "read") else data
    if isinstance(event, (bytes, bytearray, str)):
        event = _parse(event)
    if hasattr(context, "event_id") and hasattr(context, "event_type"):
        told = {"eventId": "event_id", "timestamp": "timestamp", "eventType": "event_type", "resource": "resource"}
        about = {name: getattr(context, attribute, None) for name, attribute in told.items()}
        event = {"data": event, "context": about}
    return event, context


def _parse(event: bytes | bytearray | str) -> Any:
    from json import loads

    try:
        found = loads(event)
    except (ValueError, RecursionError):
        return event
    # Who hands over text has parsed the JSON already: of a payload "7" it is the text that was sent. An object in a
    # text is one that somebody has written as JSON twice.
    return event if isinstance(event, str) and not isinstance(found, (dict, list)) else found


def is_fn(context: Any) -> bool:
    """Whether this is Fn's context, which comes first, with the event beside it as ``data`` (fdk-python 0.1.128)."""
    return (type(context).__module__, type(context).__qualname__) == ("fdk.context", "InvokeContext")


def known_context(context: Any) -> Any:
    """*context*; OPENWHISK where there is none, and the environment says that this is the platform without one."""
    from os import environ

    # Set anew before each call (apache/openwhisk-runtime-go, 1b001516).
    return OPENWHISK if context is None and "__OW_ACTIVATION_ID" in environ else context


def is_warmup(event: Any, field: str | None) -> bool:
    """Whether *event* only keeps the function warm; *field* is ``"name"`` or ``"name=value"``, a key of one's own."""
    if not isinstance(event, dict):
        return False
    if event.get("source") == "serverless-plugin-warmup":  # serverless.com/plugins/serverless-plugin-warmup
        return True
    if event.get("detail-type") == "Scheduled Event":
        # The rule that Zappa makes for keep_warm: <app>-zappa-keep-warm-handler.keep_warm_callback.
        rules = event.get("resources")
        rule = rules[0] if isinstance(rules, list) and rules else None
        return isinstance(rule, str) and rule.endswith("handler.keep_warm_callback")
    if field is None:
        return False
    name, equals, value = field.partition("=")
    return str(event.get(name)) == value if equals else bool(event.get(name))
