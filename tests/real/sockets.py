"""WebSockets through a gateway that calls the function for each message: what a client does, and what it must hear."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Callable, NamedTuple, Optional

from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.real.apps import said
from tests.real.doors import TIMEOUT, Door, Question


class Heard(NamedTuple):
    """What a client has heard of one connection."""

    messages: tuple[Any, ...] = ()
    subprotocol: Optional[str] = None
    code: Optional[int] = None
    """The one that the connection was closed with; None while it is open."""
    status: int = 101
    """The handshake's."""
    body: bytes = b""
    """That of a handshake that is denied."""


class SocketDoor(NamedTuple):
    """Where a gateway takes connections, and requests for the same function."""

    url: str
    http: Door

    @contextmanager
    def connect(self, query: str = "", **options: Any) -> Iterator[ClientConnection]:
        url = f"{self.url}/{query}"
        with connect(url, proxy=None, open_timeout=TIMEOUT, close_timeout=TIMEOUT, **options) as socket:
            yield socket


class SocketCase(NamedTuple):
    """What a client does, and what it must hear."""

    name: str
    talk: Callable[[SocketDoor], Heard]
    want: Heard


def problems(heard: Heard, want: Heard) -> list[str]:
    """One sentence for everything in *heard* that is not as it should be."""
    found = [
        f"{name} {_short(expected)} expected, got {_short(actual)}"
        for name, expected, actual in zip(want._fields, want, heard)
        if expected != actual
    ]
    if said.SECRET in repr(heard):
        found.append("the client hears the text of an error")
    return found


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 300 else f"{text[:300]}… ({len(text)} characters)"


# --- what clients do


def ask(socket: ClientConnection, *texts: Any) -> list[Any]:
    """Send each text when the one before is answered; gives the answers."""
    answers = []
    for text in texts:
        socket.send(text)
        answers.append(socket.recv(TIMEOUT))
    return answers


def code_of(socket: ClientConnection) -> Optional[int]:
    """What the connection is closed with, before anything else comes."""
    with suppress(ConnectionClosed):
        socket.recv(TIMEOUT)
        return None
    # Without a close frame it is 1006, and without a code in it 1005 (RFC 6455 section 7.1.5).
    return socket.protocol.close_code


def _denied(query: str) -> Callable[[SocketDoor], Heard]:
    def talk(door: SocketDoor) -> Heard:
        try:
            with door.connect(query):
                return Heard()
        except InvalidStatus as denied:
            return Heard(status=denied.response.status_code, body=bytes(denied.response.body or b""))

    return talk


def _handshake(door: SocketDoor) -> Heard:
    with door.connect("?q=%C3%A9", additional_headers={"X-Battery": "1"}) as socket:
        (text,) = ask(socket, said.SEE)
    seen = json.loads(text)
    return Heard((seen["handshake"],), socket.subprotocol)


def _subprotocol(door: SocketDoor) -> Heard:
    with door.connect(subprotocols=["v1", "v2"]) as socket:
        (text,) = ask(socket, said.SEE)
    return Heard((json.loads(text)["handshake"][3],), socket.subprotocol)


def _texts(*texts: Any) -> Callable[[SocketDoor], Heard]:
    def talk(door: SocketDoor) -> Heard:
        with door.connect() as socket:
            return Heard(tuple(ask(socket, *texts)))

    return talk


def _at_once(door: SocketDoor) -> Heard:
    """Messages that wait for no answer: each is answered once. Which instance is first, nobody can say."""
    with door.connect() as socket:
        for number in range(4):
            socket.send(str(number))
        return Heard(tuple(sorted(str(socket.recv(TIMEOUT)) for _ in range(4))))


def _large(door: SocketDoor) -> Heard:
    part = "é" * 16 * 1024
    with door.connect() as socket:
        socket.send([part] * 4)  # one message of 128 KB, in frames of 32 KB
        return Heard((socket.recv(TIMEOUT) == part * 4,))


def _ended_by(data: Any) -> Callable[[SocketDoor], Heard]:
    """The connection's code when the client has sent *data*, while another one goes on."""

    def talk(door: SocketDoor) -> Heard:
        with door.connect() as other, door.connect() as socket:
            socket.send(data)
            code = code_of(socket)
            return Heard(tuple(ask(other, "on")), code=code)

    return talk


def _binary(door: SocketDoor) -> Heard:
    with door.connect() as socket:
        socket.send(b"\xff")
        with suppress(ConnectionClosed):
            return Heard(tuple(ask(socket, "on")))
        return Heard(code=socket.protocol.close_code)


def _pushed_by_route(door: SocketDoor) -> Heard:
    with door.connect() as one, door.connect() as two:
        door.http.ask(Question("POST", "/tell", body=b"news"), lambda: None)
        return Heard((one.recv(TIMEOUT), two.recv(TIMEOUT)))


def _pushed_by_another(door: SocketDoor) -> Heard:
    with door.connect() as one, door.connect() as two:
        one.send(said.ALL + "中文")
        return Heard((one.recv(TIMEOUT), two.recv(TIMEOUT)))


def _client_leaves(door: SocketDoor) -> Heard:
    """The app hears it, and tells the others."""
    with door.connect() as other, door.connect("?name=ada") as leaving:
        ask(leaving, "x")
        leaving.close(4001)
        return Heard((other.recv(TIMEOUT),))


_MANY = tuple(str(number) for number in range(40))

# What AWS's gateway would do, as far as it is known (websockets/aws.py).
CASES: tuple[SocketCase, ...] = (
    SocketCase("handshake", _handshake, Heard(([said.SOCKET, "q=%C3%A9", ["1"], []],))),
    SocketCase("subprotocol", _subprotocol, Heard((["v1", "v2"],), "v2")),
    SocketCase("denied handshake", _denied("?deny=401"), Heard(status=401, body=said.ERROR.encode())),
    SocketCase("refused handshake", _denied("?refuse=1"), Heard(status=403, body=b"Forbidden")),
    SocketCase("text", _texts("", said.TEXT, "{}", '{"action": "x"}'), Heard(("", said.TEXT, "{}", '{"action": "x"}'))),
    SocketCase("many messages", _texts(*_MANY), Heard(_MANY)),
    SocketCase("messages at once", _at_once, Heard(_MANY[:4])),
    SocketCase("128 KB in frames of 32 KB", _large, Heard((True,))),
    SocketCase("a frame of 33 KB", _ended_by("x" * 33 * 1024), Heard(("on",), code=1009)),
    SocketCase("bytes down", _texts(said.BYTES), Heard((said.EVERY_BYTE,))),
    SocketCase("bytes up", _binary, Heard(code=1003)),
    SocketCase("app closes", _ended_by(said.CLOSE), Heard(("on",), code=1000)),
    SocketCase("app fails", _ended_by(said.CRASH), Heard(("on",), code=1000)),
    SocketCase("push from a route", _pushed_by_route, Heard(("news", "news"))),
    SocketCase("push from a connection", _pushed_by_another, Heard((said.ALL + "中文",) * 2)),
    SocketCase("client leaves", _client_leaves, Heard(("ada left: 4001",))),
)


# --- where the platform hands the connection itself over


def native(port: int) -> list[str]:
    """What is wrong with a connection that a server holds for the app: nothing of it is ours, close codes arrive."""
    url = f"ws://127.0.0.1:{port}{said.SOCKET}?q=1"
    offered: Any = ["v1", "v2"]
    with connect(url, subprotocols=offered, proxy=None) as socket:
        seen = json.loads(ask(socket, said.SEE)[0])
        heard = Heard((seen["handshake"][1:], seen["resumed"], *ask(socket, said.TEXT, said.BYTES)), socket.subprotocol)
        socket.send(said.CLOSE)
        heard = heard._replace(code=code_of(socket))
    return problems(heard, Heard((["q=1", [], ["v1", "v2"]], None, said.TEXT, said.EVERY_BYTE), "v2", 4000))


def refused(port: int) -> list[str]:
    """What is wrong with a connection that the server must not hand over."""
    try:
        with connect(f"ws://127.0.0.1:{port}{said.SOCKET}", proxy=None):
            return ["the handshake must be refused"]
    except InvalidStatus as denied:
        status = denied.response.status_code
        return [] if status >= 400 else [f"a status of an error expected, got {status}"]
