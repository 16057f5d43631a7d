"""The client for users' own tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import flask
import pytest

from lambda_bridge import formats, make_handler
from lambda_bridge.errors import BridgeError, ConfigurationError, NotAccepted, RefusedResult, UnknownEvent
from lambda_bridge.messages import Response
from lambda_bridge.testing import FORMATS, Client
from lambda_bridge.triggers import samples
from tests.checkers import validated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambda_bridge.handler import Handler
    from lambda_bridge.triggers import CloudEvent


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers with what it was asked for: method, path, query, and the type of the body before the body."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Type", environ.get("CONTENT_TYPE", ""))])
    head = f"{environ['REQUEST_METHOD']} {environ['SCRIPT_NAME']}|{environ['PATH_INFO']}?{environ['QUERY_STRING']}\n"
    return [head.encode("latin-1"), environ["wsgi.input"].read(-1)]


@pytest.mark.parametrize("method", ["get", "head", "options", "post", "put", "patch", "delete"])
def test_a_method_for_each_method(method: str) -> None:
    """client.get and its siblings send the method of their name."""
    response = getattr(Client(validated(echo)), method)("/a?b=c")

    assert response.status == 200
    assert response.text == ("" if method == "head" else f"{method.upper()} |/a?b=c\n")


def test_any_other_method() -> None:
    """client.request sends any method."""
    assert Client(echo).request("PROPFIND", "/").text.startswith("PROPFIND ")


@pytest.mark.parametrize(
    ("options", "content_type", "body"),
    [
        ({"body": b"\x00\xff"}, "", b"\x00\xff"),
        ({"data": {"a": "1", "b": "x y&z"}}, "application/x-www-form-urlencoded", b"a=1&b=x+y%26z"),
        ({"json": {"a": [1]}}, "application/json", b'{"a": [1]}'),
        ({"json": None}, "", b""),
        ({"body": b"x", "headers": {"Content-Type": "text/plain"}}, "text/plain", b"x"),
        ({"body": b"x", "headers": [("content-type", "text/plain")]}, "text/plain", b"x"),
    ],
)
def test_bodies(options: dict[str, Any], content_type: str, body: bytes) -> None:
    """Bytes as they are, a form, or JSON, each with its content-type."""
    response = Client(validated(echo)).post("/", **options)

    assert (response.header("x-type"), response.body.partition(b"\n")[2]) == (content_type, body)


@pytest.mark.parametrize("spelling", FORMATS)
def test_response_has_what_went_over_the_wire(spelling: str) -> None:
    """The event and the result are there to be looked at, in the form of their platform."""
    module = formats.load(spelling.partition(":")[0])

    response = Client(echo, spelling).get("/a")

    assert module.read_event(response.event, None).path == "/a"
    assert module.read_result(response.result) == Response(response.status, response.headers, response.body)


def test_flask_app_under_every_format() -> None:
    """A framework's app is called as it is."""
    app = flask.Flask("app")
    app.add_url_rule("/<name>", view_func=lambda name: f"hello {name}")

    assert {Client(app, spelling).get("/%E5%B0%8F%E6%98%8E").text for spelling in FORMATS} == {"hello 小明"}


def test_handler_is_taken_as_it_is() -> None:
    """A handler keeps its options."""
    client = Client(make_handler(echo, base_path="/api"))

    assert client.get("/api/a").text == "GET /api|/a?\n"


def test_context_reaches_the_app() -> None:
    """The context is handed over like a platform's."""
    seen = []

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        seen.append(environ["lambda_bridge.context"])
        return echo(environ, start_response)

    Client(app, context={"request_id": "7"}).get("/")

    assert seen == [{"request_id": "7"}]


def test_what_is_no_app() -> None:
    """The error comes when the client is made."""
    with pytest.raises(ConfigurationError):
        Client(7)


def test_result_that_a_gateway_would_refuse() -> None:
    """What a real gateway would not pass on is an error of the test."""

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return {"statusCode": 200, "headers": None}

    handler.aio = handler  # type: ignore[attr-defined]

    with pytest.raises(RefusedResult) as caught:
        Client(handler, "aws_alb").get("/")
    assert isinstance(caught.value, BridgeError)


def test_result_that_is_no_json() -> None:
    """What the platform cannot serialise fails in a test as well."""

    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return {"statusCode": 200, "body": b"bytes"}

    handler.aio = handler  # type: ignore[attr-defined]

    with pytest.raises(TypeError):
        Client(handler).get("/")


# --- what a client sends


@pytest.mark.parametrize("spelling", FORMATS)
def test_files_arrive(spelling: str) -> None:
    """A form with a file, which flask reads, under every format."""
    app = flask.Flask("app")

    def upload() -> str:
        file = flask.request.files["file"]
        with file.stream:
            return f"{flask.request.form['a']} {file.filename} {file.mimetype} {file.read().decode()}"

    app.add_url_rule("/", view_func=upload, methods=["POST"])

    with Client(app, spelling) as client:
        response = client.post("/", data={"a": "1"}, files={"file": ("ä.txt", "Grüße", "text/x-own")})

    assert response.text == "1 ä.txt text/x-own Grüße"


# --- cookies


def cookie_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers with the cookies that it got, and sets those that are lines of the request's body."""
    headers = [("Set-Cookie", line) for line in environ["wsgi.input"].read().decode().splitlines()]
    start_response("200 OK", [("Content-Type", "text/plain"), *headers])
    return [environ.get("HTTP_COOKIE", "").encode("latin-1")]


@pytest.mark.parametrize("spelling", FORMATS)
def test_cookies_are_kept(spelling: str) -> None:
    """What one response sets comes with the next request, as long as it is there."""
    with Client(cookie_app, spelling) as client:
        client.post("/", body="a=1; Path=/\nb=2; Path=/x")
        assert client.get("/").text == "a=1"
        assert sorted(client.get("/x").text.split("; ")) == ["a=1", "b=2"]
        client.cookies.clear()
        assert client.get("/").text == ""


def test_cookies_belong_to_the_host_that_was_asked() -> None:
    """By the URL, or by the Host header."""
    client = Client(cookie_app, base_url="https://shop.example")
    client.post("/", body="a=1; Path=/; Secure")

    assert client.get("/").text == "a=1"
    assert client.get("https://shop.example:8443/").text == "a=1"
    assert client.get("http://shop.example/").text == ""
    assert client.get("https://other.example/").text == ""
    assert client.get("/", headers={"host": "other.example"}).text == ""


def test_cookies_of_one_request() -> None:
    """They win over those that are kept, and are not kept; a header that a test writes itself stays alone."""
    client = Client(cookie_app)
    client.post("/", body="a=1; Path=/\nb=2; Path=/")

    assert client.get("/", cookies={"a": "7", "c": "é"}).text == "b=2; a=7; c=é"
    assert client.get("/", headers={"cookie": "d=4"}).text == "d=4"
    assert client.get("/").text == "a=1; b=2"


# --- streams

STREAMING = [each for each in FORMATS if formats.load(each.partition(":")[0]).STREAMS]


def streaming(log: list[str]) -> Callable[..., Iterable[bytes]]:
    """A WSGI app whose response has three parts, and that writes down what it does."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/event-stream"), ("Set-Cookie", "a=1")])

        def parts() -> Iterable[bytes]:
            try:
                for part in (b"one", b"two", b"three"):
                    log.append(part.decode())
                    yield part
            finally:
                log.append("closed")

        return parts()

    return app


def streaming_asgi(log: list[str]) -> Callable[..., Any]:
    """The same in ASGI."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        headers = [(b"content-type", b"text/event-stream"), (b"set-cookie", b"a=1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            for part in (b"one", b"two", b"three"):
                log.append(part.decode())
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body"})
        finally:
            log.append("closed")

    return app


@pytest.mark.parametrize("make_app", [streaming, streaming_asgi])
@pytest.mark.parametrize("spelling", FORMATS)
def test_stream(spelling: str, make_app: Callable[..., Any], handler_for: Callable[..., Handler]) -> None:
    """Chunk by chunk while the app makes them, where the platform streams; elsewhere one chunk at the end."""
    log: list[str] = []
    client = Client(handler_for(make_app(log), lifespan="off"), spelling)
    seen = []

    with client.stream("GET", "/") as response:
        assert (response.status, response.headers["content-type"]) == (200, "text/event-stream")
        assert client.cookies["a"] == "1"
        assert response.chunks is not None
        for chunk in response.chunks:  # type: ignore[union-attr]
            seen.append((chunk, log.copy()))
    client.close()

    whole = ["one", "two", "three", "closed"]
    if spelling in STREAMING:
        assert seen == [(b"one", whole[:1]), (b"two", whole[:2]), (b"three", whole[:3])]
        assert response.result is None
    else:
        assert seen == [(b"onetwothree", whole)]
        assert response.result is not None
    assert log == whole


@pytest.mark.parametrize("make_app", [streaming, streaming_asgi])
@pytest.mark.parametrize("spelling", STREAMING)
def test_stream_that_is_left(spelling: str, make_app: Callable[..., Any], handler_for: Callable[..., Handler]) -> None:
    """At the end of the block the app has heard that its client is gone."""
    log: list[str] = []
    client = Client(handler_for(make_app(log), lifespan="off"), spelling)

    with client.stream("GET", "/") as response:
        chunks: Any = response.chunks
        assert next(chunks) == b"one"
    client.close()

    assert log[-1] == "closed"
    assert "three" not in log


@pytest.mark.parametrize("spelling", FORMATS)
def test_stream_that_is_read_at_once(spelling: str) -> None:
    """text, json() and read() take what is still to come."""
    with Client(streaming([]), spelling) as client, client.stream("GET", "/") as response:
        assert response.text == "onetwothree"
        assert response.read() == response.body == b"onetwothree"


@pytest.mark.parametrize("spelling", STREAMING)
def test_stream_that_breaks(spelling: str, handler_for: Callable[..., Handler]) -> None:
    """What the app raises amid its response is raised where it is read."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"one"
        raise RuntimeError("broken")

    with Client(handler_for(app), spelling) as client, client.stream("GET", "/") as response:
        chunks: Any = response.chunks
        assert next(chunks) == b"one"
        with pytest.raises(RuntimeError, match="broken"):
            next(chunks)


# --- what there is to play with


def test_client_closes_what_it_has_made() -> None:
    """A handler that it was given may be of use to others."""
    closed = []

    def watched(name: str) -> Any:
        handler: Any = make_handler(echo)
        handler.close = lambda: closed.append(name)
        return handler

    with Client(watched("given")) as client:
        assert client.get("/").status == 200
    own: Any = Client(echo)
    own.handler.close = lambda: closed.append("own")
    own.close()

    assert closed == ["own"]


# --- events that are not HTTP


def refusing_cats(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Takes what comes to /events, unless it is a cat; tells where it came from."""
    body = environ["wsgi.input"].read()
    status = "200 OK" if environ["PATH_INFO"] == "/events" and body != b"cat" else "400 Bad Request"
    start_response(status, [("Content-Type", "application/json")])
    return [json.dumps({"source": environ["lambda_bridge.format"], "id": environ["HTTP_CE_ID"]}).encode()]


async def refusing_cats_asgi(scope: Any, receive: Any, send: Any) -> None:
    """The same in ASGI."""
    body = (await receive())["body"]
    status = 200 if scope["path"] == "/events" and body != b"cat" else 400
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps({"source": scope["lambda_bridge.format"]}).encode()})


@pytest.mark.parametrize("spelling", FORMATS)
@pytest.mark.parametrize("app", [refusing_cats, refusing_cats_asgi])
def test_trigger_under_every_format(spelling: str, app: Any) -> None:
    """The source says how its platform calls, whatever requests come through."""
    with Client(app, spelling, events="/events", lifespan="off") as client:
        assert client.get("/events").status == 404
        for source in ("aws.sqs", "aliyun.oss", "google.pubsub", "fn.invoke", "openwhisk.invoke", "azure.eventhub"):
            if samples.missing_package(source) is None:
                assert client.trigger(source).failures == []
        assert client.trigger("aws.sqs", ["dog", "cat", b"cow"]).failures == [1]
        assert client.trigger("yandex.queue", ["dog", "cat"]).failures == [0, 1]
        assert client.trigger("aws.invoke", [{"order": 7}]).answer["source"] == "aws.invoke"
        assert client.get("/events").status == 404


def test_trigger_shows_what_went_over_the_wire() -> None:
    """The event, the result, and the error."""
    outcome = Client(refusing_cats, events="/events").trigger("aws.sqs", data=["cat"])

    assert outcome.event["Records"][0]["body"] == "cat"
    assert (outcome.result, type(outcome.error)) == (None, NotAccepted)


def test_trigger_reaches_a_function() -> None:
    """Of a handler, which is taken as it is."""
    handler = make_handler(echo)
    seen = []

    @handler.on("aws.s3")
    def work(event: CloudEvent) -> None:
        seen.append((event.subject, event.context))

    client = Client(handler, context="the client's")
    client.trigger("aws.s3", data=[{"s3": {"object": {"key": "cat.png"}}}])
    client.trigger("aws.s3", context="its own")

    assert seen == [("cat.png", "the client's"), (seen[1][0], "its own")]


def test_trigger_says_what_is_missing() -> None:
    """A route, or a source that there is."""
    with pytest.raises(UnknownEvent, match="events="):
        Client(echo).trigger("aws.sqs")
    with pytest.raises(ConfigurationError, match=r"'aws.sqss' is no source of events"):
        Client(echo).trigger("aws.sqss")


def test_options_are_those_of_make_handler() -> None:
    """For an app; a handler has its own."""
    assert Client(echo, base_path="/api").get("/api/a").text == "GET /api|/a?\n"
    with pytest.raises(TypeError, match="no_option"):
        Client(echo, no_option=1)
    with pytest.raises(ConfigurationError, match="events goes to make_handler, which has made this handler already"):
        Client(make_handler(echo), events="/events")
