"""What a platform hands over for a sample of tests/samples/triggers: mostly the sample itself.

Where it hands over an object, the sample is ``{"class": ..., "parameters": {...}}``, or a list of
such: ``body`` of bytes and ``data`` of a blob are base64, times are RFC 3339.
"""

from __future__ import annotations

import json
from base64 import b64decode
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.triggers import find
from tests.builders import SAMPLES

if TYPE_CHECKING:
    from lambda_bridge.triggers import CloudEvent

_TIMES = {"insertion_time", "expiration_time", "time_next_visible", "event_time", "time", "enqueued_time", "enqueued_time_utc"}  # fmt: skip
_BLOB = "azure.functions.blob.InputStream"


def trigger_event_of(sample: Any) -> Any:
    """The event that *sample* stands for, as a row of the table wants it."""
    if isinstance(sample, list):
        return [trigger_event_of(each) for each in sample]
    if not isinstance(sample, dict) or set(sample) != {"class", "parameters"}:
        return sample
    module, _, name = sample["class"].rpartition(".")
    parameters = {key: _value(sample["class"], key, value) for key, value in sample["parameters"].items()}
    found = getattr(pytest.importorskip(module), name, None)
    if found is None:
        pytest.skip(f"the {module} that this Python can have is older than {name}")
    return found(**parameters)


def _value(class_name: str, key: str, value: Any) -> Any:
    if key == "body" or (key == "data" and class_name == _BLOB):
        return b64decode(value)
    return datetime.fromisoformat(value) if key in _TIMES else value


def read_trigger(event: Any) -> tuple[str, list[CloudEvent]]:
    """(name of the row, what its records are) for *event*."""
    source = find(event)
    assert source is not None
    return source.name, [source.read(record, event) for record in source.records(event)]


def read_one(event: Any) -> CloudEvent:
    """The CloudEvent of an event with one record."""
    [found] = read_trigger(event)[1]
    return found


def trigger_sample(name: str) -> Any:
    """The sample *name*, ``"tencent.cos/event"``."""
    return json.loads((SAMPLES / "triggers" / f"{name}.json").read_text(encoding="utf-8"))


def trigger_event(name: str) -> Any:
    """The event that the sample *name* stands for."""
    return trigger_event_of(trigger_sample(name))
