"""The two values in the middle of the line."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.headers import Headers
from lambda_bridge.messages import Request, Response


def test_defaults_of_a_request() -> None:
    """Method and path are enough."""
    request = Request("GET", "/a b")

    assert (request.raw_path, request.query, list(request.headers), request.body) == (b"/a%20b", "", [], b"")
    assert (request.scheme, request.server, request.client) == ("https", ("localhost", 443), None)
    assert (request.root_path, request.http_version) == ("", "1.1")


@pytest.mark.parametrize(
    ("path", "raw_path"),
    [
        ("/", b"/"),
        ("/é", b"/%C3%A9"),
        ("/a\udcff", b"/a%FF"),
        ("/a%?#", b"/a%25%3F%23"),
        ("/a;b=c@d:e+f", b"/a;b=c@d:e+f"),
    ],
)
def test_raw_path_is_the_path_encoded_again(path: str, raw_path: bytes) -> None:
    """Where the gateway has decoded the path, raw_path is made of it, byte for byte."""
    assert raw_path == Request("GET", path).raw_path


def test_raw_path_of_the_client_wins() -> None:
    """What is known is never made up, and can be replaced."""
    request = Request("GET", "/a/b", b"/a%2Fb")

    assert request.raw_path == b"/a%2Fb"
    request.raw_path = None
    assert request.raw_path == b"/a/b"


@pytest.mark.parametrize(
    "change",
    [
        {"method": "POST"},
        {"path": "/b"},
        {"raw_path": b"/%61"},
        {"query": "x"},
        {"headers": [("a", "c")]},
        {"headers": [("a", "b"), ("a", "b")]},
        {"body": b"x"},
        {"scheme": "http"},
        {"server": ("localhost", 80)},
        {"client": ("127.0.0.1", 0)},
        {"root_path": "/dev"},
        {"http_version": "2"},
    ],
)
def test_requests_are_equal_when_everything_is(change: dict[str, Any]) -> None:
    """Two Requests are the same when each field is."""
    fields: dict[str, Any] = {"method": "GET", "path": "/a", "headers": [("a", "b")]}

    assert Request(**fields) == Request(**fields)
    assert Request(**fields) != Request(**{**fields, **change})


@pytest.mark.parametrize(
    "other", [Response(201), Response(200, [("a", "b")]), Response(200, body=b"x"), Request("GET", "/")]
)
def test_responses_are_equal_when_everything_is(other: object) -> None:
    """A Response is no Request, and the same when each field is."""
    assert Response(200) == Response(200, [], b"")
    assert Response(200) != other


def test_header_is_the_first_value() -> None:
    """A look-up gives the first value, or None."""
    response = Response(200, [("a", "1"), ("a", "2")])

    assert (response.header("a"), response.header("b")) == ("1", None)


def test_no_list_is_shared() -> None:
    """Each value has headers of its own."""
    one, two = Response(200), Response(200)
    one.headers.append(("a", "b"))

    assert two.headers == []


@pytest.mark.parametrize("value", [Request("GET", "/"), Response(200)])
def test_mutable_values_have_no_hash(value: object) -> None:
    """What can change is no key of a dict."""
    with pytest.raises(TypeError):
        hash(value)


def test_repr_shows_no_header_and_no_body() -> None:
    """A repr may reach a log."""
    request = Request("GET", "/a", query="token=secret", headers=[("cookie", "secret")], body=b"secret")

    assert "secret" not in repr(request) + repr(Response(200, [("set-cookie", "secret")], b"secret"))
    assert "secret" not in repr(Headers.of([("cookie", "secret")]))
