"""CloudEvents that the platform itself sends as HTTP requests: where K_SERVICE is set, they reach the route for events."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.real.apps import said
from tests.real.doors import Question
from tests.real.events import JSON, EventCase, Seen, Told, problems

if TYPE_CHECKING:
    from tests.real.doors import Door
    from tests.real.stage import Stage

_ABOUT = {"id": "7", "source": "https://shop.example.com/orders", "type": "com.example.order.created"}
_ATTRIBUTES = [(f"ce-{name}", value) for name, value in {"specversion": "1.0", **_ABOUT}.items()]


def check(stage: Stage, door: Door, name: str) -> list[str]:
    """What is wrong; *name* is the format that the platform's requests have."""

    def send(event: tuple[list[tuple[str, str]], bytes]) -> Told:
        headers, body = event
        answer = door.ask(Question("POST", "/events", [("Content-Type", JSON), *headers], body), lambda: None)
        return Told(result=answer.status)

    def seen(data: object) -> Seen:
        return Seen(name, {**_ABOUT, "content-type": JSON}, data)

    bad = {"x": said.REFUSED}
    cases = [
        EventCase("event", (_ATTRIBUTES, b'{"x": 1}'), [seen({"x": 1})], Told(result=200)),
        EventCase("event, refused", (_ATTRIBUTES, json.dumps(bad).encode()), [seen(bad)], Told(result=503)),
        EventCase("no event", ([], b'{"x": 1}'), [], Told(result=404)),
    ]
    return [f"{case.name}: {sentence}" for case in cases for sentence in problems(case, stage, send)]
