from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.apps import _socket
from lambda_bridge.errors import ConnectionGone, InvalidResponse
from lambda_bridge.websockets import Message, aws
from lambda_bridge.websockets.client import NothingReceived, WebSocketClosed, WebSocketDenied
from lambda_bridge.websockets.stores import MemoryStore
from tests.apps.sockets import accepting, echo_rest

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.testing import Client


# --- the handshake


def test_what_the_app_sends_at_once_goes_out_with_the_next_event(client_for: Callable[..., Client]) -> None:
    """Before its answer to the handshake the gateway knows no such connection: send() waits."""
    sent = []

    async def greet(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send({"type": "websocket.send", "text": "welcome"})
        sent.append("welcome")
        await echo_rest(receive, send)

    with client_for(accepting(greet)).websocket() as socket:
        with pytest.raises(NothingReceived, match="goes out with that"):
            socket.receive()
        assert [] == sent
        socket.send_text("x")
        assert ["welcome", "x"] == [socket.receive(), socket.receive()]


def test_any_event_lets_the_app_go_on(client_for: Callable[..., Client]) -> None:
    """One of another connection drives the loop as well."""

    async def greet(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send({"type": "websocket.send", "text": "welcome"})
        await receive()

    client = client_for(accepting(greet))
    with client.websocket() as one, client.websocket():
        assert "welcome" == one.receive()


def test_host_that_runs_on_sends_it_at_once(client_for: Callable[..., Client]) -> None:
    """Our own runtime lets the app go on before it asks for the next event."""

    async def greet(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send({"type": "websocket.send", "text": "welcome"})
        await receive()

    with client_for(accepting(greet)).websocket(runs_on=True) as socket:
        assert "welcome" == socket.receive()


@pytest.mark.parametrize(
    ("messages", "status", "body"),
    [
        ([{"type": "websocket.close", "code": 4001}], 403, b"Forbidden"),
        ([{"type": "websocket.accept"}, {"type": "websocket.close"}], 403, b"Forbidden"),
        (
            [
                {"type": "websocket.http.response.start", "status": 401, "headers": [(b"x-a", b"1")]},
                {"type": "websocket.http.response.body", "body": b"who ", "more_body": True},
                {"type": "websocket.http.response.body", "body": b"are you?"},
            ],
            401,
            b"who are you?",
        ),
        # A status of success would accept.
        (
            [{"type": "websocket.http.response.start", "status": 200}, {"type": "websocket.http.response.body"}],
            403,
            b"",
        ),
    ],
)
def test_denied_handshake_has_the_apps_status(
    messages: list[dict[str, Any]], status: int, body: bytes, client_for: Callable[..., Client]
) -> None:
    """403, or the response that the app sends; nobody remembers the connection."""
    heard = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        for message in messages:
            await send(message)
        heard.append((await receive())["type"])

    store = MemoryStore()
    with pytest.raises(WebSocketDenied) as denied, client_for(app, connections=store).websocket():
        pass
    assert (status, body, ["websocket.disconnect"], []) == (denied.value.status, denied.value.body, heard, store.keys())


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ({"type": "websocket.send", "text": "x"}, "expected 'websocket.accept' or 'websocket.close'"),
        ({"type": "http.response.start", "status": 200}, "but got the ASGI message 'http.response.start'"),
    ],
)
def test_app_that_does_not_answer_the_handshake_is_told(
    message: dict[str, Any], problem: str, client_for: Callable[..., Client], caplog: pytest.LogCaptureFixture
) -> None:
    """In its own send; the client gets 500."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send(message)

    with pytest.raises(WebSocketDenied) as denied, client_for(app).websocket():
        pass
    assert 500 == denied.value.status
    assert problem in caplog.text


@pytest.mark.parametrize("answer", [{"type": "websocket.accept"}, {"type": "websocket.close"}])
def test_app_may_answer_without_having_asked(answer: dict[str, Any], client_for: Callable[..., Client]) -> None:
    """Starlette's denials do."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send(answer)
        assert "websocket.connect" == (await receive())["type"]
        await receive()

    if answer["type"] == "websocket.close":
        with pytest.raises(WebSocketDenied), client_for(app).websocket():
            pass
    else:
        with client_for(app).websocket() as socket:
            assert socket.is_open


def test_slow_work_after_accept_does_not_hold_the_client_up(
    client_for: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while the answer goes out, and the app goes on with the next event."""
    monkeypatch.setattr(_socket, "AFTER_ACCEPT", 0.0)
    may_go_on: list[asyncio.Event] = []

    async def work(scope: dict[str, Any], receive: Any, send: Any) -> None:
        may_go_on.append(asyncio.Event())
        await may_go_on[0].wait()
        await echo_rest(receive, send)

    with client_for(accepting(work)).websocket() as socket:
        may_go_on[0].set()
        socket.send_text("x")
        assert "x" == socket.receive()


def test_app_may_close_after_its_late_answer(
    client_for: Callable[..., Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The handshake was answered while it was still at work: then it is the connection that is closed."""
    monkeypatch.setattr(_socket, "AFTER_ACCEPT", 0.0)
    may_go_on: list[asyncio.Event] = []

    async def work(scope: dict[str, Any], receive: Any, send: Any) -> None:
        may_go_on.append(asyncio.Event())
        await may_go_on[0].wait()
        await send({"type": "websocket.close", "code": 4000})

    with client_for(accepting(work)).websocket() as socket:
        may_go_on[0].set()
        socket.send_text("x")
        assert (False, 4000) == (socket.is_open, socket.app_code)


# --- what the app sends


def test_text_and_bytes_are_told_apart(client_for: Callable[..., Client]) -> None:
    """Also those that are buffers, and the empty ones."""

    async def speak(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        for message in ({"text": "ä"}, {"bytes": b"\xff"}, {"bytes": bytearray(b"1"), "text": None}, {"text": ""}):
            await send({"type": "websocket.send", **message})
        await receive()

    with client_for(accepting(speak)).websocket() as socket:
        socket.send_text("")
        assert ["ä", b"\xff", b"1", ""] == [socket.receive() for _ in range(4)]


@pytest.mark.parametrize(
    ("message", "problem"),
    [
        ({"type": "websocket.send"}, "must have 'text', a str, or 'bytes'"),
        ({"type": "websocket.send", "text": b"x"}, "must have 'text', a str, or 'bytes'"),
        ({"type": "websocket.send", "bytes": "x", "text": 1}, "must have 'text', a str, or 'bytes'"),
        (
            {"type": "websocket.send", "text": "ä" * 65537},
            "the message has 131074 bytes, the gateway's limit is 131072",
        ),
        ({"type": "websocket.accept"}, "expected the ASGI message 'websocket.send'"),
    ],
)
def test_wrong_message_raises_in_the_apps_own_send(
    message: dict[str, Any], problem: str, client_for: Callable[..., Client]
) -> None:
    """An app that catches it goes on."""
    caught = []

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        try:
            await send(message)
        except InvalidResponse as error:
            caught.append(str(error))
        await echo_rest(receive, send)

    with client_for(accepting(talk)).websocket() as socket:
        socket.send_text("1")
        socket.send_text("2")
        assert "2" == socket.receive()
    assert problem in caught[0]


def test_order_is_that_of_the_app(client_for: Callable[..., Client]) -> None:
    """Also of many tasks that send at the same time: one waits for the other."""

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await asyncio.gather(*[send({"type": "websocket.send", "text": str(number)}) for number in range(20)])
        await receive()

    with client_for(accepting(talk)).websocket() as socket:
        socket.send_text("go")
        assert [str(number) for number in range(20)] == [socket.receive() for _ in range(20)]


def test_app_closes_the_connection(client_for: Callable[..., Client]) -> None:
    """The gateway tells no code; the app hears of the end, and nobody remembers the connection."""
    heard = []

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.close", "code": 4000, "reason": "enough"})
        heard.append(await receive())
        with pytest.raises(InvalidResponse, match="the app has closed the connection"):
            await send({"type": "websocket.send", "text": "late"})

    store = MemoryStore()
    with client_for(accepting(talk), connections=store).websocket() as socket:
        socket.send_text("x")
        with pytest.raises(WebSocketClosed, match="closed with 1000"):
            socket.receive()
        with pytest.raises(WebSocketClosed):
            socket.send_text("y")
        assert 4000 == socket.app_code
    assert [{"type": "websocket.disconnect", "code": 4000, "reason": "enough"}] == heard
    assert [] == store.keys()


def test_app_hears_that_its_client_has_gone(client_for: Callable[..., Client]) -> None:
    """The gateway answers 410 before it sends any event: send() raises an OSError, receive() tells the same."""
    seen: list[Any] = []

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        try:
            await send({"type": "websocket.send", "text": "x"})
        except OSError as error:
            seen.append(type(error))
        seen.append(await receive())

    store = MemoryStore()
    client = client_for(accepting(talk), connections=store)
    socket = client.websocket()
    with socket:
        socket.is_open = False
        message = Message("message", socket.connection, socket._push_url, data="x")
        assert {"statusCode": 200} == client.handler(aws.make_event(message), None)
    assert [ConnectionGone, {"type": "websocket.disconnect", "code": 1006, "reason": ""}] == seen
    assert [] == store.keys()
