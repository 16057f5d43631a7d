"""What comes over the socket arrives as it was sent, and what goes back is HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Callable

import pytest

from lambda_bridge import make_handler
from tests.gateway.test_server import ask, mirror, serving

if TYPE_CHECKING:
    from tests.gateway.test_server import Environ


def test_a_chunked_upload_arrives_whole() -> None:
    """A body without content-length reaches the app with its real length."""
    with serving(make_handler(mirror), "aws_http") as (connection, _):
        connection.request("POST", "/", iter([b"one", b"two"]), {"Transfer-Encoding": "chunked"}, encode_chunked=True)
        data = connection.getresponse().read()

    assert bytes(json.loads(data)["body"]) == b"onetwo"


def test_head_has_the_length_of_get_and_no_body() -> None:
    """The content-length that the app gives to HEAD reaches the client; a body does not."""

    def sized(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
        return [b"hello"]

    with serving(make_handler(sized), "aws_http") as (connection, _):
        response, data = ask(connection, "HEAD", "/")

    assert (response.getheader("Content-Length"), data) == ("5", b"")


def test_no_content_has_neither_length_nor_body() -> None:
    """A 204 is sent bare, and the connection stays usable."""

    def empty(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        start_response("204 No Content", [])
        return []

    with serving(make_handler(empty), "aws_rest") as (connection, _):
        first, _ = ask(connection, "DELETE", "/")
        second, _ = ask(connection, "DELETE", "/")

    assert (first.status, second.status) == (204, 204)
    assert first.getheader("Content-Length") is None


def test_an_unknown_status_is_passed_on() -> None:
    """A status without a registered phrase still reaches the client."""

    def odd(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        start_response("299 Odd", [("Content-Type", "text/plain")])
        return [b"odd"]

    with serving(make_handler(odd), "aws_url") as (connection, _):
        response, data = ask(connection, "GET", "/")

    assert (response.status, data) == (299, b"odd")


@pytest.mark.parametrize("value", ["\xc3\xa9", "\xe4\xbd\xa0", "a\tb", "\xe9"])
def test_bytes_of_a_header_arrive_as_they_were_sent(value: str) -> None:
    """Each byte once: UTF-8 is not encoded again, and what is no UTF-8 is no surrogate."""
    with serving(make_handler(mirror), "asgi") as (connection, _):
        _, data = ask(connection, "GET", "/", headers=[("X-Odd", value)])

    assert json.loads(data)["odd"] == value


def test_white_space_around_a_header_is_none_of_its_value() -> None:
    """RFC 9110 section 5.5: neither before nor behind."""
    with serving(make_handler(mirror), "aws_http") as (connection, _):
        _, data = ask(connection, "GET", "/", headers=[("X-Odd", " \ta b \t")])

    assert json.loads(data)["odd"] == "a b"


def test_slashes_at_the_beginning_are_kept() -> None:
    """An empty first segment is one (RFC 3986 section 3.3)."""
    with serving(make_handler(mirror), "aws_url") as (connection, _):
        _, data = ask(connection, "GET", "//a//b?c")

    assert json.loads(data)["path"] == "//a//b"


def test_an_absolute_target_is_read_as_its_path() -> None:
    """A request line with a whole URL, as proxies send it, names the same path."""
    with serving(make_handler(mirror), "aws_url") as (connection, _):
        _, data = ask(connection, "GET", f"http://127.0.0.1:{connection.port}/a?b=c")

    seen = json.loads(data)
    assert (seen["path"], seen["query"]) == ("/a", "b=c")
