"""Tencent's load balancer."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.errors import MalformedEvent
from lambda_bridge.formats.tencent_clb import make_event, read_event
from lambda_bridge.messages import Request
from lambda_bridge.recognize import TABLE
from tests.builders import tencent_clb
from tests.checkers import see_environ


def test_method_and_uri_are_in_headers() -> None:
    """The balancer's custom configuration puts them there; the address is the balancer's own header."""
    event = tencent_clb("/a%20b/%E5%90%8D?q=1&q=2", method="PUT", headers={"X-Real-Port": "44347"})

    environ = see_environ(event)

    assert (environ["REQUEST_METHOD"], environ["QUERY_STRING"]) == ("PUT", "q=1&q=2")
    assert environ["PATH_INFO"].encode("latin-1") == "/a b/名".encode()
    assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"], environ["SERVER_NAME"]) == (
        "203.0.113.9",
        "https",
        "lb.example.com",
    )


@pytest.mark.parametrize(("payload", "method"), [({"a": 1}, "POST"), ("a", "POST"), ("", "GET"), (None, "GET")])
def test_without_a_custom_configuration(payload: Any, method: str) -> None:
    """Neither method nor path are told: the request is for the root, and a body means POST."""
    request = read_event(tencent_clb(None, method=None, payload=payload), None)

    assert (request.method, request.path, request.query) == (method, "/", "")


def test_decoded_uri() -> None:
    """Whether the balancer's variable is decoded depends on which one the configuration names."""
    request = read_event(tencent_clb("/名 a"), None)

    assert (request.path, request.raw_path) == ("/名 a", b"/%E5%90%8D%20a")


@pytest.mark.parametrize(
    ("payload", "flag", "content_type", "body"),
    [
        ({"name": "小明", "n": [1, None]}, "false", "application/json", '{"name":"小明","n":[1,null]}'.encode()),
        ([], "false", "application/json", b"[]"),
        ('{"a": 1}', "false", "application/json", b'{"a": 1}'),
        (7, "false", "application/json", b"7"),
        ("<a/>", "false", "application/xml", b"<a/>"),
        ("gP8=", "true", "image/png", b"\x80\xff"),
        ("gP8=", True, "image/png", b"\x80\xff"),
        ("gP8=", None, "image/png", b"\x80\xff"),
        ("gP8=", None, "Text/plain; charset=utf-8", b"gP8="),
        ("not base64", None, "image/png", b"not base64"),
        ("gP8=", "false", "image/png", b"gP8="),
    ],
)
def test_payload(payload: Any, flag: Any, content_type: str, body: bytes) -> None:
    """JSON comes parsed, text as it is, all else in base64; without a flag the type decides."""
    event = tencent_clb(method="POST", payload=payload, headers={"Content-type": content_type}, isBase64Encoded=flag)

    environ = see_environ(event)

    assert (environ["body"], environ["CONTENT_LENGTH"]) == (body, str(len(body)))


def test_method_that_is_none_is_malformed() -> None:
    """Without the custom configuration a client could write the header: what is no token is a 400."""
    event = tencent_clb(method="GET /\r\n")

    with pytest.raises(MalformedEvent):
        read_event(event, None)
    assert make_handler(lambda environ, start_response: [])(event, None)["statusCode"] == 400


@pytest.mark.parametrize("key", ["__ow_method", "http", "requestContext", "httpMethod", "triggerTime"])
def test_another_key_makes_it_somebody_elses(key: str) -> None:
    """On platforms where clients add top-level keys, these two do not make it this format's event."""
    claims = dict(TABLE)["tencent_clb"]

    assert claims(tencent_clb(), {})
    assert not claims({**tencent_clb(), key: {}}, {})


@pytest.mark.parametrize(
    ("body", "content_type", "payload", "flag"),
    [
        (b'{"a": 1}', "application/json", {"a": 1}, "false"),
        (b"{", "application/json", "{", "false"),
        (b"7", "application/json", "7", "false"),
        (b"a", "text/plain", "a", "false"),
        (b"a=1", "application/x-www-form-urlencoded", "YT0x", "true"),
        (b"\xff", "text/plain", "/w==", "true"),
        (b"", "image/png", "", "false"),
    ],
)
def test_made_payload(body: bytes, content_type: str, payload: Any, flag: str) -> None:
    """As documented: parsed, as it is, or in base64, by the type of the body."""
    event = make_event(Request("POST", "/", headers=[("content-type", content_type)], body=body))

    assert (event["payload"], event["isBase64Encoded"]) == (payload, flag)
