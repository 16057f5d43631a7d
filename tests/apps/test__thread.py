"""Everything that belongs to one call happens on one thread, in one context."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.apps._thread import run_on_one_thread
from lambda_bridge.apps.wsgi import make_runner
from lambda_bridge.messages import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

user: contextvars.ContextVar[str] = contextvars.ContextVar("user", default="nobody")


class Streaming:
    """An app that says where each of its steps runs."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, threading.Thread, str]] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Streaming:
        self.note("call")
        user.set("ada")
        start_response("200 OK", [])
        self.parts = iter([b"one", b"two"])
        return self

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            self.note("part")
            yield part

    def close(self) -> None:
        self.note("close")

    def note(self, step: str) -> None:
        self.steps.append((step, threading.current_thread(), user.get()))


async def ask(app: Any) -> Response:
    return await make_runner(app, "auto").aio(Request("GET", "/"), ("asgi", {}, None), None, streams=True)


async def close(response: Response) -> None:
    await response.chunks.aclose()  # type: ignore[union-attr]


def test_app_is_called_read_and_closed_on_one_thread() -> None:
    """Django closes its database in close(), where it finds the connection of the same thread only."""

    async def serve() -> list[bytes]:
        response = await ask(app)
        parts = [part async for part in response.chunks]  # type: ignore[union-attr]
        await close(response)
        return parts

    app = Streaming()
    assert asyncio.run(serve()) == [b"one", b"two"]
    assert [step for step, _, _ in app.steps] == ["call", "part", "part", "close"]
    assert len({thread for _, thread, _ in app.steps}) == 1
    assert app.steps[0][1] is not threading.current_thread()
    assert [name for _, _, name in app.steps] == ["nobody", "ada", "ada", "ada"]


def test_thread_ends_with_the_call() -> None:
    """Whether there is a rest, none, or an error."""

    async def serve() -> None:
        await close(await ask(Streaming()))
        await ask(plain)
        with pytest.raises(ZeroDivisionError):
            await ask(failing)

    before = set(threading.enumerate())
    asyncio.run(serve())
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
        assert not thread.is_alive()


def plain(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("204 No Content", [])
    return []


def failing(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    raise ZeroDivisionError


def test_what_comes_after_the_caller_has_gone_is_closed() -> None:
    """A cancelled call goes on in its thread; then its response is closed there, and the thread ends."""

    class Slow(Streaming):
        def __iter__(self) -> Iterator[bytes]:
            entered.set()
            assert gate.wait(10)
            yield b"late"

        def close(self) -> None:
            super().close()
            closed.set()

    async def serve() -> None:
        calling = asyncio.ensure_future(ask(Slow()))
        await asyncio.get_running_loop().run_in_executor(None, entered.wait, 10)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        gate.set()

    entered, gate, closed = threading.Event(), threading.Event(), threading.Event()
    asyncio.run(serve())
    assert closed.wait(10)


def test_error_of_a_call_that_nobody_waits_for_is_let_go() -> None:
    """There is nothing to close then."""

    def fail() -> Response:
        entered.set()
        assert gate.wait(10)
        raise ZeroDivisionError

    async def serve() -> None:
        calling = asyncio.ensure_future(run_on_one_thread(fail))
        await asyncio.get_running_loop().run_in_executor(None, entered.wait, 10)
        calling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await calling
        gate.set()

    entered, gate = threading.Event(), threading.Event()
    asyncio.run(serve())


def test_stop_iteration_is_an_error_like_any_other() -> None:
    """No future takes one: whoever waited for it would wait for ever."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        next(iter([]))
        return []

    async def serve() -> None:
        await asyncio.wait_for(ask(app), 10)

    with pytest.raises(RuntimeError, match="raised StopIteration") as caught:
        asyncio.run(serve())
    assert isinstance(caught.value.__cause__, StopIteration)
