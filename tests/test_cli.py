"""The command lambda-bridge: its help, its errors, and a real process that serves."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from lambda_bridge import __version__
from lambda_bridge.cli import main
from lambda_bridge.testing import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APP = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"VERSION"]
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder with a module that has an app; sys.path as it was afterwards."""
    (tmp_path / "served_app.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    yield tmp_path
    sys.modules.pop("served_app", None)


def test_help_names_every_format() -> None:
    """The help has examples and all choices of --format."""
    shown = CliRunner().invoke(main, ["dev", "--help"])

    assert shown.exit_code == 0
    assert "lambda-bridge dev myapp:app --format tencent_url --port 9000" in shown.output
    words = {word.strip(",.") for word in shown.output.split()}
    assert set(FORMATS) <= words


def test_version() -> None:
    """The version is the package's."""
    assert CliRunner().invoke(main, ["--version"]).output == f"lambda-bridge, version {__version__}\n"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing_here:app", "there is no module 'nothing_here'"),
        ("served_app:nothing", "has no attribute 'nothing'"),
        ("served_app", 'use "module:attribute"'),
        ("served_app:APP", "is not an app"),
    ],
)
def test_a_wrong_app_is_one_line(folder: Path, name: str, said: str) -> None:
    """A name that is no app ends with one sentence, not with a traceback."""
    (folder / "served_app.py").write_text(APP + "\nAPP = 42\n")
    result = CliRunner().invoke(main, ["dev", name, "--no-reload", "--port", str(free_port())])

    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert said in result.output
    assert result.output.count("\n") == 1


def test_a_busy_port_is_one_line_with_a_free_one(folder: Path) -> None:
    """A port that somebody listens on is named, and a free one is proposed."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        result = CliRunner().invoke(main, ["dev", "served_app:app", "--port", str(port)])

    assert result.exit_code == 1
    assert result.output.startswith(f"Error: port {port} is busy")
    assert "try --port " in result.output


def test_an_unknown_format_is_refused() -> None:
    """A format that is none is answered with all there are."""
    result = CliRunner().invoke(main, ["dev", "a:b", "--format", "aws_htpt"])

    assert result.exit_code == 2
    assert "'aws_htpt' is not one of" in result.output


def test_it_serves_reloads_and_ends(folder: Path) -> None:
    """The real command answers a browser, sees a changed file, and ends with its child on Ctrl-C."""
    port = free_port()
    command = [sys.executable, "-m", "lambda_bridge", "dev", "served_app:app", "--port", str(port)]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "PYTHONUNBUFFERED": "1",
    }
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == (
                f"AWS API Gateway HTTP API (payload 2.0): http://127.0.0.1:{port}/  (Ctrl-C ends)\n"
            )
            assert fetch(port) == "VERSION"
            assert process.stdout.readline().startswith("GET / 200 7 bytes ")
            (folder / "served_app.py").write_text(APP.replace("VERSION", "CHANGED"))
            lines: list[str] = []
            while not (lines and lines[-1].startswith("AWS API Gateway HTTP API")):
                lines.append(process.stdout.readline())
            assert fetch(port) == "CHANGED"
        finally:
            # As a terminal does it: to the command and to the child that serves.
            os.killpg(process.pid, signal.SIGINT)
            process.communicate(timeout=10)
    with pytest.raises(urllib.error.URLError):
        fetch(port)


def fetch(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as response:
        return str(response.read().decode())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
