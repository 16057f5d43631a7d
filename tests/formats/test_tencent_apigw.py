"""Tencent's API Gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import flask
import pytest

from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.formats.tencent_apigw import make_event, make_result, read_event, read_result
from lambda_bridge.messages import Request, Response
from tests.builders import TENCENT_HOST, read_sample, sample_paths, tencent_apigw
from tests.checkers import see_environ, see_scope, validated

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.handler import Handler


def test_method_is_the_clients_not_the_apis() -> None:
    """The context has the configured method and path, ANY and a template; the event has the real ones."""
    event = tencent_apigw("/test/value", method="POST", context={"path": "/test/{path}", "httpMethod": "ANY"})

    environ = see_environ(event)

    assert (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("POST", "/test/value")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"a": ["b", "c"], "x": "y", "i": True}, "a=b&a=c&x=y&i"),
        ({"foo": "bar", "bob": "alice"}, "foo=bar&bob=alice"),
        ({"empty": ""}, "empty="),
        ({"n": 7, "none": None}, "n=7&none="),
        ({"q": "a b", "k[]": "c&d=e"}, "q=a%20b&k%5B%5D=c%26d%3De"),
        ({}, ""),
        (None, ""),
    ],
)
def test_query_is_all_that_was_sent(query: dict[str, Any] | None, expected: str) -> None:
    """queryString has every parameter, decoded; repeats are lists, and true stands for no equals sign."""
    event = tencent_apigw(queryStringParameters={"foo": "declared only"})
    event["queryString"] = query

    assert expected == see_environ(event)["QUERY_STRING"]


def test_query_parses_to_what_the_client_meant() -> None:
    """Names and values come out as they went in."""
    query = {"q": ["a b", "c&d=e"], "empty": "", "k[]": "1"}

    parsed = parse_qs(see_environ(tencent_apigw(query=query))["QUERY_STRING"], keep_blank_values=True)

    assert parsed == {"q": ["a b", "c&d=e"], "empty": [""], "k[]": ["1"]}


@pytest.mark.parametrize(
    ("host", "stage", "expected"),
    [
        (TENCENT_HOST, "release", "/release"),
        ("service-x-13.gz.tencentapigw.com", "release", "/release"),
        ("service-x-13.gz.tencentapigw.com.cn", "release", "/release"),
        ("service-x-13.gz.apigateway.myqcloud.com", "test", "/test"),
        ("service-x-13.gz.apigateway.myqloud.com", "test", "/test"),
        (TENCENT_HOST + ":443", "prepub", "/prepub"),
        ("api.example.com", "release", ""),
        ("apigw.tencentcs.com.evil.example", "release", ""),
        ("eviltencentapigw.com", "release", ""),
        (TENCENT_HOST, None, ""),
    ],
)
def test_stage_is_in_the_url_of_default_domains_only(host: str, stage: str | None, expected: str) -> None:
    """The event's path never has the stage; the client's URL has it on the gateway's own domains, old and new."""
    event = tencent_apigw("/users", host=host, context={"stage": stage})

    environ = see_environ(event)

    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == (expected, "/users")


@pytest.mark.parametrize("path", ["/users/42/小 明", "/users/42/%E5%B0%8F%20%E6%98%8E"])
def test_encoded_and_decoded_paths_are_the_same(path: str) -> None:
    """Whether the gateway decodes is not documented: both ways the app sees the same."""
    environ, scope = see_environ(tencent_apigw(path)), see_scope(tencent_apigw(path, host="api.example.com"))

    assert environ["PATH_INFO"].encode("latin-1").decode() == "/users/42/小 明"
    assert scope["raw_path"] == b"/users/42/%E5%B0%8F%20%E6%98%8E"


@pytest.mark.parametrize(
    ("body", "flag", "expected"),
    [
        ("YT0x", "true", b"a=1"),
        ("YT0x", "True ", b"a=1"),
        ("YT0x", True, b"a=1"),
        ("hello=world", "false", b"hello=world"),
        ("YT0x", "false", b"YT0x"),
        ("YT0x", None, b"YT0x"),
        ("{key:value}", "true", b"{key:value}"),
        (None, None, b""),
        ("", "true", b""),
    ],
)
def test_flag_is_a_boolean_or_text(body: str | None, flag: Any, expected: bytes) -> None:
    """The flag comes as text too, and the vendor's own example flags a body that is no base64."""
    event = tencent_apigw(method="POST", body=body, isBase64Encoded=flag)

    environ = see_environ(event)

    assert (environ["body"], environ["CONTENT_LENGTH"]) == (expected, str(len(expected)))


def test_flag_that_is_really_true_is_believed() -> None:
    """A boolean flag on a body that does not decode is an error."""
    with pytest.raises(MalformedEvent):
        read_event(tencent_apigw(body="{key:value}", isBase64Encoded=True), None)


def test_names_in_any_case_are_found() -> None:
    """Documents print mixed case, captures lower case."""
    environ = see_environ(tencent_apigw(headers={"accept-Language": "zh-CN", "Content-Type": "text/plain"}))

    assert (environ["HTTP_ACCEPT_LANGUAGE"], environ["CONTENT_TYPE"]) == ("zh-CN", "text/plain")


def test_client_is_the_contexts_not_a_header() -> None:
    """sourceIp stands in the context, never in identity; a forwarded header is anybody's."""
    event = tencent_apigw(headers={"x-forwarded-for": "198.51.100.9"}, context={"identity": {"sourceIp": "6.6.6.6"}})

    assert see_environ(event)["REMOTE_ADDR"] == "203.0.113.9"


@pytest.mark.parametrize(
    ("headers", "scheme", "port"),
    [
        ({"x-api-scheme": "http"}, "http", "80"),
        ({"x-api-scheme": "https"}, "https", "443"),
        ({"x-api-scheme": "https", "x-forwarded-proto": "http"}, "https", "443"),
    ],
)
def test_scheme_is_the_gateways_own_header(headers: dict[str, str], scheme: str, port: str) -> None:
    """x-api-scheme is the only word on the scheme; x-forwarded-proto would be the client's."""
    environ = see_environ(tencent_apigw(headers=headers))

    assert (environ["wsgi.url_scheme"], environ["SERVER_PORT"]) == (scheme, port)


def test_host_with_a_port() -> None:
    """The port of the Host header counts."""
    environ = see_environ(tencent_apigw(host="example.com:8443"))

    assert (environ["SERVER_NAME"], environ["SERVER_PORT"]) == ("example.com", "8443")


@pytest.mark.parametrize("key", ["headers", "queryString", "body", "pathParameters", "headerParameters"])
@pytest.mark.parametrize("missing", [True, False])
def test_missing_and_null_keys(key: str, missing: bool) -> None:
    """A key that is missing or null is as if it were empty."""
    event = {**tencent_apigw("/x"), key: None}
    if missing and key != "headerParameters":
        del event[key]

    assert see_environ(event)["PATH_INFO"] == "/x"


def test_null_context() -> None:
    """Without a context there is neither a stage nor an address."""
    event = {**tencent_apigw("/x"), "requestContext": None}

    environ = see_environ(event)

    assert (environ["SCRIPT_NAME"], environ["REMOTE_ADDR"]) == ("", "")


def test_emulators_event() -> None:
    """The vendor's own emulator spells headers otherwise and has the query in another key."""
    (path,) = [path for path in sample_paths("tencent_apigw") if path.stem == "emulator"]

    environ = see_environ(read_sample(path))

    assert (environ["QUERY_STRING"], environ["HTTP_HOST"]) == ("a=1", "127.0.0.1")


@pytest.mark.parametrize(("path", "expected"), [("/api", "/"), ("/api/x", "/x"), ("/apix", "/apix")])
def test_base_path(path: str, expected: str) -> None:
    """A mount prefix is whole segments."""
    assert expected == see_environ(tencent_apigw(path, host="api.example.com"), base_path="/api")["PATH_INFO"]


@pytest.mark.parametrize(
    "context", [{"request_id": "7", "time_limit_in_ms": 3000, "environ": "A=B;C=D"}, {}, None, object()]
)
def test_any_context_is_accepted(context: Any) -> None:
    """The context is a dict on Tencent, and nobody needs it to be."""
    assert see_environ(tencent_apigw(), context)["lambda_bridge.context"] is context


def test_url_for_has_the_stage(handler_for: Callable[..., Handler]) -> None:
    """Links that Flask makes have the stage of a default domain."""
    app = flask.Flask("app")
    app.add_url_rule("/users", "users", lambda: flask.url_for("users"))

    result = handler_for(validated(app.wsgi_app))(tencent_apigw("/users"), {"time_limit_in_ms": 3000})

    assert result["body"] == "/release/users"


def test_result_has_lists_for_repeats_only() -> None:
    """Several values of a name are a list under one spelling, one value is text."""
    pairs = [("content-type", "text/plain"), ("set-cookie", "a=1"), ("set-cookie", "b=2")]

    result = make_result(Response(200, pairs, b"hi"), tencent_apigw())

    assert result == {
        "isBase64Encoded": False,
        "statusCode": 200,
        "headers": {"Content-Type": "text/plain", "Set-Cookie": ["a=1", "b=2"]},
        "body": "hi",
    }


@pytest.mark.parametrize("status", [200, 204, 304])
def test_result_has_all_four_keys_always(status: int) -> None:
    """An empty map of headers counts as missing: there is at least one header, and an empty body."""
    result = make_result(Response(status), tencent_apigw())

    assert result["headers"]
    assert (result["statusCode"], result["body"], result["isBase64Encoded"]) == (status, "", False)


@pytest.mark.parametrize(
    "result",
    [
        None,
        "text",
        {},
        {"statusCode": 200, "headers": {}, "body": "", "isBase64Encoded": False},
        {"statusCode": "200", "headers": {"a": "b"}},
        {"statusCode": 0, "headers": {"a": "b"}},
        {"headers": {"a": "b"}},
        {"statusCode": 200, "headers": {"a": "b"}, "body": 7},
    ],
)
def test_what_the_gateway_refuses(result: Any) -> None:
    """What becomes "Invalid scf response format" is refused."""
    with pytest.raises(RefusedResult):
        read_result(result)


def test_made_event_shows_the_query_as_captured() -> None:
    """Repeats are lists, a name without a value is true, and the declared parameters are none."""
    event = make_event(Request("GET", "/", query="a=b&a=c&x=y&i&e="))

    assert event["queryString"] == {"a": ["b", "c"], "x": "y", "i": True, "e": ""}
    assert event["queryStringParameters"] == {}
    assert event["requestContext"]["httpMethod"] == "ANY"
