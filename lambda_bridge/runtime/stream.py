"""Responses in parts for `lambda_bridge.runtime`: the line with a body that is sent while the app makes it."""

from __future__ import annotations

from functools import partial
from time import monotonic

from lambda_bridge.adjust import finish
from lambda_bridge.deadline import call_within
from lambda_bridge.errors import DeadlineExceeded, EventError, ResultTooLarge
from lambda_bridge.log import log_error
from lambda_bridge.recognize import recognize
from lambda_bridge.streaming import can_stream, make_prelude, max_prelude

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lambda_bridge.handler import Call, Line
    from lambda_bridge.messages import Response
    from lambda_bridge.runtime.api import Upload
    from lambda_bridge.runtime.context import Context


class Stream:
    """A response that has begun: its ``prelude``; ``step()`` gives the next part of its body, None at the end."""

    __slots__ = ("_chunks", "prelude", "step")

    def __init__(self, prelude: bytes, step: Callable[[], bytes | None], chunks: Any) -> None:
        self.prelude = prelude
        self.step = step
        self._chunks = chunks

    def send(self, upload: Upload, caught: Any) -> None:
        """Part by part to *upload*, with an error of the app's as its end; then the app is closed.

        *caught*: the kinds of errors that end no more than this response. What ends the process passes
        through at once: an app may take its time to end, and Lambda waits no longer.
        """
        failure = None
        try:
            part = self.step()
            while part is not None and upload.is_open:
                upload.send(part)
                part = self.step() if upload.is_open else None
        except caught as error:
            log_error("the app failed in the middle of its response", error)
            failure = error
        if upload.is_open:
            upload.end(failure)
        try:
            self.close()
        except caught as error:
            log_error("the app failed when its response was closed", error)

    def close(self) -> None:
        """Nobody wants the rest; raises what the app raises then."""
        if self._chunks is not None:
            self._chunks.close()


def open_stream(line: Line, event: Any, context: Context, alone: bool) -> Stream | None:
    """The response to *event*; None where it is one that no gateway streams an answer to."""
    try:
        name, event, _ = recognize((event, context), {})
    except EventError:
        return None
    if not can_stream(name, event):
        return None
    call = line.receive(name, event, context)
    step_within: Callable[[Any], Callable[[], bytes | None]] = _step
    if line.runner.interface == "wsgi" and call.seconds is not None:
        step_within = partial(_step_in_time, call.seconds, monotonic() + call.seconds, alone)
        if not alone:
            # To give an answer up, the app would be called in a further thread; but all of it must run in one.
            call.seconds = None
    response = line.respond(call, True)
    try:
        prelude, parts = _begin(line, call, name, response)
    except BaseException:
        if response.chunks is not None:
            response.chunks.close()  # type: ignore[union-attr]
        raise
    return Stream(prelude, step_within(parts), response.chunks)


def _begin(line: Line, call: Call, name: str, response: Response) -> tuple[bytes, Any]:
    """(prelude, iterator of the body's parts)."""
    finish(call.request, response, line.dropped, line.options.compress)
    body, response.body = response.body, b""
    prelude = make_prelude(call.format.make_result(response, call.event))
    limit = max_prelude(name)
    if limit is not None and len(prelude) > limit:
        if response.chunks is not None:
            response.chunks.close()  # type: ignore[union-attr]
            response.chunks = None
        return _begin(line, call, name, line.failed(ResultTooLarge(len(prelude), limit, 0)))
    if response.chunks is None or response.status in (204, 304):
        return prelude, iter([body] if body else [])
    return prelude, response.chunks


def _step(parts: Any) -> Callable[[], bytes | None]:
    """What gives the next part."""
    return partial(next, parts, None)


def _step_in_time(seconds: float, end: float, alone: bool, parts: Any) -> Callable[[], bytes | None]:
    """The same for a WSGI app, which no loop with timers runs; it raises DeadlineExceeded when *end* has come."""
    step = _step(parts)

    def step_in_time() -> bytes | None:
        left = end - monotonic()
        try:
            if left <= 0:
                raise DeadlineExceeded(seconds)
            return call_within(left, step) if alone else step()
        except DeadlineExceeded:
            raise DeadlineExceeded(seconds) from None

    return step_in_time
