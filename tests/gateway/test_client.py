"""Responses in parts, from the app to a client's socket; the app is in this process, or in one of its own."""

from __future__ import annotations

import asyncio
import http.client
import os
import socket
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.gateway import limits
from lambda_bridge.gateway.calls import BODY
from lambda_bridge.gateway.client import Client
from lambda_bridge.messages import Response
from tests.gateway.test_server import GATEWAYS, ask, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STREAMING = ["wsgi", "vercel", "gcp", "asgi", "gcp_aio", "azure_stream", "aws_url", "aws_rest"]

APP = """
import os
from urllib.parse import parse_qs

def wait(environ):
    open(parse_qs(environ["QUERY_STRING"])["for"][0]).close()  # until the other end of the fifo is opened

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return PARTS[environ["PATH_INFO"]](environ)

def two(environ):
    yield b"one"
    wait(environ)
    yield b"two"

def hang(environ):
    yield b"one"
    while True:
        wait(environ)

def endless(environ):
    try:
        while True:
            yield bytes(65536)
    finally:
        print("closed")

def many(environ):
    for _ in range(200):
        yield bytes(65536)
    print("heard to the end")

def few(environ):
    yield b"one"
    yield b"two"

def die(environ):
    yield b"one"
    os._exit(3)

def whole(environ):
    return [str(os.getpid()).encode()]

PARTS = {"/two": two, "/hang": hang, "/endless": endless, "/many": many, "/few": few, "/die": die, "/": whole}

async def waits(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/wait":
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        try:
            await receive()
        finally:
            print("heard")
    await send({"type": "http.response.body", "body": str(os.getpid()).encode()})
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With the module that instances serve, and the fifo that its app waits for."""
    (tmp_path / "served_in_parts.py").write_text(APP)
    os.mkfifo(tmp_path / "fifo")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return tmp_path


def begin(connection: http.client.HTTPConnection, path: str) -> http.client.HTTPResponse:
    """The response to a GET, up to its head."""
    connection.request("GET", path)
    return connection.getresponse()


def leave(connection: http.client.HTTPConnection, response: http.client.HTTPResponse) -> None:
    response.close()
    connection.close()


@contextmanager
def until_it_ends() -> Iterator[None]:
    """Goes on when a call in parts that was made within has ended, for the gateway too."""
    listening = GATEWAYS[0].calls.listen()
    next(listening)
    yield
    next(call for call in listening if call and call.stream and call.stream.state != "running")


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
@pytest.mark.parametrize("format_name", STREAMING)
def test_a_part_is_there_before_the_app_goes_on(format_name: str, interface: str) -> None:
    """And the console has the call by then."""
    may_go_on = threading.Event()

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"one"
        may_go_on.wait(10)
        yield b"two"

    async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"one", "more_body": True})
        await asyncio.get_running_loop().run_in_executor(None, may_go_on.wait, 10)
        await send({"type": "http.response.body", "body": b"two"})

    handler = make_handler(app if interface == "wsgi" else asgi_app, stream=True, lifespan="off")
    with serving(handler, format_name) as (connection, lines):
        response = begin(connection, "/")
        first = response.read(3)
        (call,) = GATEWAYS[0].calls.all()
        assert call.stream is not None
        seen = (call.stream.state, call.status)
        may_go_on.set()
        rest = response.read()

    assert (response.status, first, rest) == (200, b"one", b"two")
    assert response.getheader("Transfer-Encoding") == "chunked"
    assert seen == ("running", 200)
    assert (call.stream.state, call.stream.parts, call.body_size) == ("complete", 2, (0, 6))
    assert 0 < call.stream.first <= call.seconds
    assert call.response is not None
    assert call.response.body == b"onetwo"
    assert '"parts": 2' in call.result
    assert list(call.stages) == ["recognize", "read", "app", "make"]
    assert lines[-1].startswith("GET / 200 6 bytes in 2 parts from ")


def test_a_part_comes_out_of_an_instance_before_the_app_goes_on(folder: Path) -> None:
    """The process of an instance waits in its app, while the client has the first part."""
    with serving("served_in_parts:app", "wsgi", instances=1) as (connection, _):
        response = begin(connection, f"/two?for={folder}/fifo")
        first = response.read(3)
        with (folder / "fifo").open("w"):
            rest = response.read()

    assert (first, rest) == (b"one", b"two")


def test_without_the_option_lambda_answers_whole() -> None:
    """With a length, as always."""
    with serving("served_in_parts:app", "aws_url", instances=1) as (connection, _):
        response, data = ask(connection, "GET", "/few")

    assert (response.getheader("Content-Length"), data) == ("6", b"onetwo")


@pytest.mark.parametrize("instances", [0, 1])
def test_a_client_that_leaves_is_told_to_the_app(instances: int) -> None:
    """Its iterator is closed, and the same instance serves the next call."""
    with serving("served_in_parts:app", "wsgi", instances=instances) as (connection, lines):
        _, before = ask(connection, "GET", "/")
        with until_it_ends():
            leave(connection, begin(connection, "/endless"))
        _, after = ask(connection, "GET", "/")
        call = GATEWAYS[0].calls.all()[1]

    assert any(line.startswith("GET /endless") and ", the client has left, " in line for line in lines)
    assert call.log == ["closed"]
    assert (call.stream and call.stream.state, call.problem) == ("left", None)
    assert before == after


@pytest.mark.parametrize("format_name", ["asgi", "gcp_aio", "azure_stream"])
def test_an_asgi_app_hears_of_it_while_it_waits(format_name: str) -> None:
    """No part need be sent for that."""
    with serving("served_in_parts:waits", format_name, instances=1) as (connection, _):
        _, before = ask(connection, "GET", "/")
        with until_it_ends():
            response = begin(connection, "/wait")
            assert response.read(3) == b"one"
            leave(connection, response)
        _, after = ask(connection, "GET", "/")
        call = GATEWAYS[0].calls.all()[1]

    assert call.log == ["heard"]
    assert before == after


def test_lambda_tells_no_function_that_its_client_has_gone() -> None:
    """It runs to its end."""
    with serving("served_in_parts:app", "aws_url", instances=1, options={"stream": True}) as (connection, lines):
        with until_it_ends():
            leave(connection, begin(connection, "/many"))
        (call,) = GATEWAYS[0].calls.all()

    assert ", the client has left, " in lines[-1]
    assert call.log == ["heard to the end"]


@pytest.mark.parametrize("format_name", STREAMING)
def test_an_app_that_fails_midway_cuts_the_response(format_name: str) -> None:
    """The client sees that the end is missing; the terminal says why."""

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"one"
        raise RuntimeError("the reason")

    with serving(make_handler(app, stream=True), format_name) as (connection, lines):
        response = begin(connection, "/")
        with pytest.raises(http.client.IncompleteRead) as cut:
            response.read()
        (call,) = GATEWAYS[0].calls.all()

    assert (response.status, cut.value.partial) == (200, b"one")
    assert call.stream is not None
    assert (call.stream.state, call.stream.parts) == ("cut", 1)
    assert "RuntimeError: the reason" in (call.problem or "")
    assert ", cut, " in lines[-1]


def test_an_instance_that_ends_midway_cuts_the_response() -> None:
    """And the next call starts another one."""
    with serving("served_in_parts:app", "wsgi", instances=1) as (connection, lines):
        with pytest.raises(http.client.IncompleteRead):
            begin(connection, "/die").read()
        connection.close()
        response, _ = ask(connection, "GET", "/")

    assert response.status == 200
    assert "instance 1 has ended with status 3 during the call" in lines


def test_time_that_is_over_midway_cuts_the_response(folder: Path) -> None:
    """The instance is killed, as it is before the first part."""
    with serving("served_in_parts:app", "wsgi", instances=1, timeout=0.5) as (connection, lines):
        response = begin(connection, f"/hang?for={folder}/fifo")
        with pytest.raises(http.client.IncompleteRead) as cut:
            response.read()

    assert cut.value.partial == b"one"
    assert "instance 1 was killed: the call was over 0.5 seconds" in lines


def test_time_is_over_also_while_the_client_does_not_read() -> None:
    """It holds no instance for longer than the function may take."""
    with serving("served_in_parts:app", "wsgi", instances=1, timeout=0.5) as (connection, lines):
        with until_it_ends():
            response = begin(connection, "/endless")
        leave(connection, response)

    assert "instance 1 was killed: the call was over 0.5 seconds" in lines


def test_a_gateway_waits_only_so_long_for_the_next_part(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then it is the gateway that waits no longer, and not the function that is late."""
    row = limits.LIMITS["aws_rest"]._replace(idle=0.05)
    monkeypatch.setitem(limits.LIMITS, "aws_rest", row)
    options = {"stream": True}
    with serving("served_in_parts:app", "aws_rest", instances=1, options=options) as (connection, lines):
        response = begin(connection, f"/hang?for={folder}/fifo")
        with pytest.raises(http.client.IncompleteRead):
            response.read()

    assert "instance 1 was killed: the gateway waits no longer" in lines


def test_a_body_over_the_limit_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """As nobody knew before how long it would be."""
    monkeypatch.setitem(limits.LIMITS, "gcp", limits.LIMITS["gcp"]._replace(streamed=100_000))
    with serving("served_in_parts:app", "gcp") as (connection, lines):
        response = begin(connection, "/many")
        with pytest.raises(http.client.IncompleteRead) as cut:
            response.read()

    assert len(cut.value.partial) == 65536
    assert "gcp refuses the result: the body in parts is over 100000 bytes" in lines


def test_an_older_client_gets_no_chunks() -> None:
    """The end of the connection is that of the body."""
    with serving("served_in_parts:app", "wsgi") as (connection, _):
        older = socket.create_connection((connection.host, connection.port or 0), timeout=10)
        older.sendall(b"GET / HTTP/1.0\r\n\r\n")
        with older, older.makefile("rb") as answer:
            head, _, body = answer.read().partition(b"\r\n\r\n")

    assert body == str(os.getpid()).encode()
    assert b"HTTP/1.0 200" in head
    assert b"chunked" not in head


@pytest.mark.parametrize("format_name", STREAMING)
def test_a_response_without_a_body_is_no_stream(format_name: str) -> None:
    """HEAD, and 204."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("204 No Content" if environ["REQUEST_METHOD"] == "DELETE" else "200 OK", [])
        return [b""]

    with serving(make_handler(app, stream=True), format_name) as (connection, _):
        answers = [ask(connection, method, "/") for method in ("HEAD", "DELETE")]
        calls = GATEWAYS[0].calls.all()

    assert [(response.status, data) for response, data in answers] == [(200, b""), (204, b"")]
    assert [response.getheader("Transfer-Encoding") for response, _ in answers] == [None, None]
    assert [call.stream for call in calls] == [None, None]


# --- the Client alone


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a connection: the gateway's and the client's."""
    near, far = socket.socketpair()
    with near, far:
        yield near, far


def start_of(near: socket.socket) -> Callable[[Response], Callable[[bytes], Any]]:
    return lambda head: near.sendall


def test_the_beginning_of_a_body_is_remembered(ends: tuple[socket.socket, socket.socket]) -> None:
    """And its size."""
    near, _ = ends
    written: list[bytes] = []
    client = Client(near, lambda head: written.append)
    client.begin(Response(200, [], b""))
    assert client.send(b"x" * (BODY - 1))
    assert client.send(b"yyy")

    assert client.kept == b"x" * (BODY - 1) + b"y"
    assert (client.parts, client.size, len(b"".join(written))) == (2, BODY + 2, BODY + 2)


def test_a_client_that_does_not_read_is_given_up_in_time(ends: tuple[socket.socket, socket.socket]) -> None:
    """What it has not taken counts for nothing, and nothing more is sent."""
    near, _ = ends
    client = Client(near, start_of(near))
    client.begin(Response(200, [], b""))
    while client.send(bytes(65536), 0.01):
        pass
    parts = client.parts

    assert client.is_gone()
    assert not client.send(b"more")
    assert (client.parts, client.size) == (parts, parts * 65536)


def test_a_client_is_looked_for(ends: tuple[socket.socket, socket.socket]) -> None:
    """It is there while it says nothing, or something, and gone when it has closed."""
    near, far = ends
    client = Client(near, start_of(near))
    assert not client.is_gone()
    client.begin(Response(200, [], b""))
    assert not client.is_gone()
    far.sendall(b"GET / HTTP/1.1\r\n")
    assert not client.is_gone()
    near.recv(100)
    far.close()
    assert client.is_gone()
