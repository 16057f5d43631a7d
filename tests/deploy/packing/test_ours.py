"""Which of our own modules are in a package."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lambda_bridge import formats, triggers
from lambda_bridge.cli import COMMANDS
from lambda_bridge.deploy.clouds import CLOUDS
from lambda_bridge.deploy.packing import ours
from lambda_bridge.testing import make_event
from lambda_bridge.triggers import samples
from tests.builders import JSON_FORMATS

# What no function needs: parts of the package.
FOR_DEVELOPMENT = {
    *("cli", "commands", "compare", "deploy", "emulate", "forms", "gateway", "pytest_plugin", "testing"),
    *("triggers/samples", "triggers/_packing", "__main__"),
}


def parts(files: dict[str, Path]) -> set[str]:
    """Paths below the package, without their ending, and the folders above them."""
    names = [name.partition("/")[2].removesuffix(".py") for name in files]
    return {*names, *(name.partition("/")[0] for name in names)}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_nothing_for_development_is_in(cloud: str) -> None:
    """Nor our runtime or web servers, where they are not asked for."""
    found = parts(ours.find_needed(ours.core(cloud)))

    assert {"handler", "apps/wsgi", "apps/asgi", "triggers/delivery"} <= found
    assert set() == found & {*FOR_DEVELOPMENT, "runtime", "web"}


def test_each_format_and_each_source_of_events_is_of_some_cloud() -> None:
    """But for those of clouds for which nothing is packed."""
    covered = {name for cloud in CLOUDS for name in ours.formats_of(cloud)}

    assert {each.partition(":")[0] for each in formats.spellings()} - covered == {"baidu", "volcengine"}
    assert {f"triggers/{name}" for name in triggers.MODULES} <= parts(ours.find_needed(ours.core("aws")))


def test_what_is_asked_for_is_in() -> None:
    """Our runtime, and what a platform wants beside a handler."""
    assert {"runtime/loop", "runtime/stream", "streaming"} <= parts(ours.find_needed(ours.core("aws", True)))
    assert "knative" in parts(ours.find_needed(ours.core("knative")))
    assert "azure" in parts(ours.find_needed(ours.core("azure")))


@pytest.mark.parametrize(
    ("text", "is_python", "expected"),
    [
        ("from lambda_bridge import make_handler\n", True, set()),
        ("exec python3 -m lambda_bridge.web myapp:app\n", False, {"lambda_bridge.web", "lambda_bridge.web.__main__"}),
        ("from lambda_bridge.testing import Client\n", True, {"lambda_bridge.testing"}),
        ("from lambda_bridge import forms\n", True, {"lambda_bridge", "lambda_bridge.forms"}),
        ("lambda_bridge.nothing, my_lambda_bridge.web\n", False, set()),
        ("def x(: lambda_bridge", True, set()),
    ],
)
def test_what_files_of_the_app_name_is_in(text: str, is_python: bool, expected: set[str]) -> None:
    """Modules that they import, and programs that they start."""
    assert ours.find_named(text, is_python) - {"lambda_bridge"} == expected - {"lambda_bridge"}


SERVE = """
import json, sys
sys.path[:0] = [sys.argv[1]]
events, records = json.load(sys.stdin)
from lambda_bridge import make_handler

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"ok"]

async def other(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})

handlers = [make_handler(app, events="/e"), make_handler(other, events="/e", lifespan="off")]
for name, event in events:
    for handler in handlers:
        told = json.dumps(handler(event, None))
        assert "ok" in told or "b2s=" in told, (name, told)
for name, event in records:
    for handler in handlers:
        handler(event, None)
import lambda_bridge
assert lambda_bridge.__file__.startswith(sys.argv[1])
print("all")
"""


# What goes to functions of handler.on alone.
FOR_FUNCTIONS = {"aws.authorizer", "aws.invoke", "fn.invoke", "openwhisk.invoke"}


@pytest.mark.parametrize("cloud", CLOUDS)
def test_each_format_and_trigger_works_with_what_is_in(cloud: str, tmp_path: Path) -> None:
    """In a process that has nothing else: those of the cloud, for both kinds of apps."""
    for name, path in ours.find_needed(ours.core(cloud)).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, tmp_path / name)
    spellings = [
        each for each in formats.spellings() if each.partition(":")[0] in {*ours.formats_of(cloud)} & set(JSON_FORMATS)
    ]
    events = [(each, make_event(each, "GET", "/")) for each in spellings]
    names = {"gcp": "google"}.get(cloud, cloud)
    sources = [
        each
        for each in triggers.NAMES
        if each.startswith(f"{names}.") and samples.takes_json(each) and each not in FOR_FUNCTIONS
    ]
    records = [(each, samples.make_event(each, None)) for each in sources]
    records = [(each, event) for each, event in records if not isinstance(event, bytes)]

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", SERVE, str(tmp_path)],
        input=json.dumps([events, records]), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert (done.stdout, done.returncode) == ("all\n", 0), done.stderr


def test_docstrings_that_are_read() -> None:
    """The help of commands, and a sentence to the user."""
    found = {
        path.relative_to(ours.HERE).as_posix()
        for path in ours.HERE.rglob("*.py")
        if ours.reads_docstrings(path.read_bytes())
    }

    assert {f"commands/{name}.py" for name in COMMANDS} | {"triggers/samples.py"} <= found
    assert found.isdisjoint({"handler.py", "recognize.py", "encoding.py", "apps/wsgi.py", "apps/asgi.py"})
