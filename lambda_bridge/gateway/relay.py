"""A response in parts on its way from the process of an instance to the gateway's client.

`FarClient` is that client in the process, `relay` what the gateway does for it: part by part, so that the
app waits while nobody reads, and hears when nobody is there any more.
"""

from __future__ import annotations

import os
import queue
import time
from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge.gateway.channel import Gone, Head, Part, Taken, send

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.gateway.client import Client
    from lambda_bridge.gateway.process import Instance, Message
    from lambda_bridge.messages import Response


def _nobody() -> None:
    """Where nobody is to be told."""


class FarClient:
    """Takes a response in the main thread; another one hears what the gateway says to that."""

    def __init__(self, outgoing: int) -> None:
        self._outgoing = outgoing
        self._own = os.getpid()
        self._wanted: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._leave: Callable[[], None] = _nobody

    def begin(self, head: Response, leave: Callable[[], None]) -> None:
        """The response has this *head*; *leave*, which may be called from any thread, tells the app of the client's end."""
        self._leave = leave
        self._say(Head(head))

    def send(self, part: bytes) -> bool:
        """Whether the client wants more; waits until the gateway has passed *part* on."""
        return self._say(Part(part)) and self._wanted.get()

    def hear(self, message: Any) -> None:
        """What the gateway says: Taken, or Gone."""
        if isinstance(message, Taken):
            self._wanted.put(message.is_wanted)
        else:
            self._leave()

    def lose(self) -> None:
        """The gateway says nothing any more."""
        self._wanted.put(False)
        self._leave()

    def _say(self, message: Any) -> bool:
        if os.getpid() != self._own:
            os._exit(0)  # a child that the app has forked: the channel is its parent's
        try:
            send(self._outgoing, message)
        except OSError:
            return False
        return True


def relay(instance: Instance, client: Client, end: float, idle: float, memory: Optional[int]) -> Message:
    """Pass on what *instance* makes, up to its Done; None as of `Instance.wait`, or where the next part is not there in time.

    :param end: when the call must be over, on the clock of time.monotonic
    :param idle: seconds that the gateway waits for the next part
    :param memory: MB that the instance may use; None: as much as it wants
    """
    is_told = False

    def look() -> None:
        nonlocal is_told
        if not is_told and client.is_gone():
            is_told = True
            instance.send(Gone())

    left = end - time.monotonic()
    while True:
        message = instance.wait(min(left, idle) if client.has_begun else left, memory, look)
        if isinstance(message, Head):
            client.begin(message.response)
            left = end - time.monotonic()
        elif isinstance(message, Part):
            is_wanted = client.send(message.data, end - time.monotonic())
            left = end - time.monotonic()
            if left <= 0 or instance.is_over(memory):
                return None
            instance.send(Taken(is_wanted))
        else:
            return message
