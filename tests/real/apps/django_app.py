"""The app in Django, through WSGI."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.urls import path, re_path

from . import said


def echo(request: HttpRequest, **taken: Any) -> HttpResponse:
    return JsonResponse(
        said.seen(
            request.method,
            request.path_info,
            request.META["QUERY_STRING"],
            list(request.headers.items()),
            request.COOKIES,
            request.body,
            request.META["SCRIPT_NAME"],
            request.META["REMOTE_ADDR"],
            request.META["lambda_bridge.format"],
            1,
        )
    )


def events(request: HttpRequest) -> HttpResponse:
    status, answer = said.take(request.headers.items(), request.body, request.META["lambda_bridge.format"])
    return JsonResponse(answer, status=status)


def text(request: HttpRequest) -> HttpResponse:
    return HttpResponse(said.TEXT, content_type="text/plain; charset=utf-8")


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(said.TEXT, content_type=said.HTML_TYPE)


def json(request: HttpRequest) -> HttpResponse:
    return HttpResponse(said.JSON, content_type="application/json")


def every_byte(request: HttpRequest, times: int) -> HttpResponse:
    return HttpResponse(said.EVERY_BYTE * times, content_type="application/octet-stream")


def bytes_back(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.body, content_type="application/octet-stream")


def gzipped(request: HttpRequest) -> HttpResponse:
    return HttpResponse(said.GZIPPED, content_type="text/plain; charset=utf-8", headers={"Content-Encoding": "gzip"})


def cookies(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("")
    response.set_cookie("first", "1", path="/", samesite="Lax")
    response.set_cookie("second", "2", path="/", samesite="Lax", expires=said.EXPIRES, httponly=True)
    return response


def repeats(request: HttpRequest) -> HttpResponse:
    # Django keeps one value of a name.
    return HttpResponse("", headers={"X-Battery-Down": ", ".join(said.REPEATED)})


def status(request: HttpRequest, status: int) -> HttpResponse:
    return HttpResponse(said.ERROR if status >= 400 else "", status=status, content_type="text/plain; charset=utf-8")


def elsewhere(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect("/echo?x=1", status=303)


def crash(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(said.SECRET)


def stream(request: HttpRequest) -> StreamingHttpResponse:
    gate = request.GET["gate"]

    def parts() -> Iterator[str]:
        yield "first\n"
        said.wait_at(gate)
        yield "last\n"

    return StreamingHttpResponse(parts(), content_type="text/plain; charset=utf-8")


urlpatterns = [
    re_path(r"^echo(?:/(?P<rest>.*))?$", echo),
    path("events", events),
    path("text", text),
    path("page", page),
    path("json", json),
    path("bytes/<int:times>", every_byte),
    path("bytes", bytes_back),
    path("gzip", gzipped),
    path("cookies", cookies),
    path("repeats", repeats),
    path("status/<int:status>", status),
    path("redirect", elsewhere),
    path("crash", crash),
    path("stream", stream),
]

settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["*"],
    SECRET_KEY="of a test",
    DATA_UPLOAD_MAX_MEMORY_SIZE=None,
)
django.setup()
app = WSGIHandler()
