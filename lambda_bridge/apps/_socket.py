"""The app's side of a WebSocket connection: its receive and its send, to the letter of the spec.

What the app is to receive waits in an inbox. Of a message that has come with an event, the app is done when it asks for
the next one; of a handshake, when it has answered, and can do nothing more before the next event.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Union

from lambda_bridge.apps._checks import check_byte_headers
from lambda_bridge.apps._exchange import Exchange
from lambda_bridge.apps._turn import CONNECT, DISCONNECT, RECEIVE
from lambda_bridge.errors import ConnectionGone, InvalidResponse
from lambda_bridge.messages import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.apps._turn import Link, Turn
    from lambda_bridge.apps.websocket import Conversations

# Seconds that an app may go on after it has accepted, before the client gets the answer.
AFTER_ACCEPT = 2.0


class Socket:
    """``receive`` and ``send`` of one connection; *is_done* takes each turn that the app has dealt with.

    ``state`` is "connecting", "open", or "closed" by the app; ``is_gone`` says that the client is not there any longer.
    """

    def __init__(
        self,
        group: Conversations,
        link: Link,
        loop: asyncio.AbstractEventLoop,
        is_resumed: bool,
        is_done: Callable[[Turn], None],
    ) -> None:
        self.is_resumed = is_resumed
        self.state = "connecting"
        self.is_gone = False
        self.is_remembered = False
        self.turn: Turn | None = None
        """The one that the app is at."""
        self._group = group
        self._link = link
        self._loop = loop
        self._is_done = is_done
        self._inbox: deque[tuple[dict[str, Any], Turn | None]] = deque()
        if is_resumed:
            self._inbox.append(({"type": CONNECT}, None))
        self._denial: Exchange | None = None
        # How many of the app's tasks wait for what only another event can bring.
        self._parked = 0
        self._arrived: asyncio.Event | None = None

    def begin(self) -> None:
        """In the app's task, before all else; before Python 3.10 these belong to the loop in which they are made."""
        self._arrived, self._opened, self._sending = asyncio.Event(), asyncio.Event(), asyncio.Lock()

    # --- from outside, in the loop

    def put(self, message: dict[str, Any], turn: Turn | None = None) -> None:
        """Let the app receive *message*; with a *turn*, that is done when the app asks for the next one."""
        self._inbox.append((message, turn))
        if self._arrived is not None:
            self._arrived.set()

    def open(self) -> None:
        """The gateway has the answer to the handshake."""
        self._opened.set()

    def lose(self) -> None:
        """The client has gone: what waits to be sent fails."""
        self.is_gone = True
        if self._arrived is not None:
            self._opened.set()

    def unfinished(self) -> list[Turn]:
        """Those whose callers wait: the one that the app is at, and those that it has not asked for."""
        mine = [self.turn, *(turn for _, turn in self._inbox)]
        return [turn for turn in mine if turn is not None and not turn.is_finished]

    def has_client(self, turns: list[Turn]) -> bool:
        """Whether somebody must be told of the app's end, where *turns* are still unanswered."""
        if self.is_gone or self.state == "closed":
            return False
        return self.is_resumed or (self.state == "open" and all(turn.kind != CONNECT for turn in turns))

    async def in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """What *function* gives, which waits."""
        self._group.waits += 1
        try:
            return await self._loop.run_in_executor(None, partial(function, *arguments))
        finally:
            self._group.waits -= 1
            self._group.steps += 1

    # --- the app's

    async def receive(self) -> dict[str, Any]:
        arrived = self._arrived
        assert arrived is not None  # noqa: S101  made before the app runs
        if not self._inbox or self._inbox[0][1] is not None:
            self._leave_message()
        # Else it goes on with what belongs to no event of its own: the end, of which send() has told it.
        self._parked += 1
        try:
            while not self._inbox:
                arrived.clear()
                self._leave_handshake()
                await arrived.wait()
        finally:
            self._parked -= 1
        self._group.steps += 1
        message, turn = self._inbox.popleft()
        if turn is not None:
            self.turn = turn
        if message["type"] == DISCONNECT:
            # Whoever asks again hears it again.
            self._inbox.append((message, None))
        return message

    async def send(self, message: dict[str, Any]) -> None:
        self._group.steps += 1
        kind = message["type"]
        if self.state == "closed":
            raise InvalidResponse(f"unexpected ASGI message {kind!r}: the app has closed the connection")
        if self.state == "connecting":
            await self._answer_handshake(kind, message)
        elif self.is_gone:
            raise ConnectionGone("the client has closed the connection")
        elif kind == "websocket.send":
            await self._send_data(read_data(message, self._link.max_message))
        elif kind == "websocket.close":
            await self._close(message.get("code", 1000), message.get("reason") or "")
        else:
            raise InvalidResponse(f"expected the ASGI message 'websocket.send' or 'websocket.close', but got {kind!r}")

    async def _answer_handshake(self, kind: str, message: dict[str, Any]) -> None:
        if self._denial is None and kind == "websocket.accept":
            await self._accept(message)
        elif self._denial is None and kind == "websocket.close":
            await self._deny(_FORBIDDEN)
        elif kind.startswith("websocket.http.response.") and self._link.denies_with_status:
            if self._denial is None:
                self._denial = Exchange(b"", None)
            await self._denial.send({**message, "type": kind.removeprefix("websocket.")})
            if self._denial._complete:
                denied = self._denial.response()
                await self._deny((denied.status, denied.headers, denied.body))
        else:
            expected = "'websocket.accept' or 'websocket.close'" if self._denial is None else "the rest of the response"
            raise InvalidResponse(f"expected {expected}, but got the ASGI message {kind!r}")

    async def _accept(self, message: dict[str, Any]) -> None:
        if self.is_resumed:
            # The client had its answer long ago.
            self.state = "open"
            self._opened.set()
            return
        headers = check_byte_headers(message.get("headers") or ())
        subprotocol = message.get("subprotocol")
        if subprotocol is not None:
            headers.append(("sec-websocket-protocol", subprotocol))
        self.is_remembered = True
        await self.in_thread(self._link.remember)
        self.state = "open"
        turn = self.turn
        if turn is not None and turn.kind == CONNECT:
            turn.answer = Response(200, headers)
            self._loop.call_later(AFTER_ACCEPT, turn.finish)
            self._leave_handshake()

    async def _deny(self, response: tuple[int, Any, bytes]) -> None:
        """Answer the handshake with *response*; where the client had its answer long ago, close its connection."""
        if self.is_resumed:
            await self._close(1011, "")
            return
        status, headers, body = response
        self.state = "closed"
        if self.turn is not None and self.turn.kind == CONNECT:
            # A status of success would accept.
            self.turn.answer = Response(status if status >= 300 else 403, list(headers), body)
        self.put({"type": DISCONNECT, "code": 1006, "reason": ""})

    async def _send_data(self, data: Union[str, bytes]) -> None:
        await self._wait_until_open()
        # One after the other: threads would overtake each other.
        async with self._sending:
            if self.is_gone:
                raise ConnectionGone("the client has closed the connection")
            try:
                await self.in_thread(self._link.send, data)
            except ConnectionGone:
                self.lose()
                self.put({"type": DISCONNECT, "code": 1006, "reason": ""})
                raise

    async def _close(self, code: int, reason: str) -> None:
        if self.turn is not None and self.turn.kind == CONNECT and not self.turn.is_finished:
            # Accepted, and closed before the client has heard of it: it may as well hear that alone.
            await self._deny(_FORBIDDEN)
            return
        await self._wait_until_open()
        async with self._sending:
            self.state = "closed"
            self.put({"type": DISCONNECT, "code": code, "reason": reason})
            with suppress(ConnectionGone):
                await self.in_thread(self._link.close, code, reason)

    async def _wait_until_open(self) -> None:
        self._parked += 1
        try:
            self._leave_handshake()
            await self._opened.wait()
        finally:
            self._parked -= 1

    # --- from one event to the next

    def _leave_message(self) -> None:
        """The app asks for the next message: it has done what it wanted about the last one."""
        turn = self.turn
        if turn is not None and turn.kind == RECEIVE:
            self.turn = None
            turn.answer = Response(200)
            self._is_done(turn)

    def _leave_handshake(self) -> None:
        """Of a handshake: the app has answered, and can do nothing more before the next event."""
        turn = self.turn
        if turn is not None and turn.kind == CONNECT and turn.answer is not None and self._parked:
            self.turn = None
            self._is_done(turn)


def read_data(message: dict[str, Any], limit: int | None) -> Union[str, bytes]:
    """What a 'websocket.send' says is to be sent; raises InvalidResponse for what no message can be."""
    text, data = message.get("text"), message.get("bytes")
    given: Any = data if text is None else text
    if not isinstance(given, (str, bytes, bytearray, memoryview)) or (text is not None and not isinstance(text, str)):
        raise InvalidResponse("a 'websocket.send' must have 'text', a str, or 'bytes'")
    payload = given if isinstance(given, (str, bytes)) else bytes(given)
    size = len(payload.encode("utf-8", "surrogatepass")) if isinstance(payload, str) else len(payload)
    if limit is not None and size > limit:
        raise InvalidResponse(
            f"the message has {size} bytes, the gateway's limit is {limit}: send it in parts, or a link to a file store"
        )
    return payload


_FORBIDDEN = (403, (("content-type", "text/plain; charset=utf-8"),), b"Forbidden")
