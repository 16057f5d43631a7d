"""The tutorials are walked, command by command: what they type works, and says what they say."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.commands.test_dev import free_port
from tests.deploy.index import make_wheel, use_only

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("tutorial.md", "tutorial.zh.md")

NOT_RUN = {
    "python3 -m venv": "the tests have an environment already",
    ". ../valentine/.venv/bin/activate": "the same",
    "pip install": "there is no index",
    "sam deploy": "there is no cloud",
    "scf deploy": "there is no cloud",
}


class Step(NamedTuple):
    """A command with the lines that stand below it; or a file (its name is the command) and what is in it."""

    command: str
    said: list[str]
    is_file: bool = False


def read_steps(page: str) -> list[Step]:
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    steps = []
    for kind, block in re.findall(r"^```(console|python)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        lines = block.splitlines()
        if kind == "python":
            steps.append(Step(lines[0].removeprefix("# "), lines, is_file=True))
            continue
        for line in lines:
            if line.startswith("$ "):
                steps.append(Step(line[2:], []))
            else:
                steps[-1].said.append(line)
    return steps


def pattern(line: str) -> str:
    """*line* as a regular expression: sizes and numbers are any, and so is what an ellipsis stands for."""
    parts = re.split(r"(\d[\d.]* (?:bytes|kB|MB)|\d+ files|…)", line)
    return "".join(".*" if at % 2 else re.escape(part) for at, part in enumerate(parts))


def is_said(lines: list[str], output: str) -> bool:
    """Whether all of *lines* are lines of *output*, in that order; a line that is an ellipsis stands for any."""
    rest = iter(output.splitlines())
    return all(any(re.fullmatch(pattern(line), each) for each in rest) for line in lines if line != "…")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the example in it, and of this environment the commands; wheels of what the example requires.

    The app's own folder will stand beside it.
    """
    checkout = tmp_path / "checkout"
    shutil.copytree(ROOT / "examples" / "flask_app", checkout / "examples" / "flask_app")
    index = tmp_path / "index"
    index.mkdir()
    make_wheel(index, "flask", "3.1")
    make_wheel(index, "segno", "1.6")
    use_only(index, monkeypatch)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    # What is tested are the commands, and there are many: nothing that makes each of them start later.
    monkeypatch.delenv("PYTHONDEVMODE", raising=False)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONUTF8", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    return checkout


def test_the_tutorials_can_be_walked(checkout: Path) -> None:
    """Each command runs as it stands there, or stands with its reason in NOT_RUN; what it says is what stands below it.

    What both pages type is run once.
    """
    said: dict[str, str] = {}
    for page in PAGES:
        folder = checkout
        for step in read_steps(page):
            if step.is_file:
                (folder / step.command).write_text("\n".join(step.said) + "\n", encoding="utf-8")
                said.pop(f"python -m pytest -q {step.command}", None)
            elif step.command.startswith("cd "):
                folder /= step.command[3:]
            elif step.command.startswith("lambda-bridge dev "):
                serve(step, folder)
            elif not step.command.startswith(tuple(NOT_RUN)):
                if step.command not in said:
                    said[step.command] = run(step.command, folder)
                assert is_said(step.said, said[step.command]), (step.command, step.said, said[step.command])

    assert {"cp", "lambda-bridge", "python", "unzip"} <= {command.split()[0] for command in said}
    assert (checkout.parent / "valentine" / "dist" / "app" / "index.py").exists()


def run(command: str, folder: Path) -> str:
    """What *command* prints in *folder*."""
    if command.startswith("unzip "):  # not everywhere installed
        archive, target = re.findall(r"dist/\S+", command)
        with zipfile.ZipFile(folder / archive) as opened:
            opened.extractall(folder / target)
        return ""
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=folder, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def serve(step: Step, folder: Path) -> None:
    """Start the local gateway as the command does, on a port that is free, and look at two of its pages."""
    port = str(free_port())
    command = step.command.replace("8000", port).split()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with process:
        try:
            assert process.stdout is not None
            said = step.said[0].replace("8000", port)
            assert said in map(str.rstrip, process.stdout), step.command
            for path, words in (("/", "<form"), ("/_bridge/", "lambda")):
                with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as response:
                    assert words in response.read().decode()
        finally:
            process.send_signal(signal.SIGINT)


def test_both_tutorials_type_the_same_tools() -> None:
    """What one of them shows, the other does too; in another order, and with the clouds in turn."""

    def tools(page: str) -> set[str]:
        words = [step.command.split() for step in read_steps(page)]
        return {" ".join(each[:2]) if each[0] == "lambda-bridge" else each[0] for each in words}

    assert tools(PAGES[0]) == tools(PAGES[1])


def test_a_line_that_is_not_said_is_found() -> None:
    """The comparison can fail: on another word, another order, and on what is missing."""
    assert is_said(["a 1.5 MB b", "…", "c …"], "a 12 kB b\nx\nc d\n")
    assert not is_said(["a 1.5 MB b"], "a 12 kB c")
    assert not is_said(["c", "a"], "a\nc")
    assert not is_said(["a", "a"], "a")
