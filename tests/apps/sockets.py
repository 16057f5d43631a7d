"""What the tests of WebSocket conversations share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Accepts, and sends back what comes, until its client goes."""
    assert {"type": "websocket.connect"} == await receive()
    await send({"type": "websocket.accept"})
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        await send({"type": "websocket.send", "text": message.get("text"), "bytes": message.get("bytes")})


async def echo_rest(receive: Any, send: Any) -> None:
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


def accepting(talk: Callable[..., Any]) -> Callable[..., Any]:
    """An app that accepts, and then does what *talk* does."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await talk(scope, receive, send)

    return app
