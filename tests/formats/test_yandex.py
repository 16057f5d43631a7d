"""Yandex Cloud Functions."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats.yandex import make_event, make_result, read_event, read_result, unkept
from lambda_bridge.messages import Request, Response
from tests.builders import read_sample, sample_paths, yandex
from tests.checkers import see_environ, see_scope


def test_url_is_the_clients_and_path_a_template() -> None:
    """Payload 0.1 has the route's template in path: what the client asked for is in url, as it was sent."""
    event = yandex("/orders/a%2Fb", query="x=2&x=1&flag&q=a+b")

    scope = see_scope({**event, "path": "/orders/{id}"})

    assert (scope["path"], scope["raw_path"]) == ("/orders/a/b", b"/orders/a%2Fb")
    assert scope["query_string"] == b"x=2&x=1&flag&q=a+b"


def test_url_without_a_query_leaves_the_maps() -> None:
    """A bare question mark was seen; should the URL have no query at all, the parameters still count."""
    event = yandex("/", multiValueQueryStringParameters={"x": ["1", "2"]}, queryStringParameters={"x": "2"})

    assert see_environ(event)["QUERY_STRING"] == "x=1&x=2"
    assert see_environ({**event, "url": "/"})["QUERY_STRING"] == "x=1&x=2"


@pytest.mark.parametrize(
    ("path", "original", "expected"),
    [
        ("/v1/a b/c", "/v1/a%20b%2Fc", ("/v1/a b/c", b"/v1/a%20b%2Fc")),
        ("/v1/a%20b", "/v1/a%2520b", ("/v1/a%20b", b"/v1/a%2520b")),
        ("/v1/a%20b", "/v1/a%20b", ("/v1/a b", b"/v1/a%20b")),
        ("/v1/a b", None, ("/v1/a b", b"/v1/a%20b")),
        ("/orders", "/admin", ("/orders", b"/orders")),
        ("/orders", "/orders?path=/admin", ("/orders", b"/orders")),
    ],
)
def test_encoding_of_payload_1_path(path: str, original: str | None, expected: tuple[str, bytes]) -> None:
    """The header tells how the client encoded the path; it never tells another path."""
    event = {**yandex(None, version="1.0", parameters={}), "path": path}
    if original:
        event["multiValueHeaders"] = {**event["multiValueHeaders"], "X-Envoy-Original-Path": [original]}

    request = read_event(event, None)

    assert (request.path, request.raw_path) == expected


def test_direct_call_has_no_path() -> None:
    """Its address is the function's own, by https always: a forwarded scheme is the client's word."""
    event = yandex(None, headers={"Host": ["functions.yandexcloud.net"], "X-Forwarded-Proto": ["http"]})

    environ = see_environ(event)

    assert (environ["PATH_INFO"], environ["wsgi.url_scheme"]) == ("/", "https")
    assert (environ["SERVER_NAME"], environ["REMOTE_ADDR"]) == ("functions.yandexcloud.net", "203.0.113.9")


def test_repeated_headers_are_in_lists() -> None:
    """The map of single values has only the last one."""
    event = yandex(headers={"X-Tag": ["a", "b"]})

    assert [value for name, value in see_scope(event)["headers"] if name == b"x-tag"] == [b"a", b"b"]
    assert see_environ({**event, "multiValueHeaders": {}})["HTTP_X_TAG"] == "b"


def test_client_is_the_platforms_word() -> None:
    """A forwarded header is anybody's."""
    event = yandex(headers={"X-Forwarded-For": ["198.51.100.1"], "X-Real-Remote-Address": ["198.51.100.2:1"]})

    assert read_event(event, None).client == ("203.0.113.9", 0)
    assert read_event(yandex(context={"identity": {}}), None).client is None


def test_empty_body_is_flagged_as_base64() -> None:
    """A request without a body was seen so."""
    assert yandex()["isBase64Encoded"] is make_event(Request("GET", "/"))["isBase64Encoded"] is True
    assert see_environ(yandex())["body"] == b""


@pytest.mark.parametrize("key", ["headers", "queryStringParameters", "multiValueQueryStringParameters", "body"])
def test_null_keys(key: str) -> None:
    """A key that is null is as if it were empty."""
    assert see_environ({**yandex("/x"), key: None})["PATH_INFO"] == "/x"


def test_headers_that_would_be_an_error_are_left_out() -> None:
    """With one of them, the client would get an error instead of the response."""
    pairs = [("www-authenticate", "Basic"), ("via", "1.1 x"), ("set-cookie", "a=1"), ("set-cookie", "b=2")]

    result = make_result(Response(401, pairs, b"no"), yandex())

    assert result["multiValueHeaders"] == {"Set-Cookie": ["a=1", "b=2"]}
    assert read_result(result) == Response(401, [("set-cookie", "a=1"), ("set-cookie", "b=2")], b"no")
    assert unkept(Response(401, pairs)) == [
        "Yandex Cloud Functions answers an error to a response with via, www-authenticate: left out"
    ]
    assert unkept(Response(200, pairs[2:])) == []


@pytest.mark.parametrize("name", ["WWW-Authenticate", "Via", "Proxy-Authenticate", "transfer-encoding"])
@pytest.mark.parametrize("key", ["headers", "multiValueHeaders"])
def test_result_with_such_a_header_is_refused(name: str, key: str) -> None:
    """In either map, and in any spelling."""
    value: Any = "x" if key == "headers" else ["x"]
    with pytest.raises(RefusedResult, match=name.lower()):
        read_result({"statusCode": 200, key: {name: value}})


def test_client_sees_other_names() -> None:
    """Some headers are the platform's own: the app's are renamed, or taken away; lists win over single values."""
    result = {
        "statusCode": 200,
        "headers": {"Date": "today", "Server": "app", "Host": "x", "Cookie": "a=1", "X-Tag": "lost"},
        "multiValueHeaders": {"x-tag": ["a", "b"]},
    }

    assert read_result(result).headers == [
        ("x-yf-remapped-date", "today"),
        ("x-yf-remapped-server", "app"),
        ("x-tag", "a"),
        ("x-tag", "b"),
    ]


@pytest.mark.parametrize("result", [None, "text", [], {}, {"statusCode": "x"}, {"statusCode": 200, "body": 7}])
def test_what_is_no_response_is_refused(result: Any) -> None:
    """It becomes a 502."""
    with pytest.raises(RefusedResult):
        read_result(result)


def test_made_events_have_the_keys_of_their_payload() -> None:
    """The two payloads are as documented."""
    (sample,) = [read_sample(path) for path in sample_paths("yandex") if path.stem == "gateway_1.0_get"]
    request = Request("GET", "/a b", b"/a%20b", "x=1&x=2")

    assert set(sample) == set(make_event(request, "gateway_1.0"))
    assert make_event(request)["url"] == "/a%20b?x=1&x=2"
    assert make_event(Request("GET", "/"))["url"] == "/?"
