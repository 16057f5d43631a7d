"""IBM Cloud Code Engine's functions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.formats.ibm import call, make_event, make_result, read_event, read_result
from lambda_bridge.messages import Request, Response
from tests.builders import ibm
from tests.checkers import see_environ, see_scope

EVERY_BYTE = bytes(range(256))


def test_request_is_as_it_was_sent() -> None:
    """The query is there once more among the parameters, which count for nothing."""
    scope = see_scope(ibm("/a%2Fb", query="x=2&x=1&flag", x="1", other="o"))

    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/a/b", b"/a%2Fb", b"x=2&x=1&flag")
    assert see_scope(ibm(x="1"))["query_string"] == b""


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/json", "eyJuIjoxfQ==", b'{"n":1}'),
        (None, "eyJuIjoxfQ==", b'{"n":1}'),
        ("text/plain; charset=utf-8", "YT0x", b"YT0x"),
        ("application/x-www-form-urlencoded", "a=1&a=2", b"a=1&a=2"),
        ("multipart/form-data; boundary=b", "AP8=", b"\x00\xff"),
        ("application/octet-stream", "AP8=", b"\x00\xff"),
        ("application/xml", "<a/>", b"<a/>"),
        ("application/xml", "PGEvPg==", b"<a/>"),
        ("text/plain", None, b""),
    ],
)
def test_body_is_read_by_its_type(content_type: str | None, body: str | None, expected: bytes) -> None:
    """Text is text, JSON and bytes are base64; of what the page does not name, both are read."""
    event = ibm(method="POST", body=body, headers={"Content-Type": content_type} if content_type else {})

    assert see_environ(event)["body"] == expected


@pytest.mark.parametrize("content_type", ["application/json", "image/png"])
def test_body_that_does_not_decode_is_malformed(content_type: str) -> None:
    """These types promise base64."""
    with pytest.raises(MalformedEvent):
        read_event(ibm(body="no base64!", headers={"Content-Type": content_type}), None)


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/json", b'{"a": [1, "\xc3\xa9"]}', {"a": [1, "é"]}),
        ("application/json; charset=utf-8", b"[]", []),
        ("application/json", b"true", "true"),
        ("application/json", b"{", "{"),
        ("application/json", b'{"a": NaN}', '{"a": NaN}'),
        ("application/problem+json", b"{}", "e30="),
        ("text/javascript", b"1", "1"),
        ("application/x-www-form-urlencoded", b"a=1", "a=1"),
        ("image/svg+xml", b"<svg/>", "PHN2Zy8+"),
        (None, b"hi", "hi"),
    ],
)
def test_body_as_the_platform_wants_it(content_type: str | None, body: bytes, expected: Any) -> None:
    """Objects of JSON, text, or base64."""
    headers = [("content-type", content_type)] if content_type else []

    assert make_result(Response(200, headers, body), ibm())["body"] == expected


def test_json_that_is_deep_is_sent_as_text() -> None:
    """What cannot be parsed is no reason to fail."""
    body = b"[" * 100_000

    assert make_result(Response(200, [("content-type", "application/json")], body), ibm())["body"] == body.decode()


def test_json_loses_its_length() -> None:
    """The platform writes it anew: the app's length is not that of its text."""
    headers = [("content-type", "application/json"), ("content-length", "8")]

    assert make_result(Response(200, headers, b'{"a": 1}'), ibm())["headers"] == {"content-type": "application/json"}
    assert make_result(Response(200, headers), ibm())["headers"]["content-length"] == "8"


@pytest.mark.parametrize("content_type", ["application/json", "image/png", None, "text/html"])
def test_every_byte_of_a_response_is_carried(content_type: str | None) -> None:
    """Also those of a type that means text or JSON."""
    headers = [("content-type", content_type)] if content_type else []

    assert read_result(make_result(Response(200, headers, EVERY_BYTE), ibm())).body == EVERY_BYTE


def test_text_leaves_as_utf_8() -> None:
    """The result is JSON, which knows no other charset."""
    result = make_result(Response(200, [("content-type", "text/html; charset=iso-8859-1")], b"caf\xe9"), ibm())

    assert (result["headers"], result["body"]) == ({"content-type": "text/html; charset=utf-8"}, "café")


def test_status_and_body_may_be_missing() -> None:
    """200 and nothing."""
    assert read_result({}) == Response(200)
    assert read_result({"body": {"a": 1}}).body == b'{"a":1}'


@pytest.mark.parametrize("result", [None, "text", [1], {"statusCode": "x"}, {"headers": {"a": None}}])
def test_what_the_platform_refuses(result: Any) -> None:
    """A wrong status is a 422, another form a 400."""
    with pytest.raises(RefusedResult):
        read_result(result)


def test_an_empty_type_is_none() -> None:
    """So that what the platform takes for text, and what it decodes, is what was made so."""
    result = make_result(Response(200, [("content-type", ""), ("x-a", "1")], b"hello!"), ibm())

    assert result == {"statusCode": 200, "headers": {"x-a": "1"}, "body": "hello!"}
    assert read_result(result).body == b"hello!"


def test_made_event_is_as_documented() -> None:
    """Names in canonical case; query and JSON once more among the parameters, where JSON wins."""
    headers = [("content-type", "application/json"), ("x-dup", "1"), ("x-dup", "2")]

    event = make_event(Request("POST", "/a", query="x=1&n=2", headers=headers, body=b'{"n": 1}'))

    assert (event["__ce_headers"]["X-Dup"], event["__ce_body"]) == ("2", "eyJuIjogMX0=")
    assert (event["x"], event["n"], event["__ce_query"]) == ("1", 1, "x=1&n=2")
    assert {"__ce_query", "__ce_body"}.isdisjoint(make_event(Request("GET", "/")))


def test_runtime_passes_one_argument() -> None:
    """And nothing but JSON."""
    result = call(make_handler(lambda environ, start_response: []), ibm(), "a context")

    assert result == json.loads(json.dumps(result))
    assert result["statusCode"] == 500
