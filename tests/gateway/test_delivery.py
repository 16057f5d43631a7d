"""Events as somebody writes them, and as the platforms of their sources hand them over."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_bridge.errors import ConfigurationError
from lambda_bridge.gateway.delivery import partly_failed, read_event, sample_text, shown
from lambda_bridge.triggers import NAMES, find


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_is_json_and_becomes_an_event(name: str) -> None:
    """One of its source, which no other source claims."""
    found = find(read_event(name, sample_text(name)))

    assert found is None or found.name == name


def test_data_becomes_an_object() -> None:
    """Of Azure's package, with what was written in it."""
    event = read_event("azure.queue", '[{"order": 8}]')

    assert json.loads(event.get_body()) == {"order": 8}
    assert type(event).__module__.startswith("azure.functions")


def test_an_event_of_another_source_is_refused() -> None:
    """Else the call would be called what it is not."""
    with pytest.raises(ConfigurationError, match=r"it is one of aws\.s3"):
        read_event("aws.sqs", sample_text("aws.s3"))


def test_what_is_shown_of_an_object() -> None:
    """Its class and its properties, as JSON can have them; JSON stays as it is."""
    found = shown(read_event("azure.servicebus", '["one", "two"]'))

    assert [each["ServiceBusMessage"]["body"] for each in found] == [b"one", b"two"]
    assert json.dumps([each["ServiceBusMessage"]["enqueued_time_utc"] for each in found])
    assert shown({"a": [1]}) == {"a": [1]}


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (None, None),
        ({"batchItemFailures": []}, None),
        ({"batchItemFailures": None}, None),
        (["batchItemFailures"], None),
        ({"batchItemFailures": [{}]}, "1 record has failed"),
        ({"batchItemFailures": [{}, {}]}, "2 records have failed"),
    ],
)
def test_failed_records(result: Any, said: str | None) -> None:
    """The platform sends them again."""
    found = partly_failed(result)

    assert (found is None) == (said is None)
    assert said is None or (found or "").startswith(said)
