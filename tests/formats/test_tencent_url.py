"""Tencent's function URL."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.formats.tencent_url import make_event, read_event, read_result
from lambda_bridge.messages import Request, Response
from lambda_bridge.recognize import recognize
from tests.builders import tencent_url
from tests.checkers import see_environ, see_scope


def test_documented_event() -> None:
    """Five keys are all there is: no context, no stage, no flag; the length is that of the body."""
    body = '{"name": "小明"}'
    event = tencent_url(method="POST", body=body, query={"a": "1", "b": "2"}, headers={"content-length": "9"})

    environ = see_environ(event)

    assert environ["body"] == body.encode()
    assert environ["CONTENT_LENGTH"] == str(len(body.encode()))
    assert (environ["SCRIPT_NAME"], environ["QUERY_STRING"]) == ("", "a=1&b=2")
    assert (environ["wsgi.url_scheme"], environ["REMOTE_ADDR"]) == ("https", "203.0.113.9")


def test_context_does_not_make_it_the_gateways() -> None:
    """An undocumented context was seen: it tells the client's address, not a stage."""
    event = tencent_url(requestContext={"sourceIp": "203.0.113.10"})

    environ = see_environ(event)

    assert recognize((event, None), {})[0] == "tencent_url"
    assert (environ["REMOTE_ADDR"], environ["SCRIPT_NAME"]) == ("203.0.113.10", "")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("203.0.113.9", ("203.0.113.9", 0)),
        ("2001:db8::7", ("2001:db8::7", 0)),
        ("[2001:db8::7]:51234", ("2001:db8::7", 51234)),
        ("203.0.113.9:51234", ("203.0.113.9", 51234)),
        ("", None),
    ],
)
def test_address_with_brackets_and_port(address: str, expected: tuple[str, int] | None) -> None:
    """The platform's header was seen in several spellings."""
    assert expected == read_event(tencent_url(headers={"x-scf-remote-addr": address}), None).client


def test_host_may_be_in_another_header() -> None:
    """Without a Host header, the platform's own names the domain."""
    event = tencent_url()
    event["headers"] = {"x-scf-request-domain": "1300000000-abc.ap-guangzhou.tencentscf.com"}

    assert see_scope(event)["server"] == ("1300000000-abc.ap-guangzhou.tencentscf.com", 443)


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost:8000"])
def test_loopback_is_http(host: str) -> None:
    """The real one serves https alone; on the developer's own machine there is no certificate."""
    request = read_event(tencent_url(headers={"host": host}), None)

    assert (request.scheme, request.server) == ("http", (host.partition(":")[0], 8000))


@pytest.mark.parametrize("key", ["headers", "queryString", "body"])
def test_null_keys(key: str) -> None:
    """A key that is null is as if it were empty."""
    assert see_environ({**tencent_url("/x"), key: None})["PATH_INFO"] == "/x"


def test_live_credentials_are_never_shown() -> None:
    """Headers in which the platform puts a role's credentials reach no app."""
    headers = {"x-scf-secret-id": "a", "X-Scf-Secret-Key": "b", "x-scf-session-token": "c", "x-scf-request-id": "d"}

    environ = see_environ(tencent_url(headers=headers))

    assert {key for key in environ if key.startswith("HTTP_X_SCF")} == {
        "HTTP_X_SCF_REMOTE_ADDR",
        "HTTP_X_SCF_REQUEST_ID",
    }


@pytest.mark.parametrize(("result", "text"), [({"a": 1}, '{"a": 1}'), ("text", "text"), ([1], "[1]"), (None, "null")])
def test_result_without_a_status_is_shown_as_json(result: Any, text: str) -> None:
    """A result that is none is no error here: the client sees it."""
    assert Response(200, [("content-type", "application/json")], text.encode()) == read_result(result)


@pytest.mark.parametrize("result", [{"statusCode": 200}, {"statusCode": "x", "headers": {"a": "b"}}])
def test_broken_integrated_result_is_refused(result: Any) -> None:
    """With a statusCode the rules of the gateway hold."""
    with pytest.raises(RefusedResult):
        read_result(result)


def test_made_event_carries_text_only() -> None:
    """Nothing would say that a body is base64, so bytes are refused with 415."""
    with pytest.raises(MalformedEvent) as caught:
        make_event(Request("POST", "/", body=b"\xff"))

    assert caught.value.status == 415
    assert sorted(make_event(Request("GET", "/"))) == ["body", "headers", "httpMethod", "path", "queryString"]
