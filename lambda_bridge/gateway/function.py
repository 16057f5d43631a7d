"""One function, called as its platform would call it, with all that is to be known of each call.

This runs where the app runs: in a worker's process, or in the gateway's own.
"""

from __future__ import annotations

import json
import time
import traceback
from dataclasses import dataclass, field
from functools import wraps
from io import BytesIO
from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge.apps import import_app
from lambda_bridge.compare import describe_request
from lambda_bridge.emulate import Platform, event_size
from lambda_bridge.errors import BridgeError, ConfigurationError, EventError, MalformedEvent, RefusedResult
from lambda_bridge.gateway.calls import BODY
from lambda_bridge.gateway.contexts import make_context, told
from lambda_bridge.gateway.limits import limits_of
from lambda_bridge.handler import make_handler
from lambda_bridge.messages import Response

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from lambda_bridge.handler import Handler
    from lambda_bridge.messages import Request

LONGEST = 900.0
"""Seconds that a call may take where nobody says it, the most that AWS Lambda and Tencent SCF allow."""
MEMORY = 128
"""MB that the context tells where nobody says it, the least that most clouds have."""


@dataclass
class Outcome:
    """What has become of one call."""

    response: Optional[Response] = None
    """As the gateway reads the result; None where it answers itself."""
    answer: str = ""
    """The field of Limits with the gateway's own answer, where there is no response."""
    problem: Optional[str] = None
    """Why the function's response is not what the client gets, for the developer."""
    event: str = ""
    """For display, cut at BODY characters; so is the result."""
    result: str = ""
    seen: dict[str, Any] = field(default_factory=dict)
    """As Call.seen."""
    stages: dict[str, float] = field(default_factory=dict)
    """Seconds, by the names of Call.stages."""
    instance: int = 0
    is_cold: bool = False
    log: list[str] = field(default_factory=list)


def load_handler(app: Any, base_path: Optional[str] = None) -> Handler:
    """The handler that *app* is, or one for the app that it is; ``"module:attribute"`` names either.

    Raises ConfigurationError, and whatever the module raises while it is imported.
    """
    found = import_app(app) if isinstance(app, str) else app
    if not hasattr(found, "aio"):
        return make_handler(found) if base_path is None else make_handler(found, base_path=base_path)
    if base_path is not None:
        raise ConfigurationError(f"base_path={base_path!r} goes to make_handler, which has made the handler already")
    return found  # type: ignore[no-any-return]


# Results that can be shown as they are; others are objects of the platform.
_SHOWN = (dict, list, tuple, str, int, float, type(None))


class Function:
    """Calls *handler* under any format, one call at a time."""

    def __init__(self, handler: Callable[..., Any]) -> None:
        self._watch = Stopwatch(handler)
        self._close: Callable[[], Any] = getattr(handler, "close", lambda: None)
        self._name = ""
        self._platform: Optional[Platform] = None

    def call(self, request: Request, spelling: str, seconds: float = LONGEST, memory: int = MEMORY) -> Outcome:
        """What becomes of *request* under the format *spelling*; raises only what is no Exception."""
        outcome = Outcome()
        name, _, variant = spelling.partition(":")
        limits = limits_of(spelling)
        platform = self._play(name)
        try:
            event = platform.format.make_event(request, variant or None)
        except MalformedEvent as error:
            return _instead(outcome, error.status, str(error), f"{spelling} cannot carry this request: {error}")
        except ImportError as error:
            missing = f"the package {error.name!r} is not installed"
            return _instead(outcome, 501, missing, f"{spelling} cannot be played here: {missing}")
        outcome.event = describe(event)
        size = event_size(event)
        if (len(request.body) if size is None else size) > limits.event:
            outcome.answer, outcome.problem = "too_large", f"the event is over the {limits.event} bytes of {name}"
            return outcome
        context = make_context(name, seconds, memory)
        self._watch.start()
        try:
            with told(name, seconds):
                result = platform.invoke(event, context)
        except Exception as error:  # the function has failed, whatever with
            outcome.answer, outcome.problem = "failed", explain(error)
            return outcome
        finally:
            outcome.stages = self._watch.stop(platform.format.STREAMS)
            outcome.seen = self._watch.seen()
        outcome.result = describe(result)
        try:
            response = platform.format.read_result(result)
            _check_size(platform, event, result, response, limits.response)
            outcome.response = response
            if not isinstance(result, _SHOWN):
                body = {"status": response.status, "headers": response.headers, "body": response.body}
                outcome.result = describe({type(result).__name__: body})
        except RefusedResult as error:
            outcome.answer, outcome.problem = "refused", f"{name} refuses the result: {error}"
        return outcome

    def close(self) -> None:
        """End what the app and the platform have started."""
        self._close()
        if self._platform is not None:
            self._platform.close()
        self._name, self._platform = "", None

    def _play(self, name: str) -> Platform:
        """The platform of this format: an app's start-up belongs to one platform at a time, whose loop may own it."""
        if self._platform is None or name != self._name:
            if self._platform is not None:
                self.close()
            self._name, self._platform = name, Platform(self._watch.handler, name)
        return self._platform


def _check_size(platform: Platform, event: Any, result: Any, response: Response, at_most: int) -> None:
    if len(response.body) > at_most:
        raise RefusedResult(f"the body has {len(response.body)} bytes, over {at_most}")
    limit = platform.format.max_result(event)
    if limit is not None and len(response.body) * 6 > limit:  # no escape of JSON makes more than six bytes of one
        size = event_size(result)
        if size is not None and size > limit:
            raise RefusedResult(f"it has {size} bytes as JSON, over {limit}")


def _instead(outcome: Outcome, status: int, text: str, problem: str) -> Outcome:
    outcome.response = Response(status, [("content-type", "text/plain; charset=utf-8")], text.encode())
    outcome.problem = problem
    return outcome


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


def explain(error: BaseException) -> str:
    """Why a function has failed: a sentence for what we say ourselves, else the traceback from the first line of theirs."""
    if isinstance(error, EventError):
        return f"the handler refuses the event: {error}"
    if isinstance(error, BridgeError):
        return str(error)
    found = None if isinstance(error, SyntaxError) else error.__traceback__
    return "".join(traceback.format_exception(type(error), error, _theirs(found))).rstrip()


def _theirs(found: Optional[TracebackType]) -> Optional[TracebackType]:
    """The traceback without the frames above the app's: ours, and those of the import system."""
    first = found
    while first is not None and (
        first.tb_frame.f_globals.get("__name__", "").startswith(_NOT_THEIRS)
        or first.tb_frame.f_code.co_filename.startswith("<frozen importlib")
    ):
        first = first.tb_next
    return first or found


_NOT_THEIRS = ("lambda_bridge.", "importlib", "concurrent.futures", "asyncio")


def describe(value: Any) -> str:
    """An event or a result as JSON, indented, where it is JSON or nearly so; else as text; at most BODY characters."""
    if value is None:
        return "null"
    return json.dumps(value, indent=2, ensure_ascii=False, default=_plain)[:BODY]


def _plain(value: Any) -> Any:
    """What is shown of an object that JSON has no form for."""
    if isinstance(value, BytesIO):
        value = value.getvalue()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value[:BODY]).decode("utf-8", "backslashreplace")
    if hasattr(value, "method") and hasattr(value, "url"):
        return {"method": value.method, "url": str(value.url), "headers": list(value.headers.items())}
    return repr(value)[:BODY]
