"""The end of the process: what has been started is closed once, at exit and on SIGTERM."""

from __future__ import annotations

import atexit
import signal
import threading
from functools import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Closable(Protocol):
        def close(self) -> None: ...


_open: set[Closable] = set()


def close_at_exit(something: Closable) -> None:
    """Call its ``close()`` when the process ends, unless `forget` comes first."""
    _open.add(something)
    _register()


def forget(something: Closable) -> None:
    """It is closed already."""
    _open.discard(something)


@cache
def _register() -> None:
    # atexit comes too late: after the interpreter has waited for the threads that an app's shutdown
    # would end, and after asyncio.to_thread has ceased to work. This, which concurrent.futures uses
    # too, comes before; the last one registered comes first.
    import concurrent.futures.thread  # noqa: F401

    getattr(threading, "_register_atexit", atexit.register)(close_all)


def close_all() -> None:
    """What the end of the process does."""
    for something in list(_open):
        something.close()


def heed_sigterm() -> None:
    """Make SIGTERM end the process as exit() does, where nobody has said what it is to do."""
    try:
        if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
            signal.signal(signal.SIGTERM, _exit)
    except ValueError:
        # Only the main thread can set a signal handler: the host of this thread decides how it ends.
        pass


def _exit(number: int, frame: Any) -> None:
    raise SystemExit(128 + number)
