"""Litestar, through ASGI."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from litestar import Litestar, Request, Response, get, post
from litestar.datastructures import Cookie, UploadFile
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from tests.frameworks import said


@get("/", media_type="text/plain")
async def index(request: Request) -> str:
    return str(request.url_for("hello", who="ada"))


# Not "name", which is the first parameter of `url_for`.
@get("/hello/{who:str}", name="hello")
async def hello(request: Request, who: FromPath[str]) -> dict[str, Any]:
    client = request.client and request.client.host
    query = request.query_params.getall("q", [])
    return said.seen(who, query, request.headers.get("user-agent"), client, str(request.url))


@post("/form", status_code=200)
async def form(request: Request) -> dict[str, Any]:
    fields = await request.form()
    return said.form(fields["title"], fields.getall("tag"))


@post("/json", status_code=200)
async def json(request: Request) -> dict[str, Any]:
    return {"got": await request.json()}


@post("/upload", status_code=200)
async def upload(request: Request) -> Response[bytes]:
    fields = await request.form()
    file: UploadFile = fields["file"]
    return Response(await file.read(), media_type=said.BINARY, headers={"x-title": ascii(fields["title"])})


@get("/cookies")
async def cookies(request: Request) -> Response[dict[str, str]]:
    set_cookies = [Cookie("a", value="1", secure=True, samesite="none")]
    answer = Response(dict(request.cookies), cookies=set_cookies)
    answer.headers["set-cookie"] = f"b=2; expires={said.EXPIRES}; Path=/"
    return answer


@get("/redirect", status_code=302)
async def redirect(request: Request) -> Redirect:
    return Redirect(urlsplit(str(request.url_for("hello", who="ada"))).path, status_code=302)


@get("/binary")
async def binary() -> Response[bytes]:
    return Response(said.EVERY_BYTE, media_type=said.BINARY)


@get("/stream")
async def stream() -> Stream:
    return Stream(iter(said.PARTS), media_type="text/plain")


@get("/fail")
async def fail() -> None:
    raise ValueError(said.REASON)


def before(request: Request) -> None:
    request.state.hooks = "before"


async def log(exception: Exception, scope: Any) -> None:
    logging.getLogger("litestar").error("a page has failed", exc_info=exception)


def make_app(events: list[str]) -> Any:
    def up() -> None:
        events.append("up")

    def down() -> None:
        events.append("down")

    async def hooks(message: Any, scope: Any) -> None:
        if message["type"] == "http.response.start":
            message["headers"].append((b"x-hooks", f"{scope['state'].get('hooks')},after".encode()))

    return Litestar(
        [index, hello, form, json, upload, cookies, redirect, binary, stream, fail],
        before_request=before,
        before_send=[hooks],
        on_startup=[up],
        on_shutdown=[down],
        after_exception=[log],
        # Its own configuration is one of the whole process.
        logging_config=None,
        openapi_config=None,
    )
