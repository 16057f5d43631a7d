"""Servers that speak WSGI themselves: their environs differ."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.formats.wsgi import call, make_event, make_result, read_event, read_result
from lambda_bridge.messages import Request, Response
from tests.builders import SAMPLES, environ, event_of, read_sample


def test_environ_of_tornado() -> None:
    """OpenLambda's server: nothing has the path as it was sent, and 0.0.0.0 stands for a unix socket."""
    request = read_event(event_of("wsgi", read_sample(SAMPLES / "wsgi/tornado.json")), None)

    assert (request.path, request.raw_path) == ("/a/b//c 你", b"/a/b//c%20%E4%BD%A0")
    assert (request.query, request.body) == ("x=1&x=%7e", b"k=v")
    assert (request.server, request.client) == (("ol.example.com", 5000), None)
    assert request.headers.get("x-dup") == "1,2"


def test_environ_of_gunicorn() -> None:
    """RAW_URI has the path as the client sent it, below SCRIPT_NAME, and the query."""
    request = read_event(event_of("wsgi", read_sample(SAMPLES / "wsgi/gunicorn.json")), None)

    assert (request.root_path, request.path, request.raw_path) == ("/api", "/a/b c", b"/a%2Fb%20c")
    assert (request.scheme, request.server, request.client) == ("https", ("www.example.com", 443), None)


@pytest.mark.parametrize("key", ["RAW_URI", "REQUEST_URI"])
@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/a%2Fb?x=/y", b"/a%2Fb"),
        ("/%61/b", b"/%61/b"),
        ("/elsewhere", b"/a/b"),  # rewritten since
        ("http://www.example.com/a%2Fb", b"/a/b"),
        ("", b"/a/b"),
        (None, b"/a/b"),
        (7, b"/a/b"),
    ],
)
def test_raw_path_is_the_one_that_means_the_same(key: str, target: Any, expected: bytes) -> None:
    """What a server calls so may be something else: what decodes to another path is not taken."""
    request = read_event(environ("/a/b", **{key: target}), None)

    assert (request.path, request.raw_path) == ("/a/b", expected)


def test_bytes_of_a_path_that_are_no_utf_8_survive() -> None:
    """PATH_INFO is native: one character a byte."""
    assert read_event(environ("/\xff/\xc3\xa9"), None).raw_path == b"/%FF/%C3%A9"


@pytest.mark.parametrize(
    ("script_name", "path_info", "root_path", "path", "raw_path"),
    [
        ("/api", "", "/api", "/", b"/"),
        ("/api", "/", "/api", "/", b"/"),
        ("/api/", "/x", "/api", "/x", b"/x"),
        ("/", "/x", "", "/x", b"/x"),
        ("", "", "", "/", b"/"),
        ("", "*", "", "/*", b"/*"),
    ],
)
def test_mount_points(script_name: str, path_info: str, root_path: str, path: str, raw_path: bytes) -> None:
    """SCRIPT_NAME ends without a slash and a path begins with one, whatever the server says."""
    raw = script_name.rstrip("/") + path_info
    request = read_event(environ(path_info, SCRIPT_NAME=script_name, RAW_URI=raw), None)

    assert (request.root_path, request.path, request.raw_path) == (root_path, path, raw_path)


def test_content_headers_that_are_there_twice_or_empty() -> None:
    """Some servers have HTTP_CONTENT_TYPE besides CONTENT_TYPE, or an empty one where there is none."""
    twice = environ(
        CONTENT_TYPE="a/b", HTTP_CONTENT_TYPE="c/d", CONTENT_LENGTH="3", HTTP_CONTENT_LENGTH="4", body=b"abc"
    )
    empty = environ(CONTENT_TYPE="", CONTENT_LENGTH="")

    assert [pair for pair in read_event(twice, None).headers if pair[0].startswith("content-")] == [
        ("content-type", "a/b"),
        ("content-length", "3"),
    ]
    assert list(read_event(empty, None).headers) == [("host", "www.example.com")]


@pytest.mark.parametrize(
    ("peer", "client", "scheme"),
    [
        ("127.0.0.1", None, "https"),
        ("::1", None, "https"),
        ("", None, "https"),
        ("0.0.0.0", None, "https"),
        ("203.0.113.7", ("203.0.113.7", 0), "http"),
    ],
)
def test_forwarded_headers_count_from_this_machine_only(peer: str, client: Any, scheme: str) -> None:
    """Anybody else who connects could write what he likes into them."""
    event = environ(REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR="198.51.100.7", HTTP_X_FORWARDED_PROTO="https")
    request = read_event(event, None)

    assert (request.client, request.scheme) == (client, scheme)


@pytest.mark.parametrize(
    ("name", "port", "expected"),
    [
        ("srv.example.com", "8000", ("srv.example.com", 8000)),
        ("::1", "8000", ("::1", 8000)),
        ("[::1]", "8000", ("::1", 8000)),
        ("/run/app.sock", "", ("/run/app.sock", 80)),
        ("", "", ("localhost", 80)),
    ],
)
def test_server_without_a_host_header(name: str, port: str, expected: tuple[str, int]) -> None:
    """HTTP/1.0 has none: the server's own name counts, with brackets or without."""
    event = environ(SERVER_NAME=name, SERVER_PORT=port)
    del event["HTTP_HOST"]

    assert read_event(event, None).server == expected


@pytest.mark.parametrize(
    ("status", "line"), [(200, "200 OK"), (304, "304 Not Modified"), (599, "599 Unknown"), (299, "299 Unknown")]
)
def test_status_has_a_phrase(status: int, line: str) -> None:
    """PEP 3333 wants a code, a space and a phrase, also for a code that has none."""
    assert make_result(Response(status), environ())[0] == line


def test_call_is_a_servers() -> None:
    """It starts the response, joins the parts, and closes what it was given."""
    closed = []

    class Parts:
        def __iter__(self) -> Any:
            return iter([b"a", b"", b"b"])

        def close(self) -> None:
            closed.append(True)

    def app(given: dict[str, Any], start_response: Any) -> Any:
        start_response("404 Not Found", [("X-A", "1"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return Parts()

    result = call(make_handler(app).wsgi, environ(), None)

    assert read_result(result) == Response(404, [("x-a", "1"), ("set-cookie", "a=1"), ("set-cookie", "b=2")], b"ab")
    assert closed == [True]


def test_made_environ_is_one_of_a_server() -> None:
    """With the keys that PEP 3333 wants, and a body that can be read."""
    made = make_event(Request("POST", "/é", body=b"abc", client=("203.0.113.9", 40404)))

    assert isinstance(made["wsgi.input"], BytesIO)
    assert (made["PATH_INFO"], made["REQUEST_URI"]) == ("/Ã©", "/%C3%A9")
    assert (made["REMOTE_ADDR"], made["REMOTE_PORT"]) == ("203.0.113.9", "40404")
