"""The platform's part of an invocation, on this machine: how it calls the handler, and what it makes of the answer.

For the local gateway, the test client and the comparison of clouds; never for production.
"""

from __future__ import annotations

import asyncio
import json
import threading
import weakref
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge import formats
from lambda_bridge.apps._loop import end_loop
from lambda_bridge.emulate.asgi import Conversation, exchange
from lambda_bridge.messages import Request
from lambda_bridge.runtime.stream import open_stream
from lambda_bridge.streaming import can_stream

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from lambda_bridge.messages import Response


class Platform:
    """Calls *handler* as the platform of the format *name* does.

    Platforms that own an event loop are played with one in a thread of its own, which lives as long
    as this object, or until `close`.
    """

    def __init__(self, handler: Callable[..., Any], name: str) -> None:
        self.handler = handler
        self.name = name
        self.format = formats.load(name)
        self._loop: Optional[asyncio.AbstractEventLoop] = None
        self._mutex = threading.Lock()
        self._end: Callable[[], Any] = _nothing

    def invoke(self, event: Any, context: Any = None) -> Any:
        """The result for *event*; raises what the handler raises."""
        if hasattr(self.format, "asgi_app"):
            return self._run(exchange(self.format.asgi_app(self.handler, event, context), event))
        if hasattr(self.format, "call"):
            result = self.format.call(self.handler, event, context)
            return self._run(_wait_for(result)) if isawaitable(result) else result
        # Through JSON both ways, as on the wire: what is no JSON would not reach the platform.
        return json.loads(json.dumps(self.handler(json.loads(json.dumps(event)), context)))

    def streams(self, event: Any) -> bool:
        """Whether each part of the response to *event* is sent on as the app makes it.

        On AWS the option ``stream`` says so: our runtime is there, and the gateway is set to stream.
        """
        if self.format.STREAMS:
            return True
        line = getattr(self.handler, "line", None)
        return line is not None and line.options.stream and can_stream(self.name, event)

    def stream(self, event: Any, context: Any = None) -> tuple[Any, Response]:
        """(result, response with ``chunks``) for *event*: where the platform streams, the app makes them meanwhile.

        There is no result then, as it has no end yet. The chunks must be closed.
        """
        if self.format.STREAMS and hasattr(self.format, "asgi_app"):
            app = self.format.asgi_app(self.handler, event, context)
            messages = Conversation(self._running_loop(), app, event)
            try:
                response = self.format.read_result([next(messages)])
            except BaseException:
                messages.close()
                raise
            bodies = (message.get("body", b"") for message in messages)
            response.chunks = Chunks(bodies, messages.close, messages.leave)
            return None, response
        if self.format.STREAMS and hasattr(self.format, "stream"):
            response = self.format.stream(self.handler, event, context)
            parts: Any = response.chunks
            response.chunks = Chunks(parts, getattr(parts, "close", _nothing))
            return None, response
        if not self.format.STREAMS and self.streams(event):
            return None, self._stream_from_runtime(event, context)
        result = self.invoke(event, context)
        response = self.format.read_result(result)
        response.chunks, response.body = Chunks([response.body], _nothing), b""
        return result, response

    def _stream_from_runtime(self, event: Any, context: Any) -> Response:
        """What the gateway makes of our runtime's answer."""
        is_main = threading.current_thread() is threading.main_thread()
        stream: Any = open_stream(self.handler.line, json.loads(json.dumps(event)), context, is_main)  # type: ignore[attr-defined]
        try:
            response = self.format.read_result(json.loads(stream.prelude.partition(b"\0")[0]))
        except BaseException:
            stream.close()
            raise
        response.chunks = Chunks(iter(stream.step, None), stream.close)
        return response

    def close(self) -> None:
        """End the platform's loop, where it has one."""
        with self._mutex:
            self._end()
            self._loop = None

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(coroutine, self._running_loop()).result()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._mutex:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                thread = threading.Thread(target=_serve, args=(self._loop,), daemon=True)
                thread.start()
                self._end = weakref.finalize(self, _end, self._loop, thread)
            return self._loop


def _nothing() -> None:
    """Where there is no loop to be ended."""


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    loop.run_forever()
    end_loop(loop)


def _end(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    # The garbage collector may come by in any thread, this one or that of another loop.
    if thread is not threading.current_thread():
        thread.join()


def event_size(event: Any) -> Optional[int]:
    """Bytes of *event* as JSON in UTF-8, as gateways count them; None for an event that is no JSON."""
    try:
        return len(json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    except TypeError:
        return None


def takes_json(name: str) -> bool:
    """Whether an event of the format *name* is JSON, and no object of a package of its platform's."""
    module = formats.load(name)
    return not hasattr(module, "NEEDS") and event_size(module.make_event(Request("GET", "/"))) is not None


async def _wait_for(awaitable: Any) -> Any:
    return await awaitable


class Chunks:
    """The parts of a body that are not empty, in order; *close* is called once, at the end or before.

    ``leave`` says that the client has gone, from any thread and at any time, where an app can hear that between two
    parts: it then ends, and with it the parts.
    """

    def __init__(self, parts: Iterable[bytes], close: Callable[[], Any], leave: Callable[[], Any] = _nothing) -> None:
        self._parts = iter(parts)
        self._close = close
        self.leave = leave

    def __iter__(self) -> Chunks:
        return self

    def __next__(self) -> bytes:
        try:
            for part in self._parts:
                if part:
                    return part
        except BaseException:
            self.close()
            raise
        self.close()
        raise StopIteration

    def close(self) -> None:
        """Nobody wants the rest."""
        close, self._close, self._parts = self._close, _nothing, iter(())
        close()
