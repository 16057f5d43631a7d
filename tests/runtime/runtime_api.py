"""A Runtime API of AWS Lambda that takes nothing on trust: raw sockets, every byte of a request held to the protocol.

It gives the events of a script, one after the other, and refuses to give more when all of them are
answered: so a runtime ends, and a test with it. What breaks the protocol is collected, and raised
when the API is closed. Sources: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html and
runtimes-custom.html, read in 2026-11.
"""

from __future__ import annotations

import base64
import json
import re
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, BinaryIO, Union

from typing_extensions import Self

TRAILERS = "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body"
HTTP_TYPE = "application/vnd.awslambda.http-integration-response"
PRELUDE_KEYS = {"statusCode", "headers", "multiValueHeaders", "cookies"}
TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")

ARN = "arn:aws:lambda:us-east-1:123456789012:function:app"


class Call:
    """One event of the script, how the API is to behave about it, and what the runtime has answered.

    :param event: what is JSON, or bytes as they are
    :param headers: those of ``next`` that are to be others than usual; None for one that is missing
    :param chunked: whether the event comes in chunks, as from the emulator
    :param answer: the status and body that the result is answered with
    :param reads: how many bytes of a stream are read before the API ends it: with *answer*, if that
        is no 202, else by closing the connection
    :param hold: called before each chunk of a stream is read
    """

    def __init__(
        self,
        event: Any,
        headers: Union[dict[str, Union[str, None]], None] = None,
        *,
        chunked: bool = False,
        answer: tuple[int, bytes] = (202, b'{"status":"OK"}\n'),
        reads: Union[int, None] = None,
        hold: Callable[[], Any] = lambda: None,
    ) -> None:
        self.event = event if isinstance(event, bytes) else json.dumps(event).encode()
        self.headers = headers or {}
        self.chunked = chunked
        self.answer = answer
        self.reads = reads
        self.hold = hold
        self.id = ""
        self.done = threading.Event()
        self.kind = ""
        """``"response"``, ``"stream"`` or ``"error"``, as the runtime has answered."""
        self.body = b""
        self.parts: list[tuple[float, bytes]] = []
        """Of a stream: when each chunk came, and what it was."""
        self.trailers: dict[str, str] = {}
        self.error_type = ""

    @property
    def result(self) -> Any:
        """The JSON of the answer."""
        return json.loads(self.body.decode("utf-8"))

    @property
    def prelude(self) -> Any:
        return json.loads(self.body.split(bytes(8), 1)[0])

    @property
    def streamed(self) -> bytes:
        """The body of a stream, after its prelude."""
        return self.body.split(bytes(8), 1)[1]


class Refusal:
    """Instead of an event: an answer that is none, or, with no status, the end of the connection."""

    def __init__(self, status: int = 0, body: bytes = b"", raw: bytes = b"") -> None:
        self.raw = raw or (make_answer(status, body) if status else b"")


class Violation(AssertionError):
    """The runtime has broken the protocol."""


def make_answer(status: int, body: bytes, headers: Union[dict[str, str], None] = None) -> bytes:
    fields = {"Content-Length": str(len(body)), **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Some Reason\r\n{lines}\r\n".encode() + body


def must(condition: Any, what: str) -> None:
    if not condition:
        raise Violation(what)


class RuntimeApi:
    """Serves *script* on a free port of the loopback; with *ends* false, whoever asks after its end waits."""

    def __init__(
        self, *script: Union[Call, Refusal], concurrency: int = 1, extensions: bool = True, ends: bool = True
    ) -> None:
        self.script = list(script)
        self.calls = {f"8476a536-e9f4-11e8-9739-{number:012}": each for number, each in enumerate(self._calls())}
        for name, call in self.calls.items():
            call.id = name
        self.concurrency = concurrency
        self.extensions = extensions
        self.ends = ends
        self.violations: list[str] = []
        self.requests: list[str] = []
        """Method and path of each request, in order."""
        self.connections = 0
        self.init_errors: list[tuple[str, Any]] = []
        self.restore_errors: list[tuple[str, Any]] = []
        self.is_waited_for = threading.Event()
        """Set when the extension has asked for its next event, which never comes."""
        self._mutex = threading.Lock()
        self._running: set[str] = set()
        self._sockets: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
        if exc[0] is None:
            assert [] == self.violations

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        self.hang_up()

    def hang_up(self) -> None:
        """Close every connection, as while the sandbox is frozen."""
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _calls(self) -> list[Call]:
        return [each for each in self.script if isinstance(each, Call)]

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._sockets.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        stream = connection.makefile("rb")
        try:
            while self._serve_one(connection, stream):
                pass
        except Violation as violation:
            self.violations.append(str(violation))
        except OSError:
            pass
        finally:
            stream.close()
            connection.close()

    def _serve_one(self, connection: socket.socket, stream: BinaryIO) -> bool:
        """One request; whether the connection is kept."""
        line = stream.readline()
        if not line:
            return False
        method, path, version = line.decode("ascii").split(" ")
        must(version == "HTTP/1.1\r\n", f"the request line {line!r}")
        headers = read_fields(stream)
        must(headers.get("host") == self.address, "the Host header")
        must(headers.get("user-agent", "").startswith("lambda-bridge/"), "the User-Agent header")
        with self._mutex:
            self.requests.append(f"{method} {path}")
        if method == "GET":
            must(not {"content-length", "transfer-encoding", "content-type"} & headers.keys(), "a GET with a body")
            return self._give(connection, path, headers)
        must(method == "POST", f"the method {method!r}")
        return self._take(connection, stream, path, headers)

    # --- what it gives

    def _give(self, connection: socket.socket, path: str, headers: dict[str, str]) -> bool:
        if path == "/2020-01-01/extension/event/next":
            must(headers.get("lambda-extension-identifier") == "the-extension", "the extension's identifier")
            self.is_waited_for.set()
            return True
        if path == "/2018-06-01/runtime/restore/next":
            connection.sendall(make_answer(200, b""))
            return True
        must(path == "/2018-06-01/runtime/invocation/next", f"GET {path}")
        with self._mutex:
            must(len(self._running) < self.concurrency, "next, before the last event is answered")
            step = self.script.pop(0) if self.script else None
            if isinstance(step, Call):
                self._running.add(step.id)
        if step is None and not self.ends:
            return True
        if step is None:
            for call in self.calls.values():
                call.done.wait(20)
            step = Refusal(403, b'{"errorType":"InvalidStateTransition"}')
        if isinstance(step, Refusal):
            connection.sendall(step.raw)
            return bool(step.raw)
        fields = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": step.id,
            "Lambda-Runtime-Deadline-Ms": str(int(time.time() * 1000) + 30_000),
            "Lambda-Runtime-Invoked-Function-Arn": ARN,
            "Lambda-Runtime-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
            **step.headers,
        }
        told = {name: value for name, value in fields.items() if value is not None}
        if step.chunked:
            body = (
                b"".join(b"%X;x=y\r\n%b\r\n" % (len(each), each) for each in pieces(step.event)) + b"0\r\nA: b\r\n\r\n"
            )
            head = make_answer(200, b"", told).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
            connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" + head + body)
        else:
            connection.sendall(make_answer(200, step.event, told))
        return True

    # --- what it takes

    def _take(self, connection: socket.socket, stream: BinaryIO, path: str, headers: dict[str, str]) -> bool:
        if headers.get("transfer-encoding") is not None:
            return self._take_stream(connection, stream, path, headers)
        must(headers.get("content-length", "").isdecimal(), "the Content-Length")
        must(headers.get("content-type") == "application/json", "the Content-Type")
        must("lambda-runtime-function-response-mode" not in headers, "the mode of a response that is whole")
        body = stream.read(int(headers["content-length"]))
        must(len(body) == int(headers["content-length"]), "a body that is shorter than its length")
        if path == "/2020-01-01/extension/register":
            must(json.loads(body) == {"events": []}, "the extension's events")
            must(TOKEN.fullmatch(headers.get("lambda-extension-name", "").encode()), "the extension's name")
            if self.extensions:
                connection.sendall(make_answer(200, b"{}", {"Lambda-Extension-Identifier": "the-extension"}))
            else:
                connection.sendall(make_answer(403, b"{}"))
            return True
        if path in {"/2018-06-01/runtime/init/error", "/2018-06-01/runtime/restore/error"}:
            errors = self.init_errors if "init" in path else self.restore_errors
            errors.append((headers.get("lambda-runtime-function-error-type", ""), read_error(body)))
            connection.sendall(make_answer(202, b'{"status":"OK"}\n'))
            return True
        call, what = self._find(path, headers)
        call.kind, call.body = what, body
        if what == "error":
            call.error_type = headers.get("lambda-runtime-function-error-type", "")
            must(read_error(body)["requestId"] == call.id, "the error's requestId")
            must(call.error_type == call.result["errorType"], "the error's type")
        else:
            json.loads(body.decode("utf-8"))
        self._stop(call)
        connection.sendall(make_answer(*call.answer))
        call.done.set()
        return True

    def _find(self, path: str, headers: dict[str, str]) -> tuple[Call, str]:
        """(the call that is answered, "response" or "error")."""
        found = re.fullmatch(r"/2018-06-01/runtime/invocation/([0-9a-f-]+)/(response|error)", path)
        must(found, f"POST {path}")
        assert found
        with self._mutex:
            must(found[1] in self._running, "an answer to what is not running")
        call = self.calls[found[1]]
        attempt = call.headers.get("Lambda-Runtime-Invocation-Id")
        must(headers.get("lambda-runtime-invocation-id") == attempt, "the invocation's id")
        return call, found[2]

    def _stop(self, call: Call) -> None:
        """It is answered: from now on the runtime may ask for the next event."""
        with self._mutex:
            self._running.discard(call.id)

    def _take_stream(self, connection: socket.socket, stream: BinaryIO, path: str, headers: dict[str, str]) -> bool:
        call, what = self._find(path, headers)
        must(what == "response", "an error in chunks")
        must(headers.get("transfer-encoding") == "chunked", "the Transfer-Encoding")
        must(headers.get("lambda-runtime-function-response-mode") == "streaming", "the response mode")
        must(headers.get("trailer") == TRAILERS, "the Trailer header")
        must(headers.get("content-type") == HTTP_TYPE, "the Content-Type of a stream")
        must("content-length" not in headers, "a length beside chunks")
        call.kind = "stream"
        try:
            self._read_stream(connection, stream, call)
        finally:
            self._stop(call)
            call.done.set()
        return False

    def _read_stream(self, connection: socket.socket, stream: BinaryIO, call: Call) -> None:
        body = bytearray()
        while True:
            call.hold()
            if call.reads is not None and len(body) >= call.reads:
                self._stop(call)
                if call.answer[0] != 202:
                    connection.sendall(make_answer(*call.answer))
                    # What was on its way when the answer came.
                    must(len(stream.read()) < 20_000_000, "more of a stream that nobody wants")
                return
            line = stream.readline()
            if not line and not self.ends:
                return  # the process has ended
            must(re.fullmatch(rb"[0-9a-f]+\r\n", line), f"the size of a chunk, {line!r}")
            size = int(line, 16)
            if not size:
                break
            part = stream.read(size)
            must(stream.read(2) == b"\r\n", "the end of a chunk")
            call.parts.append((time.monotonic(), part))
            body += part
        call.body = bytes(body)
        call.trailers = read_trailers(stream)
        check_prelude(call.body)
        self._stop(call)
        connection.sendall(make_answer(*call.answer))
        must(not stream.read(), "the connection is kept after a stream")


def pieces(data: bytes) -> list[bytes]:
    return [data[start : start + 1000] for start in range(0, len(data), 1000)]


def read_fields(stream: BinaryIO) -> dict[str, str]:
    """Header fields up to the empty line, by lower-case name."""
    fields: dict[str, str] = {}
    while True:
        line = stream.readline()
        must(line.endswith(b"\r\n"), f"the line {line!r}")
        if line == b"\r\n":
            return fields
        name, colon, value = line[:-2].partition(b": ")
        must(colon and TOKEN.fullmatch(name) and value.isascii() and value.strip() == value, f"the field {line!r}")
        must(name.lower().decode() not in fields, f"the field {name!r} twice")
        fields[name.lower().decode()] = value.decode()


def read_trailers(stream: BinaryIO) -> dict[str, str]:
    trailers = read_fields(stream)
    announced = set(TRAILERS.lower().split(", "))
    must(not trailers or trailers.keys() == announced, "trailers that were not announced, or one alone")
    if trailers:
        error = read_error(base64.b64decode(trailers["lambda-runtime-function-error-body"], validate=True))
        must(error["errorType"] == trailers["lambda-runtime-function-error-type"], "the error's type")
    return trailers


def read_error(body: bytes) -> Any:
    error = json.loads(body)
    must({"errorMessage", "errorType", "requestId", "stackTrace"} == error.keys(), "the keys of an error")
    must(all(isinstance(line, str) for line in error["stackTrace"]), "the stackTrace")
    return error


def check_prelude(body: bytes) -> None:
    prelude, nuls, _rest = body.partition(bytes(8))
    must(nuls, "a stream without eight NUL bytes")
    head = json.loads(prelude)
    must(set(head) <= PRELUDE_KEYS, f"the prelude's keys {sorted(head)}")
    must(isinstance(head["statusCode"], int), "the prelude's status")
    must(all(isinstance(value, str) for value in head.get("headers", {}).values()), "the prelude's headers")
    for values in head.get("multiValueHeaders", {}).values():
        must(isinstance(values, list), "the prelude's multiValueHeaders")
