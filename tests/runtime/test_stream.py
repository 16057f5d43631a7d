"""Responses in parts through our runtime: sent as they come, ended in every way that there is."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.testing import make_event
from tests.checkers import checked, validated
from tests.runtime.play import play
from tests.runtime.runtime_api import Call, RuntimeApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lambda_bridge.handler import Handler

EVENT = make_event("aws_url", "GET", "/")
REST = make_event("aws_rest", "GET", "/")
HEADERS = [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]


class Parts:
    """What a WSGI app returns: its parts, and whether it has been closed, after how many."""

    def __init__(self, parts: Iterable[bytes]) -> None:
        self.parts = iter(parts)
        self.given = 0
        self.closed = 0

    def __iter__(self) -> Parts:
        return self

    def __next__(self) -> bytes:
        part = next(self.parts)
        self.given += 1
        return part

    def close(self) -> None:
        self.closed += 1


def app_of(parts: Iterable[bytes], status: str = "200 OK") -> Callable[..., Any]:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(status, HEADERS)
        return parts

    return app


def async_app_of(parts: Iterable[bytes], seen: list[Any] | None = None) -> Callable[..., Any]:
    """An ASGI app that sends *parts*, and tells in *seen* how that has ended."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        await receive()
        headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            for part in parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        except OSError as error:
            if seen is not None:
                seen.extend([type(error).__name__, (await receive())["type"]])
            raise
        await send({"type": "http.response.body", "body": b""})

    return app


@pytest.mark.parametrize("make", [lambda parts: validated(app_of(parts)), lambda parts: checked(async_app_of(parts))])
def test_parts_are_sent_as_they_are(make: Callable[..., Any], handler_for: Callable[..., Handler]) -> None:
    """Each as a chunk of its own, after the prelude."""
    call = Call(EVENT)

    play(handler_for(make(iter([b"one", b"two" * 50_000, b"three\0\0"])), stream=True), call)

    assert call.kind == "stream"
    assert call.prelude == {
        "statusCode": 200,
        "headers": {"content-type": "text/plain"},
        "cookies": ["a=1", "b=2"],
    }
    assert [part for _, part in call.parts[1:]] == [b"one", b"two" * 50_000, b"three\0\0"]
    assert call.trailers == {}


def test_rest_api_gets_lists_of_values() -> None:
    """Its metadata may have them."""
    call = Call(REST)

    play(make_handler(app_of(iter([b"x"])), stream=True), call)

    assert call.prelude == {
        "statusCode": 200,
        "multiValueHeaders": {"Content-Type": ["text/plain"], "Set-Cookie": ["a=1", "b=2"]},
    }


@pytest.mark.parametrize(
    ("event", "stream"),
    [
        (EVENT, False),
        (make_event("aws_http", "GET", "/"), True),
        (make_event("aws_rest:http_1.0", "GET", "/"), True),
        (make_event("aws_alb", "GET", "/"), True),
        (make_event("aws_edge", "GET", "/"), True),
        (make_event("aws_lattice", "GET", "/"), True),
    ],
    ids=["not asked for", "HTTP API", "HTTP API 1.0", "ALB", "Lambda@Edge", "Lattice"],
)
def test_where_nothing_streams_the_response_is_whole(event: Any, stream: bool) -> None:
    """The client would get the prelude as its body."""
    call = Call(event)

    play(make_handler(app_of(iter([b"one", b"two"])), stream=stream), call)

    assert call.kind == "response"
    assert call.result["body"] in ("onetwo", base64.b64encode(b"onetwo").decode())


def test_event_that_is_no_http_is_answered_whole() -> None:
    """With the option too."""
    handler = make_handler(app_of(iter([])), stream=True)
    handler.on("aws.invoke")(lambda event: {"done": True})
    call = Call({"name": "a direct invocation"})

    play(handler, call)

    assert (call.kind, call.result) == ("response", {"done": True})


@pytest.mark.parametrize(
    ("parts", "status", "method", "body"),
    [
        ([b"whole"], "200 OK", "GET", b"whole"),
        ([], "302 Found", "GET", b""),
        (iter([b""]), "200 OK", "GET", b""),
        ([b"not sent"], "304 Not Modified", "GET", b""),
        (Parts([b"not sent"]), "204 No Content", "GET", b""),
        (Parts([b"not sent", b"either"]), "200 OK", "HEAD", b""),
        ([b"x" * 7_000_000], "200 OK", "GET", b"x" * 7_000_000),
    ],
    ids=["whole", "none", "empty", "304", "204 in parts", "HEAD", "over the limit of a result"],
)
def test_every_answer_behind_such_a_gateway_is_a_stream(parts: Any, status: str, method: str, body: bytes) -> None:
    """Also one that is whole: as JSON the client would get the JSON."""
    call = Call(make_event("aws_url", method, "/"))

    play(make_handler(app_of(parts, status), stream=True), call)

    assert (call.kind, call.prelude["statusCode"], call.streamed) == ("stream", int(status[:3]), body)
    if isinstance(parts, Parts):
        assert parts.closed == 1


def test_error_of_the_app_before_its_first_part_is_a_500() -> None:
    """A stream too."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        raise RuntimeError("boom")

    call = Call(EVENT)

    play(make_handler(app, stream=True), call)

    assert (call.kind, call.prelude["statusCode"], call.streamed) == ("stream", 500, b"Internal Server Error")


def test_error_before_the_first_part_fails_the_invocation_where_asked_for() -> None:
    """Nothing has been sent yet, so it can be told as an error."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        raise RuntimeError("boom")

    call = Call(EVENT)

    play(make_handler(app, stream=True, on_error="raise"), call)

    assert (call.kind, call.error_type) == ("error", "RuntimeError")


def failing() -> Iterator[bytes]:
    yield b"one"
    raise RuntimeError("boom é")


@pytest.mark.parametrize("make", [app_of, async_app_of], ids=["wsgi", "asgi"])
def test_error_in_the_middle_is_told_in_trailers(
    make: Callable[..., Any], handler_for: Callable[..., Handler], caplog: pytest.LogCaptureFixture
) -> None:
    """What has been sent stays; the next event is served."""
    parts = [failing(), iter([b"two"])]
    calls = [Call(EVENT), Call(EVENT)]
    apps = [make(each) for each in parts]
    handlers = iter(apps)

    def wsgi_app(environ: Any, start_response: Any) -> Any:
        return next(handlers)(environ, start_response)

    async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        await next(handlers)(scope, receive, send)

    play(handler_for(wsgi_app if make is app_of else asgi_app, stream=True), *calls)

    assert (calls[0].streamed, calls[1].streamed) == (b"one", b"two")
    error = json.loads(base64.b64decode(calls[0].trailers["lambda-runtime-function-error-body"]))
    assert calls[0].trailers["lambda-runtime-function-error-type"] == "RuntimeError"
    assert (error["errorMessage"], error["requestId"]) == ("boom é", calls[0].id)
    assert "in failing\n" in error["stackTrace"][-1]
    assert calls[1].trailers == {}
    assert "the app failed in the middle of its response" in caplog.text


@pytest.mark.parametrize("answer", [(202, b""), (410, b'{"errorType":"InvokeTimeout"}'), (413, b"too much")])
def test_wsgi_app_is_closed_when_nobody_wants_the_rest(
    answer: tuple[int, bytes], caplog: pytest.LogCaptureFixture
) -> None:
    """The connection was closed, or the API has answered before the end; the next event is served."""
    parts = Parts(b"x" * 60_000 for _ in range(10_000))
    calls = [Call(EVENT, reads=100_000, answer=answer), Call(make_event("aws_http", "GET", "/"))]

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return parts if environ["lambda_bridge.format"] == "aws_url" else [b"next"]

    play(make_handler(app, stream=True), *calls)

    assert parts.closed == 1
    assert parts.given < 1000, "only what fits into buffers is made after that"
    assert calls[1].result["body"] == "next"
    assert "the Runtime API wants no more of a streamed response" in caplog.text
    if answer[0] != 202:
        assert f"{answer[0]} {answer[1].decode()}" in caplog.text


def test_asgi_app_hears_that_nobody_wants_the_rest(handler_for: Callable[..., Handler]) -> None:
    """In send, as an OSError, and in receive."""
    seen: list[Any] = []
    app = async_app_of((b"x" * 60_000 for _ in range(10_000)), seen)

    play(handler_for(app, stream=True), Call(EVENT, reads=100_000))

    assert seen == ["ClientGone", "http.disconnect"]


def test_app_that_fails_when_it_is_closed_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The response is complete, and the next event is served."""

    class Failing(Parts):
        def close(self) -> None:
            raise RuntimeError("boom")

    call = Call(EVENT)
    play(make_handler(app_of(Failing([b"x"])), stream=True), call)

    assert (call.streamed, call.trailers) == (b"x", {})
    assert "the app failed when its response was closed" in caplog.text


def test_head_that_is_too_large_for_a_rest_api_is_a_500(caplog: pytest.LogCaptureFixture) -> None:
    """The gateway would not find its end; the app is closed."""
    parts = Parts([b"x", b"y"])

    def app(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [("X-Large", "x" * 17_000)])
        return parts

    call = Call(REST)
    play(make_handler(app, stream=True), call)

    assert (call.prelude["statusCode"], call.streamed, parts.closed) == (500, b"Internal Server Error", 1)
    assert "the limit of this format is 16384" in caplog.text


# --- time


def test_first_part_is_sent_while_the_app_makes_the_second() -> None:
    """The app waits here until the first one has arrived."""
    arrived = threading.Event()
    held = iter([None, None])  # the prelude's chunk, the first part's

    def hold() -> None:
        if next(held, arrived) is arrived:
            arrived.set()

    def parts() -> Iterator[bytes]:
        yield b"one"
        assert arrived.wait(20), "the first part was held back"
        yield b"two"

    call = Call(EVENT, hold=hold)
    play(make_handler(app_of(parts()), stream=True), call)

    assert call.streamed == b"onetwo"


def endless() -> Iterator[bytes]:
    while True:
        yield b"x"


def stuck() -> Iterator[bytes]:
    yield b"x"
    threading.Event().wait(20)


@pytest.mark.parametrize(
    "app",
    [app_of(endless()), app_of(stuck()), async_app_of(endless())],
    ids=["wsgi", "wsgi that blocks", "asgi"],
)
def test_app_that_does_not_end_is_ended_before_the_deadline(app: Any, handler_for: Callable[..., Handler]) -> None:
    """With what it has sent so far, and the reason in the trailers."""
    call = Call(EVENT, {"Lambda-Runtime-Deadline-Ms": str(int((time.time() + 0.4) * 1000))})

    play(handler_for(app, stream=True, deadline_margin=0.1), call)

    assert set(call.streamed) == set(b"x")
    assert call.trailers["lambda-runtime-function-error-type"] == "DeadlineExceeded"


def test_asgi_app_that_waits_is_ended_before_the_deadline(handler_for: Callable[..., Handler]) -> None:
    """As it would be by any server that gives up."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        await asyncio.sleep(20)

    call = Call(EVENT, {"Lambda-Runtime-Deadline-Ms": str(int((time.time() + 0.4) * 1000))})
    play(handler_for(app, stream=True, deadline_margin=0.1), call)

    assert call.streamed == b"x"
    assert call.trailers["lambda-runtime-function-error-type"] == "DeadlineExceeded"


# --- memory

BIG = """
import resource, sys
from lambda_bridge import make_handler

def parts():
    part = bytes(1 << 20)
    begun = peak()
    for _ in range(100):
        yield part[:-1] + b"."
    print(peak() - begun, flush=True)

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

def app(environ, start_response):
    start_response("200 OK", [])
    return parts()

async def async_app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for part in parts():
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kilobytes on Linux alone")
@pytest.mark.parametrize("name", ["app", "async_app"])
def test_memory_stays_flat_while_much_streams_through(tmp_path: Path, name: str) -> None:
    """100 MB in parts of one: the app makes none before the last one has been taken."""
    (tmp_path / "big.py").write_text(BIG, encoding="utf-8")
    package = str(Path(sys.modules["lambda_bridge"].__file__ or "").parent.parent)
    call = Call(EVENT)
    with RuntimeApi(call) as api:
        done = subprocess.run(
            [sys.executable, "-m", "lambda_bridge.runtime", f"big:{name}"],
            cwd=tmp_path,
            env={"PYTHONPATH": package, "AWS_LAMBDA_RUNTIME_API": api.address, "LAMBDA_BRIDGE_STREAM": "1"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert len(call.streamed) == 100 << 20
    assert int(done.stdout) < 10_000, "kilobytes"
