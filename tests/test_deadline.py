from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
import time
from contextlib import closing
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from fdk.context import InvokeContext

from lambda_bridge import deadline
from lambda_bridge.deadline import Alarm, call_within, seconds_left
from lambda_bridge.emulate import Platform
from lambda_bridge.errors import DeadlineExceeded
from lambda_bridge.testing import Client, make_event
from tests import builders
from tests.builders import WITH_CONTEXT, WITHOUT_CONTEXT, spellings_of

if TYPE_CHECKING:
    from collections.abc import Callable

# Longer than any test may take: an app that is not stopped shows itself.
FOR_EVER = 20.0
EVENT = make_event("aws_http", "GET", "/")


class AwsContext:
    """AWS's context object, as far as it counts here."""

    def __init__(self, milliseconds: int) -> None:
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


class HuaweiContext:
    """Huawei's context object, as far as it counts here."""

    def getRemainingTimeInMilliSeconds(self) -> int:  # noqa: N802
        return 2500


def fn_context(deadline: Any) -> InvokeContext:
    return InvokeContext("app-id", "app", "fn-id", "fn", "call-id", deadline=deadline)


class AliyunContext:
    """Alibaba's context object, as far as it counts here: the figure is from a header, so perhaps a text."""

    def __init__(self, timeout: Any) -> None:
        self.function = SimpleNamespace(name="orders", timeout=timeout)


@pytest.mark.parametrize(
    ("expected", "context"),
    [
        (None, None),
        (None, object()),
        (None, {}),
        (None, {"time_limit_in_ms": None}),
        (None, {"time_limit_in_ms": "soon"}),
        (1.5, AwsContext(1500)),
        (0.0, AwsContext(0)),
        (3.0, {"time_limit_in_ms": 3000, "request_id": "x"}),
        (2.5, HuaweiContext()),
        (60.0, AliyunContext(60)),
        (60.0, AliyunContext("60")),
        (None, AliyunContext(None)),
        (None, AliyunContext("soon")),
    ],
)
def test_seconds_left_are_read_from_the_context(expected: float | None, context: Any) -> None:
    """AWS and Huawei tell the time that is left, Tencent and Alibaba the whole time of an invocation that has just begun."""
    assert expected == seconds_left(context)


@pytest.mark.parametrize(("pattern", "offset"), [("%Y-%m-%dT%H:%M:%SZ", 0), ("%Y-%m-%dT%H:%M:%S.%f+08:00", 8)])
def test_seconds_left_are_read_from_a_moment(pattern: str, offset: int) -> None:
    """Fn tells when an invocation ends (RFC 3339); where it does not, the FDK says in half a minute."""
    until = datetime.now(timezone.utc) + timedelta(seconds=100, hours=offset)

    assert 90 < (seconds_left(fn_context(until.strftime(pattern))) or 0) <= 100
    assert 20 < (seconds_left(fn_context(None)) or 0) <= 30


@pytest.mark.parametrize("told", ["soon", "2026-11-21T10:00:00", 7])
def test_moment_that_is_none(told: Any) -> None:
    """A moment without an offset is none that can be compared."""
    assert seconds_left(fn_context(told)) is None


@pytest.mark.parametrize(
    ("told", "expected"), [("1775738101500", 1.5), ("1775738100000", 0.0), ("soon", None), ("", None), (None, None)]
)
def test_seconds_left_are_read_from_the_environment(
    told: str | None, expected: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenWhisk passes no context: it sets a variable before each call, which counts only then."""
    monkeypatch.setattr(time, "time", lambda: 1775738100.0)
    if told is None:
        monkeypatch.delenv("__OW_DEADLINE", raising=False)
    else:
        monkeypatch.setenv("__OW_DEADLINE", told)

    assert expected == seconds_left(None)
    assert seconds_left({}) is None
    assert seconds_left(AwsContext(3000)) == 3.0


# --- call_within


def in_main_thread(work: Callable[[], Any]) -> Any:
    return work()


def in_worker_thread(work: Callable[[], Any]) -> Any:
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append((work(), None))
        except BaseException as error:
            outcome.append((None, error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(FOR_EVER)
    value, error = outcome[0]
    if error is not None:
        raise error
    return value


THREADS = pytest.mark.parametrize("thread", [in_main_thread, in_worker_thread])


@THREADS
def test_call_that_ends_in_time_returns(thread: Callable[..., Any]) -> None:
    """And leaves nothing behind: no timer, no handler of a signal."""
    before = signal.getsignal(signal.SIGALRM)
    assert "value" == thread(lambda: call_within(5, lambda: "value"))
    assert (before, (0.0, 0.0)) == (signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL))


@THREADS
@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), KeyboardInterrupt()])
def test_error_of_the_call_is_raised(thread: Callable[..., Any], error: BaseException) -> None:
    """Whatever it is."""

    def fail() -> None:
        raise error

    with pytest.raises(type(error)):
        thread(lambda: call_within(5, fail))


@THREADS
@pytest.mark.parametrize("seconds", [0.05, 0.0])
def test_call_that_takes_too_long_is_given_up(thread: Callable[..., Any], seconds: float) -> None:
    """In a blocking system call too."""
    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        thread(lambda: call_within(seconds, lambda: time.sleep(FOR_EVER if thread is in_main_thread else 1)))
    assert time.monotonic() - began < 0.9


@pytest.mark.parametrize("blocks", [threading.Event().wait, lambda seconds: [None for _ in iter(int, 1)]])
def test_signal_reaches_what_waits_and_what_computes(blocks: Callable[..., Any]) -> None:
    """Locks and endless loops are the usual reasons."""
    with pytest.raises(DeadlineExceeded):
        call_within(0.05, lambda: blocks(FOR_EVER))


@pytest.mark.skipif(not hasattr(signal, "sigwait"), reason="no masks of signals on this system")
def test_alarm_that_is_lost_goes_off_again() -> None:
    """One that comes between Python's last look for signals and a system call would be heard when that ends."""

    def lose_the_first() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        signal.sigwait([signal.SIGALRM])
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
        time.sleep(FOR_EVER)

    began = time.monotonic()
    with pytest.raises(DeadlineExceeded):
        call_within(0.01, lose_the_first)
    assert time.monotonic() - began < FOR_EVER / 2


def test_app_that_swallows_every_exception_is_stopped_all_the_same() -> None:
    """What is raised inside it is no Exception, so that no framework makes a page of it."""

    def swallowing() -> None:
        while True:
            with contextlib.suppress(Exception):
                time.sleep(FOR_EVER)

    with pytest.raises(DeadlineExceeded):
        call_within(0.05, swallowing)


def test_what_the_app_cleans_up_runs() -> None:
    """Transactions are rolled back, files are closed."""
    seen = []

    def careful() -> None:
        try:
            time.sleep(FOR_EVER)
        finally:
            seen.append("cleaned up")

    with pytest.raises(DeadlineExceeded):
        call_within(0.05, careful)
    assert ["cleaned up"] == seen


def test_app_that_has_taken_the_signal_keeps_it() -> None:
    """The call runs in a thread instead, and the app's own handler stays."""

    def own(number: int, frame: Any) -> None: ...

    before = signal.signal(signal.SIGALRM, own)
    try:
        assert not Alarm(1).arm()
        assert "value" == call_within(5, lambda: "value")
        with pytest.raises(DeadlineExceeded):
            call_within(0.05, lambda: time.sleep(0.5))
        assert own == signal.getsignal(signal.SIGALRM)
    finally:
        signal.signal(signal.SIGALRM, before)


def test_context_variables_reach_the_call_in_a_thread() -> None:
    """Logging and tracing keep the request's id in them."""
    import contextvars

    request_id = contextvars.ContextVar("request_id", default="none")
    request_id.set("r1")

    def read() -> str:
        return call_within(5, request_id.get)

    assert "r1" == contextvars.copy_context().run(in_worker_thread, lambda: request_id.set("r1") and read())


def test_call_within_a_call_keeps_the_outer_alarm() -> None:
    """An app that calls a handler itself does not lose its own deadline."""

    def outer() -> None:
        call_within(5, lambda: None)
        time.sleep(FOR_EVER)

    with pytest.raises(DeadlineExceeded):
        call_within(0.1, outer)


# --- through a handler


def wsgi(work: Callable[[], Any]) -> Callable[..., Any]:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] != "/quick":
            work()
        start_response("200 OK", [])
        return [b"ok"]

    return app


def asgi(work: Callable[[], Any]) -> Callable[..., Any]:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] != "/quick":
            waiting = work()
            if waiting is not None:
                await waiting
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"ok"})

    return app


async def swallow_exceptions() -> None:
    while True:
        with contextlib.suppress(Exception):
            await asyncio.sleep(FOR_EVER)


async def in_thread_pool() -> None:
    await asyncio.to_thread(time.sleep, 0.5)


async def block_in_a_child_task() -> None:
    await asyncio.create_task(blocking_coroutine())


async def blocking_coroutine() -> None:
    time.sleep(FOR_EVER)  # noqa: ASYNC251  as careless apps do


APPS = {
    "wsgi sleeping": wsgi(lambda: time.sleep(FOR_EVER)),
    "asgi awaiting": asgi(lambda: asyncio.sleep(FOR_EVER)),
    "asgi swallowing": asgi(swallow_exceptions),
    "asgi in a thread pool": asgi(in_thread_pool),
    "asgi blocking": asgi(lambda: time.sleep(FOR_EVER)),
    "asgi blocking in a child task": asgi(block_in_a_child_task),
}


@pytest.mark.parametrize("context", [AwsContext(80), {"time_limit_in_ms": 80}])
@pytest.mark.parametrize("app", APPS.values(), ids=APPS)
def test_app_that_takes_too_long_is_a_504_and_a_log_line(
    app: Any, context: Any, handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The client hears of it before the platform kills the process, and the next call works."""
    handler = handler_for(app, lifespan="off", deadline_margin=0.01)
    result = handler(EVENT, context)
    assert (504, "Gateway Timeout") == (result["statusCode"], result["body"])
    assert ["the app was stopped after 0.1 seconds, just before the platform's deadline"] == caplog.messages
    for _ in range(2):
        assert "ok" == handler(make_event("aws_http", "GET", "/quick"), AwsContext(5000))["body"]


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="only a signal interrupts finalizers")
def test_alarm_in_a_finalizer_is_not_lost() -> None:
    """Python forgets what is raised there, so the call would go on for ever."""
    finalized = []

    class Slow:
        def __del__(self) -> None:
            began = time.monotonic()
            while time.monotonic() < began + 0.1:
                pass
            finalized.append(True)

    def call() -> None:
        Slow()
        time.sleep(FOR_EVER)

    with pytest.raises(DeadlineExceeded):
        deadline.call_within(0.03, call)
    assert finalized == [True]


@pytest.mark.parametrize("name", ["asgi awaiting", "asgi swallowing", "asgi in a thread pool"])
def test_asgi_app_in_a_worker_thread_is_stopped(name: str, handler_for: Callable[..., Any]) -> None:
    """It needs no signal as long as it does not block its loop."""
    handler = handler_for(APPS[name], lifespan="off", deadline_margin=0.01)
    assert 504 == in_worker_thread(lambda: handler(EVENT, AwsContext(60)))["statusCode"]
    assert 200 == handler(make_event("aws_http", "GET", "/quick"), None)["statusCode"]


def test_wsgi_app_in_a_worker_thread_is_given_up(handler_for: Callable[..., Any]) -> None:
    """It goes on by itself, and only its answer is lost."""
    handler = handler_for(wsgi(lambda: time.sleep(0.3)), deadline_margin=0.01)
    assert 504 == in_worker_thread(lambda: handler(EVENT, AwsContext(60)))["statusCode"]
    assert (
        200
        == in_worker_thread(lambda: handler(make_event("aws_http", "GET", "/quick"), AwsContext(5000)))["statusCode"]
    )


# --- responses that have no end


def wsgi_events(kind: str, waits: Callable[[], Any]) -> Callable[..., Any]:
    def app(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", kind), ("X-Accel-Buffering", "no")])
        yield b"data: one\n\n"
        yield b"data: two\n\n"
        waits()

    return app


def asgi_events(kind: str, waits: Callable[[], Any]) -> Callable[..., Any]:
    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = [(b"content-type", kind.encode()), (b"x-accel-buffering", b"no")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for event in (b"data: one\n\n", b"data: two\n\n"):
            await send({"type": "http.response.body", "body": event, "more_body": True})
        await asyncio.to_thread(waits)

    return app


ENDLESS = {"wsgi": wsgi_events, "asgi": asgi_events}


@pytest.mark.parametrize("thread", [in_main_thread, in_worker_thread])
@pytest.mark.parametrize("interface", ENDLESS)
def test_server_sent_events_are_cut_at_the_deadline(
    interface: str, thread: Callable[..., Any], handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The client gets what there is: a part of a stream is of use to it, and the next one it asks for anew."""
    gate = threading.Event()
    handler = handler_for(
        ENDLESS[interface]("text/event-stream; charset=utf-8", lambda: gate.wait(FOR_EVER)),
        lifespan="off",
        deadline_margin=0.01,
    )
    result = thread(lambda: handler(EVENT, AwsContext(80)))
    gate.set()
    assert (200, "data: one\n\ndata: two\n\n") == (result["statusCode"], result["body"])
    assert "no" == result["headers"]["x-accel-buffering"]
    [line] = caplog.messages
    assert line.startswith("the app's text/event-stream was cut after 0.1 s, at the deadline, with 22 bytes of it")


@pytest.mark.parametrize("interface", ENDLESS)
def test_half_of_anything_else_is_of_no_use(interface: str, handler_for: Callable[..., Any]) -> None:
    """A page or a document without its end would look as if it were whole."""
    gate = threading.Event()
    app = ENDLESS[interface]("text/html", lambda: gate.wait(FOR_EVER))
    handler = handler_for(app, lifespan="off", deadline_margin=0.01)
    assert 504 == handler(EVENT, AwsContext(80))["statusCode"]
    gate.set()


@pytest.mark.parametrize("name", ["asgi awaiting", "wsgi sleeping"])
def test_aio_is_stopped_too(name: str, handler_for: Callable[..., Any]) -> None:
    """The same deadline holds inside a running loop."""
    app = APPS[name] if name.startswith("asgi") else wsgi(lambda: time.sleep(0.3))

    async def scenario() -> Any:
        handler = handler_for(app, lifespan="off", deadline_margin=0.01)
        result = await handler.aio(EVENT, AwsContext(60))
        handler.close()
        return result

    assert 504 == asyncio.run(scenario())["statusCode"]


# Longer than the deadline, and short enough to be waited for: some platforms call in a thread, which nobody can stop.
SLOW = {"wsgi": wsgi(lambda: time.sleep(0.2)), "asgi": asgi(lambda: asyncio.sleep(0.2))}


def in_some_milliseconds(milliseconds: int) -> datetime:
    return datetime.now(timezone.utc) + timedelta(milliseconds=milliseconds)


@pytest.mark.parametrize("app", SLOW.values(), ids=SLOW)
@pytest.mark.parametrize("format_", WITH_CONTEXT)
def test_every_format_has_the_504(format_: str, app: Any, handler_for: Callable[..., Any]) -> None:
    """A deadline is no matter of one cloud."""
    handler = handler_for(app, lifespan="off", deadline_margin=0.01)
    with closing(Client(handler, format_, AwsContext(20))) as client:
        response = client.get("/")
    assert (504, "Gateway Timeout") == (response.status, response.text)


@pytest.mark.parametrize("app", SLOW.values(), ids=SLOW)
@pytest.mark.parametrize("format_", spellings_of({"openwhisk"}))
def test_deadline_of_the_environment_has_the_504_too(
    format_: str, app: Any, handler_for: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """OpenWhisk says it there before each call."""
    monkeypatch.setenv("__OW_DEADLINE", str(int(in_some_milliseconds(30).timestamp() * 1000)))
    response = Client(handler_for(app, lifespan="off", deadline_margin=0.01), format_).get("/")
    assert (504, "Gateway Timeout") == (response.status, response.text)


@pytest.mark.parametrize("app", SLOW.values(), ids=SLOW)
def test_deadline_of_an_event_has_the_504_too(app: Any, handler_for: Callable[..., Any]) -> None:
    """Fn says it in a header of the call."""
    event = builders.fn(call={"fn-deadline": in_some_milliseconds(30).isoformat()})
    with closing(Platform(handler_for(app, lifespan="off", deadline_margin=0.01), "fn")) as platform:
        response = platform.format.read_result(platform.invoke(event))
    assert (504, b"Gateway Timeout") == (response.status, response.body)


@pytest.mark.parametrize("app", SLOW.values(), ids=SLOW)
@pytest.mark.parametrize("format_", spellings_of(WITHOUT_CONTEXT - {"fn", "openwhisk"}))
def test_where_no_deadline_is_told_no_app_is_stopped(
    format_: str, app: Any, handler_for: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Servers, Google and IBM: a variable of another platform's means nothing to them."""
    monkeypatch.setenv("__OW_DEADLINE", "1")
    with closing(Client(handler_for(app, lifespan="off", deadline_margin=0.01), format_)) as client:
        assert 200 == client.get("/").status


@pytest.mark.parametrize("name", ["asgi awaiting", "wsgi sleeping"])
def test_on_error_raise_raises_it(name: str, handler_for: Callable[..., Any]) -> None:
    """The invocation fails, so that alarms fire."""
    with pytest.raises(DeadlineExceeded):
        handler_for(APPS[name], lifespan="off", deadline_margin=0.01, on_error="raise")(EVENT, AwsContext(60))


@pytest.mark.parametrize("wrap", [wsgi, asgi])
@pytest.mark.parametrize(
    ("expected", "margin", "context"),
    [
        (200, 0, AwsContext(1)),
        (200, 0.5, None),
        (200, 0.5, {}),
        (200, 0.5, AwsContext(400)),
        (504, 0.5, AwsContext(10)),
        (504, 0.5, AwsContext(0)),
    ],
)
def test_margin_decides(expected: int, margin: float, context: Any, wrap: Any, handler_for: Callable[..., Any]) -> None:
    """Zero means never; without a deadline there is none; where the margin is more than half of the time, half it is."""
    app = wsgi(lambda: time.sleep(0.02)) if wrap is wsgi else asgi(lambda: asyncio.sleep(0.02))
    handler = handler_for(app, lifespan="off", deadline_margin=margin)
    assert expected == handler(EVENT, context)["statusCode"]


def test_asgi_app_may_clean_up(handler_for: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is cancelled, and has some time to end what it began."""
    seen = []

    async def careful() -> None:
        try:
            await asyncio.sleep(FOR_EVER)
        finally:
            await asyncio.sleep(0.01)
            seen.append("cleaned up")

    handler = handler_for(asgi(careful), lifespan="off", deadline_margin=0.01)
    assert 504 == handler(EVENT, AwsContext(60))["statusCode"]
    assert ["cleaned up"] == seen


def test_asgi_app_that_does_not_end_is_left_behind(handler_for: Callable[..., Any]) -> None:
    """The time to clean up has an end."""

    async def stubborn() -> None:
        for _ in range(3):
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(deadline.GRACE * 4)

    handler = handler_for(asgi(stubborn), lifespan="off", deadline_margin=0.01)
    began = time.monotonic()
    assert 504 == handler(EVENT, AwsContext(60))["statusCode"]
    assert time.monotonic() - began < deadline.GRACE * 4


def test_response_that_is_complete_is_sent_though_background_work_is_stopped(
    handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The client has nothing to do with what comes after it."""
    seen = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"ok"})
        if scope["path"] == "/task":
            scope["state"]["task"] = asyncio.create_task(work())
        else:
            await work()

    async def work() -> None:
        try:
            await asyncio.sleep(FOR_EVER)
        finally:
            seen.append("stopped")

    handler = handler_for(app, lifespan="off", deadline_margin=0.01)
    results = [handler(make_event("aws_http", "GET", path), AwsContext(60)) for path in ("/", "/task")]
    assert [(200, "ok")] * 2 == [(result["statusCode"], result["body"]) for result in results]
    assert ["the app's background work was stopped, its time was over; the response is complete"] * 2 == caplog.messages
    assert ["stopped"] * 2 == seen


@pytest.mark.parametrize("blocking", [True, False])
def test_startup_that_outlasts_the_first_call(blocking: bool, handler_for: Callable[..., Any]) -> None:
    """The call is a 504; one that waited goes on with the next call, one that blocked begins again."""
    starts = []
    gate: list[asyncio.Event] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            starts.append("begun")
            if len(starts) == 1:
                if blocking:
                    time.sleep(FOR_EVER)  # noqa: ASYNC251  as careless apps do
                gate.append(asyncio.Event())
                asyncio.get_running_loop().call_later(0.15, gate[0].set)
                await gate[0].wait()
            scope["state"]["ready"] = True
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        assert scope["state"]["ready"]
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"ok"})

    handler = handler_for(app, deadline_margin=0.01)
    assert 504 == handler(EVENT, AwsContext(60))["statusCode"]
    assert 200 == handler(EVENT, AwsContext(5000))["statusCode"]
    assert (2 if blocking else 1) == len(starts)
