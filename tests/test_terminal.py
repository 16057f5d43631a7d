"""What a command writes: in its order, as a process would have it, and never more than a platform takes."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_bridge.terminal import Terminal
from tests.strategies import PROPERTY

ENOUGH = 1 << 20


def test_both_outputs_keep_their_order() -> None:
    """Parts of one stream that follow each other are one."""
    terminal = Terminal(ENOUGH)
    with terminal.attached(["command"]):
        print("one")
        print("two", file=sys.stderr)
        print("three", "four", file=sys.stderr)
        print("你好")

    assert terminal.output() == [["stdout", "one\n"], ["stderr", "two\nthree four\n"], ["stdout", "你好\n"]]


def test_line_that_has_not_ended_stands_before_what_follows() -> None:
    """A question comes before the error that nobody has answered it."""
    terminal = Terminal(ENOUGH)
    with terminal.attached(["command"]):
        sys.stdout.write("sure? ")
        sys.stderr.write("aborted\n")
        sys.stderr.write("and ")
        sys.stdout.write("done")

    assert terminal.output() == [["stdout", "sure? "], ["stderr", "aborted\n"], ["stdout", "done"], ["stderr", "and "]]


def test_closed_output_takes_more() -> None:
    """What a command closes is not the process's."""
    terminal = Terminal(ENOUGH)
    with terminal.attached(["command"]):
        print("one")
        sys.stdout.close()
        print("two")

    assert terminal.output() == [["stdout", "one\ntwo\n"]]


def test_bytes_are_text() -> None:
    """A character that comes in two writes is one, and what is no text is seen."""
    terminal = Terminal(ENOUGH)
    with terminal.attached(["command"]):
        for part in (b"\xe4\xbd", b"\xa0", b"\xff!", b"\xe4"):
            sys.stdout.buffer.write(part)
        print("\udcff", file=sys.stderr)

    assert terminal.output() == [["stdout", "你\\xff!"], ["stderr", "\\udcff\n"], ["stdout", "\\xe4"]]


def test_nobody_answers() -> None:
    """Standard input is at its end, for text and bytes, and no terminal."""
    with Terminal(ENOUGH).attached(["command"]):
        assert (sys.stdin.read(), sys.stdin.buffer.read(), sys.stdin.isatty(), sys.stdout.isatty()) == (
            "", b"", False, False,
        )  # fmt: skip
        with pytest.raises(EOFError):
            input("sure? ")


def test_process_is_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams, arguments, sys.path and the environment, also after an error."""
    monkeypatch.setenv("BRIDGE_KEPT", "before")
    monkeypatch.setenv("BRIDGE_GONE", "before")
    monkeypatch.delenv("BRIDGE_NEW", raising=False)
    before = [sys.stdin, sys.stdout, sys.stderr, sys.argv, sys.path.copy()]
    with suppress(ValueError), Terminal(ENOUGH).attached(["command", "--option"]):
        assert sys.argv == ["command", "--option"]
        sys.path.insert(0, "/evil")
        os.environ.update(BRIDGE_KEPT="other", BRIDGE_NEW="new")
        del os.environ["BRIDGE_GONE"]
        raise ValueError("broken")

    assert before == [sys.stdin, sys.stdout, sys.stderr, sys.argv, sys.path]
    assert (os.environ["BRIDGE_KEPT"], os.environ["BRIDGE_GONE"]) == ("before", "before")
    assert "BRIDGE_NEW" not in os.environ


def test_what_comes_later_is_the_process_s(capsys: pytest.CaptureFixture[str]) -> None:
    """A logger that has kept the stream writes on into the function's log."""
    terminal = Terminal(ENOUGH)
    with terminal.attached(["command"]):
        kept = sys.stderr
        print("in", file=kept)
    print("later", file=kept)

    assert terminal.output() == [["stderr", "in\n"]]
    assert capsys.readouterr().err == "later\n"


def test_middle_of_too_much_is_cut_and_said() -> None:
    """The beginning and the end are there, and a sentence where something is missing."""
    terminal = Terminal(20_000)
    with terminal.attached(["command"]):
        for number in range(10_000):
            print(f"line {number}")
    first, said, last = terminal.output()
    total = sum(len(f"line {number}\n") for number in range(10_000))

    assert first[1].startswith("line 0\nline 1\n")
    assert last[1].endswith("line 9998\nline 9999\n")
    left_out = total - len(first[1]) - len(last[1])
    assert said == ["stderr", f"\n[{left_out} characters of output are left out here: the platform takes no more]\n"]


WRITES = st.lists(st.tuples(st.sampled_from(["stdout", "stderr"]), st.text(max_size=3000)), max_size=30)


@PROPERTY
@given(writes=WRITES, limit=st.integers(600, 30_000))
def test_output_never_exceeds_the_limit(writes: list[tuple[str, str]], limit: int) -> None:
    """As JSON with all escapes; and where it is below, nothing is missing."""
    terminal = Terminal(limit)
    for name, text in writes:
        terminal.add(name, text)
    output = terminal.output()

    assert len(json.dumps({"exit_code": 124, "output": output})) <= limit
    if not any("left out here" in text for _, text in output):
        assert joined(output) == joined(writes)


def joined(writes: Any) -> dict[str, str]:
    """All text of each stream."""
    return {name: "".join(text for each, text in writes if each == name) for name in ("stdout", "stderr")}
