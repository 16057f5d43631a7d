"""What func-python, the runtime of Knative Functions, wants beside a handler: a factory named ``new``.

::

    from lambda_bridge.knative import make_new
    from myapp import app

    new = make_new(app)

``handle = make_handler(app)`` works by itself; but func-python passes no lifespan on
(func_python/http.py of 0.8.1, read in 2026-11), so that start-up waits for the first request and
shutdown never comes. Of what ``new()`` gives it calls ``start`` and ``stop`` instead: plain functions,
on the thread of its own loop, where nothing can be awaited. So the app lives on a loop of its own,
in another thread; and an app that blocks does not delay the answers to Kubernetes' probes.
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge.attributes import as_handler
from lambda_bridge.errors import StartupFailed
from lambda_bridge.log import log_error

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from lambda_bridge.attributes import Handler

    Message = dict[str, Any]


def make_new(app: Any, **options: Any) -> Callable[[], Function]:
    """A factory named ``new`` for *app*, which may be a handler already; *options* are those of make_handler.

    Raises ConfigurationError for an app or an option that is not usable.
    """
    handler = as_handler(app, options)

    def new() -> Function:
        """What func-python serves."""
        return Function(handler)

    return new


class Function:
    """An app as func-python serves it: its lifespan begins with the server, and ends with it."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._has_failed = False

    async def handle(self, scope: Message, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        """One request."""
        if self._loop is None:
            await self.handler.asgi(scope, receive, send)
            return
        here = asyncio.get_running_loop()

        async def receive_from_here() -> Any:
            return await _on(here, receive())

        async def send_to_here(message: Message) -> None:
            await _on(here, send(message))

        await _on(self._loop, self.handler.asgi(scope, receive_from_here, send_to_here))

    def start(self, env: Mapping[str, str]) -> None:
        """Returns when the app has started up; raises StartupFailed when it says that it cannot."""
        problem: Future[Optional[str]] = Future()
        self._thread = threading.Thread(target=asyncio.run, args=(self._live(problem),), daemon=True)
        self._thread.start()
        reason = problem.result()
        if reason is not None:
            self._thread.join()
            self._has_failed = True
            # func-python's server goes on without a word of it.
            log_error(reason)
            raise StartupFailed(reason)

    def stop(self) -> None:
        """Returns when the app has shut down."""
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._over.set)
            self._thread.join()

    def alive(self) -> tuple[bool, str]:
        """Whether this container may go on: not when the app's start-up has failed, so that another is tried."""
        return (False, "start-up failed") if self._has_failed else (True, "OK")

    def ready(self) -> tuple[bool, str]:
        """Whether requests may come."""
        return (True, "OK") if self._loop is not None else (False, "not started")

    async def _live(self, problem: Future[Optional[str]]) -> None:
        """From start to stop: the app's lifespan; *problem* is why it has not started, or None."""
        self._over = asyncio.Event()
        messages = ["lifespan.startup", "lifespan.shutdown"]

        async def receive() -> Message:
            if len(messages) == 1:
                await self._over.wait()
            return {"type": messages.pop(0)}

        async def send(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._loop = asyncio.get_running_loop()
                problem.set_result(None)
            elif message["type"] == "lifespan.startup.failed":
                problem.set_result(message["message"])

        try:
            await self.handler.asgi({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
        except BaseException as error:  # whatever it is, somebody waits
            if problem.done():
                raise
            problem.set_result(f"the app's start-up failed: {error!r}")
        finally:
            self._loop = None


async def _on(loop: asyncio.AbstractEventLoop, coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What *coroutine* gives on *loop*, which another thread runs."""
    result, error = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(_outcome(coroutine), loop))
    if error is not None:
        raise error
    return result


async def _outcome(coroutine: Coroutine[Any, Any, Any]) -> tuple[Any, Optional[BaseException]]:
    # SystemExit would end the loop that it is raised in, before anybody hears of it.
    try:
        return await coroutine, None
    except BaseException as error:
        return None, error
