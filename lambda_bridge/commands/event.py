"""``lambda-bridge event``: what a cloud would send, for the test page of its console."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from lambda_bridge import formats
from lambda_bridge.emulate import takes_json
from lambda_bridge.errors import ConfigurationError, MalformedEvent
from lambda_bridge.triggers import samples

if TYPE_CHECKING:
    from lambda_bridge.messages import Request


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
