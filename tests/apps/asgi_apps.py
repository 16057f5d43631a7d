"""Small ASGI apps, and an event for them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from lambda_bridge.testing import make_event

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def responding(view: Callable[[dict[str, Any], Any], Awaitable[Any]]) -> Callable[..., Awaitable[None]]:
    """An ASGI app that answers with JSON: what *view* returns for (scope, receive)."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("this app knows no lifespan")
        value = await view(scope, receive)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps(value).encode()})

    return app


async def respond(send: Any, body: bytes = b"ok") -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def event(path: str = "/", **options: Any) -> dict[str, Any]:
    made: dict[str, Any] = make_event("aws_http", "GET", path, **options)
    return made
