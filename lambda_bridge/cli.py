"""The command ``lambda-bridge``; needs the extra ``[dev]``."""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from typing import IO, TYPE_CHECKING, Any

from lambda_bridge import __version__, formats
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.triggers import NAMES

if TYPE_CHECKING:
    from lambda_bridge.gateway.server import Gateway
    from lambda_bridge.handler import Handler

try:
    import click
except ModuleNotFoundError as missing:
    message = "lambda-bridge needs its extra: pip install 'lambda-bridge[dev]'"
    raise SystemExit(message) from missing


@click.group()
@click.version_option(__version__, prog_name="lambda-bridge")
@click.pass_context
def main(context: click.Context) -> None:
    """Run a Python web app as a cloud function, on this machine.

    \b
    Examples:
      lambda-bridge dev myapp:app --format aws_http
      lambda-bridge event aws_http GET / | lambda-bridge invoke function:handler -
      lambda-bridge COMMAND --help

    \b
    Completion of commands, options and formats, in bash (or zsh_source, fish_source):
      eval "$(_LAMBDA_BRIDGE_COMPLETE=bash_source lambda-bridge)"
    """
    # https://no-color.org; where the output is no terminal, click leaves colours out itself.
    if os.environ.get("NO_COLOR"):
        context.color = False


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
def dev(
    app: str,
    format_name: str,
    port: int,
    stage: str,
    base_path: str | None,
    events: str | None,
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

    \b
    Examples:
      lambda-bridge dev myapp:app
      lambda-bridge dev myapp:app --format tencent_url --port 9000
      lambda-bridge dev function:handler --format aws_alb:multi
      lambda-bridge dev myapp:app --stage dev --instances 3 --timeout 5 --memory 256
      lambda-bridge dev myapp:app --events /events  # queues and timers too
      lambda-bridge dev myapp:app --instances 0     # for breakpoint()
    """
    from werkzeug.serving import is_running_from_reloader

    from lambda_bridge.gateway.function import explain
    from lambda_bridge.gateway.server import Gateway

    if not is_running_from_reloader():
        _check_port(port)
    sys.path.insert(0, os.getcwd())
    options = {"base_path": base_path, "events": events}
    # Instances are started again one by one; a process that serves by itself is, as a whole, by one that watches.
    watches = reload and not instances and not is_running_from_reloader()
    gateway = None
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
    try:
        _serve(gateway, format_name, port, reload and not instances)
    finally:
        if gateway is not None:
            gateway.close()


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
    from lambda_bridge.commands.sources import from_here, read_data, read_request
    from lambda_bridge.compare import compare as compare_formats

    request = read_request(method, url, headers, body=read_data(data))
    with from_here(app):
        rows = compare_formats(app, request)
    if as_json:
        # With escapes for all but ASCII: a path may have bytes that are no text.
        click.echo(json.dumps([row._asdict() for row in rows], indent=2))
        return
    width = max(len(row.format) for row in rows)
    for row in rows:
        status = row.got.get("status", "-")
        differences = row.differences or (["the measure of the others"] if row is rows[0] else ["the same"])
        click.echo(f"{row.format:{width}}  {status!s:>3}  {differences[0]}")
        for difference in differences[1:]:
            click.echo(f"{'':{width}}       {difference}")


@main.command()
@click.argument("app", metavar="MODULE:HANDLER")
@click.argument("event", type=click.File("rb"), metavar="EVENT.json|-")
@click.option("--events", metavar="PATH", help="The app's route for events that are not HTTP, as make_handler has it.")
@click.option(
    "--source",
    type=click.Choice([name for name in NAMES if name.endswith(".invoke")]),
    help="Whose direct invocation it is: its event is whatever the caller likes, and says nothing.",
)
@click.option("--raw", is_flag=True, help="Print the body of the response alone, byte for byte.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, for machines.")
def invoke(app: str, event: IO[bytes], events: str | None, source: str | None, raw: bool, as_json: bool) -> None:
    """Call MODULE:HANDLER with one event, and show the result and what the client gets of it.

    HANDLER is what make_handler returned; a WSGI or ASGI app gets one. The event is a file of JSON, or - for
    standard input; which cloud it is of, it says itself. The exit status is 1 when the invocation
    failed: the event is of no format, the handler raised, the gateway would refuse the result, or a
    record of an event that is not HTTP has failed.

    \b
    Examples:
      lambda-bridge invoke function:handler event.json
      lambda-bridge event aws_http GET /card.png | lambda-bridge invoke function:handler - --raw > card.png
      lambda-bridge invoke function:handler event.json --json
      lambda-bridge event aws.sqs | lambda-bridge invoke myapp:app - --events /events
      lambda-bridge invoke function:handler payload.json --source aws.invoke
    """
    from lambda_bridge.commands.invoke import invoke, show, to_json

    if raw and as_json:
        raise click.UsageError("--raw and --json are two ways to print: choose one")
    try:
        parsed = json.loads(event.read())
    except ValueError as error:
        name = getattr(event, "name", "<stdin>")
        raise click.BadParameter(f"{name!r} is no JSON ({error})") from error
    invocation = invoke(app, parsed, events, source)
    if as_json:
        click.echo(to_json(invocation))
    elif raw:
        click.echo(invocation.response.body if invocation.response else b"", nl=False)
    else:
        show(invocation)
    if invocation.problem is not None:
        if invocation.details:
            click.echo(invocation.details, err=True)
        raise click.ClickException(f"the invocation failed: {invocation.problem}")


@main.command()
@click.argument("name", type=click.Choice((*formats.spellings(), *NAMES)), metavar="FORMAT|SOURCE")
@click.argument("method", required=False)
@click.argument("url", required=False)
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A request header; repeatable.")
@click.option(
    "-d",
    "--data",
    multiple=True,
    help="The request body, or the data of a record of SOURCE, repeatable; @FILE reads one.",
)
@click.option(
    "--form", multiple=True, metavar="NAME=VALUE", help="A field of a form; NAME=@FILE sends one; repeatable."
)
def event(
    name: str,
    method: str | None,
    url: str | None,
    headers: tuple[str, ...],
    data: tuple[str, ...],
    form: tuple[str, ...],
) -> None:
    """Print the event that the cloud of FORMAT sends for a request, to be pasted into its console's test page.

    Or one that is not HTTP: that of SOURCE, with a record for each --data. What the cloud tells itself,
    of a file or a mail, is laid over a sample. lambda-bridge formats lists FORMATs and SOURCEs. Some clouds
    hand over an object instead of JSON: of those there is none to be printed.

    \b
    Examples:
      lambda-bridge event aws_http GET '/search?q=a&q=b'
      lambda-bridge event tencent_apigw POST /upload -H 'Content-Type: image/png' -d @photo.png
      lambda-bridge event aws_rest POST /cards --form to=Ada --form picture=@photo.png
      lambda-bridge event aws.sqs --data '{"order": 7}' --data hello
      lambda-bridge event aws.s3 --data '{"s3": {"object": {"key": "cat.png"}}}'
    """
    from lambda_bridge.commands.event import make_event_text, make_trigger_text
    from lambda_bridge.commands.sources import read_data, read_form, read_request

    if name in NAMES:
        if method or headers or form:
            raise click.UsageError(f"an event of {name} is no HTTP request: it takes --data only")
        click.echo(make_trigger_text(name, [read_data(each) for each in data]))
        return
    if method is None or url is None:
        raise click.UsageError(f"an event of {name} is of a request: write lambda-bridge event {name} METHOD URL")
    if data and form:
        raise click.UsageError("--data and --form are two bodies: choose one")
    if len(data) > 1:
        raise click.UsageError("a request has one body: give --data once")
    body = read_form(form) if form else {"body": read_data("".join(data))}
    click.echo(make_event_text(name, read_request(method, url, headers, **body)))


@main.command("formats")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON, with links to the clouds' own pages.")
def list_formats(as_json: bool) -> None:
    """List every format and every source of events that are not HTTP.

    Of formats: what their events are, and whether their clouds send a response on in parts. Of sources: what the
    cloud sends again when a record fails, that record or the whole event.

    \b
    Examples:
      lambda-bridge formats
      lambda-bridge formats --json
    """
    from lambda_bridge.commands.table import as_text, rows, source_rows

    tables = {"formats": rows(), "sources": source_rows()}
    click.echo(json.dumps(tables, indent=2, ensure_ascii=False) if as_json else as_text())


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


def _serve(gateway: Gateway | None, format_name: str, port: int, reload: bool) -> None:
    """Until Ctrl-C; with *reload*, in a process of its own, which is replaced whenever a file changes."""
    import logging

    from werkzeug.serving import is_running_from_reloader, make_server, run_simple

    from lambda_bridge.gateway.server import RequestHandler

    # werkzeug's own lines: a warning about development servers, and one for each request.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    application: Any = gateway
    if not reload:
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
