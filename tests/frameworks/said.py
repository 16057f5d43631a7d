"""What the apps of all frameworks say alike."""

from __future__ import annotations

from typing import Any

EVERY_BYTE = bytes(range(256))
BINARY = "application/octet-stream"
# A date has a comma, at which a joined header would be cut.
EXPIRES = "Wed, 21 Oct 2026 07:28:00 GMT"
REASON = "the reason"
PARTS = ["0 ", "1 ", "2 "]


def seen(name: str, query: list[str], agent: str | None, client: str | None, url: str) -> dict[str, Any]:
    """What the page /hello/NAME tells: a path parameter, every value of ``q``, a header, the client, the whole URL."""
    return {"name": name, "q": query, "agent": agent, "client": client, "url": url}


def form(title: str, tags: list[str]) -> dict[str, Any]:
    """What the page /form tells of its fields."""
    return {"title": title, "tags": tags}
