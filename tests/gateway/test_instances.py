"""Instances as a cloud has them: started when needed, kept while they are good, replaced when not."""

from __future__ import annotations

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.errors import ConfigurationError
from lambda_bridge.gateway import instances as instances_module
from lambda_bridge.gateway.calls import BODY, Trigger
from lambda_bridge.gateway.delivery import sample_text
from lambda_bridge.gateway.instances import Instances
from lambda_bridge.gateway.limits import LIMITS
from lambda_bridge.messages import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lambda_bridge.gateway.function import Outcome

    Start = Callable[..., Instances]

APP = """
import os, signal, subprocess, sys, threading, time

print("imported")

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/exit":
        os._exit(3)
    if path == "/leave":
        sys.exit(4)
    if path == "/kill":
        subprocess.Popen(["sleep", "1000"])
        os.kill(os.getpid(), signal.SIGKILL)
    if path == "/block":
        signal.signal(signal.SIGALRM, signal.SIG_IGN)
        while True:
            time.sleep(1000)
    if path == "/later":
        threading.Timer(0.05, os._exit, [5]).start()
    if path == "/memory":
        kept = bytearray(os.urandom(1)) * (400 << 20)
        while True:
            time.sleep(1000)
    if path == "/much":
        for _ in range(20_000):
            print("x" * 99)
    if path == "/environ":
        start_response("200 OK", [])
        return [os.environ.get("TOLD", "nothing").encode()]
    if path == "/meet":
        time.sleep(0.1)
    if path == "/fork":
        if not os.fork():
            time.sleep(1000)
    print("printed", path)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
"""


def get(path: str) -> Request:
    return Request("GET", path, headers=[("host", "localhost")])


def body_of(outcome: Outcome) -> bytes:
    assert outcome.problem is None
    assert outcome.response is not None
    return outcome.response.body


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the app, first on sys.path."""
    (tmp_path / "served.py").write_text(APP)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def lines() -> list[str]:
    """What was reported."""
    return []


@pytest.fixture
def start(folder: Path, lines: list[str]) -> Iterator[Start]:
    """Makes Instances of the app, and closes them."""
    made: list[Instances] = []

    def make(count: int = 1, **options: Any) -> Instances:
        made.append(Instances("served:app", count, report=lines.append, **options))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_instances_find_what_they_are_told_in_their_environment(start: Start) -> None:
    """And this process does not."""
    instances = start(environ={"TOLD": "something"})

    assert body_of(instances.call(get("/environ"), "aws_http")) == b"something"
    assert "TOLD" not in os.environ


def test_events_of_a_websocket_go_to_all_instances_in_turn(start: Start) -> None:
    """Others to the one that has served last; the WSGI app takes none of them, which is not the question here."""
    instances = start(2)
    event = Trigger(sample_text("aws_websocket"))
    served = [instances.call(event, "aws_websocket").instance for _ in range(4)]
    requests = [instances.call(get("/"), "aws_http").instance for _ in range(2)]

    assert (served, requests) == ([1, 2, 1, 2], [2, 2])


def test_the_first_call_is_cold_and_the_next_is_warm(start: Start, lines: list[str]) -> None:
    """One process for both; its start is measured, and what it prints then belongs to the first call."""
    instances = start()
    cold, warm = instances.call(get("/1"), "aws_http"), instances.call(get("/2"), "aws_http")

    assert body_of(cold) == body_of(warm)
    assert (cold.is_cold, warm.is_cold, cold.instance, warm.instance) == (True, False, 1, 1)
    assert list(cold.stages) == ["start", "recognize", "read", "app", "make"]
    assert cold.stages["start"] > cold.stages["read"] > 0
    assert list(warm.stages) == ["recognize", "read", "app", "make"]
    assert (cold.log, warm.log) == (["imported", "printed /1"], ["printed /2"])
    assert lines == [*cold.log, *warm.log]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/exit", "has ended with status 3 during the call"),
        ("/leave", "has ended with status 4 during the call"),
        ("/kill", "was killed by SIGKILL during the call"),
    ],
)
def test_a_crash_ends_one_instance(start: Start, path: str, said: str) -> None:
    """The client gets what the gateway says; the next call starts another."""
    instances = start()
    outcome = instances.call(get(path), "aws_rest")
    after = instances.call(get("/"), "aws_rest")

    assert (outcome.answer, outcome.problem, outcome.is_cold) == ("failed", f"instance 1 {said}", True)
    assert (after.instance, after.is_cold) == (2, True)
    assert body_of(after)


WORK = """
import os, signal, time
from lambda_bridge import make_handler

def app(environ, start_response):
    path = environ["PATH_INFO"]
    start_response("204 No Content", [])
    print("printed", path, environ["lambda_bridge.format"])
    return []

handler = make_handler(app, events="/work")

@handler.on("aws.schedule")
def crash(event):
    print("last words")
    os._exit(3)

@handler.on("aws.s3")
def block(event):
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    while True:
        time.sleep(1000)
"""


def test_events_are_served_like_requests(folder: Path) -> None:
    """By the same instance, with its log; objects are made there; a crash and a call over its time end one instance."""
    (folder / "working.py").write_text(WORK)
    instances = Instances("working:handler", 1, timeout=2, report=lambda line: None)
    names = ("aws.sqs", "azure.queue", "aws.schedule", "aws.s3", "aws.sqs")
    request = instances.call(get("/a"), "aws_http")
    sqs, queue, crashed, blocked, after = [instances.call(Trigger(sample_text(name)), name) for name in names]
    instances.close()

    assert (request.log, request.is_cold) == (["printed /a aws_http"], True)
    assert (sqs.log, sqs.is_cold, sqs.instance) == (["printed /work aws.sqs"], False, 1)
    assert (queue.log, queue.problem) == (["printed /work azure.queue"], None)
    assert (crashed.problem, crashed.log) == (
        "instance 1 has ended with status 3 during the call",
        ["last words"],
    )
    assert (blocked.answer, blocked.problem) == ("expired", "instance 2 was killed: the call was over 2 seconds")
    assert (after.problem, after.instance, after.is_cold) == (None, 3, True)
    assert list(after.stages) == ["start", "app"]


def test_an_app_gets_its_route_for_events_by_an_option(folder: Path) -> None:
    """Or by the environment, which instances inherit."""
    instances = Instances("working:app", 1, options={"events": "/here"}, report=lambda line: None)
    (folder / "working.py").write_text(WORK)
    outcome = instances.call(Trigger(sample_text("aws.sns")), "aws.sns")
    instances.close()

    assert (outcome.problem, outcome.log) == (None, ["printed /here aws.sns"])


def test_a_call_over_its_time_ends_its_instance_and_no_other(start: Start) -> None:
    """The other goes on serving meanwhile, and afterwards."""
    instances = start(2, timeout=2)
    first = instances.call(get("/"), "aws_rest")
    with ThreadPoolExecutor(1) as pool:
        blocked = pool.submit(instances.call, get("/block"), "aws_rest")
        while len(instances._idle):
            time.sleep(0)  # until the blocked call has its instance
        second = instances.call(get("/"), "aws_rest")
        outcome = blocked.result()
    third = instances.call(get("/"), "aws_rest")

    assert (outcome.answer, outcome.problem) == ("expired", "instance 1 was killed: the call was over 2 seconds")
    assert (first.instance, second.instance, third.instance) == (1, 2, 2)
    assert body_of(second) == body_of(third) != body_of(first)


def test_the_gateway_waits_no_longer_than_it_would(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a time of the function's own; waiting for an instance counts."""
    monkeypatch.setitem(LIMITS, "aws_rest", LIMITS["aws_rest"]._replace(timeout=1.5))
    instances = start()
    instances.call(get("/"), "aws_http")
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda path: instances.call(get(path), "aws_rest"), ["/block", "/block"]))

    assert [outcome.answer for outcome in both] == ["timed_out", "timed_out"]
    assert {outcome.problem for outcome in both} <= {
        "instance 1 was killed: the gateway waits no longer",
        "no instance became free in time",
        "instance 2 was killed: the gateway waits no longer",
        "instance 2 was not ready in time",
    }


def test_no_more_instances_than_allowed(start: Start) -> None:
    """Twenty calls at a time on three: each serves one at a time, and all are answered."""
    instances = start(3)
    with ThreadPoolExecutor(20) as pool:
        outcomes = list(pool.map(lambda _: instances.call(get("/meet"), "aws_http"), range(20)))

    assert len({body_of(outcome) for outcome in outcomes}) == 3
    assert {outcome.instance for outcome in outcomes} == {1, 2, 3}
    assert sum(outcome.is_cold for outcome in outcomes) == 3


def test_an_instance_that_ends_between_two_calls_is_replaced(start: Start, lines: list[str]) -> None:
    """Nobody notices but the developer."""
    instances = start()
    first = instances.call(get("/later"), "aws_http")
    instances._idle[0]._process.wait(5)
    second = instances.call(get("/"), "aws_http")

    assert body_of(first) != body_of(second)
    assert second.is_cold
    assert "instance 1 has ended with status 5 between two calls" in lines


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="only Linux tells a process's memory so")
def test_an_instance_over_its_memory_is_killed(start: Start) -> None:
    """As a cloud does it."""
    outcome = start(memory=200).call(get("/memory"), "aws_rest")

    assert (outcome.answer, outcome.problem) == ("failed", "instance 1 was killed: it was over 200 MB of memory")


def test_a_changed_file_ends_an_instance_before_its_next_call(start: Start, folder: Path, lines: list[str]) -> None:
    """Without a stop of the gateway; and with another option, nothing changes."""
    reloads, stays = start(), start(reload=False)
    first = [each.call(get("/"), "aws_http") for each in (reloads, stays)]
    (folder / "served.py").write_text(APP + "\n# changed\n")
    second = [each.call(get("/"), "aws_http") for each in (reloads, stays)]

    assert body_of(first[0]) != body_of(second[0])
    assert body_of(first[1]) == body_of(second[1])
    assert "served.py has changed: instance 1 ends" in lines


def test_an_app_that_cannot_be_imported_is_explained(start: Start, folder: Path) -> None:
    """Each time; and when it can be, it serves."""
    (folder / "served.py").write_text("raise ValueError('of theirs')")
    instances = start()
    outcome = instances.call(get("/"), "aws_http")
    (folder / "served.py").write_text(APP)
    after = instances.call(get("/"), "aws_http")

    assert (outcome.answer, outcome.is_cold) == ("failed", True)
    assert outcome.problem is not None
    assert outcome.problem.startswith("served:app cannot be imported\nTraceback")
    assert outcome.problem.endswith("ValueError: of theirs")
    assert body_of(after)


@pytest.mark.parametrize(
    ("source", "timeout", "said"),
    [
        ("import os; os._exit(7)", 30.0, "instance 1 has ended with status 7 at its start"),
        ("import time; time.sleep(1000)", 1.0, "instance 1 was not ready in time"),
    ],
)
def test_a_start_that_comes_to_nothing_is_answered(
    start: Start, folder: Path, monkeypatch: pytest.MonkeyPatch, source: str, timeout: float, said: str
) -> None:
    """By the gateway, as soon as it would."""
    monkeypatch.setitem(LIMITS, "aws_http", LIMITS["aws_http"]._replace(timeout=timeout))
    (folder / "served.py").write_text(source)

    assert start().call(get("/"), "aws_http").problem == said


def test_check_finds_what_is_misnamed(start: Start, folder: Path, lines: list[str]) -> None:
    """And reports what else is wrong, as it may be better when a call comes; it leaves no instance, and takes no number."""
    instances = start()
    instances.check()
    assert lines == ["imported"]
    assert instances.call(get("/"), "aws_http").instance == 1

    (folder / "served.py").write_text("1 / 0")
    instances.check()
    assert lines[-1].endswith("ZeroDivisionError: division by zero")

    (folder / "served.py").write_text("import os; os._exit(3)")
    instances.check()
    assert lines[-1] == "served:app has ended with status 3: calls will show whether it serves"

    (folder / "served.py").write_text("")
    with pytest.raises(ConfigurationError, match="has no attribute 'app'"):
        instances.check()
    assert len(instances._all) == 1


def test_check_does_not_wait_for_ever(start: Start, lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An app may never be ready."""
    monkeypatch.setattr(instances_module, "_PATIENCE", 0.01)
    start().check()

    assert lines[-1] == "served:app is not ready after 0.01 seconds: calls will show whether it serves"


def test_much_output_is_kept_in_part(start: Start, lines: list[str]) -> None:
    """All of it is reported."""
    outcome = start().call(get("/much"), "aws_http")

    assert body_of(outcome)
    assert lines.count("x" * 99) == 20_000
    assert sum(map(len, outcome.log)) <= BODY
    assert outcome.log[-1].endswith(" more lines)")


def test_close_ends_everything(start: Start) -> None:
    """Within a second, with a call under way and with what the app has started; afterwards no call is served."""
    instances = start(2)
    instances.call(get("/fork"), "aws_http")
    processes = list(instances._all)
    with ThreadPoolExecutor(1) as pool:
        instances.call(get("/"), "aws_http")
        blocked = pool.submit(instances.call, get("/block"), "aws_http")
        while len(instances._idle):
            time.sleep(0)
        began = time.monotonic()
        instances.close()
        seconds = time.monotonic() - began
        assert blocked.result().answer == "failed"

    assert seconds < 1
    # Who reads their output reads until nobody holds it any more, children included.
    assert [thread.is_alive() for process in processes for thread in process._threads] == [False, False]
    assert instances.call(get("/"), "aws_http").problem == "the gateway has ended"


# --- in this process
