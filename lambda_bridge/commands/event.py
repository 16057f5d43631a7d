"""``lambda-bridge event``: what a cloud would send, for the test page of its console."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from lambda_bridge import formats, websockets
from lambda_bridge.commands.arguments import NameChoice, read_data, read_form, read_request
from lambda_bridge.emulate import takes_json
from lambda_bridge.errors import ConfigurationError, MalformedEvent
from lambda_bridge.triggers import NAMES, samples

if TYPE_CHECKING:
    from lambda_bridge.messages import Request


@click.command("event")
@click.argument(
    "name",
    type=NameChoice("format or source", (*formats.spellings(), *NAMES, *websockets.NAMES)),
    metavar="FORMAT|SOURCE",
)
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
def command(
    name: str,
    method: str | None,
    url: str | None,
    headers: tuple[str, ...],
    data: tuple[str, ...],
    form: tuple[str, ...],
) -> None:
    """Print the event that the cloud of FORMAT sends for a request, to be pasted into its console's test page.

    Or one that is not HTTP: that of SOURCE, with a record for each --data. Where a record is the cloud's own
    account of something, of a file or a mail, the data is laid over a sample. lambda-bridge formats lists
    FORMATs and SOURCEs. Some clouds hand over an object instead of JSON: their events cannot be printed.

    \b
    Examples:
      lambda-bridge event aws_http GET '/search?q=a&q=b'
      lambda-bridge event tencent_apigw POST /upload -H 'Content-Type: image/png' -d @photo.png
      lambda-bridge event aws_rest POST /cards --form to=Ada --form picture=@photo.png
      lambda-bridge event aws.sqs --data '{"order": 7}' --data hello
      lambda-bridge event aws.s3 --data '{"s3": {"object": {"key": "cat.png"}}}'
      lambda-bridge event aws_websocket connect '/?room=7'   # then: message --data hello, disconnect
    """
    if name in websockets.NAMES:
        click.echo(make_socket_text(name, method, url, headers, data, form))
        return
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


def make_event_text(spelling: str, request: Request) -> str:
    """The event of the format *spelling* as indented JSON."""
    name, variant = formats.parse_spelling(spelling)
    if not takes_json(name):
        raise click.ClickException(
            f"an event of {name} is an object in Python, not JSON: use lambda-bridge dev --format {name}, or lambda_bridge.testing"
        )
    try:
        event = formats.load(name).make_event(request, variant)
    except MalformedEvent as error:
        raise click.ClickException(f"{spelling} cannot carry this request: {error}") from error
    return _text(event)


def make_socket_text(
    name: str,
    kind: str | None,
    url: str | None,
    headers: tuple[str, ...],
    data: tuple[str, ...],
    form: tuple[str, ...],
) -> str:
    """The event of a WebSocket as indented JSON; *kind* is ``"connect"``, ``"message"`` or ``"disconnect"``."""
    if kind not in _KINDS:
        raise click.UsageError(f"an event of {name} is one of {', '.join(_KINDS)}: lambda-bridge event {name} message")
    if form or len(data) > 1 or (data and kind != "message") or ((url or headers) and kind != "connect"):
        raise click.UsageError("connect takes a URL and --header, message one --data, disconnect nothing")
    gateway = websockets.load(name)
    push_url = "https://abcdefghij.execute-api.us-east-1.amazonaws.com/prod" if gateway.IS_SIGNED else ""
    message = websockets.Message(kind, "L0SM9cOFvHcCI01=", push_url)
    if kind == "connect":
        message = message._replace(request=read_request("GET", url or "/", headers))
    elif kind == "message":
        sent = read_data("".join(data))
        try:
            message = message._replace(data=sent.decode())
        except UnicodeDecodeError:
            message = message._replace(data=sent)
    else:
        message = message._replace(code=1000)
    return _text(gateway.make_event(message))


_KINDS = ("connect", "message", "disconnect")


def make_trigger_text(source: str, data: list[bytes]) -> str:
    """The event of *source* as indented JSON, with a record for each item of *data*; where that is empty, a sample."""
    if not samples.takes_json(source):
        raise click.ClickException(
            f"an event of {source} is an object in Python, not JSON: use lambda-bridge dev, or lambda_bridge.testing"
        )
    items = [each if samples.carries_text(source) else _read(each) for each in data]
    try:
        event = samples.make_event(source, items or None)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    if isinstance(event, bytes):
        raise click.ClickException(f"an event of {source} that is bytes is no JSON: use lambda_bridge.testing")
    return _text(event)


def _read(data: bytes) -> Any:
    """JSON where it is that, else text; bytes where it is neither."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return data
    try:
        return json.loads(text)
    except (RecursionError, ValueError):
        return text


def _text(event: Any) -> str:
    # With escapes for all but ASCII: pasting into a web page must not depend on the terminal's encoding.
    return json.dumps(event, indent=2)
