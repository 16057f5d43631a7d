"""``lambda-bridge dev``: its errors, and a real process that serves."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from lambda_bridge.cli import main
from lambda_bridge.testing import FORMATS
from tests.commands.runner import APP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def test_help_names_every_format() -> None:
    """The help has examples and all choices of --format."""
    shown = CliRunner().invoke(main, ["dev", "--help"])

    assert shown.exit_code == 0
    assert "lambda-bridge dev myapp:app --format tencent_url --port 9000" in shown.output
    words = {word.strip(",.") for word in shown.output.split()}
    assert set(FORMATS) <= words


@pytest.mark.parametrize("instances", ["0", "1"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nothing_here:app", "there is no module 'nothing_here'"),
        ("served_app:nothing", "has no attribute 'nothing'"),
        ("served_app", 'use "module:attribute"'),
        ("served_app:APP", "is not an app"),
    ],
)
def test_a_wrong_app_is_one_line(folder: Path, name: str, said: str, instances: str) -> None:
    """A name that is no app ends with one sentence, not with a traceback."""
    (folder / "served_app.py").write_text(APP + "\nAPP = 42\n")
    arguments = ["dev", name, "--no-reload", "--port", str(free_port()), "--instances", instances]
    result = CliRunner().invoke(main, arguments)

    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert said in result.output
    assert result.output.count("\n") == 1


@pytest.mark.parametrize("instances", ["0", "1"])
def test_an_app_that_fails_is_explained(folder: Path, instances: str) -> None:
    """With the traceback of their code and none of ours; a process of its own may be better at the next call."""
    (folder / "served_app.py").write_text("1 / 0")
    if instances == "0":
        arguments = ["dev", "served_app:app", "--no-reload", "--port", str(free_port()), "--instances", instances]
        output = CliRunner().invoke(main, arguments).output
    else:
        with running(folder) as (port, next_line):
            lines = [next_line()]
            while not lines[-1].startswith("AWS"):
                lines.append(next_line())
            with pytest.raises(urllib.error.HTTPError, match="500"):
                fetch(port)
        output = "".join(lines[:-1])

    assert output.removeprefix("Error: ").startswith("served_app:app cannot be imported\nTraceback")
    assert output.endswith("ZeroDivisionError: division by zero\n")
    assert f"{os.sep}lambda_bridge{os.sep}" not in output


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
    assert "'aws_htpt' is no format: did you mean aws_http, " in result.output


@contextmanager
def running(
    folder: Path, *options: str, end: signal.Signals = signal.SIGINT
) -> Iterator[tuple[int, Callable[[], str]]]:
    """The real command on a free port, and what reads its next line; ended by Ctrl-C, or another signal."""
    port = free_port()
    command = [sys.executable, "-m", "lambda_bridge", "dev", "served_app:app", "--port", str(port), *options]
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
            yield port, process.stdout.readline
        finally:
            # As a terminal does it: to the command and to the process that serves, where that is another one.
            os.killpg(process.pid, end)
            began = time.monotonic()
            try:
                # Until nobody holds the output any more.
                process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise
            assert time.monotonic() - began < 2
    with pytest.raises(urllib.error.URLError):
        fetch(port)


def test_it_serves_changes_and_ends(folder: Path) -> None:
    """The real command answers a browser, sees a changed file, and ends with all instances on Ctrl-C."""
    with running(folder) as (port, next_line):
        assert next_line() == (
            f"AWS API Gateway HTTP API (payload 2.0): http://127.0.0.1:{port}/, "
            f"console: http://127.0.0.1:{port}/_bridge/  (Ctrl-C ends)\n"
        )
        assert fetch(port) == "VERSION"
        assert next_line().startswith("GET / 200 7 bytes ")
        (folder / "served_app.py").write_text(APP.replace("VERSION", "CHANGED!"))
        assert fetch(port) == "CHANGED!"
        assert next_line() == "served_app.py has changed: instance 1 ends\n"


def test_one_process_starts_again_as_a_whole(folder: Path) -> None:
    """With --instances 0 the app runs in the process that serves; a changed file replaces that."""
    with running(folder, "--instances", "0", "--no-console") as (port, next_line):
        assert next_line() == f"AWS API Gateway HTTP API (payload 2.0): http://127.0.0.1:{port}/  (Ctrl-C ends)\n"
        assert fetch(port) == "VERSION"
        assert next_line().startswith("GET / 200 7 bytes ")
        (folder / "served_app.py").write_text(APP.replace("VERSION", "CHANGED!"))
        while not next_line().startswith("AWS API Gateway HTTP API"):
            pass
        assert fetch(port) == "CHANGED!"


CHAT = """
async def app(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    message = await receive()
    if message["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": scope["path"]})
        await receive()
"""


@pytest.mark.parametrize(
    ("instances", "by"), [("0", "Ctrl-C"), ("0", "a change"), ("1", "Ctrl-C"), ("1", "a process manager")]
)
def test_websockets_are_closed_in_order(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instances: str, by: str
) -> None:
    """With 1001, by whatever the process that holds them ends; what was remembered of them is gone."""
    (folder / "served_app.py").write_text(CHAT)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.delenv("LAMBDA_BRIDGE_CONNECTIONS", raising=False)
    end = signal.SIGTERM if by == "a process manager" else signal.SIGINT
    with running(folder, "--instances", instances, "--websocket-path", "/chat", end=end) as (port, next_line):
        next_line()
        client = connect(f"ws://127.0.0.1:{port}/", proxy=None).__enter__()
        client.send("where")
        assert client.recv(timeout=30) == "/chat"
        if by == "a change":
            (folder / "served_app.py").write_text(CHAT + "# changed")
            _ends_with(client, 1001)
        else:
            assert len(list(temporary.glob("*/connections.db"))) == int(instances)
    _ends_with(client, 1001)
    assert list(temporary.iterdir()) == []


def _ends_with(client: Any, code: int) -> None:
    with pytest.raises(ConnectionClosed) as caught:
        client.recv(timeout=30)
    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == code
    client.close()


def test_every_option_reaches_the_gateway(folder: Path) -> None:
    """The stage is in the address; the time of the function ends it; the console can be left out."""
    (folder / "served_app.py").write_text(
        "import signal, time\n"
        "def app(environ, start_response):\n"
        "    memory = environ['lambda_bridge.context'].memory_limit_in_mb\n"
        "    if environ['PATH_INFO'] == '/block':\n"
        "        signal.signal(signal.SIGALRM, signal.SIG_IGN)\n"
        "        time.sleep(1000)\n"
        "    start_response('200 OK', [])\n"
        "    return [f\"{memory} {environ['SCRIPT_NAME']} {environ['PATH_INFO']}\".encode()]\n"
    )
    options = ["--format", "aws_rest", "--stage", "dev", "--memory", "300", "--timeout", "1", "--no-console"]
    with running(folder, *options, "--instances", "2", "--no-reload") as (port, next_line):
        assert next_line() == f"AWS API Gateway REST API (payload 1.0): http://127.0.0.1:{port}/dev/  (Ctrl-C ends)\n"
        assert fetch(port, "dev/_bridge") == "300 /dev /_bridge"
        with pytest.raises(urllib.error.HTTPError, match="502"):
            fetch(port, "dev/block")
        assert next_line().startswith("GET /dev/_bridge 200 ")
        assert next_line() == "instance 1 was killed: the call was over 1 seconds\n"


@pytest.mark.parametrize("instances", ["0", "1"])
@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--stage", "dev", "--format", "aws_alb"], "aws_alb tells no app of a stage here: leave out stage='dev'"),
        (["--base-path", "/a?b"], "use a path such as '/api'"),
        (["--events", "/a?b"], "events='/a?b' is not usable: use a path such as '/api'"),
    ],
)
def test_an_option_that_does_not_fit_is_one_line(folder: Path, instances: str, options: list[str], said: str) -> None:
    """With what to do."""
    arguments = ["dev", "served_app:app", "--no-reload", "--port", str(free_port()), "--instances", instances]
    result = CliRunner().invoke(main, [*arguments, *options])

    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert said in result.output
    assert result.output.count("\n") == 1


def fetch(port: int, path: str = "") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as response:
        return str(response.read().decode())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
