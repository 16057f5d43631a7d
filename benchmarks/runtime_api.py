"""A Runtime API of AWS Lambda that only looks at the clock: how long a runtime takes for its calls.

What it measures is a process, of ours or of awslambdaric, and both are given the same events.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent

APPS = """
import time

def wsgi_app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "5")])
    return [b"hello"]

async def asgi_app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})

def slow_app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    yield b"<%.6f>" % time.monotonic()
    for _ in range(10):
        time.sleep(0.1)
        yield b"x"

def large_app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return iter([b""] if environ["PATH_INFO"] == "/idle" else (bytes(1 << 20) for _ in range(100)))
"""
FASTAPI = """
from fastapi import FastAPI
app = FastAPI()

@app.get("/")
async def hello():
    return "hello"
"""
FLASK = """
from flask import Flask
app = Flask(__name__)

@app.get("/")
def hello():
    return "hello"
"""
MANGUM = "from mangum import Mangum; from {0} import {1}; handler = Mangum({1}, lifespan='{2}')\n"
APIG = "from apig_wsgi import make_lambda_handler; from {0} import {1}; handler = make_lambda_handler({1})\n"
MODULES = {
    "apps": APPS,
    "fastapi_app": FASTAPI,
    "flask_app": FLASK,
    "apig_bare": APIG.format("apps", "wsgi_app"),
    "apig_slow": APIG.format("apps", "slow_app"),
    "apig_flask": APIG.format("flask_app", "app"),
    # Nothing but the four system calls that an event needs: what of `call_time` is the API's, and the machine's.
    "floor": """
import os, socket
host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
api = socket.create_connection((host, int(port)))
api.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
line = b"%b /2018-06-01/runtime/invocation/%b HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: %d\\r\\n\\r\\n"
while True:
    api.sendall(line % (b"GET", b"next", 0))
    api.recv(65536)
    api.sendall(line % (b"POST", b"8476a536/response", 2) + b"{}")
    api.recv(65536)
""",
    "mangum_bare": MANGUM.format("apps", "asgi_app", "off"),
    "mangum_fastapi": MANGUM.format("fastapi_app", "app", "auto"),
}

HEAD = (
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {0}\r\n"
    "Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-2dfe598c3fcd\r\n"
    "Lambda-Runtime-Deadline-Ms: {1}\r\n"
    "Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:app\r\n"
    "Lambda-Runtime-Trace-Id: Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700\r\n\r\n"
)
TAKEN = b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n'
REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\n{}"


class Served:
    """A runtime's process that has served some events: seconds since it was started for what came when."""

    def __init__(self) -> None:
        self.given: list[float] = []
        """When it asked for each event."""
        self.first: list[float] = []
        """When the first byte of each response's body was there."""
        self.heads: list[bytes] = []
        """What came first of each."""
        self.peaks: list[int] = []
        """The most memory that the process has had, in kilobytes, after each response."""


def our_command(app: str) -> list[str]:
    return [sys.executable, "-m", "lambda_bridge.runtime", app]


def their_command(module: str) -> list[str]:
    return [sys.executable, "-m", "awslambdaric", f"{module}.handler"]


def serve(command: list[str], events: list[bytes], stream: bool = False, place: Optional[Path] = None) -> Served:
    """Let the process of *command* answer *events*; it is ended then.

    *place* is a package, into which nothing is written; without it, the modules above and this checkout are there.
    """
    served = Served()
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        for name, source in MODULES.items():
            (Path(folder) / f"{name}.py").write_text(source, encoding="utf-8")
        paths = [str(ROOT), folder] if place is None else [str(place)]
        environ = {
            **os.environ,
            **({} if place is None else {"PYTHONDONTWRITEBYTECODE": "1"}),
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{listener.getsockname()[1]}",
            "LAMBDA_BRIDGE_STREAM": str(int(stream)),
            "PYTHONPATH": os.pathsep.join(paths),
            "AWS_LAMBDA_FUNCTION_NAME": "app",
        }
        # A runtime that ends before it has asked is an error, and no wait for ever.
        listener.settimeout(60)
        began = time.monotonic()
        process = subprocess.Popen(
            command, cwd=place or folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            left = list(reversed(events))
            while left is not None and process.poll() is None:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with connection:
                    if not _converse(connection, left, served, process.pid):
                        break
        finally:
            process.kill()
            process.wait()
    served.given = [each - began for each in served.given]
    return served


def _converse(connection: socket.socket, events: list[bytes], served: Served, pid: int) -> bool:
    """Serve one connection; False when all events have been answered."""
    received = bytearray()
    while True:
        end = received.find(b"\r\n\r\n")
        while end < 0:
            more = connection.recv(1 << 20)
            if not more:
                return True
            received += more
            end = received.find(b"\r\n\r\n")
        head, received = bytes(received[:end]).lower(), received[end + 4 :]
        if head.startswith(b"get /2018-06-01/runtime/invocation/next"):
            if len(served.given) > len(served.first):
                raise RuntimeError("an event was left without an answer")
            served.given.append(time.monotonic())
            if not events:
                return False
            event = events.pop()
            connection.sendall(HEAD.format(len(event), int((time.time() + 60) * 1000)).encode() + event)
        elif b"/response" in head.split(b"\r\n", 1)[0]:
            received = _read_response(connection, head, received, served)
            connection.sendall(TAKEN)
            status = Path(f"/proc/{pid}/status").read_text(encoding="ascii") if b"chunked" in head else ""
            served.peaks += [int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")]
        elif b"/extension/" in head.split(b"\r\n", 1)[0]:
            connection.sendall(REFUSED)
            return True
        else:
            raise RuntimeError(f"the runtime has failed: {head!r} {bytes(received)!r}")


def _read_response(connection: socket.socket, head: bytes, received: bytearray, served: Served) -> bytearray:
    if b"expect: 100-continue" in head:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
    if not received:
        received += connection.recv(1 << 20)
    served.first.append(time.monotonic())
    served.heads.append(bytes(received[:1000]))
    if b"chunked" in head:
        while not received.endswith(b"\r\n0\r\n\r\n"):
            received = received[-7:] + connection.recv(1 << 20)
        return bytearray()
    length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
    while len(received) < length:
        received += connection.recv(1 << 20)
    return received[length:]


def call_time(command: list[str], event: bytes, calls: int) -> float:
    """Seconds from one event to the next, the median of many; most of them go by between the two processes."""
    given = serve(command, [event] * calls).given
    between = [later - earlier for earlier, later in zip(given[100:], given[101:])]
    return statistics.median(between)


def cold_start(command: list[str], event: bytes, place: Optional[Path] = None) -> float:
    """Seconds from the start of the process until its first response is there."""
    return serve(command, [event], place=place).given[1]


def first_byte(command: list[str], event: bytes, stream: bool) -> float:
    """Seconds from the app's first yield, whose time is in the body, until its first byte is there."""
    served = serve(command, [event], stream)
    told = served.heads[0].partition(b"<")[2].partition(b">")[0]
    return served.first[0] - float(told)


def peak_memory(command: list[str], idle: bytes, event: bytes) -> int:
    """Kilobytes that a stream takes above what the process had when it was idle."""
    before, after = serve(command, [idle, event], True).peaks
    return after - before


def best(measure: Callable[..., float], rounds: int, *sides: tuple[Any, ...]) -> list[float]:
    """The best of some *rounds* of each side, in turns."""
    found = [float("inf")] * len(sides)
    for _ in range(rounds):
        for number, arguments in enumerate(sides):
            found[number] = min(found[number], measure(*arguments))
    return found
