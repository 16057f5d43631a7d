"""``lambda-bridge formats``: the tables of formats, of gateways of WebSockets, and of sources of events that are not HTTP."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Optional

import click

from lambda_bridge import formats, websockets
from lambda_bridge.emulate import takes_json
from lambda_bridge.triggers import samples, table

if TYPE_CHECKING:
    from lambda_bridge.triggers import Source


@click.command("formats")
@click.option("--json", "as_json", is_flag=True, help="Print the table as JSON, with links to the clouds' own pages.")
def command(as_json: bool) -> None:
    """List every format, every gateway of WebSockets, and every source of events that are not HTTP.

    Of formats: what their events are, and whether their clouds send a response on in parts. Of gateways: how large a
    message may be. Of sources: what the cloud sends again when a record fails, that record or the whole event.

    \b
    Examples:
      lambda-bridge formats
      lambda-bridge formats --json
    """
    tables = {"formats": rows(), "websockets": gateway_rows(), "sources": source_rows()}
    click.echo(json.dumps(tables, indent=2, ensure_ascii=False) if as_json else as_text())


def rows() -> list[dict[str, Any]]:
    """One for each spelling, with all that a format says of itself."""
    found = []
    for spelling in formats.spellings():
        name, variant = formats.parse_spelling(spelling)
        module = formats.load(name)
        found.append(
            {
                "format": spelling,
                "title": module.TITLE,
                "variant": variant or next(iter(module.VARIANTS), None),
                "event": "JSON" if takes_json(name) else "object",
                "streams": module.STREAMS,
                "missing_package": formats.missing_package(spelling),
                "docs": module.DOCS,
            }
        )
    return found


def gateway_rows() -> list[dict[str, Any]]:
    """One for each gateway that calls the function for each message of a WebSocket; sizes are in bytes."""
    gateways = [websockets.load(name) for name in websockets.MODULES]
    return [
        {
            "websocket": gateway.NAME,
            "title": gateway.TITLE,
            "event": "JSON",
            "max_message": gateway.MAX_MESSAGE,
            "max_frame": gateway.MAX_FRAME,
            "docs": gateway.DOCS,
        }
        for gateway in gateways
    ]


def source_rows() -> list[dict[str, Any]]:
    """One for each source."""
    return [
        {
            "source": source.name,
            "title": source.title,
            "event": "JSON" if samples.takes_json(source.name) else "object",
            "sent_again": _sent_again(source),
            "missing_package": samples.missing_package(source.name),
            "docs": source.docs,
        }
        for source in table()
    ]


def _sent_again(source: Source) -> Optional[str]:
    """What of it, when a record has failed; None where somebody waits for the answer instead."""
    if source.by_context is not None or not source.routed:
        return None
    return "whole event" if source.failed is None else "failed records"


def as_text() -> str:
    """The tables, one format, gateway or source a line, with columns as wide as they need to be."""
    lines = [("format", "event", "streams", "what it is")]
    for row in rows():
        title = row["title"] + (f" ({row['variant']})" if ":" in row["format"] else "")
        title += f"; needs the package {row['missing_package']}" if row["missing_package"] else ""
        lines.append((row["format"], row["event"], "yes" if row["streams"] else "no", title))
    gateways = [("websocket", "event", "messages", "what it is")]
    for row in gateway_rows():
        size = f"{row['max_message'] // 1024} KB" if row["max_message"] else "-"
        gateways.append((row["websocket"], row["event"], size, row["title"]))
    sources = [("source", "event", "sent again", "what it is")]
    for row in source_rows():
        title = row["title"] + (f"; needs the package {row['missing_package']}" if row["missing_package"] else "")
        sources.append((row["source"], row["event"], row["sent_again"] or "-", title))
    return "\n\n".join(_align(table) for table in (lines, gateways, sources))


def _align(lines: list[tuple[str, str, str, str]]) -> str:
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    return "\n".join("  ".join([*(cell.ljust(width) for cell, width in zip(line, widths)), line[3]]) for line in lines)
