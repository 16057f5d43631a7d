from __future__ import annotations

import asyncio
import io
import json
import logging
import sys
import threading
from typing import TYPE_CHECKING, Any, Optional
from wsgiref.validate import validator

import pytest

from lambda_bridge.apps.wsgi import call, make_environ
from lambda_bridge.errors import InvalidResponse, NoResponse
from lambda_bridge.messages import Request, Response
from lambda_bridge.testing import FORMATS, Client, make_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType

    ExcInfo = Optional[tuple[type[BaseException], BaseException, TracebackType]]

PLAIN = [("Content-Type", "text/plain")]


class Body:
    """An iterable body that counts how often it is closed, and can fail after some parts."""

    def __init__(self, *parts: Any, error: BaseException | None = None) -> None:
        self.parts = parts
        self.error = error
        self.closed = 0

    def __iter__(self) -> Iterator[Any]:
        yield from self.parts
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        self.closed += 1


def answer(body: Any, status: Any = "200 OK", headers: Any = PLAIN) -> Response:
    """The response of an app that answers so."""

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response(status, headers)
        return body

    return call(app, {})


def failure() -> Any:
    """What sys.exc_info gives in an app's except clause."""
    try:
        raise ValueError("the first attempt")
    except ValueError:
        return sys.exc_info()


# --- environ


def test_environ_has_what_the_spec_wants() -> None:
    """Each key of PEP 3333 and of CGI, as native strings."""
    request = Request(
        "POST",
        "/a b",
        b"/a%20b",
        "q=%20",
        [("host", "h:81"), ("content-type", "text/plain"), ("content-length", "4"), ("x-a", "1")],
        b"body",
        "http",
        ("h", 81),
        ("203.0.113.9", 5),
        "/dev",
    )
    environ = make_environ(request)
    assert b"body" == environ.pop("wsgi.input").read()
    assert {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "/dev",
        "PATH_INFO": "/a b",
        "QUERY_STRING": "q=%20",
        "REMOTE_ADDR": "203.0.113.9",
        "SERVER_NAME": "h",
        "SERVER_PORT": "81",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": "4",
        "HTTP_HOST": "h:81",
        "HTTP_X_A": "1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    } == environ


@pytest.mark.parametrize(
    ("expected", "path"),
    [
        ("/caf\xc3\xa9", "/café"),
        ("/\xe6\x97\xa5", "/日"),
        ("/\xff", "/\udcff"),
        ("/\xf0\x9f\x92\x8c", "/💌"),
        ("/", "/"),
    ],
)
def test_path_is_its_bytes_as_latin_1(expected: str, path: str) -> None:
    """PEP 3333's native strings: each character is one byte of the path, also where it is no UTF-8."""
    environ = make_environ(Request("GET", path, root_path=path if path != "/" else ""))
    assert (expected, expected if path != "/" else "") == (environ["PATH_INFO"], environ["SCRIPT_NAME"])


@pytest.mark.parametrize(
    ("expected", "headers"),
    [
        ({"HTTP_X_A": "1,2"}, [("x-a", "1"), ("x-a", "2")]),
        ({}, [("x_a", "1")]),
        ({"HTTP_X_A": "1"}, [("x-a", "1"), ("x_a", "2")]),
        ({"HTTP_X_A": "1"}, [("x_a", "2"), ("x-a", "1")]),
        ({"CONTENT_TYPE": "a/b"}, [("content-type", "a/b")]),
        ({}, [("content_type", "a/b"), ("content_length", "999")]),
        ({"HTTP_CAF": "caf\xc3\xa9"}, [("caf", "caf\xc3\xa9")]),
        ({}, []),
    ],
)
def test_headers_become_keys(expected: dict[str, str], headers: list[tuple[str, str]]) -> None:
    """Repeats are joined; a name with an underscore could pass for another one, so it is dropped."""
    environ = make_environ(Request("GET", "/", headers=headers))
    assert expected == {key: value for key, value in environ.items() if key.startswith(("HTTP_", "CONTENT_TYPE"))}
    assert "0" == environ["CONTENT_LENGTH"]


def test_many_kinds_of_headers_are_remembered_within_bounds() -> None:
    """Names come from strangers: what is remembered about them stays right after many."""
    for number in range(1200):
        assert "x" == make_environ(Request("GET", "/", headers=[(f"x-{number}", "x")]))[f"HTTP_X_{number}"]


def test_ipv6_server_and_unknown_client() -> None:
    """RFC 3875 section 4.1.14 wants brackets; an unknown client is an empty string, as validators want a str."""
    environ = make_environ(Request("GET", "/", server=("2001:db8::1", 8443)))
    assert ("[2001:db8::1]", "8443", "") == (environ["SERVER_NAME"], environ["SERVER_PORT"], environ["REMOTE_ADDR"])


@pytest.mark.parametrize(
    ("expected", "read"),
    [
        (b"one\ntwo\nthree", lambda stream: stream.read()),
        (b"one\ntwo\nthree", lambda stream: stream.read(-1)),
        (b"one", lambda stream: stream.read(3)),
        (b"one\n", lambda stream: stream.readline()),
        (b"on", lambda stream: stream.readline(2)),
        (b"one\n", lambda stream: stream.readline(10)),
        ([b"one\n", b"two\n", b"three"], lambda stream: stream.readlines()),
        ([b"one\n"], lambda stream: stream.readlines(2)),
        ([b"one\n", b"two\n", b"three"], list),
        (
            (b"one\ntwo\nthree", b"", b"", []),
            lambda stream: (stream.read(), stream.read(), stream.readline(), list(stream)),
        ),
        ((b"", b"one"), lambda stream: (stream.read(0), stream.read(3))),
    ],
)
def test_input_reads_as_a_file(expected: Any, read: Callable[[Any], Any]) -> None:
    """Every method of the spec, and an end that stays the end."""
    assert expected == read(make_environ(Request("POST", "/", body=b"one\ntwo\nthree"))["wsgi.input"])


def test_errors_stream_takes_text(capsys: pytest.CaptureFixture[str]) -> None:
    """What an app writes there is on standard error, where every platform collects logs."""
    errors = make_environ(Request("GET", "/"))["wsgi.errors"]
    errors.write("one é\n")
    errors.writelines(["two\n", "three\n"])
    errors.flush()
    assert "one é\ntwo\nthree\n" == capsys.readouterr().err


# --- start_response


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        (b"ab", [b"a", b"b"]),
        (b"", []),
        (b"", [b""]),
        (b"ab", (b"a", b"", b"b")),
        (b"ab", iter([b"a", b"b"])),
        (b"ab", (part for part in [b"a", b"b"])),
        (b"ab", io.BytesIO(b"ab")),
        (b"ab", {b"a": 1, b"b": 2}),
        (b"a\nb", io.BytesIO(b"a\nb")),
    ],
)
def test_body_is_any_iterable_of_bytes(expected: bytes, body: Any) -> None:
    """Lists, generators and files are put together."""
    assert Response(200, [("content-type", "text/plain")], expected) == answer(body)


def test_generator_may_start_the_response_late() -> None:
    """PEP 3333: start_response must have been called before the first part that is not empty."""

    def app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        yield b""
        start_response("201 Created", PLAIN)
        yield b"made"

    assert Response(201, [("content-type", "text/plain")], b"made") == call(app, {})


def test_write_comes_before_the_iterable() -> None:
    """The older way of answering goes together with the newer one."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        write = start_response("200 OK", PLAIN)
        write(b"a")
        write(b"b")
        return [b"c"]

    assert b"abc" == call(app, {}).body


def test_app_may_change_its_mind_before_output() -> None:
    """With exc_info the second start_response wins, and nothing of the first is left."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [*PLAIN, ("Set-Cookie", "a=1")])
        start_response("500 Oops", [("X-New", "1")], failure())
        return [b"err"]

    assert Response(500, [("x-new", "1")], b"err") == call(app, {})


def test_empty_output_is_no_output() -> None:
    """PEP 3333: headers go out with the first part that is not empty, so until then they can be replaced."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", PLAIN)(b"")
        start_response("500 Oops", [("X-New", "1")], failure())
        return [b"err"]

    assert 500 == call(app, {}).status


@pytest.mark.parametrize("through_write", [True, False])
def test_change_of_mind_after_output_raises_the_error_again(through_write: bool) -> None:
    """What was sent cannot be taken back: the app's own error goes on its way."""

    def app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        write = start_response("200 OK", PLAIN)
        if through_write:
            write(b"a")
        else:
            yield b"a"
        start_response("500 Oops", [], failure())
        yield b"never"

    with pytest.raises(ValueError, match="the first attempt") as caught:
        call(app, {})
    assert "failure" == caught.traceback[-1].name


def test_app_hears_of_a_head_that_must_not_be_sent_while_it_can_answer_otherwise() -> None:
    """PEP 3333: servers should check for errors in the headers at the time start_response is called."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        try:
            start_response("200 OK", [("X-A", "1\r\nSet-Cookie: a=1")])
        except InvalidResponse:
            start_response("500 Oops", PLAIN)
        return [b"err"]

    assert (500, b"err") == (call(app, {}).status, call(app, {}).body)


def test_second_start_response_without_exc_info_is_an_error() -> None:
    """PEP 3333 calls it fatal."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", PLAIN)
        start_response("404 Not Found", PLAIN)
        return []

    with pytest.raises(InvalidResponse, match="start_response twice"):
        call(app, {})


def test_first_start_response_may_have_exc_info() -> None:
    """An error page is sent so by frameworks, also where nothing was sent before."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("500 Oops", PLAIN, failure())
        return [b"err"]

    assert (500, b"err") == (call(app, {}).status, call(app, {}).body)


@pytest.mark.parametrize("body", [[], [b""], [b"text"]])
def test_app_that_never_starts_the_response_has_given_none(body: list[bytes]) -> None:
    """An app that forgets start_response must not look like an empty page."""
    with pytest.raises(NoResponse, match="start_response"):
        call(lambda environ, start_response: body, {})


@pytest.mark.parametrize(
    ("expected", "status"),
    [
        (200, "200 OK"),
        (200, "200"),
        (200, "200 "),
        (404, "404 Not Found"),
        (299, "299 Odd: \xe9"),
        (599, "599 X"),
        (418, "418 I'm a teapot"),
    ],
)
def test_status_is_its_first_three_digits(expected: int, status: str) -> None:
    """The reason is free text, and may be missing."""
    assert expected == answer([], status).status


@pytest.mark.parametrize(
    "status", ["", "OK", "20", "2000 OK", "200OK", "199 X", "600 X", "-200 X", " 200 OK", "２００ OK", b"200 OK", 200]
)
def test_odd_status_is_refused(status: Any) -> None:
    """What is no status of HTTP can be shown by no gateway."""
    with pytest.raises(InvalidResponse, match="is not of the form"):
        answer([], status)


@pytest.mark.parametrize(
    "headers", [[("X", "a\r\nb")], [("X", "a\n")], [("X", "\0")], [("X Y", "a")], [("X", 1)], [(b"X", "a")], None, 42]
)
def test_bad_headers_are_refused(headers: Any) -> None:
    """Above all a line break, which would let a stranger write headers."""
    with pytest.raises(InvalidResponse):
        answer([], "200 OK", headers)


@pytest.mark.parametrize("body", [["text"], "text", [1], b"bytes", [None], ["text", b"bytes"]])
def test_body_of_anything_but_bytes_is_refused(body: Any) -> None:
    """A str has no bytes until someone chooses an encoding; that is the app's part."""
    with pytest.raises(InvalidResponse, match="the body must be bytes"):
        answer(body)


def test_written_text_is_refused() -> None:
    """write() takes bytes, as the iterable does."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", PLAIN)("text")
        return []

    with pytest.raises(InvalidResponse, match="the body must be bytes"):
        call(app, {})


@pytest.mark.parametrize("body", [None, 42])
def test_body_that_is_no_iterable_is_an_error_of_the_app(body: Any) -> None:
    """A view that returns nothing fails as it would on any server."""
    with pytest.raises(TypeError):
        answer(body)


# --- close


@pytest.mark.parametrize(
    ("expected", "body"),
    [
        (None, Body(b"a", b"b")),
        (None, Body()),
        (ValueError, Body(b"a", error=ValueError())),
        (SystemExit, Body(b"a", error=SystemExit())),
        (KeyboardInterrupt, Body(error=KeyboardInterrupt())),
        (InvalidResponse, Body("text")),
    ],
)
def test_body_is_closed_exactly_once(expected: type[BaseException] | None, body: Body) -> None:
    """Also when it fails: files, database connections and request_finished depend on it."""
    if expected is None:
        answer(body)
    else:
        with pytest.raises(expected):
            answer(body)
    assert 1 == body.closed


def test_body_is_closed_when_the_response_was_never_started() -> None:
    """An error of the app's is no reason to leak."""
    body = Body(b"a")
    with pytest.raises(NoResponse):
        call(lambda environ, start_response: body, {})
    assert 1 == body.closed


def test_generator_that_fails_is_closed(handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    """Its finally clause runs before the client has the answer."""
    events = []

    def app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", PLAIN)
        try:
            yield b"a"
            raise ValueError("in the middle")
        finally:
            events.append("closed")

    assert 500 == Client(handler_for(app)).get("/").status
    assert ["closed"] == events
    assert "ValueError: in the middle" in caplog.text


def test_error_in_close_is_an_error_of_the_app(
    handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """What fails while it ends has failed."""

    class Failing(Body):
        def close(self) -> None:
            raise ValueError("in close")

    def app(environ: dict[str, Any], start_response: Any) -> Failing:
        start_response("200 OK", PLAIN)
        return Failing(b"a")

    assert 500 == Client(handler_for(app)).get("/").status
    assert "ValueError: in close" in caplog.text


# --- through a handler


@pytest.mark.parametrize("format_", FORMATS)
def test_validator_finds_nothing_to_complain_about(
    format_: str, handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The standard library's own judge of PEP 3333, around an app that uses all of it."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        environ["wsgi.errors"].write("")
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [body.upper() or b"NONE"]

    client = Client(handler_for(validator(app), interface="wsgi"), format_)
    responses = [
        client.get("/caf%C3%A9?q=%20&r=%C3%A9", headers={"x-a": "é", "cookie": "a=1"}),
        client.post("/", headers={"content-type": "text/plain"}, body="a é".encode()),
        client.get("/%FF%00"),
    ]
    assert [b"NONE", "A é".encode(), b"NONE"] == [response.body for response in responses]
    assert [] == caplog.records


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("method", ["PROPFIND", "QUERY", "PATCH", "TRACE", "PURGE", "M-SEARCH"])
def test_any_method_reaches_the_app(format_: str, method: str, handler_for: Callable[..., Any]) -> None:
    """Methods are an open list."""
    handler = handler_for(
        lambda environ, start_response: echo(environ["REQUEST_METHOD"], start_response), interface="wsgi"
    )
    assert method == Client(handler, format_).request(method, "/").text


def echo(value: Any, start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return [(value if isinstance(value, str) else json.dumps(value)).encode()]


# Of a name with - and one with _ its runtime has made one key, before anybody could tell them apart (vc_init.py).
SPELLINGS_MIXED = {"vercel"}


@pytest.mark.parametrize("format_", FORMATS)
def test_strangers_set_no_key_that_means_something_else(format_: str, handler_for: Callable[..., Any]) -> None:
    """No HTTP_PROXY, no second spelling of a header, no content-length but the body's."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        names = ("HTTP_PROXY", "HTTP_X_TRUE_IP", "HTTP_CONTENT_LENGTH", "HTTP_CONTENT_TYPE", "CONTENT_LENGTH")
        return echo([environ.get(name) for name in names], start_response)

    headers = [("Proxy", "http://evil"), ("X_True_IP", "6.6.6.6"), ("Content-Length", "999"), ("Content_Type", "evil")]
    second_spelling = "6.6.6.6" if format_ in SPELLINGS_MIXED else None
    assert [None, second_spelling, None, None, "2"] == Client(handler_for(app), format_).post(
        "/", headers=headers, body=b"ab"
    ).json()


@pytest.mark.parametrize("format_", FORMATS)
def test_app_that_never_answers_is_a_500_and_a_log_line(
    format_: str, handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Never a hang, and never an empty 200."""
    response = Client(handler_for(lambda environ, start_response: []), format_).get("/")
    assert (500, "Internal Server Error") == (response.status, response.text)
    assert "without calling start_response" in caplog.text


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
@pytest.mark.parametrize("on_error", ["respond", "raise"])
def test_exit_passes_through(error: BaseException, on_error: str, handler_for: Callable[..., Any]) -> None:
    """As in every server: who asks for the end of the process gets it."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise error

    with pytest.raises(type(error)):
        handler_for(app, on_error=on_error)(make_event("aws_http", "GET", "/"), None)


@pytest.mark.parametrize("error", [GeneratorExit(), asyncio.CancelledError()])
def test_other_errors_that_are_no_exception_do_not_pass_through(
    error: BaseException, handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """CancelledError out of a function would end its process; it is an error like any other."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise error

    assert 500 == Client(handler_for(app)).get("/").status
    assert type(error).__name__ in caplog.text


def test_line_for_the_errors_stream_is_no_failure(
    handler_for: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    """The request succeeds and the line is on standard error."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        print("from the app", file=environ["wsgi.errors"])
        return echo("ok", start_response)

    assert "ok" == Client(handler_for(app)).get("/").text
    assert "from the app\n" == capsys.readouterr().err


def test_logging_of_the_app_is_left_alone(handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    """The package never configures logging."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        logging.getLogger("app").warning("from the app")
        return echo("ok", start_response)

    root = logging.getLogger()
    before = (list(root.handlers), root.level)
    Client(handler_for(app)).get("/")
    assert before == (list(root.handlers), root.level)
    assert [("app", logging.WARNING, "from the app")] == caplog.record_tuples


def test_threads_call_the_app_side_by_side(handler_for: Callable[..., Any]) -> None:
    """Eight calls that wait for each other all end, each with its own event and context."""
    barrier = threading.Barrier(8, timeout=10)

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        barrier.wait()
        return echo([environ["PATH_INFO"], environ["lambda_bridge.context"]], start_response)

    handler = handler_for(app)
    results: dict[int, Any] = {}

    def work(number: int) -> None:
        result = handler(make_event("aws_http", "GET", f"/{number}"), f"context {number}")
        results[number] = json.loads(result["body"])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert {number: [f"/{number}", f"context {number}"] for number in range(8)} == results


def test_handler_of_a_wsgi_app_can_be_closed_and_used_again(handler_for: Callable[..., Any]) -> None:
    """There is nothing to end, and so nothing to begin anew."""
    handler = handler_for(lambda environ, start_response: echo("ok", start_response))
    handler.close()
    assert "ok" == Client(handler).get("/").text


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_what_has_no_body_does_not_stream(status: str) -> None:
    """The parts that an app gives all the same are none that a client could be sent."""
    body = Body(b"one", b"two")

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response(status, PLAIN)
        return body

    assert call(app, {}, True).chunks is None
    assert body.closed == 1
