"""Text or base64, by the media type."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.encoding import encode_base64
from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.formats._openwhisk import (
    carried,
    looks_like_base64,
    make_merged,
    media,
    read_carried,
    read_header_map,
    read_merged,
)
from lambda_bridge.messages import Response

TEXT_TYPES = [
    "text/html",
    "TEXT/HTML",
    "text/plain; charset=gbk",
    "text/x-scriptzsh",
    "application/json",
    "application/problem+json",
    "application/javascript",
    "application/x-www-form-urlencoded",
    "application/x-own; charset=utf-8",
]
BINARY_TYPES = [
    "text/javascript",
    "text/x-own",
    "image/svg+xml",
    "image/svg+xml; charset=utf-8",
    "multipart/form-data; boundary=b",
    "font/woff2",
    "application/octet-stream",
    "application/pdf",
    "application/own+json",
]


@pytest.mark.parametrize("content_type", [*TEXT_TYPES, *BINARY_TYPES])
def test_media_types(content_type: str) -> None:
    """Main types, a list of known ones, and for the rest whether there is a charset."""
    kind, is_binary = media[content_type]

    assert kind == content_type.lower().partition(";")[0]
    assert is_binary == (content_type in BINARY_TYPES)


@pytest.mark.parametrize("content_type", ["", "html", "/html", "text/", ";", "; charset=utf-8"])
def test_what_is_no_media_type(content_type: str) -> None:
    """It is taken for bytes."""
    assert media[content_type] == ("", True)


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("text/html", b"<p>", "<p>"),
        (None, "é".encode(), "é"),
        ("text/javascript", b"1", "MQ=="),
        ("text/javascript; charset=utf-8", b"1", "1"),
        ("image/svg+xml", b"<svg/>", encode_base64(b"<svg/>")),
        ("application/json", b'{"a": 1}', '{"a": 1}'),
        ("application/json", b"true", "dHJ1ZQ=="),
        ("application/json", b"12345", "12345"),
        ("application/problem+json", b"null", "bnVsbA=="),
        ("application/own+json", b"{}", "e30="),
        ("application/json", b"\x1f\x8b", "H4s="),
        ("text/plain", b"true", "true"),
    ],
)
def test_body_as_the_controller_wants_it(content_type: str | None, body: bytes, expected: str) -> None:
    """Text is itself, unless it is JSON that would be decoded; all else is base64. Headers stay."""
    headers = [("content-type", content_type)] if content_type else []

    sent = carried(Response(200, headers, body))

    assert sent == (headers, expected)
    assert read_carried(*sent) == body


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("text/html; charset=iso-8859-1", b"caf\xe9", "text/html; charset=utf-8"),
        ('text/plain; charset="GBK"', "你好".encode("gbk"), "text/plain; charset=utf-8"),
        ("text/plain; charset=utf-16", "é".encode("utf-16"), "text/plain; charset=utf-8"),
        ("application/x-own; charset=latin1", b"\xe9", "application/x-own; charset=utf-8"),
    ],
)
def test_text_leaves_as_utf_8(content_type: str, body: bytes, expected: str) -> None:
    """The controller knows no other charset: text is written in it, and its type says so."""
    headers, text = carried(Response(200, [("content-type", content_type), ("content-length", "9")], body))

    assert headers == [("content-type", expected)]
    assert text in {"café", "你好", "é"}


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ([("content-type", "text/html"), ("content-encoding", "gzip")], b"\x1f\x8b"),
        ([("content-type", "text/plain")], b"\xff"),
        ([("content-type", "text/plain; charset=no-such")], b"\xff"),
        ([("content-type", "text/plain; charset=hex")], b"ff"),
        ([("content-type", "text/plain; charset=\0")], b"ff"),
        ([("content-type", "html")], b"<p>"),
        ([], b"\xff"),
    ],
)
def test_bytes_are_kept_where_the_type_is_wrong(headers: list[tuple[str, str]], body: bytes) -> None:
    """What the controller would break as text is sent as bytes, whatever their type was."""
    sent = carried(Response(200, headers, body))

    assert dict(sent[0])["content-type"] == "application/octet-stream"
    assert read_carried(*sent) == body


@pytest.mark.parametrize(
    ("text", "expected"),
    [("true", True), (" 1234\n", True), ("Zg==", True), ("{}", False), ("12345", False), ("", False)],
)
def test_what_looks_like_base64(text: str, expected: bool) -> None:
    """Length and alphabet decide, blanks around it do not."""
    assert expected == looks_like_base64(text)


@pytest.mark.parametrize(
    ("content_type", "body"), [("image/png", "x"), ("html", "x"), ("text/html", {"a": 1}), ("image/png", [1])]
)
def test_body_that_the_type_denies_is_refused(content_type: str, body: Any) -> None:
    """Each is a 400."""
    with pytest.raises(RefusedResult):
        read_carried([("content-type", content_type)], body)


@pytest.mark.parametrize("second", ["none", "image/png", "text/plain; charset=gbk"])
def test_first_of_two_content_types_counts(second: str) -> None:
    """As the controller looks for it (WebActions.scala, findContentTypeInHeader), whatever the app has added."""
    response = Response(200, [("content-type", "text/html; charset=utf-8"), ("content-type", second)], "é".encode())

    assert carried(response) == (response.headers, "é")
    assert read_carried(*carried(response)) == "é".encode()


def test_values_of_headers() -> None:
    """Strings, numbers, booleans, and lists of them."""
    assert read_header_map({"A": ["x", ["y", 1]], "b": True, "c": 1.5}) == [
        ("a", "x"), ("a", "y"), ("a", "1"), ("b", "true"), ("c", "1.5")]  # fmt: skip
    assert read_header_map(None) == []


@pytest.mark.parametrize("headers", [[], "a", {"a": None}, {"a": {"b": "c"}}])
def test_other_headers_are_refused(headers: Any) -> None:
    """Each is a 400."""
    with pytest.raises(RefusedResult):
        read_header_map(headers)


JSON = {"Content-Type": "application/json"}
FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.mark.parametrize(
    ("parameters", "body", "headers", "method", "expected"),
    [
        ({"q": "a b", "n": 7}, None, {}, "GET", ("q=a%20b", b"")),
        ({"q": "1"}, None, JSON, "GET", ("q=1", b"")),
        ({"q": "1"}, None, {**JSON, "content-length": "0"}, "POST", ("q=1", b"")),
        ({"q": "1"}, None, {**JSON, "content-length": "9"}, "DELETE", ("", b'{"q": "1"}')),
        ({"n": 7, "item": "茶"}, None, JSON, "POST", ("", b'{"n": 7, "item": "\\u8336"}')),
        ({}, None, JSON, "PUT", ("", b"{}")),
        ({"a": "1", "b": "x y"}, None, FORM, "POST", ("", b"a=1&b=x%20y")),
        ({"q": "1"}, [1, "a"], JSON, "POST", ("q=1", b'[1, "a"]')),
        ({}, "text", JSON, "POST", ("", b'"text"')),
        ({}, "text", {"content-type": "text/plain"}, "POST", ("", b"text")),
        ({}, "AP8=", {"content-type": "image/png"}, "POST", ("", b"\x00\xff")),
        ({}, "AP8=", {}, "POST", ("", b"\x00\xff")),
    ],
)
def test_merged_parameters(
    parameters: dict[str, Any], body: Any, headers: dict[str, str], method: str, expected: tuple[str, bytes]
) -> None:
    """They are the body where there is a form or JSON, else the query; what is no text is no client's."""
    assert expected == read_merged(parameters, body, headers, method)


@pytest.mark.parametrize(
    ("query", "body", "headers", "expected"),
    [
        ("a=1&a=2&b", b"", {}, ({"a": "2", "b": ""}, None)),
        ("a=1&b=2", b'{"a": [3]}', {"content-type": "application/json"}, ({"a": [3], "b": "2"}, None)),
        ("a=1", b"[3]", {"content-type": "application/own+json"}, ({"a": "1"}, [3])),
        ("a=1", b"{", {"content-type": "application/json"}, ({"a": "1"}, "{")),
        ("a=1", b"a=2&a=3", FORM, ({"a": "3"}, None)),
        ("", b"hi", {"content-type": "text/plain"}, ({}, "hi")),
        ("", b"hi", {}, ({}, "aGk=")),
    ],
)
def test_merging_parameters(query: str, body: bytes, headers: dict[str, str], expected: Any) -> None:
    """The last one of a name wins, and the body over the query."""
    assert expected == make_merged(query, body, headers)


def test_text_that_is_none_is_refused() -> None:
    """The platform would break it: the client of a test gets 415, not garbage."""
    with pytest.raises(MalformedEvent) as caught:
        make_merged("", b"\xff", {"content-type": "text/plain"})

    assert caught.value.status == 415
