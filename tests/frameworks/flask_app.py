"""Flask, through WSGI."""

from __future__ import annotations

from typing import Any

import flask

from tests.frameworks import said


def make_app(events: list[str]) -> Any:
    app = flask.Flask("pages")

    @app.before_request
    def before() -> None:
        flask.g.hooks = "before"

    @app.after_request
    def after(response: flask.Response) -> flask.Response:
        response.headers["x-hooks"] = f"{flask.g.hooks},after"
        return response

    @app.get("/")
    def index() -> str:
        return flask.url_for("hello", name="ada", _external=True)

    @app.get("/hello/<name>")
    def hello(name: str) -> dict[str, Any]:
        request = flask.request
        agent = request.headers.get("user-agent")
        return said.seen(name, request.args.getlist("q"), agent, request.remote_addr, request.url)

    @app.post("/form")
    def form() -> dict[str, Any]:
        return said.form(flask.request.form["title"], flask.request.form.getlist("tag"))

    @app.post("/json")
    def json() -> dict[str, Any]:
        return {"got": flask.request.json}

    @app.post("/upload")
    def upload() -> Any:
        title = ascii(flask.request.form["title"])
        return flask.Response(flask.request.files["file"].read(), mimetype=said.BINARY, headers={"x-title": title})

    @app.get("/cookies")
    def cookies() -> Any:
        answer = flask.jsonify(dict(flask.request.cookies))
        answer.set_cookie("a", "1", secure=True, samesite="None")
        answer.set_cookie("b", "2", expires=said.EXPIRES)
        return answer

    @app.get("/redirect")
    def redirect() -> Any:
        return flask.redirect(flask.url_for("hello", name="ada"))

    @app.get("/binary")
    def binary() -> Any:
        return flask.Response(said.EVERY_BYTE, mimetype=said.BINARY)

    @app.get("/stream")
    def stream() -> Any:
        return flask.Response(iter(said.PARTS), mimetype="text/plain")

    @app.get("/fail")
    def fail() -> Any:
        raise ValueError(said.REASON)

    return app
