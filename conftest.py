"""For all tests: one that hangs ends the run with the tracebacks of every thread, instead of holding it up."""

from __future__ import annotations

import faulthandler
import os
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

# Seconds; the slowest test takes a tenth of it on a busy machine.
LONGEST = 300

_errors = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """Keep standard error: while a test runs, its output is captured, and would be lost with the process."""
    config.stash[_errors] = os.dup(sys.stderr.fileno())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A watchdog of Python's own, which is no thread that a test could see and needs no lock that a test could hold."""
    faulthandler.dump_traceback_later(LONGEST, exit=True, file=item.config.stash[_errors])
    try:
        return (yield)
    finally:
        faulthandler.cancel_dump_traceback_later()
