"""Small apps of the frameworks, as their own guides have them, in one instance and across several, behind both gateways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from lambda_bridge.apps import websocket
from lambda_bridge.testing import Client
from lambda_bridge.websockets import NAMES
from lambda_bridge.websockets.client import WebSocketDenied
from lambda_bridge.websockets.stores import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BOTH_WAYS = pytest.mark.parametrize("instances", [1, 3])
GATEWAYS = pytest.mark.parametrize("format_", NAMES)


def path_of(format_: str, route: str) -> dict[str, Any]:
    """The option for *route*, where events have no path."""
    return {"websocket_path": route} if format_ == "aws_websocket" else {}


def told(format_: str, code: int) -> int:
    """What an app hears of a client's close code: Tencent's events have none."""
    return code if format_ == "aws_websocket" else 1005


@pytest.fixture
def client_for(tmp_path: Path) -> Iterator[Callable[..., Client]]:
    """Clients whose instances share a store, closed when the test ends."""
    clients: list[Client] = []

    def make(app: Any, **options: Any) -> Client:
        store = SqliteStore(str(tmp_path / "connections"))
        clients.append(Client(app, connections=store, **options))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


# --- Starlette


def starlette_app() -> Any:
    """An echo endpoint of each kind that Starlette has: a function, a class, one that streams, one that denies."""
    from starlette.applications import Starlette
    from starlette.endpoints import WebSocketEndpoint
    from starlette.middleware import Middleware
    from starlette.middleware.sessions import SessionMiddleware
    from starlette.responses import JSONResponse
    from starlette.routing import WebSocketRoute

    async def function(socket: WebSocket) -> None:
        await socket.accept(subprotocol=socket.scope["subprotocols"][0] if socket.scope["subprotocols"] else None)
        try:
            while True:
                await socket.send_text(f"{socket.path_params['name']}: {await socket.receive_text()}")
        except WebSocketDisconnect as gone:
            ended.append(gone.code)

    class Endpoint(WebSocketEndpoint):
        encoding = "json"

        async def on_connect(self, socket: WebSocket) -> None:
            await socket.accept()

        async def on_receive(self, socket: WebSocket, data: Any) -> None:
            await socket.send_json({"echo": data})

        async def on_disconnect(self, socket: WebSocket, close_code: int) -> None:
            ended.append(close_code)

    async def deny(socket: WebSocket) -> None:
        await socket.send_denial_response(JSONResponse({"why": "no"}, 401))

    ended: list[int] = []
    routes = [
        WebSocketRoute("/echo/{name}", function),
        WebSocketRoute("/class", Endpoint),
        WebSocketRoute("/deny", deny),
    ]
    middleware = [Middleware(SessionMiddleware, secret_key="x")]
    return Starlette(routes=routes, middleware=middleware), ended


@GATEWAYS
@BOTH_WAYS
def test_starlette_function(format_: str, instances: int, client_for: Callable[..., Client]) -> None:
    """Echo, with a parameter of the path and a subprotocol."""
    app, ended = starlette_app()
    client = client_for(app, **path_of(format_, "/echo/{name}"))
    with client.websocket("/echo/ann?name=ann", subprotocols=["v1"], instances=instances, format=format_) as socket:
        for text in "abcd":
            socket.send_text(text)
        assert ("v1", ["ann: a", "ann: b", "ann: c", "ann: d"]) == (
            socket.subprotocol,
            [socket.receive_text() for _ in range(4)],
        )
        socket.close(1001)
    assert [told(format_, 1001)] == ended


@GATEWAYS
@BOTH_WAYS
def test_starlette_class(format_: str, instances: int, client_for: Callable[..., Client]) -> None:
    """Each method is called, in whatever instance."""
    app, ended = starlette_app()
    client = client_for(app, **path_of(format_, "/class"))
    with client.websocket("/class", instances=instances, format=format_) as socket:
        for number in range(3):
            socket.send_json({"n": number})
        assert [{"echo": {"n": number}} for number in range(3)] == [socket.receive_json() for _ in range(3)]
    assert [told(format_, 1000)] == ended


def test_starlette_denial(client_for: Callable[..., Client]) -> None:
    """Its response, and 403 for a route that there is not."""
    app, _ = starlette_app()
    with pytest.raises(WebSocketDenied) as denied, client_for(app, websocket_path="/deny").websocket("/deny"):
        pass
    assert (401, b'{"why":"no"}') == (denied.value.status, denied.value.body)
    with pytest.raises(WebSocketDenied) as denied, client_for(app, websocket_path="/none").websocket("/none"):
        pass
    assert 403 == denied.value.status


# --- FastAPI's chat, as its guide has it


def fastapi_chat() -> Any:
    app = FastAPI()
    active: list[WebSocket] = []

    @app.websocket("/ws/{name}")
    async def chat(socket: WebSocket, name: str) -> None:
        await socket.accept()
        active.append(socket)
        try:
            while True:
                text = await socket.receive_text()
                for each in active:
                    await each.send_text(f"{name}: {text}")
        except WebSocketDisconnect:
            active.remove(socket)
            for each in active:
                await each.send_text(f"{name} has left")

    return app


@GATEWAYS
def test_fastapi_chat_in_one_instance(format_: str, client_for: Callable[..., Client]) -> None:
    """A list of sockets in memory is enough there."""
    client = client_for(fastapi_chat(), **path_of(format_, "/ws/{name}"))
    with (
        client.websocket("/ws/ann?name=ann", format=format_) as ann,
        client.websocket("/ws/bob?name=bob", format=format_) as bob,
    ):
        ann.send_text("hi")
        bob.send_text("hello")
        assert ["ann: hi", "bob: hello"] * 2 == [each.receive_text() for each in (ann, ann, bob, bob)]
        bob.close()
        assert "bob has left" == ann.receive_text()


@GATEWAYS
def test_chat_across_instances_goes_by_the_store(format_: str, client_for: Callable[..., Client]) -> None:
    """With handler.connections and handler.push in place of the list."""
    app = FastAPI()

    @app.websocket("/ws/{name}")
    async def chat(socket: WebSocket, name: str) -> None:
        await socket.accept()
        async for text in socket.iter_text():
            for connection in client.handler.connections:
                await client.handler.push(connection, f"{name}: {text}")

    client = client_for(app, **path_of(format_, "/ws/{name}"))
    with (
        client.websocket("/ws/ann?name=ann", instances=3, format=format_) as ann,
        client.websocket("/ws/bob?name=bob", instances=3, format=format_) as bob,
    ):
        for number in range(3):
            ann.send_text(str(number))
        bob.send_text("x")
        said = ["ann: 0", "ann: 1", "ann: 2", "bob: x"]
        assert said * 2 == [each.receive_text() for each in (ann, ann, ann, ann, bob, bob, bob, bob)]


# --- Channels


@pytest.fixture
def channels(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Channels with its layer in memory, and Django with settings of their own, which no other test meets."""
    from channels import layers
    from django.conf import empty, settings
    from django.db import connections

    before = settings._wrapped
    settings._wrapped = empty
    backends = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    settings.configure(SECRET_KEY="of the tests", CHANNEL_LAYERS=backends)
    monkeypatch.setattr(layers, "channel_layers", layers.ChannelLayerManager())
    # A thread of Django's is a part of each step; a busy machine takes its time for that.
    monkeypatch.setattr(websocket, "QUIET", 0.2)
    try:
        yield
    finally:
        settings._wrapped = before
        # They remember the settings that they have seen first.
        vars(connections).update(_settings=None)
        vars(connections).pop("settings", None)


def channels_app() -> Any:
    from channels.generic.websocket import AsyncWebsocketConsumer, JsonWebsocketConsumer
    from channels.routing import ProtocolTypeRouter, URLRouter
    from django.urls import path

    ended: list[int] = []

    class Echo(JsonWebsocketConsumer):  # type: ignore[misc]
        """A synchronous one, each method in a thread."""

        def receive_json(self, content: Any, **_: Any) -> None:
            self.send_json({"echo": content, "room": self.scope["url_route"]["kwargs"]["room"]})

        def disconnect(self, code: int) -> None:
            ended.append(code)

    class Chat(AsyncWebsocketConsumer):  # type: ignore[misc]
        """The one of Channels' guide."""

        async def connect(self) -> None:
            self.room = f"chat_{self.scope['url_route']['kwargs']['room']}"
            await self.channel_layer.group_add(self.room, self.channel_name)
            await self.accept()

        async def disconnect(self, code: int) -> None:
            await self.channel_layer.group_discard(self.room, self.channel_name)
            ended.append(code)

        async def receive(self, text_data: str = "", bytes_data: bytes = b"") -> None:
            await self.channel_layer.group_send(self.room, {"type": "chat.message", "message": text_data})

        async def chat_message(self, event: Any) -> None:
            await self.send(text_data=event["message"])

    class Refuse(AsyncWebsocketConsumer):  # type: ignore[misc]
        async def connect(self) -> None:
            await self.close(4001)

    routes = [
        path("echo/<room>", Echo.as_asgi()),
        path("chat/<room>", Chat.as_asgi()),
        path("refuse", Refuse.as_asgi()),
    ]
    return ProtocolTypeRouter({"websocket": URLRouter(routes)}), ended


@pytest.mark.usefixtures("channels")
@GATEWAYS
@BOTH_WAYS
def test_channels_echo(format_: str, instances: int, client_for: Callable[..., Client]) -> None:
    """A synchronous consumer, in one instance and across three."""
    app, ended = channels_app()
    client = client_for(app, **path_of(format_, "/echo/{room}"), lifespan="off", base_path="")
    with client.websocket("/echo/7?room=7", instances=instances, format=format_) as socket:
        for number in range(4):
            socket.send_json(number)
        assert [{"echo": number, "room": "7"} for number in range(4)] == [socket.receive_json() for _ in range(4)]
    assert [told(format_, 1000)] == ended


@pytest.mark.usefixtures("channels")
@GATEWAYS
def test_channels_chat(format_: str, client_for: Callable[..., Client]) -> None:
    """A group of one instance: the layer in memory knows no other one's."""
    app, ended = channels_app()
    client = client_for(app, **path_of(format_, "/chat/{room}"), lifespan="off", base_path="")
    with (
        client.websocket("/chat/7?room=7", format=format_) as one,
        client.websocket("/chat/7?room=7", format=format_) as two,
        client.websocket("/chat/8?room=8", format=format_) as other,
    ):
        one.send_text("a")
        two.send_text("b")
        other.send_text("c")
        assert (["a", "b"], ["a", "b"], "c") == (
            [one.receive(), one.receive()],
            [two.receive(), two.receive()],
            other.receive(),
        )
    assert [told(format_, 1000)] * 3 == ended


@pytest.mark.usefixtures("channels")
@GATEWAYS
def test_channels_chat_across_instances_goes_by_the_store(format_: str, client_for: Callable[..., Client]) -> None:
    """A layer wakes nobody in an instance that is frozen; the consumer sends by handler.push in place of group_send."""
    from channels.generic.websocket import AsyncWebsocketConsumer
    from channels.routing import ProtocolTypeRouter

    class Chat(AsyncWebsocketConsumer):  # type: ignore[misc]
        async def receive(self, text_data: str = "", bytes_data: bytes = b"") -> None:
            async for connection in client.handler.connections:
                await client.handler.push(connection, text_data)

    client = client_for(ProtocolTypeRouter({"websocket": Chat.as_asgi()}), lifespan="off")
    with (
        client.websocket(instances=3, format=format_) as one,
        client.websocket(instances=3, format=format_) as two,
    ):
        for text in "ab":
            one.send_text(text)
        two.send_text("c")
        assert list("abc") * 2 == [each.receive() for each in (one, one, one, two, two, two)]


@pytest.mark.usefixtures("channels")
@GATEWAYS
def test_channels_refuses(format_: str, client_for: Callable[..., Client]) -> None:
    """close() in connect()."""
    app, _ = channels_app()
    client = client_for(app, **path_of(format_, "/refuse"), lifespan="off", base_path="")
    with pytest.raises(WebSocketDenied) as denied, client.websocket("/refuse", format=format_):
        pass
    assert 403 == denied.value.status
