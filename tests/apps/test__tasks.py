"""What an app starts while it serves a request ends with it."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from lambda_bridge.apps import _tasks
from lambda_bridge.testing import Client
from tests.apps.asgi_apps import respond

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def test_background_work_has_ended_before_the_result_is_returned(handler_for: Callable[..., Any]) -> None:
    """A function is frozen between two calls: what a request has begun ends with it."""
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    done: list[str] = []
    pause = threading.Event()

    async def work(name: str) -> None:
        await asyncio.sleep(0.01)
        if name == "nested":
            task = asyncio.create_task(work("inner"))
            done.append(f"{name} began {task.done()}")
        done.append(name)

    def work_in_thread() -> None:
        pause.wait(0.01)
        done.append("thread")

    async def background(request: Any) -> PlainTextResponse:
        return PlainTextResponse("ok", background=BackgroundTask(work, "background"))

    async def in_thread(request: Any) -> PlainTextResponse:
        return PlainTextResponse("ok", background=BackgroundTask(work_in_thread))

    async def task(request: Any) -> PlainTextResponse:
        request.state.task = asyncio.create_task(work("nested"))
        return PlainTextResponse("ok")

    app = Starlette(routes=[Route("/background", background), Route("/thread", in_thread), Route("/task", task)])
    client = Client(handler_for(app))
    for path, expected in [
        ("/background", ["background"]),
        ("/thread", ["thread"]),
        ("/task", ["nested began False", "nested", "inner"]),
    ]:
        done.clear()
        assert "ok" == client.get(path).text
        assert expected == done


def test_task_that_never_ends_is_cancelled_and_not_resumed_in_the_next_call(
    handler_for: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Where no deadline is known, what a request leaves behind has a limit of its own."""
    monkeypatch.setattr(_tasks, "LEFT_TASKS", 0.01)
    ticks: list[str] = []

    async def tick(name: str) -> None:
        try:
            while True:
                ticks.append(name)
                await asyncio.sleep(0)
        finally:
            ticks.append("cancelled")

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["path"] == "/leave":
            scope["state"]["task"] = asyncio.create_task(tick("first"))
        else:
            await asyncio.sleep(0.01)
        await respond(send)

    client = Client(handler_for(app, lifespan="off"))
    assert 200 == client.get("/leave").status
    assert "cancelled" == ticks[-1]
    assert "background work was stopped" in caplog.text
    ticks.clear()
    assert 200 == client.get("/").status
    assert [] == ticks


def test_task_of_the_lifespan_goes_on(handler_for: Callable[..., Any]) -> None:
    """What start-up begins belongs to the process, and no request waits for it."""
    beats: list[int] = []

    async def beat() -> None:
        while True:
            beats.append(len(beats))
            await asyncio.sleep(0)

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            heart = asyncio.create_task(beat())
            await send({"type": "lifespan.startup.complete"})
            await receive()
            heart.cancel()
            await send({"type": "lifespan.shutdown.complete"})
            return
        before = len(beats)
        while len(beats) < before + 3:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await respond(send)

    client = Client(handler_for(app))
    assert [200, 200] == [client.get("/").status, client.get("/").status]
    assert len(beats) >= 6
