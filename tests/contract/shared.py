"""What the tests of several sides of the contract look at formats with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from lambda_bridge import formats
from lambda_bridge.recognize import TABLE, recognize
from tests.builders import SAMPLES, event_of, read_sample, sample_paths
from tests.checkers import see_environ, see_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambda_bridge.formats import Format

EVERY_BYTE = bytes(range(256))
EVERY_VERSION = ("1.0", "1.1", "2")
OURS = sample_paths()
# Those of triggers too, where the event is a dict.
OTHERS = [
    path
    for path in [*sample_paths("others"), *sorted(SAMPLES.glob("triggers/*/*.json"))]
    if path.read_text(encoding="utf-8")[0] == "{"
]


def load(spelling: str) -> tuple[Format, str | None]:
    name, variant = formats.parse_spelling(spelling)
    return formats.load(name), variant


def wire(value: Any) -> Any:
    """*value* after a journey as JSON; objects of a platform make none."""
    try:
        return json.loads(json.dumps(value))
    except TypeError:
        return value


def see_environ_of(spelling: str, event: Any, context: Any = None, **options: Any) -> dict[str, Any]:
    return see_environ(event, context, format_name=spelling.partition(":")[0], **options)


def see_scope_of(spelling: str, event: Any, context: Any = None, **options: Any) -> dict[str, Any]:
    return see_scope(event, context, format_name=spelling.partition(":")[0], **options)


def context_of(event: dict[str, Any]) -> dict[str, Any]:
    about = event.get("requestContext")
    return about if isinstance(about, dict) else {}


def claimants(event: Any) -> list[str]:
    """Every format that claims *event*."""
    if not isinstance(event, dict):
        name, _, _ = (
            recognize((event,), {}) if not isinstance(event, tuple) else recognize(event[:1], {"data": event[1]})
        )
        return [name]
    return [name for name, holds in TABLE if holds(event, context_of(event))]


def sample_of(path: Path) -> Any:
    """The event that a sample describes."""
    return event_of(path.parent.name, read_sample(path))


def hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def cookies_of(spelling: str, headers: Iterable[tuple[str, str]]) -> list[str]:
    """The cookies as they are; from Azure's host, which writes them anew, names and values in any order."""
    cookies = [value for name, value in headers if name == "set-cookie"]
    return sorted(unquote(cookie.partition(";")[0]) for cookie in cookies) if spelling == "azure" else cookies
