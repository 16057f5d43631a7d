"""Requests that no gateway passes on, over real sockets."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from lambda_bridge import make_handler
from tests.gateway.test_server import mirror, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

POST = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
SECOND = b"GET /second HTTP/1.1\r\nHost: localhost\r\n\r\n"

REFUSED = {
    "two ways to say where the body ends": POST + CHUNKED + b"Content-Length: 4\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "two lengths": POST + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nhello",
    "list of lengths": POST + b"Content-Length: 5, 5\r\n\r\nhello",
    "length with a sign": POST + b"Content-Length: +5\r\n\r\nhello",
    "negative length": POST + b"Content-Length: -5\r\n\r\nhello",
    "length of another base": POST + b"Content-Length: 0x5\r\n\r\nhello",
    "length as Python writes numbers": POST + b"Content-Length: 0_5\r\n\r\nhello",
    "unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\nhello",
    "coding after chunked": POST + b"Transfer-Encoding: chunked, identity\r\n\r\nhello",
    "coding twice": POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n",
    "chunks in HTTP/1.0": b"POST / HTTP/1.0\r\nHost: localhost\r\n" + CHUNKED + b"\r\n0\r\n\r\n",
    "space before the colon": POST + b"Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\nhello",
    "folded value": GET + b"X-A: one\r\n x-forged: two\r\n\r\n",
    "NUL in a value": GET + b"X-A: one\0two\r\n\r\n",
    "line without a colon": GET + b"forged\r\nX-A: 1\r\n\r\n",
    "method that writes to the terminal": b"\x1b[2J" + GET + b"\r\n",
    "path that writes to the terminal": b"GET /\x1b[2J HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "path without a slash": b"GET a HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "URL that is none": b"GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": GET + b"Host: evil.example\r\n\r\n",
}


def exchange(port: int, data: bytes) -> bytes:
    """All that comes back until the gateway closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.fixture(scope="module")
def gateway() -> Iterator[tuple[int, list[str]]]:
    """Its port, and the lines that it has reported."""
    with serving(make_handler(mirror), "aws_http") as (connection, lines):
        assert connection.port
        yield connection.port, lines


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_refused(data: bytes, gateway: tuple[int, list[str]], capfd: pytest.CaptureFixture[str]) -> None:
    """With 400, before the function, without a word on the terminal that a stranger has chosen; nothing hides behind."""
    port, lines = gateway
    answer = exchange(port, data + SECOND)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"\r\nServer: ") == 1
    assert (lines, capfd.readouterr()) == ([], ("", ""))


@pytest.mark.parametrize(
    "data",
    [
        POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        POST + CHUNKED + b"\r\n5\r\nhello\r\n0\r\n\r\n",
        POST + b"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: 5\r\n\r\nhello",
        POST + b"Content-Type: multipart/form-data\r\nContent-Length: 5\r\n\r\nhello",
        b"POST http://localhost/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello",
        b"POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello",
    ],
)
def test_passed_on(data: bytes) -> None:
    """What has one meaning; what follows on the connection is not read, as none is used twice."""
    with serving(make_handler(mirror), "aws_http") as (connection, lines):
        assert connection.port
        answer = exchange(connection.port, data + SECOND)

    assert b'"body": [104, 101, 108, 108, 111]' in answer
    assert [line.split(" ")[:3] for line in lines] == [["POST", "/", "200"]]
