"""The bytes of a streamed response, as the Runtime API's documentation has them."""

from __future__ import annotations

import base64
import json

import pytest

from lambda_bridge.formats import aws_rest, aws_url, load
from lambda_bridge.messages import Request, Response
from lambda_bridge.recognize import NAMES
from lambda_bridge.streaming import END, can_stream, make_chunk, make_failed_end, make_prelude, max_prelude

HEADERS = [("content-type", "text/plain"), ("x-a", "1"), ("x-a", "2"), ("set-cookie", "a=1"), ("set-cookie", "b=2")]


def test_prelude_of_a_function_url() -> None:
    """One text for each name, cookies apart; then eight NUL bytes."""
    prelude = make_prelude(aws_url.make_result(Response(201, HEADERS), {}))

    assert prelude.endswith(b"}" + bytes(8))
    assert json.loads(prelude[:-8]) == {
        "statusCode": 201,
        "headers": {"content-type": "text/plain", "x-a": "1,2"},
        "cookies": ["a=1", "b=2"],
    }


def test_prelude_of_a_rest_api() -> None:
    """Which may have lists, so that no header is joined."""
    prelude = make_prelude(aws_rest.make_result(Response(200, HEADERS), {}))

    assert json.loads(prelude[:-8]) == {
        "statusCode": 200,
        "multiValueHeaders": {"Content-Type": ["text/plain"], "X-A": ["1", "2"], "Set-Cookie": ["a=1", "b=2"]},
    }


@pytest.mark.parametrize("value", ["\0", "\0" * 8, "é", "\u4e2d", "\ud800"])
def test_prelude_holds_no_nul_and_is_ascii(value: str) -> None:
    """Whatever is in it, the first NUL is its end."""
    prelude = make_prelude({"statusCode": 200, "headers": {"x": value}})

    assert prelude.index(b"\0") == len(prelude) - 8
    assert prelude.isascii()
    assert json.loads(prelude[:-8])["headers"]["x"] == value


@pytest.mark.parametrize(("size", "line"), [(1, b"1"), (15, b"f"), (16, b"10"), (65536, b"10000")])
def test_chunk_has_its_size_in_hexadecimal(size: int, line: bytes) -> None:
    """RFC 9112, section 7.1."""
    assert make_chunk(b"x" * size) == line + b"\r\n" + b"x" * size + b"\r\n"


def test_good_end_is_an_empty_chunk() -> None:
    """Without trailers."""
    assert END == b"0\r\n\r\n"


def test_failed_end_tells_the_error_in_trailers() -> None:
    """The type as it is, the rest in Base64, each in one line."""
    error = json.dumps({"errorMessage": "x" * 500}).encode()

    lines = make_failed_end("Boom", error).split(b"\r\n")

    assert lines[0] == b"0"
    assert lines[1:2] == [b"Lambda-Runtime-Function-Error-Type: Boom"]
    assert lines[2] == b"Lambda-Runtime-Function-Error-Body: " + base64.b64encode(error)
    assert lines[3:] == [b"", b""]


@pytest.mark.parametrize("name", NAMES)
def test_only_function_urls_and_rest_apis_stream(name: str) -> None:
    """Behind any other, the client would get the prelude as it is."""
    assert can_stream(name, {}) == (name in {"aws_url", "aws_rest"})


@pytest.mark.parametrize(("variant", "expected"), [("rest", True), ("http_1.0", False)])
def test_http_api_with_payload_1_does_not_stream(variant: str, expected: bool) -> None:
    """Its events are of the same format as a REST API's."""
    event = load("aws_rest").make_event(Request("GET", "/"), variant)

    assert can_stream("aws_rest", event) == expected


def test_only_a_rest_api_is_known_to_limit_the_prelude() -> None:
    """16 KB, with the delimiter."""
    assert (max_prelude("aws_rest"), max_prelude("aws_url")) == (16_384, None)
