"""From an event that no HTTP format claims to its records, each to a function or to the app, and the result.

What a platform does about a failure is told by raising, whatever the option ``on_error`` says.
"""

from __future__ import annotations

from lambda_bridge import management
from lambda_bridge.errors import UnknownEvent
from lambda_bridge.triggers import OPENWHISK, find
from lambda_bridge.triggers.call import is_fn, is_warmup, known_context, read_call
from lambda_bridge.triggers.records import make_steps
from lambda_bridge.triggers.target import Target

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from lambda_bridge.errors import EventError
    from lambda_bridge.handler import Line
    from lambda_bridge.triggers import Source
    from lambda_bridge.triggers.records import Steps


def deliver(line: Line, args: tuple[Any, ...], keywords: Mapping[str, Any], problem: EventError) -> Any:
    """The result for an event that is no HTTP; raises *problem*, the reason for that, where no row claims it."""
    event, context = read_call(args, keywords)
    if is_warmup(event, line.options.warmup):
        return _nothing(context)
    if management.is_command(event):
        answer = management.answer_aio if is_fn(context) else management.answer
        return answer(line, event, context)
    return deliver_to(line, _find(line, event, context, problem), event, context)


def deliver_to(line: Line, source: Source, event: Any, context: Any) -> Any:
    """The result for *event* of *source*."""
    steps = make_steps(line, source, event, context)
    target = Target(line, source, event, context)
    if is_fn(context) and target.is_async():
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
    return await deliver_to_aio(line, _find(line, event, context, problem), event, context)


async def deliver_to_aio(line: Line, source: Source, event: Any, context: Any) -> Any:
    """`deliver_to` inside a running event loop."""
    return await _deliver_aio(make_steps(line, source, event, context), Target(line, source, event, context))


async def _deliver_aio(steps: Steps, target: Target) -> Any:
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


def _find(line: Line, event: Any, context: Any, problem: EventError) -> Source:
    source = find(event, known_context(context))
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
    return {} if known_context(context) == OPENWHISK else None
