"""From an event of a WebSocket's gateway to the app's conversation, and the result."""

from __future__ import annotations

import threading
from time import time
from typing import TYPE_CHECKING, Any

from lambda_bridge.adjust import forwarded_client, mount
from lambda_bridge.apps._turn import CONNECT, DISCONNECT, RECEIVE, Turn
from lambda_bridge.apps.websocket import Conversations, make_scope
from lambda_bridge.encoding import from_native, quote_path, read_query
from lambda_bridge.errors import (
    ConfigurationError,
    ConnectionFailed,
    ConnectionGone,
    MalformedEvent,
    StoreFailed,
    UnknownConnection,
)
from lambda_bridge.log import log_error
from lambda_bridge.messages import Request, Response
from lambda_bridge.websockets import load
from lambda_bridge.websockets.push import Pusher
from lambda_bridge.websockets.records import make_record, read_record
from lambda_bridge.websockets.stores import make_store

if TYPE_CHECKING:
    from lambda_bridge.handler import Line
    from lambda_bridge.websockets import Data, Gateway, Message

MAKING = threading.Lock()
"""Held while a handler's `Sockets` are made: its first events may come on several threads, and all need the same."""

# Seconds that a handshake is remembered: the two hours that AWS keeps a connection, and some more.
REMEMBERED = 7500
# Seconds after the handshake in which a gateway may not know the connection yet.
NEW = 5.0


class Sockets:
    """The WebSocket part of a handler: its conversations, its store, and its client of the gateways' APIs."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.store = make_store(line.options.connections)
        self.pusher = Pusher(line.options.push_url)
        # A WSGI app has none, and may push.
        self._conversations = Conversations(line.runner) if line.runner.interface == "asgi" else None  # type: ignore[arg-type]

    @property
    def conversations(self) -> Conversations:
        """Raises ConfigurationError for an app that cannot have any."""
        if self._conversations is None:
            raise ConfigurationError(
                f"a WebSocket event came to a {self.line.runner.interface.upper()} app, which knows none: "
                "use an ASGI app"
            )
        return self._conversations

    def deliver(self, gateway: Gateway, event: Any, context: Any) -> Any:
        """The result for *event*; raises what the option ``on_error`` lets through."""
        conversations = self.conversations
        try:
            turn, link = self._read(gateway, event, context)
            answer = conversations.run(turn, link)
        except Exception as error:
            answer = self._failed(error)
        return gateway.make_result(answer, event)

    async def deliver_aio(self, gateway: Gateway, event: Any, context: Any) -> Any:
        """`deliver` inside a running event loop."""
        conversations = self.conversations
        try:
            turn, link = self._read(gateway, event, context)
            answer = await conversations.aio(turn, link)
        except Exception as error:
            answer = self._failed(error)
        return gateway.make_result(answer, event)

    def _failed(self, error: Exception) -> Response:
        if not isinstance(error, ConnectionFailed) or self.line.options.on_error == "raise":
            return self.line.failed(error)
        log_error(str(error))  # the sentence says all
        return Response(410 if isinstance(error, UnknownConnection) else 500)

    def go_on(self) -> None:
        """After the result has gone out: the app goes on where it has waited for that."""
        if self._conversations is not None:
            self._conversations.go_on(_SECONDS_AFTER)

    async def push(self, connection: str, data: Data) -> bool:
        """Send *data* to a connection; False where its client has gone. Raises PushFailed, StoreFailed."""
        from asyncio import to_thread

        return await to_thread(self.push_now, connection, data)

    def push_now(self, connection: str, data: Data) -> bool:
        """The same, for the thread that waits."""
        if not isinstance(data, (str, bytes)):
            raise TypeError(f"a message is str or bytes, not {type(data).__name__}")
        text = self.ask_store("get", connection)
        if text is None:
            return False
        gateway, begun, message = _recall(connection, text)
        _check_size(gateway, data)
        is_new = time() - begun < NEW
        try:
            self.pusher.send(gateway, message.push_url, connection, data, is_new)
        except ConnectionGone:
            # A client whose handshake is not answered yet may still come.
            if not is_new:
                self.ask_store("delete", connection)
            return False
        return True

    def keys(self) -> list[str]:
        """The ids of the connections that are remembered."""
        return list(self.ask_store("keys"))

    def ask_store(self, method: str, *arguments: Any) -> Any:
        """What the store's *method* gives; raises StoreFailed."""
        try:
            return getattr(self.store, method)(*arguments)
        except Exception as error:
            # The exception's own text may quote what was to be stored.
            raise StoreFailed(f"the store of connections failed in {method}: {type(error).__name__}") from error

    def close(self) -> None:
        """End what belongs to this process."""
        self.pusher.disconnect()

    def _read(self, gateway: Gateway, event: Any, context: Any) -> tuple[Turn, Link]:
        try:
            message = gateway.read_event(event)
        except MalformedEvent:
            raise
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            # The exception's own text may quote the event.
            kind = type(error).__name__
            raise MalformedEvent(f"the event looks like {gateway.NAME} but cannot be read ({kind})") from error
        if message.request is not None:
            self._adjust(message.request)
        seconds = self.line.seconds(context) if context is not None else None
        link = Link(self, gateway, message, {"event": event, "context": context, "format": gateway.NAME})
        if message.kind == "connect":
            return Turn({"type": CONNECT}, seconds, link.make_scope(message)), link
        if message.kind == "message":
            is_text = isinstance(message.data, str)
            data = {"text": message.data} if is_text else {"bytes": message.data}
            return Turn({"type": RECEIVE, **data}, seconds), link
        return Turn({"type": DISCONNECT, "code": message.code, "reason": message.reason}, seconds), link

    def _adjust(self, request: Request) -> None:
        """The options, as they act on every request."""
        options = self.line.options
        if options.base_path is not None:
            mount(request, options.base_path)
        if options.websocket_path is not None:
            request.path = fill_path(options.websocket_path, request.query)
            request.raw_path = quote_path(request.path)
        if request.client is None:
            request.client = forwarded_client(request, options.trusted_proxies)


# Of what comes after the result nobody tells the deadline.
_SECONDS_AFTER = 2.0


class Link:
    """What a conversation needs of the world outside, for the connection of one event."""

    def __init__(self, sockets: Sockets, gateway: Gateway, message: Message, origin: dict[str, Any]) -> None:
        # Ids are one API's own; another stage has others.
        self.key = (gateway.NAME, message.push_url, message.connection)
        self.max_message = gateway.MAX_MESSAGE
        self.denies_with_status = gateway.DENIES_WITH_STATUS
        self._sockets = sockets
        self._gateway = gateway
        self._message = message
        self._origin = origin
        self._begun = time() if message.kind == "connect" else 0.0

    def make_scope(self, message: Message) -> dict[str, Any]:
        """The app's scope for the handshake *message*."""
        request = message.request or Request("GET", "/")
        scope = make_scope(request, message.subprotocols, self.denies_with_status)
        scope["lambda_bridge.connection"] = message.connection
        for name, value in self._origin.items():
            scope[f"lambda_bridge.{name}"] = value
        if self._gateway.NAME.startswith("aws_"):
            scope["aws.event"], scope["aws.context"] = self._origin["event"], self._origin["context"]
        return scope

    def recall(self) -> dict[str, Any]:
        connection = self._message.connection
        text = self._sockets.ask_store("get", connection)
        if text is None:
            raise UnknownConnection(
                f"nobody remembers the connection {connection!r}: it is closed, or another instance has had its "
                "handshake, and connections= names no store that both can reach"
            )
        gateway, _, message = _recall(connection, text)
        if (gateway.NAME, message.push_url) != (self._gateway.NAME, self._message.push_url):
            raise UnknownConnection(f"the connection {connection!r} belongs to another API or stage than the event's")
        return self.make_scope(message)

    def remember(self) -> None:
        text = f"{self._gateway.NAME} {int(time())} {make_record(self._message)}"
        self._sockets.ask_store("put", self._message.connection, text, int(time()) + REMEMBERED)

    def forget(self) -> None:
        self._sockets.ask_store("delete", self._message.connection)

    def send(self, data: Data) -> None:
        is_new = time() - self._begun < NEW
        self._sockets.pusher.send(self._gateway, self._message.push_url, self._message.connection, data, is_new)

    def close(self, code: int, reason: str) -> None:
        message = self._message
        self._sockets.pusher.close(self._gateway, message.push_url, message.connection, code, reason)


def _recall(connection: str, text: str) -> tuple[Gateway, int, Message]:
    """(the gateway, when the handshake was in seconds since 1970, the handshake) of what the store has."""
    try:
        name, begun, record = text.split(" ", 2)
        return load(name), int(begun), read_record(connection, record)
    except (ImportError, AttributeError, LookupError, TypeError, ValueError) as error:
        kind = type(error).__name__
        raise StoreFailed(f"what the store has of the connection {connection!r} cannot be read ({kind})") from error


def _check_size(gateway: Gateway, data: Data) -> None:
    size = len(data.encode("utf-8", "surrogatepass")) if isinstance(data, str) else len(data)
    if gateway.MAX_MESSAGE is not None and size > gateway.MAX_MESSAGE:
        raise ValueError(f"the message has {size} bytes, the limit of {gateway.TITLE} is {gateway.MAX_MESSAGE}")


def fill_path(template: str, query: str) -> str:
    """*template* with each ``{name}`` replaced by the query's parameter of that name, or by nothing."""
    values = dict(reversed(read_query(from_native(query))))
    parts = template.split("{")
    path = parts[0]
    for part in parts[1:]:
        name, _, rest = part.partition("}")
        path += values.get(name, "") + rest
    return path if path.startswith("/") else "/" + path
