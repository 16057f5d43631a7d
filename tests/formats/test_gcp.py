"""Google Cloud Run functions: what the framework's Flask hands over and does with the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flask
import pytest
from flask import Request as FlaskRequest
from werkzeug.test import create_environ

from lambda_bridge import make_handler
from lambda_bridge.formats.gcp import call, make_event, make_result, read_event, read_result
from lambda_bridge.messages import Request, Response
from lambda_bridge.recognize import recognize
from tests.builders import SAMPLES, environ, event_of, read_sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambda_bridge.handler import Handler


def request(path: str = "/", **others: Any) -> FlaskRequest:
    made: FlaskRequest = environ(path, format_name="gcp", **{"REMOTE_ADDR": "169.254.169.126", **others})
    return made


def through_the_framework(
    handler: Handler, method: str = "GET", path: str = "/", **more: Any
) -> tuple[str, Any, bytes]:
    """(status line, headers, body) as gunicorn gets them from Flask, which has called the handler."""
    framework = flask.Flask("framework")

    @framework.route("/", defaults={"path": ""}, methods=[method])
    @framework.route("/<path:path>", methods=[method])
    def run(path: str) -> Any:
        return handler(flask.request._get_current_object())  # type: ignore[attr-defined]

    started: list[Any] = []

    def start_response(*args: Any) -> Any:
        started.append(args[:2])

    chunks = framework.wsgi_app(create_environ(path, method=method, **more), start_response)
    body = b"".join(chunks)
    chunks.close()  # type: ignore[attr-defined]
    ((status, headers),) = started
    return status, headers, body


def answering(status: str, headers: list[tuple[str, str]], body: Any = b"") -> Handler:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(status, headers)
        return [body] if isinstance(body, bytes) else body

    return make_handler(app)


def test_request_of_the_framework() -> None:
    """RAW_URI has the path as the client sent it; scheme and client stand in what the front end adds."""
    event = event_of("gcp", read_sample(SAMPLES / "gcp/post.json"))
    seen = read_event(event, None)

    assert recognize((event,), {})[0] == "gcp"
    assert (seen.path, seen.raw_path, seen.query) == ("/a/b c/é", b"/a%2Fb%20c/%C3%A9", "x=1&x=2&e=")
    assert (seen.scheme, seen.server, seen.client) == ("https", ("orders-abcdefghij-ew.a.run.app", 443), None)
    assert (seen.headers.get("x-dup"), seen.body) == ("1,2", b"k=v1&k=v2")


def test_body_can_be_read_twice() -> None:
    """Flask keeps it, for whoever looks at the event."""
    event = request(body=b"abc", CONTENT_LENGTH="3")

    assert [read_event(event, None).body, event.get_data(), read_event(event, None).body] == [b"abc"] * 3


def test_two_slashes_stay() -> None:
    """Werkzeug's own path has lost one; the environ has not."""
    assert read_event(request("//a//b"), None).path == "//a//b"


def test_scheme_of_the_front_end_beats_the_connection() -> None:
    """Between it and the container there is no TLS; without it, on a developer's machine, the peer is the client."""
    local = read_event(request(REMOTE_ADDR="203.0.113.9"), None)

    assert read_event(request(HTTP_X_FORWARDED_PROTO="https"), None).scheme == "https"
    assert (local.scheme, local.client) == ("http", ("203.0.113.9", 0))


@pytest.mark.parametrize("status", ["200 OK", "302 Found", "404 Not Found"])
def test_content_type_is_the_apps_or_none(status: str) -> None:
    """Flask's own Response would say text/html."""
    line, headers, body = through_the_framework(answering(status, [("Location", "/a")], b"x"))

    assert (line.upper(), headers, body) == (status.upper(), [("location", "/a")], b"x")


def test_answer_to_head_keeps_the_length_of_the_body() -> None:
    """Flask's own Response would say 0."""
    handler = answering("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")], b"hello")

    _, headers, body = through_the_framework(handler, "HEAD")

    assert (headers, body) == ([("content-type", "text/plain"), ("content-length", "5")], b"")


def test_answer_304_keeps_its_headers() -> None:
    """Flask's own Response would drop Last-Modified, and others that a cache wants to know."""
    told = [("etag", '"x"'), ("last-modified", "Wed, 21 Oct 2026 07:28:00 GMT"), ("cache-control", "no-cache")]

    line, headers, _ = through_the_framework(answering("304 Not Modified", told))

    assert (line[:3], headers) == ("304", told)


def test_location_stays_as_it_is() -> None:
    """Flask's own Response would take its bytes for characters, and encode them again."""
    location = "/é?x=%7e".encode().decode("latin-1")

    assert through_the_framework(answering("303 See Other", [("Location", location)]))[1] == [("location", location)]


def test_cookies_are_lines_of_their_own() -> None:
    """As every other repeated header is."""
    told = [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("x-a", "1"), ("x-a", "2")]

    assert through_the_framework(answering("200 OK", told))[1] == told


def test_parts_go_out_as_they_come() -> None:
    """And the app is told when the last has gone, or the client."""
    log: list[str] = []

    class Parts:
        def __iter__(self) -> Any:
            for part in (b"one ", b"two"):
                log.append(part.decode())
                yield part

        def close(self) -> None:
            log.append("closed")

    result = call(answering("200 OK", [("Content-Type", "text/plain")], Parts()), request(), None)
    seen = list(log)

    assert (seen, read_result(result).body, log) == (["one "], b"one two", ["one ", "two", "closed"])


def test_upload_through_the_framework() -> None:
    """Bytes arrive as they were."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    body = bytes(range(256))

    assert through_the_framework(make_handler(app), "POST", data=body)[2] == body


def test_made_event_has_what_the_front_end_adds() -> None:
    """Client and scheme, where the request has not."""
    event = make_event(Request("GET", "/", scheme="https", client=("203.0.113.9", 0)))

    assert isinstance(event, FlaskRequest)
    assert event.headers["X-Forwarded-For"] == "203.0.113.9"
    assert (event.headers["X-Forwarded-Proto"], event.scheme) == ("https", "http")


def test_result_is_a_flask_response() -> None:
    """The framework passes it on without a look."""
    result = make_result(Response(200, [("x-a", "1")], b"abc"), request())

    assert isinstance(result, flask.Response)
    assert read_result(result) == Response(200, [("x-a", "1")], b"abc")
