"""Huawei's triggers."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from lambda_bridge.errors import MalformedEvent
from lambda_bridge.triggers import find
from tests.triggers.objects import read_one, read_trigger, trigger_event


def test_timer() -> None:
    """Its time has the zone of the function's region."""
    found = read_one(trigger_event("huawei.timer/event"))

    assert (found.id, found.time) == ("nightly/2026-03-04T18:11:12+08:00", "2026-03-04T18:11:12+08:00")
    assert (found.data, found.content_type) == (b'{"clean": "up"}', "application/json")


@pytest.mark.parametrize("name", ["huawei.obs/event", "huawei.obs/aws_region"])
def test_obs_is_not_s3(name: str) -> None:
    """The same record but for eventSource, which it has not."""
    event = trigger_event(name)
    source, [found] = read_trigger(event)
    assert (source, found.source, found.subject) == ("huawei.obs", "huawei:obs/bridge", "in/a.txt")
    assert found.type == "com.huaweicloud.obs.ObjectCreated:Put"

    event["Records"][0].update(eventSource="aws:s3", awsRegion="eu-central-1")
    s3 = find(event)
    assert s3 is not None
    assert s3.name == "aws.s3"


def test_obs_without_a_sequencer() -> None:
    """Nothing else in the event is its id."""
    event = trigger_event("huawei.obs/event")
    del event["Records"][0]["s3"]["object"]["sequencer"]

    assert len(read_one(event).id) == 32


def test_smn_has_a_record_and_no_records() -> None:
    """The key is in the singular and in lower case; the URN is the source."""
    found = read_one(trigger_event("huawei.smn/event"))

    assert (found.source, found.subject) == ("urn:smn:cn-north-4:0123456789abcdef:news", "News")
    assert (found.type, found.data) == ("com.huaweicloud.smn.notification", b"hello")


def test_kafka_messages_of_all_topics() -> None:
    """Equal messages are two, and a second reading gives the same ids."""
    event = trigger_event("huawei.kafka/event")
    _, found = read_trigger(event)

    assert [each.data for each in found] == [b"hello", b"hello", b'{"user":7}', b"bye"]
    assert [each.source.rpartition("/")[2] for each in found] == ["clicks", "clicks", "clicks", "visits"]
    assert len({each.id for each in found}) == 4
    assert [each.id for each in read_trigger(event)[1]] == [each.id for each in found]


@pytest.mark.parametrize("record", [None, "x", {"messages": None}, {"messages": "abc"}])
def test_kafka_without_a_list_of_messages(record: Any) -> None:
    """Text is no list of its characters."""
    event = trigger_event("huawei.kafka/event")
    source = find(event)
    assert source is not None
    with pytest.raises(MalformedEvent):
        source.records({**event, "records": [record]})


def test_lts() -> None:
    """Base64 of JSON, in which the logs are JSON once more."""
    found = read_one(trigger_event("huawei.lts/event"))
    assert found.data["logs"][0]["message"] == "GET /orders 200"  # type: ignore[call-overload, index]

    logs = {"logs": [{"message": "x"}], "log_group_id": "1", "log_topic_id": "2"}
    found = read_one({"lts": {"data": b64encode(json.dumps(logs).encode()).decode()}})
    assert (found.data, found.source) == (logs, "huawei:lts/1/2")


def test_cts() -> None:
    """The name of the trace is the type."""
    found = read_one(trigger_event("huawei.cts/event"))

    assert (found.type, found.source) == ("com.huaweicloud.cts.deleteGraph", "huawei:cts/FunctionGraph")


def test_dds() -> None:
    """Which collection has changed stands in JSON within JSON."""
    found = read_one(trigger_event("huawei.dds/event"))

    assert found.type == "com.huaweicloud.dds.insert"
    assert found.source == "huawei:dds/0123abcd-7777-4abc-8def-0123456789ab/shop/users"


@pytest.mark.parametrize("event", [{"lts": 1}, {"cts": {}}, {"records": [{}]}, {"record": ["smn"]}])
def test_events_of_others(event: Any) -> None:
    """A key of that name alone may be anybody's."""
    assert find(event) is None
