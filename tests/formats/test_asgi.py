"""Servers that speak ASGI themselves."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.formats.asgi import asgi_app, make_result, read_event, read_result
from lambda_bridge.messages import Response
from tests.builders import SAMPLES, event_of, read_sample, scope


def test_scope_of_hypercorn_in_a_pod_of_knative() -> None:
    """The sidecar that connects is on the same machine: scheme and client stand in what it passes on."""
    request = read_event(event_of("asgi", read_sample(SAMPLES / "asgi/hypercorn.json")), None)

    assert (request.path, request.raw_path) == ("/a/b c/é", b"/a%2Fb%20c/%C3%A9")
    assert (request.scheme, request.client) == ("https", None)
    assert request.headers.all("x-dup") == ["1", "2"]


def test_scope_of_uvicorn_with_a_root_path() -> None:
    """The path has the root_path, as the spec wants since 2.3; cookies that HTTP/2 has split are one header."""
    request = read_event(event_of("asgi", read_sample(SAMPLES / "asgi/uvicorn.json")), None)

    assert (request.root_path, request.path, request.raw_path) == ("/api", "/users", b"/users")
    assert request.headers.all("cookie") == ["a=1; b=2"]
    assert request.client == ("203.0.113.9", 0)


@pytest.mark.parametrize(
    ("path", "raw_path", "root_path", "expected"),
    [
        ("/a/b", b"/a%2Fb", "", ("", "/a/b", b"/a%2Fb")),
        ("/a/b", b"/a%2Fb?x=1", "", ("", "/a/b", b"/a%2Fb")),  # an older server's
        ("/a b", None, "", ("", "/a b", b"/a%20b")),
        ("/x", b"/rewritten", "", ("", "/x", b"/x")),
        ("/\ufffd", b"/%FF", "", ("", "/\udcff", b"/%FF")),
        ("/api/x", b"/api/x", "/api", ("/api", "/x", b"/x")),
        ("/api/x", b"/%61pi/x", "/api", ("/api", "/x", b"/x")),
        ("/api", b"/api", "/api", ("/api", "/", b"/")),
        ("/x", b"/x", "/api", ("/api", "/x", b"/x")),  # an older server's, without root_path
        ("/apix", b"/apix", "/api", ("/api", "/apix", b"/apix")),
        ("/x", b"/x", "/", ("", "/x", b"/x")),
        ("/api/x", b"/api/x", "/api/", ("/api", "/x", b"/x")),
        ("", b"", "/api", ("/api", "/", b"/")),
        ("*", b"*", "", ("", "/*", b"/*")),
    ],
)
def test_paths(path: str, raw_path: bytes | None, root_path: str, expected: tuple[str, str, bytes]) -> None:
    """Servers differ in whether the path has the root_path, and in what they call raw."""
    event = scope(path, root_path=root_path)
    event["raw_path"] = raw_path
    request = read_event(event, None)

    assert (request.root_path, request.path, request.raw_path) == expected


@pytest.mark.parametrize(
    ("server", "expected"),
    [
        (("127.0.0.1", 8000), ("127.0.0.1", 8000)),
        (("::1", 8000), ("::1", 8000)),
        (("/run/app.sock", None), ("localhost", 80)),
        (None, ("localhost", 80)),
    ],
)
def test_server_without_a_host_header(server: Any, expected: tuple[str, int]) -> None:
    """HTTP/1.0 has none; a unix socket has no port, and its name is no host's."""
    assert read_event(scope(headers=[], server=server), None).server == expected


def test_what_the_spec_lets_a_server_leave_out() -> None:
    """Client, server, scheme, root_path, raw_path and the query's string may be missing."""
    event = scope()
    for key in ("client", "server", "scheme", "root_path", "query_string"):
        del event[key]
    request = read_event(event, None)

    assert (request.scheme, request.client, request.query, request.root_path) == ("http", None, "", "")


def test_result_is_messages() -> None:
    """One for the head and one for the body, but for a body that comes in parts."""
    response = Response(200, [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("x-a", "Ã©")], b"abc")

    start, body = make_result(response, scope())

    assert start["headers"] == [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"x-a", "é".encode())]
    assert body == {"type": "http.response.body", "body": b"abc"}
    assert len(make_result(Response(200, chunks=iter([b"a"])), scope())) == 1  # type: ignore[arg-type]
    assert read_result([start, {**body, "body": b"ab"}, {**body, "body": b"c"}]) == response


def test_server_runs_the_app_of_the_handler() -> None:
    """`handler.asgi`."""
    handler = make_handler(lambda environ, start_response: [])

    assert asgi_app(handler, scope(), None) is handler.asgi
