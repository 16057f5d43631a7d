"""For users' own tests: a WebSocket's client, and the gateway between it and the handlers.

Everything happens in the calling thread: when a method returns, the invocation that it has caused is over. Nothing has
to be waited for, and what has not come by then comes with no waiting.
"""

from __future__ import annotations

import json
from collections import deque
from itertools import cycle
from typing import TYPE_CHECKING, Any, Optional, Union

from lambda_bridge.errors import ConfigurationError, ConnectionGone
from lambda_bridge.websockets import Message, load
from lambda_bridge.websockets.delivery import fill_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from typing_extensions import Self

    from lambda_bridge.handler import Handler
    from lambda_bridge.messages import Request
    from lambda_bridge.websockets import Data, Gateway

_DOMAIN = "abcdefghij.execute-api.us-east-1.amazonaws.com"
# What the client and $disconnect are told when the function closes by the API (boto/boto3#3789).
_CLOSED_BY_API = 1000, "Connection Closed Normally"


class WebSocketDenied(Exception):
    """The handshake was answered with ``status`` and ``body``."""

    def __init__(self, status: int, body: bytes) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body

    def __str__(self) -> str:
        return f"the handshake was denied with the status {self.status}"


class WebSocketClosed(Exception):
    """The connection is closed, with ``code`` and ``reason`` as the client is told them."""

    def __init__(self, code: int, reason: str = "") -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason

    def __str__(self) -> str:
        return f"the connection is closed with {self.code}" + (f": {self.reason}" if self.reason else "")


class NothingReceived(Exception):
    """The client waits for a message, and no invocation is under way that could send one."""

    def __str__(self) -> str:
        return (
            "the app has sent nothing more: between two events it does not run; what it sends before its client's first "
            "message goes out with that (docs/websockets.md)"
        )


class FakeGateway:
    """Stands in for the gateway's API: what the handlers send comes to the connections of a test."""

    def __init__(self) -> None:
        self.sockets: dict[str, WebSocket] = {}
        self._made = 0

    def add(self, socket: WebSocket) -> str:
        """A new id, as AWS's look."""
        self._made += 1
        connection = f"L0SM9cOFvHcCI{self._made:02}="
        self.sockets[connection] = socket
        return connection

    def send(self, gateway: Gateway, push_url: str, connection: str, data: Data, is_new: bool = False) -> None:
        self._find(gateway, connection).arrived.append(data)

    def close(self, gateway: Gateway, push_url: str, connection: str, code: int, reason: str) -> None:
        self._find(gateway, connection).close_by_api(code)

    def disconnect(self) -> None:
        """There are no HTTP connections."""

    def _find(self, gateway: Gateway, connection: str) -> WebSocket:
        socket = self.sockets.get(connection)
        if socket is None or not socket.is_open:
            raise ConnectionGone(f"the client of the connection {connection!r} has gone")
        return socket

    def flush(self) -> None:
        """Tell the app of the connections that it has closed, as the gateway does."""
        for socket in list(self.sockets.values()):
            socket.tell_of_close()


class WebSocket:
    """A client's connection; the block of ``with`` is its life.

    ``connection`` is its id, ``subprotocol`` the one that the app has chosen, ``headers`` those of the
    handshake's answer. ``app_code`` is the code that the app has closed it with, which AWS does not pass on.
    """

    def __init__(
        self,
        gateway: FakeGateway,
        handlers: Sequence[Handler],
        request: Request,
        subprotocols: tuple[str, ...],
        format: str,  # noqa: A002
        context: Any,
        runs_on: bool,
    ) -> None:
        self._gateway = gateway
        self._module = load(format)
        self._handlers = cycle(handlers)
        self._all = handlers
        self._context = context
        self._runs_on = runs_on
        stage = request.root_path.strip("/")
        self._push_url = f"https://{_DOMAIN}/{stage}" if self._module.IS_SIGNED else ""
        if self._module.IS_SIGNED:
            _check_path(request, handlers[0].line.options.websocket_path)
        self._request = request
        self._subprotocols = subprotocols
        self._is_told = True
        self.is_open = False
        self.arrived: deque[Data] = deque()
        self.closed: Optional[WebSocketClosed] = None
        self.app_code: Optional[int] = None
        self.connection = ""
        self.subprotocol: Optional[str] = None
        self.headers: list[tuple[str, str]] = []

    def __enter__(self) -> Self:
        self.connection = self._gateway.add(self)
        message = Message("connect", self.connection, self._push_url, self._request, self._subprotocols)
        answer = self._module.read_result(self._invoke(message))
        if not 200 <= answer.status <= 299:
            raise WebSocketDenied(answer.status, answer.body if self._module.DENIES_WITH_STATUS else b"")
        self.is_open, self._is_told = True, False
        self.headers = answer.headers
        self.subprotocol = answer.header("sec-websocket-protocol")
        if self._runs_on:
            for handler in self._all:
                handler.line.go_on()
            self._gateway.flush()
        return self

    def __exit__(self, *_: object) -> None:
        if self.is_open:
            self.close()

    def send_text(self, text: str, *, fragmented: bool = False) -> None:
        """A text message in one frame, or in as many as the gateway wants; raises WebSocketClosed for too large a one."""
        self._send(text, len(text.encode("utf-8", "surrogatepass")), fragmented)

    def send_bytes(self, data: bytes, *, fragmented: bool = False) -> None:
        """The same of a binary message, for which AWS closes the connection with 1003."""
        self._check_open()
        if not self._module.TAKES_BINARY:
            self._close_by_gateway(1003, f"{self._module.TITLE} takes no binary frames")
        self._send(data, len(data), fragmented)

    def send_json(self, value: Any) -> None:
        self.send_text(json.dumps(value))

    def receive(self) -> Data:
        """The next message; raises WebSocketClosed, and NothingReceived where none has come."""
        self._gateway.flush()
        if self.arrived:
            return self.arrived.popleft()
        if self.closed is not None:
            raise self.closed
        raise NothingReceived

    def receive_text(self) -> str:
        """The next message, which must be text."""
        return _of_type(self.receive(), str)  # type: ignore[no-any-return]

    def receive_bytes(self) -> bytes:
        """The next message, which must be binary."""
        return _of_type(self.receive(), bytes)  # type: ignore[no-any-return]

    def receive_json(self) -> Any:
        """The next message as JSON."""
        return json.loads(self.receive())

    def close(self, code: int = 1000, reason: str = "") -> None:
        """The client closes; the app hears it."""
        self._check_open()
        self._end(code, reason)

    # --- the gateway's side

    def close_by_api(self, code: int) -> None:
        """The app has closed the connection."""
        self.app_code = code
        self.is_open = False
        self.closed = WebSocketClosed(*_CLOSED_BY_API)

    def tell_of_close(self) -> None:
        """The event that follows when the app has closed the connection."""
        if self.closed is not None and not self._is_told:
            self._is_told = True
            self._invoke(
                Message("disconnect", self.connection, self._push_url, code=self.closed.code, reason=self.closed.reason)
            )

    def _send(self, data: Data, size: int, fragmented: bool) -> None:
        self._check_open()
        what, limit = "message", self._module.MAX_MESSAGE
        if not fragmented and self._module.MAX_FRAME is not None:
            what, limit = "frame", self._module.MAX_FRAME
        if limit is not None and size > limit:
            self._close_by_gateway(1009, f"a {what} of {size} bytes; the limit is {limit}")
        self._invoke(Message("message", self.connection, self._push_url, data=data))
        self._gateway.flush()

    def _close_by_gateway(self, code: int, reason: str) -> None:
        self._end(code, reason)
        raise WebSocketClosed(code, reason)

    def _end(self, code: int, reason: str) -> None:
        self.is_open = False
        self.closed = WebSocketClosed(code, reason)
        self.tell_of_close()

    def _check_open(self) -> None:
        if self.closed is not None:
            raise self.closed
        if not self.is_open:
            raise ConfigurationError("a WebSocket is used in a block: with client.websocket(...) as socket")

    def _invoke(self, message: Message) -> Any:
        # Through JSON both ways, as on the wire.
        event = json.loads(json.dumps(self._module.make_event(message)))
        return json.loads(json.dumps(next(self._handlers)(event, self._context)))


def make_handshake(
    headers: Iterable[tuple[str, str]], cookies: Optional[str], subprotocols: Sequence[str]
) -> list[tuple[str, str]]:
    """*headers* with what a WebSocket's client adds to them."""
    pairs = list(headers)
    names = {name for name, _ in pairs}
    added = [
        ("cookie", cookies),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("sec-websocket-version", "13"),
        ("sec-websocket-protocol", ", ".join(subprotocols)),
    ]
    return pairs + [(name, value) for name, value in added if value and name not in names]


def _check_path(request: Request, template: Optional[str]) -> None:
    """Raise ConfigurationError where the app would see another path than the test asks for."""
    seen = fill_path(template, request.query) if template is not None else "/"
    if request.path != seen:
        raise ConfigurationError(
            f"AWS's URLs of WebSocket APIs have no path, so the app would see {seen!r}, not {request.path!r}: say "
            f"make_handler(websocket_path={request.path!r}), or one with parameters of the query in it"
        )


def _of_type(data: Data, wanted: type[Union[str, bytes]]) -> Any:
    if not isinstance(data, wanted):
        raise TypeError(f"the app has sent {type(data).__name__}, not {wanted.__name__}")
    return data
