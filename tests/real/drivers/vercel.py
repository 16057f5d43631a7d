"""Vercel: its production shim, over IPC with a server of its own, and in the form of a Lambda function."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Callable

from tests.real import sockets
from tests.real.doors import Answer, Door, HttpDoor, Question
from tests.real.drivers import ASGI, Platform
from tests.real.stage import READY_SECONDS, LineProcess, Stage, listening

# Two of the forms that the shim takes: it finds the first one's attribute asgi, and counts the second one's arguments.
_ASGI, _WSGI = "\napp = handler\n", "\napp = handler.wsgi\n"


def _environment(stage: Stage, more: str) -> dict[str, str]:
    path = stage.write("index.py", more)
    return stage.environment(
        VERCEL="1",
        __VC_HANDLER_ENTRYPOINT=path.name,
        __VC_HANDLER_ENTRYPOINT_ABS=str(path),
        __VC_HANDLER_MODULE_NAME=path.stem,
        __VC_HANDLER_VARIABLE_NAME="app",
    )


@contextmanager
def _open_ipc(stage: Stage, more: str) -> Iterator[_VercelDoor]:
    path = stage.folder / "ipc.sock"
    with listening(path) as listener:
        environment = {**_environment(stage, more), "VERCEL_IPC_PATH": str(path)}
        stage.start([stage.python, "-m", "vercel_runtime.vc_init"], environment)
        listener.settimeout(READY_SECONDS)
        connection, _ = listener.accept()
    with connection, connection.makefile("rb") as stream:
        connection.settimeout(READY_SECONDS)
        port = _read_port(stream, stage)
        connection.settimeout(None)
        # It stops when nobody reads what it tells.
        reader = threading.Thread(target=stream.read)
        reader.start()
        try:
            yield _VercelDoor(port)
        finally:
            connection.shutdown(socket.SHUT_RDWR)
            reader.join()


def _read_port(stream: Any, stage: Stage) -> int:
    """The port in the message that says that the server has started; each message ends with NUL."""
    message = b""
    while True:
        byte = stream.read(1)
        if not byte:
            raise RuntimeError(f"the runtime ended before it listened: {stage.log()[-3000:]}")
        if byte != b"\0":
            message += byte
            continue
        read = json.loads(message)
        message = b""
        if read["type"] == "server-started":
            port: int = read["payload"]["httpPort"]
            return port
        if read["type"] == "unrecoverable-error":
            raise RuntimeError(read["payload"]["message"][-3000:])


class _VercelDoor(HttpDoor):
    """With the headers that the platform adds to every request."""

    def ask(self, question: Question, on_part: Callable[[], None]) -> Answer:
        own = [
            ("x-vercel-internal-invocation-id", "some-invocation"),
            ("x-vercel-internal-request-id", "7"),
            ("x-vercel-id", "cdg1::abc"),
            ("x-forwarded-proto", "https"),
        ]
        return super().ask(question._replace(headers=[*question.headers, *own]), on_part)


class LambdaDoor:
    """What Vercel's proxy hands to the shim on AWS Lambda: a request as JSON in the event's body."""

    mount = ""

    def __init__(self, process: LineProcess) -> None:
        self._process = process

    def ask(self, question: Question, on_part: Callable[[], None]) -> Answer:
        headers: dict[str, Any] = {"host": "app.example.com", "x-vercel-id": "cdg1::abc"}
        for name, value in question.headers:
            headers.setdefault(name.lower(), []).append(value)
        payload: dict[str, Any] = {"method": question.method, "path": question.target, "headers": headers}
        if question.body is not None:
            payload["body"] = base64.b64encode(question.body).decode()
            payload["encoding"] = "base64"
        result = self._process.ask([{"body": json.dumps(payload)}, None])
        body = base64.b64decode(result["body"]) if result.get("encoding") == "base64" else result["body"].encode()
        if body:
            on_part()
        pairs = [
            (name, value)
            for name, values in result["headers"].items()
            for value in (values if isinstance(values, list) else [values])
        ]
        return Answer(result["statusCode"], pairs, body)


@contextmanager
def _open_lambda(stage: Stage) -> Iterator[Door]:
    yield LambdaDoor(LineProcess(stage, "lines.py", _environment(stage, _ASGI), "vercel_runtime.vc_init", "vc_handler"))


def web_socket_is_native(stage: Stage) -> list[str]:
    """An ASGI app's; Vercel's own proxy, which would have to let it through, is not here."""
    if stage.app not in ASGI:
        return []
    with _open_ipc(stage, _ASGI) as door:
        return sockets.native(door.port)


PLATFORMS = (
    Platform("vercel-ipc", "vercel", "asgi", partial(_open_ipc, more=_ASGI), own=(web_socket_is_native,)),
    Platform("vercel-wsgi", "vercel", "vercel", partial(_open_ipc, more=_WSGI)),
    Platform("vercel-lambda", "vercel", "asgi", _open_lambda, at_once=1),
)
