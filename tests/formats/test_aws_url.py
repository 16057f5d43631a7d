"""Lambda function URLs: payload 2.0 with a path that is as sent."""

from __future__ import annotations

import pytest

from lambda_bridge.formats.aws_url import make_event, read_event
from lambda_bridge.messages import Request
from lambda_bridge.recognize import recognize
from tests.builders import aws_url
from tests.checkers import see_environ, see_scope


@pytest.mark.parametrize(
    ("raw_path", "path"),
    [("/a%2520b", "/a%20b"), ("/caf%C3%A9", "/café"), ("/a%2Fb", "/a/b"), ("/pa2%Fth/1", "/pa2%Fth/1"), ("/%", "/%")],
)
def test_path_is_decoded_once(raw_path: str, path: str) -> None:
    """rawPath is what the client sent, in spite of the HTTP API's field of that name."""
    environ, scope = see_environ(aws_url(raw_path)), see_scope(aws_url(raw_path))

    assert environ["PATH_INFO"].encode("latin-1").decode() == path == scope["path"]


def test_raw_path_is_as_sent() -> None:
    """Valid escapes stay as they are, in their own case; a stray percent sign is encoded."""
    assert read_event(aws_url("/a%2fB%2F%C3%A9%zz"), None).raw_path == b"/a%2fB%2F%C3%A9%25zz"


def test_plus_in_the_query() -> None:
    """A plus sign in the query stays one."""
    assert see_environ(aws_url(query="a=b+c&d=%2B"))["QUERY_STRING"] == "a=b+c&d=%2B"


def test_cookies_in_both_places_are_seen_once() -> None:
    """A function URL sends cookies as a list and as a header."""
    event = aws_url(headers={"cookie": "a=1; b=2"}, cookies=["a=1", "b=2"])

    assert see_environ(event)["HTTP_COOKIE"] == "a=1; b=2"
    assert [value for name, value in see_scope(event)["headers"] if name == b"cookie"] == [b"a=1; b=2"]


def test_there_is_no_stage() -> None:
    """Whatever the path, nothing of it is a stage."""
    environ = see_environ(aws_url("/$default/a"))

    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("", "/$default/a")


def test_made_event_is_decoded_in_the_context_only() -> None:
    """rawPath is encoded and requestContext.http.path decoded, as recorded."""
    event = make_event(Request("GET", "/a b", b"/a%20b", headers=[("cookie", "a=1")]))

    assert (event["rawPath"], event["requestContext"]["http"]["path"]) == ("/a%20b", "/a b")
    assert (event["cookies"], event["headers"]["cookie"]) == (["a=1"], "a=1")
    assert recognize((event, None), {})[0] == "aws_url"
