"""The command ``lambda-bridge``; needs the extra ``[dev]``."""

from __future__ import annotations

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
