"""Events that are not HTTP, each with what the app must see of it and what the platform must hear: stated once.

What an event is on the wire differs from platform to platform, so each cloud has a module of its
own, with its ``CASES``. All four forms of the app get all of them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from tests.real.apps import said

if TYPE_CHECKING:
    from tests.real.stage import Stage


class Seen(NamedTuple):
    """One request to the app's route for events."""

    source: str
    """What ``lambda_bridge.format`` must say."""
    headers: Mapping[str, str]
    """All attributes but specversion, without ``ce-``, and ``content-type``; `ANY` for a value that nobody knows beforehand."""
    data: Any
    """The body: bytes as they are, anything else as JSON."""


class Told(NamedTuple):
    """What the platform hears of an invocation: a failure, or the result."""

    has_failed: bool = False
    result: Any = None


class EventCase(NamedTuple):
    """One event, sent once."""

    name: str
    event: Any
    """What the platform's software is sent, in a form of the driver's own."""
    seen: Sequence[Seen]
    told: Told = Told()


Send = Callable[[Any], Told]
ANY = "(any)"
FAILED = Told(has_failed=True)
JSON = "application/json"
TEXT = "text/plain; charset=utf-8"


def problems(case: EventCase, stage: Stage, send: Send) -> list[str]:
    """One sentence for everything that is not as *case* says: how often the app is called, with what, and what is told."""
    notes = stage.folder / said.TAKEN.name
    notes.unlink(missing_ok=True)
    told = send(case.event)
    taken = [json.loads(line) for line in notes.read_text().splitlines()] if notes.exists() else []
    found = []
    if told != case.told:
        found.append(f"{case.told} expected, got {told}"[:1000])
    if len(taken) != len(case.seen):
        found.append(f"the app must get {len(case.seen)} events, and has got {len(taken)}")
    for number, (want, got) in enumerate(zip(case.seen, taken), 1):
        found += [f"event {number}: {sentence}" for sentence in _differences(want, got)]
    return found


def _differences(want: Seen, got: Mapping[str, Any]) -> list[str]:
    headers = {name if name == "content-type" else f"ce-{name}": value for name, value in want.headers.items()}
    expected = {"ce-specversion": "1.0", **headers}
    # A framework may tell of a content type that is not there as an empty one.
    seen = {name: value for name, value in got["headers"].items() if value}
    found = [
        f"{name} {expected.get(name)!r} expected, got {seen.get(name)!r}"
        for name in sorted(expected.keys() | seen.keys())
        if expected.get(name) != seen.get(name) and not (expected.get(name) == ANY and seen.get(name))
    ]
    if want.source != got["format"]:
        found.append(f"the source {want.source} expected, got {got['format']}")
    body = base64.b64decode(got["body"])
    if want.data != (body if isinstance(want.data, bytes) else _parse(body)):
        found.append(f"data {want.data!r} expected, got {body!r}"[:1000])
    return found


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body
