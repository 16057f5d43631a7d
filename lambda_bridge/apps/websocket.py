"""WebSocket conversations of an ASGI app whose messages come as events, one call of the function for each.

The app runs as under any server: one coroutine for each connection, from the handshake to the end. Between two events
it stays where it is, most often in ``receive``, and nothing of it runs: the loop is driven by the threads that call,
and only while they do. A call returns when the app has dealt with its event: when it asks for the next message.

What the app sends goes to the gateway's own API, in a thread, while ``send`` waits. Before the gateway has the answer
to the handshake it knows no such connection (repost.aws/knowledge-center/410-gone-api-gateway): until then ``send``
waits too, and goes on with the next event of any connection in this process.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from lambda_bridge.apps._conversation import Conversation
from lambda_bridge.apps._exchange import make_scope as make_http_scope
from lambda_bridge.apps._loop import wait_in_loop
from lambda_bridge.apps._thread import run_on_one_thread
from lambda_bridge.apps._turn import CONNECT, Turn
from lambda_bridge.messages import Response

if TYPE_CHECKING:
    from lambda_bridge.apps._turn import Link
    from lambda_bridge.apps.asgi import AsgiRunner
    from lambda_bridge.messages import Request

# Seconds without a message in or out after which a call returns, where other tasks than the app's own may still be
# at work on what it has done: those of other connections, to which it has spoken through memory.
QUIET = 0.02
# Seconds after which no gateway has the connection any longer: two hours on AWS (apigateway/latest/developerguide/
# apigateway-execution-service-websocket-limits-table.html, read in 2026-11).
MOST_AGE = 7200.0

# Kept for ever: to collect a coroutine of the parent process would run the end of it in the child.
_inherited: list[Any] = []


class Conversations:
    """Those of one app in this process."""

    def __init__(self, runner: AsgiRunner) -> None:
        self.runner = runner
        self.loop: asyncio.AbstractEventLoop | None = None
        # Counted, so that quiet can be told from work.
        self.steps = 0
        self.waits = 0
        self._open: dict[Any, Conversation] = {}
        self._held: set[Conversation] = set()

    def run(self, turn: Turn, link: Link) -> Response:
        """The app's answer to the event of *turn*; raises what the app or *link* raises."""
        shared = self.runner.own_loop()
        shared.wait(turn, partial(self._enter, turn, link, shared.loop))
        return self._leave(turn, link, shared.loop)

    async def aio(self, turn: Turn, link: Link) -> Response:
        """The same inside a running event loop."""
        running = asyncio.get_running_loop()
        if not self.runner.belongs_to(running):
            return await run_on_one_thread(partial(self.run, turn, link))
        await wait_in_loop(turn, partial(self._enter, turn, link, running))
        return self._leave(turn, link, running)

    def go_on(self, seconds: float | None) -> None:
        """What has waited for the answer to a handshake goes on; for hosts that call this after the answer is sent."""
        if not self._held:
            return
        shared = self.runner.own_loop()
        turn = Turn({}, seconds)
        turn.answer = Response(200)
        shared.wait(turn, partial(self._enter_after, turn, shared.loop))

    def is_alone(self, conversation: Conversation) -> bool:
        """Whether nothing but the app's one coroutine could be at work on what *conversation* has done."""
        return len(self._open) <= 1 and not conversation.tasks and not self.waits

    async def wait_for_quiet(self, turn: Turn) -> None:
        """Finish *turn* when nothing happens any longer."""
        seen = -1
        while seen != self.steps or self.waits:
            seen = self.steps
            await asyncio.sleep(QUIET)
        turn.finish()

    def end(self, conversation: Conversation) -> None:
        self._held.discard(conversation)
        if self._open.get(conversation.link.key) is conversation:
            del self._open[conversation.link.key]

    def _enter(self, turn: Turn, link: Link, loop: asyncio.AbstractEventLoop) -> None:
        """In the loop, or before it runs: hand *turn* to its conversation, which begins where there is none."""
        if self.loop is not loop:
            # When the handler was closed, those of the old loop have ended with it; after a fork they are the parent's.
            _inherited.append(self._open)
            self.loop, self._open, self._held = loop, {}, set()
            self.steps = self.waits = 0
        self._give_up_old(loop.time())
        conversation = self._open.get(link.key)
        if turn.kind == CONNECT and conversation is not None:
            conversation.give_up(is_replaced=True)
            conversation = None
        if conversation is None:
            conversation = self._open[link.key] = Conversation(self, link, turn, loop)
        conversation.take(turn)
        if turn.seconds is not None:
            turn.timer = loop.call_later(turn.seconds, conversation.expire, turn)

    def _enter_after(self, turn: Turn, loop: asyncio.AbstractEventLoop) -> None:
        if turn.seconds is not None:
            turn.timer = loop.call_later(turn.seconds, turn.finish)
        turn.task = asyncio.Task(self.wait_for_quiet(turn), loop=loop)

    def _leave(self, turn: Turn, link: Link, loop: asyncio.AbstractEventLoop) -> Response:
        answer = turn.result()
        conversation = self._open.get(link.key)
        if turn.kind == CONNECT and conversation is not None:
            # When the loop runs next, the gateway has the answer; or very soon, where it runs now.
            self._held.add(conversation)
            loop.call_soon_threadsafe(self._let_go, conversation)
        return answer

    def _let_go(self, conversation: Conversation) -> None:
        self._held.discard(conversation)
        conversation.open()

    def _give_up_old(self, now: float) -> None:
        for conversation in list(self._open.values()):
            if now - conversation.begun < MOST_AGE:
                break  # the rest is younger
            conversation.give_up()


def make_scope(request: Request, subprotocols: tuple[str, ...], denies_with_status: bool) -> dict[str, Any]:
    """The WebSocket connection scope for the handshake *request*."""
    scope = make_http_scope(request)
    del scope["method"]
    scope["type"] = "websocket"
    scope["asgi"] = {"version": "3.0", "spec_version": "2.4"}
    scope["scheme"] = "wss" if request.scheme == "https" else "ws"
    scope["subprotocols"] = list(subprotocols)
    scope["extensions"] = {"websocket.http.response": {}} if denies_with_status else {}
    return scope
