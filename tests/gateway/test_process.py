"""One process, by itself; what a crowd of them does is in test_instances.py."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from lambda_bridge.gateway.channel import Setup, Started
from lambda_bridge.gateway.process import Instance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def start() -> Iterator[Callable[[str], Instance]]:
    """Starts a process that serves an app, and ends it."""
    made: list[Instance] = []

    def make(app: str) -> Instance:
        made.append(Instance(7, Setup(app, None, sys.path.copy(), b"\0mark\0"), lambda line: None))
        return made[-1]

    yield make
    for each in made:
        each.kill()
        each.end(10)


def test_it_says_when_it_is_ready(start: Callable[[str], Instance]) -> None:
    """And ends in order when it is asked to; then nobody takes a message any more."""
    instance = start("wsgiref.simple_server:demo_app")
    started = instance.wait(10)

    assert isinstance(started, Started)
    assert started.problem is None
    assert instance.is_alive()
    instance.ask_to_end()
    assert instance.end(10) == "has ended with status 0"
    assert not instance.is_alive()
    assert not instance.send("anything")


def test_it_says_what_is_wrong(start: Callable[[str], Instance]) -> None:
    """And has ended by then; what comes last is nothing."""
    instance = start("nothing_here:app")
    started = instance.wait(10)

    assert isinstance(started, Started)
    assert started.is_misnamed
    assert instance.wait(10) is None
    assert instance.is_at_end


def test_it_is_killed(start: Callable[[str], Instance]) -> None:
    """Whatever it is doing."""
    instance = start("wsgiref.simple_server:demo_app")
    instance.kill()

    assert instance.end(10) == "was killed by SIGKILL"


def test_it_is_stopped_when_it_has_too_much_memory(start: Callable[[str], Instance]) -> None:
    """Where the system tells."""
    if not os.path.exists("/proc/self/statm"):
        pytest.skip("the system does not tell")
    instance = start("wsgiref.simple_server:demo_app")
    assert instance.wait(10) is not None

    assert instance.wait(10, memory=1) is None
    assert instance.is_too_large
