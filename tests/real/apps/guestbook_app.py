"""The example examples/fastapi_app, which before each word of its story but the first asks at a gate and waits.

It tells the gate that it has ended, for whatever reason, by closing the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

# A name of this instance alone, before the app starts.
os.environ["GUESTBOOK_DB"] = str(said.TAKEN.with_name("guestbook.sqlite3"))
# As the example's own function.py: the guest book, and its route for events.
app: Any = import_module("worker").app

guestbook: Any = import_module("guestbook")
tell = guestbook.as_server_sent_events


async def tell_at_the_gate(words: Sequence[str]) -> AsyncIterator[str]:
    # No asyncio streams: where the loop rests between two calls, these would not be closed.
    with socket.create_connection(("127.0.0.1", int(said.GATE.read_text()))) as gate:

        async def ask() -> None:
            with contextlib.suppress(OSError):
                gate.sendall(b"?")
                await asyncio.to_thread(gate.recv, 1)

        guestbook.pause = ask
        try:
            async for part in tell(words):
                yield part
        finally:
            # A thread that waits is not ended by close alone.
            with contextlib.suppress(OSError):
                gate.shutdown(socket.SHUT_RDWR)


guestbook.as_server_sent_events = tell_at_the_gate
