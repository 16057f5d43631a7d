"""ASGI apps, and the one event loop that they run on.

The loop is made at the first request and lives as long as the process. No thread belongs to it:
the thread that calls drives it until its own response is there. Threads that call meanwhile hand
their request to the running loop and wait; when the driver leaves, one of them goes on driving. So
a single call costs no thread switch, and concurrent calls progress side by side.
"""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading
import weakref
from functools import partial

from lambda_bridge.apps import is_asgi_2
from lambda_bridge.apps._exchange import LEFT_TASKS, Exchange, make_scope, nothing
from lambda_bridge.apps._process import close_at_exit, forget, heed_sigterm
from lambda_bridge.apps._streaming import SPEC_VERSION, AsyncParts, Parts, StreamedExchange
from lambda_bridge.apps._thread import run_on_one_thread
from lambda_bridge.apps.lifespan import Lifespan
from lambda_bridge.deadline import GRACE, Alarm, Stopped
from lambda_bridge.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from lambda_bridge.apps import Origin
    from lambda_bridge.messages import Request, Response

# The exchange whose app runs, for the tasks that it starts.
_current: contextvars.ContextVar[Exchange | None] = contextvars.ContextVar("lambda_bridge_exchange", default=None)

# Loops and lifespans of the parent process, kept for ever after a fork: to close a loop would
# unregister the parent's sockets from the epoll object that both processes share, and to collect a
# lifespan would run the end of it in the child.
_inherited: list[tuple[asyncio.AbstractEventLoop, Lifespan]] = []


def make_runner(app: Callable[..., Any], lifespan: str) -> AsgiRunner:
    if is_asgi_2(app):
        from asgiref.compatibility import guarantee_single_callable

        app = guarantee_single_callable(app)  # type: ignore[no-untyped-call]
    return AsgiRunner(app, lifespan)


class AsgiRunner:
    """Calls an ASGI app."""

    interface = "asgi"

    def __init__(self, app: Callable[..., Any], lifespan: str) -> None:
        self.app = app
        self._mode = lifespan
        self._begin()
        runner = weakref.ref(self)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=lambda: _forget_parent(runner))

    def _begin(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lifespan = Lifespan(self.app, self._mode)
        self._mutex = threading.Lock()
        # Guarded by the mutex: whose thread drives the loop, and who else waits, the first one first.
        # Who: the exchange, or the lifespan that is shut down.
        self._driver: Exchange | Lifespan | None = None
        self._waiting: dict[Exchange | Lifespan, _Waiter] = {}

    def run(self, request: Request, origin: Origin, seconds: float | None, streams: bool = False) -> Response:
        exchange = self._exchange(request, origin, seconds, streams)
        loop = self._own_loop()
        self._wait(loop, exchange, partial(self._start, exchange, loop))
        if isinstance(exchange, StreamedExchange) and exchange.is_streaming and not exchange.ended:
            return exchange.streamed(Parts(exchange, partial(self._wait, loop, exchange)))
        return exchange.response()

    def _wait(self, loop: asyncio.AbstractEventLoop, exchange: Exchange, step: Callable[[], None]) -> None:
        """Run *step* in *loop*; returns when *exchange* is finished, or has the next part."""
        # A signal can end this thread's part at any point: by then it must have left, or nobody drives.
        try:
            waiter = self._queue_up(loop, exchange)
            if waiter is None:
                exchange.finished, exchange.is_finished = nothing, False
                step()
            else:
                # In this order: another thread drives the loop, and may finish the exchange at any time.
                exchange.finished = partial(self._release, exchange)
                exchange.is_finished = False
                loop.call_soon_threadsafe(step)
                waiter.wait()
            if not exchange.is_finished:
                self._drive(loop, exchange)
        finally:
            self._leave(exchange)

    async def aio(self, request: Request, origin: Origin, seconds: float | None, streams: bool = False) -> Response:
        running = asyncio.get_running_loop()
        if not self._belongs_to(running):
            return await run_on_one_thread(partial(self.run, request, origin, seconds, streams))
        exchange = self._exchange(request, origin, seconds, streams)
        try:
            await _wait_in_loop(exchange, partial(self._start, exchange, running))
        except asyncio.CancelledError:
            if exchange.task is not None:
                exchange.task.cancel()
            raise
        if isinstance(exchange, StreamedExchange) and exchange.is_streaming and not exchange.ended:
            return exchange.streamed(AsyncParts(exchange, partial(_wait_in_loop, exchange)))
        return exchange.response()

    def _belongs_to(self, running: asyncio.AbstractEventLoop) -> bool:
        """Whether the app runs on *running*, as it does from now on where it had no loop yet."""
        if self._loop is None or self._loop.is_closed():
            # What the app starts up belongs to a loop.
            self._adopt(running)
        return self._loop is running

    def start(self) -> None:
        loop = self._own_loop()
        exchange = Exchange(b"", None)
        self._wait(loop, exchange, partial(self._start, exchange, loop, self._serve_startup))
        if exchange.error is not None:
            raise exchange.error

    async def startup(self) -> None:
        if self._belongs_to(asyncio.get_running_loop()):
            await self._ensure_started()

    async def shutdown(self) -> None:
        lifespan, self._lifespan = self._lifespan, Lifespan(self.app, self._mode)
        await lifespan.shutdown()

    async def websocket(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await self.startup()
        await self.app({**scope, "state": self._lifespan.state.copy()}, receive, send)

    def close(self) -> None:
        """Shut the app's lifespan down and end the loop, where that is ours; the next run begins again."""
        loop, lifespan = self._loop, self._lifespan
        self._loop, self._lifespan = None, Lifespan(self.app, self._mode)
        forget(self)
        if loop is None or loop.is_closed():
            return
        running = asyncio._get_running_loop()
        if running is loop:
            # Nobody can wait here for what must run in this very loop.
            self._shutdown = loop.create_task(lifespan.shutdown())
        elif self._owns_loop and running is None:
            self._shut_down(lifespan, loop)
        elif self._owns_loop:
            # No thread can run two loops.
            helper = threading.Thread(target=self._shut_down, args=(lifespan, loop))
            helper.start()
            helper.join()
        elif loop.is_running():
            asyncio.run_coroutine_threadsafe(lifespan.shutdown(), loop).result(timeout=10)
        else:
            loop.run_until_complete(lifespan.shutdown())

    def _own_loop(self) -> asyncio.AbstractEventLoop:
        """The loop that the calling thread may drive; raises ConfigurationError where it runs one already."""
        if asyncio._get_running_loop() is not None:
            raise ConfigurationError("the handler was called inside a running event loop: use await handler.aio(...)")
        loop = self._loop
        if loop is None or loop.is_closed():
            with self._mutex:
                loop = self._loop
                if loop is None or loop.is_closed():
                    loop = asyncio.new_event_loop()
                    loop.set_task_factory(_make_task)
                    self._adopt(loop)
                    self._owns_loop = True
        return loop

    def _adopt(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._loop is not None:
            self._lifespan = Lifespan(self.app, self._mode)
        self._loop = loop
        self._owns_loop = False
        close_at_exit(self)

    def _exchange(self, request: Request, origin: Origin, seconds: float | None, streams: bool) -> Exchange:
        kind = StreamedExchange if streams and request.method != "HEAD" else Exchange
        exchange = kind(request.body, seconds)
        exchange.scope = scope = make_scope(request)
        if kind is StreamedExchange:
            scope["asgi"]["spec_version"] = SPEC_VERSION
        name, event, context = origin
        scope["lambda_bridge.format"] = name
        scope["lambda_bridge.event"] = event
        scope["lambda_bridge.context"] = context
        if name.startswith("aws_"):
            # mangum's: apps that moved look there.
            scope["aws.event"] = event
            scope["aws.context"] = context
        return exchange

    def _start(
        self,
        exchange: Exchange,
        loop: asyncio.AbstractEventLoop,
        serve: Callable[[Exchange], Coroutine[Any, Any, None]] | None = None,
    ) -> None:
        """In the loop, or before it runs: begin to serve *exchange*."""
        exchange.task = asyncio.Task((serve or self._serve)(exchange), loop=loop)
        if exchange.seconds is not None:
            exchange.timer = loop.call_later(exchange.seconds, exchange.expire)

    async def _serve(self, exchange: Exchange) -> None:
        _current.set(exchange)
        try:
            if not self._lifespan.ready:
                await self._ensure_started()
            # Not before: start-up may have ended since the scope was made.
            exchange.scope["state"] = self._lifespan.state.copy()
            await self.app(exchange.scope, exchange.receive, exchange.send)
        except Stopped:
            exchange.expired = True
        except BaseException as error:  # the thread that called raises it, not the one that drives
            exchange.error = error
        try:
            if isinstance(exchange, StreamedExchange) and exchange.is_gone:
                await _end_generators(exchange)
            if exchange.tasks:
                await _end_tasks(exchange)
        finally:
            # Here and not in a callback of the task, which would cost one more round of the loop.
            exchange.finish()

    async def _serve_startup(self, exchange: Exchange) -> None:
        try:
            await self._ensure_started()
        except BaseException as error:  # the thread that called raises it, not the one that drives
            exchange.error = error
        finally:
            exchange.finish()

    async def _ensure_started(self) -> None:
        if self._lifespan.ready:
            return
        if self._lifespan.problem is not None:
            self._lifespan = Lifespan(self.app, self._mode)
        await self._lifespan.ensure_started()
        heed_sigterm()

    def _drive(self, loop: asyncio.AbstractEventLoop, exchange: Exchange) -> None:
        exchange.finished = loop.stop
        try:
            if exchange.seconds is None:
                loop.run_forever()
            else:
                _run_within(exchange.seconds + 2 * GRACE, loop, exchange)
        finally:
            # Where a signal has ended the driving, the app goes on with the next driver, which it must not stop.
            exchange.is_finished = True

    def _shut_down(self, lifespan: Lifespan, loop: asyncio.AbstractEventLoop) -> None:
        try:
            waiter = self._queue_up(loop, lifespan)
            if waiter is None:
                shutdown: Any = loop.create_task(lifespan.shutdown())
            else:
                shutdown = asyncio.run_coroutine_threadsafe(lifespan.shutdown(), loop)
                shutdown.add_done_callback(lambda done: self._release(lifespan))
                waiter.wait()
                if shutdown.done():
                    return
                shutdown = asyncio.wrap_future(shutdown, loop=loop)
            loop.run_until_complete(shutdown)
        finally:
            if self._leave(lifespan):
                end_loop(loop)

    def _queue_up(self, loop: asyncio.AbstractEventLoop, who: Exchange | Lifespan) -> _Waiter | None:
        """None when this thread is to drive *loop* for *who*, else what it waits with."""
        with self._mutex:
            if self._driver is None and not loop.is_running():
                self._driver = who
                return None
            waiter = self._waiting[who] = _Waiter()
            return waiter

    def _leave(self, who: Exchange | Lifespan) -> bool:
        """*who* waits no longer, and drives no longer: the next one does. True when there is none."""
        with self._mutex:
            if self._driver is not who:
                self._waiting.pop(who, None)
                return False
            if not self._waiting:
                self._driver = None
                return True
            self._driver = successor = next(iter(self._waiting))
            waiter = self._waiting.pop(successor)
        waiter.wake()
        return False

    def _release(self, who: Exchange | Lifespan) -> None:
        """In the loop: what *who* waits for is there."""
        with self._mutex:
            waiter = self._waiting.pop(who, None)
        if waiter is not None:
            waiter.wake()


class _Waiter:
    """A thread whose exchange another thread drives; it wakes when that is finished, or to drive itself."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def wait(self) -> None:
        self._lock.acquire()

    def wake(self) -> None:
        self._lock.release()


async def _wait_in_loop(exchange: Exchange, step: Callable[[], None]) -> None:
    """Run *step*; returns when *exchange* is finished, or has the next part."""
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


async def _end_generators(exchange: Exchange) -> None:
    """The app's client has gone: what ``finally`` of its generators does must not wait for the next call."""
    from traceback import clear_frames

    error, exchange.error = exchange.error, None
    # Tracebacks hold them, in circles that are collected some time later; nobody will look at these.
    while error is not None:
        clear_frames(error.__traceback__)
        error = error.__context__
    # The loop makes a task of the end of each.
    await asyncio.sleep(0)


async def _end_tasks(exchange: Exchange) -> None:
    """Tasks of a request must end with it: a function is frozen between two calls."""
    limit = LEFT_TASKS if exchange.seconds is None else None
    try:
        while exchange.tasks and not exchange.expired:
            _, pending = await asyncio.wait(set(exchange.tasks), timeout=limit)
            exchange.expired = bool(pending)
    except asyncio.CancelledError:
        pass  # by expire()
    for task in exchange.tasks:
        task.cancel()
    if exchange.tasks:
        await asyncio.wait(set(exchange.tasks), timeout=GRACE)


def _make_task(loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
    """The loop's task factory: remembers which request has started the task."""
    task = asyncio.Task(coroutine, loop=loop, **options)
    exchange = _current.get()
    if exchange is not None:
        exchange.tasks.add(task)
        task.add_done_callback(exchange.tasks.discard)
    return task


def end_loop(loop: asyncio.AbstractEventLoop) -> None:
    """Close a loop as asyncio.run does."""
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def _forget_parent(runner: weakref.ReferenceType[AsgiRunner]) -> None:
    """After a fork, in the child: begin anew, with a loop and a lifespan of its own."""
    forgetful = runner()
    if forgetful is not None and forgetful._loop is not None:
        _inherited.append((forgetful._loop, forgetful._lifespan))
        forgetful._begin()
