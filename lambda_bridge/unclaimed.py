"""An event that no HTTP format claims: of a gateway of WebSockets, of a trigger, or of nobody's."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lambda_bridge.errors import EventError
    from lambda_bridge.handler import Line
    from lambda_bridge.websockets import Gateway


def deliver(line: Line, args: tuple[Any, ...], keywords: Any, problem: EventError) -> Any:
    """The result for the event in the arguments of a call; raises *problem* where nobody claims it."""
    gateway, event, context = _find_gateway(line, args, keywords)
    if gateway is not None:
        return line.sockets.deliver(gateway, event, context)
    from lambda_bridge.triggers.delivery import deliver as deliver_trigger

    return deliver_trigger(line, args, keywords, problem)


async def deliver_aio(line: Line, args: tuple[Any, ...], keywords: Any, problem: EventError) -> Any:
    """`deliver` inside a running event loop."""
    gateway, event, context = _find_gateway(line, args, keywords)
    if gateway is not None:
        return await line.sockets.deliver_aio(gateway, event, context)
    from lambda_bridge.triggers.delivery import deliver_aio as deliver_trigger_aio

    return await deliver_trigger_aio(line, args, keywords, problem)


def _find_gateway(line: Line, args: tuple[Any, ...], keywords: Any) -> tuple[Gateway | None, Any, Any]:
    """(the gateway whose event this is, or None, event, context); raises UnknownEvent for one that is not accepted."""
    from lambda_bridge.websockets import find

    event, context = _event_and_context(args, keywords)
    gateway = find(event)
    if gateway is not None:
        line.accept(gateway.NAME)
    return gateway, event, context


def _event_and_context(args: tuple[Any, ...], keywords: Any) -> tuple[Any, Any]:
    """Where `recognize` looks for them; in the place of what is no JSON, None: gateways send nothing else."""
    event = args[0] if args else keywords.get("req", keywords.get("event"))
    if isinstance(event, (bytes, bytearray, str)):
        from json import loads

        try:
            event = loads(event)
        except (ValueError, RecursionError):
            event = None
    return event, args[1] if len(args) > 1 else keywords.get("context")
