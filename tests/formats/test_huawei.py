"""Huawei's FunctionGraph behind API Gateway."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.errors import RefusedResult, UnknownEvent
from lambda_bridge.formats.huawei import make_event, make_result, read_event, read_result
from lambda_bridge.messages import Request, Response
from lambda_bridge.recognize import recognize
from tests.builders import aws_rest, huawei
from tests.checkers import see_environ


def test_captured_event() -> None:
    """Path parameters may have an empty name, an empty body is flagged as base64, a header tells the client."""
    event = huawei("/orders/a/b", pathParameters={"": "a/b"}, headers={"x-real-ip": "203.0.113.24"})

    environ = see_environ(event)

    assert (environ["PATH_INFO"], environ["SCRIPT_NAME"], environ["body"]) == ("/orders/a/b", "", b"")
    assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]) == ("203.0.113.24", "https")


def test_client_without_the_header_is_the_forwarded_one() -> None:
    """Without x-real-ip, x-forwarded-for counts as trusted_proxies says."""
    event = huawei(headers={"x-real-ip": "", "x-forwarded-for": "198.51.100.9, 203.0.113.7"})

    assert read_event(event, None).client is None
    assert see_environ(event)["REMOTE_ADDR"] == "203.0.113.7"


@pytest.mark.parametrize(
    ("body", "is_base64", "expected"),
    [("eyJhIjogMX0=", True, b'{"a": 1}'), ('{"a": 1}', False, b'{"a": 1}'), ("", True, b""), (None, True, b"")],
)
def test_body_by_the_flag(body: str | None, is_base64: bool, expected: bytes) -> None:
    """Text is base64 too, unless the API says otherwise."""
    assert expected == read_event(huawei(method="POST", body=body, isBase64Encoded=is_base64), None).body


def test_repeats_as_text_or_as_lists() -> None:
    """How they arrive is not documented: both are read."""
    request = read_event(huawei(query={"a": ["1", "2"], "b": "3"}, headers={"x-tag": ["red", "blue"]}), None)

    assert request.query == "a=1&a=2&b=3"
    assert request.headers.all("x-tag") == ["red", "blue"]


def test_stage_is_never_in_the_url() -> None:
    """A stage that is not RELEASE is chosen with a header."""
    assert read_event(huawei("/a", context={"stage": "test"}), None).root_path == ""


def test_event_of_aws_is_not_taken_for_huaweis() -> None:
    """AWS's payload 1.0 has the three ids of the context too."""
    context = {"apiId": "1", "requestId": "2", "stage": "RELEASE"}
    assert recognize((aws_rest(context=context), None), {})[0] == "aws_rest"

    shorter = {**aws_rest(context=context), "multiValueHeaders": None, "resource": None}
    with pytest.raises(UnknownEvent):
        recognize((shorter, None), {})


def test_cookies_are_a_list_and_other_repeats_are_joined() -> None:
    """A header is a text, but for several cookies."""
    headers = [("set-cookie", "a=1"), ("vary", "a"), ("vary", "b"), ("set-cookie", "b=2")]

    assert make_result(Response(200, headers, b"x"), huawei()) == {
        "statusCode": 200,
        "headers": {"Set-Cookie": ["a=1", "b=2"], "Vary": "a, b"},
        "body": "x",
        "isBase64Encoded": False,
    }
    assert make_result(Response(200, headers[:1]), huawei())["headers"] == {"Set-Cookie": "a=1"}


def test_made_event_has_every_body_as_base64() -> None:
    """As the gateway does by default."""
    event = make_event(Request("POST", "/", body=b"hello"))

    assert (event["body"], event["isBase64Encoded"]) == ("aGVsbG8=", True)
    assert recognize((event, None), {})[0] == "huawei"


RESULT = {"statusCode": 200, "headers": {}, "body": "", "isBase64Encoded": False}


@pytest.mark.parametrize(
    "result",
    [
        "text",
        None,
        *({key: value for key, value in RESULT.items() if key != missing} for missing in RESULT),
        {**RESULT, "statusCode": "200"},
        {**RESULT, "isBase64Encoded": "false"},
        {**RESULT, "body": None},
        {**RESULT, "body": {"a": 1}},
        {**RESULT, "headers": []},
    ],
    ids=str,
)
def test_result_of_another_form_is_refused(result: Any) -> None:
    """All four keys, each of its type: anything else is a 500."""
    with pytest.raises(RefusedResult):
        read_result(result)
