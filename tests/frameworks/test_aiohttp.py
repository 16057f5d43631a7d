"""aiohttp's apps are neither WSGI nor ASGI: what of it applies is its server, with a WSGI app inside."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp_wsgi import WSGIHandler

from lambda_bridge import make_handler
from lambda_bridge.errors import ConfigurationError
from tests.frameworks import frameworks, said

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.handler import Handler


def test_app_of_aiohttp_is_refused() -> None:
    """With a sentence, and before any event."""
    with pytest.raises(ConfigurationError, match="WSGI"):
        make_handler(web.Application())


async def ask(app: Any) -> tuple[bytes, dict[str, Any]]:
    """A page of bytes, and what one with parameters has seen, of the WSGI app *app* in aiohttp's server."""
    outer = web.Application()
    outer.router.add_route("*", "/{path_info:.*}", WSGIHandler(app))
    runner = web.AppRunner(outer)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{base}/binary") as binary:
                body = await binary.read()
            async with session.get(f"{base}/hello/Zo%C3%AB?q=1&q=2", headers={"Host": "app.example"}) as hello:
                return body, await hello.json()
    finally:
        await runner.cleanup()


def test_handler_behind_aiohttp_wsgi_is_as_its_app(handler_for: Callable[..., Handler]) -> None:
    """`handler.wsgi` is a WSGI app as any other. (aiohttp-wsgi 0.10 has paths that are not ASCII wrong, for both.)"""
    app = frameworks.make("flask", [])
    body, seen = asyncio.run(ask(handler_for(app).wsgi))
    assert (said.EVERY_BYTE, ["1", "2"], "127.0.0.1") == (body, seen["q"], seen["client"])
    assert (body, seen) == asyncio.run(ask(app))
