"""Answer one event after the other, or several at once: what the platform asks of a runtime once the app has started."""

from __future__ import annotations

import os
from json import JSONEncoder, loads

from lambda_bridge.errors import BridgeError, MalformedEvent
from lambda_bridge.log import log_error
from lambda_bridge.runtime.api import RuntimeApi
from lambda_bridge.runtime.connection import MAX_ANSWER
from lambda_bridge.runtime.context import Context

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from lambda_bridge.handler import Handler
    from lambda_bridge.runtime.api import Invocation
    from lambda_bridge.runtime.stream import Stream

    # What is told of each call: its context, and whether it is the only one of its time.
    Remember = Callable[[Context, bool], None]


def remember_nothing(context: Context, alone: bool) -> None:
    """Where log lines do not name the call that they belong to."""


def serve(handler: Handler, api: RuntimeApi, *, alone: bool = True, remember: Remember = remember_nothing) -> NoReturn:
    """Answer one event after the other; *alone*: no other thread does. Raises PlatformError."""
    while True:
        _answer(handler, api, api.next(), alone, remember)


def serve_many(handler: Handler, address: str, limit: int, remember: Remember) -> NoReturn:
    """The same in *limit* threads, of which each has a connection of its own; an ASGI app's loop is one for all."""
    import threading
    from queue import SimpleQueue

    ended: SimpleQueue[BaseException] = SimpleQueue()

    def work() -> None:
        api = RuntimeApi(address)
        try:
            serve(handler, api, alone=False, remember=remember)
        except BaseException as error:  # the main thread raises it
            ended.put(error)
        finally:
            api.close()

    for _ in range(limit):
        threading.Thread(target=work, daemon=True).start()
    raise ended.get()


def _answer(handler: Handler, api: RuntimeApi, invocation: Invocation, alone: bool, remember: Remember) -> None:
    if alone:
        _tell_trace(invocation.headers.get("lambda-runtime-trace-id"))
    # Of several calls one must not end the process under the others.
    caught: Any = Exception if alone else (Exception, SystemExit)
    try:
        context = _read_context(invocation)
        remember(context, alone)
        event = _read_event(invocation)
        stream = _open_stream(handler, event, context, alone)
        result = _encode(handler(event, context)) if stream is None else b""
    except caught as error:
        # Of our own errors the sentence says all; of the app's, the traceback does.
        is_ours = isinstance(error, BridgeError)
        log_error(str(error) if is_ours else "the invocation has failed", None if is_ours else error)
        api.fail(invocation, error)
        return
    if stream is None:
        api.respond(invocation, result)
        # The invocation ends when the next event is asked for. Not verified: that a WebSocket's handshake is answered
        # before that, as buffered answers of functions with extensions are.
        handler.line.go_on()
    else:
        stream.send(api.begin_stream(invocation, stream.prelude), caught)


def _open_stream(handler: Handler, event: Any, context: Context, alone: bool) -> Stream | None:
    if not handler.line.options.stream:
        return None
    from lambda_bridge.runtime.stream import open_stream

    return open_stream(handler.line, event, context, alone)


def _tell_trace(trace: str | None) -> None:
    # Where the X-Ray SDK looks for it.
    if trace is not None:
        os.environ["_X_AMZN_TRACE_ID"] = trace
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)


def _read_context(invocation: Invocation) -> Context:
    try:
        return Context(invocation.headers)
    except ValueError:
        raise MalformedEvent("a header about the caller, client context or identity, is no JSON object") from None


def _read_event(invocation: Invocation) -> Any:
    if invocation.body is None:
        raise MalformedEvent(f"the event has more than {MAX_ANSWER} bytes", 413)
    media = invocation.headers.get("content-type", "application/json")
    if media.partition(";")[0].strip().lower() != "application/json":
        return bytes(invocation.body)
    try:
        return loads(invocation.body)
    except (ValueError, RecursionError) as error:
        # Of the error, only its kind: its text may quote the event.
        raise MalformedEvent(f"the event is no JSON that can be read ({type(error).__name__})") from None


def _default(value: Any) -> Any:
    # DynamoDB's numbers, which awslambdaric takes too.
    if type(value).__name__ == "Decimal":
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"the result is no JSON: it holds a {type(value).__name__}")


_dumps = JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_default).encode


def _encode(result: Any) -> bytes:
    # Half of a surrogate pair has no bytes in UTF-8, and an escape in JSON.
    return _dumps(result).encode("utf-8", "backslashreplace")
