"""One instance's process: what it says over its pipes, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.gateway import worker
from lambda_bridge.gateway.channel import READY, Done, Job, Setup, Started, receive, send
from lambda_bridge.gateway.worker import Files, stamp_of
from lambda_bridge.messages import Request

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APP = """
import os, subprocess, sys, time

print("imported")

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/sleep":
        subprocess.Popen(["sleep", "1000"])
        os.write(2, b"sleeping")
        while True:
            time.sleep(1000)
    if path == "/close":
        os.close(1)
        os.close(2)
    else:
        print("printed", flush=True)
        print("partly", end="", file=sys.stderr)
    if path == "/fork" and not os.fork():
        path = "/child"
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [path.encode()]
"""
MARK = b"\x00mark\x00"


class Process:
    """A worker, as the gateway starts it."""

    stdin: Any
    stdout: Any
    stderr: Any

    def __init__(self, app: str, path: Path) -> None:
        self.popen = subprocess.Popen(
            [sys.executable, "-u", "-c", "print('early'); from lambda_bridge.gateway.worker import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        self.stdin = self.popen.stdin
        self.early = b""
        self.stdout = self.popen.stdout
        self.stderr = self.popen.stderr
        self.send(Setup(app, None, [str(path), *sys.path], MARK))
        while not self.early.endswith(READY):
            self.early += self.stdout.read(1)

    def send(self, message: Any) -> None:
        send(self.stdin.fileno(), message)

    def receive(self) -> Any:
        return receive(self.stdout.fileno())

    def call(self, path: str) -> bytes:
        self.send(Job(Request("GET", path), "aws_http", 10, 128))
        done: Done = self.receive()
        assert done.outcome.response is not None
        return done.outcome.response.body

    def printed_until(self, end: bytes) -> bytes:
        printed = b""
        while not printed.endswith(end):
            part = self.stderr.read(1)
            if not part:
                break
            printed += part
        return printed

    def end(self) -> None:
        if self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait()
        for stream in (self.stdin, self.stdout, self.stderr):
            stream.close()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[Process]:
    (tmp_path / "worked_app.py").write_text(APP)
    made = Process("worked_app:app", tmp_path)
    yield made
    made.end()


def test_calls_go_over_the_pipes(process: Process, tmp_path: Path) -> None:
    """Whatever is printed, early or late, goes elsewhere; each call's output ends with the mark."""
    started: Started = process.receive()
    assert (process.early, started.problem) == (b"early\n" + READY, None)
    assert str(tmp_path / "worked_app.py") in started.files

    assert [process.call("/one"), process.call("/two")] == [b"/one", b"/two"]
    assert process.printed_until(MARK) == b"imported\nprinted\npartly" + MARK
    assert process.printed_until(MARK) == b"printed\npartly" + MARK


def test_the_end_of_input_is_its_end(process: Process) -> None:
    """In order, where the app lets it."""
    process.receive()
    process.call("/")
    process.stdin.close()

    assert process.popen.wait(5) == 0


def test_the_end_of_input_ends_an_app_that_never_returns(process: Process) -> None:
    """And what it has started: no process is left when the gateway is killed."""
    process.receive()
    process.send(Job(Request("GET", "/sleep"), "aws_http", 900, 128))
    process.printed_until(b"sleeping")
    process.stdin.close()

    assert process.popen.wait(5) == -signal.SIGKILL
    # The output ends when nobody holds it any more.
    assert process.stderr.read() == b""


def test_a_child_that_comes_back_from_its_call_says_nothing(process: Process) -> None:
    """There is one answer, the parent's, and the next call works."""
    process.receive()

    assert process.call("/fork") == b"/fork"
    assert process.call("/next") == b"/next"


def test_an_app_that_closes_its_output_is_answered(process: Process) -> None:
    """What it prints is lost, nothing else."""
    process.receive()

    assert process.call("/close") == b"/close"


@pytest.mark.parametrize(
    ("source", "problem", "is_misnamed"),
    [
        ("", "'broken_app:app': the module 'broken_app' has no attribute 'app'", True),
        ("app = 1", "1 is not an app: WSGI and ASGI apps are callables", True),
        ("import sys; sys.exit(3)", "broken_app:app cannot be imported\nTraceback", False),
        ("raise ValueError('of theirs')", "broken_app:app cannot be imported\nTraceback", False),
        ("def app(:", 'broken_app:app cannot be imported\n  File "', False),
    ],
)
def test_what_is_wrong_at_the_start_is_said(tmp_path: Path, source: str, problem: str, is_misnamed: bool) -> None:
    """In a sentence where the name is wrong, with the traceback of their code alone where that fails."""
    (tmp_path / "broken_app.py").write_text(source)
    process = Process("broken_app:app", tmp_path)
    started: Started = process.receive()
    status = process.popen.wait(5)
    process.end()

    assert started.problem is not None
    assert started.problem.startswith(problem)
    assert "lambda_bridge" not in started.problem
    assert (started.is_misnamed, status) == (is_misnamed, 0)


def test_messages_arrive_whole() -> None:
    """However large they are, and in pieces; a broken off one is the end."""
    outgoing, incoming = os.pipe()[::-1]
    send(outgoing, {"a": [1, 2]})
    send(outgoing, "x" * 10_000)
    os.write(outgoing, b"\x00\x00")
    os.close(outgoing)

    assert receive(incoming) == {"a": [1, 2]}
    assert receive(incoming) == "x" * 10_000
    with pytest.raises(EOFError):
        receive(incoming)
    os.close(incoming)


def test_files_are_those_of_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once; neither the standard library's nor those that are installed."""
    (tmp_path / "imported_app.py").write_text("")
    monkeypatch.syspath_prepend(str(tmp_path))
    files = Files()
    first = files.new()
    __import__("imported_app")
    second = files.new()
    del sys.modules["imported_app"]

    assert __file__ in first
    assert not {path for path in first if "site-packages" in path or path.startswith(os.path.dirname(os.__file__))}
    assert list(second) == [str(tmp_path / "imported_app.py")]
    assert files.new() == {}


def test_a_stamp_differs_when_the_file_does(tmp_path: Path) -> None:
    """By time or size; None where it is gone."""
    file = tmp_path / "file"
    assert stamp_of(str(file)) is None

    file.write_text("1")
    before = stamp_of(str(file))
    file.write_text("12")
    assert None is not before != stamp_of(str(file))


def test_breakpoint_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """An instance has no terminal."""
    worker._no_terminal()

    assert capsys.readouterr().err == "breakpoint(): an instance has no terminal; use --instances 0\n"
