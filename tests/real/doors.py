"""Where questions go in and answers come out: HTTP on a port, or events of a format to a runtime."""

from __future__ import annotations

import contextlib
import http.client
import socket
from collections.abc import Iterable, Sequence
from typing import Any, Callable, NamedTuple, Optional, Protocol

from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats import load

Headers = Sequence[tuple[str, str]]
TIMEOUT = 20


class Question(NamedTuple):
    """A request, as a client sends it."""

    method: str
    target: str
    headers: Headers = ()
    body: Optional[bytes] = None
    """None for a request that has none, b"" for one that says Content-Length: 0."""
    is_chunked: bool = False


class Answer:
    """A response, as a client gets it."""

    def __init__(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        self.status = status
        self.headers = [(name.lower(), value) for name, value in headers]
        self.body = body
        self.streamed = False

    def values(self, name: str) -> list[str]:
        return [value for found, value in self.headers if found == name]


class Door(Protocol):
    """Takes a Question to the app, wherever that is."""

    mount: str
    """What the app is told to be mounted at."""

    def ask(self, question: Question, on_part: Callable[[], None]) -> Answer:
        """*on_part* is called whenever bytes of the answer's body are there; what it raises ends the connection."""


class HttpDoor:
    """A server on a port of this machine; *prefix* stands before every target."""

    def __init__(self, port: int, prefix: str = "") -> None:
        self.port = port
        self.mount = prefix

    def ask(self, question: Question, on_part: Callable[[], None]) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        return converse(connection, question._replace(target=self.mount + question.target), on_part)


def converse(connection: http.client.HTTPConnection, question: Question, on_part: Callable[[], None]) -> Answer:
    """One request and its response over a connection of its own."""
    try:
        connection.putrequest(question.method, question.target, skip_accept_encoding=True)
        for name, value in question.headers:
            connection.putheader(name, value)
        body = question.body
        if question.is_chunked and body is not None:
            connection.putheader("Transfer-Encoding", "chunked")
            half = len(body) // 2
            parts = [b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:])]
            body = b"".join([*parts, b"0\r\n\r\n"])
        elif body is not None:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        chunks = []
        # Else the connection would stay open where the client leaves in the middle.
        with connection.getresponse() as response:
            while True:
                chunk = response.read1(65536)
                if not chunk:
                    break
                chunks.append(chunk)
                on_part()
        # Bytes beyond ASCII as UTF-8, which is what apps mean.
        headers = [(name, value.encode("latin-1").decode("utf-8", "replace")) for name, value in response.getheaders()]
        return Answer(response.status, headers, b"".join(chunks))
    finally:
        connection.close()


class EventDoor:
    """A runtime that takes events: the gateway's part is the format's own make_event and read_result.

    *spelling* is one of `formats.spellings`; *invoke* gives the result for an event.
    """

    def __init__(self, spelling: str, invoke: Callable[[Any], Any]) -> None:
        self.spelling = spelling
        self.format = load(spelling.partition(":")[0])
        self.invoke = invoke
        self.mount = ""

    def ask(self, question: Question, on_part: Callable[[], None]) -> Answer:
        from lambda_bridge.testing import make_event

        event = make_event(
            self.spelling, question.method, question.target, headers=list(question.headers), body=question.body or b""
        )
        try:
            response = self.format.read_result(self.invoke(event))
        except RefusedResult as error:
            return Answer(502, [], str(error).encode())
        if response.body:
            on_part()
        return Answer(response.status, response.headers, response.body)


class Gate:
    """A port that whoever connects to waits at, until it is closed."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=8)
        self.port = self._listener.getsockname()[1]
        self.is_closed = False

    def close(self) -> None:
        """Let go who waits; may be called several times, from several threads."""
        self.is_closed = True
        with contextlib.suppress(OSError):
            # To close alone would leave it open while somebody waits.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
