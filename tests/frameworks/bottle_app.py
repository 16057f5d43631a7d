"""Bottle, through WSGI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bottle
from bottle import request, response

from tests.frameworks import said

if TYPE_CHECKING:
    from collections.abc import Iterator


def make_app(events: list[str]) -> Any:
    app = bottle.Bottle()

    @app.hook("before_request")
    def before() -> None:
        request.environ["tests.hooks"] = "before"

    @app.hook("after_request")
    def after() -> None:
        response.headers["x-hooks"] = f"{request.environ['tests.hooks']},after"

    @app.get("/")
    def index() -> str:
        response.content_type = "text/plain"
        parts = request.urlparts
        return f"{parts.scheme}://{parts.netloc}{app.get_url('hello', name='ada')}"

    @app.get("/hello/<name>", name="hello")
    def hello(name: str) -> dict[str, Any]:
        query = request.query.decode().getall("q")
        return said.seen(name, query, request.get_header("user-agent"), request.environ["REMOTE_ADDR"], request.url)

    @app.post("/form")
    def form() -> dict[str, Any]:
        fields = request.forms.decode()
        return said.form(fields["title"], fields.getall("tag"))

    @app.post("/json")
    def json() -> dict[str, Any]:
        return {"got": request.json}

    @app.post("/upload")
    def upload() -> bytes:
        response.content_type = said.BINARY
        response.set_header("x-title", ascii(request.forms.decode()["title"]))
        data: bytes = request.files["file"].file.read()
        return data

    @app.get("/cookies")
    def cookies() -> dict[str, str]:
        response.set_cookie("a", "1", secure=True, samesite="none")
        response.add_header("set-cookie", f"b=2; expires={said.EXPIRES}; Path=/")
        return dict(request.cookies)

    @app.get("/redirect")
    def redirect() -> None:
        bottle.redirect(app.get_url("hello", name="ada"), 302)

    @app.get("/binary")
    def binary() -> bytes:
        response.content_type = said.BINARY
        return said.EVERY_BYTE

    @app.get("/stream")
    def stream() -> Iterator[str]:
        response.content_type = "text/plain"
        yield from said.PARTS

    @app.get("/fail")
    def fail() -> None:
        raise ValueError(said.REASON)

    return app
