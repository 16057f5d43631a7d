"""Alibaba's API Gateway."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.formats.aliyun_apigw import make_event, read_event, read_result
from lambda_bridge.messages import Request, Response
from tests.builders import aliyun_apigw
from tests.checkers import see_environ


@pytest.mark.parametrize(
    ("body", "flag", "expected"),
    [("gP8=", "true", b"\x80\xff"), ("gP8=", True, b"\x80\xff"), ("a=1", "false", b"a=1"), ("a=1", None, b"a=1")],
)
def test_flag_is_text(body: str, flag: Any, expected: bytes) -> None:
    """Documented as "true|false" in quotes, typed as a boolean in the vendor's Go library."""
    event = aliyun_apigw(method="POST", body=body, isBase64Encoded=flag)

    assert expected == see_environ(event)["body"]


def test_broken_base64_is_malformed() -> None:
    """A flagged body that does not decode is a 400."""
    with pytest.raises(MalformedEvent):
        read_event(aliyun_apigw(body="a=1", isBase64Encoded="true"), None)


def test_path_may_be_encoded_or_not() -> None:
    """Which it is, no document says."""
    assert read_event(aliyun_apigw("/名 a"), None).path == read_event(aliyun_apigw("/%E5%90%8D%20a"), None).path


def test_lists_are_repeats() -> None:
    """Texts are left alone, lists taken apart."""
    event = aliyun_apigw(query={"a": ["1", "2"], "b": "3,4"}, headers={"X-A": ["1", "2"]})

    environ = see_environ(event)

    assert (environ["QUERY_STRING"], environ["HTTP_X_A"]) == ("a=1&a=2&b=3%2C4", "1,2")


@pytest.mark.parametrize("key", ["headers", "queryParameters", "pathParameters", "body"])
def test_null_keys(key: str) -> None:
    """A key that is null is as if it were empty."""
    assert see_environ({**aliyun_apigw("/x"), key: None})["PATH_INFO"] == "/x"


def test_system_header_stands_in_for_the_host() -> None:
    """The gateway's own header names the domain; the address is in x-forwarded-for only."""
    event = aliyun_apigw()
    event["headers"] = {"CA-Host": "abc-cn-hangzhou.alicloudapi.com", "X-Forwarded-For": "198.51.100.7, 203.0.113.9"}

    environ = see_environ(event)

    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("abc-cn-hangzhou.alicloudapi.com", "443")
    assert environ["REMOTE_ADDR"] == "203.0.113.9"


def test_status_may_be_text() -> None:
    """The documents' own examples write it so."""
    result = {"isBase64Encoded": False, "statusCode": "404", "headers": {"X-A": "b"}, "body": "gone"}

    assert read_result(result) == Response(404, [("x-a", "b")], b"gone")


@pytest.mark.parametrize(
    "result", [None, "text", {}, {"headers": {}}, {"statusCode": 200, "headers": {"a": ["b"]}}, {"statusCode": "OK"}]
)
def test_result_of_another_form_is_refused(result: Any) -> None:
    """The gateway answers 503."""
    with pytest.raises(RefusedResult):
        read_result(result)


def test_made_event_has_seven_keys_and_a_flag_in_text() -> None:
    """As the document prints them."""
    event = make_event(Request("POST", "/", body=b"\xff"))

    assert sorted(event) == [
        "body",
        "headers",
        "httpMethod",
        "isBase64Encoded",
        "path",
        "pathParameters",
        "queryParameters",
    ]
    assert (event["body"], event["isBase64Encoded"]) == ("/w==", "true")
