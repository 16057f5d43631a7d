"""One start of a function in a fresh process, and the medians of several."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lambda_bridge.deploy import clouds
from lambda_bridge.deploy.measuring import fresh
from lambda_bridge.deploy.measuring.coldstart import (
    STEPS,
    Side,
    Site,
    Start,
    StartFailed,
    format_for,
    measure,
    medians,
    start,
)
from lambda_bridge.testing import FORMATS
from tests.deploy.trees import ASGI, WSGI, write_tree

PYTHON = fresh.Python(sys.executable, "", sys.implementation.cache_tag)


def site(root: Path, source: str, format_name: str = "aws_http", timeout: float = 60) -> Site:
    write_tree(root, {"function.py": source}, ours=True)
    return Site(root, (), PYTHON, "function:handler", format_name, timeout)


@pytest.mark.parametrize("cloud", clouds.CLOUDS)
def test_first_event_of_every_cloud(tmp_path: Path, cloud: str) -> None:
    """In its format where that is JSON; every step has its time, and the response its status."""
    name = format_for(clouds.CLOUDS[cloud])
    found = start(site(tmp_path, ASGI, name))

    assert name == "" or name in FORMATS
    assert list(STEPS) == list(found.steps)
    assert (201, "asgi", "") == (found.status, found.interface, found.log)
    assert 0 < found.total == sum(found.steps.values()) < 60


def test_error_of_the_app_is_a_status(tmp_path: Path) -> None:
    """It has started; its log tells the rest."""
    found = start(site(tmp_path, WSGI.replace("start_response(", "raise RuntimeError(")))

    assert 500 == found.status
    assert found.log.startswith("RuntimeError: ('200 OK'")


def test_result_that_the_platform_refuses(tmp_path: Path) -> None:
    """There is no status then."""
    source = "from lambda_bridge import make_handler\nhandler = lambda event, context: {'statusCode': 'x'}\n"
    source += "handler.start = lambda: None\nhandler.line = handler.interface = 'x'\n"

    assert start(site(tmp_path, source)).status is None


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("import no_such", "'function:handler' does not start, at the step 'imports': ModuleNotFoundError: No module named 'no_such' (function.py, line 1)"),
        ("import os; os._exit(4)", "'function:handler' does not start: the process ended with status 4"),
        ("import os, sys; print('no memory', file=sys.stderr, flush=True); os._exit(4)", "'function:handler' does not start: no memory"),
        ("handler = 42", "'function:handler' does not start, at the step 'make_handler': 42 is not an app: WSGI and ASGI apps are callables"),
    ],
)  # fmt: skip
def test_function_that_does_not_start(tmp_path: Path, source: str, problem: str) -> None:
    """One sentence: where, and why."""
    with pytest.raises(StartFailed) as caught:
        start(site(tmp_path, source))

    assert problem == str(caught.value)


def test_function_that_hangs(tmp_path: Path) -> None:
    """It is ended after its time."""
    with pytest.raises(
        StartFailed, match=r"'function:handler' does not start: it has not ended after 1 s: .* --timeout"
    ):
        start(site(tmp_path, "import threading; threading.Event().wait()", timeout=1))


def test_median_of_each_step() -> None:
    """Whatever the starts as wholes are."""
    starts = [Start({"imports": a, "first event": b}, 200, "wsgi") for a, b in [(1, 9), (2, 7), (5, 8)]]

    assert Start({"imports": 2, "first event": 8}, 200, "wsgi") == medians(starts)


def test_sides_take_turns(tmp_path: Path) -> None:
    """After one start of each that is not counted; one that fails leaves the others alone."""
    log = tmp_path / "log"
    note = f"open({str(log)!r}, 'a').write(__file__.split('/')[-2])\n"
    good = site(tmp_path / "a", f"{note}{WSGI}")
    other = site(tmp_path / "b", f"{note}{WSGI}")
    bad = site(tmp_path / "c", f"{note}import no_such")
    found = measure([Side("one", good), Side("failing", bad), Side("two", other)], 2)

    assert "acbabab" == log.read_text()
    assert [Start, StartFailed, Start] == [type(each) for each in found.values()]
    assert ["one", "failing", "two"] == list(found)
