"""Google's triggers: both signatures give the same."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.triggers import find
from tests.triggers.objects import read_one, read_trigger, trigger_event


class Context:
    """What functions-framework makes: google.cloud.functions_v1.context.Context."""

    def __init__(self, about: dict[str, Any]) -> None:
        self.event_id = about["eventId"]
        self.timestamp = about["timestamp"]
        self.event_type = about["eventType"]
        self.resource = about["resource"]


@pytest.mark.parametrize("source", ["google.pubsub", "google.storage"])
def test_both_signatures_are_one(source: str) -> None:
    """An app need not know how its function was deployed."""
    (one_name, [one]), (other_name, [other]) = (
        read_trigger(trigger_event(f"{source}/{signature}")) for signature in ("cloudevent", "background")
    )

    assert one_name == other_name == source
    for attribute in ("id", "source", "type", "subject", "time", "content_type"):
        assert getattr(one, attribute) == getattr(other, attribute)


def test_background_call() -> None:
    """The function gets data and a context of Google's."""
    sample = trigger_event("google.pubsub/background")
    seen = []
    handler = make_handler(lambda environ, start_response: [])
    handler.on("google.pubsub")(lambda event: seen.append((event.id, event.data["message"]["data"])))

    handler(sample["data"], Context(sample["context"]))

    assert [("7", "aGVsbG8=")] == seen


def test_pubsub_message() -> None:
    """Whichever signature, the message stands where Eventarc puts it."""
    data: Any = read_one(trigger_event("google.pubsub/background")).data

    assert data["message"]["attributes"] == {"level": "high"}
    assert (data["message"]["messageId"], data["message"]["publishTime"]) == ("7", "2026-03-04T10:11:12.131Z")


def test_pubsub_push_without_a_topic() -> None:
    """A push that does not come through Eventarc does not say which topic it is of."""
    event = trigger_event("google.pubsub/background")
    event["context"]["resource"]["name"] = None

    assert read_one(event).source == "//pubsub.googleapis.com/"


def test_storage_resource_as_text() -> None:
    """As the first events had it, with the generation after a #."""
    found = read_one(trigger_event("google.storage/background_text_resource"))

    assert (found.source, found.subject) == ("//storage.googleapis.com/projects/_/buckets/bridge", "objects/in/a.txt")
    assert found.type == "google.cloud.storage.object.v1.deleted"


def test_other_events() -> None:
    """Audit logs keep their extensions; the first generation's types stay as they are."""
    name, [log] = read_trigger(trigger_event("google.eventarc/audit_log"))
    assert (name, log.extensions["methodname"]) == ("google.eventarc", "storage.objects.create")

    name, [write] = read_trigger(trigger_event("google.eventarc/background_firestore"))
    assert (name, write.type) == ("google.eventarc", "providers/cloud.firestore/eventTypes/document.write")


def test_event_in_json() -> None:
    """Where no framework has made an object of it."""
    event = {"specversion": "1.0", "id": "7", "source": "//x", "type": "google.cloud.storage.object.v1.archived"}

    assert read_trigger(event)[0] == "google.storage"


@pytest.mark.parametrize(
    "event", [{"data": 1, "context": 2}, {"data": {}, "context": {}}, {"context": {"eventId": "7"}}]
)
def test_events_of_others(event: Any) -> None:
    """Two keys of such names may be anybody's."""
    assert find(event) is None
