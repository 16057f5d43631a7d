"""Where the time of a call goes, and what the app has seen of it."""

from __future__ import annotations

import time
from functools import wraps
from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge.compare import describe_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.messages import Request


class Stopwatch:
    """Where the time of a call goes: *handler*, and the steps of its line, with a look at the clock at each.

    Between `start` and `stop` the steps are wrapped; at other times the handler is as it was.
    """

    def __init__(self, handler: Callable[..., Any]) -> None:
        self._seconds: dict[str, float] = {}
        self._began = self._called = 0.0
        self._request: Optional[Request] = None
        self._line: Any = getattr(handler, "line", None)
        self._steps: list[tuple[Any, str, Any]] = []
        if self._line is not None:
            line, runner = self._line, self._line.runner
            self._steps = [
                (line, "receive", self._reading(line.receive)),
                (line, "answer", self._timed("make", line.answer)),
                (runner, "run", self._running(self._timed("app", runner.run))),
                (runner, "aio", self._running(self._timed_aio("app", runner.aio))),
            ]
        self.handler = self._noting(handler)

    def start(self) -> None:
        for owner, name, step in self._steps:
            setattr(owner, name, step)
        self._seconds = dict.fromkeys(("recognize", "read", "app", "make"), 0.0)
        self._request = None
        self._began = self._called = time.perf_counter()

    def stop(self, streams: bool) -> dict[str, float]:
        """The seconds of each stage; what no step of ours has taken is the app's, where it streams or there is no line."""
        seconds = self._seconds
        if streams or not self._steps:
            del seconds["app"]
            seconds["app"] = time.perf_counter() - self._began - sum(seconds.values())
            seconds["make"] = seconds.pop("make")
        for owner, name, _ in self._steps:
            delattr(owner, name)
        return seconds

    def seen(self) -> dict[str, Any]:
        """What the app has seen since `start`; empty where it was not called."""
        if self._request is None:
            return {}
        interface = self._line.runner.interface
        return {"interface": interface, **describe_request(self._request, interface)}

    def _noting(self, handler: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(handler)
        def call(*args: Any, **keywords: Any) -> Any:
            self._called = time.perf_counter()
            return handler(*args, **keywords)

        return call

    def _reading(self, receive: Callable[..., Any]) -> Callable[..., Any]:
        timed = self._timed("read", receive)

        def call(*args: Any) -> Any:
            self._seconds["recognize"] = time.perf_counter() - self._called
            return timed(*args)

        return call

    def _running(self, run: Callable[..., Any]) -> Callable[..., Any]:
        def call(request: Request, *args: Any) -> Any:
            self._request = request
            return run(request, *args)

        return call

    def _timed(self, stage: str, step: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            began = time.perf_counter()
            try:
                return step(*args)
            finally:
                self._seconds[stage] = time.perf_counter() - began

        return call

    def _timed_aio(self, stage: str, step: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*args: Any) -> Any:
            began = time.perf_counter()
            try:
                return await step(*args)
            finally:
                self._seconds[stage] = time.perf_counter() - began

        return call
