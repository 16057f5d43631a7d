"""VPC Lattice, in both versions and both readings of its guide."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats.aws_lattice import make_event, make_result, read_event, read_result
from lambda_bridge.messages import Request, Response
from tests.builders import aws_lattice, aws_lattice_v1
from tests.checkers import see_environ, see_scope


@pytest.mark.parametrize(
    "event",
    [
        aws_lattice(headers={"host": ["svc.example.com"], "x-tag": ["a", "b"]}),
        aws_lattice(headers={"host": "svc.example.com", "x-tag": "a,b"}),  # type: ignore[dict-item]
        aws_lattice_v1(headers={"host": "svc.example.com", "x-tag": "a,b"}),
    ],
    ids=["lists", "text", "v1"],
)
def test_headers_as_lists_and_as_text(event: dict[str, Any]) -> None:
    """Version 2 has lists, version 1 text, and published events of version 2 text as well."""
    environ = see_environ(event)

    assert (environ["SERVER_NAME"], environ["HTTP_X_TAG"]) == ("svc.example.com", "a,b")


@pytest.mark.parametrize(
    ("event", "query"),
    [
        (aws_lattice("/a?q=a%2Bb&q=x&flag"), "q=a%2Bb&q=x&flag"),
        (aws_lattice("/a?q=1", queryStringParameters={"q": ["2"]}), "q=1"),
        (aws_lattice("/a", queryStringParameters={"q": ["a b", "x"]}), "q=a%20b&q=x"),
        (aws_lattice("/a", query_string_parameters={"q": "1"}), "q=1"),
        (aws_lattice("/a?", queryStringParameters={"q": ["2"]}), ""),
        (aws_lattice("/a"), ""),
        (aws_lattice_v1("/a?q=a%2Bb"), "q=a%2Bb"),
        (aws_lattice_v1("/a", query_string_parameters={"q": "a b"}), "q=a%20b"),
    ],
)
def test_query_in_the_path_or_in_the_map(event: dict[str, Any], query: str) -> None:
    """What stands in the path is what the client sent; else the map is encoded."""
    request = read_event(event, None)

    assert (request.path, request.query) == ("/a", query)


def test_flag_may_be_missing() -> None:
    """Version 2 leaves the flag out where the body is text."""
    assert see_environ(aws_lattice(method="POST", body="hé"))["body"] == "hé".encode()


@pytest.mark.parametrize(
    "event", [aws_lattice(body="AAEC", isBase64Encoded=True), aws_lattice_v1(body="AAEC", is_base64_encoded=True)]
)
def test_flag_in_both_spellings(event: dict[str, Any]) -> None:
    """Version 1 writes its keys in snake case."""
    assert see_environ(event)["body"] == b"\x00\x01\x02"


def test_client_is_the_forwarded_one() -> None:
    """Lattice gives an address in x-forwarded-for only."""
    event = aws_lattice(headers={"host": ["h"], "x-forwarded-for": ["6.6.6.6, 10.0.3.17"]})

    assert see_scope(event)["client"] == ("10.0.3.17", 0)


def test_missing_path_is_a_slash() -> None:
    """Without a path the app sees the root."""
    assert read_event(aws_lattice(path=""), None).path == "/"


def test_result_keeps_cookies_apart() -> None:
    """One cookie is text, several are a list, other repeats are joined."""
    one = make_result(Response(200, [("set-cookie", "a=1"), ("vary", "a"), ("vary", "b")]), aws_lattice())
    two = make_result(Response(200, [("set-cookie", "a=1"), ("set-cookie", "b=2")]), aws_lattice())

    assert one["headers"] == {"set-cookie": "a=1", "vary": "a,b"}
    assert two["headers"] == {"set-cookie": ["a=1", "b=2"]}
    assert sorted(one) == ["body", "headers", "isBase64Encoded", "statusCode"]


@pytest.mark.parametrize(
    "result", [None, {}, {"statusCode": 200}, {"headers": {}}, {"statusCode": 200, "headers": None}]
)
def test_what_is_refused(result: Any) -> None:
    """Status and headers are required by the guide."""
    with pytest.raises(RefusedResult):
        read_result(result)


def test_made_events() -> None:
    """Version 2 has lists and a context, version 1 joined text and none."""
    request = Request("GET", "/a b", b"/a%20b", "q=1", [("x", "1"), ("x", "2")])

    v2, v1 = make_event(request), make_event(request, "v1")

    assert (v2["path"], v2["headers"]["x"], "requestContext" in v2) == ("/a%20b?q=1", ["1", "2"], True)
    assert (v1["raw_path"], v1["headers"]["x"], "requestContext" in v1) == ("/a%20b?q=1", "1, 2", False)
