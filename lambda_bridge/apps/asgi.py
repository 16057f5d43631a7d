"""ASGI apps, each on one event loop with one lifespan.

The loop is made at the first request and lives as long as the process; `_loop` says whose thread drives it. Where the
first request comes inside a running loop, the app belongs to that one.
"""

from __future__ import annotations

import asyncio
import os
import threading
import weakref
from functools import partial

from lambda_bridge.apps import is_asgi_2
from lambda_bridge.apps._exchange import Exchange, make_scope
from lambda_bridge.apps._loop import SharedLoop, wait_in_loop
from lambda_bridge.apps._process import close_at_exit, forget, heed_sigterm
from lambda_bridge.apps._streaming import SPEC_VERSION, AsyncParts, Parts, StreamedExchange, end_generators
from lambda_bridge.apps._tasks import end_tasks, make_task, owner
from lambda_bridge.apps._thread import run_on_one_thread
from lambda_bridge.apps.lifespan import Lifespan
from lambda_bridge.deadline import Stopped
from lambda_bridge.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lambda_bridge.apps import Origin
    from lambda_bridge.messages import Request, Response

# Loops and lifespans of the parent process, kept for ever after a fork: to close a loop would
# unregister the parent's sockets from the epoll object that both processes share, and to collect a
# lifespan would run the end of it in the child.
_inherited: list[tuple[SharedLoop, Lifespan]] = []


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
        self.lifespan = Lifespan(self.app, self._mode)
        self._shared: SharedLoop | None = None
        # Held while a loop is made, or its app shut down: the next start-up comes after that.
        self._changing = threading.Lock()

    def run(self, request: Request, origin: Origin, seconds: float | None, streams: bool = False) -> Response:
        exchange = self._exchange(request, origin, seconds, streams)
        shared = self.own_loop()
        shared.wait(exchange, partial(self._start, exchange, shared.loop))
        if isinstance(exchange, StreamedExchange) and exchange.is_streaming and not exchange.ended:
            return exchange.streamed(Parts(exchange, partial(shared.wait, exchange)))
        return exchange.response()

    async def aio(self, request: Request, origin: Origin, seconds: float | None, streams: bool = False) -> Response:
        running = asyncio.get_running_loop()
        if not self.belongs_to(running):
            return await run_on_one_thread(partial(self.run, request, origin, seconds, streams))
        exchange = self._exchange(request, origin, seconds, streams)
        try:
            await wait_in_loop(exchange, partial(self._start, exchange, running))
        except asyncio.CancelledError:
            if exchange.task is not None:
                exchange.task.cancel()
            raise
        if isinstance(exchange, StreamedExchange) and exchange.is_streaming and not exchange.ended:
            return exchange.streamed(AsyncParts(exchange, partial(wait_in_loop, exchange)))
        return exchange.response()

    def belongs_to(self, running: asyncio.AbstractEventLoop) -> bool:
        """Whether the app runs on *running*, as it does from now on where it had no loop yet."""
        if self._shared is None or self._shared.loop.is_closed():
            # What the app starts up belongs to a loop.
            self._adopt(SharedLoop(running, is_ours=False))
        return self._shared is not None and self._shared.loop is running

    def own_loop(self) -> SharedLoop:
        """The loop that the calling thread may drive; raises ConfigurationError where it runs one already."""
        if asyncio._get_running_loop() is not None:
            raise ConfigurationError("the handler was called inside a running event loop: use await handler.aio(...)")
        shared = self._shared
        if shared is None or shared.loop.is_closed():
            with self._changing:
                shared = self._shared
                if shared is None or shared.loop.is_closed():
                    loop = asyncio.new_event_loop()
                    loop.set_task_factory(make_task)
                    shared = self._adopt(SharedLoop(loop, is_ours=True))
        return shared

    def _adopt(self, shared: SharedLoop) -> SharedLoop:
        if self._shared is not None:
            self.lifespan = Lifespan(self.app, self._mode)
        self._shared = shared
        close_at_exit(self)
        return shared

    def start(self) -> None:
        self.own_loop().complete(self.ensure_started)

    async def startup(self) -> None:
        if self.belongs_to(asyncio.get_running_loop()):
            await self.ensure_started()

    async def shutdown(self) -> None:
        lifespan, self.lifespan = self.lifespan, Lifespan(self.app, self._mode)
        await lifespan.shutdown()

    async def websocket(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await self.startup()
        await self.app({**scope, "state": self.lifespan.state.copy()}, receive, send)

    def close(self) -> None:
        """Shut the app's lifespan down and end the loop, where that is ours; the next run begins again."""
        shared, lifespan = self._shared, self.lifespan
        self._shared, self.lifespan = None, Lifespan(self.app, self._mode)
        forget(self)
        if shared is None or shared.loop.is_closed():
            return
        loop, running = shared.loop, asyncio._get_running_loop()
        if running is loop:
            # Nobody can wait here for what must run in this very loop.
            self._shutdown = loop.create_task(lifespan.shutdown())
            if shared.is_ours:
                self._shutdown.add_done_callback(lambda _: shared.give_up())
        elif shared.is_ours and running is None:
            self._end(shared, lifespan)
        elif shared.is_ours:
            # No thread can run two loops.
            helper = threading.Thread(target=self._end, args=(shared, lifespan))
            helper.start()
            helper.join()
        elif loop.is_running():
            asyncio.run_coroutine_threadsafe(lifespan.shutdown(), loop).result(timeout=10)
        else:
            loop.run_until_complete(lifespan.shutdown())

    def _end(self, shared: SharedLoop, lifespan: Lifespan) -> None:
        try:
            with self._changing:
                shared.complete(lifespan.shutdown)
        finally:
            shared.give_up()

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

    def _start(self, exchange: Exchange, loop: asyncio.AbstractEventLoop) -> None:
        """In the loop, or before it runs: begin to serve *exchange*."""
        exchange.task = asyncio.Task(self._serve(exchange), loop=loop)
        if exchange.seconds is not None:
            exchange.timer = loop.call_later(exchange.seconds, exchange.expire)

    async def _serve(self, exchange: Exchange) -> None:
        owner.set(exchange)
        try:
            if not self.lifespan.ready:
                await self.ensure_started()
            # Not before: start-up may have ended since the scope was made.
            exchange.scope["state"] = self.lifespan.state.copy()
            await self.app(exchange.scope, exchange.receive, exchange.send)
        except Stopped:
            exchange.expired = True
        except BaseException as error:  # the thread that called raises it, not the one that drives
            exchange.error = error
        try:
            if isinstance(exchange, StreamedExchange) and exchange.is_gone:
                await end_generators(exchange)
            if exchange.tasks:
                await end_tasks(exchange)
        finally:
            # Here and not in a callback of the task, which would cost one more round of the loop.
            exchange.finish()

    async def ensure_started(self) -> None:
        """Returns when requests may go to the app; raises StartupFailed."""
        if self.lifespan.ready:
            return
        if self.lifespan.problem is not None:
            self.lifespan = Lifespan(self.app, self._mode)
        await self.lifespan.ensure_started()
        heed_sigterm()


def _forget_parent(runner: weakref.ReferenceType[AsgiRunner]) -> None:
    """After a fork, in the child: begin anew, with a loop and a lifespan of its own."""
    forgetful = runner()
    if forgetful is not None:
        if forgetful._shared is not None:
            _inherited.append((forgetful._shared, forgetful.lifespan))
        forgetful._begin()
