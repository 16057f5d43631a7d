"""AWS Lambda with `lambda_bridge.runtime`: on AWS's own emulator, and in parts on a Runtime API that holds every byte to the protocol.

The emulator takes a stream, but hands it over as one.
"""

from __future__ import annotations

import base64
import queue
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, Callable, Optional

from tests.real.doors import TIMEOUT, Answer, Door, EventDoor, Question
from tests.real.drivers import Platform, Triggers, aws
from tests.real.events import aws as events
from tests.runtime.runtime_api import Call, RuntimeApi, must

if TYPE_CHECKING:
    import socket

    from tests.real.stage import Stage

COMMAND = ("-m", "lambda_bridge.runtime", "function:handler")


class _Api(RuntimeApi):
    """One whose script is written as it goes."""

    def __init__(self) -> None:
        super().__init__(ends=False)
        self._coming: queue.Queue[Optional[Call]] = queue.Queue()

    def hand_over(self, call: Call) -> None:
        """Give it to the runtime; returns when that has answered."""
        call.id = str(uuid.uuid4())
        self.calls[call.id] = call
        self._coming.put(call)
        if not call.done.wait(TIMEOUT):
            raise RuntimeError("the runtime has not answered in time")

    def close(self) -> None:
        self._coming.put(None)
        super().close()

    def _give(self, connection: socket.socket, path: str, headers: dict[str, str]) -> bool:
        if path.endswith("/invocation/next"):
            must(not self._running, "next, before the last event is answered")
            call = self._coming.get()
            if call is None:
                return False
            self.script.append(call)
        return super()._give(connection, path, headers)


class _StreamDoor:
    """What a gateway that is set to stream does, with the events of one that *spelling* names."""

    mount = ""

    def __init__(self, spelling: str, api: _Api) -> None:
        self.spelling = spelling
        self.api = api

    def ask(self, question: Question, on_part: Callable[[], None]) -> Answer:
        # The parts are told while they come.
        return EventDoor(self.spelling, partial(self._invoke, on_part)).ask(question, lambda: None)

    def _invoke(self, on_part: Callable[[], None], event: Any) -> Any:
        """The result as a runtime that does not stream would have given it."""
        seen = 0
        refused: list[Exception] = []

        def note() -> None:
            nonlocal seen
            length = len(b"".join(part for _, part in call.parts).partition(bytes(8))[2])
            if length > seen:
                seen = length
                try:
                    on_part()
                except Exception as error:
                    refused.append(error)
                    # Closes the connection.
                    raise OSError from error

        call = Call(event, hold=note)
        self.api.hand_over(call)
        if refused:
            raise refused[0]
        if self.api.violations or call.trailers or call.kind == "error":
            raise RuntimeError(f"the function failed: {self.api.violations} {call.trailers} {call.body[:1000]!r}")
        if call.kind == "response":
            return call.result
        return {**call.prelude, "body": base64.b64encode(call.streamed).decode(), "isBase64Encoded": True}


@contextmanager
def _open_stream(stage: Stage, spelling: str) -> Iterator[Door]:
    stage.write("function.py")
    api = _Api()
    try:
        stage.start([stage.python, *COMMAND], aws.environment(stage, api.address, LAMBDA_BRIDGE_STREAM="1"))
        yield _StreamDoor(spelling, api)
    finally:
        api.close()


PLATFORMS = (
    *[
        Platform(
            f"runtime-{name}-stream", "aws", f"aws_{name}", partial(_open_stream, spelling=f"aws_{name}"), at_once=1
        )
        for name in ("url", "rest")
    ],
    *[
        Platform(
            f"runtime-{name}-rie",
            "aws",
            f"aws_{name}",
            partial(aws.open_emulator, spelling=f"aws_{name}", runtime=COMMAND),
            at_once=1,
        )
        for name in ("http", "rest")
    ],
)
TRIGGERS = (Triggers("runtime-events-rie", "aws", events.CASES, partial(aws.open_emulator_events, runtime=COMMAND)),)
