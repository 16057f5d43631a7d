"""The client for users' own tests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import flask
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from lambda_bridge import formats, make_handler
from lambda_bridge.errors import BridgeError, ConfigurationError, NotAccepted, RefusedResult, UnknownEvent
from lambda_bridge.messages import Response
from lambda_bridge.testing import FORMATS, Client, TooManyRedirects, make_event, make_request, missing_package
from lambda_bridge.triggers import samples
from tests.checkers import checked, validated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.requests import Request as StarletteRequest

    from lambda_bridge.handler import Handler
    from lambda_bridge.triggers import CloudEvent


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers with what it was asked for: method, path, query, and the type of the body before the body."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Type", environ.get("CONTENT_TYPE", ""))])
    head = f"{environ['REQUEST_METHOD']} {environ['SCRIPT_NAME']}|{environ['PATH_INFO']}?{environ['QUERY_STRING']}\n"
    return [head.encode("latin-1"), environ["wsgi.input"].read(-1)]


def test_formats_are_all_formats_and_variants() -> None:
    """Every module, and each further variant behind a colon."""
    names = {path.stem for path in Path(formats.__file__).parent.glob("[!_]*.py")}

    assert {spelling.partition(":")[0] for spelling in FORMATS} == names
    assert len(set(FORMATS)) == len(FORMATS)
    assert {"aws_rest:http_1.0", "aws_alb:multi", "aws_lattice:v1", "aws_edge:origin-request"} <= set(FORMATS)
    assert "aws_rest:rest" not in FORMATS


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


def test_json_and_text(handler_for: Callable[..., Handler]) -> None:
    """The body as text and as JSON."""

    async def home(request: StarletteRequest) -> JSONResponse:
        return JSONResponse({"name": "Grüße", "url": str(request.url)})

    app = Starlette(routes=[Route("/", home)])

    response = Client(handler_for(checked(app))).get("http://example.com:8080/?a=b")

    assert response.json() == {"name": "Grüße", "url": "http://example.com:8080/?a=b"}
    assert "Grüße" in response.text


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


@pytest.mark.parametrize("spelling", ["", "aws", "aws_alb:", "aws_alb:single", "aws_alb:x", "_results"])
def test_unknown_format(spelling: str) -> None:
    """The error names every format that there is."""
    with pytest.raises(ValueError, match="aws_alb:multi"):
        make_event(spelling, "GET", "/")


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


@pytest.mark.parametrize(
    ("spelling", "root_path", "expected"),
    [
        ("aws_rest", "/dev", "GET /dev|/a?"),
        ("aws_rest:http_1.0", "/dev", "GET /dev|/a?"),
        ("aws_http", "/dev", "GET /dev|/a?"),
    ],
)
def test_stage(spelling: str, root_path: str, expected: str) -> None:
    """A root_path stands at the beginning of the client's URL and becomes a stage."""
    event = make_event(spelling, "GET", "/dev/a", root_path=root_path)

    assert make_handler(echo)(event, None)["body"] == expected + "\n"


@pytest.mark.parametrize(
    ("url", "root_path", "expected"),
    [
        ("/a%20b?c=d#e", "", ("/a b", b"/a%20b", "c=d", "")),
        ("", "", ("/", b"/", "", "")),
        ("?a", "", ("/", b"/", "a", "")),
        ("/dev", "/dev", ("/", b"/", "", "/dev")),
        ("/dev/a%2Fb", "/dev", ("/a/b", b"/a%2Fb", "", "/dev")),
        ("/devices", "/dev", ("/devices", b"/devices", "", "/dev")),
        ("/é?x=é", "", ("/é", b"/%C3%A9", "x=\xc3\xa9", "")),
    ],
)
def test_request_of_a_url(url: str, root_path: str, expected: tuple[str, bytes, str, str]) -> None:
    """Path, query and prefix are what a client's URL says."""
    request = make_request("GET", url, root_path=root_path)

    assert expected == (request.path, request.raw_path, request.query, request.root_path)


@pytest.mark.parametrize(
    ("url", "scheme", "host", "server"),
    [
        ("/a", "https", "localhost", ("localhost", 443)),
        ("http://example.com/a", "http", "example.com", ("example.com", 80)),
        ("https://example.com:8443/a", "https", "example.com:8443", ("example.com", 8443)),
        ("http://[::1]:80/", "http", "[::1]:80", ("::1", 80)),
    ],
)
def test_server_of_a_url(url: str, scheme: str, host: str, server: tuple[str, int]) -> None:
    """An absolute URL says where it goes; else it is https://localhost."""
    request = make_request("GET", url)

    assert (request.scheme, request.headers.get("host"), request.server) == (scheme, host, server)


def test_host_header_wins() -> None:
    """A Host header in the request is what the server sees."""
    request = make_request("GET", "http://example.com/", headers={"Host": "other.example:81"})

    assert (request.server, request.headers.all("host")) == (("other.example", 81), ["other.example:81"])


def test_length_is_added_once() -> None:
    """A body has its length, unless the test says another."""
    assert make_request("POST", "/", body=b"abc").headers.all("content-length") == ["3"]
    assert make_request("POST", "/", body=b"abc", headers={"Content-Length": "2"}).headers.all("content-length") == [
        "2"
    ]
    assert make_request("GET", "/").headers.all("content-length") == []


def test_values_become_native_strings() -> None:
    """Header values are text in a test, bytes of UTF-8 on the wire."""
    assert make_request("GET", "/", headers={"X-Name": "é"}).headers.get("x-name") == "\xc3\xa9"


def test_path_may_begin_with_two_slashes() -> None:
    """It is a path, not a host."""
    request = make_request("GET", "//events?a=b")

    assert (request.path, request.query, request.server) == ("//events", "a=b", ("localhost", 443))


# --- what a client sends


def test_query_is_added_to_that_of_the_url() -> None:
    """params as a mapping, as pairs, or as text."""
    assert make_request("GET", "/?a=1", params={"b": ["2", "3"]}).query == "a=1&b=2&b=3"
    assert make_request("GET", "/", params="x=%20").query == "x=%20"
    assert make_request("GET", "/?a=1").query == "a=1"


@pytest.mark.parametrize("url", ["b?c", "/b?c", "https://shop.example:8443/b?c"])
def test_urls_are_below_the_base(url: str) -> None:
    """Unless they are absolute."""
    request = make_request("GET", url, base_url="https://shop.example:8443/")

    assert (request.path, request.query, request.server) == ("/b", "c", ("shop.example", 8443))


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


def test_content_type_of_the_test_counts() -> None:
    """Where the test says one, there is no other."""
    request = make_request("POST", "/", json={}, headers={"Content-Type": "application/problem+json"})

    assert request.headers.all("content-type") == ["application/problem+json"]


def test_event_is_made_of_the_same_options() -> None:
    """make_event takes what a client's methods take."""
    event = make_event("aws_rest", "POST", "/a", params={"b": "c"}, data={"d": "e"}, cookies={"f": "g"})

    assert event["multiValueQueryStringParameters"] == {"b": ["c"]}
    assert event["body"] == "d=e"
    assert event["multiValueHeaders"]["Cookie"] == ["f=g"]


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


# --- redirects


def redirecting(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """``/301`` answers with 301 to where the header ``To`` says, and sets a cookie; all else with what came."""
    path = environ["PATH_INFO"]
    if path[1:].isdigit():
        headers = [("Location", environ.get("HTTP_TO", "/x")), ("Set-Cookie", f"seen={path[1:]}; Path=/")]
        start_response(f"{path[1:]} Redirect", headers)
        return [b"moved"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    told = [environ["REQUEST_METHOD"], environ["SCRIPT_NAME"] + path, environ.get("CONTENT_TYPE", "")]
    told += [environ.get("HTTP_COOKIE", ""), environ["wsgi.input"].read().decode()]
    return ["|".join(told).encode()]


@pytest.mark.parametrize(
    ("method", "status", "expected"),
    [
        ("GET", 301, "GET|/x||seen=301|"),
        ("POST", 301, "GET|/x||seen=301|"),
        ("POST", 302, "GET|/x||seen=302|"),
        ("POST", 303, "GET|/x||seen=303|"),
        ("PUT", 302, "PUT|/x|application/json|seen=302|[1]"),
        ("PUT", 303, "GET|/x||seen=303|"),
        ("POST", 307, "POST|/x|application/json|seen=307|[1]"),
        ("DELETE", 308, "DELETE|/x|application/json|seen=308|[1]"),
    ],
)
def test_redirects_are_followed_as_browsers_do(method: str, status: int, expected: str) -> None:
    """The method changes where it does there; cookies that the redirect sets come along."""
    json = None if method == "GET" else [1]

    response = Client(redirecting).request(method, f"/{status}", json=json, follow_redirects=True)

    assert response.text == expected
    assert response.url == "https://localhost/x"
    assert [(each.status, each.url) for each in response.history] == [(status, f"https://localhost/{status}")]


def test_head_stays_head() -> None:
    """Also after 303."""
    response = Client(redirecting).head("/303", follow_redirects=True)

    assert (response.status, response.body, len(response.history)) == (200, b"", 1)


@pytest.mark.parametrize(
    ("status", "target"),
    [
        (301, "https://other.example/"),
        (301, "//other.example"),
        (302, "mailto:ada@example.com"),
        (300, "/x"),
        (304, "/x"),
    ],
)
def test_redirects_that_are_not_followed(status: int, target: str) -> None:
    """Those to another host, whose app is not here, and what is no redirect."""
    response = Client(redirecting).get(f"/{status}", headers={"to": target}, follow_redirects=True)

    assert (response.status, response.history) == (status, [])


def test_redirects_are_not_followed_unless_asked() -> None:
    """A test sees the redirect itself."""
    response = Client(redirecting).get("/302")

    assert (response.status, response.headers["Location"]) == (302, "/x")


@pytest.mark.parametrize("target", ["/x", "http://localhost/x", "https://localhost:8443/x", "x", "../x#y"])
def test_targets(target: str) -> None:
    """A Location may be relative, and may change the scheme and the port."""
    response = Client(redirecting).get("/302", headers={"to": target}, follow_redirects=True)

    assert response.text == "GET|/x||seen=302|"
    assert urlsplit(response.url).path == "/x"


def test_redirects_in_a_circle() -> None:
    """They end with an error."""
    with pytest.raises(TooManyRedirects, match="20 redirects"):
        Client(redirecting).get("/302", headers={"to": "/302"}, follow_redirects=True)


def test_redirects_below_a_stage() -> None:
    """Followed below the stage; what lies beside it is another API's."""
    client = Client(redirecting, "aws_rest", root_path="/dev")

    for path, target in [("/dev/302", "/dev/x"), ("/302", "/dev/x"), ("/dev/302", "x")]:
        response = client.get(path, headers={"to": target}, follow_redirects=True)
        assert response.text == "GET|/dev/x||seen=302|"
    assert client.get("/dev/302", headers={"to": "/x"}, follow_redirects=True).status == 302


def test_cookies_of_a_request_that_is_redirected() -> None:
    """Those of the test go along, unless the app has set them anew."""
    client = Client(redirecting)

    response = client.get("/302", cookies={"seen": "no", "a": "1"}, follow_redirects=True)
    assert response.text == "GET|/x||seen=302; a=1|"
    response = client.get("/302", headers={"cookie": "mine=1"}, follow_redirects=True)
    assert response.text == "GET|/x||mine=1|"


# --- what a client gets


def answering(headers: list[tuple[str, str]], body: bytes = b"") -> Client:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", headers)
        return [body]

    return Client(app)


def test_headers_are_found_by_name() -> None:
    """In any case; and they are still the list of pairs."""
    response = answering([("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]).get("/")

    assert response.headers["CONTENT-TYPE"] == response.header("content-type") == "text/plain"
    assert response.headers.get("Set-Cookie") == "a=1"
    assert response.headers.get_all("set-cookie") == ["a=1", "b=2"]
    assert (response.headers.get("x"), response.headers.get("x", "y")) == (None, "y")
    headers: Any = response.headers
    assert ("Set-Cookie" in headers, "x" in headers, ("set-cookie", "b=2") in headers) == (True, False, True)
    assert response.headers[0] == ("content-type", "text/plain")
    assert dict(response.headers[-1:]) == {"set-cookie": "b=2"}
    with pytest.raises(KeyError):
        response.headers["x"]


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain", "é".encode(), "é"),
        ("text/plain; charset=iso-8859-1", b"\xe9", "é"),
        ('text/plain; format=flowed; Charset="GBK"', "你".encode("gbk"), "你"),
        ("text/plain; charset=nonsense", "é".encode(), "é"),
        ("text/plain", b"a\xff", "a\ufffd"),
    ],
)
def test_text_is_decoded_as_the_app_says(content_type: str, body: bytes, text: str) -> None:
    """From the charset of the content-type; UTF-8 where there is none that anybody knows."""
    response = answering([("Content-Type", content_type)], body).get("/")

    assert (response.text, response.body) == (text, body)


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


def test_stream_that_is_redirected() -> None:
    """The one at the end is read."""
    with Client(redirecting, "wsgi").stream("GET", "/302", follow_redirects=True) as response:
        assert response.text == "GET|/x||seen=302|"


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


def test_package_of_a_platform_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then its format is none of FORMATS, and who names it hears what is missing."""
    assert missing_package("gcp") is None
    for name in ("no_such_package", "no_such_package.part", "azure.no_such_part"):
        monkeypatch.setattr("lambda_bridge.formats.gcp.NEEDS", name)
        assert missing_package("gcp") == name
        with pytest.raises(ConfigurationError, match=f"'gcp' are made of the package '{name}'"):
            Client(echo, "gcp")
        with pytest.raises(ConfigurationError):
            make_event("gcp", "GET", "/")


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
