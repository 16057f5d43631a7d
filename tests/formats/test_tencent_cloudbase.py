"""HTTP access to functions of Tencent CloudBase."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats.tencent_cloudbase import make_result, read_event, read_result
from lambda_bridge.messages import Response
from lambda_bridge.recognize import recognize
from tests.builders import tencent_cloudbase
from tests.checkers import see_environ


def test_documented_event() -> None:
    """The query is where AWS has it, and may be missing; the path has that of the route."""
    event = tencent_cloudbase("/api/orders", query={"a": "1"})

    environ = see_environ(event)

    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"], environ["QUERY_STRING"]) == ("", "/api/orders", "a=1")
    assert (environ["wsgi.url_scheme"], environ["REMOTE_ADDR"]) == ("https", "")
    del event["queryStringParameters"]
    assert see_environ(event)["QUERY_STRING"] == ""


def test_client_is_the_forwarded_one() -> None:
    """No document names a key or a header for it: x-forwarded-for counts as trusted_proxies says."""
    event = tencent_cloudbase(headers={"x-real-ip": "198.51.100.9", "x-forwarded-for": "198.51.100.9, 203.0.113.7"})

    assert see_environ(event)["REMOTE_ADDR"] == "203.0.113.7"


def test_newer_events_have_every_value_of_a_header() -> None:
    """multiValueHeaders wins; older events have none."""
    event = tencent_cloudbase(headers={"x-tag": "blue"})

    assert read_event(event, None).headers.all("x-tag") == ["blue"]
    event["multiValueHeaders"] = {"x-tag": ["red", "blue"]}
    assert read_event(event, None).headers.all("x-tag") == ["red", "blue"]


@pytest.mark.parametrize(
    ("flag", "expected"), [(True, b"hello"), ("true", b"hello"), (False, b"aGVsbG8="), ("false", b"aGVsbG8=")]
)
def test_flag_as_a_bool_or_as_text(flag: Any, expected: bytes) -> None:
    """The table of the documents says text, their example bool."""
    assert expected == read_event(tencent_cloudbase(body="aGVsbG8=", isBase64Encoded=flag), None).body


def test_context_tells_it_from_api_gateway() -> None:
    """Both are Tencent's: here the context has an envId."""
    assert recognize((tencent_cloudbase(), None), {})[0] == "tencent_cloudbase"


def test_cookies_are_in_both_maps() -> None:
    """All of them in multiValueHeaders, the last in headers, once each for a gateway that reads both."""
    headers = [("set-cookie", "a=1"), ("vary", "a"), ("vary", "b"), ("set-cookie", "b=2")]

    result = make_result(Response(200, headers), tencent_cloudbase())

    assert result["headers"] == {"Set-Cookie": "b=2", "Vary": "a, b"}
    assert result["multiValueHeaders"] == {"Set-Cookie": ["a=1", "b=2"]}
    assert read_result(result).headers == [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("vary", "a, b")]
    assert "multiValueHeaders" not in make_result(Response(200, headers[:1]), tencent_cloudbase())


@pytest.mark.parametrize(
    ("result", "content_type", "text"),
    [
        ("hello", "text/plain; charset=utf-8", "hello"),
        (7, "text/plain; charset=utf-8", "7"),
        ({"a": 1}, "application/json", '{"a": 1}'),
        ([1], "application/json", "[1]"),
    ],
)
def test_result_without_a_status_is_shown(result: Any, content_type: str, text: str) -> None:
    """A result that is none is no error here: the client sees it."""
    assert Response(200, [("content-type", content_type)], text.encode()) == read_result(result)


@pytest.mark.parametrize("result", [{"statusCode": "x"}, {"statusCode": 200, "body": {}}], ids=str)
def test_broken_result_is_refused(result: Any) -> None:
    """With a statusCode it is a response."""
    with pytest.raises(RefusedResult):
        read_result(result)
