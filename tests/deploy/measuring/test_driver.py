"""The program that starts a function once: its steps, and what it says when one fails."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from lambda_bridge.deploy.measuring import driver, fresh
from lambda_bridge.testing import make_event
from tests.deploy.trees import ASGI, WSGI, write_tree


def drive(root: Path, **task: Any) -> dict[str, Any]:
    """What it writes; the task is for ``function:handler``, on AWS."""
    event = make_event("aws_http", "GET", "/")
    whole = {"paths": [str(root)], "function": "function:handler", "adapter": "lambda_bridge", "event": event}
    done, told = fresh.drive(sys.executable, {**whole, "is_aws": True, **task}, root, 60)
    assert 0 == done.status, done.errors
    assert told is not None
    return told


@pytest.mark.parametrize(("source", "interface", "status"), [(WSGI, "wsgi", 200), (ASGI, "asgi", 201)])
def test_steps_of_a_handler(tmp_path: Path, source: str, interface: str, status: int) -> None:
    """Each has its time, and the first event its result."""
    told = drive(write_tree(tmp_path / "root", {"function.py": source}, ours=True))

    assert {"imports", "make_handler", "lifespan", "first event"} == set(told["steps"])
    assert all(seconds >= 0 for seconds in told["steps"].values())
    assert (interface, status) == (told["interface"], told["answer"]["statusCode"])


SLOW = """
import time
def wait(seconds, clock=time.perf_counter):
    end = clock() + seconds
    while clock() < end:
        pass
"""


def test_steps_within_steps(tmp_path: Path) -> None:
    """What make_handler imports is of the imports, and make_handler's own is not, though the import calls it."""
    files = {
        "slow.py": SLOW,
        "web.py": "from slow import wait\nwait(0.2)\n" + WSGI,
        "function.py": "from lambda_bridge import make_handler\nhandler = make_handler('web:app')",
    }
    steps = drive(write_tree(tmp_path / "root", files, ours=True))["steps"]

    assert steps["imports"] >= 0.2 > steps["make_handler"]


def test_bare_app(tmp_path: Path) -> None:
    """It gets a handler."""
    told = drive(write_tree(tmp_path / "root", {"function.py": WSGI}, ours=True), function="function:app")

    assert 200 == told["answer"]["statusCode"]


@pytest.mark.parametrize("source", [WSGI, ASGI])
def test_platform_whose_events_are_no_json(tmp_path: Path, source: str) -> None:
    """A server's request, in either interface."""
    told = drive(write_tree(tmp_path / "root", {"function.py": source}, ours=True), event=None, is_aws=False)

    assert told["answer"]["statusCode"] in (200, 201)


def test_what_knative_asks_for(tmp_path: Path) -> None:
    """A function that makes the function."""
    source = "from lambda_bridge.knative import make_new\nimport app_module\nnew = make_new(app_module.app)"
    files = {"func.py": source, "app_module.py": ASGI.replace("handler = ", "other = ")}
    told = drive(write_tree(tmp_path / "root", files, ours=True), function="func:new", event=None, is_aws=False)

    assert {"statusCode": 201} == told["answer"]


def test_file_that_openwhisk_wants(tmp_path: Path) -> None:
    """It is no other program's ``__main__``."""
    told = drive(write_tree(tmp_path / "root", {"__main__.py": WSGI}, ours=True), function="__main__:handler")

    assert 200 == told["answer"]["statusCode"]


def test_package_without_it(tmp_path: Path) -> None:
    """The driver is not taken for it."""
    told = drive(write_tree(tmp_path / "root", {}, ours=True), function="__main__:handler")

    assert "ModuleNotFoundError: there is no __main__.py" == told["error"]


def test_what_the_app_prints_is_not_mistaken(tmp_path: Path) -> None:
    """Results have a file of their own."""
    told = drive(write_tree(tmp_path / "root", {"function.py": "print('{}')\n" + WSGI}, ours=True))

    assert "first event" in told["steps"]


@pytest.mark.parametrize(
    ("source", "step", "error", "line"),
    [
        ("import no_such", "imports", "ModuleNotFoundError: No module named 'no_such'", 1),
        ("\nraise SystemExit(3)", "imports", "SystemExit: 3", 2),
        ("raise ValueError('one\\ntwo')", "imports", "ValueError: one", 1),
        ("\n\ndef x(:", "imports", "SyntaxError: invalid syntax", 3),
    ],
)
def test_function_that_cannot_start(tmp_path: Path, source: str, step: str, error: str, line: int) -> None:
    """Which step, why in one line, and where in their code; with their traceback, without our frames."""
    root = write_tree(tmp_path / "root", {"function.py": source}, ours=True)
    told = drive(root)

    assert (step, error) == (told["step"], told["error"])
    assert f"{root / 'function.py'}, line {line}" == told["where"]
    assert "driver.py" not in told["traceback"]


@pytest.mark.parametrize(
    ("source", "step", "error"),
    [
        ("handler = 42", "make_handler", "42 is not an app: WSGI and ASGI apps are callables"),
        (
            ASGI.replace("complete", "failed"),
            "lifespan",
            "the app's start-up failed: lifespan.startup.failed without a message",
        ),
    ],
)
def test_what_we_say_ourselves(tmp_path: Path, source: str, step: str, error: str) -> None:
    """The sentence is enough."""
    told = drive(write_tree(tmp_path / "root", {"function.py": source}, ours=True))

    assert (step, error, "", "") == (told["step"], told["error"], told["where"], told["traceback"])


# Adapters of the same shape as the peers', which are not installed everywhere.
PEERS = {
    "mangum": ("mangum.py", "class Mangum:\n    def __init__(self, app): self.app = app\n    def __call__(self, event, context): return {'by': 'mangum', 'id': context.aws_request_id}"),
    "apig-wsgi": ("apig_wsgi.py", "def make_lambda_handler(app): return lambda event, context: {'by': 'apig-wsgi', 'id': context.aws_request_id}"),
    "serverless-wsgi": ("serverless_wsgi.py", "def handle_request(app, event, context): return {'by': 'serverless-wsgi', 'id': context.aws_request_id}"),
    "aws-wsgi": ("awsgi.py", "def response(app, event, context): return {'by': 'aws-wsgi', 'id': context.aws_request_id}"),
}  # fmt: skip


@pytest.mark.parametrize("name", driver.ADAPTERS)
def test_peers_as_they_are_documented(tmp_path: Path, name: str) -> None:
    """Each gets the app, the event and a context; ours is not imported."""
    if name == "lambda_bridge":
        assert set(driver.ADAPTERS) - {name} == set(PEERS)
        return
    file, source = PEERS[name]
    root = write_tree(tmp_path / "root", {file: source, "web.py": "def app(environ, start_response): pass"})
    told = drive(root, function="web:app", adapter=name)

    assert name == told["answer"]["by"]
    assert driver.Context.aws_request_id == told["answer"]["id"]
    assert {"imports", "first event"} <= set(told["steps"])


def test_list_of_requests(tmp_path: Path) -> None:
    """Each is sent, with its path decoded and its query; the statuses are told."""
    source = WSGI.replace(
        '"200 OK"', "environ['PATH_INFO'].encode('latin-1').decode()[1:] + ' ' + environ['QUERY_STRING']"
    )
    root = write_tree(tmp_path / "root", {"function.py": source, "sitecustomize.py": "print('looks')"}, ours=True)
    told = drive(root, requests=[["GET", "/404?Gone"], ["POST", "/%32%30%31?A%20b"]])

    assert [404, 201] == told["answer"]
