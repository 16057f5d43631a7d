"""``lambda-bridge dev``: an app behind an emulated cloud gateway, on loopback."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import click

from lambda_bridge import formats
from lambda_bridge.commands.arguments import NameChoice
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from lambda_bridge.gateway.server import Gateway


@click.command("dev")
@click.argument("app", metavar="MODULE:APP")
@click.option(
    "--format",
    "format_name",
    type=NameChoice("format", formats.spellings()),
    default="aws_http",
    show_default=True,
    metavar="FORMAT",
    help=f"The cloud's gateway to play: {', '.join(formats.spellings())}.",
)
@click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="The port on 127.0.0.1.")
@click.option(
    "--stage", default="", metavar="NAME", help="Serve below /NAME, as the default domains of gateways with stages do."
)
@click.option("--base-path", metavar="PATH", help="The app's mount prefix, as the option base_path of make_handler.")
@click.option(
    "--events",
    metavar="PATH",
    help="The app's route for events that are not HTTP, as the option events of make_handler; the console sends them.",
)
@click.option(
    "--websocket-path",
    metavar="PATH",
    help="The path of WebSockets for the app, as the option websocket_path of make_handler: AWS's URLs have none.",
)
@click.option(
    "--instances",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="Processes that serve a call each at a time; 0: this process, so that breakpoint() works.",
)
@click.option("--memory", type=click.IntRange(1), metavar="MB", help="What an instance may use; more ends it.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="What a call may take; more ends the instance. Default: as long as the cloud's gateway waits.",
)
@click.option("--reload/--no-reload", default=True, show_default=True, help="Start again when a source file changes.")
@click.option("--console/--no-console", default=True, show_default=True, help="The web console at /_bridge/.")
def command(
    app: str,
    format_name: str,
    port: int,
    stage: str,
    base_path: str | None,
    events: str | None,
    websocket_path: str | None,
    instances: int,
    memory: int | None,
    timeout: float | None,
    reload: bool,
    console: bool,
) -> None:
    """Serve MODULE:APP behind an emulated cloud gateway, on loopback only.

    APP is a WSGI or ASGI app, or a handler from make_handler. Every request becomes the event that
    the cloud would send, and every result is read as the cloud would read it. Each instance is a
    process that serves one call at a time; one that crashes or takes too long is replaced.

    A WebSocket becomes the events of AWS's, or Tencent's, WebSocket API: one for its handshake, one for
    each message, one for its end. Several instances get them in turn.

    \b
    Examples:
      lambda-bridge dev myapp:app
      lambda-bridge dev myapp:app --format tencent_url --port 9000
      lambda-bridge dev function:handler --format aws_alb:multi
      lambda-bridge dev myapp:app --stage dev --instances 3 --timeout 5 --memory 256
      lambda-bridge dev myapp:app --events /events  # queues and timers too
      lambda-bridge dev myapp:app --websocket-path /chat --instances 3
      lambda-bridge dev myapp:app --instances 0     # for breakpoint()
    """
    from werkzeug.serving import is_running_from_reloader

    from lambda_bridge.gateway.explain import explain
    from lambda_bridge.gateway.server import Gateway

    if not is_running_from_reloader():
        _check_port(port)
    sys.path.insert(0, os.getcwd())
    options = {"base_path": base_path, "events": events, "websocket_path": websocket_path}
    # Instances are started again one by one; a process that serves by itself is, as a whole, by one that watches.
    watches = reload and not instances and not is_running_from_reloader()
    gateway = None
    try:
        try:
            if not watches:
                gateway = Gateway(
                    app,
                    format_name,
                    click.echo,
                    instances=instances,
                    stage=stage,
                    options={name: value for name, value in options.items() if value is not None},
                    timeout=timeout,
                    memory=memory,
                    reload=reload,
                    console=console,
                )
                gateway.instances.check()
        except ConfigurationError as error:
            raise click.ClickException(str(error)) from error
        except Exception as error:  # of the module, which this process has imported
            raise click.ClickException(f"{app} cannot be imported\n{explain(error)}") from error
        _serve(gateway, format_name, port, reload and not instances)
    finally:
        if gateway is not None:
            gateway.close()


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


def _serve(gateway: Gateway | None, format_name: str, port: int, reload: bool) -> None:
    """Until Ctrl-C; with *reload*, in a process of its own, which is replaced whenever a file changes."""
    import logging

    from werkzeug.serving import is_running_from_reloader, make_server, run_simple

    from lambda_bridge.gateway.wire import RequestHandler

    # werkzeug's own lines: a warning about development servers, and one for each request.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application: Any = gateway
    if not reload:
        # What process managers send ends it in order too; with a reloader werkzeug sees to that.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        server = make_server("127.0.0.1", port, application, threaded=True, request_handler=RequestHandler)
        _announce(gateway, format_name, port)
        server.serve_forever()
        return
    if is_running_from_reloader():
        _announce(gateway, format_name, port)  # the other process listens already
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    run_simple("127.0.0.1", port, application, use_reloader=True, threaded=True, request_handler=RequestHandler)


def _announce(gateway: Any, format_name: str, port: int) -> None:
    name, _ = formats.parse_spelling(format_name)
    url = f"http://127.0.0.1:{port}"
    below = f"{gateway.stage}/" if gateway.stage else ""
    console = f", console: {url}/_bridge/" if gateway.console is not None else ""
    click.echo(f"{formats.load(name).TITLE}: {url}/{below}{console}  (Ctrl-C ends)")


def _end_with(parent: int) -> None:
    """End this process when the one that watches files has gone without a word."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)
