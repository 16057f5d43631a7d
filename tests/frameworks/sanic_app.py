"""Sanic, through ASGI, which it speaks beside its own server."""

from __future__ import annotations

from itertools import count
from typing import Any
from urllib.parse import urlsplit

from sanic import Sanic, response
from sanic.log import error_logger

from tests.frameworks import said

# Sanic keeps a list of its apps, in which no name comes twice.
_numbers = count()


def make_app(events: list[str]) -> Any:
    app = Sanic(f"pages-{next(_numbers)}", configure_logging=False)
    # The code that it writes anew at the start, for speed, it can write once in a process, so for one app.
    app.config.TOUCHUP = False
    error_logger.propagate = True

    @app.before_server_start
    async def up(app: Any) -> None:
        events.append("up")

    @app.after_server_stop
    async def down(app: Any) -> None:
        events.append("down")

    @app.on_request
    async def before(request: Any) -> None:
        request.ctx.hooks = "before"

    @app.on_response
    async def after(request: Any, answer: Any) -> None:
        # There are two answers where the handling of the first one fails, and no request without one.
        answer.headers["x-hooks"] = f"{request.ctx.hooks},after"

    @app.get("/", error_format="text")
    async def index(request: Any) -> Any:
        return response.text(request.url_for("hello", name="ada"))

    @app.get("/hello/<name>", error_format="text", unquote=True, name="hello")
    async def hello(request: Any, name: str) -> Any:
        agent = request.headers.get("user-agent")
        return response.json(said.seen(name, request.args.getlist("q", []), agent, request.ip, request.url))

    @app.post("/form", error_format="text")
    async def form(request: Any) -> Any:
        return response.json(said.form(request.form.get("title"), request.form.getlist("tag")))

    @app.post("/json", error_format="text")
    async def json(request: Any) -> Any:
        return response.json({"got": request.json})

    @app.post("/upload", error_format="text")
    async def upload(request: Any) -> Any:
        headers = {"x-title": ascii(request.form.get("title"))}
        return response.raw(request.files.get("file").body, content_type=said.BINARY, headers=headers)

    @app.get("/cookies", error_format="text")
    async def cookies(request: Any) -> Any:
        answer = response.json({name: request.cookies.get(name) for name in request.cookies})
        answer.add_cookie("a", "1", secure=True, samesite="None")
        answer.headers.add("set-cookie", f"b=2; expires={said.EXPIRES}; Path=/")
        return answer

    @app.get("/redirect", error_format="text")
    async def redirect(request: Any) -> Any:
        return response.redirect(urlsplit(request.url_for("hello", name="ada")).path)

    @app.get("/binary", error_format="text")
    async def binary(request: Any) -> Any:
        return response.raw(said.EVERY_BYTE, content_type=said.BINARY)

    @app.get("/stream", error_format="text")
    async def stream(request: Any) -> None:
        answer = await request.respond(content_type="text/plain")
        for part in said.PARTS:
            await answer.send(part)
        await answer.eof()

    @app.get("/fail", error_format="text")
    async def fail(request: Any) -> Any:
        raise ValueError(said.REASON)

    return app
