"""Who gets the records: the function that is registered for their source, or else the app.

An async function runs as the app of an ASGI runner, whose loop and deadline it needs: the app's own where that is
ASGI, so that both may share what belongs to a loop.
"""

from __future__ import annotations

from functools import partial

from lambda_bridge.errors import NoResponse, NotAccepted
from lambda_bridge.triggers.binding import make_request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lambda_bridge.apps import Origin
    from lambda_bridge.handler import Line
    from lambda_bridge.messages import Request, Response
    from lambda_bridge.triggers import Source
    from lambda_bridge.triggers.records import Argument


class Target:
    """The function that is registered for the source, or else the app."""

    def __init__(self, line: Line, source: Source, event: Any, context: Any) -> None:
        self._line = line
        self._source = source
        self._function = line.functions[source.name][0] if source.name in line.functions else None
        self._origin = (source.name, event, context)

    def is_async(self) -> bool:
        """Whether it wants an event loop."""
        if self._function is None:
            return self._line.runner.interface == "asgi"
        return _is_coroutine_function(self._function)

    def call(self, argument: Argument, seconds: float | None) -> Any:
        """Its answer; raises what the function raises, NotAccepted, and DeadlineExceeded after *seconds*."""
        if self._function is None:
            return self._read_answer(self._line.runner.run(self._make_request(argument), self._origin, seconds))
        if not _is_coroutine_function(self._function):
            return _call(self._function, argument, seconds)
        call = _AsyncCall(self._function, argument)
        self._line.function_runner().run(*call.as_request(self._origin, seconds))
        return call.answer

    async def aio(self, argument: Argument, seconds: float | None) -> Any:
        """`call` inside a running event loop."""
        if self._function is None:
            return self._read_answer(await self._line.runner.aio(self._make_request(argument), self._origin, seconds))
        if not _is_coroutine_function(self._function):
            from asyncio import to_thread

            return await to_thread(_call, self._function, argument, seconds)
        call = _AsyncCall(self._function, argument)
        await self._line.function_runner().aio(*call.as_request(self._origin, seconds))
        return call.answer

    def _make_request(self, argument: Argument) -> Request:
        # Without a function there is a route, and each record goes alone.
        return make_request(argument, self._line.options.events)  # type: ignore[arg-type]

    def _read_answer(self, response: Response) -> Any:
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
    except StopIteration as error:
        # Which no future takes, and a generator takes for its own end (PEP 479).
        raise RuntimeError("the function raised StopIteration") from error
    except (Exception, SystemExit, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise NoResponse(f"the function ended with {type(error).__name__}") from error


def _is_coroutine_function(function: Any) -> bool:
    from inspect import iscoroutinefunction, unwrap

    return iscoroutinefunction(unwrap(function)) or iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


class _AsyncCall:
    """A call of an async function, on its way through a runner in the place of an event."""

    def __init__(self, function: Callable[..., Any], argument: Argument) -> None:
        self._function = function
        self._argument = argument
        self.answer: Any = None

    def as_request(self, origin: Origin, seconds: float | None) -> tuple[Any, ...]:
        """The arguments of a runner's ``run``."""
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
