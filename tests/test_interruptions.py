"""A call that is interrupted, at each of its points and in each way: the next one works, and sees nothing of it.

What happens at one point alone stands with its module: events that nobody claims or can read, and errors of formats, in
test_handler.py; start-up and shutdown that fail, and signals meanwhile, in apps/test_lifespan.py; drivers of the loop
that a signal ends, in apps/test__loop.py; deadlines in test_deadline.py; streams in runtime/test_stream.py and
apps/test__streaming.py; hooks of SnapStart in runtime/test_runtime.py; instances that end in gateway/test_instances.py.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import formats
from lambda_bridge.errors import BridgeError, UnknownEvent
from lambda_bridge.gateway.instances import Instances
from lambda_bridge.messages import Request
from lambda_bridge.testing import make_event
from tests.interrupted import ANSWERED, APPS, POINTS
from tests.runtime.runtime_api import Call, RuntimeApi

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.handler import Handler

ROOT = Path(__file__).resolve().parent.parent
# A WSGI app has no other way to wait than to block.
FAULTS = {"wsgi": ("raise", "exit", "block"), "asgi": ("raise", "exit", "block", "wait")}
EACH = [(interface, point, fault) for interface in APPS for point in POINTS[interface] for fault in FAULTS[interface]]


class Soon:
    """A context whose deadline leaves the app a twentieth of a second."""

    def get_remaining_time_in_millis(self) -> int:
        return 100


@pytest.fixture
def diary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where start-ups and shutdowns are written, by this process and those that it starts."""
    path = tmp_path / "diary"
    path.touch()
    monkeypatch.setenv("INTERRUPTED_DIARY", str(path))
    return path


def words(diary: Path) -> list[str]:
    return [line.partition(" ")[2] for line in diary.read_text(encoding="utf-8").splitlines()]


def lives(diary: Path) -> list[list[str]]:
    """What each process has written, in the order of their start."""
    found: dict[str, list[str]] = {}
    for line in diary.read_text(encoding="utf-8").splitlines():
        number, _, word = line.partition(" ")
        found.setdefault(number, []).append(word)
    return list(found.values())


def event_for(path: str) -> Any:
    return make_event("aws_http", "GET", path)


def assert_in_peace(handler: Handler, token: str) -> None:
    """The handler answers with *token*, and nothing else."""
    result = handler(event_for(f"/?{token}"), None)
    assert (result["statusCode"], result["body"], result["headers"]["x-token"]) == (200, token * 2, token)


def status_of(call: Callable[[], Any]) -> Any:
    """The status of the result, or the class of what was raised."""
    try:
        return call()["statusCode"]
    except BaseException as error:
        return type(error)


# --- in this process


@pytest.mark.parametrize(("interface", "point", "fault"), EACH)
def test_next_call_works_after_a_fault_of_the_app(
    interface: str, point: str, fault: str, diary: Path, handler_for: Callable[..., Handler]
) -> None:
    """An error, the wish to end the process, a deadline while the app computes, or waits; the lifespan goes on."""
    handler = handler_for(APPS[interface], deadline_margin=0.05)
    expected: dict[str, Any] = {"raise": 500, "exit": SystemExit, "block": 504, "wait": 504}
    if (interface, point) in ANSWERED and fault != "exit":
        expected[fault] = 200  # what the client waits for is there
    context = Soon() if fault in {"block", "wait"} else None

    assert_in_peace(handler, "first")
    assert expected[fault] == status_of(lambda: handler(event_for(f"/{fault}/{point}?second"), context))
    assert_in_peace(handler, "third")
    handler.close()
    assert words(diary) == (["startup", "shutdown"] if interface == "asgi" else [])


def _fail(*args: Any) -> Any:
    raise ZeroDivisionError


@pytest.mark.parametrize("interface", APPS)
@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ("recognize", UnknownEvent),
        ("read_event", 400),
        ("make_result", ZeroDivisionError),
        ("limit", 500),
    ],
)
def test_next_call_works_after_a_fault_around_the_app(
    interface: str,
    step: str,
    expected: Any,
    diary: Path,
    handler_for: Callable[..., Handler],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An event that nobody knows, one that cannot be read, a format that fails, a result over the limit."""
    handler = handler_for(APPS[interface])
    event = event_for(f"/?{'x' * 5000 if step == 'limit' else 'second'}")
    assert_in_peace(handler, "first")

    with monkeypatch.context() as patch:
        if step == "recognize":
            event = {"of": "nobody"}
        elif step == "read_event":
            event["requestContext"]["http"] = "GET"
        elif step == "make_result":
            patch.setattr(formats.load("aws_http"), "make_result", _fail)
        else:
            patch.setattr(formats.load("aws_http"), "max_result", lambda event: 4999)
        assert expected == status_of(lambda: handler(event, None))

    assert_in_peace(handler, "third")
    handler.close()
    assert words(diary) == (["startup", "shutdown"] if interface == "asgi" else [])


@pytest.mark.parametrize("fault", ["raise", "exit"])
@pytest.mark.parametrize("moment", ["startup", "shutdown"])
def test_next_call_works_after_a_fault_of_the_lifespan(
    moment: str, fault: str, diary: Path, handler_for: Callable[..., Handler]
) -> None:
    """Of a start-up that has failed the next call makes another one, and so it does after a shutdown that has failed."""
    faults = [fault]

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def receive_or_fail() -> Any:
            message = await receive()
            if message["type"] == f"lifespan.{moment}" and faults:
                faults.clear()
                raise SystemExit(7) if fault == "exit" else ValueError("the app's own")
            return message

        await APPS["asgi"](scope, receive_or_fail if scope["type"] == "lifespan" else receive, send)

    handler = handler_for(app, lifespan="on")
    if moment == "startup":
        with pytest.raises(SystemExit if fault == "exit" else BridgeError):
            handler(event_for("/?first"), None)
    else:
        assert_in_peace(handler, "first")
        with suppress(SystemExit):
            handler.close()
    assert_in_peace(handler, "second")
    handler.close()

    assert words(diary) == [*(["startup"] if moment == "shutdown" else []), "startup", "shutdown"]
    assert faults == []


# --- processes


@pytest.mark.parametrize("interface", APPS)
def test_next_call_works_after_a_worker_of_the_gateway_was_killed(interface: str, diary: Path) -> None:
    """kill -9 at each point: another process serves the next call, with a lifespan of its own."""
    reports: list[str] = []
    with closing(Instances(f"tests.interrupted:{interface}_app", 1, report=reports.append, reload=False)) as instances:
        for number, point in enumerate(POINTS[interface], start=1):
            killed = instances.call(_get(f"/kill/{point}", "second"), "aws_http")
            after = instances.call(_get("/", f"token{number}"), "aws_http")

            assert (killed.answer, killed.response) == ("failed", None)
            assert killed.problem == f"instance {number} was killed by SIGKILL during the call"
            assert after.response is not None
            assert (after.instance, after.response.body) == (number + 1, f"token{number}".encode() * 2)
    # Of those that were killed none could say goodbye.
    ends = [["startup"]] * len(POINTS[interface]) + [["startup", "shutdown"]]
    assert lives(diary) == (ends if interface == "asgi" else [])


def _get(path: str, query: str) -> Request:
    return Request("GET", path, query=query, headers=[("host", "localhost")])


@pytest.mark.parametrize("interface", APPS)
def test_signal_in_a_call_of_our_runtime(interface: str, tmp_path: Path) -> None:
    """SIGTERM at each point ends the process, the lifespan first; kill -9 ends it at once; the next process serves."""
    faults = [("terminate", point) for point in POINTS[interface]] + [("kill", "body")]
    ends: dict[tuple[str, str], Any] = {}
    with ExitStack() as stack:
        running = {}
        for fault in faults:
            # The call before it has an answer; the one that is interrupted has none.
            calls = [Call(event_for("/?first")), Call(event_for(f"/{'/'.join(fault)}?second"))]
            api = stack.enter_context(RuntimeApi(*calls, ends=False))
            diary = tmp_path / "-".join(fault)
            diary.touch()
            running[fault] = (_start(api, interface, diary), calls, diary)
        for fault, (process, calls, diary) in running.items():
            process.communicate(timeout=60)
            ends[fault] = (process.returncode, [call.kind for call in calls], lives(diary))
    after = Call(event_for("/?third"))
    with RuntimeApi(after) as api:
        _start(api, interface, tmp_path / "after").communicate(timeout=60)

    # Of a WSGI app nothing has to be shut down: SIGTERM does what it does to any process.
    asgi, status = interface == "asgi", 128 + signal.SIGTERM if interface == "asgi" else -signal.SIGTERM
    terminated = (status, ["response", ""], [["startup", "shutdown"]] if asgi else [])
    killed = (-signal.SIGKILL, ["response", ""], [["startup"]] if asgi else [])
    assert ends == {fault: killed if fault[0] == "kill" else terminated for fault in faults}
    assert after.result["body"] == "thirdthird"


def _start(api: RuntimeApi, interface: str, diary: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "lambda_bridge.runtime", f"tests.interrupted:{interface}_app"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join(sys.path),
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "INTERRUPTED_DIARY": str(diary),
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
