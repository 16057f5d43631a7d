"""lambda-bridge coldstart: what is printed, and what goes wrong in one line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from lambda_bridge.commands.coldstart import show, to_json
from lambda_bridge.deploy import clouds
from lambda_bridge.deploy.measuring import fresh
from lambda_bridge.deploy.measuring.coldstart import Start, StartFailed
from lambda_bridge.deploy.measuring.importtime import Group
from lambda_bridge.deploy.measuring.starts import OURS, Found, Task
from lambda_bridge.deploy.packing import wheels
from tests.commands.runner import run
from tests.deploy.trees import WSGI, write_tree, zip_tree


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package without bytecode, in the working folder."""
    monkeypatch.chdir(tmp_path)
    return zip_tree(
        write_tree(tmp_path / "in", {"function.py": WSGI}, ours=True, compiled=False), tmp_path / "我的 app.zip"
    )


@pytest.mark.usefixtures("archive")
def test_table_of_steps_and_imports() -> None:
    """A column for each start, a row for each step; and what a package without bytecode loses."""
    shown = run("coldstart", "我的 app.zip", "--rounds", "1")
    lines = shown.stdout.splitlines()

    assert (0, "") == (shown.exit_code, shown.stderr)
    assert lines[0].startswith("我的 app.zip: ")
    assert ["lambda-bridge", "with", "bytecode"] == lines[3].split()
    rows = {line[:14].strip(): line[14:].split() for line in lines[4:11]}
    assert ["interpreter", "imports", "make_handler", "lifespan", "first event", "total", "status"] == list(rows)
    assert ["200", "200"] == rows["status"]
    assert any(line.startswith("lambda_bridge ") for line in lines[12:])
    assert lines[-1].startswith("A read-only package without bytecode is compiled again at each start")


@pytest.mark.usefixtures("archive")
def test_json_for_machines() -> None:
    """The same in milliseconds."""
    told = json.loads(run("coldstart", "我的 app.zip", "--rounds", "1", "--json").stdout)
    steps = told["starts"]["lambda-bridge"]

    assert ("我的 app.zip", "aws", 1, "function:handler") == tuple(
        told[key] for key in ("package", "cloud", "rounds", "function")
    )
    assert 200 == steps.pop("status")
    assert abs(steps.pop("total") - sum(steps.values())) < 0.01


def test_app_is_packaged_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For this machine's own Python, with bytecode; its packages would be downloaded."""
    monkeypatch.setattr(wheels, "install", lambda *args, **keywords: None)
    source = write_tree(tmp_path, {"web.py": WSGI.partition("handler = ")[0]})
    monkeypatch.chdir(source)
    shown = run("coldstart", "web:app", "--rounds", "1")

    assert (0, 1) == (shown.exit_code, shown.stdout.count("web:app: ")), shown.stderr
    assert "status                    200\n" in shown.stdout
    assert "note: no requirements.txt" in shown.stderr
    assert ["web.py"] == [path.name for path in source.iterdir() if path.suffix]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["none.zip"], "there is no file 'none.zip'"),
        (["text.zip"], "'text.zip' is no zip that can be read (File is not a zip file)"),
        (["myapp"], "'myapp' is no zip, and names no app: write MODULE:APP, such as myapp:app"),
        (["no_such:app"], "'no_such:app': there is no file no_such.py"),
        (["我的 app.zip", "--cloud", "gcp"], "there is no 'main.py' in the package, where gcp looks for the function"),
        (
            ["我的 app.zip", "--handler", "nope:x"],
            "'nope:x' does not start, at the step 'imports': ModuleNotFoundError",
        ),
        (["我的 app.zip", "--python", "3.99"], "there is no Python 3.99 here"),
    ],
)
@pytest.mark.usefixtures("archive")
def test_what_goes_wrong_is_one_line(tmp_path: Path, arguments: list[str], problem: str) -> None:
    """And the status is 1."""
    (tmp_path / "text.zip").write_text("hello")
    shown = run("coldstart", *arguments)

    assert (1, "") == (shown.exit_code, shown.stdout)
    assert shown.stderr.splitlines()[-1].startswith(f"Error: {problem}")


def test_traceback_is_theirs(tmp_path: Path) -> None:
    """Above the sentence; none of our frames is in it."""
    zip_tree(write_tree(tmp_path / "in", {"function.py": "import no_such"}, ours=True), tmp_path / "app.zip")
    shown = run("coldstart", str(tmp_path / "app.zip"))

    assert "line 1, in <module>\n    import no_such\n" in shown.stderr
    assert 1 == shown.stderr.count("  File ")


def test_peers_are_of_aws() -> None:
    """Of other clouds there are none to be compared with."""
    shown = run("coldstart", "app.zip", "--compare", "--cloud", "gcp")

    assert 2 == shown.exit_code
    assert "--compare goes without --cloud gcp" in shown.stderr


@pytest.fixture
def found() -> Found:
    """A comparison in which a peer has failed, one is not installed, and the app answers with an error."""
    python = fresh.Python(sys.executable, "3.12.1", "cpython-312")
    task = Task("app.zip", Path("app.zip"), clouds.CLOUDS["aws"], None, None, python, 60, 5, True)
    ours = Start(
        {"interpreter": 0.01, "imports": 0.2, "make_handler": 0.001, "lifespan": 0, "first event": 0.002},
        500,
        "wsgi",
        "KeyError: 'X'",
    )
    peer = Start({"interpreter": 0.01, "imports": 0.3, "first event": 0.002}, None)
    starts: dict[str, Start | StartFailed] = {
        OURS: ours,
        "apig-wsgi": peer,
        "serverless-wsgi": StartFailed("it does not start"),
    }
    imports = [Group(f"package{number}", 1000 * (20 - number), 1) for number in range(12)]
    return Found(task, 2048, "function:handler", (9, 10), starts, imports, ["aws-wsgi"])


def test_comparison(found: Found, capsys: pytest.CaptureFixture[str]) -> None:
    """A step that an adapter has not is a dash; ten imports are shown; what is missing says how to get it."""
    show(found)
    printed = capsys.readouterr().out

    assert "lifespan                  0.0          -\n" in printed
    assert "total                   213.0      312.0\n" in printed
    assert "status                    500          ?\n" in printed
    assert "package9 " in printed
    assert "package10" not in printed
    assert "serverless-wsgi: it does not start\n" in printed
    assert "not installed, and so not compared: aws-wsgi (pip install aws-wsgi)\n" in printed
    assert "its log ends with: KeyError: 'X'\n" in printed
    assert "without bytecode" not in printed


def test_comparison_as_json(found: Found) -> None:
    """What has failed has its reason in place of times."""
    told = json.loads(to_json(found))

    assert {"problem": "it does not start"} == told["starts"]["serverless-wsgi"]
    assert (["aws-wsgi"], 12) == (told["not_installed"], len(told["imports"]))
