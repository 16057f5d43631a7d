"""``lambda-bridge compare``."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from lambda_bridge.cli import main
from lambda_bridge.testing import FORMATS

if TYPE_CHECKING:
    from pathlib import Path


ECHO = """
def app(environ, start_response):
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", environ.get("CONTENT_TYPE") or "text/plain"), ("Set-Cookie", "a=1")])
    return [environ.get("HTTP_X_NAME", "").encode("latin-1") + body]
"""


@pytest.fixture
def echo(folder: Path) -> Path:
    """The working folder; its app answers with a header of the request, and the body."""
    (folder / "served_app.py").write_text(ECHO)
    return folder


def compared(*arguments: str) -> Any:
    """What ``compare --json`` prints, by the spelling of the format."""
    shown = CliRunner().invoke(main, ["compare", "served_app:app", *arguments, "--json"])
    assert shown.exit_code == 0
    return {row["format"]: row for row in json.loads(shown.output)}


def test_help_of_compare_has_examples() -> None:
    """Examples and every option are there."""
    shown = CliRunner().invoke(main, ["compare", "--help"])

    assert shown.exit_code == 0
    assert "lambda-bridge compare myapp:app POST /upload -H 'Content-Type: image/png' -d @photo.png" in shown.output
    assert all(option in shown.output for option in ("--header", "--data", "--json"))


def test_compare_shows_a_row_for_every_format(echo: Path) -> None:
    """The server that loses nothing comes first; each further difference of a format has a line of its own."""
    shown = CliRunner().invoke(main, ["compare", "served_app:app", "GET", "/?a=1&a=2"])
    lines = shown.output.splitlines()

    assert shown.exit_code == 0
    assert lines[0].split() == ["wsgi", "200", "the", "measure", "of", "the", "others"]
    assert sorted(FORMATS) == sorted(line.split()[0] for line in lines if not line.startswith(" "))
    at = next(number for number, line in enumerate(lines) if line.startswith("aws_alb "))
    assert [line.strip() for line in lines[at : at + 2]] == [
        f"{'aws_alb':{lines[0].index('200')}}200  the app sees query 'a=2' instead of 'a=1&a=2'",
        "the app sees also x-forwarded-for, x-forwarded-port, x-forwarded-proto",
    ]


def test_compare_says_where_nothing_differs(echo: Path) -> None:
    """A row without a difference says so, and one without a response why."""
    shown = CliRunner().invoke(main, ["compare", "served_app:app", "POST", "/", "-d", "a"])
    rows = {line.split()[0]: line.split(None, 2)[1:] for line in shown.output.splitlines() if line[0] != " "}
    (echo / "body").write_bytes(b"\xff")
    refused = CliRunner().invoke(main, ["compare", "served_app:app", "POST", "/", "-d", "@body"])
    line = next(line for line in refused.output.splitlines() if line.startswith("tencent_url "))

    assert rows["asgi"] == ["200", "the same"]
    assert line.split(None, 2)[1] == "-"
    assert "text" in line


def test_compare_sends_headers_and_a_body(echo: Path) -> None:
    """Headers go with their values trimmed, and a Host where the URL has none; the method in capitals."""
    row = compared("post", "/", "-H", "X-Name:  Grüße: 1 ", "-H", "Content-Type: text/plain", "-d", "text")["wsgi"]

    assert row["seen"]["method"] == "POST"
    assert row["seen"]["origin"] == "https://app.localhost:443"
    assert row["seen"]["client"] == "203.0.113.9"
    assert row["seen"]["headers"]["x-name"] == ["Grüße: 1".encode().decode("latin-1")]
    assert row["seen"]["headers"]["content-length"] == ["4"]
    assert row["got"]["status"] == 200
    assert row["got"]["headers"] == {"content-type": ["text/plain"], "set-cookie": ["a=1"]}
    assert hashlib.sha256("Grüße: 1text".encode()).hexdigest()[:16] in row["got"]["body"]


@pytest.mark.parametrize(
    ("arguments", "origin"),
    [
        (["http://example.com:81/a"], "http://example.com:81"),
        (["/a", "-H", "host: example.com"], "https://example.com:443"),
    ],
)
def test_compare_takes_the_host_of_the_url_or_of_a_header(echo: Path, arguments: list[str], origin: str) -> None:
    """Only where neither says it, it is one of ours."""
    assert {row["seen"]["origin"] for row in compared("GET", *arguments).values() if row["format"] == "wsgi"} == {
        origin
    }


def test_compare_reads_a_body_from_a_file(echo: Path) -> None:
    """All bytes of it."""
    data = bytes(range(256))
    (echo / "photo.png").write_bytes(data)

    row = compared("POST", "/", "-H", "Content-Type: image/png", "-d", "@photo.png")["wsgi"]

    assert row["got"]["body"] == f"256 bytes, SHA-256 {hashlib.sha256(data).hexdigest()[:16]}"


def test_compare_prints_json_that_every_terminal_takes(echo: Path) -> None:
    """A path may have bytes that are no text."""
    shown = CliRunner().invoke(main, ["compare", "served_app:app", "GET", "/%FF", "--json"])

    assert shown.output.isascii()
    assert json.loads(shown.output)[0]["seen"]["path"] == "/\udcff"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nothing_here:app", "GET", "/"], 1, "there is no module 'nothing_here'"),
        (["served_app:nothing", "GET", "/"], 1, "has no attribute 'nothing'"),
        (["served_app:app", "GET", "/", "-H", "no colon"], 2, "'no colon' is no header: write -H 'Name: value'"),
        (["served_app:app", "GET", "/", "-H", ": value"], 2, "': value' is no header: write -H 'Name: value'"),
        (["served_app:app", "POST", "/", "-d", "@gone"], 2, "cannot read 'gone' (No such file or directory)"),
        (["served_app:app", "GET", "path"], 2, "'path' is no path and no URL: write '/path?query'"),
        (["served_app:app", "GET", "https://[x/"], 2, "'https://[x/' is no URL"),
        (["served_app:app", "GET"], 2, "Missing argument 'URL'"),
    ],
)
def test_compare_says_what_is_wrong(echo: Path, arguments: list[str], code: int, said: str) -> None:
    """One sentence, no traceback."""
    shown = CliRunner().invoke(main, ["compare", *arguments])

    assert (shown.exit_code, type(shown.exception)) == (code, SystemExit)
    assert said in shown.output
