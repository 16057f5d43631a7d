"""What is tried: a case is JSON, so that a file of it can be kept, read, and tried again.

``{"kind": "aws_rest", "event": …}`` is an event, of a format, a source or a gateway of WebSockets; of platforms that hand
over objects it is what tests/samples/README.md calls a sample. ``{"kind": "response", "format": …, "interface": …,
"method": …, "status": …, "headers": [[name, value], …], "body": base64}`` is what an app answers.
"""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lambda_bridge.testing import FORMATS
from tests.builders import OBJECTS, SAMPLES, read_sample

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Case = dict[str, Any]

CORPUS = Path(__file__).parent / "corpus"
TARGETS = ("http", "objects", "triggers", "websockets", "responses")


def target_of(case: Case) -> str:
    """Which of TARGETS *case* belongs to."""
    kind = case["kind"]
    if kind == "response":
        return "responses"
    if kind in OBJECTS:
        return "objects"
    return "triggers" if "." in kind else "websockets" if kind.endswith("_websocket") else "http"


def is_case(value: Any) -> bool:
    """Whether *value* says what is to be tried; a fuzzer begins with what is nothing at all."""
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        return False
    if value["kind"] != "response":
        return "event" in value
    return value.get("format") in FORMATS and value.get("interface") in {"wsgi", "asgi"}


def seeds(target: str) -> list[Case]:
    """The samples of *target*, and what was found with them before."""
    return [*sample_cases(target), *corpus(target)]


def corpus(target: str) -> list[Case]:
    """What the fuzzer has kept, a case on each line of a file."""
    path = CORPUS / f"{target}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def sample_cases(target: str) -> list[Case]:
    """What documents and recordings say that events are; of responses, one for each format."""
    if target == "responses":
        return [_response(spelling, interface) for spelling in FORMATS for interface in ("wsgi", "asgi")]
    return [case for case in _events() if target_of(case) == target]


def _events() -> Iterator[Case]:
    for path in _paths():
        folder = path.parent
        kind = f"{folder.name}_websocket" if folder.parent.name == "websockets" else folder.name
        yield {"kind": kind, "event": read_sample(path)}


def _paths() -> Iterable[Path]:
    formats = [path for path in SAMPLES.glob("*/*.json") if path.parent.name != "others"]
    return sorted([*formats, *SAMPLES.glob("triggers/*/*.json"), *SAMPLES.glob("websockets/*/*.json")])


def _response(spelling: str, interface: str) -> Case:
    return {
        "kind": "response",
        "format": spelling,
        "interface": interface,
        "method": "GET",
        "status": "200 OK",
        "headers": [
            ["Content-Type", "text/html; charset=utf-8"],
            ["Set-Cookie", "a=1; Path=/; HttpOnly"],
            ["Set-Cookie", "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT"],
            ["Content-Length", "5"],
        ],
        "body": b64encode("héllo".encode()).decode(),
    }
