"""The gateway's own process as the only instance."""

from __future__ import annotations

import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.gateway.in_process import InProcess
from lambda_bridge.gateway.limits import LIMITS
from tests.gateway.test_instances import get

if TYPE_CHECKING:
    from pathlib import Path


def test_it_finds_what_it_is_told_while_the_app_is_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As that is when a handler reads its options; then the environment is as it was."""
    (tmp_path / "served_reading.py").write_text(
        "import os\nSEEN = os.environ['TOLD'], os.environ['OTHER']\ndef app(environ, start_response):\n    return []\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("OTHER", "before")
    try:
        InProcess("served_reading:app", environ={"TOLD": "something", "OTHER": "else"}).close()
        assert sys.modules["served_reading"].SEEN == ("something", "else")
    finally:
        sys.modules.pop("served_reading", None)
    assert (os.environ.get("TOLD"), os.environ["OTHER"]) == (None, "before")


def test_it_serves_one_call_at_a_time() -> None:
    """Like an instance, so that a debugger shows one call."""
    running = []

    def app(environ: Any, start_response: Any) -> Any:
        running.append(1)
        seen.append(len(running))
        time.sleep(0)
        running.pop()
        start_response("200 OK", [])
        return [b""]

    seen: list[int] = []
    instance = InProcess(make_handler(app))
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda _: instance.call(get("/"), "aws_http"), range(20)))
    instance.close()

    assert seen == [1] * 20
    assert {(outcome.instance, outcome.is_cold) for outcome in outcomes} == {(0, False)}


def test_it_keeps_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """It is printed all the same, and only that of calls is kept."""

    def app(environ: Any, start_response: Any) -> Any:
        print("one\ntwo")
        print("error", file=sys.stderr)
        assert sys.stdout.encoding
        start_response("200 OK", [])
        return [b""]

    outcome = InProcess(make_handler(app)).call(get("/"), "aws_http")
    print("later")

    assert outcome.log == ["one", "two", "error"]
    assert capsys.readouterr() == ("one\ntwo\nlater\n", "error\n")


def test_it_does_not_end_with_the_app() -> None:
    """Where an instance would."""

    def app(environ: Any, start_response: Any) -> Any:
        sys.exit(3)

    outcome = InProcess(make_handler(app)).call(get("/"), "aws_http")

    assert (outcome.answer, outcome.problem) == ("failed", "the app has ended its process: SystemExit(3)")


def test_who_waits_for_it_waits_as_long_as_the_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that asks its own server never gets an answer of an app with one instance."""
    monkeypatch.setitem(LIMITS, "aws_http", LIMITS["aws_http"]._replace(timeout=0.05))
    inner = []

    def app(environ: Any, start_response: Any) -> Any:
        thread = threading.Thread(target=lambda: inner.append(instance.call(get("/"), "aws_http")))
        thread.start()
        thread.join()
        start_response("200 OK", [])
        return [b""]

    instance = InProcess(make_handler(app))
    outcome = instance.call(get("/"), "aws_http")

    assert outcome.problem is None
    assert (inner[0].answer, inner[0].problem) == ("timed_out", "no instance became free in time")
