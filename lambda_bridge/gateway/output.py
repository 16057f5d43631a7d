"""What the app prints: divided into lines and calls, shown as it comes, and kept up to a limit."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from lambda_bridge.gateway.calls import BODY

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST_LINE = 64 * 1024
LAST_WORDS = 0.5
"""Seconds that the output of a call may come after its result."""


class Lines:
    """Lines of one call, up to a limit."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._left = BODY
        self._more = 0

    def add(self, line: str) -> None:
        if self._more or self._left < len(line):
            self._more += 1
        else:
            self._left -= len(line) + 1
            self._lines.append(line)

    def all(self) -> list[str]:
        return [*self._lines, f"({self._more} more lines)"] if self._more else self._lines


class Output:
    """The output of an instance, divided into lines and calls."""

    def __init__(self, mark: bytes, report: Callable[[str], None]) -> None:
        self._mark = mark
        self._report = report
        self._mutex = threading.Lock()
        self._lines = Lines()
        self._marks = threading.Semaphore(0)
        self._is_over = False

    def read_all(self, stream: Any) -> None:
        """Until the end."""
        rest = b""
        with stream, suppress(OSError):
            while True:
                part = os.read(stream.fileno(), LONGEST_LINE)
                if not part:
                    break
                rest = self._divide(rest + part)
        self._add(rest)
        self._is_over = True
        self._marks.release()

    def _divide(self, data: bytes) -> bytes:
        """Take the lines and marks of *data*; gives what may go on."""
        while self._mark in data:
            before, _, data = data.partition(self._mark)
            self._add(before)
            self._marks.release()
        end = data.rfind(b"\n") + 1
        if len(data) - end > LONGEST_LINE:
            end = len(data) - len(self._mark)
        self._add(data[:end])
        return data[end:]

    def _add(self, data: bytes) -> None:
        for line in data.decode("utf-8", "replace").splitlines():
            with self._mutex:
                self._lines.add(line)
            with suppress(OSError):  # nobody reads the terminal any more, but the app goes on
                self._report(line)

    def wait_for_mark(self) -> None:
        """Until all has come that was printed before the result; not for ever, as an app may close its output."""
        if not self._is_over:
            self._marks.acquire(timeout=LAST_WORDS)

    def take(self) -> list[str]:
        """The lines since the last time."""
        with self._mutex:
            lines, self._lines = self._lines, Lines()
        return lines.all()


class Tee:
    """A text stream that keeps the lines which go through it."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._rest = ""
        self.lines = Lines()

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self.lines.add(line)
        return self._stream.write(text)  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
