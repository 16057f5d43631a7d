"""The table of servers: which is chosen, and how each serves, streams, and ends, started as a user starts it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from lambda_bridge.errors import ConfigurationError
from lambda_bridge.web import servers
from lambda_bridge.web.servers import SERVERS, bind, find_server
from tests.web import served

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 20

NAMES = [
    pytest.param(
        each.name,
        id=each.name,
        marks=pytest.mark.skipif(find_spec(each.name) is None, reason=f"{each.name} is not installed"),
    )
    for each in SERVERS
]


def interface_of(name: str) -> str:
    return next(each.interface for each in SERVERS if each.name == name)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Started:
    """A server in a process of its own, on a free port of loopback."""

    def __init__(self, *command: str, port: int) -> None:
        # In development mode servers tell of what they leave open.
        environ = {key: value for key, value in os.environ.items() if key != "PYTHONDEVMODE"}
        self.port = port
        self.process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environ,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        end = time.monotonic() + SECONDS
        while not self._is_there():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end

    def _is_there(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            # The end of the process, which would be the other answer, is worth waiting for a little.
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.02)
            return False
        return True

    def ask(self, method: str, path: str, body: bytes | None = None, headers: Any = None) -> Any:
        """(status, headers, body)"""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()

    def end(self) -> tuple[int, str, str]:
        """(exit status, standard output, standard error) after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        out, error = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, out, error

    def close(self) -> None:
        """End it where the test has not, with the workers that it may have."""
        if self.process.poll() is None:
            try:
                self.end()
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.communicate()


@pytest.fixture
def start() -> Iterator[Any]:
    """Start ``python -m MODULE ARGUMENTS…``; what has not ended by itself is ended."""
    started: list[Started] = []

    def begin(*command: str, port: int) -> Started:
        started.append(Started("-m", *command, port=port))
        return started[-1]

    yield begin
    for each in started:
        each.close()


def start_web(start: Any, name: str, *arguments: str) -> Started:
    port = free_port()
    app = f"tests.web.served:{interface_of(name)}"
    address = ["--host", "127.0.0.1", "--port", str(port)]
    found: Started = start("lambda_bridge.web", app, "--server", name, *address, *arguments, port=port)
    return found


@pytest.mark.parametrize("name", [each for each in NAMES if interface_of(str(each.id)) == "asgi"])
def test_web_socket_is_the_apps(name: str, start: Any) -> None:
    """The server's own, with its subprotocol, frames of both kinds and close code; and nothing of ours but the client."""
    server = start_web(start, name, "--platform", "tencent")
    headers = {"X-Scf-Secret-Key": "geheim", "X-Scf-Remote-Addr": "203.0.113.7", "X-Forwarded-Proto": "https"}
    offered: Any = ["v1"]  # of several, granian 2.5, the last for Python 3.9, makes one name

    url = f"ws://127.0.0.1:{server.port}/chat"
    with connect(url, subprotocols=offered, additional_headers=headers, proxy=None) as client:
        seen = json.loads(client.recv(SECONDS))
        answers = []
        for data in ("中文", b"\xff\x00"):
            client.send(data)
            answers.append(client.recv(SECONDS))
        client.send("")
        with pytest.raises(ConnectionClosed):
            client.recv(SECONDS)

    told = {"path": "/chat", "scheme": "wss", "subprotocols": ["v1"], "client": "203.0.113.7"}
    assert {**told, "ours": [], "secret": False} == seen
    assert ("v1", ["中文", b"\xff\x00"], 4000) == (client.subprotocol, answers, client.protocol.close_code)


@pytest.mark.parametrize("name", NAMES)
def test_server_serves_and_ends(name: str, start: Any) -> None:
    """Requests go to the app, without the platform's credentials; what is under way at SIGTERM is answered yet."""
    server = start_web(start, name, "--platform", "tencent")
    headers = {"X-Scf-Secret-Key": "geheim", "X-Scf-Remote-Addr": "203.0.113.7", "X-Forwarded-Proto": "https"}

    status, received, body = server.ask("POST", "/a%2Fb?x=1", b"abc", headers)
    large = server.ask("GET", "/large")
    slow: list[Any] = []
    asking = threading.Thread(target=lambda: slow.append(server.ask("GET", "/slow")))
    asking.start()
    out = server.process.stdout
    assert out is not None
    lines = [out.readline()]
    while "slow" not in lines[-1]:
        lines.append(out.readline())
    code, rest, error = server.end()
    asking.join()
    if name == "granian" and sys.version_info < (3, 10) and "panic in a function that cannot unwind" in error:
        code = 0  # seldom a thread of granian 2.5, the last for Python 3.9, finds the interpreter gone (PyO3/pyo3#4874)

    seen = json.loads(body)
    assert (status, seen["path"], seen["query"], seen["body"]) == (201, "/a/b", "x=1", "abc")
    assert (seen["client"], seen["scheme"], seen["secret"]) == ("203.0.113.7", "https", False)
    assert "x-scf-secret-key" not in seen["headers"]
    assert [value for key, value in received if key.lower() == "set-cookie"] == ["a=1", "b=2"]
    assert (large[0], large[2], slow[0][0], slow[0][2]) == (200, served.BODY, 200, served.BODY)
    assert (code, "Traceback" in error) == (0, False), error
    if interface_of(name) == "asgi":
        assert ("up\n" in lines, rest) == (True, "down\n")


@pytest.mark.parametrize(("name", "bare"), [("uvicorn", "asgi"), ("gunicorn", "wsgi")])
def test_answers_are_those_of_the_server_alone(name: str, bare: str, start: Any) -> None:
    """The same app in the same server without this package: the same answers, but for the server's own headers."""
    pytest.importorskip(name)
    port = free_port()
    options = {"uvicorn": ["--port", str(port)], "gunicorn": ["--bind", f"127.0.0.1:{port}"]}[name]
    there = start_web(start, name, "--platform", "local")
    alone = start(name, f"tests.web.served:{bare}", *options, port=port)

    requests: list[Any] = [
        ("GET", "/"),
        ("GET", "/%C3%A9/%2F?a=%20&a=2"),
        ("POST", "/a", b"abc", {"Content-Type": "text/plain"}),
        ("GET", "/large"),
        ("GET", "/", None, {"Connection": "close", "Cookie": "a=1", "X-Forwarded-For": "198.51.100.1"}),
    ]
    for request in requests:
        answers = []
        for server in (there, alone):
            status, headers, body = server.ask(*request)
            named = {
                key.lower(): value for key, value in headers if key.lower() not in {"date", "server", "connection"}
            }
            seen = json.loads(body) if body[:1] == b"{" else body
            # Behind a proxy on this machine, ours takes the client from it; gunicorn leaves that to the app.
            if isinstance(seen, dict):
                del seen["client"]
            answers.append((status, named, seen))
        assert answers[0] == answers[1]


def test_wsgi_requests_are_answered_side_by_side(start: Any) -> None:
    """Each waits for the other one."""
    pytest.importorskip("gunicorn")
    server = start_web(start, "gunicorn", "--threads", "2")
    statuses: list[int] = []
    asking = [threading.Thread(target=lambda: statuses.append(server.ask("GET", "/threads")[0])) for _ in range(2)]

    for each in asking:
        each.start()
    for each in asking:
        each.join()

    assert statuses == [200, 200]


@pytest.mark.parametrize("name", [each for each in NAMES if interface_of(each.values[0]) == "asgi"])  # type: ignore[arg-type]
def test_start_up_that_fails_ends_the_process(name: str) -> None:
    """With the app's traceback, and status 1 whatever the server's own is."""
    command = [sys.executable, "-m", "lambda_bridge.web", "tests.web.served:failing", "--server", name]
    done = subprocess.run(
        [*command, "--port", str(free_port())],
        cwd=ROOT,
        env={**os.environ, "LAMBDA_BRIDGE_LIFESPAN": "on"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.count("the app's start-up failed") == 1
    assert done.stderr.count('raise RuntimeError("no database")') == 1


def test_best_server_that_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the table's order; werkzeug's only where there is no other."""
    monkeypatch.setattr(
        servers, "find_spec", lambda name: name if name in {"granian", "hypercorn", "werkzeug"} else None
    )

    assert (find_server("asgi").name, find_server("wsgi").name) == ("hypercorn", "werkzeug")


def test_no_server_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """It names what to install."""
    monkeypatch.setattr(servers, "find_spec", lambda name: None)

    with pytest.raises(
        ConfigurationError, match=r"^no server for ASGI apps is installed: pip install uvicorn \(or hyp"
    ):
        find_server("asgi")
    with pytest.raises(ConfigurationError, match=r"^no server for WSGI apps is installed: pip install waitress$"):
        find_server("wsgi", "waitress")


def test_server_of_another_interface_is_one_sentence() -> None:
    """It names those that fit."""
    with pytest.raises(ConfigurationError, match=r"^--server uvicorn serves no WSGI app: use gunicorn or waitress"):
        find_server("wsgi", "uvicorn")


def test_port_in_use_is_one_sentence() -> None:
    """And a host that is none of this machine's."""
    with bind("127.0.0.1", 0) as taken:
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"^cannot listen on 127\.0\.0\.1:{port}: .*; say another"):
            bind("127.0.0.1", port)
    with pytest.raises(ConfigurationError, match=r"^cannot listen on 192\.0\.2\.1:"):
        bind("192.0.2.1", 8000)
    with pytest.raises(ConfigurationError, match=r"^cannot listen on no such host:"):
        bind("no such host", 8000)
