"""Bodies of requests: forms, files, JSON, bytes as they are; read back by werkzeug's form parser."""

from __future__ import annotations

from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, Optional

import pytest
from werkzeug.formparser import parse_form_data

from lambda_bridge.forms import make_body, make_multipart, make_query


def parsed(body: bytes, content_type: Optional[str]) -> tuple[list[tuple[str, str]], list[tuple[str, Any]]]:
    """(fields, files) as an app gets them; a file as (filename, type, content)."""
    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
    _, fields, files = parse_form_data(environ)
    read = []
    for name, file in files.items(multi=True):
        with file.stream:
            read.append((name, (file.filename, file.content_type, file.read())))
    return list(fields.items(multi=True)), read


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, (b"", None)),
        ({"body": b"\xff"}, (b"\xff", None)),
        ({"body": "é"}, ("é".encode(), None)),
        ({"data": b"\xff"}, (b"\xff", None)),
        ({"data": "é"}, ("é".encode(), None)),
        ({"data": {}}, (b"", "application/x-www-form-urlencoded")),
        ({"data": {"a": "x y", "b": ["1", "2"], "c": 3}}, (b"a=x+y&b=1&b=2&c=3", "application/x-www-form-urlencoded")),
        ({"data": [("a", "1"), ("a", "é")]}, (b"a=1&a=%C3%A9", "application/x-www-form-urlencoded")),
        ({"json_value": {"a": [None]}}, (b'{"a": [null]}', "application/json")),
        ({"json_value": []}, (b"[]", "application/json")),
    ],
)
def test_bodies(arguments: dict[str, Any], expected: tuple[bytes, Optional[str]]) -> None:
    """Each with its content-type, where it has one."""
    assert expected == make_body(**arguments)


@pytest.mark.parametrize(
    "arguments",
    [
        {"body": b"a", "data": "b"},
        {"body": b"a", "json_value": 0},
        {"data": {"a": "1"}, "json_value": {}},
        {"files": {"a": b""}, "json_value": {}},
        {"data": b"a", "files": {"a": b""}},
    ],
)
def test_two_bodies_are_an_error(arguments: dict[str, Any]) -> None:
    """Else one of them would be left out in silence."""
    with pytest.raises(TypeError):
        make_body(**arguments)


def test_form_with_files(tmp_path: Path) -> None:
    """Fields first, then the files, in every way in which a file can be given."""
    path = tmp_path / "photo.png"
    path.write_bytes(bytes(range(256)))
    with path.open("rb") as opened:
        body, content_type = make_body(
            data={"a": "1", "b": ["x", "é"]},
            files={
                "opened": opened,
                "named": ("a.txt", b"text"),
                "typed": ("a.txt", StringIO("é"), "text/x-own"),
                "bare": b"\r\n--x",
                "unknown": ("a.nothing", BytesIO(b"")),
                "several": [("1.gif", b"1"), ("2.gif", b"2")],
            },
        )

    assert parsed(body, content_type) == (
        [("a", "1"), ("b", "x"), ("b", "é")],
        [
            ("opened", ("photo.png", "image/png", bytes(range(256)))),
            ("named", ("a.txt", "text/plain", b"text")),
            ("typed", ("a.txt", "text/x-own", "é".encode())),
            ("bare", ("bare", "application/octet-stream", b"\r\n--x")),
            ("unknown", ("a.nothing", "application/octet-stream", b"")),
            ("several", ("1.gif", "image/gif", b"1")),
            ("several", ("2.gif", "image/gif", b"2")),
        ],
    )


def test_names_cannot_break_out_of_their_quotes() -> None:
    """As browsers escape them; text beyond ASCII is UTF-8."""
    body, _ = make_multipart([('a"\r\nx: y', "1")], [("f", ('"é\n.txt', b"", "text/plain"))])

    assert b'name="a%22%0D%0Ax: y"\r\n\r\n1\r\n' in body
    assert 'filename="%22é%0A.txt"\r\nContent-Type: text/plain\r\n\r\n'.encode() in body


def test_same_form_same_bytes() -> None:
    """So an event can be compared with one that was kept."""
    files = {"a": ("a.png", b"\x89PNG")}

    assert make_body(files=files) == make_body(files=files)
    assert make_body(files=files) != make_body(files={"a": ("a.png", b"\x89PNG2")})


def test_what_is_no_file() -> None:
    """Its name and type are in the error."""
    with pytest.raises(TypeError, match="'a' is of the type int"):
        make_body(files={"a": 7})


@pytest.mark.parametrize(
    ("params", "query"),
    [
        (None, ""),
        ({}, ""),
        ({"a": "x y", "b": ["1", "2"]}, "a=x+y&b=1&b=2"),
        ([("a", 1), ("a", "é")], "a=1&a=%C3%A9"),
        ("?a=%20", "a=%20"),
        ("a&b", "a&b"),
    ],
)
def test_queries(params: Any, query: str) -> None:
    """A mapping, pairs, or a query string as it is."""
    assert query == make_query(params)
