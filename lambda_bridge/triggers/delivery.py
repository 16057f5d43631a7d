"""From an event that no HTTP format claims to its records, each to a function or to the app, and the result.

Records go one by one, in order. Where the platform may be told which ones have failed, it is; else
the first failure fails the invocation, so that the platform retries. When no record has succeeded the
invocation fails in any case: then nothing can be taken for done.

What a platform does about a failure is told by raising, whatever the option ``on_error`` says.
"""

from __future__ import annotations

from functools import partial

from lambda_bridge import management
from lambda_bridge.errors import (
    BridgeError,
    ConfigurationError,
    DeadlineExceeded,
    EventError,
    MalformedEvent,
    NoResponse,
    NotAccepted,
    StartupFailed,
    UnknownEvent,
)
from lambda_bridge.log import log_error, log_warning
from lambda_bridge.triggers import OPENWHISK, CloudEvent, find
from lambda_bridge.triggers.binding import make_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from typing import Any, Union

    from lambda_bridge.handler import Line
    from lambda_bridge.messages import Response
    from lambda_bridge.triggers import Source

    Argument = Union[CloudEvent, list[CloudEvent]]
    # Yields what is to be delivered and how long that may take, gets the answer, returns the result.
    Steps = Generator[tuple[Argument, Union[float, None]], Any, Any]


def deliver(line: Line, args: tuple[Any, ...], keywords: Mapping[str, Any], problem: EventError) -> Any:
    """The result for an event that is no HTTP; raises *problem*, the reason for that, where no row claims it."""
    event, context = read_call(args, keywords)
    if is_warmup(event, line.options.warmup):
        return _nothing(context)
    if management.is_command(event):
        answer = management.answer_aio if _is_fn(context) else management.answer
        return answer(line, event, context)
    return deliver_to(line, _source(line, event, context, problem), event, context)


def deliver_to(line: Line, source: Source, event: Any, context: Any) -> Any:
    """The result for *event* of *source*."""
    steps = _steps(line, source, event, context)
    target = _Target(line, source, event, context)
    if _is_fn(context) and target.is_async():
        # The FDK awaits a coroutine, on its loop, in which a synchronous function cannot run another one.
        return _deliver_aio(steps, target)
    try:
        step = next(steps)
        while True:
            try:
                answer = target.call(*step)
            except Exception as error:  # noqa: PERF203
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as stop:
        return stop.value


async def deliver_aio(line: Line, args: tuple[Any, ...], keywords: Mapping[str, Any], problem: EventError) -> Any:
    """`deliver` inside a running event loop."""
    event, context = read_call(args, keywords)
    if is_warmup(event, line.options.warmup):
        return _nothing(context)
    if management.is_command(event):
        return await management.answer_aio(line, event, context)
    return await deliver_to_aio(line, _source(line, event, context, problem), event, context)


async def deliver_to_aio(line: Line, source: Source, event: Any, context: Any) -> Any:
    """`deliver_to` inside a running event loop."""
    return await _deliver_aio(_steps(line, source, event, context), _Target(line, source, event, context))


async def _deliver_aio(steps: Steps, target: _Target) -> Any:
    try:
        step = next(steps)
        while True:
            try:
                answer = await target.aio(*step)
            except Exception as error:  # noqa: PERF203
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as stop:
        return stop.value


# --- the event


def read_call(args: tuple[Any, ...], keywords: Mapping[str, Any]) -> tuple[Any, Any]:
    """(event as the rows see it, context) of the arguments that a platform called the handler with."""
    event = args[0] if args else keywords.get("req", keywords.get("event"))
    context = args[1] if len(args) > 1 else keywords.get("context")
    if _is_fn(event):
        data: Any = keywords.get("data")
        context, event = event, data.read() if hasattr(data, "read") else data
    if isinstance(event, (bytes, bytearray, str)):
        from json import loads

        try:
            event = loads(event)
        except (ValueError, RecursionError):
            return event, context
    if hasattr(context, "event_id") and hasattr(context, "event_type"):
        told = {"eventId": "event_id", "timestamp": "timestamp", "eventType": "event_type", "resource": "resource"}
        about = {name: getattr(context, attribute, None) for name, attribute in told.items()}
        event = {"data": event, "context": about}
    return event, context


def _is_fn(context: Any) -> bool:
    return (type(context).__module__, type(context).__qualname__) == ("fdk.context", "InvokeContext")


def _platform() -> str | None:
    # Set anew before each call (apache/openwhisk-runtime-go, 1b001516).
    from os import environ

    return OPENWHISK if "__OW_ACTIVATION_ID" in environ else None


def is_warmup(event: Any, field: str | None) -> bool:
    """Whether *event* only keeps the function warm; *field* is ``"name"`` or ``"name=value"``, a key of one's own."""
    if not isinstance(event, dict):
        return False
    if event.get("source") == "serverless-plugin-warmup":  # serverless.com/plugins/serverless-plugin-warmup
        return True
    if event.get("detail-type") == "Scheduled Event":
        # The rule that Zappa makes for keep_warm: <app>-zappa-keep-warm-handler.keep_warm_callback.
        rules = event.get("resources")
        rule = rules[0] if isinstance(rules, list) and rules else None
        return isinstance(rule, str) and rule.endswith("handler.keep_warm_callback")
    if field is None:
        return False
    name, equals, value = field.partition("=")
    return str(event.get(name)) == value if equals else bool(event.get(name))


def _source(line: Line, event: Any, context: Any, problem: EventError) -> Source:
    source = find(event, _platform() if context is None else context)
    if source is None:
        raise problem
    if source.name in line.functions:
        return source
    if line.options.events is None or not source.routed:
        route = 'make_handler(events="/route") or ' if source.routed else ""
        raise UnknownEvent(f"one of {source.name}", f'to take it, use {route}@handler.on("{source.name}")')
    return source


def _nothing(context: Any) -> Any:
    # An action's result is a dict, or it has failed (apache/openwhisk, docs/actions-python.md).
    return {} if context is None and _platform() == OPENWHISK else None


# --- the records


def _steps(line: Line, source: Source, event: Any, context: Any) -> Steps:
    try:
        records = source.records(event)
    except Exception as error:
        raise _as_malformed(source, error) from error
    clock = _Clock(line.seconds(context))
    is_batch = source.name in line.functions and line.functions[source.name][1]
    deliver_records = _all_at_once if is_batch else _one_by_one
    answer = yield from deliver_records(line, source, event, context, records, clock)
    return answer if source.result is None else source.result(answer, context)


def _one_by_one(line: Line, source: Source, event: Any, context: Any, records: list[Any], clock: _Clock) -> Steps:
    failures = _Failures(line, source, event, len(records))
    answer = None
    for index, record in enumerate(records):
        try:
            left = clock.left()
            answer = yield _read(source, record, event, context), left
        except Exception as error:  # noqa: PERF203
            failures.add(index, error)
            if failures.end_with(index, error):
                break
    return failures.result(answer)


def _all_at_once(line: Line, source: Source, event: Any, context: Any, records: list[Any], clock: _Clock) -> Steps:
    failures = _Failures(line, source, event, len(records))
    readable, answer = [], None
    for index, record in enumerate(records):
        try:
            readable.append((index, _read(source, record, event, context)))
        except MalformedEvent as error:  # noqa: PERF203
            failures.add(index, error)
            if failures.end_with(index, error):
                break
    if readable or not records:
        try:
            answer = yield [each for _, each in readable], clock.left()
        except Exception as error:
            for index, _ in readable:
                failures.add(index, error)
    return failures.result(answer)


def _read(source: Source, record: Any, event: Any, context: Any) -> CloudEvent:
    try:
        cloud_event = source.read(record, event)
    except Exception as error:
        raise _as_malformed(source, error) from error
    cloud_event.record, cloud_event.context = record, context
    if not cloud_event.id:
        cloud_event.id = _invocation_id(context)
    return cloud_event


def _invocation_id(context: Any) -> str:
    for name in ("aws_request_id", "request_id", "getRequestID", "CallID", "invocation_id"):
        found = context.get(name) if isinstance(context, dict) else getattr(context, name, None)
        found = found() if callable(found) else found
        if isinstance(found, str) and found:
            return found
    from uuid import uuid4

    return str(uuid4())


def _as_malformed(source: Source, error: Exception) -> MalformedEvent:
    if isinstance(error, MalformedEvent):
        return error
    # The exception's own text may quote the event.
    return MalformedEvent(f"the event looks like {source.name} but cannot be read ({type(error).__name__})")


class _Clock:
    """How long the rest of the invocation may take; some platforms tell it only at the beginning."""

    def __init__(self, seconds: float | None) -> None:
        from time import monotonic

        self._now = monotonic
        self._seconds = seconds
        self._end = None if seconds is None else monotonic() + seconds

    def left(self) -> float | None:
        """Raises DeadlineExceeded when there is nothing left."""
        if self._end is None or self._seconds is None:
            return None
        left = self._end - self._now()
        if left <= 0:
            raise DeadlineExceeded(self._seconds)
        return left


class _Failures:
    """Which of the *count* records have failed, and what the platform is told."""

    def __init__(self, line: Line, source: Source, event: Any, count: int) -> None:
        self._line = line
        self._source = source
        self._event = event
        self._count = count
        self._indexes: list[int] = []
        self._first: Exception | None = None
        self._tells = source.failed is not None and line.options.partial_failures

    def add(self, index: int, error: Exception) -> None:
        """The record *index* has failed; raises *error* where that can only be told by raising."""
        if not self._tells or isinstance(error, (ConfigurationError, StartupFailed)):
            raise error
        self._first = self._first or error
        self._indexes.append(index)
        # Of our own errors the sentence says all, and what caused them may quote the event.
        is_ours = isinstance(error, BridgeError)
        what = f"record {index + 1} of {self._count} of {self._source.name} has failed"
        log_error(f"{what}: {error}" if is_ours else what, None if is_ours else error)

    def end_with(self, index: int, error: Exception) -> bool:
        """Whether no record after *index* may be tried: then all of them have failed too."""
        ordered = self._source.ordered
        is_over = isinstance(error, DeadlineExceeded) or (ordered is not None and ordered(self._event))
        if is_over:
            self._indexes.extend(range(index + 1, self._count))
        return is_over

    def result(self, answer: Any) -> Any:
        """What goes back; raises the first failure where no record has succeeded, or not all can be named."""
        if self._source.failed is None:
            return self._source.nothing if answer is None or not self._source.answers else answer
        if self._first is None:
            return {"batchItemFailures": []}
        if len(self._indexes) == self._count:
            raise self._first
        try:
            names = self._source.failed(self._event, sorted(self._indexes))
        except Exception:
            raise self._first from None
        if not all(isinstance(name, str) and name for name in names):
            raise self._first
        _warn_of_setting(self._line, self._source)
        return {"batchItemFailures": [{"itemIdentifier": name} for name in names]}


def _warn_of_setting(line: Line, source: Source) -> None:
    if source.name not in line.warned:
        line.warned.add(source.name)
        log_warning(
            f"the failed records of {source.name} are named in batchItemFailures: the trigger must have "
            "FunctionResponseTypes=ReportBatchItemFailures, or they are lost; without it, use partial_failures=False"
        )


# --- who gets them


class _Target:
    """The function that is registered for the source, or else the app."""

    def __init__(self, line: Line, source: Source, event: Any, context: Any) -> None:
        self._line = line
        self._source = source
        self._function = line.functions[source.name][0] if source.name in line.functions else None
        self._origin = (source.name, event, context)

    def is_async(self) -> bool:
        if self._function is None:
            return self._line.runner.interface == "asgi"
        return is_coroutine_function(self._function)

    def call(self, argument: Argument, seconds: float | None) -> Any:
        if self._function is None:
            request = make_request(argument, self._route())  # type: ignore[arg-type]
            return self._answer(self._line.runner.run(request, self._origin, seconds))
        if not is_coroutine_function(self._function):
            return _call(self._function, argument, seconds)
        call = _AsyncCall(self._function, argument)
        self._line.function_runner().run(*call.as_request(self._origin, seconds))
        return call.answer

    async def aio(self, argument: Argument, seconds: float | None) -> Any:
        if self._function is None:
            request = make_request(argument, self._route())  # type: ignore[arg-type]
            return self._answer(await self._line.runner.aio(request, self._origin, seconds))
        if not is_coroutine_function(self._function):
            from asyncio import to_thread

            return await to_thread(_call, self._function, argument, seconds)
        call = _AsyncCall(self._function, argument)
        await self._line.function_runner().aio(*call.as_request(self._origin, seconds))
        return call.answer

    def _route(self) -> str:
        return self._line.options.events or "/"

    def _answer(self, response: Response) -> Any:
        """What a caller who waits for it gets; raises NotAccepted where the app does not say that it has done it."""
        if not 200 <= response.status <= 299:
            raise NotAccepted(self._source.name, response.status)
        if not self._source.answers or not response.body:
            return None
        media = (response.header("content-type") or "").partition(";")[0].strip().lower()
        text = response.body.decode("utf-8", "replace")
        if media == "application/json" or media.endswith("+json"):
            from json import loads

            return loads(text)
        return text


def _call(function: Callable[..., Any], argument: Argument, seconds: float | None) -> Any:
    from lambda_bridge.deadline import call_within

    try:
        return function(argument) if seconds is None else call_within(seconds, partial(function, argument))
    except (Exception, SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise NoResponse(f"the function ended with {type(error).__name__}") from error


def is_coroutine_function(function: Any) -> bool:
    from inspect import iscoroutinefunction, unwrap

    return iscoroutinefunction(unwrap(function)) or iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


class _AsyncCall:
    """A call of an async function, on its way through an ASGI runner, whose loop and deadline it needs."""

    def __init__(self, function: Callable[..., Any], argument: Argument) -> None:
        self._function = function
        self._argument = argument
        self.answer: Any = None

    def as_request(self, origin: tuple[str, Any, Any], seconds: float | None) -> tuple[Any, ...]:
        from lambda_bridge.messages import Request

        return Request("POST", "/"), (origin[0], self, origin[2]), seconds

    async def run(self, send: Callable[..., Any]) -> None:
        self.answer = await self._function(self._argument)
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def with_functions(app: Callable[..., Any] | None) -> Callable[..., Any]:
    """The ASGI app *app*, and async functions on the same loop."""

    async def dispatch(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        call = scope.get("lambda_bridge.event")
        if isinstance(call, _AsyncCall):
            await call.run(send)
        elif app is not None:
            await app(scope, receive, send)

    if app is not None:
        dispatch.__wrapped__ = app  # type: ignore[attr-defined]
    return dispatch
