"""A call that a running event loop waits for, on one thread from its beginning to its end.

What an app keeps for a thread it also clears up there: Django closes its connection to the database
when the response is closed, and finds it only on the thread that opened it.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future
    from typing import Any

    from lambda_bridge.messages import Response, SyncChunks


async def run_on_one_thread(run: Callable[[], Response]) -> Response:
    """What *run* gives; its ``chunks``, if any, are asynchronous, and made and closed on the thread of *run*."""
    thread = _Thread()
    running = thread.submit(run)
    try:
        response: Response = await asyncio.wrap_future(running)
    except asyncio.CancelledError:
        # It cannot be stopped; when it comes back, nobody wants the rest.
        thread.submit(_close_chunks_of, running)
        thread.end()
        raise
    except BaseException:
        thread.end()
        raise
    if response.chunks is None:
        thread.end()
    else:
        response.chunks = _AsyncChunks(response.chunks, thread)  # type: ignore[arg-type]
    return response


class _Thread:
    """A thread, with one context for all that runs on it."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "lambda_bridge")
        self._context = copy_context()

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        return self._pool.submit(self._context.run, _call, function, *arguments)

    def end(self) -> None:
        """When all that has been submitted is done; returns at once."""
        self._pool.shutdown(wait=False)


def _call(function: Callable[..., Any], *arguments: Any) -> Any:
    """What *function* gives; its StopIteration becomes a RuntimeError, as in a coroutine (PEP 479).

    No future takes a StopIteration: whoever awaits it would wait for ever (python/cpython#112182).
    """
    try:
        return function(*arguments)
    except StopIteration as error:
        raise RuntimeError("the app raised StopIteration") from error


def _close_chunks_of(running: Future[Response]) -> None:
    if running.exception() is None:
        chunks: Any = running.result().chunks
        if chunks is not None:
            chunks.close()


class _AsyncChunks:
    """*chunks*, each waited for on *thread*, so that the loop goes on."""

    def __init__(self, chunks: SyncChunks, thread: _Thread) -> None:
        self._chunks = chunks
        self._thread = thread

    def __aiter__(self) -> _AsyncChunks:
        return self

    async def __anext__(self) -> bytes:
        part: bytes | None = await asyncio.wrap_future(self._thread.submit(next, self._chunks, None))
        if part is None:
            raise StopAsyncIteration
        return part

    async def aclose(self) -> None:
        closing = self._thread.submit(self._chunks.close)
        self._thread.end()
        await asyncio.wrap_future(closing)
