"""The app's coroutine for one WebSocket connection, as it sees it: receive and send, to the letter of the spec."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Optional, Protocol, Union

from lambda_bridge.apps._checks import check_byte_headers
from lambda_bridge.apps._exchange import Exchange
from lambda_bridge.apps.asgi import _current, _end_tasks
from lambda_bridge.deadline import GRACE, Stopped
from lambda_bridge.errors import ConnectionGone, DeadlineExceeded, InvalidResponse, NoResponse, UnknownConnection
from lambda_bridge.log import log_error, log_warning
from lambda_bridge.messages import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.apps.websocket import Conversations

# Seconds that an app may go on after it has accepted, before the client gets the answer.
AFTER_ACCEPT = 2.0

CONNECT, RECEIVE, DISCONNECT = "websocket.connect", "websocket.receive", "websocket.disconnect"


class Link(Protocol):
    """What a conversation needs of the world outside; but for the values, each waits and is called in a thread."""

    key: Any
    max_message: Optional[int]
    denies_with_status: bool

    def recall(self) -> dict[str, Any]:
        """The scope of the handshake, where another process has had it; raises UnknownConnection, StoreFailed."""

    def remember(self) -> None:
        """Keep the handshake for other processes; raises StoreFailed."""

    def forget(self) -> None:
        """Nobody needs it any longer; raises StoreFailed."""

    def send(self, data: Union[str, bytes]) -> None:
        """Raises ConnectionGone, PushFailed."""

    def close(self, code: int, reason: str) -> None:
        """Raises the same."""


class Turn(Exchange):
    """One event on its way through a conversation; its caller waits until the app asks for the next one.

    *message* is what the app receives; of a connect event *scope* is the app's. ``answer`` is what goes back.
    """

    __slots__ = ("answer", "is_settling", "message")

    def __init__(self, message: dict[str, Any], seconds: float | None, scope: dict[str, Any] | None = None) -> None:
        super().__init__(b"", seconds)
        self.message = message
        self.scope = scope or {}
        self.answer: Response | None = None
        self.is_settling = False

    def result(self) -> Response:
        """What the app has answered; raises what it has raised."""
        if self.error is not None:
            raise self.error
        if self.answer is None:
            raise DeadlineExceeded(self.seconds or 0.0)
        return self.answer


class Conversation:
    """The app's coroutine for one connection, its ``receive`` and its ``send``."""

    def __init__(self, group: Conversations, link: Link, turn: Turn, loop: asyncio.AbstractEventLoop) -> None:
        self.link = link
        self.begun = loop.time()
        # What the runner's task factory and its end of tasks look at.
        self.tasks: set[asyncio.Task[Any]] = set()
        self.expired = False
        self.seconds: float | None = None
        self._group = group
        self._loop = loop
        self._is_resumed = turn.message["type"] != CONNECT
        self._scope = turn.scope
        self._inbox: deque[tuple[dict[str, Any], Turn | None]] = deque()
        if self._is_resumed:
            self._inbox.append(({"type": CONNECT}, None))
        self._turn: Turn | None = None
        # "connecting", "open", or "closed" by the app.
        self._state = "connecting"
        self._is_gone = False
        self._is_remembered = False
        self._denial: Exchange | None = None
        self._closing: asyncio.Future[None] | None = None
        # How many of the app's tasks wait for what only another event can bring.
        self._parked = 0
        self._arrived: asyncio.Event | None = None
        self._task = asyncio.Task(self._run(), loop=loop)

    # --- from outside, in the loop

    def take(self, turn: Turn) -> None:
        """Let the app receive the message of *turn*."""
        self.seconds = turn.seconds
        if turn.message["type"] == DISCONNECT:
            self._lose()
        if turn.message["type"] == CONNECT:
            # An app may answer without having asked for it.
            self._turn = turn
            self._put(turn.message, None)
        else:
            self._put(turn.message, turn)

    def open(self) -> None:
        """The gateway has the answer to the handshake."""
        self._opened.set()

    def give_up(self, *, is_replaced: bool = False) -> None:
        """The connection is no more, and nobody has said so; one that replaces it has its id."""
        if is_replaced:
            self._is_remembered = False
        self._lose()
        self._put({"type": DISCONNECT, "code": 1006, "reason": ""}, None)
        self._group.end(self)

    def expire(self, turn: Turn) -> None:
        """The time of *turn* is over: an app that still works on it is stopped, and its connection closed."""
        if turn.is_finished:
            return
        if turn.is_settling or (turn.answer is not None and turn.message["type"] == CONNECT):
            turn.finish()
            return
        self.expired = True
        turn.error = DeadlineExceeded(turn.seconds or 0.0)
        if self._must_close([turn]):
            # At once: there is little time, and the thread goes on when the loop does not.
            self._state = "closed"
            self._closing = self._loop.run_in_executor(None, self._close_quietly, 1011)
        for task in (self._task, *self.tasks):
            task.cancel()
        # A task that waits for a thread does not end when it is cancelled.
        self._loop.call_later(GRACE, turn.finish)

    # --- the app's side

    async def receive(self) -> dict[str, Any]:
        arrived = self._arrived
        assert arrived is not None  # noqa: S101  made before the app runs
        if not self._inbox or self._inbox[0][1] is not None:
            self._is_done_with_turn()
        # Else it goes on with what belongs to no event of its own: the end, of which send() has told it.
        self._parked += 1
        try:
            while not self._inbox:
                arrived.clear()
                self._settle()
                await arrived.wait()
        finally:
            self._parked -= 1
        self._group.steps += 1
        message, turn = self._inbox.popleft()
        if turn is not None:
            self._turn = turn
        if message["type"] == DISCONNECT:
            # Whoever asks again hears it again.
            self._inbox.append((message, None))
        return message

    async def send(self, message: dict[str, Any]) -> None:
        self._group.steps += 1
        kind = message["type"]
        if self._state == "closed":
            raise InvalidResponse(f"unexpected ASGI message {kind!r}: the app has closed the connection")
        if self._state == "connecting":
            await self._answer_handshake(kind, message)
        elif self._is_gone:
            raise ConnectionGone("the client has closed the connection")
        elif kind == "websocket.send":
            await self._send_data(message)
        elif kind == "websocket.close":
            await self._close(message.get("code", 1000), message.get("reason") or "")
        else:
            raise InvalidResponse(f"expected the ASGI message 'websocket.send' or 'websocket.close', but got {kind!r}")

    async def _answer_handshake(self, kind: str, message: dict[str, Any]) -> None:
        if self._denial is None and kind == "websocket.accept":
            await self._accept(message)
        elif self._denial is None and kind == "websocket.close":
            await self._deny(_FORBIDDEN)
        elif kind.startswith("websocket.http.response.") and self.link.denies_with_status:
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
        if self._is_resumed:
            # The client had its answer long ago.
            self._state = "open"
            self._opened.set()
            return
        headers = check_byte_headers(message.get("headers") or ())
        subprotocol = message.get("subprotocol")
        if subprotocol is not None:
            headers.append(("sec-websocket-protocol", subprotocol))
        self._is_remembered = True
        await self._in_thread(self.link.remember)
        self._state = "open"
        turn = self._turn
        if turn is not None and turn.message["type"] == CONNECT:
            turn.answer = Response(200, headers)
            self._loop.call_later(AFTER_ACCEPT, turn.finish)
            self._settle()

    async def _deny(self, response: tuple[int, Any, bytes]) -> None:
        """Answer the handshake with *response*; where the client had its answer long ago, close its connection."""
        if self._is_resumed:
            await self._close(1011, "")
            return
        status, headers, body = response
        self._state = "closed"
        if self._turn is not None and self._turn.message["type"] == CONNECT:
            # A status of success would accept.
            self._turn.answer = Response(status if status >= 300 else 403, list(headers), body)
        self._put({"type": DISCONNECT, "code": 1006, "reason": ""}, None)

    async def _send_data(self, message: dict[str, Any]) -> None:
        text, data = message.get("text"), message.get("bytes")
        given: Any = data if text is None else text
        if not isinstance(given, (str, bytes, bytearray, memoryview)) or (
            text is not None and not isinstance(text, str)
        ):
            raise InvalidResponse("a 'websocket.send' must have 'text', a str, or 'bytes'")
        payload = given if isinstance(given, (str, bytes)) else bytes(given)
        size = len(payload.encode("utf-8", "surrogatepass")) if isinstance(payload, str) else len(payload)
        if self.link.max_message is not None and size > self.link.max_message:
            raise InvalidResponse(
                f"the message has {size} bytes, the gateway's limit is {self.link.max_message}: "
                "send it in parts, or a link to a file store"
            )
        await self._wait_until_open()
        # One after the other: threads would overtake each other.
        async with self._sending:
            if self._is_gone:
                raise ConnectionGone("the client has closed the connection")
            try:
                await self._in_thread(self.link.send, payload)
            except ConnectionGone:
                self._lose()
                self._put({"type": DISCONNECT, "code": 1006, "reason": ""}, None)
                raise

    async def _close(self, code: int, reason: str) -> None:
        if self._turn is not None and self._turn.message["type"] == CONNECT and not self._turn.is_finished:
            # Accepted, and closed before the client has heard of it: it may as well hear that alone.
            await self._deny(_FORBIDDEN)
            return
        await self._wait_until_open()
        async with self._sending:
            self._state = "closed"
            self._put({"type": DISCONNECT, "code": code, "reason": reason}, None)
            with suppress(ConnectionGone):
                await self._in_thread(self.link.close, code, reason)

    async def _wait_until_open(self) -> None:
        self._parked += 1
        try:
            self._settle()
            await self._opened.wait()
        finally:
            self._parked -= 1

    # --- one event after the other

    def _put(self, message: dict[str, Any], turn: Turn | None) -> None:
        self._inbox.append((message, turn))
        if self._arrived is not None:
            self._arrived.set()

    def _is_done_with_turn(self) -> None:
        """The app asks for the next message: it has done what it wanted about the last one."""
        turn = self._turn
        if turn is not None and turn.message["type"] == RECEIVE:
            self._turn = None
            turn.answer = Response(200)
            self._finish(turn)

    def _settle(self) -> None:
        """Of a handshake: the app has answered, and can do nothing more before the next event."""
        turn = self._turn
        if turn is not None and turn.message["type"] == CONNECT and turn.answer is not None and self._parked:
            self._turn = None
            self._finish(turn)

    def _finish(self, turn: Turn) -> None:
        if self._group.is_alone(self):
            turn.finish()
        else:
            turn.is_settling = True
            turn.task = asyncio.Task(self._group.wait_for_quiet(turn), loop=self._loop)

    def _lose(self) -> None:
        """The client has gone: what waits to be sent fails."""
        self._is_gone = True
        if self._arrived is not None:
            self._opened.set()

    def _must_close(self, turns: list[Turn]) -> bool:
        """Whether the client, at the app's end with *turns* still unanswered, has a connection."""
        if self._is_gone or self._state == "closed":
            return False
        is_answered = self._state == "open" and all(turn.message["type"] != CONNECT for turn in turns)
        return self._is_resumed or is_answered

    # --- from the beginning to the end

    async def _run(self) -> None:
        _current.set(self)  # type: ignore[arg-type]  # its tasks are all that is looked at
        # Before Python 3.10 they belong to the loop in which they are made.
        self._arrived, self._opened, self._sending = asyncio.Event(), asyncio.Event(), asyncio.Lock()
        error: BaseException | None = None
        try:
            await self._run_app()
        except Stopped:
            self.expired = True
        except BaseException as caught:  # whose call it was raises it
            error = caught
        try:
            if self.tasks:
                await _end_tasks(self)  # type: ignore[arg-type]
        finally:
            await self._end(error)

    async def _run_app(self) -> None:
        runner = self._group.runner
        if self._is_resumed:
            scope = await self._in_thread(self.link.recall)
            self._is_remembered = True
            self._opened.set()
        else:
            scope = self._scope
        if not runner._lifespan.ready:
            await runner._ensure_started()
        scope["state"] = runner._lifespan.state.copy()
        scope["lambda_bridge.resumed"] = self._is_resumed
        await runner.app(scope, self.receive, self.send)

    async def _end(self, error: BaseException | None) -> None:
        """The app has ended, in whatever way."""
        self._group.end(self)
        mine = [self._turn, *(turn for _, turn in self._inbox)]
        turns = [turn for turn in mine if turn is not None and not turn.is_finished]
        if isinstance(error, asyncio.CancelledError) and not turns and not self.expired:
            return  # the process ends, and others go on with the connection
        failure = self._failure(error, turns)
        if self._must_close(turns):
            await self._try(partial(self.link.close, 1011 if failure else 1000, ""))
        elif self._state == "connecting" and failure is None and not self._is_resumed:
            failure = NoResponse("the app ended and had neither accepted nor refused the connection")
        if self._is_remembered:
            await self._try(self.link.forget)
        if self._closing is not None:
            # A process may be frozen as soon as its call returns; `expire` has seen to it that this is no later than GRACE.
            await asyncio.wait([self._closing])
        if failure is not None and not turns:
            log_error("the app failed on a WebSocket connection", failure)
        for index, turn in enumerate(turns):
            if index == 0 and failure is not None:
                turn.error = failure
            elif turn.message["type"] == CONNECT:
                # Denied; or accepted and at its end before the client could hear of it.
                is_denied = turn.answer is not None and turn.answer.status >= 300
                turn.answer = turn.answer if is_denied else Response(403)
            else:
                turn.answer = Response(200 if index == 0 or turn.message["type"] == DISCONNECT else 410)
            turn.finish()

    def _failure(self, error: BaseException | None, turns: list[Turn]) -> BaseException | None:
        """What the app is to be blamed for; None where it has ended as it may."""
        if self.expired:
            return DeadlineExceeded(self.seconds or 0.0)
        if isinstance(error, asyncio.CancelledError):
            # A cancellation that escapes from a function would end its process.
            cancelled = NoResponse("the app was cancelled by itself")
            cancelled.__cause__ = error
            return cancelled
        if self._is_gone and (isinstance(error, ConnectionGone) or type(error).__name__ == "WebSocketDisconnect"):
            return None  # the second is how Starlette says the same
        if isinstance(error, UnknownConnection) and turns and turns[0].message["type"] == DISCONNECT:
            return None  # closed by the app, in this process or another one
        return error

    async def _try(self, call: Callable[[], None]) -> None:
        try:
            await self._in_thread(call)
        except ConnectionGone:
            pass
        except Exception as error:  # the app has ended: nobody is there to be told
            log_warning(str(error))

    def _close_quietly(self, code: int) -> None:
        try:
            self.link.close(code, "")
        except ConnectionGone:
            pass
        except Exception as error:
            log_warning(str(error))

    async def _in_thread(self, function: Callable[..., Any], *arguments: Any) -> Any:
        self._group.waits += 1
        try:
            return await self._loop.run_in_executor(None, partial(function, *arguments))
        finally:
            self._group.waits -= 1
            self._group.steps += 1


_FORBIDDEN = (403, (("content-type", "text/plain; charset=utf-8"),), b"Forbidden")
