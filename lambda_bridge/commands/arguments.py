"""What commands are given on the command line: names of apps, headers, bodies, forms, requests; errors are one line."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from lambda_bridge.errors import ConfigurationError
from lambda_bridge.similar import explain_unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambda_bridge.messages import Request


class NameChoice(click.Choice):  # type: ignore[type-arg]  # click 8.1, the last for Python 3.9, has none
    """One of *names*, which are too many for an error to list."""

    def __init__(self, what: str, names: tuple[str, ...]) -> None:
        super().__init__(names)
        self._what = what

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value not in self.choices:
            self.fail(explain_unknown(value, self._what, self.choices), param, ctx)
        return value


@contextmanager
def from_here(name: str) -> Iterator[None]:
    """Import what *name* says, in the working folder; what goes wrong is told in one line, below their own traceback."""
    from lambda_bridge.gateway.explain import explain

    sys.path.insert(0, os.getcwd())
    try:
        yield
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    except Exception as error:
        click.echo(explain(error), err=True)
        raise click.ClickException(f"{name!r} cannot be imported: {type(error).__name__}, see above") from error


def read_header(line: str) -> tuple[str, str]:
    """``Name: value``."""
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise click.BadParameter(f"{line!r} is no header: write -H 'Name: value'")
    return name.strip(), value.strip()


def read_data(data: str) -> bytes:
    """The bytes of the text, or of the file behind ``@``."""
    if not data.startswith("@"):
        return data.encode("utf-8", "surrogateescape")
    try:
        with open(data[1:], "rb") as file:
            return file.read()
    except OSError as error:
        raise click.BadParameter(f"cannot read {data[1:]!r} ({error.strerror})") from error


def read_form(fields: tuple[str, ...]) -> dict[str, Any]:
    """``name=value`` and ``name=@file`` as the options ``data`` and ``files`` of make_request."""
    data: list[tuple[str, str]] = []
    files: list[tuple[str, tuple[str, bytes]]] = []
    for field in fields:
        name, equals, value = field.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"{field!r} is no field of a form: write --form name=value, or name=@file")
        if value.startswith("@"):
            files.append((name, (os.path.basename(value[1:]), read_data(value))))
        else:
            data.append((name, value))
    return {"data": data, "files": files}


def read_request(method: str, url: str, headers: tuple[str, ...], **body: Any) -> Request:
    """The Request of a client at a documentation address; *body* as make_request takes it."""
    from lambda_bridge.testing import make_request

    pairs = [read_header(line) for line in headers]
    if url.startswith("/") and not any(name.lower() == "host" for name, _ in pairs):
        pairs.append(("Host", "app.localhost"))
    if not url.lower().startswith(("/", "http://", "https://")):
        raise click.BadParameter(f"{url!r} is no path and no URL: write '/path?query'")
    try:
        return make_request(method.upper(), url, headers=pairs, client=("203.0.113.9", 0), **body)
    except ValueError as error:
        raise click.BadParameter(f"{url!r} is no URL ({error})") from error
