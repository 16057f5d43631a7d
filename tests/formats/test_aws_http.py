"""Payload 2.0 of HTTP APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flask
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats.aws_http import make_event, make_result, read_event, read_result
from lambda_bridge.messages import Request, Response
from tests.builders import aws_http
from tests.checkers import checked, see_environ, see_scope, validated

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request as StarletteRequest

    from lambda_bridge.handler import Handler


@pytest.mark.parametrize(
    ("raw_path", "encoded"),
    [
        ("/a%2Fb", b"/a%252Fb"),
        ("/café", b"/caf%C3%A9"),
        ("/a?b#c", b"/a%3Fb%23c"),
        ("/100%", b"/100%25"),
        ("/a+b c", b"/a+b%20c"),
        ("/日本/", b"/%E6%97%A5%E6%9C%AC/"),
    ],
)
def test_path_is_decoded_already(raw_path: str, encoded: bytes) -> None:
    """In spite of its name rawPath is decoded: it is never decoded again, and encoded for raw_path."""
    environ, scope = see_environ(aws_http(raw_path)), see_scope(aws_http(raw_path))

    assert environ["PATH_INFO"].encode("latin-1").decode() == raw_path == scope["path"]
    assert encoded == scope["raw_path"]


def test_query_stays_when_the_path_has_a_question_mark() -> None:
    """A decoded question mark in the path does not begin the query."""
    scope = see_scope(aws_http("/a?b#c", query="x=1"))

    assert (scope["path"], scope["query_string"]) == ("/a?b#c", b"x=1")


@pytest.mark.parametrize("path", ["/日本", "/a%2Fb", "/a b"])
def test_flask_sees_the_decoded_path(path: str, handler_for: Callable[..., Handler]) -> None:
    """Flask routes and reads the path in its own characters."""
    app = flask.Flask("app")
    app.add_url_rule("/<path:rest>", view_func=lambda rest: "/" + rest)

    result = handler_for(validated(app.wsgi_app))(aws_http(path), None)

    assert (result["statusCode"], result["body"]) == (200, path)


def test_trailing_slash_is_rawpaths() -> None:
    """requestContext.http.path may lack the trailing slash that the client sent."""
    event = aws_http("/admin/")
    event["requestContext"]["http"]["path"] = "/admin"

    assert see_environ(event)["PATH_INFO"] == "/admin/"


@pytest.mark.parametrize(
    ("stage", "raw_path", "domain", "expected"),
    [
        ("dev", "/dev/foo", "x.execute-api.eu-central-1.amazonaws.com", ("/dev", "/foo")),
        ("dev", "/dev", "x.execute-api.eu-central-1.amazonaws.com", ("/dev", "/")),
        ("dev", "/dev/dev/foo", "x.execute-api.eu-central-1.amazonaws.com", ("/dev", "/dev/foo")),
        ("dev", "/devices", "x.execute-api.eu-central-1.amazonaws.com", ("", "/devices")),
        ("$default", "/dev/foo", "x.execute-api.eu-central-1.amazonaws.com", ("", "/dev/foo")),
        ("dev", "/dev/foo", "api.example.com", ("", "/foo")),
        ("dev", "/foo", "api.example.com", ("", "/foo")),
    ],
)
def test_stage_is_cut_off_once(stage: str, raw_path: str, domain: str, expected: tuple[str, str]) -> None:
    """The stage is the mount prefix where the client's URL has it; whole segments, without a setting."""
    environ = see_environ(aws_http(raw_path, stage=stage, domain=domain))

    assert expected == (environ["SCRIPT_NAME"], environ["PATH_INFO"])


def test_urls_that_the_app_makes_have_the_stage(handler_for: Callable[..., Handler]) -> None:
    """url_for gives a URL that the client can follow."""

    async def home(request: StarletteRequest) -> PlainTextResponse:
        return PlainTextResponse(str(request.url_for("home")))

    app = Starlette(routes=[Route("/foo", home, name="home")])
    event = aws_http("/dev/foo", stage="dev")

    result = handler_for(checked(app))(event, None)

    assert result["body"] == f"https://{event['requestContext']['domainName']}/dev/foo"


def test_empty_raw_path_is_a_slash() -> None:
    """An empty path is the root."""
    assert see_scope(aws_http(""))["path"] == "/"


def test_half_of_a_surrogate_pair_reaches_no_app() -> None:
    """JSON can hold text that has no bytes in UTF-8: the app gets bytes for it nevertheless."""
    assert see_environ(aws_http("/a\ud800"))["PATH_INFO"] == "/a\xed\xa0\x80"
    assert see_scope(aws_http("/a\ud800"))["raw_path"] == b"/a%ED%A0%80"


@pytest.mark.parametrize("query", ["b=1&a=2&b=3&c=x%2Cy&flag&p=a+b&r=%20", "", "a=%2B", "&&=", "c=%C3%A9"])
def test_query_is_byte_for_byte_the_clients(query: str) -> None:
    """Order, repeats, plus signs and empty names stay."""
    assert query == see_environ(aws_http(query=query))["QUERY_STRING"]
    assert query.encode() == see_scope(aws_http(query=query))["query_string"]


def test_query_beyond_ascii_is_utf_8() -> None:
    """A client may send bytes that are not encoded: never a crash."""
    environ, scope = see_environ(aws_http(query="c=é")), see_scope(aws_http(query="c=é"))

    assert environ["QUERY_STRING"].encode("latin-1") == "c=é".encode() == scope["query_string"]


def test_cookies_of_the_list_are_one_header() -> None:
    """The gateway has taken the cookie header apart."""
    event = aws_http(cookies=["a=1", "b=2"])

    assert see_environ(event)["HTTP_COOKIE"] == "a=1; b=2"


@pytest.mark.parametrize("cookies", [None, []])
def test_no_cookies(cookies: list[str] | None) -> None:
    """Tools that write every key send null or an empty list: that is no header."""
    assert "HTTP_COOKIE" not in see_environ(aws_http(cookies=cookies))


@pytest.mark.parametrize("headers", [None, {}])
def test_no_headers(headers: dict[str, str] | None) -> None:
    """Without headers the server is the context's domain."""
    event = aws_http(domain="api.example.com")
    event["headers"] = headers

    environ = see_environ(event)

    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("api.example.com", "443")


def test_client_is_the_gateways_peer() -> None:
    """X-Forwarded-For can be written by anybody, the context's sourceIp cannot."""
    event = aws_http(headers={"x-forwarded-for": "6.6.6.6, 203.0.113.9"})

    assert see_environ(event)["REMOTE_ADDR"] == "203.0.113.9"


@pytest.mark.parametrize(("protocol", "expected"), [("HTTP/1.1", "1.1"), ("HTTP/2.0", "2"), ("HTTP/3.0", "3")])
def test_http_version(protocol: str, expected: str) -> None:
    """The protocol of the context, in the words of ASGI."""
    event = aws_http()
    event["requestContext"]["http"]["protocol"] = protocol

    assert expected == read_event(event, None).http_version


@pytest.mark.parametrize(
    ("headers", "port"),
    [
        ({"host": "example.com"}, 443),
        ({"host": "example.com", "x-forwarded-port": "8443"}, 8443),
        ({"host": "example.com:9000", "x-forwarded-port": "8443"}, 9000),
        ({"host": "example.com", "x-forwarded-port": ""}, 443),
        ({"host": "example.com", "x-forwarded-port": "many"}, 443),
        ({"host": "example.com", "x-forwarded-proto": "http", "x-forwarded-port": "0"}, 80),
    ],
)
def test_port(headers: dict[str, str], port: int) -> None:
    """The port is the Host header's, the forwarded one, or the scheme's; never empty or zero."""
    event = aws_http()
    event["headers"] = headers

    assert see_environ(event)["SERVER_PORT"] == str(port)


def test_result_has_cookies_of_their_own() -> None:
    """Cookies stand in their list, never among headers; other repeats are joined with a comma."""
    pairs = [
        ("set-cookie", "a=1"),
        ("vary", "a"),
        ("link", "<x>"),
        ("vary", "b"),
        ("set-cookie", "b=2"),
        ("link", "<y>"),
    ]

    result = make_result(Response(200, pairs, b"hi"), aws_http())

    assert result == {
        "statusCode": 200,
        "headers": {"vary": "a,b", "link": "<x>,<y>"},
        "body": "hi",
        "isBase64Encoded": False,
        "cookies": ["a=1", "b=2"],
    }


@pytest.mark.parametrize(
    ("result", "text"),
    [
        ({"status": 200, "body": "hi"}, '{"status": 200, "body": "hi"}'),
        ([1, 2], "[1, 2]"),
        ("text", "text"),
        (7, "7"),
        (None, "null"),
    ],
)
def test_result_without_a_status_is_shown_as_json(result: Any, text: str) -> None:
    """What has no statusCode reaches the client as JSON with 200, a string without its quotes."""
    expected = Response(200, [("content-type", "application/json")], text.encode())

    assert expected == read_result(result)


@pytest.mark.parametrize(
    "result",
    [{"statusCode": 0}, {"statusCode": 200.5}, {"statusCode": "x"}, {"statusCode": 200, "cookies": "a=1"},
     {"statusCode": 200, "body": 7}],
)  # fmt: skip
def test_what_the_gateway_refuses(result: Any) -> None:
    """What becomes a 500 on AWS is refused."""
    with pytest.raises(RefusedResult):
        read_result(result)


def test_multi_value_headers_are_ignored() -> None:
    """Payload 2.0 has no multiValueHeaders; a client would never see them."""
    assert Response(200, []) == read_result({"statusCode": 200, "multiValueHeaders": {"a": ["b"]}})


def test_made_event_leaves_out_what_is_not_there() -> None:
    """The gateway sends no nulls, and no cookie header."""
    event = make_event(Request("GET", "/", headers=[("cookie", "a=1; b=2")]))

    assert event["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in event["headers"]
    assert {"body", "queryStringParameters"}.isdisjoint(event)


def test_made_event_has_text_that_a_gateway_could_decode() -> None:
    """A path that is no UTF-8 comes through the gateway as a replacement character."""
    event = make_event(Request("GET", "/a\udcff"))

    assert event["rawPath"] == "/a\ufffd"
