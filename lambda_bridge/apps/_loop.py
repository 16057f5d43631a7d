"""One event loop that all calls share, and whose thread drives it.

No thread belongs to it: the thread that calls drives it until its own response is there. Threads that call meanwhile
hand their exchange to the running loop and wait; when the driver leaves, one of them goes on driving. So a single call
costs no thread switch, and concurrent calls progress side by side.
"""

from __future__ import annotations

import asyncio
import threading
from functools import partial

from lambda_bridge.apps._exchange import Exchange, nothing
from lambda_bridge.deadline import GRACE, Alarm, Stopped
from lambda_bridge.log import log_warning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Any

# Seconds that a loop's end waits for tasks and threads that do not end, a store that never answers for one.
ENDING = 10.0

# Those that could not be closed: a thread of theirs will report to them when it ends.
_left: list[asyncio.AbstractEventLoop] = []


class SharedLoop:
    """*loop*, which is ours, or with ``is_ours`` false a host's, who drives it himself most of the time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, is_ours: bool) -> None:
        self.loop = loop
        self.is_ours = is_ours
        self._mutex = threading.Lock()
        # Guarded by the mutex: whose thread drives; who else waits, the first one first; whether the last one who leaves
        # is to end the loop, and whether that has begun.
        self._driver: Exchange | None = None
        self._waiting: dict[Exchange, _Waiter] = {}
        self._is_given_up = self._is_over = False

    def wait(self, exchange: Exchange, step: Callable[[], None]) -> None:
        """Run *step* in the loop; returns when *exchange* is finished, or has the next part, or when its time is over."""
        # A signal can end this thread's part at any point: by then it must have left, or nobody drives.
        try:
            waiter = self._queue_up(exchange)
            if waiter is None:
                exchange.finished, exchange.is_finished = nothing, False
                step()
            else:
                # In this order: another thread drives the loop, and may finish the exchange at any time.
                exchange.finished = partial(self._release, exchange)
                exchange.is_finished = False
                handed = self.loop.call_soon_threadsafe(step)
                if not waiter.wait(exchange.seconds):
                    # Another call's app blocks the loop, so that no timer fires. What has begun ends when one does.
                    handed.cancel()
                    exchange.expired = True
                    return
            if not exchange.is_finished:
                self._drive(exchange)
        finally:
            self._leave(exchange)

    def complete(self, function: Callable[[], Awaitable[None]]) -> None:
        """Returns when what *function* gives has ended in the loop; raises what it raises."""
        exchange = Exchange(b"", None)

        def step() -> None:
            exchange.task = asyncio.Task(_complete(function, exchange), loop=self.loop)

        self.wait(exchange, step)
        if exchange.error is not None:
            raise exchange.error

    def give_up(self) -> None:
        """Nobody comes any more: end the loop, at once or when the last one leaves who is still there."""
        with self._mutex:
            self._is_given_up = True
            if self._driver is not None:
                return
            self._is_over = True
        end_loop(self.loop)

    def _drive(self, exchange: Exchange) -> None:
        exchange.finished = self.loop.stop
        try:
            if exchange.seconds is None:
                self.loop.run_forever()
            else:
                _run_within(exchange.seconds + 2 * GRACE, self.loop, exchange)
        finally:
            # Where a signal has ended the driving, the app goes on with the next driver, which it must not stop.
            exchange.is_finished = True

    def _queue_up(self, exchange: Exchange) -> _Waiter | None:
        """None when this thread is to drive, else what it waits with."""
        with self._mutex:
            if self._is_over:
                # Between its look for the loop and this line another thread has closed the handler.
                raise RuntimeError("the handler was closed while it was called")
            if self._driver is None and not self.loop.is_running():
                self._driver = exchange
                return None
            waiter = self._waiting[exchange] = _Waiter()
            return waiter

    def _leave(self, exchange: Exchange) -> None:
        """*exchange* waits no longer, and drives no longer: the next one does."""
        with self._mutex:
            if self._driver is not exchange:
                self._waiting.pop(exchange, None)
                return
            waiter = None
            if self._waiting:
                self._driver = successor = next(iter(self._waiting))
                waiter = self._waiting.pop(successor)
            else:
                self._driver = None
                self._is_over = self._is_given_up
                if not self._is_over:
                    return
        if waiter is not None:
            waiter.wake()
        else:
            end_loop(self.loop)

    def _release(self, exchange: Exchange) -> None:
        """In the loop: what *exchange* waits for is there."""
        with self._mutex:
            waiter = self._waiting.pop(exchange, None)
        if waiter is not None:
            waiter.wake()


class _Waiter:
    """A thread whose exchange another thread drives; it wakes when that is finished, or to drive itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def wait(self, seconds: float | None) -> bool:
        """False when nobody has woken it by the time that an exchange of so many *seconds* has been ended."""
        return self._lock.acquire(timeout=-1 if seconds is None else max(seconds, 0.0) + 2 * GRACE)

    def wake(self) -> None:
        self._lock.release()


async def _complete(function: Callable[[], Awaitable[None]], exchange: Exchange) -> None:
    try:
        await function()
    except BaseException as error:  # the thread that called raises it, not the one that drives
        exchange.error = error
    finally:
        exchange.finish()


async def wait_in_loop(exchange: Exchange, step: Callable[[], None]) -> None:
    """Inside the loop: run *step*; returns when *exchange* is finished, or has the next part."""
    finished = asyncio.Event()
    exchange.finished = finished.set
    exchange.is_finished = False
    step()
    await finished.wait()


def _run_within(seconds: float, loop: asyncio.AbstractEventLoop, exchange: Exchange) -> None:
    """Drive *loop*; an app that blocks it, so that no timer fires, is stopped by a signal."""
    alarm = Alarm(seconds)
    if not alarm.arm():
        loop.run_forever()
        return
    try:
        try:
            loop.run_forever()
        finally:
            alarm.disarm()
    except Stopped:
        alarm.disarm()  # it may have gone off while it was disarmed
        # Not by finish, which would stop the loop: it has stopped, and would remember.
        if not exchange.is_finished:
            exchange.expired = True


def end_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Close a loop as asyncio.run does, but for one whose tasks or threads do not end."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    ending = loop.create_task(_end(loop, tasks))
    loop.run_until_complete(asyncio.wait([ending], timeout=ENDING))
    if ending.done():
        ending.result()
        loop.close()
    else:
        _left.append(loop)
        log_warning(
            f"the app's event loop is left behind: {ENDING:.0f} s after its end there is still a task or a thread at "
            "work, such as a call of the store of connections that never answers"
        )


async def _end(loop: asyncio.AbstractEventLoop, tasks: set[asyncio.Task[Any]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
    await loop.shutdown_asyncgens()
    await loop.shutdown_default_executor()
