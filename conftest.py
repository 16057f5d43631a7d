"""For all tests: one that hangs ends the run with the tracebacks of every thread; what is collected is not searched."""

from __future__ import annotations

import faulthandler
import gc
import os
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

# Seconds; the slowest test takes a tenth of it on a busy machine.
LONGEST = 300
# Seconds between two starts of the watchdog. Each ends the thread of the one before and waits for that, which takes
# milliseconds where other processes want the processor: too long for each of 20,000 tests.
ROUND = 30

_errors = pytest.StashKey[int]()
_started = pytest.StashKey[float]()


def pytest_configure(config: pytest.Config) -> None:
    """Keep standard error: while a test runs, its output is captured, and would be lost with the process."""
    config.stash[_errors] = os.dup(sys.stderr.fileno())


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Nothing of 20,000 tests is garbage: to look for some takes a quarter of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """The watchdog ends with the tests."""
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A watchdog of Python's own, which is no thread that a test could see and needs no lock that a test could hold."""
    stash, now = item.config.stash, time.monotonic()
    if now - stash.get(_started, -ROUND) >= ROUND:
        stash[_started] = now
        faulthandler.dump_traceback_later(LONGEST, exit=True, file=stash[_errors])
