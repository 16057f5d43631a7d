"""``lambda-bridge invoke``: one event of a file to a handler, and what the client would get of the result."""

from __future__ import annotations

import json
from base64 import b64encode
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Optional

import click

from lambda_bridge import formats, outcome, websockets
from lambda_bridge.commands.arguments import from_here
from lambda_bridge.commands.conversation import Sent, converse
from lambda_bridge.emulate import Platform, takes_json
from lambda_bridge.errors import BridgeError, EventError, RefusedResult
from lambda_bridge.gateway.contexts import make_context, told
from lambda_bridge.gateway.explain import explain
from lambda_bridge.gateway.function import MEMORY, load_handler
from lambda_bridge.gateway.limits import LONGEST
from lambda_bridge.recognize import recognize
from lambda_bridge.triggers import NAMES, find, load_source, samples

if TYPE_CHECKING:
    from lambda_bridge.handler import Handler
    from lambda_bridge.messages import Response
    from lambda_bridge.websockets import Gateway


@click.command("invoke")
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
def command(app: str, event: IO[bytes], events: str | None, source: str | None, raw: bool, as_json: bool) -> None:
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
      lambda-bridge event aws_websocket message --data hello | lambda-bridge invoke function:handler -
    """
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


class Invocation(NamedTuple):
    """What has become of an event."""

    format: str = ""
    """Of the event, or its source where it is not HTTP; empty where none claims it."""
    result: Any = None
    response: Optional[Response] = None
    """None where there is no result, or one that the platform refuses, or nobody who waits for a response."""
    failures: tuple[int, ...] = ()
    """Which records of an event that is not HTTP have failed, from 0."""
    problem: Optional[str] = None
    """Why the invocation failed, in one line."""
    details: str = ""
    """Their own traceback, where there is one."""
    sent: tuple[Sent, ...] = ()
    """What the app has sent to clients of WebSockets."""


def invoke(app: str, event: Any, events: Optional[str] = None, source: Optional[str] = None) -> Invocation:
    """Call the handler that *app* names, or one for the app that it names, as the event's platform does.

    *events* is the app's route for events that are not HTTP; *source* is that of a direct invocation.
    """
    with from_here(app):
        handler = load_handler(app, {} if events is None else {"events": events})
    try:
        return _invoke(handler, event) if source is None else _deliver(handler, event, source)
    finally:
        handler.close()


def _invoke(handler: Handler, event: Any) -> Invocation:
    """What becomes of an event that says itself of which cloud it is."""
    try:
        name, event, _ = recognize((event, None), {})
    except EventError as error:
        gateway = websockets.find(event)
        if gateway is not None:
            return _converse(handler, event, gateway)
        source = find(event)
        if source is None:
            return Invocation(problem=f"{error}; of a direct invocation, say whose it is: --source aws.invoke")
        return _deliver(handler, event, source.name)
    if not takes_json(name):
        return Invocation(name, problem=f"an event of {name} is an object in Python, which no file holds")
    platform = Platform(handler, name)
    result = None
    try:
        with told(name, LONGEST):
            result = platform.invoke(event, make_context(name, LONGEST, MEMORY))
        return Invocation(name, result, platform.format.read_result(result))
    except RefusedResult as error:
        return Invocation(name, result, problem=f"{name} refuses the result: {error}")
    except (Exception, SystemExit) as error:  # whatever the app raises ends an invocation
        return _failed(name, error)
    finally:
        platform.close()


def _deliver(handler: Handler, event: Any, name: str) -> Invocation:
    """The same for an event of the source *name*."""
    found = find(event, samples.make_context(name))
    if found is None or found.name != name:
        return Invocation(name, problem=f"the event is none of {name}: without --source, it may say what it is")
    platform = Platform(handler, outcome.format_for(name))
    try:
        with told(name, LONGEST):
            done = outcome.invoke(platform, name, event, make_context(name, LONGEST, MEMORY))
    except (BridgeError, SystemExit) as error:
        return _failed(name, error)
    finally:
        platform.close()
    if done.error is not None:
        return _failed(name, done.error)._replace(failures=tuple(done.failures))
    problem = None
    if done.failures:
        numbers = ", ".join(str(index + 1) for index in done.failures)
        problem = f"not all records of the event are done: the platform sends number {numbers} again"
    return Invocation(name, done.result, failures=tuple(done.failures), problem=problem)


def _converse(handler: Handler, event: Any, gateway: Gateway) -> Invocation:
    """The same for an event of a WebSocket; what the app sends is shown, and goes to nobody."""
    name = gateway.NAME
    context = make_context(name, LONGEST, MEMORY)
    try:
        result, sent = converse(handler, event, gateway, context)
        response = gateway.read_result(result)
        # Of other events a client sees no response.
        is_seen = gateway.read_event(event).kind == "connect"
    except RefusedResult as error:
        return Invocation(name, problem=f"{name} refuses the result: {error}")
    except (Exception, SystemExit) as error:  # whatever the app raises ends an invocation
        return _failed(name, error)
    problem = None if is_seen or response.status < 300 else f"the function answers with {response.status}, see above"
    return Invocation(name, result, response if is_seen else None, problem=problem, sent=tuple(sent))


def _failed(name: str, error: BaseException) -> Invocation:
    if isinstance(error, BridgeError):
        return Invocation(name, problem=str(error))
    return Invocation(name, problem=f"the handler raised {type(error).__name__}", details=explain(error))


def _title(name: str) -> str:
    if name in websockets.NAMES:
        return websockets.load(name).TITLE
    if name in NAMES:
        return load_source(name).title
    return formats.load(name).TITLE


def show(invocation: Invocation) -> None:
    """Print the result, and the response as the client gets it."""
    if invocation.format:
        click.secho(f"{invocation.format}: {_title(invocation.format)}", dim=True)
    if invocation.result is not None:
        click.echo("\n" + _printable(json.dumps(invocation.result, indent=2, ensure_ascii=False)))
    for sent in invocation.sent:
        click.echo(f"\n{click.style(f'to {sent.connection}', fg='cyan')}: {_printable(sent.text())}")
    response = invocation.response
    if response is None:
        return
    click.echo("\n" + click.style(_status_line(response.status), fg="green" if response.status < 400 else "red"))
    for name, value in response.headers:
        click.echo(f"{click.style(name, fg='cyan')}: {_printable(value)}")
    if response.body:
        try:
            text = response.body.decode()
        except UnicodeDecodeError:
            text = f"({len(response.body)} bytes that are no text: --raw prints them)"
        click.echo("\n" + _printable(text))


def to_json(invocation: Invocation) -> str:
    """All of it for machines; a body that is no text in base64."""
    response: Optional[dict[str, Any]] = None
    if invocation.response is not None:
        response = {"status": invocation.response.status, "headers": invocation.response.headers}
        try:
            response["body"] = invocation.response.body.decode()
        except UnicodeDecodeError:
            response["body_base64"] = b64encode(invocation.response.body).decode()
    parts = {"format": invocation.format or None, "result": invocation.result, "response": response}
    if invocation.format in NAMES:
        parts["failures"] = list(invocation.failures)
    if invocation.format in websockets.NAMES:
        parts["sent"] = [{"connection": sent.connection, "text": sent.text()} for sent in invocation.sent]
    return json.dumps({**parts, "problem": invocation.problem}, indent=2)


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _printable(text: str) -> str:
    """With escapes for what no terminal takes."""
    return text.encode("utf-8", "backslashreplace").decode()
