"""One process of the function, seen from the gateway: started, sent jobs, heard, measured, ended.

`lambda_bridge.gateway.worker` is what it runs.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional, Union

import lambda_bridge
from lambda_bridge.gateway.channel import READY, Done, Head, Part, Setup, Started, receive, send
from lambda_bridge.gateway.output import LAST_WORDS, Output
from lambda_bridge.gateway.worker import stamp_of

if TYPE_CHECKING:
    from collections.abc import Callable

    Report = Callable[[str], None]
    Message = Union[Started, Head, Part, Done, None]

# The package may be where only this process looks; Setup brings the whole of its path.
_COMMAND = (
    f"import sys; sys.path.append({str(Path(lambda_bridge.__file__).resolve().parent.parent)!r}); "
    "from lambda_bridge.gateway.worker import main; main()"
)
_LOOK = 0.05
"""Seconds between two looks at what is to be looked at meanwhile."""


class Instance:
    """The process, from its start on."""

    def __init__(self, number: int, setup: Setup, report: Report) -> None:
        self.number = number
        self.files: dict[str, tuple[int, int]] = {}
        self.streams = False
        """As Started has it."""
        self.is_at_end = False
        """Whether nothing more will come of it."""
        self.is_too_large = False
        self._messages: queue.SimpleQueue[Message] = queue.SimpleQueue()
        # In a session of its own, Ctrl-C in the terminal does not reach it: the gateway ends it.
        self._process = subprocess.Popen(  # noqa: S603  # of this Python, with a constant
            [sys.executable, "-u", "-c", _COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env={**os.environ, **setup.environ},
            start_new_session=True,
        )
        self._stdin: Any = self._process.stdin
        self._stdout: Any = self._process.stdout
        self.output = Output(setup.mark, report)
        self._threads = [
            threading.Thread(target=self._read_messages, daemon=True),
            threading.Thread(target=self.output.read_all, args=(self._process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        self.send(setup)

    def send(self, message: Any) -> bool:
        """Whether it got *message*."""
        try:
            send(self._stdin.fileno(), message)
        except (OSError, ValueError):
            return False
        return True

    def wait(self, seconds: float, memory: Optional[int] = None, look: Optional[Callable[[], None]] = None) -> Message:
        """Its next message; None when there is none in time, or it has ended, or uses more than *memory* MB.

        *look* is called now and then meanwhile.
        """
        end = time.monotonic() + seconds
        while True:
            left = max(0.0, end - time.monotonic())
            try:
                message = self._messages.get(timeout=left if memory is None and look is None else min(left, _LOOK))
            except queue.Empty:
                if self.is_over(memory) or left <= 0:
                    return None
                if look is not None:
                    look()
            else:
                self.is_at_end = message is None
                return message

    def is_over(self, memory: Optional[int]) -> bool:
        """Whether it uses more than *memory* MB; None is no limit."""
        self.is_too_large = memory is not None and _used_memory(self._process.pid) > memory
        return self.is_too_large

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def changed_file(self) -> Optional[str]:
        """A source file of its that is not as it was when it was imported."""
        return next((path for path, stamp in self.files.items() if stamp_of(path) != stamp), None)

    def ask_to_end(self) -> None:
        """Tell it that no more calls will come."""
        with suppress(OSError):
            self._stdin.close()

    def kill(self) -> None:
        """End it now, and all that it has started."""
        if hasattr(os, "killpg"):
            with suppress(OSError):
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()

    def end(self, seconds: float, last_words: float = LAST_WORDS) -> str:
        """Wait so long for its end, then kill it; gives how it has ended, when its output is read."""
        try:
            self._process.wait(max(seconds, 0) + 0.01)
        except subprocess.TimeoutExpired:
            self.kill()
        status = self._process.wait()
        self.kill()  # what it has started
        self.ask_to_end()
        for thread in self._threads:
            thread.join(last_words)
        if status >= 0:
            return f"has ended with status {status}"
        with suppress(ValueError):
            return f"was killed by {signal.Signals(-status).name}"
        return f"was killed by signal {-status}"

    def _read_messages(self) -> None:
        with self._stdout as stream, suppress(EOFError, OSError):
            _skip(stream.fileno(), READY)
            while True:
                self._messages.put(receive(stream.fileno()))
        self._messages.put(None)


def _skip(descriptor: int, mark: bytes) -> None:
    """Read up to the end of *mark*; raises EOFError where there is none."""
    seen = b""
    while not seen.endswith(mark):
        part = os.read(descriptor, 1)
        if not part:
            raise EOFError
        seen = seen[-len(mark) :] + part


def _used_memory(pid: int) -> float:
    """MB of real memory of a process; 0 where the system does not tell as Linux does."""
    try:
        with open(f"/proc/{pid}/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024 / 1024
    except (OSError, IndexError, ValueError):
        return 0.0
