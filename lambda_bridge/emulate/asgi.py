"""An ASGI server's part of one exchange: what an app receives, and the messages that it sends."""

from __future__ import annotations

import asyncio
import queue
from concurrent.futures import wait
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def exchange(app: Callable[..., Any], event: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages that an ASGI *app* sends for *event*: a scope with the body beside it.

    The client stays connected until it has the whole response.
    """
    sent: list[dict[str, Any]] = []

    async def keep(message: dict[str, Any]) -> None:
        sent.append(message)

    await _converse(app, event, keep, asyncio.Event())
    return sent


class Conversation:
    """`exchange` for who is in another thread than the app's *loop*: message by message, as the app sends them.

    The app waits in ``send`` until the next one is asked for. What it raises is raised here.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, app: Callable[..., Any], event: dict[str, Any]) -> None:
        self._loop = loop
        # None: the app has ended.
        self._sent: queue.SimpleQueue[Optional[dict[str, Any]]] = queue.SimpleQueue()
        self._is_begun = False
        self._wanted, self._gone = asyncio.run_coroutine_threadsafe(_make_signals(), loop).result()
        self._running = asyncio.run_coroutine_threadsafe(self._run(app, event), loop)

    async def _run(self, app: Callable[..., Any], event: dict[str, Any]) -> None:
        try:
            await _converse(app, event, self._hand_over, self._gone)
        finally:
            self._sent.put(None)

    async def _hand_over(self, message: dict[str, Any]) -> None:
        # To a client that has gone, servers send nothing, and do not complain.
        if not self._gone.is_set():
            self._sent.put(message)
            await self._wanted.acquire()

    def __iter__(self) -> Conversation:
        return self

    def __next__(self) -> dict[str, Any]:
        if self._is_begun and not self._running.done():
            self._loop.call_soon_threadsafe(self._wanted.release)
        self._is_begun = True
        message = self._sent.get()
        if message is None:
            self._sent.put(None)
            self._running.result()
            raise StopIteration
        return message

    def close(self) -> None:
        """The client goes; returns when the app has ended, however."""
        if not self._running.done():
            self.leave()
            wait([self._running])

    def leave(self) -> None:
        """The client goes; returns at once."""
        self._loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        self._gone.set()
        self._wanted.release()


async def _make_signals() -> tuple[asyncio.Semaphore, asyncio.Event]:
    # Before Python 3.10 they belong to the loop in which they are made.
    return asyncio.Semaphore(0), asyncio.Event()


async def _converse(
    app: Callable[..., Any],
    event: dict[str, Any],
    deliver: Callable[[dict[str, Any]], Awaitable[None]],
    gone: asyncio.Event,
) -> None:
    """Run *app*; *deliver* gets each of its messages; it hears of the client's end when *gone* is set."""
    scope = {name: value for name, value in event.items() if name != "body"}
    received = [{"type": "http.request", "body": event["body"], "more_body": False}]

    async def receive() -> dict[str, Any]:
        if received:
            return received.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        await deliver(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            gone.set()

    await app(scope, receive, send)
