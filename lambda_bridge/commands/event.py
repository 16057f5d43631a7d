"""``lambda-bridge event``: what a cloud would send for a request, for the test page of its console."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from lambda_bridge import formats
from lambda_bridge.emulate import takes_json
from lambda_bridge.errors import MalformedEvent

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
    # With escapes for all but ASCII: pasting into a web page must not depend on the terminal's encoding.
    return json.dumps(event, indent=2)
