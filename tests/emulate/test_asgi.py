"""An ASGI server's part of one exchange."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

from lambda_bridge.emulate import Platform
from lambda_bridge.emulate.asgi import exchange
from lambda_bridge.formats import asgi
from lambda_bridge.messages import Request
from tests.emulate.test_emulate import three_parts


def test_client_of_an_exchange_stays_until_the_end() -> None:
    """receive() gives the body once, and the disconnect when the response is complete."""
    received = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        assert "body" not in scope
        received.append(await receive())
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"a"})
        received.append(await receive())

    sent = asyncio.run(exchange(app, asgi.make_event(Request("POST", "/", body=b"abc"))))

    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert received == [
        {"type": "http.request", "body": b"abc", "more_body": False},
        {"type": "http.disconnect"},
    ]


def test_server_sends_nothing_to_a_client_that_has_gone() -> None:
    """An app that does not listen for it goes on to its end."""
    ended = []

    class Deaf:
        async def asgi(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
            await three_parts(scope, receive, send)
            assert await receive() == {"type": "http.disconnect"}
            ended.append(True)

    platform = Platform(Deaf(), "asgi")  # type: ignore[arg-type]
    _, response = platform.stream(asgi.make_event(Request("GET", "/")))
    assert response.chunks is not None
    response.chunks.close()  # type: ignore[union-attr]
    platform.close()

    assert ended == [True]


def test_a_conversation_can_be_left_from_another_thread() -> None:
    """The app hears it, and so the wait for its next part ends."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        heard.append((await receive())["type"])

    heard: list[str] = []
    platform = Platform(lambda event, context: None, "asgi")
    platform.handler.asgi = app  # type: ignore[attr-defined]
    _, response = platform.stream(asgi.make_event(Request("GET", "/")))
    chunks: Any = response.chunks
    assert next(chunks) == b"one"
    thread = threading.Thread(target=chunks.leave)
    thread.start()
    rest = list(chunks)
    thread.join()
    platform.close()

    assert (rest, heard) == ([], ["http.disconnect"])
