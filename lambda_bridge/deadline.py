"""How long an invocation may still take, and how to stop an app that would take longer."""

from __future__ import annotations

# What the module signal is made of. It turns numbers into members of an enum, of a handler too, which is none: that
# took ten of the twelve microseconds that a deadline cost each call, and its import milliseconds.
import _signal  # type: ignore[import-not-found]

from lambda_bridge.errors import DeadlineExceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    Returned = TypeVar("Returned")

# Seconds that an ASGI app has to clean up after it was told to stop.
GRACE = 0.1


class Stopped(BaseException):
    """Raised inside the app when its time is over; no Exception, so that no framework answers it."""


# Formats whose platforms pass no context and tell the deadline in the environment.
WITHOUT_CONTEXT = frozenset({"openwhisk"})


def seconds_left(context: Any) -> float | None:
    """Seconds until the platform kills this invocation; None where neither context nor environment tells."""
    if context is None:
        return _seconds_of_environment()
    remaining = getattr(context, "get_remaining_time_in_millis", None)  # AWS
    if remaining is not None:
        return float(remaining()) / 1000
    remaining = getattr(context, "getRemainingTimeInMilliSeconds", None)  # Huawei (functiongraph_02_0420, 2026-01-07)
    if remaining is not None:
        return float(remaining()) / 1000
    told = getattr(context, "Deadline", None)  # Fn (fdk-python 0.1.128, fdk/context.py)
    if told is not None:
        return _seconds_until(told())
    # Tencent's context is a dict with the time of the whole invocation, which has just begun
    # (tencentyun/qcloud-documents, 开发指南/基本概念).
    if isinstance(context, dict):
        limit = context.get("time_limit_in_ms")
        return limit / 1000 if isinstance(limit, (int, float)) else None
    # So does Alibaba's object, in seconds (alibabacloud.com/help/en/functioncompute/context-1, 2025-09-19).
    limit = getattr(getattr(context, "function", None), "timeout", None)
    return float(limit) if isinstance(limit, (int, float)) or (isinstance(limit, str) and limit.isdigit()) else None


def _seconds_until(moment: Any) -> float | None:
    """Seconds until a moment as RFC 3339 writes it."""
    from datetime import datetime, timezone

    try:
        # Python before 3.11 does not read Z.
        until = datetime.fromisoformat(moment.replace("Z", "+00:00"))
        return (until - datetime.now(timezone.utc)).total_seconds()
    except (AttributeError, TypeError, ValueError):
        return None


def _seconds_of_environment() -> float | None:
    # OpenWhisk sets it anew before each call, in milliseconds since 1970 (apache/openwhisk-runtime-go, 1b001516).
    from os import environ
    from time import time

    deadline = environ.get("__OW_DEADLINE", "")
    return int(deadline) / 1000 - time() if deadline.isascii() and deadline.isdigit() else None


def call_within(seconds: float, call: Callable[[], Returned]) -> Returned:
    """What *call* returns; raises DeadlineExceeded when it has not returned after *seconds*.

    In the main thread a signal interrupts the call wherever it is, in a blocking system call too.
    In another thread the call goes on by itself and only its answer is given up: Python has no way
    to end a thread.
    """
    alarm = Alarm(seconds)
    if alarm.arm():
        try:
            try:
                return call()
            finally:
                alarm.disarm()
        except Stopped:
            alarm.disarm()  # it may have gone off while it was disarmed
            raise DeadlineExceeded(seconds) from None
    return _call_in_thread(seconds, call)


# Where an alarm would be lost: the modules with callbacks of weak references.
_WEAK = ("_weakrefset", "weakref")
# Seconds until it goes off again. One that comes just before a blocking system call begins is heard when that ends.
_NEXT = 0.01


class Alarm:
    """SIGALRM after some seconds, for as long as the app has not taken that signal for itself."""

    def __init__(self, seconds: float) -> None:
        self.seconds = max(seconds, 0.001)
        self.previous: Any = None

    def arm(self) -> bool:
        """Whether it could be armed: only the main thread can, and not on Windows."""
        if not hasattr(_signal, "setitimer") or _signal.getsignal(_signal.SIGALRM) != _signal.SIG_DFL:
            return False
        try:
            self.previous = _signal.signal(_signal.SIGALRM, self._stop)
        except ValueError:  # not the main thread
            return False
        _signal.setitimer(_signal.ITIMER_REAL, self.seconds, _NEXT)
        return True

    def disarm(self) -> None:
        _signal.setitimer(_signal.ITIMER_REAL, 0)
        _signal.signal(_signal.SIGALRM, self.previous)

    def _stop(self, number: int, frame: Any) -> None:
        if not _drops_errors(frame):
            # What the app cleans up must not be stopped again.
            _signal.setitimer(_signal.ITIMER_REAL, 0)
            raise Stopped


def _drops_errors(frame: Any) -> bool:
    """Whether Python would print and forget what is raised there: in finalizers, and in callbacks of weak references."""
    while frame is not None:
        if frame.f_code.co_name == "__del__" or frame.f_globals.get("__name__") in _WEAK:
            return True
        frame = frame.f_back
    return False


def _call_in_thread(seconds: float, call: Callable[[], Returned]) -> Returned:
    import contextvars
    import threading

    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append((call(), None))
        except BaseException as error:  # handed to the caller, whatever it is
            outcome.append((None, error))

    # contextvars of the caller are the app's too, as they are without a deadline.
    thread = threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise DeadlineExceeded(seconds)
    returned, error = outcome[0]
    if error is not None:
        raise error
    return returned  # type: ignore[no-any-return]
