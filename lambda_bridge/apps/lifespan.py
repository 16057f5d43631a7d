"""The lifespan protocol of ASGI: start-up once per process, before the first request; shutdown once."""

from __future__ import annotations

import asyncio
import contextvars

from lambda_bridge.deadline import Stopped
from lambda_bridge.errors import StartupFailed
from lambda_bridge.log import log_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class Lifespan:
    """One start-up and shutdown of an app, on the loop that runs when `ensure_started` is first awaited.

    One that has failed stays so: to try again takes another one.
    """

    def __init__(self, app: Callable[..., Any], mode: str) -> None:
        self.app = app
        self.required = mode == "on"
        self.state: dict[str, Any] = {}
        # True when requests may go to the app.
        self.ready = mode == "off"
        # Why the start-up failed.
        self.problem: BaseException | str | None = None
        self._task: asyncio.Task[None] | None = None

    async def ensure_started(self) -> None:
        """Returns when the app is ready; raises StartupFailed, to everyone who has waited for it."""
        if self._task is None:
            self._shutdown_asked = asyncio.Event()
            self._startup_done = asyncio.Event()
            self._startup_sent = self._is_up = False
            # The app's own tasks must not be taken for those of the request that happens to be first.
            self._task = contextvars.Context().run(asyncio.get_running_loop().create_task, self._run())
        await self._startup_done.wait()
        problem = self.problem
        if isinstance(problem, (SystemExit, KeyboardInterrupt, Stopped)):
            raise problem
        if isinstance(problem, BaseException):
            raise StartupFailed(f"the app's start-up failed: {problem!r}") from problem
        if problem is not None:
            raise StartupFailed(f"the app's start-up failed: {problem}")
        self.ready = True

    async def shutdown(self) -> None:
        """Let the app end what its start-up began; what goes wrong is logged."""
        if self._task is None or self._task.done():
            return
        self._shutdown_asked.set()
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        try:
            await self.app(scope, self._receive, self._send)
        except BaseException as error:  # CancelledError included: it must not escape the loop
            if self._is_up:
                log_error("the app's lifespan ended with an error", error)
            elif self.required or not isinstance(error, Exception):
                self.problem = self.problem or error
            # Otherwise the app does not know lifespan (Django, most bare apps), as the spec lets it
            # say by raising.
        else:
            if self.required and not self._is_up:
                self.problem = self.problem or "it ended without lifespan.startup.complete, with lifespan='on'"
        finally:
            self._startup_done.set()

    async def _receive(self) -> dict[str, Any]:
        if not self._startup_sent:
            self._startup_sent = True
            return {"type": "lifespan.startup"}
        await self._shutdown_asked.wait()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "lifespan.startup.complete":
            self._is_up = True
            self._startup_done.set()
        elif kind == "lifespan.startup.failed":
            self.problem = message.get("message") or "lifespan.startup.failed without a message"
            self._startup_done.set()
        elif kind == "lifespan.shutdown.failed":
            log_error(f"the app's shutdown failed: {message.get('message', '')}")
        elif kind != "lifespan.shutdown.complete":
            raise RuntimeError(f"unexpected ASGI message {kind!r} in the lifespan")
