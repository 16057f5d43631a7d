"""``lambda-bridge formats``: the table of formats."""

from __future__ import annotations

from typing import Any

from lambda_bridge import formats
from lambda_bridge.emulate import takes_json
from lambda_bridge.testing import missing_package


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
                "missing_package": missing_package(spelling),
                "docs": module.DOCS,
            }
        )
    return found


def as_text() -> str:
    """The table, one format a line, with columns as wide as they need to be."""
    lines = [("format", "event", "streams", "what it is")]
    for row in rows():
        title = row["title"] + (f" ({row['variant']})" if ":" in row["format"] else "")
        title += f"; needs the package {row['missing_package']}" if row["missing_package"] else ""
        lines.append((row["format"], row["event"], "yes" if row["streams"] else "no", title))
    widths = [max(len(line[column]) for line in lines) for column in range(3)]
    return "\n".join("  ".join([*(cell.ljust(width) for cell, width in zip(line, widths)), line[3]]) for line in lines)
