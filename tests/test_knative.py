"""What func-python, the runtime of Knative Functions, is given: called as its http.py of 0.8.1 calls it."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.emulate.asgi import exchange
from lambda_bridge.errors import ConfigurationError, StartupFailed
from lambda_bridge.formats import asgi
from lambda_bridge.knative import make_new
from lambda_bridge.messages import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambda_bridge.knative import Function

EVENT = asgi.make_event(Request("POST", "/a", headers=[("host", "example.com")], body=b"abc"))


class App:
    """An ASGI app that remembers what happened to it, where."""

    def __init__(self, problem: str | None = None) -> None:
        self.problem = problem
        self.log: list[str] = []
        self.loops: set[asyncio.AbstractEventLoop] = set()

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.loops.add(asyncio.get_running_loop())
        if scope["type"] == "lifespan":
            await receive()
            if self.problem is not None:
                await send({"type": "lifespan.startup.failed", "message": self.problem})
                return
            self.log.append("started")
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await asyncio.sleep(0)
            self.log.append("stopped")
            await send({"type": "lifespan.shutdown.complete"})
            return
        body = (await receive())["body"]
        self.log.append(f"{scope['method']} {scope['path']} {body!r}")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"one ", "more_body": True})
        await send({"type": "http.response.body", "body": b"two"})


async def served(function: Function, requests: int = 1) -> list[bytes]:
    """The bodies of some requests, between start and stop, all on one running loop."""
    function.start({"SOME": "environment"})
    bodies = [body_of(await exchange(function.handle, EVENT)) for _ in range(requests)]
    function.stop()
    return bodies


def body_of(messages: list[dict[str, Any]]) -> bytes:
    return b"".join(message.get("body", b"") for message in messages)


def test_names_are_those_that_func_python_looks_for() -> None:
    """It decides by __name__ whether it has a function or a factory."""
    app = App()

    assert make_handler(app).__name__ == "handle"
    assert make_new(app).__name__ == "new"


def test_handler_alone_serves_requests() -> None:
    """`handle = make_handler(app)`: its lifespan starts with the first request."""
    app = App()

    assert body_of(asyncio.run(exchange(make_handler(app), EVENT))) == b"one two"
    assert app.log == ["started", "POST /a b'abc'"]


def test_lifespan_begins_and_ends_with_the_server() -> None:
    """Start-up is done when start returns, shutdown when stop does: nobody awaits either."""
    app = App()

    assert asyncio.run(served(make_new(app)(), 2)) == [b"one two"] * 2
    assert app.log == ["started", "POST /a b'abc'", "POST /a b'abc'", "stopped"]


def test_app_lives_on_one_loop_that_is_not_the_servers() -> None:
    """So an app that blocks delays no probe; what it has started up is on the loop of its requests."""
    app = App()
    before = set(threading.enumerate())

    async def serve() -> asyncio.AbstractEventLoop:
        await served(make_new(app)())
        return asyncio.get_running_loop()

    server = asyncio.run(serve())

    assert len(app.loops) == 1
    assert server not in app.loops
    assert set(threading.enumerate()) == before


def test_wsgi_app_has_nothing_to_start() -> None:
    """It is served all the same."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [environ["wsgi.input"].read()]

    assert asyncio.run(served(make_new(app)())) == [b"abc"]


def test_requests_without_start() -> None:
    """A server without lifespan never calls start: the app runs on its loop."""
    app = App()

    assert body_of(asyncio.run(exchange(make_new(app)().handle, EVENT))) == b"one two"


@pytest.mark.parametrize("problem", ["no database", ""])
def test_failed_start_is_told_to_the_probes(problem: str, caplog: pytest.LogCaptureFixture) -> None:
    """The server goes on, so Kubernetes must end it; the log has the reason, the client of a probe has not."""
    function = make_new(App(problem))()

    async def serve() -> None:
        function.start({})

    assert function.alive() == (True, "OK")
    with pytest.raises(StartupFailed, match="start-up failed"):
        asyncio.run(serve())
    assert (function.alive(), function.ready()) == ((False, "start-up failed"), (False, "not started"))
    assert "the app's start-up failed" in caplog.text
    function.stop()


def test_exit_in_the_start_up_is_a_failed_start() -> None:
    """Whatever ends the app's loop, start does not wait for ever."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        raise SystemExit(3)

    with pytest.raises(StartupFailed, match="SystemExit"):
        make_new(app)().start({})


def test_readiness() -> None:
    """Ready between start and stop."""
    function = make_new(App())()
    seen = [function.ready()]

    async def serve() -> None:
        function.start({})
        seen.append(function.ready())
        function.stop()
        seen.append(function.ready())

    asyncio.run(serve())

    assert [ready for ready, _ in seen] == [False, True, False]


def test_error_of_a_request_is_raised_where_it_was_sent() -> None:
    """An app that exits ends neither the loop that it lives on nor the next request."""
    seen = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        seen.append(scope["path"])
        raise SystemExit(3) if len(seen) == 1 else ValueError("of the app")

    async def serve() -> None:
        function = make_new(app, on_error="raise")()
        function.start({})
        for error in (SystemExit, ValueError):
            with pytest.raises(error):
                await exchange(function.handle, EVENT)
        function.stop()

    asyncio.run(serve())


def test_contextvars_of_the_server_are_the_apps() -> None:
    """Middleware around the function may have set some."""
    mark = contextvars.ContextVar("mark", default="none")
    seen = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            seen.append(mark.get())
        await App()(scope, receive, send)

    async def serve() -> None:
        mark.set("some")
        await served(make_new(app)())

    asyncio.run(serve())

    assert seen == ["some"]


def test_options_and_handlers_are_taken() -> None:
    """What make_handler takes, or what it has made."""
    app = App()
    handler = make_handler(app)

    assert make_new(handler)().handler is handler
    with pytest.raises(ConfigurationError):
        make_new(app, lifespan="sometimes")
    with pytest.raises(ConfigurationError, match="on_error: these options go to make_handler"):
        make_new(handler, on_error="raise")
