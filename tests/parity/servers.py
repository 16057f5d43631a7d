"""Real servers with the app, and the local gateway's front: each takes the same bytes over a socket of its own."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from werkzeug.serving import make_server

from lambda_bridge import make_handler
from lambda_bridge.gateway.server import Gateway
from lambda_bridge.gateway.wire import RequestHandler
from tests.parity.apps import make_asgi

if TYPE_CHECKING:
    from lambda_bridge.messages import Request
    from tests.parity.apps import Seen
    from tests.parity.generator import Sent

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 30
"""What an answer may take, and a server's end."""

_WAITRESS = "import socket, sys, waitress; from tests.parity.apps import wsgi; waitress.serve(wsgi, sockets=[socket.socket(fileno=int(sys.argv[1]))], threads=1, _quiet=True)"
COMMANDS = {
    "gunicorn": ["-m", "gunicorn", "tests.parity.apps:wsgi", "--bind=fd://{}", "--log-level=critical"],
    "waitress": ["-c", _WAITRESS, "{}"],
    "uvicorn": [
        "-m",
        "uvicorn",
        "tests.parity.apps:asgi",
        "--fd={}",
        "--no-access-log",
        "--log-level=critical",
        "--no-proxy-headers",
    ],
}


class Got(NamedTuple):
    """What a client gets; the headers by their names in lower case."""

    status: int
    headers: dict[str, list[str]]
    body: bytes


class Exchange(NamedTuple):
    """One request and what has become of it."""

    got: Optional[Got]
    """None where the connection was closed without an answer."""
    seen: Optional[Seen]
    """None where the app was not asked."""


class Server:
    """The server *name* in a process of its own; connections wait for it until it is there."""

    def __init__(self, name: str, seed: int, folder: Path) -> None:
        self.name = name
        self._path = folder / f"{name}.jsonl"
        self._path.touch()
        self._notes = self._path.open(encoding="ascii")
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._address = listener.getsockname()
        listener.set_inheritable(True)
        command = [part.format(listener.fileno()) for part in COMMANDS[name]]
        environ = {key: value for key, value in os.environ.items() if key != "PYTHONDEVMODE"}
        environ.update(PARITY_SEED=str(seed), PARITY_NOTES=str(self._path))
        self._process = subprocess.Popen(
            [sys.executable, *command], cwd=ROOT, env=environ, pass_fds=[listener.fileno()], start_new_session=True
        )
        listener.close()

    def send(self, sent: Sent) -> Exchange:
        got = exchange(self._address, sent)
        line = self._notes.readline()
        return Exchange(got, json.loads(line) if line else None)

    def close(self) -> None:
        self._notes.close()
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


class Front:
    """The local gateway in front of a handler, which keeps what it made of each request: a Request for every format."""

    name = "gateway"

    def __init__(self, seed: int) -> None:
        self.request: Optional[Request] = None
        self._seen: list[Seen] = []
        gateway = Gateway(make_handler(make_asgi(seed, self._seen.append)), "asgi", _say_nothing, console=False)
        self._instances: Any = gateway.instances
        gateway.instances = self  # type: ignore[assignment]
        self._server = make_server("127.0.0.1", 0, gateway, threaded=False, request_handler=RequestHandler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def call(self, asked: Any, *rest: Any) -> Any:
        """As the gateway calls its instances."""
        self.request = asked
        return self._instances.call(asked, *rest)

    def send(self, sent: Sent) -> Exchange:
        self.request = None
        self._seen.clear()
        got = exchange(self._server.server_address, sent)
        return Exchange(got, self._seen[0] if self._seen else None)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._instances.close()


def _say_nothing(line: str) -> None:
    """The gateway's report."""


def exchange(address: Any, sent: Sent) -> Optional[Got]:
    """Send the bytes over a connection of their own; None where there is no answer that is HTTP."""
    with socket.create_connection(address, SECONDS) as connection:
        # Who refuses a request need not read it.
        with suppress(ConnectionError):
            connection.sendall(sent.raw)
        response = http.client.HTTPResponse(connection, method=sent.method)
        try:
            response.begin()
            body = response.read()
        except (ConnectionError, http.client.HTTPException):
            return None
        finally:
            response.close()
    headers: dict[str, list[str]] = {}
    for name, value in response.getheaders():
        headers.setdefault(name.lower(), []).append(value)
    return Got(response.status, headers, body)
