"""The command ``lambda-bridge``; needs the extra ``[dev]``."""

from __future__ import annotations

import json
import os
import socket
import sys
from typing import TYPE_CHECKING, Any

from lambda_bridge import __version__, formats
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from lambda_bridge.handler import Handler

try:
    import click
except ModuleNotFoundError as missing:
    message = "lambda-bridge needs its extra: pip install 'lambda-bridge[dev]'"
    raise SystemExit(message) from missing


@click.group()
@click.version_option(__version__, prog_name="lambda-bridge")
def main() -> None:
    """Run a Python web app as a cloud function, on this machine."""


@main.command()
@click.argument("app", metavar="MODULE:APP")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(formats.spellings()),
    default="aws_http",
    show_default=True,
    metavar="FORMAT",
    help=f"The cloud's gateway to play: {', '.join(formats.spellings())}.",
)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port on 127.0.0.1.")
@click.option("--reload/--no-reload", default=True, show_default=True, help="Start again when a source file changes.")
def dev(app: str, format_name: str, port: int, reload: bool) -> None:
    """Serve MODULE:APP behind an emulated cloud gateway, on loopback only.

    APP is a WSGI or ASGI app, or a handler from make_handler. Every request becomes the event that
    the cloud would send, and every result is read as the cloud would read it.

    \b
    Examples:
      lambda-bridge dev myapp:app
      lambda-bridge dev myapp:app --format tencent_url --port 9000
      lambda-bridge dev function:handler --format aws_alb:multi
    """
    from werkzeug.serving import is_running_from_reloader

    if not is_running_from_reloader():
        _check_port(port)
    # In the process that only watches files, the app is not imported.
    handler = _load(app) if is_running_from_reloader() or not reload else None
    _serve(handler, format_name, port, reload)


@main.command()
@click.argument("app", metavar="MODULE:APP")
@click.argument("method")
@click.argument("url")
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A request header; repeatable.")
@click.option("-d", "--data", default="", help="The request body; @FILE reads one.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, for machines.")
def compare(app: str, method: str, url: str, headers: tuple[str, ...], data: str, as_json: bool) -> None:
    """Send one request to MODULE:APP through every cloud's format, and show where a cloud differs.

    The first row is a server that speaks the app's own interface, WSGI or ASGI: it loses nothing.

    \b
    Examples:
      lambda-bridge compare myapp:app GET '/search?q=a&q=b'
      lambda-bridge compare myapp:app POST /upload -H 'Content-Type: image/png' -d @photo.png
      lambda-bridge compare myapp:app GET / --json
    """
    from lambda_bridge.compare import compare as compare_formats
    from lambda_bridge.testing import make_request

    pairs = [_read_header(line) for line in headers]
    if url.startswith("/") and not any(name.lower() == "host" for name, _ in pairs):
        pairs.append(("Host", "app.localhost"))
    request = make_request(method.upper(), url, headers=pairs, body=_read_data(data), client=("203.0.113.9", 0))
    sys.path.insert(0, os.getcwd())
    try:
        rows = compare_formats(app, request)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps([row._asdict() for row in rows], indent=2, ensure_ascii=False))
        return
    width = max(len(row.format) for row in rows)
    for row in rows:
        status = row.got.get("status", "-")
        differences = row.differences or (["the measure of the others"] if row is rows[0] else ["the same"])
        click.echo(f"{row.format:{width}}  {status!s:>3}  {differences[0]}")
        for difference in differences[1:]:
            click.echo(f"{'':{width}}       {difference}")


def _read_header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise click.BadParameter(f"{line!r} is no header: write -H 'Name: value'")
    return name.strip(), value.strip()


def _read_data(data: str) -> bytes:
    if not data.startswith("@"):
        return data.encode()
    try:
        with open(data[1:], "rb") as file:
            return file.read()
    except OSError as error:
        raise click.BadParameter(f"cannot read {data[1:]!r} ({error.strerror})") from error


def _load(name: str) -> Handler:
    """The handler that *name* is, or one for the app that it is; errors are one line."""
    from lambda_bridge.apps import import_app
    from lambda_bridge.handler import make_handler

    sys.path.insert(0, os.getcwd())
    try:
        found = import_app(name)
        return found if hasattr(found, "aio") else make_handler(found)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            with socket.socket() as other:
                other.bind(("127.0.0.1", 0))
                free = other.getsockname()[1]
            raise click.ClickException(f"port {port} is busy ({error.strerror}): try --port {free}") from error


def _serve(handler: Any, format_name: str, port: int, reload: bool) -> None:
    import logging

    from werkzeug.serving import run_simple

    from lambda_bridge.gateway.server import Gateway, RequestHandler

    # werkzeug's own lines: a warning about development servers, and one for each request.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    name, _ = formats.parse_spelling(format_name)
    if handler is not None:
        click.echo(f"{formats.load(name).TITLE}: http://127.0.0.1:{port}/  (Ctrl-C ends)")
    try:
        run_simple(
            "127.0.0.1",
            port,
            Gateway(handler, format_name, click.echo),
            use_reloader=reload,
            threaded=True,
            request_handler=RequestHandler,
        )
    finally:
        if handler is not None:
            handler.close()
