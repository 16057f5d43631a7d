"""Alibaba's Function Compute behind its HTTP trigger."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.formats.aliyun import call, make_event, make_result, read_event, read_result
from lambda_bridge.messages import Request, Response
from tests.builders import ALIYUN_HOST, aliyun
from tests.checkers import see_environ, see_scope


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["PATH_INFO"].encode("latin-1")]


def test_event_in_bytes() -> None:
    """The runtime hands over JSON in bytes, and makes JSON of the dict that comes back."""
    result = call(make_handler(app), aliyun("/%E5%90%8D"), None)

    assert result == {
        "statusCode": 200,
        "headers": {"Content-Type": "text/plain"},
        "isBase64Encoded": False,
        "body": "/名",
    }


def test_call_is_in_bytes_and_json() -> None:
    """What is no JSON reaches no client."""
    seen = []
    call(lambda event, context: seen.append((event, context)), {"a": "名"}, 7)

    assert [(json.loads(event), type(event), context) for event, context in seen] == [({"a": "名"}, bytes, 7)]
    with pytest.raises(TypeError):
        call(lambda event, context: {1, 2}, {}, None)


def test_raw_path_is_decoded_once() -> None:
    """rawPath is as the client sent it; the decoded one in the context is not needed."""
    scope = see_scope(aliyun("/up%20load/%E4%BD%A0%2Fa%2520"))

    assert (scope["path"], scope["raw_path"]) == ("/up load/你/a%20", b"/up%20load/%E4%BD%A0%2Fa%2520")


def test_query_is_encoded_again_and_commas_stay() -> None:
    """Nothing tells a comma of a value from one that joins two: none is taken apart."""
    environ = see_environ(aliyun(query={"q": "a b,c", "empty": "", "k[]": "1&2"}))

    assert environ["QUERY_STRING"] == "q=a%20b%2Cc&empty=&k%5B%5D=1%262"


def test_address_scheme_and_server() -> None:
    """The trigger gives the address; a header of the client's does not change it."""
    environ = see_environ(aliyun(headers={"X-Forwarded-For": "198.51.100.9", "X-Forwarded-Proto": "http"}))

    assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]) == ("203.0.113.9", "http")
    assert (environ["SERVER_NAME"], environ["SERVER_PORT"], environ["SCRIPT_NAME"]) == (ALIYUN_HOST, "80", "")


def test_domain_stands_in_for_the_host() -> None:
    """A call of InvokeFunction was captured without a Host header; what is not told is https."""
    event = aliyun()
    event["headers"] = None

    request = read_event(event, None)

    assert (request.scheme, request.server) == ("https", (ALIYUN_HOST, 443))


@pytest.mark.parametrize(
    ("body", "flag", "expected"),
    [("haha", False, b"haha"), ("gP8=", True, b"\x80\xff"), ("gP8=", "true", b"\x80\xff"), (None, True, b"")],
)
def test_body(body: Any, flag: Any, expected: bytes) -> None:
    """The flag decides, never the type: octet-stream was captured as plain text."""
    event = aliyun(method="POST", headers={"Content-Type": "application/octet-stream"}, body=body, isBase64Encoded=flag)

    assert expected == see_environ(event)["body"]


def test_broken_base64_is_malformed() -> None:
    """A flagged body that does not decode is a 400."""
    with pytest.raises(MalformedEvent):
        read_event(aliyun(body="haha!", isBase64Encoded=True), None)


def test_live_credentials_are_never_shown() -> None:
    """Headers in which the platform puts a role's credentials reach no app, others of it do."""
    headers = {"X-Fc-Access-Key-Id": "a", "x-fc-access-key-secret": "b", "X-Fc-Security-Token": "c"}

    environ = see_environ(aliyun(headers={**headers, "X-Fc-Request-Id": "d"}))

    assert {key for key in environ if key.startswith("HTTP_X_FC")} == {"HTTP_X_FC_REQUEST_ID"}


def test_headers_of_a_result_are_texts() -> None:
    """The vendor's type is a map of text: repeats are joined, and further cookies take other spellings."""
    cookies = ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2"]
    response = Response(200, [("vary", "a"), *(("set-cookie", cookie) for cookie in cookies), ("vary", "b")])

    result = make_result(response, aliyun())

    assert result["headers"].pop("Vary") == "a, b"
    assert cookies == list(result["headers"].values())
    assert {name.lower() for name in result["headers"]} == {"set-cookie"}
    assert result["headers"]["Set-Cookie"] == cookies[0]


@pytest.mark.parametrize(("result", "text"), [({"a": 1}, '{"a": 1}'), ("text", "text"), (None, "null")])
def test_result_without_a_status_is_shown_as_json(result: Any, text: str) -> None:
    """A result that is none is no error here: the client sees it."""
    assert Response(200, [("content-type", "application/json")], text.encode()) == read_result(result)


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": 200, "headers": {"set-cookie": ["a=1", "b=2"]}},
        {"statusCode": 200, "headers": ["a"]},
        {"statusCode": 200, "headers": {}, "body": {}},
    ],
)
def test_result_of_other_types_is_refused(result: Any) -> None:
    """Lists above all: the vendor's types have none."""
    with pytest.raises(RefusedResult):
        read_result(result)


def test_made_event_joins_repeats() -> None:
    """Headers and query keys of one name become one text, as documented."""
    event = make_event(Request("GET", "/", query="a=1&a=2", headers=[("x-a", "1"), ("x-a", "2")]))

    assert (event["queryParameters"], event["headers"]["X-A"]) == ({"a": "1,2"}, "1,2")
