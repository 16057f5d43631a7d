"""Fn and Oracle Cloud: the program `fdk` on its unix socket, asked as Fn's agent and trigger ask it.

The trigger's part is here: fnproject/fn, api/server/runner_httptrigger.go and createUDSRequest in
api/agent/agent.go (0.3).
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable

from tests.real.doors import TIMEOUT, Answer, Door, Question, converse
from tests.real.drivers import Platform, Triggers
from tests.real.events import Send, Told, direct

if TYPE_CHECKING:
    from tests.real.stage import Stage


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class FnDoor:
    """The trigger: HTTP in the headers of a call; *origin* stands before the URL that the function is told."""

    mount = ""

    def __init__(self, path: Path, origin: str) -> None:
        self._path = path
        self._origin = origin

    def ask(self, question: Question, on_part: Callable[[], None]) -> Answer:
        headers = [
            (name if name.lower() == "content-type" else f"Fn-Http-H-{name}", value)
            for name, value in [("Host", "functions.example.com"), *question.headers]
        ]
        headers += [
            ("Fn-Http-Method", question.method),
            ("Fn-Http-Request-Url", self._origin + question.target),
            ("Fn-Intent", "httprequest"),
            *_call_headers(),
        ]
        call = Question("POST", "/call", headers, question.body or b"", question.is_chunked)
        answer = converse(_UnixConnection(self._path), call, on_part)
        pairs = [(name[10:], value) for name, value in answer.headers if name.startswith("fn-http-h-")]
        pairs += [("content-type", value) for value in answer.values("content-type")]
        status = answer.status if answer.status >= 400 else int((answer.values("fn-http-status") or ["200"])[0])
        return Answer(status, pairs, answer.body)


def _call_headers() -> list[tuple[str, str]]:
    deadline = dt.datetime.now(dt.timezone.utc) + dt.timedelta(seconds=TIMEOUT)
    return [
        ("Fn-Call-Id", uuid.uuid4().hex.upper()[:26]),
        ("Fn-Deadline", deadline.strftime("%Y-%m-%dT%H:%M:%SZ")),
    ]


def _start(stage: Stage) -> Path:
    stage.write("func.py")
    path = stage.folder / "lsnr.sock"
    environment = stage.environment(
        FN_FORMAT="http-stream", FN_LISTENER=f"unix:{path}", FN_APP_ID="some-app", FN_FN_ID="some-function"
    )
    stage.wait_for(stage.start([stage.bin("fdk"), "func.py", "handler"], environment), path)
    return path


@contextmanager
def _open_trigger(stage: Stage) -> Iterator[Door]:
    yield FnDoor(_start(stage), "http://functions.example.com")


@contextmanager
def _open_gateway(stage: Stage) -> Iterator[Door]:
    # Oracle's API gateway tells path and query only.
    yield FnDoor(_start(stage), "")


@contextmanager
def _open_events(stage: Stage) -> Iterator[Send]:
    """`fn invoke`, and what Oracle's services do: a call without the headers of a trigger."""
    path = _start(stage)

    def send(event: Any) -> Told:
        headers = [("Content-Type", "application/json"), *_call_headers()]
        call = Question("POST", "/call", headers, json.dumps(event).encode())
        answer = converse(_UnixConnection(path), call, lambda: None)
        if answer.status not in (200, 502):
            raise RuntimeError(f"status {answer.status}: {answer.body[:1000]!r}")
        # 502 is what the FDK answers when the function raises (fdk/runner.py).
        return Told(has_failed=True) if answer.status == 502 else Told(result=json.loads(answer.body or b"null"))

    yield send


PLATFORMS = (
    # Fn sends one call at a time to a container.
    Platform("fn", "fn", "fn", _open_trigger, at_once=1),
    Platform("fn-oracle", "fn", "fn", _open_gateway, at_once=1),
)
TRIGGERS = (Triggers("fn-events", "fn", direct.cases("fn.invoke", "io.fnproject.Invocation", None), _open_events),)
