"""Payload 1.0: REST APIs and HTTP APIs that are set to it."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.formats.aws_rest import make_event, make_result, read_event, read_result
from lambda_bridge.messages import Request, Response
from tests.builders import aws_rest
from tests.checkers import see_environ, see_scope


@pytest.mark.parametrize(("path", "expected"), [(None, "/"), ("", "/"), ("/", "/"), ("/a/b", "/a/b")])
def test_root_of_a_custom_domain_is_a_slash(path: str | None, expected: str) -> None:
    """A custom domain's root comes as null or empty text."""
    assert expected == read_event(aws_rest(path, domain="api.example.com"), None).path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/user/test%2Balias@gmail.com", "/user/test+alias@gmail.com"),
        ("/a+b", "/a+b"),
        ("/capture/space%20value", "/capture/space value"),
        ("/caf%C3%A9", "/café"),
        ("/caf%c3%a9", "/café"),
        ("/a%252Fb", "/a%2Fb"),
    ],
)
def test_path_is_percent_encoded(path: str, expected: str) -> None:
    """The gateway passes the path on encoded; plus signs mean themselves."""
    request = read_event(aws_rest(path), None)

    assert (request.path, request.raw_path) == (expected, path.encode())


def test_unencoded_characters_are_encoded_in_raw_path() -> None:
    """raw_path never has what cannot stand in a URL, even where the event's path has it."""
    request = read_event(aws_rest("/a b/é%zz"), None)

    assert (request.path, request.raw_path) == ("/a b/é%zz", b"/a%20b/%C3%A9%25zz")


def test_proxy_parameter_is_not_the_path() -> None:
    """With `{proxy+}` below a resource, the app still sees the whole path."""
    event = aws_rest("/job/status", resource="/job/{proxy+}", pathParameters={"proxy": "status"})

    assert see_environ(event)["PATH_INFO"] == "/job/status"


def test_stage_is_the_mount_prefix_on_the_default_domain() -> None:
    """The client's URL begins with the stage, which the event's path does not have."""
    environ, scope = see_environ(aws_rest("/devices", stage="dev")), see_scope(aws_rest("/devices", stage="dev"))

    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/dev", "/devices")
    assert (scope["root_path"], scope["path"], scope["raw_path"]) == ("/dev", "/dev/devices", b"/dev/devices")


@pytest.mark.parametrize(
    ("resource", "parameters", "path", "expected"),
    [
        ("/{proxy+}", {"proxy": "a/b"}, "/shop/a/b", ("/shop", "/a/b")),
        ("/orders/{id}", {"id": "a%20b"}, "/shop/orders/a%20b", ("/shop", "/orders/a b")),
        ("/orders", None, "/orders", ("", "/orders")),
        ("/", None, "/shop", ("", "/shop")),
        ("/orders/{id}", {}, "/shop/orders/7", ("", "/shop/orders/7")),
        ("/{proxy+}", {"proxy": "a"}, "/shop/other", ("", "/shop/other")),
    ],
)
def test_base_path_mapping_of_a_custom_domain(
    resource: str, parameters: dict[str, str] | None, path: str, expected: tuple[str, str]
) -> None:
    """What stands in the path before the resource is the mapping's key; in doubt, nothing is cut off."""
    event = aws_rest(path, domain="api.example.com", resource=resource, pathParameters=parameters)

    request = read_event(event, None)

    assert expected == (request.root_path, request.path)


def test_stage_of_the_context_path_without_a_domain() -> None:
    """Where the event names no domain, the client's whole path in the context still shows the prefix."""
    event = aws_rest("/a", domain="", context={"path": "/v1/a"})

    request = read_event(event, None)

    assert (request.root_path, request.path) == ("/v1", "/a")


@pytest.mark.parametrize(
    ("domain", "stage", "path", "expected"),
    [
        (
            "x.execute-api.eu-central-1.amazonaws.com",
            "dev",
            "/dev/items/a%2Fb",
            ("/dev", "/items/a/b", b"/items/a%2Fb"),
        ),
        ("x.execute-api.eu-central-1.amazonaws.com", "dev", "/dev", ("/dev", "/", b"/")),
        ("x.execute-api.eu-central-1.amazonaws.com", "dev", "/device", ("", "/device", b"/device")),
        ("x.execute-api.eu-central-1.amazonaws.com", "$default", "/items", ("", "/items", b"/items")),
        ("api.example.com", "dev", "/dev/items", ("", "/items", b"/items")),
    ],
)
def test_http_api_has_the_stage_in_its_path(
    domain: str, stage: str, path: str, expected: tuple[str, str, bytes]
) -> None:
    """Version 1.0 of an HTTP API begins the path with the stage: a whole segment, cut off once."""
    request = read_event(aws_rest(path, version="1.0", domain=domain, stage=stage), None)

    assert expected == (request.root_path, request.path, request.raw_path)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": ["a+b c&d"]}, "q=a%2Bb%20c%26d"),
        ({"q": ["1", "2"], "a": ["x"]}, "q=1&q=2&a=x"),
        ({"flag": [""]}, "flag="),
        ({"k[]": ["é"]}, "k%5B%5D=%C3%A9"),
        ({}, ""),
        (None, ""),
    ],
)
def test_decoded_query_is_encoded_again(query: dict[str, list[str]] | None, expected: str) -> None:
    """The gateway decodes names and values: they are encoded again so that they parse to the same."""
    assert expected == read_event(aws_rest(query=query), None).query


def test_single_query_map_serves_where_the_other_is_missing() -> None:
    """Abridged events have no map of lists."""
    event = aws_rest(multiValueQueryStringParameters=None, queryStringParameters={"a": "1"})

    assert read_event(event, None).query == "a=1"


def test_repeated_headers() -> None:
    """ASGI gets every value, WSGI one that is joined; several cookies are one header."""
    event = aws_rest(headers={"X-Multi": ["1", "2"], "Cookie": ["a=1", "b=2"]})

    environ, scope = see_environ(event), see_scope(event)

    assert scope["headers"] == [(b"x-multi", b"1"), (b"x-multi", b"2"), (b"cookie", b"a=1; b=2")]
    assert (environ["HTTP_X_MULTI"], environ["HTTP_COOKIE"]) == ("1,2", "a=1; b=2")


def test_names_that_differ_in_case_are_one_header() -> None:
    """Header names keep the client's spelling in the event; two spellings are the same name."""
    event = aws_rest(headers={"X-Tag": ["1"], "x-tag": ["2"]})

    assert see_environ(event)["HTTP_X_TAG"] == "1,2"


def test_single_header_map_serves_where_the_other_is_missing() -> None:
    """Abridged events have no map of lists."""
    event = aws_rest(multiValueHeaders=None, headers=None)
    event["headers"] = {"Host": "example.com", "Content-Length": 0}

    environ = see_environ(event)

    assert (environ["SERVER_NAME"], environ["CONTENT_LENGTH"]) == ("example.com", "0")


def test_console_test_has_nulls_for_every_map() -> None:
    """The console's test button sends null for headers, query and parameters."""
    event = aws_rest(pathParameters=None, domain="testPrefix.testDomainName")

    environ = see_environ(event)

    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("testPrefix.testDomainName", "443")


def test_event_without_a_context() -> None:
    """A hand-written event needs no requestContext to be read."""
    request = read_event({"resource": "/", "httpMethod": "GET", "path": "/a", "requestContext": None}, None)

    assert (request.path, request.root_path, request.client, request.query) == ("/a", "", None, "")


def test_client_is_the_gateways_peer() -> None:
    """X-Forwarded-For can be written by anybody, the context's sourceIp cannot."""
    event = aws_rest(headers={"X-Forwarded-For": ["6.6.6.6, 203.0.113.9"]})

    assert see_scope(event)["client"] == ("203.0.113.9", 0)


@pytest.mark.parametrize(("protocol", "expected"), [("HTTP/1.1", "1.1"), ("HTTP/2.0", "2"), (None, "1.1")])
def test_http_version_is_the_contexts(protocol: str | None, expected: str) -> None:
    """The protocol of the context, in the words of ASGI."""
    assert expected == read_event(aws_rest(context={"protocol": protocol}), None).http_version


@pytest.mark.parametrize(("forwarded", "expected"), [("https,http", "https"), ("http", "http"), ("ftp", "https")])
def test_scheme_is_the_first_forwarded_one(forwarded: str, expected: str) -> None:
    """Of a list, the first is the client's; what is neither http nor https is not believed."""
    assert expected == read_event(aws_rest(headers={"X-Forwarded-Proto": [forwarded]}), None).scheme


@pytest.mark.parametrize("body", ["%%%", "AAE", "AAEC=", "AA==AA==", "A A E C ", "日本"])
def test_body_that_is_no_base64_is_malformed(body: str) -> None:
    """A flag that does not hold is answered with 400, never with damaged bytes."""
    with pytest.raises(MalformedEvent):
        read_event(aws_rest(body=body, is_base64=True), None)


def test_result_has_no_key_that_the_gateway_does_not_know() -> None:
    """An unknown key, such as cookies or statusDescription, makes the gateway answer 502."""
    response = Response(200, [("content-type", "text/plain"), ("set-cookie", "a=1"), ("set-cookie", "b=2")], b"hi")

    result = make_result(response, aws_rest())

    assert result == {
        "statusCode": 200,
        "multiValueHeaders": {"Content-Type": ["text/plain"], "Set-Cookie": ["a=1", "b=2"]},
        "body": "hi",
        "isBase64Encoded": False,
    }


@pytest.mark.parametrize(
    "result",
    [
        None,
        [],
        "text",
        {},
        {"statusCode": "test"},
        {"statusCode": 0},
        {"statusCode": 200, "cookies": []},
        {"statusCode": 200, "statusDescription": "200 OK"},
        {"statusCode": 200, "multiValueHeaders": {"a": "b"}},
        {"statusCode": 200, "body": {"a": 1}},
    ],
)
def test_what_the_gateway_refuses(result: Any) -> None:
    """What becomes a 502 on AWS is refused, with a reason."""
    with pytest.raises(RefusedResult):
        read_result(result)


@pytest.mark.parametrize(
    ("result", "status", "headers"),
    [
        ({"headers": {"A": "b"}}, 200, [("a", "b")]),
        ({"statusCode": "201"}, 201, []),
        ({"statusCode": 200, "headers": None, "multiValueHeaders": None}, 200, []),
        ({"statusCode": 200, "headers": {"A": True}}, 200, [("a", "true")]),
        ({"statusCode": 200, "headers": {"A": 1}}, 200, [("a", "1")]),
        ({"statusCode": 200, "headers": {"A": "3"}, "multiValueHeaders": {"a": ["1", "2"]}}, 200,
         [("a", "1"), ("a", "2"), ("a", "3")]),
    ],
)  # fmt: skip
def test_what_the_gateway_lets_pass(result: dict[str, Any], status: int, headers: list[tuple[str, str]]) -> None:
    """Sloppy results that AWS accepts are accepted, with the same outcome."""
    assert Response(status, headers) == read_result(result)


def test_made_event_has_the_single_and_the_multi_maps() -> None:
    """Both maps are there, the single one with the last values, and no content-length as on AWS."""
    request = Request(
        "POST", "/a", query="a=1&a=2", headers=[("x", "1"), ("x", "2"), ("content-length", "1")], body=b"b"
    )

    event = make_event(request)

    assert event["queryStringParameters"] == {"a": "2"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"]}
    assert event["headers"]["X"] == "2"
    assert event["multiValueHeaders"]["X"] == ["1", "2"]
    assert "Content-Length" not in event["headers"]
    assert "Content-Length" in make_event(request, "http_1.0")["headers"]
