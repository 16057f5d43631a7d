"""Baidu's CFC behind its HTTP trigger."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats.baidu import make_result, read_event, read_result
from lambda_bridge.messages import Response
from lambda_bridge.recognize import recognize
from tests.builders import aws_rest, baidu
from tests.checkers import see_environ


def test_documented_event() -> None:
    """The path is the whole one, whatever the resource; the trigger tells the client; joined values stay so."""
    environ = see_environ(baidu("/orders/a", headers={"X-Tag": "red,blue"}, query={"名": "你 好"}))

    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("", "/orders/a")
    assert environ["QUERY_STRING"] == "%E5%90%8D=%E4%BD%A0%20%E5%A5%BD"
    assert (environ["REMOTE_ADDR"], environ["HTTP_X_TAG"]) == ("203.0.113.9", "red,blue")


@pytest.mark.parametrize("context", [None, {}, {"requestId": "1"}, {"sourceIp": ""}])
def test_context_may_be_almost_empty(context: Any) -> None:
    """Which keys are filled is not documented: without an address there is none."""
    event = {**baidu("/a"), "requestContext": context}

    assert recognize((event, None), {})[0] == "baidu"
    assert see_environ(event)["REMOTE_ADDR"] == ""


@pytest.mark.parametrize("context", [{"serviceId": "x"}, {"identity": {}}, {"identity": {"secretId": "x"}}])
def test_every_key_of_the_vendors_class_may_be_there(context: dict[str, Any]) -> None:
    """Its class, cloned from Tencent's, has keys of Tencent and of AWS."""
    assert recognize((baidu(context=context), None), {})[0] == "baidu"


def test_event_of_aws_is_not_taken_for_baidus() -> None:
    """AWS's payload 1.0 without its multiValue maps has an identity, and no address beside it."""
    event = aws_rest()
    del event["multiValueHeaders"], event["multiValueQueryStringParameters"]

    assert recognize((event, None), {})[0] == "aws_rest"


def test_second_cookie_has_a_name_in_another_spelling() -> None:
    """Headers are a map of text: repeats are joined, and cookies must not be."""
    headers = [("set-cookie", "a=1"), ("vary", "a"), ("vary", "b"), ("set-cookie", "b=2")]

    result = make_result(Response(200, headers), baidu())

    assert result["headers"] == {"Set-Cookie": "a=1", "Set-CookiE": "b=2", "Vary": "a, b"}
    assert read_result(result).headers == [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("vary", "a, b")]


@pytest.mark.parametrize("key", ["headers", "queryStringParameters", "pathParameters", "body"])
def test_null_keys(key: str) -> None:
    """A key that is null is as if it were empty."""
    assert read_event({**baidu("/x"), key: None}, None).path == "/x"


@pytest.mark.parametrize(
    "result",
    [
        "text",
        None,
        {},
        {"statusCode": 200, "headers": {"a": ["b"]}},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "body": {}},
    ],
    ids=str,
)
def test_result_of_another_type_is_refused(result: Any) -> None:
    """The vendor's class has text in headers and body."""
    with pytest.raises(RefusedResult):
        read_result(result)
