"""One WebSocket on a real socket: what is read of it, what closes it, and how both sides hear of that."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest
from wsproto import ConnectionType, WSConnection
from wsproto.events import BytesMessage, CloseConnection, Ping, Pong, Request, TextMessage

from lambda_bridge.errors import MalformedEvent
from lambda_bridge.gateway import connection as connection_module
from lambda_bridge.gateway.connection import Close, Connection, Rules

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES = Rules(max_message=100, max_frame=50, takes_binary=True, idle=60, longest=60)
HANDSHAKE = [
    ("host", "localhost"),
    ("upgrade", "websocket"),
    ("connection", "Upgrade"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("sec-websocket-protocol", "a, chat"),
]


class Peer:
    """The client's end: what it has heard, as events of wsproto."""

    def __init__(self, connection: socket.socket) -> None:
        self.socket = connection
        self.protocol = WSConnection(ConnectionType.CLIENT)
        self.protocol.send(Request(host="localhost", target="/", subprotocols=["a", "chat"]))
        # Whoever answers has computed it from another key; the answer itself is looked at elsewhere.
        self.protocol.handshake._nonce = b"dGhlIHNhbXBsZSBub25jZQ=="
        self._events: Any = iter(())

    def send(self, *events: Any) -> None:
        for event in events:
            self.socket.sendall(self.protocol.send(event))

    def hear(self) -> Any:
        while True:
            for event in self._events:
                return event
            piece = self.socket.recv(65536)
            if not piece:
                return None
            self.protocol.receive_data(piece)
            self._events = self.protocol.events()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """(the gateway's end, the client's end)"""
    ours, theirs = socket.socketpair()
    theirs.settimeout(10)
    with ours, theirs:
        yield ours, theirs


def accepted(pair: tuple[socket.socket, socket.socket], **changes: Any) -> tuple[Connection, Peer]:
    made = Connection(pair[0], HANDSHAKE, RULES._replace(**changes))
    made.accept("chat", [("x-own", "1")])
    peer = Peer(pair[1])
    head = peer.hear()
    assert (head.subprotocol, (b"x-own", b"1") in head.extra_headers) == ("chat", True)
    return made, peer


def test_messages_in_one_frame_or_several(pair: tuple[socket.socket, socket.socket]) -> None:
    """Text is text, bytes are bytes, fragments are one message, and an empty one is one too."""
    made, peer = accepted(pair)
    peer.send(
        TextMessage("hé"),
        BytesMessage(b"\0\xff"),
        TextMessage("one ", message_finished=False),
        TextMessage("two"),
        TextMessage(""),
        CloseConnection(4001, "bye"),
    )

    assert list(made.messages()) == ["hé", b"\0\xff", "one two", ""]
    assert made.closed == Close(4001, "bye")


def test_what_is_sent_arrives_as_it_was(pair: tuple[socket.socket, socket.socket]) -> None:
    """Text in a text frame, bytes in a binary one; nothing after the end."""
    made, peer = accepted(pair)

    assert made.send("hé")
    assert made.send(b"\xff")
    made.close(1000, "done")
    assert not made.send("late")

    assert [peer.hear(), peer.hear()] == [TextMessage("hé"), BytesMessage(bytearray(b"\xff"))]
    assert peer.hear() == CloseConnection(1000, "done")


@pytest.mark.parametrize(
    ("sent", "changes", "code"),
    [
        ([TextMessage("x" * 51)], {}, 1009),
        ([TextMessage("é" * 26)], {}, 1009),
        ([TextMessage("x" * 40, message_finished=False)] * 3, {}, 1009),
        ([BytesMessage(b"x")], {"takes_binary": False}, 1003),
    ],
)
def test_what_the_gateway_closes_for(
    pair: tuple[socket.socket, socket.socket], sent: list[Any], changes: dict[str, Any], code: int
) -> None:
    """A frame or message of too many bytes, and one of a kind that is not taken; what follows is not read."""
    made, peer = accepted(pair, **changes)
    peer.send(*sent)
    peer.socket.shutdown(socket.SHUT_WR)

    assert list(made.messages()) == []
    assert made.closed is not None
    assert made.closed.code == code
    assert peer.hear().code == code


def test_limits_are_what_is_let_through(pair: tuple[socket.socket, socket.socket]) -> None:
    """A frame and a message of exactly as many bytes are fine, and counting begins anew with each."""
    made, peer = accepted(pair)
    peer.send(TextMessage("x" * 50, message_finished=False), TextMessage("x" * 50), TextMessage("y" * 50))
    peer.send(CloseConnection(1000))

    assert list(made.messages()) == ["x" * 100, "y" * 50]


@pytest.mark.parametrize(("frame", "code"), [(b"\x81\x81\0\0\0\0\xff", 1007), (b"\xf1\x80\0\0\0\0", 1002)])
def test_bytes_that_are_no_frames(pair: tuple[socket.socket, socket.socket], frame: bytes, code: int) -> None:
    """Text that is no UTF-8, and what is against the protocol, close the connection with the code for that."""
    made, peer = accepted(pair)
    peer.socket.sendall(frame)
    peer.socket.shutdown(socket.SHUT_WR)

    assert list(made.messages()) == []
    assert peer.hear().code == code


def test_a_ping_is_answered(pair: tuple[socket.socket, socket.socket]) -> None:
    """And is no message."""
    made, peer = accepted(pair)
    peer.send(Ping(b"there?"), CloseConnection(1000))

    assert list(made.messages()) == []
    assert peer.hear() == Pong(b"there?")


def test_a_client_that_goes_without_a_word(pair: tuple[socket.socket, socket.socket]) -> None:
    """Is closed with 1006."""
    made, peer = accepted(pair)
    peer.socket.close()

    assert list(made.messages()) == []
    assert made.closed == Close(1006)


@pytest.mark.parametrize("rule", ["idle", "longest"])
def test_time_runs_out(pair: tuple[socket.socket, socket.socket], rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing said for too long, or too old: 1001."""
    monkeypatch.setattr(connection_module, "_TICK", 0.01)
    made, peer = accepted(pair, **{rule: 0.02})
    reading = threading.Thread(target=lambda: list(made.messages()))
    reading.start()

    assert peer.hear() == CloseConnection(1001, "Going away")
    peer.socket.close()
    reading.join()
    assert made.closed == Close(1001, "Going away")


def test_a_client_that_reads_nothing_is_given_up(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sends is not held for ever."""
    monkeypatch.setattr(connection_module, "_TICK", 0.01)
    made, _ = accepted(pair)

    assert not made.send("x" * 10_000_000)
    assert made.closed == Close(1006)


def test_a_client_that_does_not_answer_the_close(
    pair: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is waited for only so long."""
    monkeypatch.setattr(connection_module, "_TICK", 0.01)
    monkeypatch.setattr(connection_module, "_LAST_WORDS", 0.02)
    made, _ = accepted(pair)
    made.close(1000)

    assert list(made.messages()) == []


def test_headers_that_no_response_may_have(pair: tuple[socket.socket, socket.socket]) -> None:
    """Are not sent either."""
    made = Connection(pair[0], HANDSHAKE, RULES)

    with pytest.raises(MalformedEvent, match="no client takes this answer"):
        made.accept("chat", [("x-own", "a\r\nb")])


@pytest.mark.parametrize("missing", ["host", "connection", "sec-websocket-version", "sec-websocket-key"])
def test_what_is_no_handshake(pair: tuple[socket.socket, socket.socket], missing: str) -> None:
    """Is an error before anything is answered."""
    with pytest.raises(MalformedEvent, match="no handshake of a WebSocket"):
        Connection(pair[0], [each for each in HANDSHAKE if each[0] != missing], RULES)


def test_a_subprotocol_that_nobody_has_offered(pair: tuple[socket.socket, socket.socket]) -> None:
    """Is an answer that every client refuses, so that it is not sent."""
    made = Connection(pair[0], HANDSHAKE, RULES)

    with pytest.raises(MalformedEvent, match="no client takes this answer"):
        made.accept("other", [])
