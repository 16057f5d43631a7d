"""HTTP/1.1 to one server over a plain socket, for the Runtime API of AWS Lambda.

The modules that the standard library has for it cost more than all the rest of a cold start.
"""

from __future__ import annotations

import socket
import sys

from lambda_bridge import __version__
from lambda_bridge.errors import ConfigurationError

# Bytes of an answer: five times what Lambda lets through (6 MB, read in 2026-11), so that it may let more through.
MAX_ANSWER = 32 * 1024 * 1024
_MAX_HEAD = 256 * 1024


class Answer:
    """What the API has answered: status, headers by lower-case name, and body, None where that is over the limit."""

    __slots__ = ("body", "headers", "status")

    def __init__(self, status: int, headers: dict[str, str]) -> None:
        self.status = status
        self.headers = headers
        self.body: bytes | bytearray | None = b""

    def __str__(self) -> str:
        # The API's own words; it does not repeat what was sent.
        return f"{self.status} {bytes(self.body or b'')[:300].decode('utf-8', 'replace')}".strip()


class Connection:
    """HTTP to ``host:port``, by one connection that is opened when it is needed."""

    def __init__(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        if not host or not (port.isascii() and port.isdigit()):
            raise ConfigurationError(f"AWS_LAMBDA_RUNTIME_API={address!r} is not usable: use host:port")
        self._address = (host.strip("[]"), int(port))
        self._host = address
        self._socket: socket.socket | None = None
        self._received = bytearray()
        # Whether anything has been received of the answer that is waited for.
        self._has_begun = False

    def ask(
        self, method: str, path: str, fields: str = "", body: bytes | None = None, limit: int = MAX_ANSWER
    ) -> Answer:
        """The answer to a request; raises OSError.

        A kept connection may have been closed while the sandbox was frozen: then it is tried once more.
        """
        head = self.head(method, path, fields if body is None else f"{fields}Content-Length: {len(body)}\r\n")
        while True:
            is_kept = self._socket is not None
            self._has_begun = False
            try:
                self.send(head + (body or b""))
                return self.read(limit)
            except ConnectionError:
                self.close()
                if not is_kept or self._has_begun:
                    raise

    def head(self, method: str, path: str, fields: str) -> bytes:
        """The head of a request; *fields* are lines."""
        return f"{method} {path} HTTP/1.1\r\nHost: {self._host}\r\n{_USER_AGENT}{fields}\r\n".encode("latin-1")

    def send(self, data: bytes) -> None:
        """Blocks for as long as the API does not take it; raises OSError."""
        if self._socket is None:
            self._socket = socket.create_connection(self._address)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(data)

    def has_answered(self) -> bool:
        """Whether there is an answer, or the end of the connection, before the request is complete."""
        try:
            self._connected().recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True

    def wait_at_most(self, seconds: float | None) -> None:
        """How long the socket may wait for the API; None for ever."""
        self._connected().settimeout(seconds)

    def read(self, limit: int = MAX_ANSWER) -> Answer:
        """The next answer; raises OSError, ConnectionError where it has no end or is no HTTP."""
        answer = self._read_head()
        while answer.status < 200:
            answer = self._read_head()
        has_end = True
        if answer.headers.get("transfer-encoding", "").lower() == "chunked":
            answer.body = self._read_chunks(limit)
        elif "content-length" in answer.headers:
            length = _read_number(answer.headers["content-length"], 10)
            answer.body = self._read_exactly(length) if length <= limit else None
        elif answer.status != 204:
            has_end = False
            answer.body = self._read_to_end(limit)
        if answer.body is None or not has_end or answer.headers.get("connection", "").lower() == "close":
            self.close()
        return answer

    def close(self) -> None:
        """The next request opens another one."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._received.clear()

    def _connected(self) -> socket.socket:
        if self._socket is None:
            raise ConnectionError("the connection is closed")
        return self._socket

    def _receive(self) -> None:
        received = self._connected().recv(65536)
        if not received:
            raise ConnectionError("the connection was closed before the end of an answer")
        self._received += received
        self._has_begun = True

    def _read_until(self, mark: bytes) -> bytes:
        while True:
            end = self._received.find(mark)
            if end >= 0:
                found = bytes(self._received[:end])
                del self._received[: end + len(mark)]
                return found
            if len(self._received) > _MAX_HEAD:
                raise ConnectionError("an answer's head has no end")
            self._receive()

    def _read_head(self) -> Answer:
        line, *fields = self._read_until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        version, _, rest = line.partition(" ")
        if not version.startswith("HTTP/1."):
            raise ConnectionError("what answers is no HTTP server")
        headers = {}
        for field in fields:
            name, _, value = field.partition(":")
            headers[name.lower()] = value.strip()
        return Answer(_read_number(rest[:3], 10), headers)

    def _read_exactly(self, length: int) -> bytearray:
        body = bytearray(length)
        filled = min(length, len(self._received))
        body[:filled] = self._received[:filled]
        del self._received[:filled]
        view = memoryview(body)
        while filled < length:
            count = self._connected().recv_into(view[filled:])
            if not count:
                raise ConnectionError("the connection was closed before the end of an answer")
            filled += count
        return body

    def _read_chunks(self, limit: int) -> bytearray | None:
        body = bytearray()
        while True:
            size = _read_number(self._read_until(b"\r\n").partition(b";")[0].decode("latin-1"), 16)
            if not size:
                while self._read_until(b"\r\n"):
                    pass  # trailers
                return body
            if len(body) + size > limit:
                return None
            body += self._read_exactly(size)
            self._read_exactly(2)

    def _read_to_end(self, limit: int) -> bytearray | None:
        try:
            while len(self._received) <= limit:
                self._receive()
        except ConnectionError:
            return self._received[:]
        return None


_USER_AGENT = f"User-Agent: lambda-bridge/{__version__} python/{sys.version_info[0]}.{sys.version_info[1]}\r\n"


def _read_number(text: str, base: int) -> int:
    try:
        number = int(text.strip(), base)
    except ValueError:
        number = -1
    if number < 0:
        raise ConnectionError("what answers breaks HTTP")
    return number
