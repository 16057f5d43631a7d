"""Bodies in chunks: what is taken, what is refused, and that it stays so over a socket."""

from __future__ import annotations

from io import BufferedReader, BytesIO

import pytest
from werkzeug.exceptions import BadRequest

from lambda_bridge import make_handler
from lambda_bridge.gateway.chunks import Chunks
from tests.gateway.test_faults import CHUNKED, POST, SECOND, exchange
from tests.gateway.test_server import mirror, serving

TAKEN = {
    "chunks": (b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", b"hello"),
    "none": (b"0\r\n\r\n", b""),
    "digits of both cases, zeros before them": (
        b"00A\r\n0123456789\r\n0b\r\n0123456789a\r\n000\r\n\r\n",
        b"01234567890123456789a",
    ),
    "extensions": (b'5;a\r\nhello\r\n1 ; b="c;d" ;e\r\n!\r\n0;f=g\r\n\r\n', b"hello!"),
    "long extension": (b"5;a=%s\r\nhello\r\n0\r\n\r\n" % (b"b" * 1000), b"hello"),
    "trailers": (b"5\r\nhello\r\n0\r\nX-Checksum: 1\r\nX-More: 2\r\n\r\n", b"hello"),
}
REFUSED = {
    "no digits": b"zz\r\nhello\r\n0\r\n\r\n",
    "no size": b"\r\nhello\r\n0\r\n\r\n",
    "sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "negative size": b"-5\r\nhello\r\n0\r\n\r\n",
    "size as Python writes numbers": b"0x5\r\nhello\r\n0\r\n\r\n",
    "underscore in the size": b"0_5\r\nhello\r\n0\r\n\r\n",
    "space without an extension": b"5 \r\nhello\r\n0\r\n\r\n",
    "size of too many digits": b"0" * 17 + b"\r\n\r\n",
    "NUL in an extension": b"5;a\0\r\nhello\r\n0\r\n\r\n",
    "line feed alone after the size": b"5\nhello\r\n0\r\n\r\n",
    "line feed alone after the chunk": b"5\r\nhello\n0\r\n\r\n",
    "carriage return alone": b"5\rhello\r0\r\r",
    "chunk that is longer": b"4\r\nhello\r\n0\r\n\r\n",
    "chunk that is shorter": b"6\r\nhello\r\n0\r\n\r\n",
    "end inside a chunk": b"5\r\nhel",
    "end before the last chunk": b"5\r\nhello\r\n",
    "end before the end of trailers": b"5\r\nhello\r\n0\r\nX-Checksum: 1\r\n",
    "trailers that are too long": b"0\r\n" + b"X-A: 1\r\n" * 10_000 + b"\r\n",
}


@pytest.mark.parametrize(("data", "body"), TAKEN.values(), ids=TAKEN)
def test_taken(data: bytes, body: bytes) -> None:
    """The body alone, and nothing behind it: that is the next request's."""
    file = BytesIO(data + SECOND)

    assert Chunks(file).readall() == body
    assert file.read() == SECOND


def test_read_byte_by_byte() -> None:
    """However few bytes are asked for at a time, and after the end."""
    body = Chunks(BytesIO(TAKEN["extensions"][0]))

    assert [body.read(1) for _ in range(8)] == [b"h", b"e", b"l", b"l", b"o", b"!", b"", b""]


def test_lines_of_a_body() -> None:
    """As PEP 3333 wants an input to be read."""
    assert list(BufferedReader(Chunks(BytesIO(b"4\r\na\nb\n\r\n1\r\nc\r\n0\r\n\r\n")))) == [b"a\n", b"b\n", b"c"]


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_refused(data: bytes) -> None:
    """Where two could read it in two ways, or it ends too early."""
    with pytest.raises(BadRequest):
        Chunks(BytesIO(data)).readall()


def test_the_gateway_takes_them() -> None:
    """Extensions and trailers do not reach the function."""
    with serving(make_handler(mirror), "aws_http") as (connection, _):
        assert connection.port
        answer = exchange(connection.port, POST + CHUNKED + b"\r\n" + b"5;a=1\r\nhello\r\n0\r\nX-A: 1\r\n\r\n" + SECOND)

    assert b'"body": [104, 101, 108, 108, 111]' in answer
    assert b"x-a" not in answer


@pytest.mark.parametrize(
    "data", [REFUSED["no digits"], REFUSED["underscore in the size"], REFUSED["line feed alone after the size"]]
)
def test_the_gateway_refuses_them(data: bytes) -> None:
    """With 400 and the reason, before the function; nothing hides behind."""
    with serving(make_handler(mirror), "aws_http") as (connection, lines):
        assert connection.port
        answer = exchange(connection.port, POST + CHUNKED + b"\r\n" + data + SECOND)

    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.endswith(b"a chunk of the body begins with no size in hexadecimal digits")
    assert (answer.count(b"\r\nServer: "), lines) == (1, [])
