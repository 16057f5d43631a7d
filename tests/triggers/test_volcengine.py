"""Volcengine's triggers."""

from __future__ import annotations

from tests.triggers.objects import read_one, read_trigger, trigger_event


def test_timer() -> None:
    """Text under the content type that all of its events have."""
    found = read_one(trigger_event("volcengine.timer/event"))

    assert (found.data, found.content_type) == (b"every night", "application/octet-stream")
    assert (found.source, found.time) == ("/faas/event/timer/worker", "2026-03-04T10:11:12.945838513Z")


def test_object_is_json_whatever_the_content_type_says() -> None:
    """TOS's data is an object in the event."""
    event = trigger_event("volcengine.tos/event")
    found = read_one(event)

    assert (found.data, found.content_type) == (event["data"], "application/json")


def test_other_kinds() -> None:
    """A trigger that is no row of its own is not lost."""
    assert read_trigger(trigger_event("volcengine.event/event"))[0] == "volcengine.event"
    assert (
        read_trigger({**trigger_event("volcengine.event/event"), "type": "faas.kafka.event"})[0] == "volcengine.kafka"
    )


def test_type_alone_is_not_volcengines() -> None:
    """Whoever makes CloudEvents may choose their types."""
    event = {**trigger_event("volcengine.timer/event"), "source": "https://shop.example.com"}

    assert read_trigger(event)[0] == "cloudevents.event"
