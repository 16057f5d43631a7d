"""The platform's part of an invocation, on this machine: how it calls the handler, and what it makes of the answer.

For the local gateway, the test client and the comparison of clouds; never for production.
"""

from __future__ import annotations

import asyncio
import json
import queue
import threading
import weakref
from concurrent.futures import wait
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge import formats
from lambda_bridge.apps._loop import end_loop
from lambda_bridge.messages import Request
from lambda_bridge.runtime.stream import open_stream
from lambda_bridge.streaming import can_stream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterable

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

        On AWS that is set: the option ``stream`` says that our runtime is there, and the gateway set to stream.
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


async def exchange(app: Callable[..., Any], event: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages that an ASGI *app* sends for *event*: a scope with the body beside it.

    The client stays connected until it has the whole response.
    """
    sent: list[dict[str, Any]] = []

    async def keep(message: dict[str, Any]) -> None:
        sent.append(message)

    await _converse(app, event, keep, asyncio.Event())
    return sent


class Conversation:
    """The same for who is in another thread than the app's *loop*: message by message, as the app sends them.

    The app waits in ``send`` until the next one is asked for. What it raises is raised here.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, app: Callable[..., Any], event: dict[str, Any]) -> None:
        self._loop = loop
        # None: the app has ended.
        self._sent: queue.SimpleQueue[Optional[dict[str, Any]]] = queue.SimpleQueue()
        self._is_begun = False
        self._wanted, self._gone = asyncio.run_coroutine_threadsafe(_make_signals(), loop).result()
        self._running = asyncio.run_coroutine_threadsafe(self._run(app, event), loop)

    async def _run(self, app: Callable[..., Any], event: dict[str, Any]) -> None:
        try:
            await _converse(app, event, self._hand_over, self._gone)
        finally:
            self._sent.put(None)

    async def _hand_over(self, message: dict[str, Any]) -> None:
        # To a client that has gone, servers send nothing, and do not complain.
        if not self._gone.is_set():
            self._sent.put(message)
            await self._wanted.acquire()

    def __iter__(self) -> Conversation:
        return self

    def __next__(self) -> dict[str, Any]:
        if self._is_begun and not self._running.done():
            self._loop.call_soon_threadsafe(self._wanted.release)
        self._is_begun = True
        message = self._sent.get()
        if message is None:
            self._sent.put(None)
            self._running.result()
            raise StopIteration
        return message

    def close(self) -> None:
        """The client goes; returns when the app has ended, however."""
        if not self._running.done():
            self.leave()
            wait([self._running])

    def leave(self) -> None:
        """The client goes; returns at once."""
        self._loop.call_soon_threadsafe(self._leave)

    def _leave(self) -> None:
        self._gone.set()
        self._wanted.release()


async def _make_signals() -> tuple[asyncio.Semaphore, asyncio.Event]:
    # Before Python 3.10 they belong to the loop in which they are made.
    return asyncio.Semaphore(0), asyncio.Event()


async def _converse(
    app: Callable[..., Any],
    event: dict[str, Any],
    deliver: Callable[[dict[str, Any]], Awaitable[None]],
    gone: asyncio.Event,
) -> None:
    """Run *app*; *deliver* gets each of its messages; it hears of the client's end when *gone* is set."""
    scope = {name: value for name, value in event.items() if name != "body"}
    received = [{"type": "http.request", "body": event["body"], "more_body": False}]

    async def receive() -> dict[str, Any]:
        if received:
            return received.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        await deliver(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            gone.set()

    await app(scope, receive, send)
