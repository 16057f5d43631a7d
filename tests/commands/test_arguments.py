"""What commands are given on the command line."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from lambda_bridge.commands.arguments import from_here, read_data, read_form, read_header, read_request
from lambda_bridge.errors import ConfigurationError


@pytest.mark.parametrize(
    ("line", "header"), [("A: b", ("A", "b")), ("A:b:c", ("A", "b:c")), (" A :  b ", ("A", "b")), ("A:", ("A", ""))]
)
def test_headers(line: str, header: tuple[str, str]) -> None:
    """Name and value without the space around them."""
    assert header == read_header(line)


def test_data(tmp_path: Path) -> None:
    """Text, or a file."""
    (tmp_path / "file").write_bytes(b"\xff")

    assert (read_data(""), read_data("é"), read_data(f"@{tmp_path / 'file'}")) == (b"", "é".encode(), b"\xff")


def test_forms(tmp_path: Path) -> None:
    """Fields and files, in order, repeats kept; of a file's path the name alone."""
    path = tmp_path / "@a b.txt"
    path.write_bytes(b"x")

    assert read_form(("a=1", "a=2=3", f"b=@{path}")) == {
        "data": [("a", "1"), ("a", "2=3")],
        "files": [("b", ("@a b.txt", b"x"))],
    }


def test_requests() -> None:
    """Of a client at a documentation address, for a host of ours where none is named."""
    request = read_request("get", "/a", (), body=b"x")

    assert (request.method, request.server, request.client) == ("GET", ("app.localhost", 443), ("203.0.113.9", 0))
    assert read_request("GET", "HTTP://example.com:81/", ()).server == ("example.com", 81)
    assert read_request("GET", "/", ("Host: example.com",)).server == ("example.com", 443)
    with pytest.raises(click.BadParameter):
        read_request("GET", "https://[x/", ())


def test_errors_while_importing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence of ours; below their own traceback where it is their code that fails."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", [])
    with pytest.raises(click.ClickException, match="what to do"), from_here("a:b"):
        raise ConfigurationError("what to do")
    assert capsys.readouterr().err == ""
    with pytest.raises(click.ClickException, match="'a:b' cannot be imported: ZeroDivisionError"), from_here("a:b"):
        assert 1 / 0
    assert "ZeroDivisionError: division by zero" in capsys.readouterr().err
    with from_here("a:b"):
        import sys

        assert sys.path[0] == str(tmp_path)
