"""Quart, through ASGI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import quart
from quart import g, request, url_for

from tests.frameworks import said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


def make_app(events: list[str]) -> Any:
    app = quart.Quart("pages")

    @app.before_serving
    async def up() -> None:
        events.append("up")

    @app.after_serving
    async def down() -> None:
        events.append("down")

    @app.before_request
    async def before() -> None:
        g.hooks = "before"

    @app.after_request
    async def after(response: Any) -> Any:
        response.headers["x-hooks"] = f"{g.hooks},after"
        return response

    @app.get("/")
    async def index() -> str:
        return url_for("hello", name="ada", _external=True)

    @app.get("/hello/<name>")
    async def hello(name: str) -> dict[str, Any]:
        agent = request.headers.get("user-agent")
        return said.seen(name, request.args.getlist("q"), agent, request.remote_addr, request.url)

    @app.post("/form")
    async def form() -> dict[str, Any]:
        fields = await request.form
        return said.form(fields["title"], fields.getlist("tag"))

    @app.post("/json")
    async def json() -> dict[str, Any]:
        return {"got": await request.get_json()}

    @app.post("/upload")
    async def upload() -> Any:
        fields, files = await request.form, await request.files
        return quart.Response(files["file"].read(), mimetype=said.BINARY, headers={"x-title": ascii(fields["title"])})

    @app.get("/cookies")
    async def cookies() -> Any:
        answer = quart.jsonify(dict(request.cookies))
        answer.set_cookie("a", "1", secure=True, samesite="None")
        answer.set_cookie("b", "2", expires=said.EXPIRES)
        return answer

    @app.get("/redirect")
    async def redirect() -> Any:
        return quart.redirect(url_for("hello", name="ada"))

    @app.get("/binary")
    async def binary() -> Any:
        return quart.Response(said.EVERY_BYTE, mimetype=said.BINARY)

    @app.get("/stream")
    async def stream() -> Any:
        async def parts() -> AsyncIterator[str]:
            for part in said.PARTS:
                yield part

        return quart.Response(parts(), mimetype="text/plain")

    @app.get("/fail")
    async def fail() -> Any:
        raise ValueError(said.REASON)

    return app
