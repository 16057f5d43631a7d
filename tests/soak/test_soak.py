"""`make soak` finds what it looks for; the examples themselves are visited there."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.soak import meter
from tests.soak.__main__ import TURNS, soak
from tests.soak.visitors import Ask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lambda_bridge.handler import Handler


@pytest.fixture(autouse=True)
def _only_what_is_new() -> Iterator[None]:
    """Of a process that has run very many tests, the list of all objects is itself of more megabytes than may be grown."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


def visit(ask: Ask, token: str) -> int:
    ask(token, "GET", f"/{token}", {})
    return 1


class Echo:
    """A WSGI app that answers with the path; what is to go wrong is done before each answer."""

    def __init__(self, fault: Callable[[], Any] = lambda: None) -> None:
        self.fault = fault
        self.last = ""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.fault()
        start_response("200 OK", [("Content-Type", "text/plain"), ("X-Last", self.last)])
        return [environ["PATH_INFO"].encode()]


def run(handler: Handler, calls: int) -> int:
    return soak([("echo", visit, Ask(handler), 1.0)], calls, [handler])


def test_app_that_keeps_nothing_passes(handler_for: Callable[..., Handler], capsys: pytest.CaptureFixture[str]) -> None:
    """With as many calls as were asked for, and a line of what there was after each tenth of them."""
    assert run(handler_for(Echo()), 300) == 0

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == TURNS + 2
    assert "echo 300" in lines
    assert lines[-1].startswith("300 calls in ")


def test_app_that_keeps_its_requests_is_found(
    handler_for: Callable[..., Handler], capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten objects for each call."""
    kept: list[Any] = []

    assert run(handler_for(Echo(lambda: kept.extend([] for _ in range(10)))), 1000) == 1
    assert "grown: objects: " in capsys.readouterr().out


def test_app_that_answers_with_what_is_anothers_is_found(handler_for: Callable[..., Handler]) -> None:
    """In a header; the token of the one before."""

    class Forgetful(Echo):
        def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            parts = super().__call__(environ, start_response)
            self.last = environ["PATH_INFO"]
            return parts

    with pytest.raises(AssertionError, match=r"was answered with what is \{'tok"):
        run(handler_for(Forgetful()), 100)


def test_each_kind_of_growth_is_found() -> None:
    """Descriptors, threads, tasks; what there was before is none."""
    before = meter.read()
    assert meter.grown(before, meter.read()) == []

    end = threading.Event()
    loop = asyncio.new_event_loop()
    with ExitStack() as stack:
        stack.callback(loop.close)
        for _ in range(meter.ALLOWED.descriptors + 3):
            stack.callback(os.close, os.open(os.devnull, os.O_RDONLY))
        threads = [threading.Thread(target=end.wait) for _ in range(meter.ALLOWED.threads + 1)]
        for thread in threads:
            thread.start()
            stack.callback(thread.join)
        stack.callback(end.set)
        task = loop.create_task(asyncio.sleep(60))
        after = meter.read([loop])
        task.cancel()
        loop.run_until_complete(asyncio.wait([task]))

    assert [sentence.partition(":")[0] for sentence in meter.grown(before, after)] == [
        "descriptors",
        "threads",
        "tasks",
    ]


def test_growth_of_memory_is_found() -> None:
    """Where the system tells it."""
    before = meter.read()
    if not before.kilobytes:
        pytest.skip("this system does not tell a process's memory as Linux does")
    # Far more than what garbage of other tests may free meanwhile.
    kept = b"x" * (meter.ALLOWED.kilobytes * 1024 * 20)

    assert [sentence.partition(":")[0] for sentence in meter.grown(before, meter.read())] == ["kilobytes"]
    assert kept
