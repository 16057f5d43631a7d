from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.errors import StartupFailed
from lambda_bridge.testing import Client, make_event

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

ROOT = Path(__file__).resolve().parents[2]

EVENT = make_event("aws_http", "GET", "/")


class App:
    """Counts what happens to it, and answers with that; *startup* and *shutdown* say what to send."""

    def __init__(self, startup: dict[str, Any] | BaseException, shutdown: dict[str, Any] | BaseException) -> None:
        self.startup = startup
        self.shutdown = shutdown
        self.seen: list[str] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.seen.append(scope["type"])
        if scope["type"] == "lifespan":
            for answer in (self.startup, self.shutdown):
                self.seen.append((await receive())["type"])
                if isinstance(answer, BaseException):
                    raise answer
                await send(answer)
        else:
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": json.dumps(self.seen).encode()})


STARTED = {"type": "lifespan.startup.complete"}
STOPPED = {"type": "lifespan.shutdown.complete"}
FAILED = {"type": "lifespan.startup.failed", "message": "no database"}


async def unaware(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An app as Django's: it raises for what it does not know."""
    if scope["type"] != "http":
        raise ValueError("only HTTP")
    await send({"type": "http.response.start", "status": 200})
    await send({"type": "http.response.body", "body": json.dumps(scope["state"]).encode()})


@pytest.mark.parametrize("mode", ["auto", "on"])
def test_startup_is_once_before_the_first_request_and_shutdown_once_at_close(
    mode: str, handler_for: Callable[..., Any]
) -> None:
    """Over many calls, and again after a close."""
    app = App(STARTED, STOPPED)
    handler = handler_for(app, lifespan=mode)
    assert [] == app.seen
    for _ in range(3):
        handler(EVENT, None)
    assert ["lifespan", "lifespan.startup", "http", "http", "http"] == app.seen
    handler.close()
    handler.close()
    assert ["lifespan.shutdown"] == app.seen[5:]
    handler(EVENT, None)
    assert ["lifespan", "lifespan.startup", "http"] == app.seen[6:]


def test_mode_off_never_asks(handler_for: Callable[..., Any]) -> None:
    """The app sees requests only."""
    app = App(STARTED, STOPPED)
    handler = handler_for(app, lifespan="off")
    handler(EVENT, None)
    handler.close()
    assert ["http"] == app.seen


def test_app_without_lifespan_works(handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    """By raising it says that it has none, as the spec lets it; nothing is logged about that."""
    assert {} == Client(handler_for(unaware)).get("/").json()
    assert {} == Client(handler_for(unaware, lifespan="off")).get("/").json()
    assert [] == caplog.records


def test_app_that_returns_from_lifespan_at_once_works(handler_for: Callable[..., Any]) -> None:
    """Many bare apps return where they should raise."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await unaware(scope, receive, send)

    assert 200 == Client(handler_for(app)).get("/").status
    with pytest.raises(StartupFailed, match=r"ended without lifespan\.startup\.complete"):
        Client(handler_for(app, lifespan="on")).get("/")


def test_mode_on_wants_a_lifespan(handler_for: Callable[..., Any]) -> None:
    """Who says that the app has one hears of the error in it."""
    handler = handler_for(unaware, lifespan="on")
    for _ in range(2):
        with pytest.raises(StartupFailed, match="only HTTP") as caught:
            handler(EVENT, None)
        assert isinstance(caught.value.__cause__, ValueError)


@pytest.mark.parametrize("mode", ["auto", "on"])
@pytest.mark.parametrize("on_error", ["respond", "raise"])
def test_failed_startup_fails_the_call_and_the_next_one_tries_again(
    mode: str, on_error: str, handler_for: Callable[..., Any]
) -> None:
    """It is an error of the cold start, which the platform reports and retries: no page says it."""
    app = App(FAILED, STOPPED)
    handler = handler_for(app, lifespan=mode, on_error=on_error)
    for _ in range(2):
        with pytest.raises(StartupFailed, match="no database"):
            handler(EVENT, None)
    app.startup = STARTED
    assert 200 == handler(EVENT, None)["statusCode"]
    assert ["lifespan", "lifespan.startup"] == app.seen[-3:-1]


def test_failed_startup_without_a_message(handler_for: Callable[..., Any]) -> None:
    """The message is optional."""
    with pytest.raises(StartupFailed, match="without a message"):
        handler_for(App({"type": "lifespan.startup.failed"}, STOPPED))(EVENT, None)


def test_failed_startup_fails_every_call_that_waits_for_it(handler_for: Callable[..., Any]) -> None:
    """None of several first requests reaches an app that is not ready."""
    waiting: list[str] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            while len(waiting) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.01)
            await send(FAILED)
        else:
            waiting.append("reached the app")

    handler = handler_for(app)
    outcomes: list[type[BaseException]] = []

    def work() -> None:
        waiting.append("called")
        try:
            handler(EVENT, None)
        except StartupFailed as error:
            outcomes.append(type(error))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert ([StartupFailed] * 3, ["called"] * 3) == (outcomes, waiting)


def test_failed_startup_that_goes_on_does_not_end_the_next_one(handler_for: Callable[..., Any]) -> None:
    """Each attempt stands for itself."""
    attempts: list[str] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            attempts.append("http")
            return await unaware(scope, receive, send)
        await receive()
        attempts.append("start")
        if len(attempts) == 1:
            await send(FAILED)
            await asyncio.sleep(0)
            return None
        for _ in range(20):
            await asyncio.sleep(0)
        attempts.append("started")
        await send(STARTED)
        await receive()
        return None

    handler = handler_for(app)
    with pytest.raises(StartupFailed):
        handler(EVENT, None)
    assert 200 == handler(EVENT, None)["statusCode"]
    assert ["start", "start", "started", "http"] == attempts


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_exit_in_startup_passes_through(error: BaseException, handler_for: Callable[..., Any]) -> None:
    """As in every server; it is not the way in which an app says that it has no lifespan."""
    with pytest.raises(type(error)):
        handler_for(App(error, STOPPED))(EVENT, None)


def test_wrong_message_raises_in_the_apps_own_send(handler_for: Callable[..., Any]) -> None:
    """As in a request."""
    with pytest.raises(StartupFailed, match=r"unexpected ASGI message 'http\.response\.start'"):
        handler_for(App({"type": "http.response.start", "status": 200}, STOPPED), lifespan="on")(EVENT, None)


@pytest.mark.parametrize(
    ("expected", "shutdown"),
    [
        ("the app's shutdown failed: disk full", {"type": "lifespan.shutdown.failed", "message": "disk full"}),
        ("ValueError: in shutdown", ValueError("in shutdown")),
    ],
)
def test_failed_shutdown_is_logged(
    expected: str, shutdown: Any, handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """There is nobody left to answer."""
    handler = handler_for(App(STARTED, shutdown))
    handler(EVENT, None)
    handler.close()
    assert expected in caplog.text


def test_lifespan_that_ends_too_early_is_logged_and_requests_go_on(
    handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """A bug of the app, but no reason to refuse what it can still answer."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            return await unaware(scope, receive, send)
        await receive()
        await send(STARTED)
        raise ValueError("after start-up")

    handler = handler_for(app)
    assert [200, 200] == [handler(EVENT, None)["statusCode"] for _ in range(2)]
    handler.close()
    assert "ValueError: after start-up" in caplog.text


def test_state_of_startup_reaches_every_request_as_its_own_copy(handler_for: Callable[..., Any]) -> None:
    """Objects are shared; keys that a request sets are not."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            scope["state"]["calls"] = []
            await send(STARTED)
            await receive()
            await send(STOPPED)
            return
        scope["state"]["calls"].append(len(scope["state"]["calls"]))
        await unaware(scope, receive, send)
        scope["state"]["own"] = True

    client = Client(handler_for(app))
    assert [{"calls": [0]}, {"calls": [0, 1]}] == [client.get("/").json(), client.get("/").json()]


def test_request_that_came_during_startup_has_its_state(handler_for: Callable[..., Any]) -> None:
    """A request whose scope was made before start-up ended, and that is served after, misses nothing."""
    starting, may_start = threading.Event(), threading.Event()

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            starting.set()
            await asyncio.get_running_loop().run_in_executor(None, may_start.wait, 10)
            scope["state"]["made"] = True
            await send(STARTED)
            await receive()
            await send(STOPPED)
            return
        await unaware(scope, receive, send)

    client = Client(handler_for(app))
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(client.get, "/")]
        assert starting.wait(10)
        answers += [pool.submit(client.get, "/") for _ in range(3)]
        may_start.set()
        assert [{"made": True}] * 4 == [answer.result(10).json() for answer in answers]


def test_what_startup_makes_is_used_on_its_own_loop(handler_for: Callable[..., Any]) -> None:
    """A pool, a client, a task group: all of them are bound to the loop that they were made on."""
    import contextlib

    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    ended: list[bool] = []

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
        queue: asyncio.Queue[asyncio.Future[str]] = asyncio.Queue()

        async def serve() -> None:
            while True:
                (await queue.get()).set_result("served")

        server = asyncio.create_task(serve())
        yield {"queue": queue, "loop": asyncio.get_running_loop()}
        server.cancel()
        await asyncio.wait([server])
        ended.append(server.cancelled())

    async def ask(request: Any) -> PlainTextResponse:
        assert request.state.loop is asyncio.get_running_loop()
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        await request.state.queue.put(future)
        return PlainTextResponse(await future)

    handler = handler_for(Starlette(routes=[Route("/", ask)], lifespan=lifespan))
    assert ["served"] * 3 == [handler(EVENT, None)["body"] for _ in range(3)]
    handler.close()
    assert [True] == ended


def test_close_while_another_thread_drives_the_loop(handler_for: Callable[..., Any]) -> None:
    """The shutdown happens at once, and the call that is under way still gets its answer."""
    started, results = threading.Event(), []
    gates: list[asyncio.Event] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            gates.append(asyncio.Event())
            await send(STARTED)
            await receive()
            gates[0].set()
            await send(STOPPED)
            return
        started.set()
        await gates[0].wait()
        await unaware(scope, receive, send)

    handler = handler_for(app)
    thread = threading.Thread(target=lambda: results.append(handler(EVENT, None)["statusCode"]))
    thread.start()
    assert started.wait(10)
    handler.close()
    thread.join(10)
    assert [200] == results


def test_close_waits_for_a_shutdown_that_outlasts_the_driver(handler_for: Callable[..., Any]) -> None:
    """The thread that drove the loop leaves with its answer; the one that closes goes on driving."""
    started, seen = threading.Event(), []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send(STARTED)
            await receive()
            seen.append("shutdown began")
            await asyncio.sleep(0.05)
            seen.append("shutdown ended")
            await send(STOPPED)
            return
        started.set()
        while not seen:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        await unaware(scope, receive, send)

    handler = handler_for(app)
    thread = threading.Thread(target=handler, args=(EVENT, None))
    thread.start()
    assert started.wait(10)
    handler.close()
    assert ["shutdown began", "shutdown ended"] == seen
    thread.join(10)
    assert not thread.is_alive()


def test_next_startup_comes_after_the_last_shutdown(handler_for: Callable[..., Any]) -> None:
    """What both have in hand, a file or a port, is free again; a call that comes meanwhile waits."""
    stopping, may_stop = threading.Event(), threading.Event()
    seen: list[str] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await unaware(scope, receive, send)
            return
        await receive()
        seen.append("start-up")
        await send(STARTED)
        await receive()
        stopping.set()
        await asyncio.get_running_loop().run_in_executor(None, may_stop.wait, 10)
        seen.append("shutdown")
        await send(STOPPED)

    handler = handler_for(app)
    handler(EVENT, None)
    closing, calling = threading.Thread(target=handler.close), threading.Thread(target=handler, args=(EVENT, None))
    closing.start()
    assert stopping.wait(10)
    calling.start()
    may_stop.set()
    closing.join(10)
    calling.join(10)
    assert ["start-up", "shutdown", "start-up"] == seen


# --- on a loop of the host's

UP_AND_DOWN = ["lifespan", "lifespan.startup", "http", "lifespan.shutdown"]


def test_close_from_the_hosts_own_loop_ends_the_lifespan_there(handler_for: Callable[..., Any]) -> None:
    """The host goes on with its loop for a moment; then the shutdown has run."""
    app = App(STARTED, STOPPED)

    async def scenario() -> None:
        handler = handler_for(app)
        await handler.aio(EVENT, None)
        handler.close()
        await asyncio.sleep(0.01)

    asyncio.run(scenario())
    assert UP_AND_DOWN == app.seen


def test_close_between_two_runs_of_the_hosts_loop(handler_for: Callable[..., Any]) -> None:
    """The loop is driven for the shutdown, and stays open: it is the host's."""
    app = App(STARTED, STOPPED)
    handler = handler_for(app)
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(handler.aio(EVENT, None))
        handler.close()
        assert (UP_AND_DOWN, False) == (app.seen, loop.is_closed())
    finally:
        loop.close()


def test_other_threads_use_the_hosts_loop_while_it_runs(handler_for: Callable[..., Any]) -> None:
    """Their requests and their close go where the app has started."""
    app = App(STARTED, STOPPED)
    handler = handler_for(app)

    async def scenario() -> None:
        await handler.aio(EVENT, None)
        await asyncio.to_thread(handler, EVENT, None)
        await asyncio.to_thread(handler.close)

    asyncio.run(scenario())
    assert ["lifespan", "lifespan.startup", "http", "http", "lifespan.shutdown"] == app.seen


def test_end_of_the_hosts_loop_makes_the_next_call_begin_anew(handler_for: Callable[..., Any]) -> None:
    """As tests do that have a loop each; what the app had started there has ended with that loop."""
    app = App(STARTED, STOPPED)
    handler = handler_for(app)

    async def scenario() -> Any:
        result = await handler.aio(EVENT, None)
        handler.close()
        await asyncio.sleep(0.01)
        return result["statusCode"]

    assert [200, 200, 200] == [asyncio.run(scenario()), asyncio.run(scenario()), handler(EVENT, None)["statusCode"]]
    assert UP_AND_DOWN * 2 + UP_AND_DOWN[:3] == app.seen


def test_loop_that_ends_without_a_close_is_not_used_again(
    handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The host has cancelled the app's lifespan with it, and the log says so."""
    app = App(STARTED, STOPPED)
    handler = handler_for(app)
    for _ in range(2):
        assert 200 == asyncio.run(handler.aio(EVENT, None))["statusCode"]
    assert ["lifespan", "lifespan.startup", "http"] * 2 == app.seen
    assert ["the app's lifespan ended with an error"] * 2 == caplog.messages


# --- the end of a process

SERVING = """
import asyncio, sys, threading, time
sys.path.insert(0, {root!r})
from lambda_bridge import make_handler
from lambda_bridge.testing import make_event

log = lambda text: print(text, flush=True)
ended = threading.Event()

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        # As database drivers do: the process cannot end before this thread.
        threading.Thread(target=ended.wait).start()
        log("startup")
        await send({{"type": "lifespan.startup.complete"}})
        await receive()
        # Python 3.12.0 and 3.12.1 start no thread any more at that time (python/cpython#113964).
        if not (3, 12) <= sys.version_info < (3, 12, 2):
            await asyncio.to_thread(str)
        log("shutdown")
        ended.set()
        await send({{"type": "lifespan.shutdown.complete"}})
        return
    if scope["path"] == "/wait":
        log("waiting")
        await asyncio.sleep(60)
    await send({{"type": "http.response.start", "status": 200}})
    await send({{"type": "http.response.body", "body": b"ok"}})

handler = make_handler(app)
call = lambda path: handler(make_event("aws_http", "GET", path), None)["body"]
log(call("/"))
log(call("/"))
{rest}
"""

BLOCK = "log('waiting'); threading.Event().wait(60)"


def serve(rest: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SERVING.format(root=str(ROOT), rest=rest)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(
    ("expected", "rest"), [(0, ""), (3, "raise SystemExit(3)"), (0, "handler.close()"), (1, "raise ValueError")]
)
def test_shutdown_runs_once_when_the_process_ends(expected: int, rest: str) -> None:
    """However it ends; and before anything that waits for what the shutdown ends."""
    process = serve(rest)
    output, _ = process.communicate(timeout=20)
    assert ("startup\nok\nok\nshutdown\n", expected) == (output, process.returncode)


@pytest.mark.skipif(os.name != "posix", reason="a system without signals")
@pytest.mark.parametrize("rest", [BLOCK, "call('/wait')"])
def test_sigterm_runs_the_shutdown(rest: str) -> None:
    """Platforms announce the end of an environment so, between two calls or in the middle of one."""
    process = serve(rest)
    assert process.stdout is not None
    lines: list[str] = []
    while not lines or lines[-1] != "waiting\n":
        lines.append(process.stdout.readline())
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=20)
    assert ("shutdown\n", "", 128 + signal.SIGTERM) == (output, errors, process.returncode)


@pytest.mark.skipif(os.name != "posix", reason="a system without signals")
@pytest.mark.parametrize(
    "claim", ["signal.signal(signal.SIGTERM, lambda *_: log('own') or ended.set() or sys.exit(7))"]
)
def test_sigterm_that_the_app_has_claimed_stays_its_own(claim: str) -> None:
    """Its handler decides; the shutdown still runs when that ends the process."""
    source = SERVING.format(root=str(ROOT), rest=BLOCK).replace(
        "handler = make", f"import signal\n{claim}\nhandler = make"
    )
    process = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    while process.stdout.readline() != "waiting\n":
        continue
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=20)
    assert ("own\nshutdown\n", 7) == (output, process.returncode)


def test_signal_handlers_stay_as_they_are_without_a_lifespan(handler_for: Callable[..., Any]) -> None:
    """An app that has nothing to shut down needs no signal."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    handler_for(unaware, lifespan="off")(EVENT, None)
    assert signal.SIG_DFL == signal.getsignal(signal.SIGTERM)


def test_first_call_in_a_worker_thread_leaves_signals_alone(handler_for: Callable[..., Any]) -> None:
    """Only the main thread may set a handler: there the host decides how it ends."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    app = App(STARTED, STOPPED)
    handler = handler_for(app)
    thread = threading.Thread(target=handler, args=(EVENT, None))
    thread.start()
    thread.join(10)
    assert (["lifespan", "lifespan.startup", "http"], signal.SIG_DFL) == (app.seen, signal.getsignal(signal.SIGTERM))
