"""Google Cloud Run functions on the framework's asyncio server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.routing import Route

from lambda_bridge import make_handler
from lambda_bridge.emulate.asgi import exchange
from lambda_bridge.formats.gcp_aio import asgi_app, make_event, read_event, read_result
from lambda_bridge.messages import Request
from lambda_bridge.recognize import recognize
from tests.builders import SAMPLES, event_of, read_sample, scope

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.handler import Handler


async def hello(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        raise NotImplementedError
    body = (await receive())["body"]
    headers = [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": scope["raw_path"] + b" ", "more_body": True})
    await send({"type": "http.response.body", "body": body})


def test_request_of_the_framework() -> None:
    """Nothing is lost on the way; scheme and client stand in what the front end adds."""
    request = read_event(event_of("gcp_aio", read_sample(SAMPLES / "gcp_aio/get.json")), None)

    assert (request.path, request.raw_path) == ("/a/b c/é", b"/a%2Fb%20c/%C3%A9")
    assert (request.scheme, request.server, request.client) == ("https", ("orders-abcdefghij-ew.a.run.app", 443), None)
    assert request.headers.all("x-dup") == ["1", "2"]


def test_recognized_by_the_class_of_the_request() -> None:
    """Azure hands over the same class, but by keyword."""
    request = StarletteRequest({name: value for name, value in scope().items() if name != "body"})

    assert recognize((request,), {})[0] == "gcp_aio"
    assert recognize((), {"req": request})[0] == "azure_stream"


def test_framework_calls_what_the_handler_gives_as_an_app(handler_for: Callable[..., Handler]) -> None:
    """Starlette's routes do so with every answer: here, as in the framework, the handler runs in a thread."""
    handler = handler_for(hello)

    async def run(request: StarletteRequest) -> Any:
        return await asyncio.get_running_loop().run_in_executor(None, handler, request)

    framework = Starlette(routes=[Route("/{path:path}", run, methods=["POST"])])
    event = make_event(Request("POST", "/a/b", b"/a%2Fb", headers=[("host", "example.com")], body=b"abc"))

    response = read_result(asyncio.run(exchange(framework, event)))

    assert response.body == b"/a%2Fb abc"
    assert response.headers == [("set-cookie", "a=1"), ("set-cookie", "b=2")]


def test_app_for_an_event_is_what_the_framework_calls() -> None:
    """An ASGI app, of a WSGI app too."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("202 Accepted", [])
        return [environ["lambda_bridge.format"].encode()]

    event = make_event(Request("GET", "/", headers=[("host", "example.com")]))
    response = read_result(asyncio.run(exchange(asgi_app(make_handler(app), event, None), event)))

    assert (response.status, response.body) == (202, b"gcp_aio")
