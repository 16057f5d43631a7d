"""The client for users' own tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import flask
import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from lambda_bridge import formats, make_handler
from lambda_bridge.errors import BridgeError, ConfigurationError, RefusedResult
from lambda_bridge.messages import Response
from lambda_bridge.testing import FORMATS, Client, make_event, make_request
from tests.checkers import checked, validated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.requests import Request as StarletteRequest

    from lambda_bridge.handler import Handler


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
