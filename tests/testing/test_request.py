"""The Request for what a client sends."""

from __future__ import annotations

import pytest

from lambda_bridge.testing.request import make_request, make_url


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


def test_content_type_of_the_test_counts() -> None:
    """Where the test says one, there is no other."""
    request = make_request("POST", "/", json={}, headers={"Content-Type": "application/problem+json"})

    assert request.headers.all("content-type") == ["application/problem+json"]


@pytest.mark.parametrize(
    "url", ["https://localhost/", "http://example.com:8080/a%2Fb?c=%20", "https://example.com/é?é"]
)
def test_url_of_a_request(url: str) -> None:
    """The one that was asked for, percent-encoded where it has to be."""
    assert make_url(make_request("GET", url)) == url.replace("com/é", "com/%C3%A9")
    assert make_url(make_request("GET", "/dev/a", root_path="/dev")) == "https://localhost/dev/a"
