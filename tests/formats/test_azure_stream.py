"""Azure Functions with HTTP streams."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from starlette.requests import Request as StarletteRequest
from starlette.responses import Response as StarletteResponse

from lambda_bridge import make_handler
from lambda_bridge.emulate.asgi import exchange
from lambda_bridge.formats.azure_stream import asgi_app, make_event, read_event, read_result
from lambda_bridge.messages import Request
from lambda_bridge.recognize import recognize
from tests.builders import azure_stream
from tests.checkers import checked

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.handler import Handler
    from tests.checkers import Message, Receive, Send


def test_keyword_tells_it_from_google() -> None:
    """Both hand over Starlette's request; Azure by keyword."""
    request = StarletteRequest({"type": "http"})

    assert recognize((), {"req": request, "context": 7}) == ("azure_stream", request, 7)
    assert recognize((request,), {})[0] == "gcp_aio"


def test_host_is_what_the_client_asked_for() -> None:
    """The worker's own address is in Host; the front end tells the other, and the scheme."""
    told = [("disguised-host", "shop.azurewebsites.net"), ("x-forwarded-proto", "https")]

    request = read_event(azure_stream(headers=told), None)

    assert (request.scheme, request.server) == ("https", ("shop.azurewebsites.net", 443))
    assert request.headers.get("host") == "shop.azurewebsites.net"
    assert read_event(azure_stream(), None).server == ("127.0.0.1", 35121)


def test_host_that_any_client_could_send_is_not_believed() -> None:
    """Nobody on the way writes x-forwarded-host anew."""
    assert read_event(azure_stream(headers=[("x-forwarded-host", "evil.example")]), None).server[0] == "127.0.0.1"


def test_client_stands_in_a_header() -> None:
    """The peer is the host on the same machine: nobody's address without that header."""
    forwarded = azure_stream(headers=[("x-forwarded-for", "198.51.100.3, 203.0.113.9:51234")])

    assert asked_from(forwarded) == ("203.0.113.9", 51234)
    assert asked_from(azure_stream()) is None


def asked_from(event: Any) -> Any:
    """The client in the scope of an app."""
    seen = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        seen.append(scope["client"])
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})

    handler = make_handler(app, lifespan="off")
    asyncio.run(exchange(asgi_app(handler, event, None), event))
    return seen[0]


def test_nothing_is_lost_on_the_way() -> None:
    """Repeats, order, raw path and query arrive as they were sent."""
    headers = [("host", "h"), ("x-m", "1"), ("x-m", "2"), ("x-forwarded-proto", "https")]
    request = Request("PUT", "/a/b", b"/a%2Fb", "x=1&x", headers, server=("h", 443))

    read = read_event(make_event(request), None)

    assert (list(read.headers), read.raw_path, read.query) == (headers, b"/a%2Fb", "x=1&x")


def test_worker_sends_what_the_handler_gives(handler_for: Callable[..., Handler]) -> None:
    """It is a response of Starlette's, which FastAPI does not touch; it runs the app: cookies stay as they are."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        assert (scope["lambda_bridge.format"], scope["lambda_bridge.context"]) == ("azure_stream", "the context")
        body = (await receive())["body"]
        cookies = [(b"set-cookie", b"a=b=="), (b"set-cookie", b"c=1; Partitioned")]
        await send({"type": "http.response.start", "status": 500, "headers": cookies})
        await send({"type": "http.response.body", "body": body})

    event = make_event(Request("POST", "/", body=b"abc"))
    sent = asgi_app(handler_for(checked(app), lifespan="off"), event, "the context")

    assert isinstance(sent, StarletteResponse)
    response = read_result(asyncio.run(exchange(sent, event)))
    assert (response.status, response.body) == (500, b"abc")
    assert [value for name, value in response.headers if name == "set-cookie"] == ["a=b==", "c=1; Partitioned"]
