"""The gateway's end of one client's WebSocket, on the socket of its handshake: frames, limits, and how it ends.

What wsproto makes of bytes is passed on here as messages; RFC 6455 has the close codes.
"""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

import h11
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Ping,
    TextMessage,
)
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from lambda_bridge.errors import MalformedEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lambda_bridge.websockets import Data

_TICK = 5.0
"""Seconds that a client has to take what is sent, and between two looks at the clock."""
_LAST_WORDS = 5.0
"""Seconds that a client has to close its end, when the gateway has closed its own."""
_PIECE = 64 * 1024


class Rules(NamedTuple):
    """What the gateway closes a connection for."""

    max_message: Optional[int]
    """Bytes; more closes with 1009."""
    max_frame: Optional[int]
    takes_binary: bool
    """Whether a binary frame does not close with 1003."""
    idle: float
    """Seconds without a frame in either direction, after which it closes with 1001."""
    longest: float
    """Seconds that a connection lasts; then it closes with 1001."""


class Close(NamedTuple):
    """How a connection has ended."""

    code: int
    reason: str = ""


class Connection:
    """A handshake, until `accept`; then a connection that several threads may send to, and one reads.

    :param connection: the socket, from which the handshake's bytes have been read
    :param headers: those of the handshake, names in lower case

    Raises MalformedEvent for what is no handshake of RFC 6455.
    """

    def __init__(self, connection: socket.socket, headers: Iterable[tuple[str, str]], rules: Rules) -> None:
        self._socket = connection
        self._rules = rules
        self._protocol = WSConnection(ConnectionType.SERVER)
        self._mutex = threading.Lock()
        pairs = [(name.encode(), value.encode("utf-8", "surrogateescape")) for name, value in headers]
        try:
            self._protocol.initiate_upgrade_connection(pairs, "/")
        except (RemoteProtocolError, h11.LocalProtocolError) as error:
            raise MalformedEvent(f"this is no handshake of a WebSocket: {error}") from error
        self.began = time.time()
        self.last_active = self.began
        """Seconds since 1970; the other clock is for durations."""
        self._seen = time.monotonic()
        self.closed: Optional[Close] = None
        """Once it is over for one side or the other."""

    def is_open(self) -> bool:
        return self.closed is None

    def accept(self, subprotocol: Optional[str], headers: Iterable[tuple[str, str]]) -> None:
        """Answer the handshake; raises MalformedEvent where a client would not take the answer."""
        extra = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        try:
            answer = self._protocol.send(AcceptConnection(subprotocol=subprotocol, extra_headers=extra))
        except (LocalProtocolError, h11.LocalProtocolError) as error:
            raise MalformedEvent(f"no client takes this answer to its handshake: {error}") from error
        with suppress(OSError):  # a message is written at once, and may not wait for the one before to be taken
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.settimeout(min(_TICK, self._rules.idle))
        self._touch()
        self._write(answer)

    def send(self, data: Data) -> bool:
        """Whether *data* went out, as one message; the client may have gone all the same."""
        event = TextMessage(data=data) if isinstance(data, str) else BytesMessage(data=data)
        with self._mutex:
            if self.closed is not None:
                return False
            self._touch()
            return self._write(self._protocol.send(event))

    def close(self, code: int, reason: str = "") -> None:
        """Close it from this side; nothing where it is closed."""
        with self._mutex:
            if self.closed is not None:
                return
            self.closed = Close(code, reason)
            self._touch()
            self._write(self._protocol.send(CloseConnection(code=code, reason=reason)))
            self._hang_up(socket.SHUT_WR)

    def messages(self) -> Iterator[Data]:
        """What the client sends, to the end of the connection; `closed` is set then."""
        began = time.monotonic()
        parts: list[Any] = []
        frame = size = 0
        while True:
            piece = self._read(began)
            if not piece:
                return
            if not self.is_open():
                continue  # read all the same: else the client would not get what was written before
            with self._mutex:
                self._protocol.receive_data(piece)
                events = self._protocol.events()
            for event in self._each(events):
                if not isinstance(event, (TextMessage, BytesMessage)):
                    if self._answer(event):
                        return
                    continue
                data = event.data
                length = len(data.encode("utf-8", "surrogatepass")) if isinstance(data, str) else len(data)
                frame, size = frame + length, size + length
                problem = self._refusal(event, frame, size)
                if problem is not None:
                    self.close(*problem)
                if not self.is_open():
                    parts.clear()
                    continue
                parts.append(data)
                if event.frame_finished:
                    frame = 0
                if event.message_finished:
                    yield "".join(parts) if isinstance(data, str) else b"".join(parts)
                    parts, size = [], 0

    def _each(self, events: Any) -> Iterator[Any]:
        """*events* with the state of the protocol held while each is made."""
        while True:
            with self._mutex:
                event = next(events, None)
            if event is None:
                return
            yield event

    def _refusal(self, event: Any, frame: int, size: int) -> Optional[tuple[int, str]]:
        rules = self._rules
        if isinstance(event, BytesMessage) and not rules.takes_binary:
            return 1003, "binary frames are not taken"
        if rules.max_frame is not None and frame > rules.max_frame:
            return 1009, f"the frame is over {rules.max_frame} bytes"
        if rules.max_message is not None and size > rules.max_message:
            return 1009, f"the message is over {rules.max_message} bytes"
        return None

    def _answer(self, event: Any) -> bool:
        """Whether the client has closed the connection, after which nothing comes."""
        if isinstance(event, Ping):
            with self._mutex:
                if self.closed is None:
                    self._write(self._protocol.send(event.response()))
        elif isinstance(event, CloseConnection):
            with self._mutex:
                is_clients = self._protocol.state is ConnectionState.REMOTE_CLOSING
                if self.closed is None and is_clients:
                    self.closed = Close(event.code, event.reason or "")
                    self._write(self._protocol.send(event.response()))
                    self._hang_up(socket.SHUT_WR)
            if not is_clients:  # bytes that are none of the protocol
                self.close(event.code, event.reason or "")
            return is_clients
        return False

    def _read(self, began: float) -> bytes:
        """The next bytes of the client; none at the end, of whichever kind."""
        while True:
            try:
                piece = self._socket.recv(_PIECE)
            except socket.timeout:  # before Python 3.10 that is no TimeoutError
                piece = None
            except OSError:
                piece = b""
            now = time.monotonic()
            if self.closed is not None:
                if piece is None and now - self._seen < _LAST_WORDS:
                    continue
                return piece if piece and now - self._seen < _LAST_WORDS else b""
            if piece:
                self._touch()
                return piece
            if piece is not None:
                self._lose()
                return b""
            if now - self._seen >= self._rules.idle or now - began >= self._rules.longest:
                self.close(1001, "Going away")

    def _touch(self) -> None:
        self._seen, self.last_active = time.monotonic(), time.time()

    def _lose(self) -> None:
        """The client has gone without a word."""
        with self._mutex:
            if self.closed is None:
                self.closed = Close(1006)

    def _write(self, data: bytes) -> bool:
        try:
            self._socket.sendall(data)
        except OSError:  # gone, or it reads no more
            self.closed = self.closed or Close(1006)
            self._hang_up(socket.SHUT_RDWR)
            return False
        return True

    def _hang_up(self, how: int) -> None:
        with suppress(OSError):  # the client was first
            self._socket.shutdown(how)
