"""Yandex's triggers."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.triggers import find
from tests.triggers.objects import read_one, read_trigger, trigger_event


def test_timer() -> None:
    """TimerMessage is the only trigger of its name."""
    found = read_one(trigger_event("yandex.timer/event"))

    assert found.type == "yandex.cloud.events.serverless.triggers.TimerMessage"
    assert (found.source, found.data) == ("yandex:timer/a1s00000000000000001", b"every night")


def test_timer_without_a_payload() -> None:
    """Then there is no data."""
    event = trigger_event("yandex.timer/event")
    event["messages"][0]["details"]["payload"] = ""

    assert read_one(event).content_type is None


def test_storage() -> None:
    """The object is the subject."""
    found = read_one(trigger_event("yandex.storage/event"))

    assert (found.source, found.subject) == ("yandex:storage/bridge", "in/a.txt")


def test_queue() -> None:
    """Messages in order, their bodies as they are."""
    _, (first, second) = read_trigger(trigger_event("yandex.queue/event"))

    assert (first.data, second.data) == (b"hello", b'{"order": 7}')
    assert first.source == "yrn:yc:ymq:ru-central1:b1g00000000000000008:orders"
    assert (first.content_type, second.content_type) == ("text/plain; charset=utf-8", "application/json")


def test_iot() -> None:
    """The payload is bytes; a message to the registry's own topic is of no device."""
    event = trigger_event("yandex.iot/event")
    found = read_one(event)
    assert (found.data, found.content_type) == (b"\x00\xff\x07", "application/octet-stream")
    assert found.subject == "$devices/are00000000000000002/events"

    event["messages"][0]["details"]["device_id"] = ""
    assert read_one(event).source == "yandex:iot/are00000000000000001"


def test_other_triggers() -> None:
    """Container Registry and all others: what the message says, as it is."""
    event = trigger_event("yandex.trigger/event")
    found = read_one(event)

    assert (found.type, found.data) == (
        "yandex.cloud.events.containerregistry.CreateImage",
        event["messages"][0]["details"],
    )


@pytest.mark.parametrize(
    "event", [{"messages": []}, {"messages": ["x"]}, {"messages": [{"event_metadata": {"event_type": "x"}}]}]
)
def test_messages_of_others(event: Any) -> None:
    """Many things have messages."""
    assert find(event) is None
