"""What the gateway remembers of its calls: a ring of them, which the console shows as they come.

Memory is bounded: of many calls the oldest are forgotten, and of large bodies the end is.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Optional, Union

from lambda_bridge.messages import Request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambda_bridge.messages import Response

AT_MOST = 10_000
"""Calls that are remembered, where they are of usual size."""
MEMORY = 256 * 1024 * 1024
"""Bytes and characters that all of them may have together."""
BODY = 256 * 1024
"""Bytes that are remembered of a body, and characters of an event or result as JSON."""


@dataclass(frozen=True)
class Trigger:
    """An event of a source that is not HTTP, as somebody has written it."""

    text: str
    """JSON: the event; of a source whose events are objects, the data that one is made of."""
    kind: str = ""
    """Of a WebSocket's: ``"connect"``, ``"message"`` or ``"disconnect"``."""


Asked = Union[Request, Trigger]
"""What a call begins with."""


@dataclass
class Stream:
    """A response that reaches the client in parts."""

    first: float
    """Seconds from the first byte of the request to the first of the response."""
    parts: int = 0
    state: str = "running"
    """Then ``"complete"``; ``"cut"``, where the function failed, or was stopped; ``"left"``, where the client has gone."""


@dataclass
class Call:
    """One request or event on its way through the gateway, and all that is known of it."""

    id: int
    """From 1, one more for each call."""
    format: str
    """The spelling of the format; of an event the name of its source, ``"aws.sqs"``."""
    began: float
    """Seconds since 1970."""
    asked: Asked
    """As it came from the client; its body, or the event's text, cut at BODY."""
    response: Optional[Response] = None
    """As the client gets it; its body cut at BODY. None while there is none, and of an event."""
    seconds: float = 0.0
    """From the first byte of the request to the last of the response."""
    event: str = ""
    """As indented JSON, or as text where the event is no JSON; cut at BODY."""
    result: str = ""
    """Likewise."""
    seen: dict[str, Any] = field(default_factory=dict)
    """What the app saw, as `compare.describe_request` tells it, and its ``interface``; empty where it was not called."""
    problem: Optional[str] = None
    """Why the response is the gateway's own: the request cannot be carried, the function failed, its result is refused."""
    instance: int = 0
    """Which instance has served it, from 1; 0: this process, or none."""
    is_cold: bool = False
    """Whether the instance was started for it."""
    stages: dict[str, float] = field(default_factory=dict)
    """Seconds of ``start`` (where it is cold), ``recognize``, ``read``, ``app``, ``make``, in this order."""
    log: list[str] = field(default_factory=list)
    """Lines that the app has written to standard output and standard error meanwhile."""
    body_size: tuple[int, int] = (0, 0)
    """Bytes of the request's and of the response's body, or characters of the event's text, before they were cut."""
    stream: Optional[Stream] = None
    """None of a response that is sent as a whole."""

    @property
    def request(self) -> Request:
        """What was asked over HTTP; raises TypeError where it was an event."""
        if not isinstance(self.asked, Request):
            raise TypeError(f"call {self.id} is an event of {self.format}, and no request")
        return self.asked

    @property
    def status(self) -> Union[int, str]:
        """Of the response, 0 while there is none; of an event, ``"done"`` or ``"failed"``."""
        if isinstance(self.asked, Trigger):
            return "done" if self.problem is None else "failed"
        return 0 if self.response is None else self.response.status

    def is_whole(self) -> bool:
        """Whether all is remembered of what was asked, so that it can be sent again."""
        return length(self.asked) >= self.body_size[0]

    def size(self) -> int:
        """Bytes and characters that it holds, about."""
        bodies = length(self.asked) + (len(self.response.body) if self.response is not None else 0)
        return bodies + len(self.event) + len(self.result) + sum(map(len, self.log))


def length(asked: Asked) -> int:
    """Bytes of a request's body, characters of an event's text."""
    return len(asked.text) if isinstance(asked, Trigger) else len(asked.body)


def cut(asked: Asked) -> Asked:
    """*asked* with no more of its body, or text, than can be kept."""
    if length(asked) <= BODY:
        return asked
    if isinstance(asked, Trigger):
        return Trigger(asked.text[:BODY], asked.kind)
    return Request(
        asked.method,
        asked.path,
        asked.raw_path,
        asked.query,
        asked.headers,
        asked.body[:BODY],
        asked.scheme,
        asked.server,
        asked.client,
        asked.root_path,
        asked.http_version,
    )


class Calls:
    """The last calls, oldest first; safe for several threads."""

    def __init__(self) -> None:
        self._ring: deque[Call] = deque()
        self._sizes: dict[int, int] = {}
        self._size = 0
        self._mutex = threading.Lock()
        self._last_id = 0
        self._listeners: set[queue.SimpleQueue[Optional[Call]]] = set()

    def begin(self, format: str, asked: Asked) -> Call:  # noqa: A002
        """A new call, which is not remembered before `show`."""
        with self._mutex:
            self._last_id += 1
            return Call(self._last_id, format, time.time(), asked)

    def show(self, call: Call) -> None:
        """Remember *call*, where that is not done, and tell those who listen what has become of it so far."""
        with self._mutex:
            if call.id not in self._sizes:
                self._ring.append(call)
            self._size += call.size() - self._sizes.get(call.id, 0)
            self._sizes[call.id] = call.size()
            while len(self._ring) > AT_MOST or self._size > MEMORY:
                self._size -= self._sizes.pop(self._ring.popleft().id)
            listeners = list(self._listeners)
        for listener in listeners:
            listener.put(call)

    def get(self, number: int) -> Optional[Call]:
        """The call with this id; None when it is unknown or forgotten."""
        with self._mutex:
            return next((call for call in reversed(self._ring) if call.id == number), None)

    def all(self) -> list[Call]:
        """Every call that is remembered, oldest first."""
        with self._mutex:
            return list(self._ring)

    def clear(self) -> None:
        """Forget them all."""
        with self._mutex:
            self._ring.clear()
            self._sizes.clear()
            self._size = 0

    def listen(self, seconds: float = 15.0) -> Iterator[Optional[Call]]:
        """Calls as they end, and those in parts as they begin, from the first None on, which comes at once; None after each *seconds* without one."""
        listener: queue.SimpleQueue[Optional[Call]] = queue.SimpleQueue()
        with self._mutex:
            self._listeners.add(listener)
        try:
            yield None
            while True:
                try:
                    yield listener.get(timeout=seconds)
                except queue.Empty:  # noqa: PERF203
                    yield None
        finally:
            with self._mutex:
                self._listeners.discard(listener)
