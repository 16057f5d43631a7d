"""HTTP/1.1 over a plain socket: answers in every form, broken ones, and connections that were closed meanwhile."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from lambda_bridge.errors import ConfigurationError
from lambda_bridge.runtime.connection import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def server(*conversations: list[bytes]) -> Iterator[tuple[str, list[bytes]]]:
    """(address, the requests that came): one list of answers for each connection, closed after the last one."""
    requests: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def talk() -> None:
        for answers in conversations:
            with suppress(OSError), listener.accept()[0] as connection:
                for answer in answers:
                    requests.append(connection.recv(65536))
                    for start in range(0, len(answer), 7):
                        connection.sendall(answer[start : start + 7])

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}", requests
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        thread.join()
        listener.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        b"HTTP/1.1 200\r\ncontent-length:2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1;x=y\r\nk\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nok\r\n0\r\nA: b\r\nC: d\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nok",
        b"HTTP/1.1 100 Continue\r\n\r\n" + OK,
    ],
    ids=["length", "terse", "close", "chunks", "trailers", "to the end", "interim"],
)
def test_answers_in_every_form(answer: bytes) -> None:
    """As they trickle in."""
    with server([answer]) as (address, _), closing(Connection(address)) as connection:
        found = connection.ask("GET", "/")
    assert (found.status, found.body) == (200, b"ok")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nok",
        b"HTTP/1.1 OK\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"\x00" * 300_000,
    ],
)
def test_answer_that_is_broken_is_a_connection_error(answer: bytes) -> None:
    """Of which the caller knows what to do about it; and it never hangs."""
    with server([answer]) as (address, _), pytest.raises(ConnectionError):
        Connection(address).ask("GET", "/")


def test_request_is_complete() -> None:
    """Host, who asks, and the length of a body."""
    with server([OK, OK]) as (address, requests), closing(Connection(address)) as connection:
        connection.ask("GET", "/a", "X-A: b\r\n")
        connection.ask("POST", "/b", body=b"")
    (get, post) = (request.decode().split("\r\n") for request in requests)
    assert get[:2] + get[3:] == ["GET /a HTTP/1.1", f"Host: {address}", "X-A: b", "", ""]
    assert get[2].startswith("User-Agent: lambda-bridge/")
    assert (post[0], post[3:]) == ("POST /b HTTP/1.1", ["Content-Length: 0", "", ""])


def test_connection_that_was_closed_meanwhile_is_opened_again() -> None:
    """As after a thaw; the request has not been seen by anybody."""
    with server([OK], [OK]) as (address, requests), closing(Connection(address)) as connection:
        connection.ask("GET", "/1")
        connection.ask("GET", "/2")
    assert [request.split()[1] for request in requests] == [b"/1", b"/2"]


@pytest.mark.parametrize(
    "conversations",
    [[[OK], [b""]], [[OK, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"], [OK]]],
    ids=["twice", "half"],
)
def test_request_is_not_repeated_for_ever(conversations: list[list[bytes]]) -> None:
    """Nor when a part of its answer has come: it has been seen."""
    with server(*conversations) as (address, requests), closing(Connection(address)) as connection:
        connection.ask("GET", "/1")
        with pytest.raises(ConnectionError):
            connection.ask("GET", "/2")
    assert len(requests) == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n12345",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n123\r\n2\r\n45\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n12345",
    ],
)
def test_body_over_the_limit_is_not_read(answer: bytes) -> None:
    """Its headers are; and the next request has a connection of its own."""
    with server([answer], [OK]) as (address, _), closing(Connection(address)) as connection:
        found = connection.ask("GET", "/", limit=4)
        after = connection.ask("GET", "/", limit=4)
    assert (found.status, found.body, after.body) == (200, None, b"ok")


def test_answer_before_the_request_is_complete_is_seen() -> None:
    """So is the end of the connection."""
    with server([OK]) as (address, _):
        connection = Connection(address)
        assert connection.has_answered(), "there is none yet"
        connection.send(b"POST / HTTP/1.1\r\n")
        assert connection.read().body == b"ok"
    assert connection.has_answered(), "the server has gone"
    connection.close()


@pytest.mark.parametrize("address", ["", "host", ":9001", "host:", "host:²"])
def test_address_is_host_and_port(address: str) -> None:
    """An error says so, with its value."""
    with pytest.raises(ConfigurationError, match="is not usable: use host:port"):
        Connection(address)


def test_nobody_listens() -> None:
    """A plain OSError."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(ConnectionRefusedError):
        Connection(address).ask("GET", "/")
