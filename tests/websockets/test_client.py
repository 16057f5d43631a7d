from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.errors import ConfigurationError
from lambda_bridge.testing import Client
from lambda_bridge.websockets.client import NothingReceived, WebSocketClosed, WebSocketDenied
from lambda_bridge.websockets.stores import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.handler import Handler

BOTH = pytest.mark.parametrize("format_", ["aws_websocket", "tencent_websocket"])


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"set-cookie", b"a=1")]})
        await send({"type": "http.response.body", "body": b"page"})
        return
    await receive()
    cookies = dict(scope["headers"]).get(b"cookie", b"none")
    await send({"type": "websocket.accept", "headers": [(b"x-cookie", cookies)]})
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("text") == "close":
            await send({"type": "websocket.close", "code": 4000})
        else:
            await send({**message, "type": "websocket.send"})


@BOTH
@pytest.mark.parametrize("instances", [1, 2, 3])
def test_conversation_in_every_kind(format_: str, instances: int) -> None:
    """Text and JSON come back, from whatever instance."""
    with (
        Client(echo, lifespan="off", connections=MemoryStore()) as client,
        client.websocket(format=format_, instances=instances) as socket,
    ):
        socket.send_text("a")
        socket.send_json({"b": [1]})
        socket.send_text("c")
        assert ("a", {"b": [1]}, "c") == (socket.receive_text(), socket.receive_json(), socket.receive())


def test_binary_goes_where_the_gateway_takes_it() -> None:
    """AWS closes the connection with 1003."""
    with Client(echo, lifespan="off") as client:
        with client.websocket(format="tencent_websocket") as socket:
            socket.send_bytes(b"\xff")
            assert b"\xff" == socket.receive_bytes()
        with client.websocket() as socket:
            with pytest.raises(WebSocketClosed, match=r"closed with 1003: .* takes no binary frames"):
                socket.send_bytes(b"\xff")
            assert not socket.is_open


def test_message_above_the_limit_closes_the_connection() -> None:
    """With 1009; the app hears of the end alone."""
    with Client(echo, lifespan="off") as client, client.websocket() as socket:
        socket.send_text("x" * 131072, fragmented=True)
        assert 131072 == len(socket.receive_text())
        with pytest.raises(WebSocketClosed, match="closed with 1009: a message of 131074 bytes; the limit is 131072"):
            socket.send_text("ä" * 65537, fragmented=True)
        assert not socket.is_open


def test_frame_above_the_limit_closes_the_connection() -> None:
    """Who sends more must send it in several."""
    with Client(echo, lifespan="off") as client, client.websocket() as socket:
        socket.send_text("x" * 32768)
        with pytest.raises(WebSocketClosed, match="closed with 1009: a frame of 32769 bytes; the limit is 32768"):
            socket.send_text("x" * 32769)
        assert (32768, False) == (len(socket.receive_text()), socket.is_open)


@BOTH
def test_denied_handshake_raises(format_: str) -> None:
    """With the status that the client gets."""
    with Client(refuse, lifespan="off") as client:
        socket = client.websocket(format=format_)
        with pytest.raises(WebSocketDenied) as denied:
            socket.__enter__()
    assert (403, "the handshake was denied with the status 403") == (denied.value.status, str(denied.value))


async def refuse(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.close"})


def test_cookies_of_the_client_go_along() -> None:
    """A session that HTTP has begun is that of the WebSocket."""
    with Client(echo, lifespan="off") as client:
        client.get("/")
        with client.websocket() as socket:
            assert [("x-cookie", "a=1")] == socket.headers
        with client.websocket(headers={"Cookie": "b=2"}) as socket:
            assert [("x-cookie", "b=2")] == socket.headers


def test_path_that_the_gateway_cannot_carry_is_an_error() -> None:
    """The cloud would not bring it to the app either; the sentence says what to set."""
    with Client(echo, lifespan="off") as client:
        with pytest.raises(
            ConfigurationError, match=r"the app would see '/', not '/chat': say make_handler\(websocket_path='/chat'\)"
        ):
            client.websocket("/chat")
        with client.websocket("/chat", format="tencent_websocket"):
            pass
    with Client(echo, lifespan="off", websocket_path="/chat/{room}") as client:
        with client.websocket("/chat/7?room=7"):
            pass
        with pytest.raises(ConfigurationError, match="'/chat/8'"):
            client.websocket("/chat/7?room=8")


def test_nothing_to_receive_is_said_at_once() -> None:
    """No invocation is under way: waiting would not help."""
    with Client(echo, lifespan="off") as client, client.websocket() as socket, pytest.raises(NothingReceived):
        socket.receive()


def test_message_of_the_other_kind_is_an_error() -> None:
    """As in the clients of browsers, who must tell them apart."""
    with Client(echo, lifespan="off") as client, client.websocket() as socket:
        socket.send_text("x")
        with pytest.raises(TypeError, match="the app has sent str, not bytes"):
            socket.receive_bytes()


def test_closed_connection_stays_closed() -> None:
    """Whoever closes it; what had come before is still there."""
    with Client(echo, lifespan="off") as client:
        with client.websocket() as socket:
            socket.send_text("x")
            socket.close(4001, "done")
            assert "x" == socket.receive()
            with pytest.raises(WebSocketClosed, match="closed with 4001: done"):
                socket.receive()
            with pytest.raises(WebSocketClosed):
                socket.send_text("y")
            with pytest.raises(WebSocketClosed):
                socket.close()
        with client.websocket() as socket:
            socket.send_text("close")
            with pytest.raises(WebSocketClosed, match="closed with 1000"):
                socket.receive()
            assert 4000 == socket.app_code


def test_socket_outside_of_a_block_is_an_error() -> None:
    """Its life is the block."""
    with Client(echo, lifespan="off") as client, pytest.raises(ConfigurationError, match="is used in a block"):
        client.websocket().send_text("x")


def test_instances_of_a_handler_are_an_error(handler_for: Callable[..., Handler]) -> None:
    """There is only the one."""
    client = Client(handler_for(echo, lifespan="off"))
    with pytest.raises(ConfigurationError, match="instances=2 are made of an app"):
        client.websocket(instances=2)
    with client.websocket() as socket:
        socket.send_text("x")
        assert "x" == socket.receive()
