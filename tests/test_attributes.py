from __future__ import annotations

import asyncio
import inspect
import types
from typing import Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.attributes import as_handler, is_handler
from lambda_bridge.errors import ConfigurationError, StartupFailed
from lambda_bridge.testing import Client
from lambda_bridge.websockets.stores import MemoryStore


def page(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"page"]


def test_handler_is_a_plain_function_of_two_parameters() -> None:
    """Azure and GCP refuse other callables, and take names and annotations for bindings."""
    handler: Any = make_handler(page)
    signature = inspect.signature(handler)
    assert (types.FunctionType, "handle", ["req", "context"]) == (
        type(handler),
        handler.__name__,
        list(signature.parameters),
    )
    assert {(inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.empty, inspect.Parameter.empty)} == {
        (each.kind, each.default, each.annotation) for each in signature.parameters.values()
    }
    assert not asyncio.iscoroutinefunction(handler)
    assert inspect.iscoroutinefunction(handler.aio)


def test_app_is_called_by_servers_of_its_interface_too() -> None:
    """handler.wsgi and handler.asgi are what a server is given."""
    handler = make_handler(page)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(handler.asgi(Client(handler, "asgi").get("/").event, receive, send))
    event = Client(handler, "wsgi").get("/").event

    assert "wsgi" == handler.interface
    assert b"page" == b"".join(message.get("body", b"") for message in sent)
    assert b"page" == b"".join(handler.wsgi(event, lambda status, headers: None))


@pytest.mark.parametrize(
    ("name", "function", "reason"),
    [
        ("aws.sqss", print, r"handler\.on.*aws\.sqss.*aws\.sqs"),
        ("aws.sqs", "function", "decorates a function, not 'function'"),
        ("aws.sns", print, "<built-in function print> is registered for it already"),
    ],
)
def test_function_that_cannot_be_registered_is_refused(name: str, function: Any, reason: str) -> None:
    """When the module is imported, not when the first event comes."""
    handler = make_handler(page)
    assert print is handler.on("aws.sns")(print)
    with pytest.raises(ConfigurationError, match=reason):
        handler.on(name)(function)


def test_app_may_be_a_handler_already() -> None:
    """Whoever takes both is not given options for one that has its own, which would do nothing."""
    handler = make_handler(page)

    assert (False, True) == (is_handler(page), is_handler(handler))
    assert handler is as_handler(handler, {})
    assert "raise" == as_handler(page, {"on_error": "raise"}).line.options.on_error
    with pytest.raises(ConfigurationError, match="compress, on_error: these options go to make_handler"):
        as_handler(handler, {"compress": True, "on_error": "raise"})


def test_connections_are_those_that_the_store_knows() -> None:
    """For `for` and for `async for`."""
    store = MemoryStore()
    handler = make_handler(page, connections=store)
    store.put("a=", "text", 1 << 40)

    async def listed() -> list[str]:
        return [connection async for connection in handler.connections]

    assert (["a="], ["a="]) == (list(handler.connections), asyncio.run(listed()))


# --- hooks of platforms


def test_start_comes_before_the_first_call_and_counts_for_it() -> None:
    """Alibaba's and Huawei's initializer(context), and pre_stop(context): the app starts once, and ends once."""
    log = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            log.append("up")
            await send({"type": "lifespan.startup.complete"})
            await receive()
            log.append("down")
            await send({"type": "lifespan.shutdown.complete"})
            return
        log.append("call")
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    handler = make_handler(app)
    handler.start({"request_id": "1"})
    handler.start()
    Client(handler).get("/")
    handler.close({"request_id": "2"})

    assert log == ["up", "call", "down"]


def test_start_says_when_the_app_cannot() -> None:
    """The platform sees a failed initialization, and tries another instance."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    with pytest.raises(StartupFailed, match="no database"):
        make_handler(app).start()


def test_wsgi_app_has_nothing_to_start() -> None:
    """The hooks are there all the same."""
    handler = make_handler(page)
    handler.start()
    handler.close()
