"""The app's coroutine for one WebSocket connection: how it begins, and the ways in which it ends."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from lambda_bridge.apps._socket import Socket
from lambda_bridge.apps._tasks import end_tasks, owner
from lambda_bridge.apps._turn import CONNECT, DISCONNECT
from lambda_bridge.deadline import GRACE, Stopped
from lambda_bridge.errors import ConnectionGone, DeadlineExceeded, NoResponse, UnknownConnection
from lambda_bridge.log import log_error, log_warning
from lambda_bridge.messages import Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.apps._turn import Link, Turn
    from lambda_bridge.apps.websocket import Conversations


class Conversation:
    """The app's coroutine for one connection, which begins with *turn*."""

    def __init__(self, group: Conversations, link: Link, turn: Turn, loop: asyncio.AbstractEventLoop) -> None:
        self.link = link
        self.begun = loop.time()
        # What an `Owner` of tasks has.
        self.tasks: set[asyncio.Task[Any]] = set()
        self.expired = False
        self.seconds: float | None = None
        self._group = group
        self._loop = loop
        self._scope = turn.scope
        self._socket = Socket(group, link, loop, turn.kind != CONNECT, self._finish)
        self._closing: asyncio.Future[None] | None = None
        self._task = asyncio.Task(self._run(), loop=loop)

    # --- from outside, in the loop

    def take(self, turn: Turn) -> None:
        """Let the app receive the message of *turn*."""
        self.seconds = turn.seconds
        if turn.kind == DISCONNECT:
            self._socket.lose()
        if turn.kind == CONNECT:
            # An app may answer without having asked for it.
            self._socket.turn = turn
            self._socket.put(turn.message)
        else:
            self._socket.put(turn.message, turn)

    def open(self) -> None:
        """The gateway has the answer to the handshake."""
        self._socket.open()

    def give_up(self, *, is_replaced: bool = False) -> None:
        """The connection is no more, and nobody has said so; one that replaces it has its id."""
        if is_replaced:
            self._socket.is_remembered = False
        self._socket.lose()
        self._socket.put({"type": DISCONNECT, "code": 1006, "reason": ""})
        self._group.end(self)

    def expire(self, turn: Turn) -> None:
        """The time of *turn* is over: an app that still works on it is stopped, and its connection closed."""
        if turn.is_finished:
            return
        if turn.is_settling or (turn.answer is not None and turn.kind == CONNECT):
            turn.finish()
            return
        self.expired = True
        turn.error = DeadlineExceeded(turn.seconds or 0.0)
        if self._socket.has_client([turn]):
            # At once: there is little time, and the thread goes on when the loop does not.
            self._socket.state = "closed"
            self._closing = self._loop.run_in_executor(None, self._close_quietly, 1011)
        for task in (self._task, *self.tasks):
            task.cancel()
        # A task that waits for a thread does not end when it is cancelled.
        self._loop.call_later(GRACE, turn.finish)

    # --- from the beginning to the end

    async def _run(self) -> None:
        owner.set(self)
        self._socket.begin()
        error: BaseException | None = None
        try:
            await self._run_app()
        except Stopped:
            self.expired = True
        except BaseException as caught:  # whose call it was raises it
            error = caught
        try:
            if self.tasks:
                await end_tasks(self)
        finally:
            await self._end(error)

    async def _run_app(self) -> None:
        runner, socket = self._group.runner, self._socket
        if socket.is_resumed:
            scope = await socket.in_thread(self.link.recall)
            socket.is_remembered = True
            socket.open()
        else:
            scope = self._scope
        if not runner.lifespan.ready:
            await runner.ensure_started()
        scope["state"] = runner.lifespan.state.copy()
        scope["lambda_bridge.resumed"] = socket.is_resumed
        await runner.app(scope, socket.receive, socket.send)

    def _finish(self, turn: Turn) -> None:
        """The app is done with *turn*; others may still be at work on what it has done."""
        if self._group.is_alone(self):
            turn.finish()
        else:
            turn.is_settling = True
            turn.task = asyncio.Task(self._group.wait_for_quiet(turn), loop=self._loop)

    async def _end(self, error: BaseException | None) -> None:
        """The app has ended, in whatever way."""
        self._group.end(self)
        socket, turns = self._socket, self._socket.unfinished()
        if isinstance(error, asyncio.CancelledError) and not turns and not self.expired:
            return  # the process ends, and others go on with the connection
        failure = self._failure(error, turns)
        if socket.has_client(turns):
            await self._try(partial(self.link.close, 1011 if failure else 1000, ""))
        elif socket.state == "connecting" and failure is None and not socket.is_resumed:
            failure = NoResponse("the app ended and had neither accepted nor refused the connection")
        if socket.is_remembered:
            await self._try(self.link.forget)
        if self._closing is not None:
            # A process may be frozen as soon as its call returns; `expire` has seen to it that this is no later than GRACE.
            await asyncio.wait([self._closing])
        if failure is not None and not turns:
            log_error("the app failed on a WebSocket connection", failure)
        for index, turn in enumerate(turns):
            if index == 0 and failure is not None:
                turn.error = failure
            else:
                turn.answer = _last_answer(turn, is_first=index == 0)
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
        is_end = isinstance(error, ConnectionGone) or type(error).__name__ == "WebSocketDisconnect"
        if self._socket.is_gone and is_end:
            return None  # the second is how Starlette says the same
        if isinstance(error, UnknownConnection) and turns and turns[0].kind == DISCONNECT:
            return None  # closed by the app, in this process or another one
        return error

    async def _try(self, call: Callable[[], None]) -> None:
        """What *call* fails with is logged: the app has ended, and nobody is there to be told."""
        await self._socket.in_thread(_quietly, call)

    def _close_quietly(self, code: int) -> None:
        _quietly(partial(self.link.close, code, ""))


def _quietly(call: Callable[[], None]) -> None:
    try:
        call()
    except ConnectionGone:
        pass
    except Exception as error:
        log_warning(str(error))


def _last_answer(turn: Turn, is_first: bool) -> Response:
    """What the caller of *turn* gets of an app that has ended as it may."""
    if turn.kind == CONNECT:
        # Denied; or accepted and at its end before the client could hear of it.
        is_denied = turn.answer is not None and turn.answer.status >= 300
        return turn.answer if is_denied and turn.answer is not None else Response(403)
    return Response(200 if is_first or turn.kind == DISCONNECT else 410)
