"""What the app says, for each of its four forms: they differ in how they are asked, not in their answers."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import socket
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

TEXT = "text in UTF-8: 你好, Grüße"
HTML_TYPE = "text/html; charset=utf-8"
# No gzip.compress: which bytes it makes depends on Python.
GZIPPED = base64.b64decode("H4sIAAAAAAACA0vOzy0oSi0uTk1RSKpUKMlIVUgsKOACAPUjdfgWAAAA")
EVERY_BYTE = bytes(range(256))
# Looks like base64 to a platform that guesses.
JSON = b'"abcd"'
EXPIRES = "Wed, 21 Oct 2037 07:28:00 GMT"
SECRET = "the crash's own text"
ERROR = "the app's own error page"
GOODBYE = "the app was shut down"
REPEATED = ("one", "two")

# A line of JSON for each event that has come: where the apps' folder is, as deployed.
TAKEN = Path(__file__).resolve().parents[1] / "taken"
# The port of the gate that the example waits at.
GATE = TAKEN.with_name("gate")
# What a WebSocket's client says: for what it sees of the handshake, bytes, the end, a crash; and to be sent to all.
SEE, BYTES, CLOSE, CRASH, ALL = "see", "bytes", "close", "crash", "all: "
# The path of WebSocket connections. With the query `name=`, all hear of the end; with `deny` or `refuse` there is none.
SOCKET = "/socket"
# What an event's data contains for the app to refuse it, or to crash.
REFUSED, CRASHED = "to be refused", "to crash"


def seen(
    method: str,
    path: str,
    query: str,
    headers: Iterable[tuple[str, str]],
    cookies: Mapping[str, str],
    body: bytes,
    mount: str,
    client: str | None,
    format: str,  # noqa: A002
    starts: int,
) -> dict[str, Any]:
    """What /echo answers: the request as the app has seen it.

    A header that came twice may be told as a list or joined with commas, which are one thing
    (RFC 9110 section 5.3); so it is a list here in both cases.
    """
    own: dict[str, list[str]] = {}
    for name, value in headers:
        if name.lower().startswith("x-battery-"):
            own.setdefault(name.lower(), []).extend(part.strip() for part in value.split(","))
    args: dict[str, list[str]] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        args.setdefault(name, []).append(value)
    return {
        "method": method,
        "path": path,
        "query": query,
        "args": args,
        "headers": own,
        "type": next((value for name, value in headers if name.lower() == "content-type"), ""),
        "cookies": dict(cookies),
        "length": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
        "text": body.decode("utf-8", "replace") if len(body) < 1000 else None,
        "mount": mount,
        "client": client,
        "format": format,
        "starts": starts,
        "process": os.getpid(),
    }


def take(headers: Iterable[tuple[str, str]], body: bytes, format: str) -> tuple[int, dict[str, Any]]:  # noqa: A002
    """What /events answers, (status, JSON), after it has noted the event."""
    told = {name.lower(): value for name, value in headers}
    kept = {name: value for name, value in told.items() if name.startswith("ce-") or name == "content-type"}
    line = json.dumps({"format": format, "headers": kept, "body": base64.b64encode(body).decode()})
    with TAKEN.open("a") as file:
        file.write(line + "\n")
    if CRASHED.encode() in body:
        raise RuntimeError(SECRET)
    if REFUSED.encode() in body:
        return 503, {"error": ERROR}
    return 200, {"took": told["ce-type"]}


async def tell_all(text: str, but: str = "") -> None:
    """Send *text* to every open WebSocket connection but one; by the function's own handler, wherever it is deployed."""
    handler = import_module("function").handler
    for connection in handler.connections:
        if connection != but:
            await handler.push(connection, text)


def seen_of_handshake(scope: Any) -> str:
    """What a WebSocket's endpoint answers to `SEE`: the handshake, in whatever instance; no more where it is native."""
    own = [value.decode() for name, value in scope["headers"] if name == b"x-battery"]
    handshake = [scope["path"], scope["query_string"].decode(), own, list(scope["subprotocols"])]
    return json.dumps({"handshake": handshake, "resumed": scope.get("lambda_bridge.resumed"), "process": os.getpid()})


def wait_at(gate: str) -> None:
    """Wait until the port *gate* is closed, if it is not already."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", int(gate)), 60) as connection:
        connection.recv(1)
