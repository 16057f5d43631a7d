"""Pyramid, through WSGI."""

from __future__ import annotations

from typing import Any

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound
from pyramid.response import Response

from tests.frameworks import said


def index(request: Any) -> Response:
    return Response(request.route_url("hello", name="ada"), content_type="text/plain")


def hello(request: Any) -> Any:
    query = request.GET.getall("q")
    return said.seen(request.matchdict["name"], query, request.user_agent, request.remote_addr, request.url)


def form(request: Any) -> Any:
    return said.form(request.POST["title"], request.POST.getall("tag"))


def json(request: Any) -> Any:
    return {"got": request.json_body}


def upload(request: Any) -> Response:
    answer = Response(request.POST["file"].file.read(), content_type=said.BINARY)
    answer.headers["x-title"] = ascii(request.POST["title"])
    return answer


def cookies(request: Any) -> Any:
    request.response.set_cookie("a", "1", secure=True, samesite="None")
    request.response.headers.add("set-cookie", f"b=2; expires={said.EXPIRES}; Path=/")
    return dict(request.cookies)


def redirect(request: Any) -> Any:
    return HTTPFound(request.route_path("hello", name="ada"))


def binary(request: Any) -> Response:
    return Response(said.EVERY_BYTE, content_type=said.BINARY)


def stream(request: Any) -> Response:
    return Response(app_iter=(part.encode() for part in said.PARTS), content_type="text/plain")


def fail(request: Any) -> Response:
    raise ValueError(said.REASON)


def hooks(handler: Any, registry: Any) -> Any:
    """A tween, which is what runs around each view."""

    def tween(request: Any) -> Any:
        answer = handler(request)
        answer.headers["x-hooks"] = "before,after"
        return answer

    return tween


# URL, view, method, renderer
VIEWS = [
    ("/", index, "GET", None),
    ("/hello/{name}", hello, "GET", "json"),
    ("/form", form, "POST", "json"),
    ("/json", json, "POST", "json"),
    ("/upload", upload, "POST", None),
    ("/cookies", cookies, "GET", "json"),
    ("/redirect", redirect, "GET", None),
    ("/binary", binary, "GET", None),
    ("/stream", stream, "GET", None),
    ("/fail", fail, "GET", None),
]


def make_app(events: list[str]) -> Any:
    config = Configurator()
    config.add_tween(f"{__name__}.hooks")
    for url, view, method, renderer in VIEWS:
        config.add_route(view.__name__, url)
        config.add_view(view, route_name=view.__name__, request_method=method, renderer=renderer)
    return config.make_wsgi_app()
