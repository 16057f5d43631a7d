"""The app in Flask."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from . import said

app = Flask(__name__)
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@app.route("/echo", methods=METHODS, provide_automatic_options=False)
@app.route("/echo/<path:rest>", methods=METHODS, provide_automatic_options=False)
def echo(rest: str = "") -> dict[str, object]:
    return said.seen(
        request.method,
        request.path,
        request.query_string.decode(),
        list(request.headers.items()),
        request.cookies,
        request.get_data(),
        request.script_root,
        request.remote_addr,
        request.environ["lambda_bridge.format"],
        1,
    )


@app.post("/events")
def events() -> tuple[dict[str, object], int]:
    status, answer = said.take(request.headers.items(), request.get_data(), request.environ["lambda_bridge.format"])
    return answer, status


@app.get("/text")
def text() -> Response:
    return Response(said.TEXT, content_type="text/plain; charset=utf-8")


@app.get("/page")
def page() -> Response:
    return Response(said.TEXT, content_type=said.HTML_TYPE)


@app.get("/json")
def json() -> Response:
    return Response(said.JSON, content_type="application/json")


@app.get("/bytes/<int:times>")
def every_byte(times: int) -> Response:
    return Response(said.EVERY_BYTE * times, content_type="application/octet-stream")


@app.post("/bytes")
def bytes_back() -> Response:
    return Response(request.get_data(), content_type="application/octet-stream")


@app.get("/gzip")
def gzipped() -> Response:
    return Response(said.GZIPPED, content_type="text/plain; charset=utf-8", headers={"Content-Encoding": "gzip"})


@app.get("/cookies")
def cookies() -> Response:
    response = Response("")
    response.set_cookie("first", "1", path="/", samesite="Lax")
    response.set_cookie("second", "2", path="/", samesite="Lax", expires=said.EXPIRES, httponly=True)
    return response


@app.get("/repeats")
def repeats() -> Response:
    return Response("", headers=[("X-Battery-Down", value) for value in said.REPEATED])


@app.get("/status/<int:status>")
def status(status: int) -> Response:
    return Response(said.ERROR if status >= 400 else "", status, content_type="text/plain; charset=utf-8")


@app.get("/redirect")
def elsewhere() -> AnyResponse:
    return redirect("/echo?x=1", 303)


@app.get("/crash")
def crash() -> str:
    raise RuntimeError(said.SECRET)


@app.get("/stream")
def stream() -> Response:
    gate = request.args["gate"]

    def parts() -> Iterator[str]:
        yield "first\n"
        said.wait_at(gate)
        yield "last\n"

    return Response(parts(), content_type="text/plain; charset=utf-8")
