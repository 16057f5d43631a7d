"""What the app prints: lines, calls, and limits."""

from __future__ import annotations

import io
import os

import pytest

from lambda_bridge.gateway import output as output_module
from lambda_bridge.gateway.output import Lines, Output, Tee


def test_output_is_divided_into_calls() -> None:
    """By the marks, wherever a piece ends; a partial line before a mark is a line."""
    reported: list[str] = []
    output = Output(b"\x00M\x00", reported.append)
    rest = b""
    for piece in (b"on", b"e\ntwo\x00", b"M\x00thr", b"ee\n\x00M", b"\x00"):
        rest = output._divide(rest + piece)

    assert (rest, reported) == (b"", ["one", "two", "three"])
    assert (output.take(), output.take()) == (["one", "two", "three"], [])


def test_a_line_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded; a mark at its end is found."""
    monkeypatch.setattr(output_module, "LONGEST_LINE", 10)
    output = Output(b"\x00M\x00", lambda line: None)
    rest = output._divide(b"x" * 30 + b"\x00M")
    rest = output._divide(rest + b"\x00")

    assert (rest, "".join(output.take())) == (b"", "x" * 30)


def test_a_terminal_that_is_gone_stops_nothing() -> None:
    """The lines of the call are kept all the same."""

    def broken(line: str) -> None:
        raise BrokenPipeError

    output = Output(b"\x00M\x00", broken)
    output._divide(b"one\ntwo\n")

    assert output.take() == ["one", "two"]


def test_lines_are_counted_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the first that does not fit."""
    monkeypatch.setattr(output_module, "BODY", 10)
    kept = Lines()
    for line in ("1234", "567", "89", ""):
        kept.add(line)

    assert kept.all() == ["1234", "567", "(2 more lines)"]


def test_the_end_is_read_and_nobody_waits_for_a_mark_after_it() -> None:
    """A line that has no end is one."""
    incoming, outgoing = os.pipe()
    os.write(outgoing, b"one\ntw\xff")
    os.close(outgoing)
    output = Output(b"\x00M\x00", lambda line: None)
    output.read_all(os.fdopen(incoming, "rb", 0))
    output.wait_for_mark()
    output.wait_for_mark()

    assert output.take() == ["one", "tw\ufffd"]


def test_a_tee_keeps_lines_and_is_otherwise_the_stream() -> None:
    """Of the same encoding, for one; a line counts when it ends."""
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
    tee = Tee(stream)
    assert tee.write("one\ntw") == 6
    tee.write("o\nthree")
    tee.flush()

    assert tee.lines.all() == ["one", "two"]
    assert (tee.encoding, stream.buffer.getvalue()) == ("utf-8", b"one\ntwo\nthree")
