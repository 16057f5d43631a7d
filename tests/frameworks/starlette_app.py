"""Starlette, through ASGI."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.frameworks import said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def index(request: Any) -> Response:
    return PlainTextResponse(str(request.url_for("hello", name="ada")))


async def hello(request: Any) -> Response:
    name, query = request.path_params["name"], request.query_params.getlist("q")
    client = request.client and request.client.host
    return JSONResponse(said.seen(name, query, request.headers.get("user-agent"), client, str(request.url)))


async def form(request: Any) -> Response:
    async with request.form() as fields:
        return JSONResponse(said.form(fields["title"], fields.getlist("tag")))


async def json(request: Any) -> Response:
    return JSONResponse({"got": await request.json()})


async def upload(request: Any) -> Response:
    async with request.form() as fields:
        data, title = await fields["file"].read(), ascii(fields["title"])
    return Response(data, media_type=said.BINARY, headers={"x-title": title})


async def cookies(request: Any) -> Response:
    answer = JSONResponse(request.cookies)
    answer.set_cookie("a", "1", secure=True, samesite="none")
    answer.headers.append("set-cookie", f"b=2; expires={said.EXPIRES}; Path=/")
    return answer


async def redirect(request: Any) -> Response:
    return RedirectResponse(request.url_for("hello", name="ada").path, 302)


async def binary(request: Any) -> Response:
    return Response(said.EVERY_BYTE, media_type=said.BINARY)


async def stream(request: Any) -> Response:
    return StreamingResponse(iter(said.PARTS), media_type="text/plain")


async def fail(request: Any) -> Response:
    raise ValueError(said.REASON)


async def hooks(request: Any, call_next: Any) -> Response:
    """What runs before a page, and after it."""
    response: Response = await call_next(request)
    response.headers["x-hooks"] = "before,after"
    return response


def make_app(events: list[str]) -> Any:
    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        events.append("up")
        yield
        events.append("down")

    return Starlette(
        lifespan=lifespan,
        middleware=[Middleware(BaseHTTPMiddleware, dispatch=hooks)],
        routes=[
            Route("/", index),
            Route("/hello/{name}", hello),
            Route("/form", form, methods=["POST"]),
            Route("/json", json, methods=["POST"]),
            Route("/upload", upload, methods=["POST"]),
            Route("/cookies", cookies),
            Route("/redirect", redirect),
            Route("/binary", binary),
            Route("/stream", stream),
            Route("/fail", fail),
        ],
    )
