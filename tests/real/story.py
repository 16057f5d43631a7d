"""The example examples/fastapi_app on platforms that stream: its story comes word by word, and ends when nobody listens."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import threading
from pathlib import Path
from typing import Callable, Optional

from tests.real.apps import said
from tests.real.doors import TIMEOUT, Door, Question

ENTRIES = [("Ada", "the first and only entry of hers"), ("Zoë", "Grüße, 你好 " + "und so weiter " * 10)]
WORDS = " ".join(f"{name} wrote: {message}" for name, message in ENTRIES).split()
# Seconds until an app whose words do not arrive one by one may make them all.
PATIENCE = 10.0
# Seconds in which an app may hear that the client has gone, before it is let on to the next word, where it must hear it.
NOTICE = 0.1

_STORY = Question("GET", "/story")
_JSON = [("Content-Type", "application/json")]


class _LeftError(Exception):
    """The client closes the connection."""


class Turnstile:
    """Lets the app on to its next word, one at a time; *folder* is where the app looks for its address."""

    def __init__(self, folder: Path) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(TIMEOUT)
        self._app: Optional[socket.socket] = None
        self.passes = 0
        (folder / said.GATE.name).write_text(str(self._listener.getsockname()[1]))

    def _meet(self) -> socket.socket:
        if self._app is None:
            self._app, _ = self._listener.accept()
            self._app.settimeout(TIMEOUT)
        return self._app

    def let_one(self) -> None:
        """Wait until the app has asked, and let it on; where its story has ended, there is nothing to do."""
        # After close, the app asks nobody.
        with contextlib.suppress(OSError):
            app = self._meet()
            if app.recv(1):
                app.sendall(b".")
                self.passes += 1

    def wait_for_the_end(self) -> None:
        """Let the app on until its story has ended, with time to hear that it should before each word."""
        app = self._meet()
        with contextlib.suppress(OSError):
            while self.passes < len(WORDS):
                asks, _, _ = select.select([app], [], [], NOTICE)
                if not asks:
                    app.sendall(b".")
                    self.passes += 1
                elif not app.recv(1):
                    return

    def close(self) -> None:
        """The app may go on as it likes; may be called several times, from several threads."""
        with contextlib.suppress(OSError):
            # To close alone would leave it open while somebody waits.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._app is not None:
            with contextlib.suppress(OSError):
                self._app.shutdown(socket.SHUT_RDWR)
            self._app.close()


def _write(door: Door, folder: Path) -> list[str]:
    """What the story is made of."""
    found = []
    for name, message in ENTRIES:
        body = json.dumps({"name": name, "message": message}).encode()
        answer = door.ask(Question("POST", "/entries", _JSON, body), lambda: None)
        if answer.status != 201:
            found.append(f"status 201 expected, got {answer.status}: {answer.body[:300]!r}")
    return found


def _hear_all(door: Door, folder: Path) -> list[str]:
    """Each word must be here before the next is made."""
    with contextlib.closing(Turnstile(folder)) as turnstile:
        timer = threading.Timer(PATIENCE, turnstile.close)
        timer.start()
        try:
            answer = door.ask(_STORY, turnstile.let_one)
        finally:
            timer.cancel()
    found = []
    types = answer.values("content-type")
    if (answer.status, types) != (200, ["text/event-stream; charset=utf-8"]):
        found.append(f"an event stream expected, got status {answer.status}, {types}: {answer.body[:300]!r}")
    expected = [f"data: {json.dumps(word, ensure_ascii=False)}" for word in WORDS]
    if answer.body.decode("utf-8", "replace").split("\n\n") != [*expected, "event: end\ndata: {}", ""]:
        found.append(f"all words in order and an end expected, got {answer.body[-300:]!r}")
    if turnstile.passes != len(WORDS) - 1:
        found.append(f"{len(WORDS) - 1} words must wait for the one before to arrive, and {turnstile.passes} have")
    return found


def _leave(door: Door, folder: Path) -> list[str]:
    """The app must hear it before it has made all words."""

    def leave() -> None:
        raise _LeftError

    with contextlib.closing(Turnstile(folder)) as turnstile:
        with contextlib.suppress(_LeftError):
            door.ask(_STORY, leave)
            return ["the story was told without a part"]
        turnstile.wait_for_the_end()
    return [] if turnstile.passes < len(WORDS) - 1 else ["the app has not heard it before its last word"]


# In this order; each gives what is wrong.
CASES: dict[str, Callable[[Door, Path], list[str]]] = {
    "entries": _write,
    "story": _hear_all,
    "story, the client leaves": _leave,
    # What one client has left must not be in the next one's way.
    "story, afterwards": _hear_all,
}
