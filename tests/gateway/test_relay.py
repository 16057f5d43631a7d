"""The two halves of a response in parts on the channel between a process and the gateway."""

from __future__ import annotations

import os
import sys
import time
from math import inf
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.gateway.channel import Done, Gone, Head, Job, Part, Setup, Started, Taken, receive
from lambda_bridge.gateway.process import Instance
from lambda_bridge.gateway.relay import FarClient, relay
from lambda_bridge.messages import Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APP = """
from pathlib import Path

def app(environ, start_response):
    start_response("200 OK", [])
    for number in range(1, 101):
        Path(environ["QUERY_STRING"]).write_text(str(number))
        yield b"x"
"""


class Reader:
    """A client that looks, with each part, how many the app has made."""

    def __init__(self, counted: Path, wanted: int = 1000) -> None:
        self.counted = counted
        self.wanted = wanted
        self.made: list[int] = []
        self.has_begun = False

    def begin(self, head: Response, leave: Any = None) -> None:
        self.has_begun = True

    def send(self, part: bytes, seconds: float | None = None) -> bool:
        self.made.append(int(self.counted.read_text()))
        return len(self.made) < self.wanted

    def is_gone(self) -> bool:
        return len(self.made) >= self.wanted


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Instance]:
    (tmp_path / "counts.py").write_text(APP)
    made = Instance(1, Setup("counts:app", None, [str(tmp_path), *sys.path], b"\0mark\0"), lambda line: None)
    assert isinstance(made.wait(10), Started)
    yield made
    made.kill()
    made.end(10)


def ask(instance: Instance, reader: Reader, end: float = 10.0) -> Any:
    instance.send(Job(Request("GET", "/", query=str(reader.counted)), "wsgi", 10, 128, takes_parts=True))
    return relay(instance, reader, time.monotonic() + end, inf, None)  # type: ignore[arg-type]


def test_the_app_makes_no_part_before_the_last_one_is_taken(instance: Instance, tmp_path: Path) -> None:
    """However many there are, one is in memory."""
    reader = Reader(tmp_path / "counted")
    done = ask(instance, reader)

    assert isinstance(done, Done)
    assert (done.outcome.answer, done.outcome.response) == ("", None)
    assert reader.made == list(range(1, 101))


def test_who_wants_no_more_gets_no_more(instance: Instance, tmp_path: Path) -> None:
    """The call ends in order, and the process takes the next one."""
    for _ in range(2):
        reader = Reader(tmp_path / "counted", wanted=3)
        assert isinstance(ask(instance, reader), Done)
        assert reader.made == [1, 2, 3]


def test_time_that_is_over_ends_it(instance: Instance, tmp_path: Path) -> None:
    """Also where the next part is there."""
    reader = Reader(tmp_path / "counted")

    assert ask(instance, reader, end=0.0) is None
    assert len(reader.made) <= 1


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(writing)


def test_the_far_client_waits_for_an_answer(pipe: tuple[int, int]) -> None:
    """Which says whether it is to go on."""
    reading, writing = pipe
    client = FarClient(writing)
    left = []
    client.begin(Response(200, [], b""), lambda: left.append(True))
    client.hear(Taken(True))
    client.hear(Taken(False))
    answers = [client.send(b"one"), client.send(b"two")]
    client.hear(Gone())

    assert (answers, left) == ([True, False], [True])
    head, one, two = (receive(reading) for _ in range(3))
    assert isinstance(head, Head)
    assert (head.response.status, one, two) == (200, Part(b"one"), Part(b"two"))
    os.close(reading)


def test_without_a_gateway_nothing_is_wanted(pipe: tuple[int, int]) -> None:
    """The app is told, so that it can end in order, and waits for no answer."""
    reading, writing = pipe
    client = FarClient(writing)
    left = []
    client.begin(Response(200, [], b""), lambda: left.append(True))
    client.lose()
    assert (client.send(b"part"), left) == (False, [True])

    os.close(reading)
    assert not client.send(b"part")
