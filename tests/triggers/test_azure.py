"""Azure's triggers: objects of azure-functions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from azure.functions import _abc

from lambda_bridge.triggers import find
from tests.triggers.objects import read_one, read_trigger, trigger_event


def test_timer() -> None:
    """When it should have run is its id: the host's second try has it too."""
    found = read_one(trigger_event("azure.timer/event"))

    assert (found.id, found.time) == ("2026-03-04T10:11:12+00:00", "2026-03-04T10:11:12Z")
    assert found.data["past_due"] is False  # type: ignore[call-overload, index]


def test_timer_without_a_monitor() -> None:
    """Nothing in it is of this one run, so the id is left to the invocation."""
    found = read_one(trigger_event("azure.timer/no_monitor"))

    assert (found.id, found.time) == ("", None)


def test_queue() -> None:
    """The bytes of the message as they are."""
    found = read_one(trigger_event("azure.queue/event"))

    assert (found.data, found.content_type) == (b'{"order": 7}', "application/json")
    assert (found.source, found.time) == ("azure:queue", "2026-03-04T10:11:12Z")


def test_blob() -> None:
    """Its name is container and blob; the container's URL is the source."""
    found = read_one(trigger_event("azure.blob/event"))

    assert (found.source, found.subject) == ("https://bridge.blob.core.windows.net/pictures", "in/a.png")
    assert (found.data, found.content_type) == (b"\x89PNG\r\n", "image/png")
    assert found.id == "pictures/in/a.png/0x8DC0000000000007"


def test_blob_that_says_only_its_name() -> None:
    """Its properties come from the host, and may be missing."""
    found = read_one(trigger_event("azure.blob/no_properties"))

    assert (found.source, found.subject, found.time) == ("azure:blob/pictures", "b.txt", None)
    assert found.content_type == "application/octet-stream"


def test_both_schemas_of_event_grid() -> None:
    """The same blob, told in Event Grid's schema and as a CloudEvent."""
    (one,) = read_trigger(trigger_event("azure.eventgrid/event_grid_schema"))[1]
    (other,) = read_trigger(trigger_event("azure.eventgrid/cloud_event_schema"))[1]

    for attribute in ("id", "source", "type", "subject", "time", "data", "content_type"):
        assert getattr(one, attribute) == getattr(other, attribute)
    assert (one.extensions, other.extensions) == ({"dataversion": "1"}, {"level": "high"})


def test_event_hub_many() -> None:
    """A list where the binding's cardinality is many; bytes that are no text stay bytes."""
    name, (first, second) = read_trigger(trigger_event("azure.eventhub/many"))

    assert name == "azure.eventhub"
    assert (first.id, second.id) == ("user-7/7", "user-7/8")
    assert (second.data, second.content_type) == (b"\x00\xff", "application/octet-stream")
    assert second.extensions == {"partitionkey": "user-7", "offset": "800"}


def test_event_hub_tells_its_partition() -> None:
    """The host's metadata name the hub and the partition."""
    hub: Any = trigger_event("azure.eventhub/one")
    metadata = {"PartitionContext": SimpleNamespace(python_value={"EventHubName": "clicks", "PartitionId": "0"})}
    found = read_one(
        type(hub)(body=b"x", trigger_metadata=metadata, sequence_number=0, enqueued_time=hub.enqueued_time)
    )

    assert (found.id, found.source) == ("0/0", "azure:eventhub/clicks")
    assert found.extensions == {"partition": "0"}


def test_service_bus_content_type() -> None:
    """What the sender says of its message is believed."""
    _, (plain, xml) = read_trigger(trigger_event("azure.servicebus/many"))

    assert (plain.content_type, plain.subject) == ("text/plain; charset=utf-8", "news")
    assert (xml.content_type, xml.subject, xml.data) == ("application/xml", "xml", b"<a/>")
    assert plain.extensions == {"correlationid": "70"}


def test_classes_are_told_by_their_abstract_ones() -> None:
    """The worker may bring its own; HttpRequest is no trigger."""

    class Queue(_abc.QueueMessage):
        id = "7"
        dequeue_count = expiration_time = insertion_time = time_next_visible = pop_receipt = None

        def get_body(self) -> str:
            return "hello"

        def get_json(self) -> Any:
            raise ValueError

    assert read_one(Queue()).data == b"hello"


@pytest.mark.parametrize("event", [object(), [object()], [], SimpleNamespace(past_due=True)])
def test_other_objects(event: Any) -> None:
    """What only looks like one is not."""
    assert find(event) is None


def test_custom_handler() -> None:
    """The function's name, the data of its bindings, and the message's id where there is one."""
    found = read_one(trigger_event("azure.custom/queue"))

    assert (found.id, found.source) == ("7d6f0a52-0000-4b3c-9a51-6d0f3c2b1a09", "azure:function/orders")
    assert (found.data, found.time) == ({"order": '{"order": 7}'}, "2026-03-04T10:11:13Z")


def test_custom_handler_whose_trigger_is_http() -> None:
    """A client has written that: it is no event."""
    request = {"Url": "http://localhost/api/a", "Method": "POST", "Headers": {}, "Body": "{}"}

    assert find({"Data": {"req": request}, "Metadata": {"sys": {"MethodName": "a"}}}) is None
