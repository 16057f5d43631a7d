"""What a command finds instead of a terminal: an empty standard input, and outputs that are kept, up to a size.

Of what is too much, the middle goes: the beginning says what was done, and the end how it ended.
"""

from __future__ import annotations

import os
import sys
from codecs import getincrementaldecoder
from collections import deque
from contextlib import contextmanager
from io import BytesIO, RawIOBase, TextIOWrapper
from itertools import groupby
from json import dumps
from operator import itemgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

# Characters that are kept or dropped together.
_PIECE = 1024
# Bytes of JSON for what stands around each, and around all of them.
_AROUND = 16
_SPARE = 512


class Terminal:
    """``stdout`` and ``stderr``, text streams as a process has them; both together have *limit* bytes of JSON at most."""

    def __init__(self, limit: int) -> None:
        self.stdout = self._stream("stdout")
        self.stderr = self._stream("stderr")
        self._half = max(0, (limit - _SPARE) // 2)
        self._first = _Pieces()
        self._last = _Pieces()
        # Characters that were between them.
        self._cut = 0
        self._name = "stdout"

    def _stream(self, name: str) -> TextIOWrapper:
        sink: Any = _Sink(self, name)
        return _Stream(sink, "utf-8", "backslashreplace", "\n", line_buffering=True)

    def add(self, name: str, text: str) -> None:
        """Keep *text*, which the stream *name* got; before it goes what the other one still has of a line."""
        if name != self._name:
            self._name = name
            (self.stdout if name == "stderr" else self.stderr).flush()
        for start in range(0, len(text), _PIECE):
            piece = text[start : start + _PIECE]
            if not self._cut and self._last.size == 0 and self._first.size + _size(piece) <= self._half:
                self._first.add(name, piece)
                continue
            self._last.add(name, piece)
            while self._last.size > self._half:
                self._cut += self._last.drop()

    def output(self) -> list[list[str]]:
        """[name of the stream, text], in the order in which they came, and what was cut said where it was."""
        pieces = list(self._first.pieces)
        if self._cut:
            said = f"\n[{self._cut} characters of output are left out here: the platform takes no more]\n"
            pieces.append(("stderr", said))
        pieces += self._last.pieces
        return [[name, "".join(text for _, text in run)] for name, run in groupby(pieces, key=itemgetter(0))]

    @contextmanager
    def attached(self, arguments: list[str]) -> Iterator[None]:
        """As the process's own, beside *arguments*; sys.path and the environment are as they were afterwards."""
        streams = sys.stdin, sys.stdout, sys.stderr, sys.argv
        path, environ = sys.path.copy(), dict(os.environ)
        sys.stdin, sys.stdout, sys.stderr, sys.argv = TextIOWrapper(BytesIO()), self.stdout, self.stderr, arguments
        try:
            yield
        finally:
            sys.stdin, sys.stdout, sys.stderr, sys.argv = streams
            sys.path[:] = path
            _restore(environ)
            for stream in (self.stdout, self.stderr):
                stream.flush()
                stream.buffer.detach_from(self)  # type: ignore[attr-defined]


class _Pieces:
    """Texts of streams in their order, and how many bytes of JSON they are at most."""

    def __init__(self) -> None:
        self.pieces: deque[tuple[str, str]] = deque()
        self.size = 0

    def add(self, name: str, text: str) -> None:
        self.size += _size(text)
        # print() writes the end of a line by itself.
        if self.pieces and self.pieces[-1][0] == name and len(self.pieces[-1][1]) + len(text) <= _PIECE:
            text = self.pieces.pop()[1] + text
            self.size -= _AROUND
        self.pieces.append((name, text))

    def drop(self) -> int:
        """How many characters the first piece had, which is no longer there."""
        text = self.pieces.popleft()[1]
        self.size -= _size(text)
        return len(text)


def _size(text: str) -> int:
    # A platform may write every character as its escape. Most have none, and dumps is slow for a word.
    if text.isascii() and text.isprintable():
        return len(text) + text.count('"') + text.count("\\") + _AROUND
    return len(dumps(text)) - 2 + _AROUND


class _Stream(TextIOWrapper):
    def close(self) -> None:
        """Stay open for what writes at its own end: Django's outputs flush theirs when they are collected."""


class _Sink(RawIOBase):
    """The bytes of one stream; when the command is over, those of the process: a logger may have kept it."""

    def __init__(self, terminal: Terminal, name: str) -> None:
        self._terminal: Terminal | None = terminal
        self._name = name
        self._decoder = getincrementaldecoder("utf-8")("backslashreplace")

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """As its stream."""

    def write(self, data: Any) -> int:
        text = self._decoder.decode(bytes(data))
        if self._terminal is not None:
            self._terminal.add(self._name, text)
        else:
            getattr(sys, self._name).write(text)
        return len(data)

    def detach_from(self, terminal: Terminal) -> None:
        """Nothing that comes later is the command's."""
        terminal.add(self._name, self._decoder.decode(b"", final=True))
        self._terminal = None


def _restore(environ: dict[str, str]) -> None:
    for name in os.environ.keys() - environ.keys():
        del os.environ[name]
    for name, value in environ.items():
        if os.environ.get(name) != value:
            os.environ[name] = value
