"""AWS Lambda: awslambdaric, with a Runtime API of the tests' own and with AWS's own emulator of it.

The gateways in front (API Gateway, load balancers …) are the formats' make_event and read_result.
"""

from __future__ import annotations

import http.client
import json
import platform as machine
import queue
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Callable, Optional

from tests.real.doors import TIMEOUT, Door, EventDoor
from tests.real.drivers import Platform, Triggers
from tests.real.events import Send, Told, aws
from tests.real.stage import Stage, free_port

COMMAND = ("-m", "awslambdaric", "function.handler")
_FUNCTION = {
    "AWS_LAMBDA_FUNCTION_NAME": "some-function",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
    "AWS_LAMBDA_FUNCTION_TIMEOUT": str(TIMEOUT),
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.12",
    "AWS_REGION": "us-east-1",
}


# Authorizers' events go to a function only.
_EVENT_FUNCTION = f"""

@handler.on("aws.authorizer")
def authorize(event):
    return {aws.POLICY!r}
"""


class RuntimeApi(ThreadingHTTPServer):
    """Hands events to the function and takes its results (docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _RuntimeApiHandler)
        self.events: queue.Queue[Optional[bytes]] = queue.Queue()
        self.results: queue.Queue[tuple[str, bytes]] = queue.Queue()

    def call(self, event: Any) -> tuple[bool, Any]:
        """(whether it has failed, the result or the report of the error)."""
        self.events.put(json.dumps(event).encode())
        kind, told = self.results.get(timeout=TIMEOUT)
        return kind != "response", json.loads(told)


class _RuntimeApiHandler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RuntimeApi

    def do_GET(self) -> None:
        event = self.server.events.get()
        if event is None:
            self.close_connection = True
            return
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", str(uuid.uuid4()))
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() * 1000) + TIMEOUT * 1000))
        self.send_header(
            "Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:123456789012:function:some-function"
        )
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(event)))
        self.end_headers()
        self.wfile.write(event)

    def do_POST(self) -> None:
        result = self.rfile.read(int(self.headers["Content-Length"]))
        # …/invocation/ID/response, …/invocation/ID/error or …/init/error
        self.server.results.put((self.path.rpartition("/")[2], result))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Quiet."""


def environment(stage: Stage, address: str, **more: str) -> dict[str, str]:
    """The function's, where the Runtime API has that address."""
    return stage.environment(AWS_LAMBDA_RUNTIME_API=address, **_FUNCTION, **more)


@contextmanager
def runtime_api(
    stage: Stage, command: Sequence[str] = (), variables: Optional[dict[str, str]] = None
) -> Iterator[RuntimeApi]:
    """One to which awslambdaric, or *command*, has been started, with *variables* in place of the stage's own."""
    with RuntimeApi() as api:
        serving = threading.Thread(target=api.serve_forever)
        serving.start()
        address = f"127.0.0.1:{api.server_port}"
        stage.start(command or [stage.python, *COMMAND], {**environment(stage, address), **(variables or {})})
        try:
            yield api
        finally:
            api.events.put(None)
            api.shutdown()
            serving.join()


def result_of(told: tuple[bool, Any]) -> Any:
    has_failed, result = told
    if has_failed:
        raise RuntimeError(f"the function failed: {str(result)[:1000]}")
    return result


def _as_told(told: tuple[bool, Any]) -> Told:
    has_failed, result = told
    if has_failed and not result.get("errorType"):
        raise RuntimeError(f"the report does not say what kind of error it is: {str(result)[:1000]}")
    return Told(has_failed=True) if has_failed else Told(result=result)


@contextmanager
def _open(stage: Stage, spelling: str) -> Iterator[Door]:
    stage.write("function.py")
    with runtime_api(stage) as api:
        yield EventDoor(spelling, lambda event: result_of(api.call(event)))


@contextmanager
def _open_events(stage: Stage) -> Iterator[Send]:
    stage.write("function.py", _EVENT_FUNCTION)
    with runtime_api(stage) as api:
        yield lambda event: _as_told(api.call(event))


def start_emulator(
    stage: Stage, command: Sequence[str], variables: Optional[dict[str, str]] = None
) -> Callable[[Any], Any]:
    """What gives one event to *command*, a runtime with *variables* in place of the stage's own, and takes the result."""
    call = _start_emulator(stage, command, variables)
    return lambda event: result_of(call(event))


def _start_emulator(
    stage: Stage, runtime: Sequence[str], variables: Optional[dict[str, str]] = None
) -> Callable[[Any], tuple[bool, Any]]:
    port, api_port = free_port(), free_port()
    # Without both addresses it listens on every interface.
    addresses = [
        "--runtime-interface-emulator-address", f"127.0.0.1:{port}", "--runtime-api-address", f"127.0.0.1:{api_port}",
    ]  # fmt: skip
    command = [_emulator(stage), *addresses, *runtime]
    stage.wait_for(stage.start(command, {**stage.environment(**_FUNCTION), **(variables or {})}), port)

    def call(event: Any) -> tuple[bool, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
        connection.request(
            "POST",
            "/2015-03-31/functions/function/invocations",
            json.dumps(event),
            {"Content-Type": "application/json"},
        )
        result = json.loads(connection.getresponse().read())
        connection.close()
        return isinstance(result, dict) and "errorMessage" in result, result

    return call


@contextmanager
def open_emulator(stage: Stage, spelling: str, runtime: Sequence[str] = COMMAND) -> Iterator[Door]:
    """The function on the emulator, served by the arguments *runtime* of Python."""
    stage.write("function.py")
    call = _start_emulator(stage, [stage.python, *runtime])
    yield EventDoor(spelling, lambda event: result_of(call(event)))


@contextmanager
def open_emulator_events(stage: Stage, runtime: Sequence[str] = COMMAND) -> Iterator[Send]:
    """The same for events that are not HTTP."""
    stage.write("function.py", _EVENT_FUNCTION)
    call = _start_emulator(stage, [stage.python, *runtime])
    yield lambda event: _as_told(call(event))


def _emulator(stage: Stage) -> Path:
    kind = "arm64" if machine.machine() in ("arm64", "aarch64") else "x86_64"
    (program,) = (
        Path(stage.python).parents[1].glob(f"lib/python*/site-packages/samcli/local/rapid/aws-lambda-rie-{kind}")
    )
    program.chmod(0o755)
    return program


PLATFORMS = (
    *[
        Platform(name.replace("_", "-"), "aws", name, partial(_open, spelling=name), at_once=1)
        for name in ("aws_http", "aws_rest", "aws_url", "aws_alb", "aws_lattice", "aws_edge")
    ],
    *[
        Platform(f"{name.replace('_', '-')}-rie", "aws", name, partial(open_emulator, spelling=name), at_once=1)
        for name in ("aws_http", "aws_rest")
    ],
)
TRIGGERS = (
    Triggers("aws-events", "aws", aws.CASES, _open_events),
    Triggers("aws-events-rie", "aws", aws.CASES, open_emulator_events),
)
