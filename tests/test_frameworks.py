"""What the apps of well-known frameworks see and send is what they would under gunicorn or uvicorn."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import fastapi
import pytest

from lambda_bridge import formats
from lambda_bridge.testing import FORMATS, Client, make_event
from tests.builders import BINARY_FORMATS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from lambda_bridge.messages import Response

FRAMEWORKS = ("flask", "django", "django_asgi", "starlette", "fastapi")

# What a form's file and a page may be made of.
DATA = bytes(range(256))

# Formats that have only the last value of a query's name; others have all, or all in one.
LAST_OF_REPEATS = {"aws_alb", "digitalocean:web", "openwhisk:web", "scaleway"}

# Formats whose URLs can begin with a stage, and a host of theirs where they do.
STAGED = [
    ("aws_http", "abcdefghij.execute-api.us-east-1.amazonaws.com"),
    ("aws_rest", "abcdefghij.execute-api.us-east-1.amazonaws.com"),
    ("tencent_apigw", "service-x.gz.apigw.tencentcs.com"),
]


# --- the same pages in each framework: / hello upload cookies redirect fail


def make_flask() -> Any:
    import flask

    app = flask.Flask("pages")

    @app.get("/")
    def index() -> str:
        return flask.url_for("hello", name="ada", _external=True)

    @app.get("/hello/<name>")
    def hello(name: str) -> dict[str, Any]:
        return {"name": name, "q": flask.request.args.getlist("q"), "agent": flask.request.headers["user-agent"]}

    @app.post("/upload")
    def upload() -> Any:
        answer = flask.make_response(flask.request.files["file"].read())
        answer.headers["content-type"] = "application/octet-stream"
        answer.headers["x-title"] = ascii(flask.request.form["title"])
        return answer

    @app.get("/cookies")
    def cookies() -> Any:
        answer = flask.jsonify(dict(flask.request.cookies))
        answer.set_cookie("a", "1", secure=True, samesite="None")
        answer.set_cookie("b", "2", expires="Wed, 21 Oct 2026 07:28:00 GMT")
        return answer

    @app.get("/redirect")
    def redirect() -> Any:
        return flask.redirect(flask.url_for("hello", name="ada"))

    @app.get("/fail")
    def fail() -> Any:
        raise ValueError("the reason")

    return app


class DjangoUrls:
    """Django takes any object with these attributes for a module of routes.

    Its own pages for errors would set templates up, with the settings of these tests for ever.
    """

    urlpatterns: list[Any] = []  # noqa: RUF012  its name and type are Django's

    @staticmethod
    def handler404(request: Any, exception: Exception) -> Any:
        from django.http import HttpResponseNotFound

        return HttpResponseNotFound("Not Found")

    @staticmethod
    def handler500(request: Any) -> Any:
        from django.http import HttpResponseServerError

        return HttpResponseServerError("Server Error")


@pytest.fixture(scope="module")
def django_settings() -> Iterator[None]:
    """Settings without any app, for as long as these tests run: other tests may have theirs."""
    from django.conf import settings
    from django.db import connections
    from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
    from django.urls import clear_url_caches, path, reverse
    from django.utils.functional import empty

    def index(request: Any) -> HttpResponse:
        return HttpResponse(request.build_absolute_uri(reverse("hello", args=["ada"])))

    def hello(request: Any, name: str) -> JsonResponse:
        return JsonResponse({"name": name, "q": request.GET.getlist("q"), "agent": request.headers["user-agent"]})

    def upload(request: Any) -> HttpResponse:
        headers = {"x-title": ascii(request.POST["title"])}
        return HttpResponse(request.FILES["file"].read(), content_type="application/octet-stream", headers=headers)

    def cookies(request: Any) -> JsonResponse:
        answer = JsonResponse(request.COOKIES)
        answer.set_cookie("a", "1", secure=True, samesite="None")
        answer.set_cookie("b", "2", expires="Wed, 21 Oct 2026 07:28:00 GMT")
        return answer

    def redirect(request: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(reverse("hello", args=["ada"]))

    def fail(request: Any) -> HttpResponse:
        raise ValueError("the reason")

    DjangoUrls.urlpatterns = [
        path("", index),
        path("hello/<name>", hello, name="hello"),
        path("upload", upload),
        path("cookies", cookies),
        path("redirect", redirect),
        path("fail", fail),
    ]
    before = settings._wrapped
    settings._wrapped = empty
    settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=DjangoUrls, SECRET_KEY="of the tests", USE_I18N=False)
    try:
        yield
    finally:
        settings._wrapped = before
        clear_url_caches()
        # They remember the settings that they have seen first.
        vars(connections).update(_settings=None)
        vars(connections).pop("settings", None)


def make_django() -> Any:
    from django.core.handlers.wsgi import WSGIHandler

    return WSGIHandler()


def make_django_asgi() -> Any:
    from django.core.handlers.asgi import ASGIHandler

    return ASGIHandler()


def make_starlette(events: list[str] | None = None) -> Any:
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
    from starlette.routing import Route

    async def index(request: Any) -> Response:
        return PlainTextResponse(str(request.url_for("hello", name="ada")))

    async def hello(request: Any) -> Response:
        name, query = request.path_params["name"], request.query_params.getlist("q")
        return JSONResponse({"name": name, "q": query, "agent": request.headers["user-agent"]})

    async def upload(request: Any) -> Response:
        async with request.form() as form:
            data, title = await form["file"].read(), ascii(form["title"])
        return Response(data, media_type="application/octet-stream", headers={"x-title": title})

    async def cookies(request: Any) -> Response:
        answer = JSONResponse(request.cookies)
        answer.set_cookie("a", "1", secure=True, samesite="none")
        answer.headers.append("set-cookie", "b=2; expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/")
        return answer

    async def redirect(request: Any) -> Response:
        return RedirectResponse(request.url_for("hello", name="ada").path, 302)

    async def fail(request: Any) -> Response:
        raise ValueError("the reason")

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        (events or []).append("up")
        yield
        (events or []).append("down")

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/", index),
            Route("/hello/{name}", hello),
            Route("/upload", upload, methods=["POST"]),
            Route("/cookies", cookies),
            Route("/redirect", redirect),
            Route("/fail", fail),
        ],
    )


def make_fastapi(events: list[str] | None = None) -> Any:
    # FastAPI finds out what parameters mean from annotations, which it looks up in this module.
    app = fastapi.FastAPI()

    async def resource() -> Any:
        yield "open"
        (events or []).append("closed")

    @app.get("/")
    def index(request: fastapi.Request) -> fastapi.Response:
        return fastapi.Response(str(request.url_for("hello", name="ada")), media_type="text/plain")

    @app.get("/hello/{name}")
    async def hello(name: str, request: fastapi.Request, state: str = fastapi.Depends(resource)) -> dict[str, Any]:
        assert state == "open"
        return {"name": name, "q": request.query_params.getlist("q"), "agent": request.headers["user-agent"]}

    @app.post("/upload")
    def upload(file: bytes = fastapi.File(), title: str = fastapi.Form()) -> fastapi.Response:
        return fastapi.Response(file, media_type="application/octet-stream", headers={"x-title": ascii(title)})

    @app.get("/cookies")
    def cookies(request: fastapi.Request, response: fastapi.Response) -> dict[str, str]:
        response.set_cookie("a", "1", secure=True, samesite="none")
        response.headers.append("set-cookie", "b=2; expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/")
        return request.cookies

    @app.get("/redirect")
    def redirect(request: fastapi.Request) -> fastapi.Response:
        return fastapi.Response(status_code=302, headers={"location": request.url_for("hello", name="ada").path})

    @app.get("/fail")
    def fail() -> None:
        raise ValueError("the reason")

    return app


MAKE: dict[str, Callable[[], Any]] = {
    "flask": make_flask,
    "django": make_django,
    "django_asgi": make_django_asgi,
    "starlette": make_starlette,
    "fastapi": make_fastapi,
}


@pytest.fixture(params=FRAMEWORKS)
def handler(request: pytest.FixtureRequest, handler_for: Callable[..., Any]) -> Any:
    """A handler of the pages in each framework; of an app without options."""
    if request.param.startswith("django"):
        request.getfixturevalue("django_settings")
    return handler_for(MAKE[request.param]())


# --- every page in every framework under every format


@pytest.mark.parametrize("format_", FORMATS)
def test_page_with_parameters(format_: str, handler: Any) -> None:
    """Path, query and headers arrive decoded, in order and complete, where the gateway keeps or joins repeats."""
    response = Client(handler, format_).get("/hello/Zo%C3%AB?q=1&q=a%20b%26", headers={"User-Agent": "tests/1"})
    repeats = ",".join(response.json()["q"])
    assert repeats == ("a b&" if format_ in LAST_OF_REPEATS else "1,a b&")
    assert (200, "Zoë", "tests/1") == (response.status, response.json()["name"], response.json()["agent"])


@pytest.mark.parametrize("format_", FORMATS)
def test_absolute_url_is_that_of_the_client(format_: str, handler: Any) -> None:
    """Scheme, host and port are those that the client used."""
    client = Client(handler, format_)
    assert "https://app.example/hello/ada" == client.get("https://app.example/").text
    assert "https://other.example/hello/ada" == client.get("/", headers={"Host": "other.example"}).text


def get_staged(handler: Any, format_: str, host: str, path: str) -> Response:
    """The answer to a request for *path* below the stage dev."""
    event = make_event(format_, "GET", f"/dev{path}", headers={"host": host, "user-agent": "tests/1"}, root_path="/dev")
    return formats.load(format_).read_result(handler(event, None))


@pytest.mark.parametrize(("format_", "host"), STAGED)
def test_urls_below_a_stage_have_it(format_: str, host: str, handler: Any) -> None:
    """Links and redirects lead where the gateway answers, without any option."""

    index, redirect, hello = (get_staged(handler, format_, host, path) for path in ("/", "/redirect", "/hello/ada"))
    assert (200, f"https://{host}/dev/hello/ada".encode()) == (index.status, index.body)
    assert (302, "/dev/hello/ada") == (redirect.status, redirect.header("location"))
    assert 200 == hello.status


@pytest.mark.parametrize("format_", FORMATS)
def test_redirect(format_: str, handler: Any) -> None:
    """Status and Location stay as the framework made them."""
    response = Client(handler, format_).get("/redirect")
    assert (302, "/hello/ada") == (response.status, response.header("location"))


@pytest.mark.parametrize("format_", BINARY_FORMATS)
def test_upload_and_download(format_: str, handler: Any) -> None:
    """A form with all bytes that there are arrives as it was, and so does the answer."""
    boundary = "a-boundary-that-does-not-occur"
    title = f'--{boundary}\r\nContent-Disposition: form-data; name="title"\r\n\r\nGrüße\r\n'
    file = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n'
    body = title.encode() + file.encode() + DATA + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    response = Client(handler, format_).post("/upload", headers=headers, body=body)
    assert (200, DATA, "'Gr\\xfc\\xdfe'") == (response.status, response.body, response.header("x-title"))


@pytest.mark.parametrize("format_", FORMATS)
def test_cookies_in_both_directions(format_: str, handler: Any) -> None:
    """Two arrive, and two are set with all that belongs to them; a date has a comma."""
    response = Client(handler, format_).get("/cookies", headers={"Cookie": "x=1; y=2"})
    assert {"x": "1", "y": "2"} == response.json()
    set_cookies = sorted(value for name, value in response.headers if name == "set-cookie")
    assert ["a=1", "b=2"] == [value.partition(";")[0].strip() for value in set_cookies]
    assert ("secure" in set_cookies[0].lower(), "Wed, 21 Oct 2026 07:28:00 GMT" in set_cookies[1]) == (True, True)


@pytest.mark.parametrize("format_", FORMATS)
def test_head_and_missing_page(format_: str, handler: Any) -> None:
    """The framework's own answers pass; to HEAD there is no body."""
    client = Client(handler, format_)
    assert 404 == client.get("/no-such-page").status
    head = client.head("/")
    assert b"" == head.body
    assert head.status in {200, 405}


@pytest.mark.parametrize("format_", FORMATS)
def test_failing_page_is_a_500_without_its_reason(format_: str, handler: Any, caplog: pytest.LogCaptureFixture) -> None:
    """Whether the framework answers it or the handler does."""
    response = Client(handler, format_).get("/fail")
    assert (500, False) == (response.status, b"the reason" in response.body)
    assert "ValueError: the reason" in caplog.text


# --- what only one of them has


@pytest.mark.parametrize(("format_", "host"), STAGED)
def test_fastapi_docs_below_a_stage(format_: str, host: str, handler_for: Callable[..., Any]) -> None:
    """The page of the documentation finds the schema, and the schema its server."""
    handler = handler_for(make_fastapi())
    assert b"'/dev/openapi.json'" in get_staged(handler, format_, host, "/docs").body
    assert b'"servers":[{"url":"/dev"}]' in get_staged(handler, format_, host, "/openapi.json").body


@pytest.mark.parametrize("base_path", ["/api", None])
def test_fastapi_docs_below_a_base_path(base_path: str | None, handler_for: Callable[..., Any]) -> None:
    """The option does for a custom domain what the stage does for the gateway's own."""
    client = Client(handler_for(make_fastapi(), base_path=base_path))
    prefix = base_path or ""
    assert f"'{prefix}/openapi.json'" in client.get(f"{prefix}/docs").text


def test_route_that_repeats_the_base_path_is_found(handler_for: Callable[..., Any]) -> None:
    """Starlette takes the root_path off once: the rest is the app's own, however it begins."""
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Mount, Route

    async def show(request: Any) -> PlainTextResponse:
        return PlainTextResponse(str(request.url))

    client = Client(handler_for(Starlette(routes=[Mount("/api", routes=[Route("/x", show)])]), base_path="/api"))
    assert "https://localhost/api/api/x" == client.get("/api/api/x").text


def test_fastapis_dependency_is_closed_before_the_result(handler_for: Callable[..., Any]) -> None:
    """What comes after its yield belongs to the request."""
    events = ["begin"]
    Client(handler_for(make_fastapi(events))).get("/hello/ada", headers={"User-Agent": "x"})
    assert ["begin", "closed"] == events


def test_starlettes_lifespan_is_once(handler_for: Callable[..., Any]) -> None:
    """Up before the first request, down when the handler is closed."""
    events = ["begin"]
    handler = handler_for(make_starlette(events))
    for _ in range(3):
        Client(handler).get("/")
    assert ["begin", "up"] == events
    handler.close()
    assert ["begin", "up", "down"] == events


def test_flask_session_lives_in_its_cookie(handler_for: Callable[..., Any]) -> None:
    """What one answer sets the next request brings back."""
    import flask

    app = flask.Flask("session")
    app.secret_key = "of the tests"

    @app.get("/")
    def count() -> str:
        flask.session["count"] = flask.session.get("count", 0) + 1
        return str(flask.session["count"])

    handler = handler_for(app)
    for format_ in FORMATS:
        client = Client(handler, format_)
        first = client.get("/")
        second = client.get("/", headers={"Cookie": (first.header("set-cookie") or "").partition(";")[0]})
        assert ["1", "2"] == [first.text, second.text]


def test_flask_streams_and_sends_files(handler_for: Callable[..., Any]) -> None:
    """Generators, ranges and validators work as they do on a server."""
    import io

    import flask

    app = flask.Flask("files")

    @app.get("/stream")
    def stream() -> Any:
        return flask.Response((f"{number} " for number in range(3)), mimetype="text/plain")

    @app.get("/file")
    def file() -> Any:
        return flask.send_file(io.BytesIO(DATA), mimetype="image/png", etag="v1")

    client = Client(handler_for(app))
    part = client.get("/file", headers={"Range": "bytes=1-3"})
    unchanged = client.get("/file", headers={"If-None-Match": '"v1"'})
    assert "0 1 2 " == client.get("/stream").text
    assert (DATA, str(len(DATA))) == ((whole := client.get("/file")).body, whole.header("content-length"))
    assert (206, b"\x01\x02\x03", "bytes 1-3/256") == (part.status, part.body, part.header("content-range"))
    assert (304, b"") == (unchanged.status, unchanged.body)


@pytest.mark.parametrize("make", [make_django, make_django_asgi])
def test_django_fires_request_finished_once(
    make: Callable[[], Any], django_settings: None, handler_for: Callable[..., Any]
) -> None:
    """It closes database connections; also after an error."""
    from django.core.signals import request_finished, request_started

    seen: list[str] = []

    def started(sender: Any, **_: Any) -> None:
        seen.append("started")

    def finished(sender: Any, **_: Any) -> None:
        seen.append("finished")

    request_started.connect(started)
    request_finished.connect(finished)
    try:
        client = Client(handler_for(make()))
        for path in ("/", "/fail", "/no-such-page"):
            client.get(path)
    finally:
        request_started.disconnect(started)
        request_finished.disconnect(finished)
    assert ["started", "finished"] * 3 == seen


def test_django_under_aio(django_settings: None, handler_for: Callable[..., Any]) -> None:
    """Hosts that run an event loop get the same answer."""

    async def scenario() -> Any:
        handler = handler_for(make_django_asgi())
        result = await handler.aio(make_event("aws_http", "GET", "/"), None)
        handler.close()
        return result["body"]

    assert "https://localhost/hello/ada" == asyncio.run(scenario())


def test_health_check_of_a_load_balancer_is_answered(handler: Any) -> None:
    """It has no host and no address: frameworks still need a server name."""
    event = make_event("aws_alb", "GET", "/redirect")
    event["headers"] = {"user-agent": "ELB-HealthChecker/2.0"}
    assert 302 == handler(event, None)["statusCode"]
