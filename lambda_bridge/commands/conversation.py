"""One event of a WebSocket to a handler, with no gateway there: what the app sends is kept, and goes to nobody."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from lambda_bridge.errors import ConfigurationError
from lambda_bridge.messages import Request
from lambda_bridge.websockets import Message
from lambda_bridge.websockets.stores import MemoryStore

if TYPE_CHECKING:
    from lambda_bridge.handler import Handler
    from lambda_bridge.websockets import Data, Gateway


class Sent(NamedTuple):
    """What the app has sent to a client; the end of its connection, where there is no data."""

    connection: str
    data: Optional[Data] = None
    code: int = 1000

    def text(self) -> str:
        """For people."""
        if self.data is None:
            return f"(closes, {self.code})"
        return self.data if isinstance(self.data, str) else f"({len(self.data)} bytes)"


class _Kept:
    """In the place of the client of the gateways' APIs, `lambda_bridge.websockets.push.Pusher`."""

    def __init__(self) -> None:
        self.sent: list[Sent] = []

    def send(self, gateway: Gateway, push_url: str, connection: str, data: Data, is_new: bool = False) -> None:
        self.sent.append(Sent(connection, data))

    def close(self, gateway: Gateway, push_url: str, connection: str, code: int, reason: str) -> None:
        self.sent.append(Sent(connection, code=code))

    def disconnect(self) -> None:
        """There are no HTTP connections."""


def converse(handler: Handler, event: Any, gateway: Gateway, context: Any) -> tuple[Any, list[Sent]]:
    """(result, what the app has sent) of *event*; before one that is no handshake goes a handshake, which nobody sees.

    The connections that the app's own store remembers are left alone. Raises what the handler raises, and
    ConfigurationError where that handshake is denied.
    """
    kept = _Kept()
    if hasattr(handler, "line"):
        sockets = handler.line.sockets
        sockets.pusher, sockets.store = kept, MemoryStore()  # type: ignore[assignment]
    try:
        message = gateway.read_event(event)
    except (AttributeError, LookupError, TypeError, ValueError):
        message = None  # the handler has a sentence for it
    if message is not None and message.kind != "connect":
        request = Request("GET", "/", headers=[("host", "localhost")], server=("localhost", 443), scheme="https")
        first = Message("connect", message.connection, message.push_url, request)
        status = gateway.read_result(handler(gateway.make_event(first), context)).status
        if not 200 <= status <= 299:
            raise ConfigurationError(
                f"the app denied, with {status}, the handshake at '/' that goes before a {message.kind}: "
                "websocket_path= of make_handler gives it the path of a route"
            )
    # Through JSON, as on the wire.
    return json.loads(json.dumps(handler(event, context))), kept.sent
