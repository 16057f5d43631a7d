from __future__ import annotations

import asyncio
import gc
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import formats
from lambda_bridge.errors import ConfigurationError, InvalidResponse
from lambda_bridge.testing import FORMATS, Client
from tests.apps.asgi_apps import event, respond, responding

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[2]


# --- the protocol


@pytest.mark.parametrize("format_", FORMATS)
def test_scope_is_that_of_the_request(format_: str, handler_for: Callable[..., Any]) -> None:
    """Types are those of the spec in every format, and nothing is advertised that is not there."""
    scopes = []

    async def view(scope: dict[str, Any], receive: Any) -> None:
        scopes.append(scope)

    Client(handler_for(responding(view)), format_).get("/caf%C3%A9?q=%20&r=1", headers={"X-A": "1"})
    (scope,) = scopes
    # Below 2.4 frameworks listen for the client's end, which there is only where a response is sent on in parts.
    spec_version = "2.3" if formats.load(formats.parse_spelling(format_)[0]).STREAMS else "2.4"
    assert {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": spec_version},
        "method": "GET",
        "path": "/café",
        "raw_path": b"/caf%C3%A9",
        "query_string": b"q=%20&r=1",
        "root_path": "",
        "state": {},
        "extensions": {},
    } == {name: scope[name] for name in scope.keys() & {
        "type", "asgi", "method", "path", "raw_path", "query_string", "root_path", "state", "extensions"
    }}  # fmt: skip
    assert (b"x-a", b"1") in scope["headers"]
    assert all(type(pair) is tuple and name == name.lower() for pair in scope["headers"] for name in [pair[0]])
    assert scope["scheme"] in {"http", "https"}
    assert scope["http_version"] in {"1.0", "1.1", "2"}
    host, port = scope["server"]
    assert ("localhost", True) == (host, port in {80, 443})
    assert scope["client"] == ("127.0.0.1", 0) or scope["client"] is None


def test_body_is_one_message(handler_for: Callable[..., Any]) -> None:
    """The event has it whole."""

    async def view(scope: dict[str, Any], receive: Any) -> list[Any]:
        message = await receive()
        return [message["type"], message["body"].decode(), message["more_body"]]

    client = Client(handler_for(responding(view)))
    assert [["http.request", "abc", False], ["http.request", "", False]] == [
        client.post("/", body=b"abc").json(),
        client.get("/").json(),
    ]


def test_app_that_reads_until_the_client_leaves_comes_to_its_end(handler_for: Callable[..., Any]) -> None:
    """After the body there is nothing to receive until the response is complete; then the disconnect."""
    received: list[str] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def listen() -> None:
            while not received or received[-1] != "http.disconnect":
                received.append((await receive())["type"])

        listener = asyncio.create_task(listen())
        await asyncio.sleep(0)
        received_before = list(received)
        await respond(send, json.dumps(received_before).encode())
        await listener

    assert ["http.request"] == Client(handler_for(app, lifespan="off")).get("/").json()
    assert ["http.request", "http.disconnect"] == received


@pytest.mark.parametrize("format_", FORMATS)
def test_wrong_message_raises_in_the_apps_own_send(
    format_: str, handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """An app that catches it may answer properly; one that does not is a 500 with the reason in the log."""
    caught: list[str] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            await send({"type": "http.response.body", "body": b"too early"})
        except InvalidResponse as error:
            caught.append(str(error))
        if scope["path"] == "/proper":
            await respond(send)
        else:
            await send({"type": "http.response.start", "status": "200"})

    client = Client(handler_for(app, lifespan="off"), format_)
    assert [(200, b"ok"), (500, b"Internal Server Error")] == [
        (response.status, response.body) for response in (client.get("/proper"), client.get("/improper"))
    ]
    assert ["expected the ASGI message 'http.response.start', but got 'http.response.body'"] * 2 == caught
    assert "the status '200' is not a whole number from 200 to 599" in caplog.text


@pytest.mark.parametrize(
    ("expected", "messages"),
    [
        ("the app ended and had sent no response", []),
        ("a part of the response", [{"type": "http.response.start", "status": 200}]),
        (
            "a part of the response",
            [
                {"type": "http.response.start", "status": 200},
                {"type": "http.response.body", "body": b"half", "more_body": True},
            ],
        ),
    ],
)
def test_app_that_ends_without_a_whole_response_is_a_500(
    expected: str, messages: list[dict[str, Any]], handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """Half a page is never sent as a page, and nothing hangs."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        for message in messages:
            await send(message)

    response = Client(handler_for(app, lifespan="off")).get("/")
    assert (500, "Internal Server Error") == (response.status, response.text)
    assert expected in caplog.text


def test_cancellation_that_escapes_is_a_500(handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    """Out of the function it would end its process."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        raise asyncio.CancelledError

    client = Client(handler_for(app, lifespan="off"))
    assert [500, 500] == [client.get("/").status, client.get("/").status]
    assert "the app was cancelled by itself" in caplog.text


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_exit_passes_through_and_the_handler_still_works(error: BaseException, handler_for: Callable[..., Any]) -> None:
    """As in every server; a host that catches it may go on."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] == "/exit":
            raise error
        await respond(send)

    handler = handler_for(app, lifespan="off")
    with pytest.raises(type(error)):
        handler(event("/exit"), None)
    assert 200 == handler(event(), None)["statusCode"]


@pytest.mark.parametrize("format_", FORMATS)
def test_streaming_response_arrives_whole(format_: str, handler_for: Callable[..., Any]) -> None:
    """Starlette listens for the disconnect while it streams: the client is there until the end."""
    from starlette.applications import Starlette
    from starlette.middleware import Middleware
    from starlette.middleware.base import BaseHTTPMiddleware
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    async def parts() -> Any:
        for part in ("one ", "two ", "three"):
            yield part
            await asyncio.sleep(0)

    async def stream(request: Any) -> StreamingResponse:
        return StreamingResponse(parts(), media_type="text/plain")

    async def mark(request: Any, call_next: Any) -> Any:
        response = await call_next(request)
        response.headers["x-marked"] = "1"
        return response

    plain = Client(handler_for(Starlette(routes=[Route("/", stream)])), format_)
    marked = Client(
        handler_for(Starlette(routes=[Route("/", stream)], middleware=[Middleware(BaseHTTPMiddleware, dispatch=mark)])),
        format_,
    )
    assert [("one two three", None), ("one two three", "1")] == [
        (response.text, response.header("x-marked")) for response in (plain.get("/"), marked.get("/"))
    ]


def test_asgi_2_app_is_called_twice(handler_for: Callable[..., Any]) -> None:
    """The older interface: first with the scope, then with receive and send."""

    class App:
        def __init__(self, scope: dict[str, Any]) -> None:
            self.scope = scope

        async def __call__(self, receive: Any, send: Any) -> None:
            await respond(send, self.scope["path"].encode())

    assert "/x" == Client(handler_for(App, lifespan="off")).get("/x").text


def test_errors_in_another_loops_handler_do_not_matter(handler_for: Callable[..., Any]) -> None:
    """Two handlers in one process have each their own loop, and share no state."""

    async def view(scope: dict[str, Any], receive: Any) -> int:
        return id(asyncio.get_running_loop())

    one, two = Client(handler_for(responding(view))), Client(handler_for(responding(view)))
    assert one.get("/").json() == one.get("/").json() != two.get("/").json()


def test_failure_after_the_response_is_logged(
    handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The client has its answer, the developer the traceback."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await respond(send)
        raise ValueError("in the background")

    assert (200, "ok") == ((response := Client(handler_for(app, lifespan="off")).get("/")).status, response.text)
    assert "ValueError: in the background" in caplog.text


# --- its loop


def test_every_call_runs_on_one_loop(handler_for: Callable[..., Any]) -> None:
    """What an app keeps between two calls (a connection pool) is bound to a loop."""

    async def view(scope: dict[str, Any], receive: Any) -> int:
        return id(asyncio.get_running_loop())

    handler = handler_for(responding(view))
    loops = {handler(event(), None)["body"] for _ in range(3)}
    thread = threading.Thread(target=lambda: loops.add(handler(event(), None)["body"]))
    thread.start()
    thread.join(10)
    assert 1 == len(loops)


def test_construction_starts_nothing(handler_for: Callable[..., Any]) -> None:
    """No loop, no thread before the first call: platforms snapshot and fork initialised processes."""
    called = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        called.append(scope["type"])

    threads = threading.active_count()
    handler_for(app)
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
    assert ([], threads) == (called, threading.active_count())


def test_a_thousand_calls_leak_nothing(handler_for: Callable[..., Any]) -> None:
    """No file descriptor, no thread, no task is left behind by a call."""

    async def view(scope: dict[str, Any], receive: Any) -> int:
        return len(asyncio.all_tasks())

    handler = handler_for(responding(view))
    one = event()
    handler(one, None)
    descriptors, threads = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc") else 0, threading.active_count()
    tasks = {handler(one, None)["body"] for _ in range(1000)}
    gc.collect()
    assert {"1"} == tasks
    # Fewer where a thread of an earlier test has ended meanwhile.
    assert threading.active_count() <= threads
    if descriptors:
        assert descriptors == len(os.listdir("/proc/self/fd"))


def test_close_gives_everything_back(handler_for: Callable[..., Any]) -> None:
    """A closed handler keeps no descriptor, and the next call begins again with a new loop."""

    async def view(scope: dict[str, Any], receive: Any) -> str:
        return repr(id(asyncio.get_running_loop()))

    handler = handler_for(responding(view))
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc") else 0
    for _ in range(3):
        handler(event(), None)
        handler.close()
    handler.close()
    if before:
        assert before == len(os.listdir("/proc/self/fd"))
    assert 200 == handler(event(), None)["statusCode"]


# --- inside a running loop


def test_sync_call_inside_a_running_loop_says_what_to_do(handler_for: Callable[..., Any]) -> None:
    """It would wait for itself for ever; the error names the way that works."""

    async def view(scope: dict[str, Any], receive: Any) -> str:
        return "ok"

    handler = handler_for(responding(view))

    async def scenario() -> None:
        handler(event(), None)

    with pytest.raises(ConfigurationError, match=r"await handler\.aio\(\.\.\.\)"):
        asyncio.run(scenario())


def test_aio_works_inside_a_running_loop_several_at_once(handler_for: Callable[..., Any]) -> None:
    """Hosts that run a loop await their calls, which wait for each other without harm."""
    arrived: list[str] = []

    async def view(scope: dict[str, Any], receive: Any) -> list[Any]:
        arrived.append(scope["path"])
        while len(arrived) < 5:  # noqa: ASYNC110
            await asyncio.sleep(0)
        return [scope["path"], scope["lambda_bridge.context"], id(asyncio.get_running_loop())]

    handler = handler_for(responding(view))

    async def scenario() -> tuple[int, list[Any]]:
        results = await asyncio.gather(*(handler.aio(event(f"/{number}"), number) for number in range(5)))
        handler.close()
        return id(asyncio.get_running_loop()), [json.loads(result["body"]) for result in results]

    loop, values = asyncio.run(scenario())
    assert [[f"/{number}", number, loop] for number in range(5)] == values


def test_aio_of_a_wsgi_app_works(handler_for: Callable[..., Any]) -> None:
    """It runs in a thread, so that the host's loop goes on."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [str(threading.current_thread() is threading.main_thread()).encode()]

    async def scenario() -> Any:
        return await handler_for(app).aio(event(), None)

    assert "False" == asyncio.run(scenario())["body"]


def test_aio_answers_as_the_handler_does(handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    """Errors too: the same line, only awaited."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] == "/error":
            raise ValueError("in the app")
        await respond(send)

    handler = handler_for(app, lifespan="off", events="/events")

    async def scenario(path: str) -> Any:
        result = await handler.aio(event(path), None)
        handler.close()
        return result

    for path in ("/", "/error", "/events"):
        assert handler(event(path), None) == asyncio.run(scenario(path))
    assert "ValueError: in the app" in caplog.text


def test_aio_and_handler_share_the_loop_that_the_app_started_on(handler_for: Callable[..., Any]) -> None:
    """A pool that start-up made is never used on a second loop."""

    async def view(scope: dict[str, Any], receive: Any) -> int:
        return id(asyncio.get_running_loop())

    handler = handler_for(responding(view))
    first = handler(event(), None)["body"]

    async def scenario() -> Any:
        return (await handler.aio(event(), None))["body"]

    assert first == asyncio.run(scenario())


def test_cancelled_aio_cancels_the_app(handler_for: Callable[..., Any]) -> None:
    """The host does not want the answer any more."""
    seen: list[str] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            seen.append("cancelled")

    handler = handler_for(app, lifespan="off")

    async def scenario() -> None:
        call = asyncio.create_task(handler.aio(event(), None))
        await asyncio.sleep(0.01)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
        await asyncio.sleep(0)

    asyncio.run(scenario())
    assert ["cancelled"] == seen


# --- processes

FORKING = """
import os, sys, threading
sys.path.insert(0, {root!r})
from lambda_bridge import make_handler
from lambda_bridge.testing import make_event

starts = []

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        starts.append(os.getpid())
        await send({{"type": "lifespan.startup.complete"}})
        await receive()
        return
    await send({{"type": "http.response.start", "status": 200}})
    await send({{"type": "http.response.body", "body": str([pid == os.getpid() for pid in starts]).encode()}})

handler = make_handler(app)

def call():
    return handler(make_event("aws_http", "GET", "/"), None)["body"]

print("parent", call(), flush=True)
child = os.fork()
if child == 0:
    print("child", call(), call(), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print("parent", call(), flush=True)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")
def test_child_of_a_fork_begins_anew_and_the_parent_goes_on() -> None:
    """The child has a loop and a lifespan of its own, and does no harm to its parent's."""
    done = subprocess.run(
        [sys.executable, "-c", FORKING.format(root=str(ROOT))], capture_output=True, text=True, timeout=20, check=False
    )
    assert ("parent [True]\nchild [False, True] [False, True]\nparent [True]\n", "") == (done.stdout, done.stderr)


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_no_warning_is_given(interface: str) -> None:
    """Import, construction, call and end of the process are silent with -W error, on every Python."""
    source = f"""
import sys
sys.path.insert(0, {str(ROOT)!r})
from lambda_bridge import make_handler
from lambda_bridge.testing import make_event

def wsgi(environ, start_response):
    start_response("200 OK", [])
    return [b"ok"]

async def asgi(scope, receive, send):
    await send({{"type": "http.response.start", "status": 200}})
    await send({{"type": "http.response.body", "body": b"ok"}})

print(make_handler({interface})(make_event("aws_http", "GET", "/"), None)["body"])
"""
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", source],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert ("ok\n", "") == (done.stdout, done.stderr)
