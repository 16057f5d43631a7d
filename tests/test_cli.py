"""The command lambda-bridge: its help, its errors, and a real process that serves."""

from __future__ import annotations

import hashlib
import json
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

from lambda_bridge import __version__
from lambda_bridge.cli import main
from lambda_bridge.testing import FORMATS, make_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
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


@pytest.mark.parametrize("name", ["", *main.commands])
def test_every_help_has_examples(name: str) -> None:
    """They begin with the command as it is typed."""
    shown = CliRunner().invoke(main, [*name.split(), "--help"])

    assert shown.exit_code == 0
    assert f"Examples:\n    lambda-bridge {name}".rstrip() in shown.output


def test_shell_completion() -> None:
    """Click's own: of commands, options and formats."""

    def completed(words: str) -> list[str]:
        told = {"_LAMBDA_BRIDGE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        shown = CliRunner().invoke(main, [], env=told, prog_name="lambda-bridge")
        return [line.partition(",")[2] for line in shown.output.splitlines()]

    assert completed("lambda-bridge in") == ["invoke"]
    assert completed("lambda-bridge event tencent_u") == ["tencent_url"]
    assert completed("lambda-bridge dev --format aws_alb") == ["aws_alb", "aws_alb:multi"]
    assert "bash_source lambda-bridge" in CliRunner().invoke(main, ["--help"]).output


def test_commands_import_what_they_need_when_they_run() -> None:
    """--help, and completion at every key, wait for nothing."""
    source = "import sys; from lambda_bridge import cli; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)

    ours = {name for name in done.stdout.split() if name.startswith("lambda_bridge") and ".formats." not in name}
    assert ours <= {"lambda_bridge", *(f"lambda_bridge.{name}" for name in LIGHT)}
    assert "werkzeug" not in done.stdout.split()


LIGHT = ("cli", "encoding", "errors", "formats", "headers", "messages", "recognize", "triggers")


def test_no_color_is_respected(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """https://no-color.org: also in a terminal."""
    (folder / "event.json").write_text(json.dumps(make_event("aws_http", "GET", "/")))
    command = ["invoke", "served_app:app", "event.json"]
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[" in CliRunner().invoke(main, command, color=True).output
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in CliRunner().invoke(main, command, color=True).output


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
    assert "'aws_htpt' is not one of" in result.output


@contextmanager
def running(folder: Path, *options: str) -> Iterator[tuple[int, Callable[[], str]]]:
    """The real command on a free port, and what reads its next line; ended by Ctrl-C."""
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
            os.killpg(process.pid, signal.SIGINT)
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


# --- compare

ECHO = """
def app(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", environ.get("CONTENT_TYPE") or "text/plain"), ("Set-Cookie", "a=1")])
    return [environ.get("HTTP_X_NAME", "").encode("latin-1") + body]
"""


@pytest.fixture
def echo(folder: Path) -> Path:
    """The working folder; its app answers with a header of the request, and the body."""
    (folder / "served_app.py").write_text(ECHO)
    return folder


def compared(*arguments: str) -> Any:
    """What ``compare --json`` prints, by the spelling of the format."""
    shown = CliRunner().invoke(main, ["compare", "served_app:app", *arguments, "--json"])
    assert shown.exit_code == 0
    return {row["format"]: row for row in json.loads(shown.output)}


def test_help_of_compare_has_examples() -> None:
    """Examples and every option are there."""
    shown = CliRunner().invoke(main, ["compare", "--help"])

    assert shown.exit_code == 0
    assert "lambda-bridge compare myapp:app POST /upload -H 'Content-Type: image/png' -d @photo.png" in shown.output
    assert all(option in shown.output for option in ("--header", "--data", "--json"))


def test_compare_shows_a_row_for_every_format(echo: Path) -> None:
    """The server that loses nothing comes first; each further difference of a format has a line of its own."""
    shown = CliRunner().invoke(main, ["compare", "served_app:app", "GET", "/?a=1&a=2"])
    lines = shown.output.splitlines()

    assert shown.exit_code == 0
    assert lines[0].split() == ["wsgi", "200", "the", "measure", "of", "the", "others"]
    assert sorted(FORMATS) == sorted(line.split()[0] for line in lines if not line.startswith(" "))
    at = next(number for number, line in enumerate(lines) if line.startswith("aws_alb "))
    assert [line.strip() for line in lines[at : at + 2]] == [
        f"{'aws_alb':{lines[0].index('200')}}200  the app sees query 'a=2' instead of 'a=1&a=2'",
        "the app sees also x-forwarded-for, x-forwarded-port, x-forwarded-proto",
    ]


def test_compare_says_where_nothing_differs(echo: Path) -> None:
    """A row without a difference says so, and one without a response why."""
    shown = CliRunner().invoke(main, ["compare", "served_app:app", "POST", "/", "-d", "a"])
    rows = {line.split()[0]: line.split(None, 2)[1:] for line in shown.output.splitlines() if line[0] != " "}
    (echo / "body").write_bytes(b"\xff")
    refused = CliRunner().invoke(main, ["compare", "served_app:app", "POST", "/", "-d", "@body"])
    line = next(line for line in refused.output.splitlines() if line.startswith("tencent_url "))

    assert rows["asgi"] == ["200", "the same"]
    assert line.split(None, 2)[1] == "-"
    assert "text" in line


def test_compare_sends_headers_and_a_body(echo: Path) -> None:
    """Headers go with their values trimmed, and a Host where the URL has none; the method in capitals."""
    row = compared("post", "/", "-H", "X-Name:  Grüße: 1 ", "-H", "Content-Type: text/plain", "-d", "text")["wsgi"]

    assert row["seen"]["method"] == "POST"
    assert row["seen"]["origin"] == "https://app.localhost:443"
    assert row["seen"]["client"] == "203.0.113.9"
    assert row["seen"]["headers"]["x-name"] == ["Grüße: 1".encode().decode("latin-1")]
    assert row["seen"]["headers"]["content-length"] == ["4"]
    assert row["got"]["status"] == 200
    assert row["got"]["headers"] == {"content-type": ["text/plain"], "set-cookie": ["a=1"]}
    assert hashlib.sha256("Grüße: 1text".encode()).hexdigest()[:16] in row["got"]["body"]


@pytest.mark.parametrize(
    ("arguments", "origin"),
    [
        (["http://example.com:81/a"], "http://example.com:81"),
        (["/a", "-H", "host: example.com"], "https://example.com:443"),
    ],
)
def test_compare_takes_the_host_of_the_url_or_of_a_header(echo: Path, arguments: list[str], origin: str) -> None:
    """Only where neither says it, it is one of ours."""
    assert {row["seen"]["origin"] for row in compared("GET", *arguments).values() if row["format"] == "wsgi"} == {
        origin
    }


def test_compare_reads_a_body_from_a_file(echo: Path) -> None:
    """All bytes of it."""
    data = bytes(range(256))
    (echo / "photo.png").write_bytes(data)

    row = compared("POST", "/", "-H", "Content-Type: image/png", "-d", "@photo.png")["wsgi"]

    assert row["got"]["body"] == f"256 bytes, SHA-256 {hashlib.sha256(data).hexdigest()[:16]}"


def test_compare_prints_json_that_every_terminal_takes(echo: Path) -> None:
    """A path may have bytes that are no text."""
    shown = CliRunner().invoke(main, ["compare", "served_app:app", "GET", "/%FF", "--json"])

    assert shown.output.isascii()
    assert json.loads(shown.output)[0]["seen"]["path"] == "/\udcff"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nothing_here:app", "GET", "/"], 1, "there is no module 'nothing_here'"),
        (["served_app:nothing", "GET", "/"], 1, "has no attribute 'nothing'"),
        (["served_app:app", "GET", "/", "-H", "no colon"], 2, "'no colon' is no header: write -H 'Name: value'"),
        (["served_app:app", "GET", "/", "-H", ": value"], 2, "': value' is no header: write -H 'Name: value'"),
        (["served_app:app", "POST", "/", "-d", "@gone"], 2, "cannot read 'gone' (No such file or directory)"),
        (["served_app:app", "GET", "path"], 2, "'path' is no path and no URL: write '/path?query'"),
        (["served_app:app", "GET", "https://[x/"], 2, "'https://[x/' is no URL"),
        (["served_app:app", "GET"], 2, "Missing argument 'URL'"),
    ],
)
def test_compare_says_what_is_wrong(echo: Path, arguments: list[str], code: int, said: str) -> None:
    """One sentence, no traceback."""
    shown = CliRunner().invoke(main, ["compare", *arguments])

    assert (shown.exit_code, type(shown.exception)) == (code, SystemExit)
    assert said in shown.output


def fetch(port: int, path: str = "") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=10) as response:
        return str(response.read().decode())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
