"""The end of the process; real processes that exit and get SIGTERM are in test_lifespan.py."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

import pytest

from lambda_bridge.apps import _process

if TYPE_CHECKING:
    from collections.abc import Iterator


class Closable:
    """Counts how often it is closed, and is forgotten then, as a runner is."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self) -> None:
        self.closed += 1
        _process.forget(self)


@pytest.fixture
def sigterm() -> Iterator[None]:
    """Nobody has said what SIGTERM is to do; afterwards as before."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


def test_what_is_open_at_the_end_is_closed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was closed before is not closed again."""
    monkeypatch.setattr(_process, "_open", set())
    early, late = Closable(), Closable()
    _process.close_at_exit(early)
    _process.close_at_exit(late)
    early.close()
    _process.close_all()
    _process.close_all()

    assert (early.closed, late.closed) == (1, 1)


@pytest.mark.usefixtures("sigterm")
def test_sigterm_becomes_an_exit() -> None:
    """With the status that shells give to a process that a signal has ended."""
    _process.heed_sigterm()

    with pytest.raises(SystemExit) as exit_:
        signal.raise_signal(signal.SIGTERM)
    assert exit_.value.code == 143


@pytest.mark.usefixtures("sigterm")
def test_a_handler_that_is_there_stays() -> None:
    """A server's own handler knows better how it ends."""
    seen: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: seen.append(number))
    _process.heed_sigterm()
    signal.raise_signal(signal.SIGTERM)

    assert seen == [signal.SIGTERM]


@pytest.mark.usefixtures("sigterm")
def test_another_thread_than_the_main_one_leaves_signals_alone() -> None:
    """It could not set a handler, and does not fail."""
    thread = threading.Thread(target=_process.heed_sigterm)
    thread.start()
    thread.join()

    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
