"""What a client gets of a response is the same under every format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.testing import FORMATS, Client
from tests.builders import JSON_FORMATS
from tests.checkers import checked, validated
from tests.contract.carries import BINARY_FORMATS, FLAGGED
from tests.contract.shared import EVERY_BYTE, cookies_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambda_bridge.handler import Handler
    from tests.checkers import Message, Receive, Send


def respond(
    status: int = 200, headers: Iterable[tuple[str, str]] = (), body: bytes = b""
) -> Callable[..., Iterable[bytes]]:
    """A WSGI app with one answer to everything."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(f"{status} Reason", list(headers))
        return [body]

    return app


@pytest.mark.parametrize("spelling", FORMATS)
def test_cookies_stay_apart(spelling: str) -> None:
    """Several cookies stay several, also where a date has a comma; no format joins them."""
    cookies = ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/", "b=2; Partitioned; SameSite=None", "c=a=b=="]
    app = respond(headers=[("Content-Type", "text/plain"), *(("Set-Cookie", cookie) for cookie in cookies)])

    response = Client(validated(app), spelling).get("/")

    expected = cookies_of(spelling, [("set-cookie", cookie) for cookie in cookies])
    assert expected == cookies_of(spelling, response.headers)


@pytest.mark.parametrize("spelling", FORMATS)
def test_repeated_headers_are_kept_or_joined(spelling: str) -> None:
    """Two Vary or Link headers reach the client as two, or as one with both values."""
    app = respond(headers=[("Content-Type", "text/plain"), ("Vary", "a"), ("Link", "<x>"), ("Vary", "b")])

    response = Client(validated(app), spelling).get("/")

    assert ",".join(value for name, value in response.headers if name == "vary").replace(" ", "") == "a,b"
    assert response.header("link") == "<x>"


@pytest.mark.parametrize("spelling", JSON_FORMATS)
def test_status_has_the_type_of_the_format(spelling: str) -> None:
    """The status is a whole number everywhere but on Lambda@Edge, where it is text."""
    result = Client(respond(404), spelling).get("/").result

    if spelling.startswith("aws_edge"):
        assert result["status"] == "404"
    else:
        assert result["statusCode"] == 404


@pytest.mark.parametrize("spelling", FORMATS)
@pytest.mark.parametrize("status", [204, 304])
def test_status_without_content(spelling: str, status: int) -> None:
    """204 and 304 have no body, no length of one, and get no content-type."""
    response = Client(respond(status, [("Content-Length", "4")], b"text"), spelling).get("/")

    assert (status, b"") == (response.status, response.body)
    assert response.header("content-length") is None
    assert response.header("content-type") is None


@pytest.mark.parametrize("spelling", FORMATS)
def test_redirect_stays_as_it_is(spelling: str) -> None:
    """A redirect keeps its Location as the app gave it, and gets no content-type."""
    response = Client(respond(302, [("Location", "/next?a=b")]), spelling).get("/")

    assert (
        response.status,
        response.header("location"),
        response.header("content-type"),
    ) == (302, "/next?a=b", None)


@pytest.mark.parametrize("spelling", FORMATS)
def test_head_has_the_length_and_no_body(spelling: str) -> None:
    """HEAD gets no body and the length of GET's; CloudFront lets nobody set a length."""
    response = Client(respond(200, [("Content-Length", "4")], b"text"), spelling).head("/")

    expected = None if spelling.startswith("aws_edge") else "4"
    assert (b"", expected) == (response.body, response.header("content-length"))


@pytest.mark.parametrize("spelling", FORMATS)
def test_length_is_that_of_the_bytes(spelling: str) -> None:
    """A content-length is that of the bytes that the client gets, whatever the app said."""
    response = Client(respond(200, [("Content-Length", "1")], EVERY_BYTE), spelling).get("/")

    assert response.body == EVERY_BYTE
    assert response.header("content-length") in {"256", None}


@pytest.mark.parametrize("spelling", FORMATS)
def test_headers_of_one_connection_are_dropped(spelling: str) -> None:
    """Headers about a connection that is not the client's own never leave the function."""
    names = ["Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "TE", "Trailer", "Proxy-Authenticate"]

    response = Client(respond(200, [(name, "x") for name in names] + [("X-Kept", "y")], b"text"), spelling).get("/")

    assert {name.lower() for name in names}.isdisjoint(name for name, _ in response.headers)
    assert (response.body, response.header("x-kept")) == (b"text", "y")


@pytest.mark.parametrize("spelling", FORMATS)
@pytest.mark.parametrize("value", ["a\r\nset-cookie: b=c", "a\nb", "a\rb", "a\0b"])
def test_line_break_in_a_header_is_never_sent(spelling: str, value: str) -> None:
    """A value with a line break could forge headers: the client gets a bare 500."""
    response = Client(respond(200, [("X-Name", value)], b"text"), spelling).get("/")

    assert (response.status, response.body) == (500, b"Internal Server Error")
    assert response.header("x-name") is None


@pytest.mark.parametrize("spelling", FLAGGED)
@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([("Content-Type", "text/html"), ("Content-Encoding", "gzip")], b"\x1f\x8btext"),
        ([("Content-Type", "text/html"), ("Content-Encoding", "gzip")], b"plain after all"),
        ([("Content-Type", "text/html; charset=iso-8859-1")], b"caf\xe9"),
        ([("Content-Type", "text/plain; charset=utf-16")], "é".encode("utf-16")),
        ([("Content-Type", "text/plain; charset=gbk")], "你好".encode("gbk")),
        ([("Content-Type", "text/plain")], b"\xff\xfe"),
        ([("Content-Type", "application/zip")], b"PK\x03\x04" + EVERY_BYTE),
        ([("Content-Type", "font/woff2")], b"wOF2" + EVERY_BYTE),
        ([("Content-Type", "image/png")], b"\x89PNG" + EVERY_BYTE),
        ([], EVERY_BYTE),
    ],
)
def test_bytes_that_are_no_text_travel_as_base64(spelling: str, headers: list[tuple[str, str]], body: bytes) -> None:
    """What text could lose or change travels as base64, headers kept, with default settings."""
    response = Client(respond(200, headers, body), spelling).get("/")

    assert is_base64(response.result)
    assert response.body == body
    assert [response.header(name.lower()) for name, _ in headers] == [value for _, value in headers]


@pytest.mark.parametrize("spelling", FLAGGED)
@pytest.mark.parametrize("content_type", ["TEXT/HTML", "image/svg+xml", "application/problem+json", None])
def test_utf_8_travels_as_text(spelling: str, content_type: str | None) -> None:
    """What decodes as UTF-8, and does not say otherwise, travels as text."""
    headers = [("Content-Type", content_type)] if content_type else []

    response = Client(respond(200, headers, "Grüße".encode()), spelling).get("/")

    assert not is_base64(response.result)
    assert "Grüße" == response.result["body"] == response.text


@pytest.mark.parametrize("spelling", sorted(set(FLAGGED) & set(BINARY_FORMATS)))
def test_base64_request_gets_a_text_response(spelling: str) -> None:
    """How the request's body came says nothing about the response's."""
    response = Client(respond(200, [], b"text"), spelling).post("/", body=EVERY_BYTE)

    assert not is_base64(response.result)


def is_base64(result: dict[str, Any]) -> bool:
    return bool(result["bodyEncoding"] == "base64" if "bodyEncoding" in result else result["isBase64Encoded"])


@pytest.mark.parametrize("spelling", JSON_FORMATS)
@pytest.mark.parametrize("status", [200, 500])
def test_empty_body_is_empty_text(spelling: str, status: int) -> None:
    """An empty body is an empty string without a flag, or no body at all."""
    result = Client(respond(status, [("Content-Type", "image/png")]), spelling).get("/").result

    assert result.get("body", "") == ""
    assert not result.get("isBase64Encoded")
    assert "bodyEncoding" not in result


@pytest.mark.parametrize("spelling", FORMATS)
def test_error_of_the_app_tells_the_client_nothing(spelling: str, caplog: pytest.LogCaptureFixture) -> None:
    """An exception becomes a bare 500 in the form that the platform wants; the log has the rest."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        raise RuntimeError("the secret")

    response = Client(app, spelling).get("/")

    assert (response.status, response.body) == (500, b"Internal Server Error")
    assert "the secret" not in str(response.result)
    assert "the secret" in caplog.text


@pytest.mark.parametrize("spelling", FORMATS)
def test_same_through_asgi(spelling: str, handler_for: Callable[..., Handler]) -> None:
    """An ASGI app gets its answer to the client like a WSGI app does."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        message = await receive()
        headers = [(b"content-type", b"text/plain"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": message["body"], "more_body": True})
        await send({"type": "http.response.body", "body": b"!"})

    response = Client(handler_for(checked(app), lifespan="off"), spelling).post("/", body=b"hello")

    assert (response.status, response.text) == (201, "hello!")
    assert cookies_of(spelling, response.headers) == ["a=1", "b=2"]
