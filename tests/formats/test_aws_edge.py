"""Lambda@Edge: requests of viewers and to origins, answered by the function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.errors import MalformedEvent, RefusedResult, UnknownEvent
from lambda_bridge.formats.aws_edge import make_event, make_result, max_result, read_event, read_result
from lambda_bridge.messages import Request, Response
from lambda_bridge.recognize import recognize
from lambda_bridge.testing import Client
from tests.builders import aws_edge
from tests.checkers import see_environ, see_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambda_bridge.handler import Handler


def test_uri_is_as_sent() -> None:
    """The path is decoded once for the app; raw_path stays."""
    environ, scope = see_environ(aws_edge("/a%20b")), see_scope(aws_edge("/a%20b"))

    assert (environ["PATH_INFO"], scope["raw_path"]) == ("/a b", b"/a%20b")


def test_query_is_as_sent() -> None:
    """The query is the client's own."""
    assert see_environ(aws_edge(query="b=1&a=+&flag"))["QUERY_STRING"] == "b=1&a=+&flag"


def test_every_value_of_a_header_arrives() -> None:
    """Header lists keep all values; cookies are joined as HTTP/2 wants it."""
    event = aws_edge(headers={"X-Tag": ["a", "b"], "Cookie": ["a=1; b=2", "c=3"]})

    environ, scope = see_environ(event), see_scope(event)

    assert (environ["HTTP_X_TAG"], environ["HTTP_COOKIE"]) == ("a,b", "a=1; b=2; c=3")
    assert [value for name, value in scope["headers"] if name == b"x-tag"] == [b"a", b"b"]


def test_no_body_for_get() -> None:
    """Without "include body" there is no body in the event."""
    assert see_environ(aws_edge())["body"] == b""


@pytest.mark.parametrize(
    "body", [{"data": "aMOp", "encoding": "base64"}, {"data": "hé", "encoding": "text"}], ids=["base64", "text"]
)
def test_body_in_both_encodings(body: dict[str, str]) -> None:
    """The encoding stands beside the data."""
    assert see_environ(aws_edge(method="POST", body=body))["body"] == "hé".encode()


def test_cut_body_is_refused(handler_for: Callable[..., Handler]) -> None:
    """CloudFront cuts large bodies without an error: the client gets 413, the app no short body."""
    event = aws_edge(method="POST", body={"data": "aGk=", "inputTruncated": True})
    handler = handler_for(hello)

    assert handler(event, None)["status"] == "413"
    with pytest.raises(MalformedEvent, match="40 KB"):
        read_event(event, None)


@pytest.mark.parametrize(("variant", "limit"), [("viewer-request", 40 * 1024), ("origin-request", 1024 * 1024)])
def test_made_event_is_cut_as_by_cloudfront(variant: str, limit: int) -> None:
    """A body over the limit of its trigger is cut and says so, in tests too."""
    whole, cut = (make_event(Request("POST", "/", body=b"a" * size), variant) for size in (limit, limit + 1))

    assert read_event(whole, None).body == b"a" * limit
    with pytest.raises(MalformedEvent):
        read_event(cut, None)


@pytest.mark.parametrize(
    ("headers", "scheme"),
    [
        ({}, "https"),
        ({"CloudFront-Forwarded-Proto": ["http"]}, "http"),
        ({"X-Forwarded-Proto": ["http"]}, "https"),
    ],
)
def test_scheme_is_cloudfronts_word(headers: dict[str, list[str]], scheme: str) -> None:
    """https, unless a policy forwards CloudFront's own header; nobody else's is believed."""
    assert scheme == see_environ(aws_edge(headers=headers))["wsgi.url_scheme"]


@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8::9"])
def test_client(address: str) -> None:
    """The viewer's address is CloudFront's word."""
    event = aws_edge(headers={"X-Forwarded-For": ["6.6.6.6"]})
    event["Records"][0]["cf"]["request"]["clientIp"] = address

    assert see_scope(event)["client"] == (address, 0)


def hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]


def test_result_has_the_shape_of_a_generated_response() -> None:
    """The status is text, headers are lists, the body has its encoding, and nothing is called base64 twice."""
    response = Response(200, [("content-type", "text/html"), ("set-cookie", "a=1"), ("set-cookie", "b=2")], b"hi")

    result = make_result(response, aws_edge())

    assert result == {
        "status": "200",
        "headers": {
            "content-type": [{"key": "Content-Type", "value": "text/html"}],
            "set-cookie": [{"key": "Set-Cookie", "value": "a=1"}, {"key": "Set-Cookie", "value": "b=2"}],
        },
        "body": "hi",
        "bodyEncoding": "text",
    }


def test_binary_body() -> None:
    """Bytes travel as base64."""
    result = make_result(Response(200, [("content-type", "image/png")], b"\xff"), aws_edge())

    assert (result["body"], result["bodyEncoding"]) == ("/w==", "base64")


def test_no_content_has_no_body_key() -> None:
    """A 204 with a body, even an empty one, is a 502."""
    assert make_result(Response(204), aws_edge()) == {"status": "204", "headers": {}}


def test_headers_that_make_cloudfront_fail_are_dropped() -> None:
    """Disallowed and read-only headers make the real one answer 502, so they stay behind."""
    names = ["content-length", "connection", "via", "x-edge-location", "x-amz-cf-id", "x-cache", "transfer-encoding"]

    result = make_result(Response(200, [(name, "x") for name in [*names, "x-kept"]], b""), aws_edge())

    assert list(result["headers"]) == ["x-kept"]


@pytest.mark.parametrize(
    "result",
    [
        None,
        {},
        {"status": 200},
        {"status": "OK"},
        {"status": "204", "body": ""},
        {"status": "200", "headers": {"content-length": [{"value": "5"}]}},
        {"status": "200", "headers": {"x-edge-a": [{"key": "X-Edge-A", "value": "5"}]}},
        {"status": "200", "body": "%", "bodyEncoding": "base64"},
    ],
)
def test_what_cloudfront_refuses(result: Any) -> None:
    """What becomes a 502 is refused."""
    with pytest.raises(RefusedResult):
        read_result(result)


def test_only_a_status_is_needed() -> None:
    """A key in a header entry, headers and the body may be missing."""
    assert Response(200, [("a", "b")]) == read_result({"status": "200", "headers": {"a": [{"value": "b"}]}})
    assert Response(200, []) == read_result({"status": "200"})


@pytest.mark.parametrize(
    ("kind", "limit"), [("viewer-request", 40 * 1024), ("origin-request", 1024 * 1024), (None, 40 * 1024)]
)
def test_limit_of_the_trigger(kind: str, limit: int) -> None:
    """A viewer gets 40 KB, an origin request 1 MB; where nothing says which, the smaller one holds."""
    assert limit == max_result(aws_edge(kind=kind))


def test_too_large_a_response_is_an_error_of_ours(handler_for: Callable[..., Handler]) -> None:
    """Over the limit the client gets a plain 500, not CloudFront's 502."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"a" * 41_000]

    handler = handler_for(app)

    assert Client(handler, "aws_edge").get("/").status == 500
    assert Client(handler, "aws_edge:origin-request").get("/").status == 200


@pytest.mark.parametrize("kind", ["viewer-response", "origin-response"])
def test_responses_of_others_are_no_requests(kind: str) -> None:
    """Triggers that carry a response are never routed to the app."""
    event = aws_edge(kind=kind)
    event["Records"][0]["cf"]["response"] = {"status": "200", "headers": {}}

    with pytest.raises(UnknownEvent):
        recognize((event, None), {})
