"""An exchange whose response is sent on in parts, while the app still makes the next one.

The app waits in ``send`` until its part has been taken, so no more than one of them is in memory.
"""

from __future__ import annotations

import asyncio

from lambda_bridge.apps._exchange import Exchange
from lambda_bridge.apps._tasks import LEFT_TASKS
from lambda_bridge.messages import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

    from lambda_bridge.messages import Chunks


# Above, Starlette does not listen for the client's end, and hears it from ``send`` alone: an app that waits for
# something else would wait for ever (Starlette 1.10, responses.py; uvicorn 0.54 says 2.3 too; both read in 2026-11).
SPEC_VERSION = "2.3"


class ClientGone(OSError):
    """Raised in ``send`` when nobody wants the rest: the spec's disconnected client (HTTP 2.4)."""


class StreamedExchange(Exchange):
    """Is "finished" for its caller also when a part can be taken; ``ended`` says that the app has."""

    __slots__ = ("_taken", "ended", "is_gone", "is_streaming")

    def __init__(self, body: bytes, seconds: float | None) -> None:
        super().__init__(body, seconds)
        self.ended = False
        self.is_streaming = False
        self.is_gone = False
        self._taken: asyncio.Future[None] | None = None

    async def send(self, message: dict[str, Any]) -> None:
        if self.is_gone:
            raise ClientGone("the client has closed the connection")
        await super().send(message)
        if self._complete:
            if self.is_streaming:
                self._report()
        elif self._chunks and self._status not in (204, 304):
            self.is_streaming = True
            self._taken = asyncio.get_running_loop().create_future()
            self._report()
            await self._taken

    def finish(self) -> None:
        if not self.ended:
            self.ended = True
            self._let_go()
            self._report()

    def _report(self) -> None:
        if not self.is_finished:
            self.is_finished = True
            self.finished()

    def resume(self) -> None:
        """In the loop: the part has been taken, the app may make the next one."""
        if self.ended:
            self._report()
        elif self._taken is not None and not self._taken.done():
            self._taken.set_result(None)

    def leave(self) -> None:
        """In the loop, or before it runs on: nobody wants the rest. The app hears it from ``receive`` and ``send``, and should end.

        One that listens to neither is ended by its deadline; where none is known, after as long as its tasks have.
        """
        self.is_gone = self._complete = True
        if self.timer is None and self.task is not None:
            self.timer = self.task.get_loop().call_later(LEFT_TASKS, self.expire)
        if self._woken is not None:
            self._woken.set()
        if self.ended:
            self._report()
        elif self._taken is not None and not self._taken.done():
            self._taken.set_exception(ClientGone("the client has closed the connection"))

    def take(self) -> bytes:
        """The part that the app has sent; empty where there is none."""
        part = b"".join(self._chunks)
        self._chunks.clear()
        return part

    def streamed(self, chunks: Chunks) -> Response:
        """The response, as far as it is known, and *chunks* for the rest."""
        return Response(self._status, self._headers, b"", chunks)

    def check(self) -> None:
        """At the end: raise what the app has raised before its response was complete."""
        if not isinstance(self.error, ClientGone):
            self.response()


async def end_generators(exchange: StreamedExchange) -> None:
    """The app's client has gone: what ``finally`` of its generators does must not wait for the next call."""
    from traceback import clear_frames

    error, exchange.error = exchange.error, None
    # Tracebacks hold them, in circles that are collected some time later; nobody will look at these.
    while error is not None:
        clear_frames(error.__traceback__)
        error = error.__context__
    # The loop makes a task of the end of each.
    await asyncio.sleep(0)


class Parts:
    """The parts of a body; *wait* runs a step in the app's loop and returns when there is something to take."""

    def __init__(self, exchange: StreamedExchange, wait: Callable[[Callable[[], None]], None]) -> None:
        self._exchange = exchange
        self._wait = wait

    def __iter__(self) -> Parts:
        return self

    def __next__(self) -> bytes:
        part = self._exchange.take()
        while not part and not self._exchange.ended:
            self._wait(self._exchange.resume)
            part = self._exchange.take()
        if not part:
            self._exchange.check()
            raise StopIteration
        return part

    def close(self) -> None:
        """Nobody wants the rest; returns when the app has ended."""
        while not self._exchange.ended:
            self._wait(self._exchange.leave)


class AsyncParts:
    """The same on the loop of the host."""

    def __init__(self, exchange: StreamedExchange, wait: Callable[[Callable[[], None]], Awaitable[None]]) -> None:
        self._exchange = exchange
        self._wait = wait

    def __aiter__(self) -> AsyncParts:
        return self

    async def __anext__(self) -> bytes:
        part = self._exchange.take()
        while not part and not self._exchange.ended:
            await self._wait(self._exchange.resume)
            part = self._exchange.take()
        if not part:
            self._exchange.check()
            raise StopAsyncIteration
        return part

    async def aclose(self) -> None:
        """Nobody wants the rest; returns when the app has ended."""
        while not self._exchange.ended:
            await self._wait(self._exchange.leave)
