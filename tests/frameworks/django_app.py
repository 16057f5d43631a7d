"""Django, through WSGI and through ASGI.

A process can have one configuration of Django: `configured` lends these pages' to a block.
"""

from __future__ import annotations

import contextlib
import json as json_module
from typing import TYPE_CHECKING, Any

from django.core.handlers.asgi import ASGIHandler, ASGIRequest
from django.core.handlers.wsgi import WSGIHandler
from django.http import (
    HttpResponse,
    HttpResponseNotFound,
    HttpResponseRedirect,
    HttpResponseServerError,
    JsonResponse,
    StreamingHttpResponse,
)
from django.urls import path, reverse
from django.utils.decorators import sync_and_async_middleware

from tests.frameworks import said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator


def make_app(events: list[str]) -> Any:
    return WSGIHandler()


def make_asgi_app(events: list[str]) -> Any:
    return ASGIHandler()


def index(request: Any) -> HttpResponse:
    return HttpResponse(request.build_absolute_uri(reverse("hello", args=["ada"])))


def hello(request: Any, name: str) -> JsonResponse:
    query, client = request.GET.getlist("q"), request.META["REMOTE_ADDR"]
    return JsonResponse(said.seen(name, query, request.headers.get("user-agent"), client, request.build_absolute_uri()))


def form(request: Any) -> JsonResponse:
    return JsonResponse(said.form(request.POST["title"], request.POST.getlist("tag")))


def json(request: Any) -> JsonResponse:
    return JsonResponse({"got": json_module.loads(request.body)})


def upload(request: Any) -> HttpResponse:
    headers = {"x-title": ascii(request.POST["title"])}
    return HttpResponse(request.FILES["file"].read(), content_type=said.BINARY, headers=headers)


def cookies(request: Any) -> JsonResponse:
    answer = JsonResponse(request.COOKIES)
    answer.set_cookie("a", "1", secure=True, samesite="None")
    answer.set_cookie("b", "2", expires=said.EXPIRES)
    return answer


def redirect(request: Any) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("hello", args=["ada"]))


def binary(request: Any) -> HttpResponse:
    return HttpResponse(said.EVERY_BYTE, content_type=said.BINARY)


def stream(request: Any) -> StreamingHttpResponse:
    async def parts() -> AsyncIterator[str]:
        for part in said.PARTS:
            yield part

    # Each of the two handlers warns of the other's kind of iterator.
    content = parts() if isinstance(request, ASGIRequest) else iter(said.PARTS)
    return StreamingHttpResponse(content, content_type="text/plain")


def fail(request: Any) -> HttpResponse:
    raise ValueError(said.REASON)


# Django's own pages for errors would set templates up, with these settings for ever.
def handler404(request: Any, exception: Exception) -> HttpResponse:
    return HttpResponseNotFound("Not Found")


def handler500(request: Any) -> HttpResponse:
    return HttpResponseServerError("Server Error")


@sync_and_async_middleware  # type: ignore[untyped-decorator,unused-ignore]
def hooks(get_response: Any) -> Any:
    """A middleware for both handlers: what runs before a view, and after it."""
    from inspect import iscoroutinefunction

    def add(response: HttpResponse) -> HttpResponse:
        response["x-hooks"] = "before,after"
        return response

    if iscoroutinefunction(get_response):

        async def middleware(request: Any) -> HttpResponse:
            return add(await get_response(request))

        return middleware
    return lambda request: add(get_response(request))


urlpatterns = [
    path("", index),
    path("hello/<name>", hello, name="hello"),
    path("form", form),
    path("json", json),
    path("upload", upload),
    path("cookies", cookies),
    path("redirect", redirect),
    path("binary", binary),
    path("stream", stream),
    path("fail", fail),
]


@contextlib.contextmanager
def configured() -> Iterator[None]:
    """Settings without any app of Django's, for this block: other tests may have theirs."""
    from django.conf import settings
    from django.db import connections
    from django.urls import clear_url_caches
    from django.utils.functional import empty

    before = settings._wrapped
    settings._wrapped = empty
    settings.configure(
        ALLOWED_HOSTS=["*"],
        MIDDLEWARE=[f"{__name__}.hooks"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="of the tests",
        USE_I18N=False,
    )
    clear_url_caches()
    try:
        yield
    finally:
        settings._wrapped = before
        clear_url_caches()
        # They remember the settings that they have seen first.
        vars(connections).update(_settings=None)
        vars(connections).pop("settings", None)
