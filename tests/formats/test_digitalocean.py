"""DigitalOcean's functions; what they share with OpenWhisk is in test__openwhisk.py."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.errors import MalformedEvent
from lambda_bridge.formats.digitalocean import make_event, make_result, read_event
from lambda_bridge.messages import Request, Response
from tests.builders import digitalocean, openwhisk
from tests.checkers import see_environ, see_scope


def test_raw_event() -> None:
    """Path and query are as they were sent; without a rest the path is empty."""
    scope = see_scope(digitalocean("/a%2Fb", query="x=2&x=1&flag"))

    assert (scope["path"], scope["raw_path"], scope["query_string"]) == ("/a/b", b"/a%2Fb", b"x=2&x=1&flag")
    assert see_environ(digitalocean(""))["PATH_INFO"] == "/"


@pytest.mark.parametrize(
    ("body", "flag", "expected"), [("AP8=", True, b"\x00\xff"), ("AP8=", False, b"AP8="), ("é", False, "é".encode())]
)
def test_raw_body_has_a_flag(body: str, flag: bool, expected: bytes) -> None:
    """Whatever its type."""
    event = digitalocean(method="POST", body=body, is_base64=flag, headers={"content-type": "image/png"})

    assert see_environ(event)["body"] == expected


def test_body_that_does_not_decode_is_malformed() -> None:
    """A flag is a promise."""
    with pytest.raises(MalformedEvent):
        read_event(digitalocean(body="no base64!", is_base64=True), None)


def test_parsed_event() -> None:
    """Parameters are the query, or JSON again; older keys are none."""
    headers = {"content-type": "application/json"}
    older: dict[str, Any] = {
        "__ow_method": "post",
        "__ow_path": "/a",
        "__ow_headers": {"x-forwarded-proto": "https", **headers},
    }

    assert see_environ(digitalocean(query=None, q="a b"))["QUERY_STRING"] == "q=a%20b"
    assert see_environ(digitalocean(method="POST", query=None, headers=headers, n=1, **older))["body"] == b'{"n": 1}'


@pytest.mark.parametrize("place", ["http", "event"])
def test_body_of_a_parsed_event_may_be_in_two_places(place: str) -> None:
    """Which it is, is not documented."""
    event = digitalocean(method="POST", query=None, headers={"content-type": "text/plain"})
    if place == "http":
        event["http"]["body"] = "hi"
    else:
        event["__ow_body"] = "hi"

    assert see_environ(event)["body"] == b"hi"


def test_accept_encoding_is_hidden() -> None:
    """The platform writes gzip into it always, and could not send it."""
    assert "HTTP_ACCEPT_ENCODING" not in see_environ(digitalocean(headers={"accept-encoding": "gzip"}))


def test_result_is_openwhisks() -> None:
    """The one controller descends from the other."""
    from lambda_bridge.formats import openwhisk as ancestor

    response = Response(200, [("content-type", "application/json"), ("a", "1"), ("a", "2")], b"true")

    assert make_result(response, digitalocean()) == ancestor.make_result(response, openwhisk())


def test_made_event_is_as_documented() -> None:
    """Everything is below http when raw; parameters stand beside it otherwise."""
    request = Request("POST", "/a", query="x=1", body=b"\xff")

    event = make_event(request)

    assert list(event) == ["http"]
    assert sorted(event["http"]) == ["body", "headers", "isBase64Encoded", "method", "path", "queryString"]
    assert make_event(request, "web")["x"] == "1"
    assert sorted(make_event(request, "web")["http"]) == ["headers", "method", "path"]
