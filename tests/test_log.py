from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from lambda_bridge.log import log_error, log_warning

if TYPE_CHECKING:
    import pytest

ROOT = Path(__file__).resolve().parents[1]


def test_error_has_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """The developer finds the line that failed."""
    try:
        raise ValueError("the reason")
    except ValueError as error:
        log_error("the app failed", error)
    assert [("lambda_bridge", logging.ERROR, "the app failed")] == caplog.record_tuples
    assert "test_log.py" in caplog.text
    assert "ValueError: the reason" in caplog.text


def test_error_without_an_exception_is_a_line(caplog: pytest.LogCaptureFixture) -> None:
    """Nothing is added to it."""
    log_error("the sentence")
    assert [None] == [record.exc_info for record in caplog.records]


def test_warning(caplog: pytest.LogCaptureFixture) -> None:
    """The same logger."""
    log_warning("the sentence")
    assert [("lambda_bridge", logging.WARNING, "the sentence")] == caplog.record_tuples


def test_percent_signs_are_no_placeholders(caplog: pytest.LogCaptureFixture) -> None:
    """Messages quote what they were given."""
    log_error("100% of %s")
    assert ["100% of %s"] == caplog.messages


def test_without_any_configuration_it_goes_to_standard_error() -> None:
    """Every platform collects that; nobody has to configure logging to see why his app fails."""
    source = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from lambda_bridge.log import log_error; log_error('seen')"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=20, check=True)
    assert ("", "seen\n") == (done.stdout, done.stderr)
