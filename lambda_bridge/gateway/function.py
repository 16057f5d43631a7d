"""One function, called as its platform would call it, with all that is to be known of each call.

This runs where the app runs: in a worker's process, or in the gateway's own.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge import websockets
from lambda_bridge.apps import import_app
from lambda_bridge.emulate import Platform, event_size
from lambda_bridge.errors import ConfigurationError, MalformedEvent, RefusedResult
from lambda_bridge.gateway.calls import Trigger
from lambda_bridge.gateway.contexts import make_context, told
from lambda_bridge.gateway.delivery import partly_failed, read_event, shown
from lambda_bridge.gateway.explain import as_text, explain
from lambda_bridge.gateway.limits import LONGEST, SOCKET_LIMITS, limits_of
from lambda_bridge.gateway.parts import send_parts
from lambda_bridge.gateway.stopwatch import Stopwatch
from lambda_bridge.handler import make_handler
from lambda_bridge.messages import Response
from lambda_bridge.outcome import format_for, hand_over

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.gateway.calls import Asked
    from lambda_bridge.gateway.parts import Taker
    from lambda_bridge.handler import Handler
    from lambda_bridge.messages import Request
    from lambda_bridge.websockets import Message

MEMORY = 128
"""MB that the context tells where nobody says it, the least that most clouds have."""


@dataclass
class Outcome:
    """What has become of one call."""

    response: Optional[Response] = None
    """As the gateway reads the result; None where it answers itself, and of a response that has gone in parts."""
    answer: str = ""
    """The field of Limits with the gateway's own answer, where there is no response; nobody gets one to an event."""
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


def none_free() -> Outcome:
    """Of a call for which the gateway has waited in vain."""
    return Outcome(answer="timed_out", problem="no instance became free in time")


Options = Optional[dict[str, Any]]
"""Options of make_handler, by their names."""


def load_handler(app: Any, options: Options = None) -> Handler:
    """The handler that *app* is, or one for the app that it is, with *options*; ``"module:attribute"`` names either.

    Raises ConfigurationError, and whatever the module raises while it is imported.
    """
    found = import_app(app) if isinstance(app, str) else app
    if not hasattr(found, "aio"):
        return make_handler(found, **(options or {}))
    for name, value in (options or {}).items():
        raise ConfigurationError(f"{name}={value!r} goes to make_handler, which has made the handler already")
    return found  # type: ignore[no-any-return]


class Function:
    """Calls *handler* under any format, one call at a time."""

    def __init__(self, handler: Callable[..., Any]) -> None:
        self._watch = Stopwatch(handler)
        self._close: Callable[[], Any] = getattr(handler, "close", lambda: None)
        line = getattr(handler, "line", None)
        self.streams: bool = line is not None and line.options.stream
        """As `channel.Started` has it."""
        self._name = ""
        self._platform: Optional[Platform] = None

    def call(
        self,
        asked: Asked,
        spelling: str,
        seconds: float = LONGEST,
        memory: int = MEMORY,
        taker: Optional[Taker] = None,
    ) -> Outcome:
        """What becomes of *asked* under the format, or from the source, *spelling*; raises only what is no Exception.

        *taker* gets the response in parts, where the platform streams; without one it is collected.
        """
        outcome = Outcome()
        if isinstance(asked, Trigger) and spelling in SOCKET_LIMITS:
            self._converse(outcome, asked, spelling, seconds, memory)
        elif isinstance(asked, Trigger):
            self._deliver(outcome, asked, spelling, seconds, memory)
        else:
            self._exchange(outcome, asked, spelling, seconds, memory, taker)
        return outcome

    def close(self) -> None:
        """End what the app and the platform have started."""
        self._close()
        if self._platform is not None:
            self._platform.close()
        self._name, self._platform = "", None

    def _exchange(
        self,
        outcome: Outcome,
        request: Request,
        spelling: str,
        seconds: float,
        memory: int,
        taker: Optional[Taker],
    ) -> None:
        name = spelling.partition(":")[0]
        limits = limits_of(spelling)
        platform = self._play(name)
        event = _make_event(outcome, platform, request, spelling)
        if event is None:
            return
        context = make_context(name, seconds, memory)
        in_parts = taker is not None and request.method != "HEAD" and platform.streams(event)
        call = partial(platform.invoke, event, context)
        if in_parts:
            call = partial(send_parts, outcome, platform, event, context, taker, limits)  # type: ignore[arg-type]
        self._watch.start()
        try:
            result = _invoke(outcome, name, seconds, call)
        finally:
            outcome.stages = self._watch.stop(in_parts or platform.format.STREAMS)
            outcome.seen = self._watch.seen()
        if not outcome.answer and not in_parts:
            _read_result(outcome, platform, event, result, limits.response)

    def _deliver(self, outcome: Outcome, trigger: Trigger, source: str, seconds: float, memory: int) -> None:
        """As `_exchange`, where nobody waits for a response: the platform looks whether the function has failed."""
        try:
            event = read_event(source, trigger.text)
            outcome.event = as_text(shown(event))
        except (ConfigurationError, RecursionError, ValueError) as error:
            outcome.answer, outcome.problem = "failed", f"no event of {source} can be made of this: {error}"
            return
        platform = self._play(format_for(source, self._name))
        context = make_context(source, seconds, memory)
        began = time.perf_counter()
        result = _invoke(outcome, source, seconds, partial(hand_over, platform, source, event, context))
        outcome.stages = {"app": time.perf_counter() - began}
        outcome.problem = outcome.problem or partly_failed(result)

    def _converse(self, outcome: Outcome, trigger: Trigger, name: str, seconds: float, memory: int) -> None:
        """As `_deliver`, for an event of the gateway *name* of WebSockets, which reads the result of a handshake."""
        gateway = websockets.load(name)
        event = json.loads(trigger.text)
        outcome.event = as_text(event)
        if websockets.find(event) is not gateway:
            outcome.answer, outcome.problem = "failed", f"this is no event of {name}"
            return
        platform = self._play(format_for(name, self._name))
        context = make_context(name, seconds, memory)
        began = time.perf_counter()
        result = _invoke(outcome, name, seconds, partial(platform.invoke, event, context))
        outcome.stages = {"app": time.perf_counter() - began}
        if outcome.answer:
            return
        try:
            outcome.response = gateway.read_result(result)
        except RefusedResult as error:
            outcome.answer, outcome.problem = "refused", f"{name} refuses the result: {error}"
            return
        if outcome.response.status >= 300:
            outcome.problem = self._denial(gateway.read_event(event), outcome.response.status)

    def _denial(self, message: Message, status: int) -> str:
        if message.kind != "connect":
            return f"the function answers the {message.kind} event with {status}: see its output"
        line = getattr(self._watch.handler, "line", None)
        has_path = line is None or line.options.websocket_path is not None
        if has_path or message.request is None or message.request.path != "/":
            return f"the handshake is denied with {status}"
        return f"the handshake is denied with {status}: the app saw the path '/', websocket_path= gives it another"

    def _play(self, name: str) -> Platform:
        """The platform of this format: an app's start-up belongs to one platform at a time, whose loop may own it."""
        if self._platform is None or name != self._name:
            if self._platform is not None:
                self.close()
            self._name, self._platform = name, Platform(self._watch.handler, name)
        return self._platform


def _make_event(outcome: Outcome, platform: Platform, request: Request, spelling: str) -> Any:
    """What *request* is on the platform; None where it cannot be sent, of which *outcome* tells."""
    at_most = limits_of(spelling).event
    try:
        event = platform.format.make_event(request, spelling.partition(":")[2] or None)
    except MalformedEvent as error:
        _answer_instead(outcome, error.status, str(error), f"{spelling} cannot carry this request: {error}")
        return None
    except ImportError as error:
        missing = f"the package {error.name!r} is not installed"
        _answer_instead(outcome, 501, missing, f"{spelling} cannot be played here: {missing}")
        return None
    outcome.event = as_text(event)
    size = event_size(event)
    if (len(request.body) if size is None else size) > at_most:
        outcome.answer, outcome.problem = "too_large", f"the event is over the {at_most} bytes of {platform.name}"
        return None
    return event


def _answer_instead(outcome: Outcome, status: int, text: str, problem: str) -> None:
    """Give the client *text* in the place of what the function was never asked for."""
    outcome.response = Response(status, [("content-type", "text/plain; charset=utf-8")], text.encode())
    outcome.problem = problem


def _invoke(outcome: Outcome, name: str, seconds: float, call: Callable[[], Any]) -> Any:
    """What *call* returns; None where it fails. *outcome* tells of either."""
    try:
        with told(name, seconds):
            result = call()
    except Exception as error:  # the function has failed, whatever with
        outcome.answer, outcome.problem = "failed", explain(error)
        return None
    outcome.result = as_text(result)
    return result


# Results that can be shown as they are; others are objects of the platform.
_SHOWN = (dict, list, tuple, str, int, float, type(None))


def _read_result(outcome: Outcome, platform: Platform, event: Any, result: Any, at_most: int) -> None:
    """The response in *result*, unless the gateway refuses that, or its body is over *at_most* bytes: into *outcome*."""
    try:
        response = platform.format.read_result(result)
        _check_size(platform, event, result, response, at_most)
    except RefusedResult as error:
        outcome.answer, outcome.problem = "refused", f"{platform.name} refuses the result: {error}"
        return
    outcome.response = response
    if not isinstance(result, _SHOWN):
        body = {"status": response.status, "headers": response.headers, "body": response.body}
        outcome.result = as_text({type(result).__name__: body})


def _check_size(platform: Platform, event: Any, result: Any, response: Response, at_most: int) -> None:
    if len(response.body) > at_most:
        raise RefusedResult(f"the body has {len(response.body)} bytes, over {at_most}")
    limit = platform.format.max_result(event)
    if limit is not None and len(response.body) * 6 > limit:  # no escape of JSON makes more than six bytes of one
        size = event_size(result)
        if size is not None and size > limit:
            raise RefusedResult(f"it has {size} bytes as JSON, over {limit}")
