"""Volcengine's veFaaS behind API Gateway."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.errors import MalformedEvent, RefusedResult, UnknownEvent
from lambda_bridge.formats.volcengine import make_event, make_result, read_event, read_result
from lambda_bridge.messages import Request, Response
from lambda_bridge.recognize import recognize
from tests.builders import volcengine
from tests.checkers import see_environ


def test_documented_event() -> None:
    """A GET may have a body; without x-forwarded-proto it is https."""
    environ = see_environ(volcengine("/", query={"foo": "bar"}, body='{"hello": "veFaaS"}'))

    assert (environ["REQUEST_METHOD"], environ["QUERY_STRING"]) == ("GET", "foo=bar")
    assert (environ["body"], environ["CONTENT_LENGTH"]) == (b'{"hello": "veFaaS"}', "19")
    assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]) == ("203.0.113.9", "https")


@pytest.mark.parametrize("path", ["/orders/小明", "/orders/%E5%B0%8F%E6%98%8E"])
def test_path_decoded_or_not(path: str) -> None:
    """Go's runtime decodes it; what Python's does is not documented."""
    request = read_event(volcengine(path), None)

    assert (request.path, request.raw_path) == ("/orders/小明", b"/orders/%E5%B0%8F%E6%98%8E")


def test_body_in_bytes() -> None:
    """A runtime that hands over bytes is understood too."""
    assert read_event(volcengine(method="POST", body=b"\xff\x00"), None).body == b"\xff\x00"


@pytest.mark.parametrize("key", ["requestContext", "isBase64Encoded", "resource", "multiValueHeaders", "version", "x"])
def test_event_with_more_keys_is_of_another_cloud(key: str) -> None:
    """Nothing marks it but its six keys."""
    with pytest.raises(UnknownEvent):
        recognize(({**volcengine(), key: {}}, None), {})


def test_body_may_be_missing() -> None:
    """As on a GET."""
    event = volcengine("/x")
    del event["body"]

    assert see_environ(event)["PATH_INFO"] == "/x"


def test_second_cookie_has_a_name_in_another_spelling() -> None:
    """Headers are a map of text: repeats are joined, and cookies must not be."""
    headers = [("set-cookie", "a=1"), ("vary", "a"), ("vary", "b"), ("set-cookie", "b=2")]

    result = make_result(Response(200, headers), volcengine())

    assert result["headers"] == {"Set-Cookie": "a=1", "Set-CookiE": "b=2", "Vary": "a, b"}


def test_made_event_carries_text_only() -> None:
    """Nothing would say that a body is base64, so bytes are refused with 415; repeats are joined."""
    with pytest.raises(MalformedEvent) as caught:
        make_event(Request("POST", "/", body=b"\xff"))

    assert caught.value.status == 415
    assert make_event(Request("GET", "/", query="a=1&a=2"))["queryStringParameters"] == {"a": "1,2"}


@pytest.mark.parametrize("result", [None, {}])
def test_no_result_is_200(result: Any) -> None:
    """A function may return nothing."""
    assert Response(200) == read_result(result)


@pytest.mark.parametrize(
    "result", ["text", 7, [], {"headers": {"a": ["b"]}}, {"headers": ["a"]}, {"statusCode": 7}, {"body": {}}], ids=str
)
def test_result_of_another_type_is_refused(result: Any) -> None:
    """Headers and body are text."""
    with pytest.raises(RefusedResult):
        read_result(result)
