"""Scaleway Functions."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.formats.scaleway import make_event, make_result, read_event, read_result
from lambda_bridge.messages import Request, Response
from tests.builders import read_sample, sample_paths, scaleway
from tests.checkers import see_environ, see_scope


@pytest.mark.parametrize("body", ["abcd", "", "YT0x", "order=7"])
@pytest.mark.parametrize("flag", [True, False, None])
def test_body_is_never_decoded(body: str, flag: Any) -> None:
    """The flag says that a body could be decoded, which is true of many a text."""
    assert see_environ(scaleway(method="POST", body=body, isBase64Encoded=flag))["body"] == body.encode()


def test_path_is_decoded_already() -> None:
    """A percent sign in it is the client's own."""
    scope = see_scope(scaleway("/100%25/a b/café"))

    assert scope["path"] == "/100%25/a b/café"
    assert scope["raw_path"] == b"/100%2525/a%20b/caf%C3%A9"


def test_without_a_host_the_server_has_no_name() -> None:
    """The runtime has no Host header; the vendor's emulation has."""
    assert see_scope(scaleway())["server"] == ("localhost", 443)
    assert see_scope(scaleway(headers={"Host": "orders.example.com"}))["server"] == ("orders.example.com", 443)


def test_emulators_event() -> None:
    """The vendor's emulation spells stageVariable, and serves http."""
    (path,) = [path for path in sample_paths("scaleway") if path.stem == "emulator"]

    environ = see_environ(read_sample(path))

    assert (environ["wsgi.url_scheme"], environ["SERVER_PORT"], environ["body"]) == ("http", "8080", b"order=7")


def test_client_is_the_last_forwarded_address() -> None:
    """There is no other: what stands before it, anybody can write."""
    event = scaleway(headers={"X-Forwarded-For": "198.51.100.9, 203.0.113.9"})

    assert read_event(event, None).client is None
    assert see_environ(event)["REMOTE_ADDR"] == "203.0.113.9"


@pytest.mark.parametrize("key", ["headers", "queryStringParameters", "body"])
def test_null_keys(key: str) -> None:
    """A key that is null is as if it were empty."""
    assert see_environ({**scaleway("/x"), key: None})["PATH_INFO"] == "/x"


def test_result_has_a_list_for_cookies_only() -> None:
    """A list makes the older runtime send the whole result: where one value can say it, there is none."""
    pairs = [("vary", "a"), ("set-cookie", "a=1"), ("vary", "b"), ("set-cookie", "b=2"), ("content-type", "text/plain")]

    result = make_result(Response(200, pairs, b"hi"), scaleway())

    assert result == {
        "statusCode": 200,
        "headers": {"Vary": "a,b", "Set-Cookie": ["a=1", "b=2"], "Content-Type": "text/plain"},
        "body": "hi",
        "isBase64Encoded": False,
    }
    assert make_result(Response(200, pairs[:2]), scaleway())["headers"] == {"Vary": "a", "Set-Cookie": "a=1"}


@pytest.mark.parametrize(("result", "text"), [({"a": 1}, '{"a": 1}'), ("text", "text"), ([1], "[1]")])
def test_result_without_a_status_is_the_body(result: Any, text: str) -> None:
    """A result that is none is no error here: the client sees it."""
    assert (200, text.encode()) == (read_result(result).status, read_result(result).body)


def test_null_is_refused() -> None:
    """The connection ends without an answer."""
    with pytest.raises(RefusedResult):
        read_result(None)


@pytest.mark.parametrize(("body", "flagged"), [(b"", True), (b"abcd", True), (b"order=7", False), (b"abc", False)])
def test_made_event_is_flagged_as_the_real_one(body: bytes, flagged: bool) -> None:
    """What could be base64 is flagged, and is not."""
    event = make_event(Request("POST", "/", body=body))

    assert (event["body"], "isBase64Encoded" in event) == (body.decode(), flagged)


def test_made_event_carries_text_only() -> None:
    """The platform breaks bytes: they are refused with 415."""
    with pytest.raises(MalformedEvent) as caught:
        make_event(Request("POST", "/", body=b"\xff"))

    assert caught.value.status == 415


def test_made_event_has_the_keys_of_the_real_one() -> None:
    """The runtime's own, and no more."""
    (path,) = [path for path in sample_paths("scaleway") if path.stem == "flagged_empty_body"]
    sample = read_sample(path)

    event = make_event(Request("GET", "/"))

    assert sample.keys() == event.keys()
    assert sample["requestContext"].keys() == event["requestContext"].keys()
