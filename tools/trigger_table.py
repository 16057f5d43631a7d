"""`python -m tools.trigger_table`: the table of docs/triggers.md, made of the rows and of the samples in tests/samples/triggers.

What attributes look like is what a row makes of a sample; so the page cannot say otherwise than the
code does. tests/test_docs.py compares them; `--write` writes the page's table anew.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lambda_bridge.triggers import MODULES, Source, load
from tests.triggers.objects import trigger_event_of

if TYPE_CHECKING:
    from lambda_bridge.triggers import CloudEvent

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "triggers.md"
BEGIN, END = "<!-- sources: made by python -m tools.trigger_table --write -->\n", "<!-- end of sources -->\n"

CLOUDS = {
    "aws": "Amazon Web Services",
    "tencent": "Tencent Cloud",
    "aliyun": "Alibaba Cloud",
    "huawei": "Huawei Cloud",
    "volcengine": "Volcengine",
    "yandex": "Yandex Cloud",
    "google": "Google Cloud",
    "azure": "Azure",
    "cloudevents": "Any CloudEvent",
    "fn": "Fn and Oracle Functions",
    "openwhisk": "Apache OpenWhisk",
}
_HEAD = (
    "source",
    "what it is",
    "`ce-type`",
    "`ce-source`",
    "`ce-subject`",
    "other attributes",
    "data",
    "one fails",
    "answers",
)


def make_tables() -> str:
    """A heading and a table for each cloud."""
    parts = []
    for module in MODULES:
        rows = [_HEAD, ("---",) * len(_HEAD), *map(make_row, load(module))]
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        parts.append(f"### {CLOUDS[module]}\n\n{table}\n")
    return "\n".join(parts)


def make_row(source: Source) -> tuple[str, ...]:
    """The cells of a source."""
    events = list(_events(source.name))
    read = [(each, record, source.read(record, each)) for each in events for record in source.records(each)]
    first = read[0][2]
    subject = next((found.subject for _, _, found in read if found.subject), None)
    extensions = sorted({name for _, _, found in read for name in found.extensions})
    return (
        f"`{source.name}`",
        f"[{source.title}]({source.docs})",
        f"`{first.type}`",
        f"`{first.source}`",
        f"`{subject}`" if subject else "–",
        (", ".join(f"`{name}`" for name in extensions) or "–") if _makes(source) else "the event's own",
        _say_data(read),
        _say_failure(source, events),
        "yes" if source.answers else "–",
    )


def _events(name: str) -> Iterator[Any]:
    for path in sorted((ROOT / "tests" / "samples" / "triggers" / name).glob("*.json")):
        yield trigger_event_of(json.loads(path.read_text(encoding="utf-8")))


def _makes(source: Source) -> bool:
    """Whether the row makes the attributes; else the event is a CloudEvent, which has its own."""
    return source.read.__name__ != "read_structured"


def _say_data(read: list[tuple[Any, Any, CloudEvent]]) -> str:
    kinds = {_kind(record, found) for _, record, found in read if found.content_type}
    # A part of the record is one, also where the platform hands over an object, or packs it.
    named = kinds - {"JSON"}
    return " or ".join(sorted(named or kinds, reverse=True))


def _kind(record: Any, found: CloudEvent) -> str:
    if isinstance(found.data, (bytes, bytearray)):
        return "the message"
    if found.data is record:
        return "the record"
    parts = record.items() if isinstance(record, dict) else ()
    return next((f"`{name}`" for name, part in parts if part is found.data), "JSON")


def _say_failure(source: Source, events: list[Any]) -> str:
    if source.failed is None:
        return "the invocation fails"
    ordered = {source.ordered is not None and source.ordered(each) for each in events}
    if ordered == {True}:
        return "it is named, and all after it"
    return "it is named" + ("; of a FIFO queue, all after it too" if True in ordered else "")


def write() -> None:
    """Put the tables into the page."""
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n{make_tables()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        print(make_tables())
