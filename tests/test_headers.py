"""The headers of a request: names, cookies, lengths, forwarded headers, hosts and ports."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_bridge.headers import (
    Headers,
    host_header,
    http_version,
    is_token,
    read_headers,
    read_origin,
    read_scheme,
    read_server,
    split_port,
    with_forwarded,
    with_real_ip,
)
from lambda_bridge.messages import Request
from tests.strategies import PROPERTY


@pytest.mark.parametrize("name", ["a", "X-Name", "a_b", "!#$%&'*+-.^_`|~9"])
def test_token(name: str) -> None:
    """RFC 9110 says what a name may consist of."""
    assert is_token(name)


@pytest.mark.parametrize("name", ["", "a b", "a:", "é", "a\n", "a\0", "(a)", '"a"', "a/b", "{a}"])
def test_no_token(name: str) -> None:
    """Everything else is no name."""
    assert not is_token(name)


def read(pairs: list[tuple[str, Any]], body: bytes = b"") -> list[tuple[str, str]]:
    return list(read_headers([name for name, _ in pairs], [value for _, value in pairs], body))


@pytest.mark.parametrize(
    ("pairs", "body", "expected"),
    [
        ([], b"", []),
        ([], b"abc", [("content-length", "3")]),
        ([("Content-Length", "0")], b"", [("content-length", "0")]),
        ([("Content-Length", "9"), ("A", "b")], b"abc", [("content-length", "3"), ("a", "b")]),
        ([("Content-Length", "1"), ("content-length", "2"), ("a", "b")], b"abc", [("content-length", "3"), ("a", "b")]),
        ([("content-length", 3), ("x", None)], b"abc", [("content-length", "3"), ("x", "None")]),
        ([("A", "1"), ("b", "2"), ("a", "3")], b"", [("a", "1"), ("b", "2"), ("a", "3")]),
        ([("a", "1"), ("Cookie", "x=1"), ("b", "2"), ("cookie", "y=2")], b"",
         [("a", "1"), ("cookie", "x=1; y=2"), ("b", "2")]),
        ([("bad name", "1"), ("", "2"), ("ok", "3")], b"", [("ok", "3")]),
        ([("Proxy", "1"), ("Transfer-Encoding", "chunked"), ("ok", "3")], b"", [("ok", "3")]),
        ([("a", "é")], b"", [("a", "\xc3\xa9")]),
    ],
)  # fmt: skip
def test_read_headers(pairs: list[tuple[str, Any]], body: bytes, expected: list[tuple[str, str]]) -> None:
    """Lower case, in order, repeats kept, one cookie, one true content-length."""
    assert expected == read(pairs, body)


def test_no_value_of_a_request_has_a_line_break() -> None:
    """Nor a NUL; what is printable but for ASCII, and a tab, stay."""
    values = ["a\r\nx-forged: 1", "b\0", "é\nc", "d\te"]

    headers = read_headers(["x-a", "x-b", "x-c", "x-d"], values, b"")

    assert headers == [("x-a", "a  x-forged: 1"), ("x-b", "b "), ("x-c", "Ã© c"), ("x-d", "d\te")]


def test_address_that_a_gateway_tells_is_no_clients_claim() -> None:
    """In the event that is made of a request, x-real-ip is the gateway's alone."""
    headers = [("x-real-ip", "6.6.6.6"), ("x-kept", "1"), ("x-real-ip", "7.7.7.7")]

    told = with_real_ip(Request("GET", "/", headers=headers, client=("203.0.113.9", 1)))

    assert [pair for pair in told if pair[0] in ("x-real-ip", "x-kept")] == [
        ("x-real-ip", "203.0.113.9"),
        ("x-kept", "1"),
    ]


def test_read_headers_twice_gives_the_same() -> None:
    """What is remembered of one request does not leak into the next."""
    pairs = [("A", "1"), ("Cookie", "x=1"), ("cookie", "y=2")]

    first = read(pairs, b"abc")
    other = read([("A", "2"), ("Cookie", "x=3"), ("cookie", "y=4")])

    assert first == read(pairs, b"abc")
    assert other == [("a", "2"), ("cookie", "x=3; y=4")]


def test_columns_of_headers() -> None:
    """Headers are found by name, counted, and equal to the list of their pairs."""
    headers = Headers.of([("a", "1"), ("b", "2"), ("a", "3")])

    assert (headers.get("a"), headers.get("c"), headers.all("a"), len(headers)) == ("1", None, ["1", "3"], 3)
    assert headers == [("a", "1"), ("b", "2"), ("a", "3")]
    assert headers == Headers.of(headers)
    assert headers != [("a", "1")]


def test_forwarded_headers_are_added_once() -> None:
    """What a gateway adds is there, unless the request has it already."""
    request = Request("GET", "/", headers=[("x-forwarded-for", "6.6.6.6")], server=("::1", 8443), client=("::2", 0))

    assert with_forwarded(request) == [
        ("x-forwarded-for", "6.6.6.6"),
        ("host", "[::1]:8443"),
        ("x-forwarded-port", "8443"),
        ("x-forwarded-proto", "https"),
    ]


# --- hosts and ports


@pytest.mark.parametrize(
    ("forwarded", "expected"),
    [("https", "https"), ("HTTP", "http"), ("https,http", "https"), (" http , https", "http"), ("", "x"), (None, "x"), ("ws", "x")],
)  # fmt: skip
def test_scheme(forwarded: str | None, expected: str) -> None:
    """The first of a list; what is neither of the two is not believed."""
    assert expected == read_scheme(forwarded, "x")


@pytest.mark.parametrize(
    ("protocol", "expected"),
    [("HTTP/1.0", "1.0"), ("HTTP/1.1", "1.1"), ("HTTP/2.0", "2"), ("HTTP/2", "2"), (None, "1.1"), ("", "1.1")],
)
def test_http_version(protocol: str | None, expected: str) -> None:
    """In the words of ASGI."""
    assert expected == http_version[protocol]


@pytest.mark.parametrize(
    ("host", "scheme", "port", "expected"),
    [
        ("example.com", "https", None, ("example.com", 443)),
        ("example.com", "http", None, ("example.com", 80)),
        ("example.com", "https", "8443", ("example.com", 8443)),
        ("example.com", "https", "8443,443", ("example.com", 8443)),
        ("example.com", "https", "0", ("example.com", 443)),
        ("example.com", "https", "99999", ("example.com", 443)),
        ("example.com:8080", "https", "443", ("example.com", 8080)),
        ("[2001:db8::1]:8443", "https", None, ("2001:db8::1", 8443)),
        ("[2001:db8::1]", "https", None, ("2001:db8::1", 443)),
        ("2001:db8::1", "https", None, ("2001:db8::1", 443)),
        (None, "http", None, ("localhost", 80)),
        ("", "https", None, ("localhost", 443)),
        ("[]:80", "http", None, ("localhost", 80)),
        ("a:", "https", None, ("a", 443)),
        ("a:b", "https", None, ("a", 443)),
        ("a:٣", "https", None, ("a", 443)),
    ],
)
def test_server(host: str | None, scheme: str, port: str | None, expected: tuple[str, int]) -> None:
    """The Host header's port, else the forwarded one, else the scheme's; never a host without a name."""
    assert expected == read_server(host, scheme, port)


@PROPERTY
@given(st.text(), st.text())
def test_any_host_makes_a_server(host: str, port: str) -> None:
    """Whatever a client writes, there is a name and a port."""
    name, number = read_server(host, "https", port)

    assert name
    assert 0 < number < 65536


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.9", ("203.0.113.9", None)),
        ("203.0.113.9:1234", ("203.0.113.9", 1234)),
        ("::1", ("::1", None)),
        ("[::1]:1234", ("::1", 1234)),
        ("[::1]", ("::1", None)),
        ("[::1", ("::1", None)),
        ("", ("", None)),
        (":80", (":80", None)),
    ],
)
def test_split_port(address: str, expected: tuple[str, int | None]) -> None:
    """Brackets and a port are optional."""
    assert expected == split_port(address)


@pytest.mark.parametrize("server", [("example.com", 443), ("example.com", 8080), ("2001:db8::1", 443), ("::1", 8443)])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_host_header_reads_back(server: tuple[str, int], scheme: str) -> None:
    """A Host header names the server that it was made for, without the scheme's own port."""
    assert server == read_server(host_header(*server, scheme), scheme)
    assert host_header("a", 443, "https") == "a"
    assert host_header("::1", 80, "http") == "[::1]"


def test_origin_is_what_the_gateway_tells() -> None:
    """Scheme and server from the forwarded headers, else what the format knows."""
    told = read_headers(("host", "x-forwarded-proto", "x-forwarded-port"), ("h", "http", "81"), b"")

    assert read_origin(told, "https") == ("http", ("h", 81))
    assert read_origin(read_headers((), (), b""), "https", "d") == ("https", ("d", 443))
    assert read_origin(read_headers((), (), b""), "http") == ("http", ("localhost", 80))
