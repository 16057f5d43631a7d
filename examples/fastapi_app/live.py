"""The windows in which the guest book is open, and how they hear of what is new."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import FastAPI, WebSocket

logger = logging.getLogger("guestbook.live")

# Seconds that one window may keep the others waiting, such as one that has fallen asleep.
PATIENCE = 5

# The windows whose connection is in this process, as under any server.
here: set[WebSocket] = set()


def gateway_of(app: FastAPI) -> Any:
    """What function.py sets: its `connections` are ids, which it can `push` to. Without it, only windows here are told."""
    return getattr(app.state, "gateway", None)


@contextmanager
def listening(socket: WebSocket) -> Iterator[None]:
    # In a function it is the cloud's gateway that has the connection, and knows how to send to it from anywhere.
    if gateway_of(socket.app) is None or "lambda_bridge.connection" not in socket.scope:
        here.add(socket)
    try:
        yield
    finally:
        here.discard(socket)


async def tell_everybody(app: FastAPI, text: str) -> None:
    """Send *text* to every window. One that misses it asks for what is new when it connects again."""
    gateway = gateway_of(app)
    there = [] if gateway is None else [connection async for connection in gateway.connections]
    sending = [socket.send_text(text) for socket in here]
    sending += [gateway.push(connection, text) for connection in there]
    waiting = [asyncio.wait_for(each, PATIENCE) for each in sending]
    for outcome in await asyncio.gather(*waiting, return_exceptions=True):
        if isinstance(outcome, Exception):
            logger.warning("a window was not told: %s", type(outcome).__name__)
