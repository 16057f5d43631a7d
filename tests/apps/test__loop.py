"""One loop for the calls of all threads: who drives it, who waits, and how it ends."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.apps import _loop, asgi
from lambda_bridge.apps._exchange import Exchange, nothing
from lambda_bridge.apps._loop import SharedLoop
from tests.apps.asgi_apps import event, respond, responding

if TYPE_CHECKING:
    from collections.abc import Callable


def test_calls_from_threads_progress_side_by_side(handler_for: Callable[..., Any]) -> None:
    """Eight calls that wait for each other all end, each with its own event and context."""
    arrived: list[str] = []
    everybody: list[asyncio.Event] = []

    async def view(scope: dict[str, Any], receive: Any) -> list[Any]:
        if not everybody:
            everybody.append(asyncio.Event())
        arrived.append(scope["path"])
        if len(arrived) == 8:
            everybody[0].set()
        await everybody[0].wait()
        return [scope["path"], scope["lambda_bridge.event"]["rawPath"], scope["lambda_bridge.context"]]

    handler = handler_for(responding(view))
    results: dict[int, Any] = {}

    def work(number: int) -> None:
        results[number] = json.loads(handler(event(f"/{number}"), f"context {number}")["body"])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert {number: [f"/{number}", f"/{number}", f"context {number}"] for number in range(8)} == results


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no signals to threads on this system")
def test_waiting_call_that_a_signal_ends_is_not_waited_for(handler_for: Callable[..., Any]) -> None:
    """The main thread leaves with the signal's exception; others go on, and the next call works."""
    begun = {"/long": threading.Event(), "/interrupted": threading.Event()}
    may_end = threading.Event()

    async def view(scope: dict[str, Any], receive: Any) -> str:
        if scope["path"] in begun:
            begun[scope["path"]].set()
            await asyncio.get_running_loop().run_in_executor(None, may_end.wait, 10)
        return "done"

    def interrupt(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    handler = handler_for(responding(view))
    answers: list[Any] = []
    driver = threading.Thread(target=lambda: answers.append(handler(event("/long"), None)))
    main = threading.get_ident()

    def send_signal() -> None:
        begun["/interrupted"].wait(10)
        signal.pthread_kill(main, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, interrupt)
    sender = threading.Thread(target=send_signal)
    try:
        driver.start()
        assert begun["/long"].wait(10)
        sender.start()
        with pytest.raises(KeyboardInterrupt):
            handler(event("/interrupted"), None)
    finally:
        signal.signal(signal.SIGUSR1, before)
        may_end.set()
        driver.join(10)
        sender.join(10)
    assert [200, 200] == [answers[0]["statusCode"], handler(event("/short"), None)["statusCode"]]


@pytest.mark.parametrize(
    ("owner", "at"), [(SharedLoop, "_queue_up"), (asgi.AsgiRunner, "_start"), (SharedLoop, "_drive")]
)
def test_driver_that_a_signal_ends_at_any_point_leaves_the_loop_to_others(
    owner: Any, at: str, monkeypatch: pytest.MonkeyPatch, handler_for: Callable[..., Any]
) -> None:
    """A signal handler may raise between two steps, just after the first or just before the last."""

    async def view(scope: dict[str, Any], receive: Any) -> str:
        return "done"

    real = getattr(owner, at)

    def interrupted(self: Any, *args: Any) -> Any:
        monkeypatch.setattr(owner, at, real)
        if at != "_drive":
            real(self, *args)
        raise KeyboardInterrupt

    handler = handler_for(responding(view))
    monkeypatch.setattr(owner, at, interrupted)
    with pytest.raises(KeyboardInterrupt):
        handler(event("/interrupted"), None)

    thread = threading.Thread(target=handler, args=(event("/in_another_thread"), None), daemon=True)
    thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert 200 == handler(event("/next"), None)["statusCode"]


@pytest.mark.parametrize("long_call_first", [True, False])
def test_driver_hands_the_loop_over(long_call_first: bool, handler_for: Callable[..., Any]) -> None:
    """Whichever call drives the loop, it returns with its own answer, and the other goes on."""
    seen: dict[str, Any] = {"ended": [], "started": threading.Event(), "short ended": threading.Event()}

    async def view(scope: dict[str, Any], receive: Any) -> str:
        name = str(scope["path"])
        if "gate" not in seen:
            seen["gate"] = asyncio.Event()
        seen["started"].set()
        if name == "/long":
            await seen["gate"].wait()
        elif not long_call_first:
            # Drives the loop until the long call has come.
            while "/long" not in seen["called"]:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
        return name

    async def open_gate(scope: dict[str, Any], receive: Any) -> str:
        if scope["path"] == "/open":
            seen["gate"].set()
            return "/open"
        return await view(scope, receive)

    handler = handler_for(responding(open_gate))
    seen["called"] = []

    def call(path: str) -> None:
        seen["called"].append(path)
        seen["ended"].append(json.loads(handler(event(path), None)["body"]))

    first, second = ("/long", "/short") if long_call_first else ("/short", "/long")
    threads = {path: threading.Thread(target=call, args=(path,)) for path in (first, second)}
    threads[first].start()
    assert seen["started"].wait(10)
    threads[second].start()
    threads["/short"].join(10)
    assert ["/short"] == seen["ended"]
    call("/open")
    threads["/long"].join(10)
    assert ["/long", "/open", "/short"] == sorted(seen["ended"])


def test_many_calls_from_many_threads_all_end(handler_for: Callable[..., Any]) -> None:
    """The loop goes from hand to hand without losing anybody."""

    async def view(scope: dict[str, Any], receive: Any) -> str:
        for _ in range(hash(scope["path"]) % 4):
            await asyncio.sleep(0)
        return str(scope["path"])

    handler = handler_for(responding(view))
    wrong: list[str] = []

    def work(number: int) -> None:
        for round_ in range(50):
            path = f"/{number}/{round_}"
            if json.loads(handler(event(path), None)["body"]) != path:
                wrong.append(path)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert ([], [False] * 8) == (wrong, [thread.is_alive() for thread in threads])


class Context:
    """Of AWS, with so many milliseconds left."""

    def __init__(self, left: float) -> None:
        self.left = left

    def get_remaining_time_in_millis(self) -> float:
        return self.left


def test_waiting_call_has_a_deadline_of_its_own(handler_for: Callable[..., Any]) -> None:
    """The app of another call blocks the loop; the one that waits gets its 504 in time, and its app is not begun later."""
    blocks, may_go_on = threading.Event(), threading.Event()
    seen: list[str] = []

    async def view(scope: dict[str, Any], receive: Any) -> str:
        seen.append(scope["path"])
        if scope["path"] == "/blocks":
            blocks.set()
            may_go_on.wait(10)
        return "done"

    handler = handler_for(responding(view), deadline_margin=0.01)
    answers: list[Any] = []
    driver = threading.Thread(target=lambda: answers.append(handler(event("/blocks"), None)))
    driver.start()
    assert blocks.wait(10)
    late = handler(event("/waits"), Context(60))
    may_go_on.set()
    driver.join(10)
    handler(event("/next"), None)

    assert (504, 200) == (late["statusCode"], answers[0]["statusCode"])
    assert ["/blocks", "/next"] == seen


# --- the end


def test_last_one_who_leaves_a_closed_handler_ends_its_loop(handler_for: Callable[..., Any]) -> None:
    """A call that is under way when the handler is closed still gets its answer."""
    loops: list[asyncio.AbstractEventLoop] = []
    started, may_end = threading.Event(), threading.Event()

    async def view(scope: dict[str, Any], receive: Any) -> str:
        loops.append(asyncio.get_running_loop())
        started.set()
        while not may_end.is_set():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        return "done"

    handler = handler_for(responding(view))
    answers: list[Any] = []
    driver = threading.Thread(target=lambda: answers.append(handler(event(), None)))
    driver.start()
    assert started.wait(10)
    handler.close()
    before = loops[0].is_closed()
    may_end.set()
    driver.join(10)

    assert (False, 200, True) == (before, answers[0]["statusCode"], loops[0].is_closed())


def test_app_that_closes_its_own_handler_ends_its_loop(handler_for: Callable[..., Any]) -> None:
    """When it has answered; the next call has another one."""
    loops: list[asyncio.AbstractEventLoop] = []

    async def view(scope: dict[str, Any], receive: Any) -> str:
        loops.append(asyncio.get_running_loop())
        if scope["path"] == "/close":
            handler.close()
        return "done"

    handler = handler_for(responding(view))
    assert [200, 200] == [handler(event(path), None)["statusCode"] for path in ("/close", "/next")]
    assert [True, False] == [loop.is_closed() for loop in loops]


def test_thread_that_never_ends_is_left_behind(
    handler_for: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """To close is not to wait for ever, for a store that hangs, say."""
    monkeypatch.setattr(_loop, "ENDING", 0.01)
    monkeypatch.setattr(_loop, "_left", [])
    released, before = threading.Event(), set(threading.enumerate())

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        asyncio.get_running_loop().run_in_executor(None, released.wait, 20)
        await respond(send)

    handler = handler_for(app, lifespan="off")
    handler(event(), None)
    handler.close()
    (loop,) = _loop._left
    released.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    monkeypatch.setattr(_loop, "ENDING", 10.0)
    _loop.end_loop(loop)

    assert "is left behind: " in caplog.text
    assert loop.is_closed()


def test_call_that_comes_when_the_loop_has_ended_is_no_hang() -> None:
    """It looked for the loop just before another thread closed the handler."""
    shared = SharedLoop(asyncio.new_event_loop(), is_ours=True)
    shared.give_up()
    with pytest.raises(RuntimeError, match="closed while it was called"):
        shared.wait(Exchange(b"", None), nothing)


def test_end_gives_a_task_the_time_to_clean_up() -> None:
    """As asyncio.run does; what a cancelled task raises is its own matter."""
    seen: list[str] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            seen.append("cleaned up")
            raise ValueError

    loop = asyncio.new_event_loop()
    task = loop.create_task(wait())
    loop.run_until_complete(asyncio.sleep(0))
    _loop.end_loop(loop)

    assert (["cleaned up"], True, True) == (seen, task.done(), loop.is_closed())
