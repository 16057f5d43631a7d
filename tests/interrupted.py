"""Apps in which a call is interrupted where its path says: ``/FAULT/POINT?TOKEN``; any other path is answered in peace.

An answer is the token, twice, and so is a header. The file that INTERRUPTED_DIARY names gets a line for each start-up and
shutdown, with the number of the process.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Where a call can be, in order.
POINTS: dict[str, tuple[str, ...]] = {
    "wsgi": ("app", "head", "body", "end", "close"),
    "asgi": ("app", "receive", "head", "body", "end", "background"),
}
# Of these, the response is complete by then.
ANSWERED = {("asgi", "end"), ("asgi", "background")}
# Long, for a call whose deadline comes soon.
_LONG = 60.0


def write(word: str) -> None:
    """Into the diary."""
    path = os.environ.get("INTERRUPTED_DIARY")
    if path:
        with open(path, "a", encoding="utf-8") as diary:
            diary.write(f"{os.getpid()} {word}\n")


def fault_at(point: str, path: str) -> str:
    """The fault that is to happen at *point*; ``""`` for none."""
    _, fault, where = (*path.split("/"), "", "")[:3]
    return fault if where == point else ""


def happen(fault: str) -> None:
    """What an app does, or what happens to its process."""
    if fault == "raise":
        raise ValueError("the app's own")
    if fault == "exit":
        sys.exit(7)
    if fault in {"kill", "terminate"}:
        os.kill(os.getpid(), signal.SIGKILL if fault == "kill" else signal.SIGTERM)
        # Nothing more is done, but where a signal has a handler.
    if fault in {"block", "kill", "terminate"}:
        time.sleep(_LONG)


class _Body:
    """Two parts of a body, and its end."""

    def __init__(self, path: str, token: str) -> None:
        self._path = path
        self._token = token.encode()

    def __iter__(self) -> Iterator[bytes]:
        yield self._token
        happen(fault_at("body", self._path))
        yield self._token
        happen(fault_at("end", self._path))

    def close(self) -> None:
        happen(fault_at("close", self._path))


def wsgi_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> _Body:
    path, token = environ["PATH_INFO"], environ["QUERY_STRING"]
    happen(fault_at("app", path))
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Token", token)])
    happen(fault_at("head", path))
    return _Body(path, token)


async def asgi_app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _live(receive, send)
        return
    path, token = scope["path"], scope["query_string"]
    await _happen("app", path)
    await receive()
    await _happen("receive", path)
    headers = [(b"content-type", b"text/plain"), (b"x-token", token)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await _happen("head", path)
    await send({"type": "http.response.body", "body": token, "more_body": True})
    await _happen("body", path)
    task = asyncio.ensure_future(_happen("background", path))
    await send({"type": "http.response.body", "body": token})
    await _happen("end", path)
    await task


async def _happen(point: str, path: str) -> None:
    fault = fault_at(point, path)
    if fault == "wait":
        await asyncio.sleep(_LONG)
    elif fault:
        happen(fault)


async def _live(receive: Any, send: Any) -> None:
    await receive()
    write("startup")
    await send({"type": "lifespan.startup.complete"})
    await receive()
    write("shutdown")
    await send({"type": "lifespan.shutdown.complete"})


APPS: dict[str, Callable[..., Any]] = {"wsgi": wsgi_app, "asgi": asgi_app}
