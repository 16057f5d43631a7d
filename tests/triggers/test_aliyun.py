"""Alibaba's triggers."""

from __future__ import annotations

import json

import pytest

from lambda_bridge import make_handler
from lambda_bridge.errors import MalformedEvent
from lambda_bridge.triggers import find
from tests.triggers.objects import read_one, read_trigger, trigger_event, trigger_sample


@pytest.mark.parametrize("name", ["aliyun.timer/event", "aliyun.kafka/list_of_texts", "aliyun.eventbridge/rocketmq"])
def test_events_come_as_bytes(name: str) -> None:
    """Of a dict and of a list alike."""
    seen = []
    handler = make_handler(lambda environ, start_response: [])
    handler.on(name.partition("/")[0])(lambda event: seen.append(event.type))

    handler(json.dumps(trigger_sample(name)).encode(), None)

    assert [event.type for event in read_trigger(trigger_event(name))[1]] == seen


def test_timer() -> None:
    """The payload is text of the user's own, here JSON."""
    found = read_one(trigger_event("aliyun.timer/event"))

    assert (found.id, found.data) == ("nightly/2026-03-04T10:11:12Z", b'{"clean": "up"}')
    assert found.content_type == "application/json"


def test_oss() -> None:
    """The bucket's own name for itself is the source, the record is the data."""
    event = trigger_event("aliyun.oss/event")
    found = read_one(event)

    assert (found.source, found.subject) == ("acs:oss:cn-hangzhou:1000000000000007:bridge", "in/a.txt")
    assert (found.type, found.data) == ("com.aliyun.oss.ObjectCreated:PutObject", event["events"][0])


def test_cdn() -> None:
    """The same frame as OSS has, with another source in it."""
    found = read_one(trigger_event("aliyun.cdn/event"))

    assert (found.type, found.subject) == ("com.aliyun.cdn.LogFileCreated", "www.example.com")
    assert found.time == "2026-03-04T18:11:12+08:00"


def test_mns_topic() -> None:
    """Attributes of the publisher's stand beside the message, whose data is its text."""
    found = read_one(trigger_event("aliyun.mns/topic_with_attributes"))

    assert (found.data, found.content_type) == (b'{"order": 7}', "application/json")
    assert (found.source, found.extensions) == ("aliyun:mns/1000000000000007/news", {"tags": "a"})


def test_mns_topic_attributes_make_no_other_event_of_it() -> None:
    """Who publishes may call attributes as they like."""
    event = {**trigger_event("aliyun.mns/topic"), "specversion": "1.0", "id": "7", "source": "/x", "type": "x"}

    assert read_trigger(event)[0] == "aliyun.mns"


def test_mns_stream() -> None:
    """With attributes it is an object; it has a body and is no HTTP."""
    event = trigger_event("aliyun.mns/stream_with_attributes")

    assert (read_one(event).data, read_one(event).id) == (b"hello", read_one(event).id)


def test_mns_stream_without_attributes_is_nothing() -> None:
    """Bare text could be anything."""
    assert find("hello") is None
    assert find(b"hello") is None


@pytest.mark.parametrize("name", ["aliyun.mns_queue/one", "aliyun.mns_queue/list"])
def test_mns_queue(name: str) -> None:
    """EventBridge's CloudEvents, which go on as they are."""
    source, (found, *_) = read_trigger(trigger_event(name))

    assert (source, found.type) == ("aliyun.mns_queue", "mns:Queue:SendMessage")
    assert found.data["messageBody"] == "hello"  # type: ignore[call-overload, index]
    assert found.extensions["aliyunregionid"] == "cn-hangzhou"


def test_kafka_list_of_texts() -> None:
    """Each is the JSON of one CloudEvent; a broken one is one record that cannot be read."""
    event = trigger_event("aliyun.kafka/list_of_texts")
    _, found = read_trigger(event)
    assert [each.data["offset"] for each in found] == [7, 8]  # type: ignore[call-overload, index]

    source = find([*event, "{"])
    assert source is not None
    assert len(source.records([*event, "{"])) == 3
    with pytest.raises(MalformedEvent):
        source.read("{", event)


def test_sls() -> None:
    """It says where the logs are."""
    found = read_one(trigger_event("aliyun.sls/event"))

    assert (found.source, found.subject, found.time) == ("aliyun:sls/bridge/shop", "0", "2026-03-04T10:11:12.000Z")
