"""CloudEvents of anybody's."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.triggers import find
from tests.triggers.objects import read_one, read_trigger, trigger_event, trigger_sample


def test_structured() -> None:
    """Every attribute goes on."""
    found = read_one(trigger_event("cloudevents.event/structured"))

    assert (found.id, found.source) == ("7", "https://shop.example.com/orders")
    assert (found.type, found.subject, found.time) == ("com.example.order.created", "7", "2026-03-04T10:11:12Z")
    assert (found.data, found.content_type, found.extensions) == ({"order": 7}, "application/json", {"level": "high"})


def test_structured_with_bytes() -> None:
    """data_base64 is bytes; a schema is an attribute like the others."""
    found = read_one(trigger_event("cloudevents.event/structured_binary"))

    assert (found.data, found.content_type) == (b"\x89PNG\r\n", "image/png")
    assert found.extensions == {
        "dataschema": "https://shop.example.com/schema",
        "level": "high",
        "retries": "2",
        "urgent": "true",
    }


def test_batch() -> None:
    """One after the other, each with a content type of its own."""
    _, (first, second) = read_trigger(trigger_event("cloudevents.event/batch"))

    assert (first.data, second.data) == ({"order": 7}, b"hello")


def test_object_of_the_sdk() -> None:
    """What functions-framework makes of an event that is not Google's."""
    pytest.importorskip("cloudevents")
    one = read_one(trigger_event("cloudevents.event/sdk_object"))
    other = read_one(trigger_event("cloudevents.event/structured"))

    for attribute in ("id", "source", "type", "subject", "time", "data", "content_type", "extensions"):
        assert getattr(one, attribute) == getattr(other, attribute)


def test_object_of_the_next_sdk() -> None:
    """Version 2 of the SDK has another class, whose time is a datetime; this one stands for it."""
    from datetime import datetime, timezone

    attributes = {**trigger_sample("cloudevents.event/sdk_object")["parameters"]["attributes"]}
    attributes["time"] = datetime(2026, 3, 4, 10, 11, 12, tzinfo=timezone.utc)
    members = {"get_attributes": lambda self: attributes, "get_data": lambda self: b"\x00"}
    event = type("CloudEvent", (), {**members, "__module__": "cloudevents.core.v1.event"})()

    found = read_one(event)

    assert (found.time, found.data) == ("2026-03-04T10:11:12Z", b"\x00")


@pytest.mark.parametrize(
    "event",
    [
        {"headers": {"ce-specversion": "1.0", "ce-id": "7"}, "body": "{}"},
        {"specversion": "1.0", "type": "x", "source": "/x"},
        {"cloudEventsVersion": "0.1", "eventType": "x", "source": "x", "eventID": "7"},
    ],
)
def test_what_is_none(event: Any) -> None:
    """Binary mode is HTTP by nature; the event of one who forgets an id is nobody's."""
    assert find(event) is None
