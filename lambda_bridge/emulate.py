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
from lambda_bridge.apps.asgi import end_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


class Platform:
    """Calls *handler* as the platform of the format *name* does.

    Platforms that own an event loop are played with one in a thread of its own, which lives as long
    as this object, or until `close`.
    """

    def __init__(self, handler: Callable[..., Any], name: str) -> None:
        self.handler = handler
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

    def close(self) -> None:
        """End the platform's loop, where it has one."""
        with self._mutex:
            self._end()
            self._loop = None

    def _run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        with self._mutex:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                thread = threading.Thread(target=_serve, args=(self._loop,), daemon=True)
                thread.start()
                self._end = weakref.finalize(self, _end, self._loop, thread)
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


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


async def _wait_for(awaitable: Any) -> Any:
    return await awaitable


async def exchange(app: Callable[..., Any], event: dict[str, Any]) -> list[dict[str, Any]]:
    """The messages that an ASGI *app* sends for *event*: a scope with the body beside it.

    The client stays connected until it has the whole response.
    """
    scope = {name: value for name, value in event.items() if name != "body"}
    received = [{"type": "http.request", "body": event["body"], "more_body": False}]
    complete = asyncio.Event()
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if received:
            return received.pop()
        await complete.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            complete.set()

    await app(scope, receive, send)
    return sent
