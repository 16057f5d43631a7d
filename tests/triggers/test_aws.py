"""What each of AWS's sources is as a CloudEvent."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from lambda_bridge.errors import MalformedEvent
from lambda_bridge.triggers import CloudEvent, find
from lambda_bridge.triggers.aws import SOURCES
from tests.builders import SAMPLES

ROWS = {source.name: source for source in SOURCES}


def sample(name: str) -> Any:
    return json.loads((SAMPLES / "triggers" / f"{name}.json").read_text(encoding="utf-8"))


def events(name: str) -> list[CloudEvent]:
    event = sample(name)
    source = ROWS[name.partition("/")[0]]
    return [source.read(record, event) for record in source.records(event)]


def attributes(event: CloudEvent) -> tuple[Any, ...]:
    return event.id, event.source, event.type, event.subject, event.time


def test_sqs() -> None:
    """The body is the data: JSON where it is that."""
    first, second = events("aws.sqs/standard")
    assert (
        "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0",
        "arn:aws:sqs:eu-central-1:111122223333:orders",
        "com.amazonaws.sqs.Message",
        None,
        "2026-03-04T10:11:12.000Z",
    ) == attributes(first)
    assert (b'{"order": 7}', "application/json", {"receivecount": "1"}) == (
        first.data, first.content_type, first.extensions
    )  # fmt: skip
    assert ("plain text, 文".encode(), "text/plain; charset=utf-8") == (second.data, second.content_type)


def test_sqs_fifo() -> None:
    """Its group and its place in it, as the extensions of CloudEvents are called."""
    first, _ = events("aws.sqs/fifo")
    assert {"partitionkey": "customer-7", "sequence": "18850496460467696128", "receivecount": "1"} == first.extensions
    ordered = ROWS["aws.sqs"].ordered
    assert ordered is not None
    assert [True, False] == [ordered(sample("aws.sqs/fifo")), ordered(sample("aws.sqs/standard"))]


def test_s3_as_the_adapters_have_it() -> None:
    """The key stays as the event has it: form-encoded."""
    (event,) = events("aws.s3/created")
    assert (
        "C3D13FE58DE4C810.EXAMPLE123/abc+def=",
        "aws:s3.eu-central-1.bridge-files",
        "com.amazonaws.s3.ObjectCreated:Put",
        "in/a+picture+%E5%9B%BE.jpg",
        "2026-03-04T10:11:12.000Z",
    ) == attributes(event)
    assert sample("aws.s3/created")["Records"][0] == event.data


def test_sns_as_the_adapters_have_it() -> None:
    """The data is what the topic would POST."""
    (event,) = events("aws.sns/subject")
    assert (
        "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0",
        "arn:aws:sns:eu-central-1:111122223333:news:0e1d2c3b",
        "com.amazonaws.sns.Notification",
        'Order 7: 100 % "done" 文',
        "2026-03-04T10:11:12.000Z",
    ) == attributes(event)
    assert event.json()["Message"] == "hello"
    assert events("aws.sns/notification")[0].subject is None


def test_eventbridge_and_schedules() -> None:
    """What a customer sends, and what a rule's or the scheduler's clock does."""
    (event,) = events("aws.eventbridge/customer")
    assert (
        "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0",
        "com.example.shop",
        "Order placed",
        None,
        "2026-03-04T10:11:12Z",
    ) == attributes(event)
    assert {"account": "111122223333", "region": "eu-central-1"} == event.extensions
    assert {"httpMethod": "GET", "path": "/"} == event.data
    assert ["aws.events", "aws.scheduler"] == [
        events(f"aws.schedule/{name}")[0].source for name in ("rule", "scheduler")
    ]


def test_customers_scheduled_event_is_no_schedule() -> None:
    """Anybody may choose that detail-type, but not a source of AWS's."""
    source = find({**sample("aws.schedule/rule"), "source": "com.example.shop"})
    assert source is not None
    assert source.name == "aws.eventbridge"


def test_source_that_is_no_uri_is_encoded() -> None:
    """EventBridge lets it be any text."""
    event = {**sample("aws.eventbridge/customer"), "source": "my shop"}
    assert ROWS["aws.eventbridge"].read(event, event).source == "my%20shop"


def test_streams() -> None:
    """A change of a table is its record, a record of Kinesis its bytes."""
    first, second = events("aws.dynamodb/insert")
    assert ["com.amazonaws.dynamodb.INSERT", "com.amazonaws.dynamodb.REMOVE"] == [first.type, second.type]
    assert first.json()["dynamodb"]["NewImage"] == {"id": {"S": "7"}}
    one, other = events("aws.kinesis/record")
    assert [(b"hello", "text/plain; charset=utf-8"), (b"\xff\x00\x01", "application/octet-stream")] == [
        (one.data, one.content_type),
        (other.data, other.content_type),
    ]
    assert {"partitionkey": "1", "sequence": "4959"} == one.extensions


def test_kafka() -> None:
    """All partitions, one after the other; a record without a value has no data."""
    found = events("aws.kafka/msk")
    assert ["orders-0-15", "orders-0-16", "orders-1-3"] == [event.id for event in found]
    assert [b'{"order": 7}', None, b"\xff\xfe"] == [event.data for event in found]
    assert ["application/json", None, "application/octet-stream"] == [event.content_type for event in found]
    assert "customer-7" == found[0].extensions["partitionkey"]
    assert "kafka://kafka-1.example.com:9092" == events("aws.kafka/self_managed")[0].source


def test_logs_are_unpacked() -> None:
    """And what is no gzip of JSON, or cut off, is malformed."""
    (event,) = events("aws.logs/data")
    assert "arn:aws:logs::111122223333:log-group:/aws/lambda/orders" == event.source
    assert ["ERROR example\n"] == [each["message"] for each in event.json()["logEvents"]]
    packed = gzip.compress(b'{"logEvents": []}')
    for data in (b"text", packed[:-9], gzip.compress(b"text")):
        broken = {"awslogs": {"data": base64.b64encode(data).decode()}}
        with pytest.raises(MalformedEvent):
            ROWS["aws.logs"].read(broken, broken)


def test_mail() -> None:
    """Its rule may wait for an answer."""
    (event,) = events("aws.ses/received")
    assert ("com.amazonaws.ses.Receipt", "Order 7") == (event.type, event.json()["mail"]["commonHeaders"]["subject"])
    assert ROWS["aws.ses"].answers


@pytest.mark.parametrize("name", ["token", "request_1.0", "request_2.0"])
def test_authorizers(name: str) -> None:
    """The whole event is the data."""
    (event,) = events(f"aws.authorizer/{name}")
    assert sample(f"aws.authorizer/{name}") == event.data
    assert not ROWS["aws.authorizer"].routed


class Context:
    invoked_function_arn = "arn"


@pytest.mark.parametrize(
    "event",
    [
        {"requestContext": {"connectionId": "a", "eventType": "CONNECT"}},
        {"triggerSource": "PreSignUp_SignUp"},
        {"Records": [{"eventSource": "aws:new"}]},
        {"deliveryStreamArn": "arn", "records": []},
        {"authorizationToken": "x"},
        [{"info": {}, "arguments": {}}],
    ],
)
def test_other_services_events_are_no_direct_invocations(event: Any) -> None:
    """They want answers of their own; some hold what a client has written."""
    assert find(event, Context()) is None


def test_direct_invocation_is_told_by_the_context() -> None:
    """Any event is one on AWS, and none elsewhere."""
    for event in ({"order": 7}, [1], "text", None, 7):
        source = find(event, Context())
        assert source is not None
        assert source.name == "aws.invoke"
        assert find(event, None) is None


def test_obs_of_huawei_is_not_s3() -> None:
    """It is the same record but for the key that tells."""
    event = sample("aws.s3/created")
    del event["Records"][0]["eventSource"]
    source = find(event)
    assert source is None or source.name != "aws.s3"
