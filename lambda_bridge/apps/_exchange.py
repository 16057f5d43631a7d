"""One request and its response as an ASGI app sees them: receive and send, to the letter of the spec."""

from __future__ import annotations

import asyncio

from lambda_bridge.apps._checks import check_byte_headers, is_endless, log_cut
from lambda_bridge.deadline import GRACE
from lambda_bridge.encoding import Memo, quote_path
from lambda_bridge.errors import DeadlineExceeded, InvalidResponse, NoResponse
from lambda_bridge.log import log_error
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# The names of all headers of a request -> the same in bytes.
_byte_rows = Memo(lambda names: [name.encode("ascii") for name in names.lower])


def _encode(values: list[str]) -> list[bytes]:
    # All at once, which takes a third of the time. No gateway passes a line break on; a hand-written
    # event may hold one.
    encoded = "\n".join(values).encode("latin-1").split(b"\n")
    return encoded if len(encoded) == len(values) else [value.encode("latin-1") for value in values]


def make_scope(request: Request) -> dict[str, Any]:
    """The HTTP connection scope for *request*; its path has the root_path, as the spec wants since 2.3."""
    path, raw_path, headers = request.path, request.raw_path, request.headers
    root_path = request.root_path
    if root_path:
        path = root_path + path
        raw_path = quote_path(root_path) + raw_path
    if not path.isascii():
        path = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": request.http_version,
        "method": request.method.upper(),
        "scheme": request.scheme,
        "path": path,
        "raw_path": raw_path,
        "query_string": request.query.encode("latin-1"),
        "root_path": root_path,
        "headers": list(zip(_byte_rows[headers.names], _encode(headers.values))),
        "client": request.client,
        "server": request.server,
        # Of lifespan's, a copy comes here when start-up is known to have ended.
        "state": {},
        "extensions": {},
    }


class Exchange:
    """The app's ``receive`` and ``send``, and what became of the call.

    *finished* is called once, in the loop, when there is what its caller waits for: the app and its
    tasks have ended, or their time is over.
    """

    __slots__ = (
        "_body",
        "_chunks",
        "_complete",
        "_headers",
        "_status",
        "_woken",
        "error",
        "expired",
        "finished",
        "is_finished",
        "scope",
        "seconds",
        "task",
        "tasks",
        "timer",
    )

    def __init__(self, body: bytes, seconds: float | None) -> None:
        self._body: bytes | None = body
        self._status = 0
        self._headers: list[tuple[str, str]] = []
        self._chunks: list[bytes] = []
        self._complete = False
        self._woken: asyncio.Event | None = None
        self.scope: dict[str, Any] = {}
        self.seconds = seconds
        self.error: BaseException | None = None
        self.expired = False
        self.is_finished = False
        self.finished: Callable[[], None] = nothing
        self.task: asyncio.Task[None] | None = None
        self.tasks: set[asyncio.Task[Any]] = set()
        self.timer: asyncio.TimerHandle | None = None

    async def receive(self) -> dict[str, Any]:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        if not self._complete:
            # The client is there until it has the whole response; then the spec's disconnect.
            if self._woken is None:
                self._woken = asyncio.Event()
            await self._woken.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if self._complete:
            raise InvalidResponse(f"unexpected ASGI message {kind!r}: the response is complete")
        if not self._status:
            if kind != "http.response.start":
                raise InvalidResponse(f"expected the ASGI message 'http.response.start', but got {kind!r}")
            self._start(message)
        elif kind == "http.response.body":
            body = message.get("body", b"")
            if not isinstance(body, bytes):
                body = _read_part(body)
            if body:
                self._chunks.append(body)
            if not message.get("more_body"):
                self._complete = True
                if self._woken is not None:
                    self._woken.set()
        else:
            raise InvalidResponse(f"expected the ASGI message 'http.response.body', but got {kind!r}")

    def _start(self, message: dict[str, Any]) -> None:
        status = message["status"]
        if not isinstance(status, int) or not 200 <= status <= 599:
            raise InvalidResponse(f"the status {status!r} is not a whole number from 200 to 599")
        self._headers = check_byte_headers(message.get("headers", ()))
        self._status = int(status)

    def finish(self) -> None:
        """In the loop: the app and its tasks have ended, or nobody waits for them any longer."""
        if not self.is_finished:
            self.is_finished = True
            self._let_go()
            self.finished()

    def expire(self) -> None:
        """In the loop: the time is over. The app may clean up, but not for long."""
        self.expired = True
        for task in (self.task, *self.tasks):
            if task is not None:
                task.cancel()
        # A task that waits for a thread does not end when it is cancelled.
        asyncio.get_running_loop().call_later(GRACE, self.finish)

    def _let_go(self) -> None:
        # The task's context holds the exchange: without the circle, all of a call is freed at once.
        self.task = None
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def response(self) -> Response:
        """The app's response; raises what it raised, NoResponse, InvalidResponse or DeadlineExceeded."""
        if self._complete:
            if self.expired:
                log_error("the app's background work was stopped, its time was over; the response is complete")
            elif self.error is not None:
                log_error("the app failed after its response was complete", self.error)
            if isinstance(self.error, (SystemExit, KeyboardInterrupt)):
                raise self.error
            chunks = self._chunks
            return Response(self._status, self._headers, chunks[0] if len(chunks) == 1 else b"".join(chunks))
        if self.expired:
            seconds, body = self.seconds or 0.0, b"".join(self._chunks)
            if not body or not is_endless(self._headers):
                raise DeadlineExceeded(seconds)
            log_cut(seconds, body)
            return Response(self._status, self._headers, body)
        if isinstance(self.error, asyncio.CancelledError):
            # A cancellation that escapes from a function would end its process.
            raise NoResponse("the app was cancelled by itself before its response was complete") from self.error
        if self.error is not None:
            raise self.error
        what = "a part of the response" if self._status else "no response"
        raise NoResponse(f"the app ended and had sent {what}")


def _read_part(part: Any) -> bytes:
    if not isinstance(part, (bytearray, memoryview)):
        raise InvalidResponse(f"the body must be bytes, but is {type(part).__name__}")
    return bytes(part)


def nothing() -> None:
    """Until somebody waits for the exchange."""
