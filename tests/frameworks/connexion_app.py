"""Connexion, through ASGI: its routes and what they take are an OpenAPI document."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from connexion import AsyncApp, request
from connexion.resolver import Resolver
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse

from tests.frameworks import said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

OK = {"200": {"description": "ok"}}
TEXT: dict[str, Any] = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}


def _body(media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {media_type: {"schema": schema}}}


def _fields(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _page(name: str, **more: Any) -> dict[str, Any]:
    return {"operationId": name, "responses": OK, **more}


PATHS: dict[str, Any] = {
    "/": {"get": _page("index")},
    "/hello/{name}": {
        "get": _page(
            "hello",
            parameters=[
                {"name": "name", "in": "path", "required": True, "schema": TEXT},
                {"name": "q", "in": "query", "schema": TEXTS},
            ],
        )
    },
    "/form": {
        "post": _page("form", requestBody=_body("application/x-www-form-urlencoded", _fields(title=TEXT, tag=TEXTS)))
    },
    "/json": {"post": _page("json", requestBody=_body("application/json", {}))},
    "/upload": {
        "post": _page(
            "upload",
            requestBody=_body("multipart/form-data", _fields(title=TEXT, file={"type": "string", "format": "binary"})),
        )
    },
    **{f"/{name}": {"get": _page(name)} for name in ("cookies", "redirect", "binary", "stream", "fail")},
}


async def index() -> Any:
    return PlainTextResponse(f"{str(request.base_url).rstrip('/')}/hello/ada")


async def hello(name: str, q: list[str] | None = None) -> Any:
    client = request.client and request.client.host
    return said.seen(name, q or [], request.headers.get("user-agent"), client, str(request.url))


async def form(body: Any) -> Any:
    return said.form(body["title"], body["tag"])


async def json(body: Any) -> Any:
    return {"got": body}


async def upload(body: Any, file: Any) -> Any:
    data = await file.read()
    await file.close()
    return Response(data, media_type=said.BINARY, headers={"x-title": ascii(body["title"])})


async def cookies() -> Any:
    answer = JSONResponse(request.cookies)
    answer.set_cookie("a", "1", secure=True, samesite="none")
    answer.headers.append("set-cookie", f"b=2; expires={said.EXPIRES}; Path=/")
    return answer


async def redirect() -> Any:
    return RedirectResponse(f"{request.scope.get('root_path', '')}/hello/ada", 302)


async def binary() -> Any:
    return Response(said.EVERY_BYTE, media_type=said.BINARY)


async def stream() -> Any:
    return StreamingResponse(iter(said.PARTS), media_type="text/plain")


async def fail() -> Any:
    raise ValueError(said.REASON)


class Hooks:
    """Pure ASGI, as Connexion's own middlewares are."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def hooked(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-hooks", b"before,after")]
            await send(message)

        await self.app(scope, receive, hooked)


def make_app(events: list[str]) -> Any:
    @contextlib.asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        events.append("up")
        yield
        events.append("down")

    pages = (index, hello, form, json, upload, cookies, redirect, binary, stream, fail)
    app = AsyncApp("pages", lifespan=lifespan)
    app.add_api(
        {"openapi": "3.0.0", "info": {"title": "pages", "version": "1"}, "paths": PATHS},
        resolver=Resolver({page.__name__: page for page in pages}.__getitem__),
    )
    app.add_middleware(Hooks)
    return app
