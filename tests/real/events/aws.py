"""What services of AWS invoke a function with; an event is what the Runtime API hands over."""

from __future__ import annotations

from typing import Any

from tests.real.apps import said
from tests.real.events import ANY, FAILED, JSON, TEXT, EventCase, Seen, Told
from tests.real.events.samples import sample

_REGION = "eu-central-1:111122223333"
_TIME = "2026-03-04T10:11:12.000Z"
# What `drivers/aws.py` answers authorizers with.
POLICY = {"principalId": "someone", "policyDocument": {"Version": "2012-10-17", "Statement": []}}


def _queue(name: str, *bodies: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": "AQEBexample",
                "body": body,
                "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1772619072000"},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{_REGION}:{name}",
                "awsRegion": "eu-central-1",
            }
            for number, body in enumerate(bodies, 1)
        ]
    }


def _message(number: int, queue: str, data: Any, kind: str = TEXT) -> Seen:
    headers = {
        "id": f"message-{number}",
        "source": f"arn:aws:sqs:{_REGION}:{queue}",
        "type": "com.amazonaws.sqs.Message",
        "time": _TIME,
        "receivecount": "1",
        "content-type": kind,
    }
    return Seen("aws.sqs", headers, data)


def _failures(*names: str) -> Told:
    return Told(result={"batchItemFailures": [{"itemIdentifier": name} for name in names]})


def _invoked(data: Any) -> Seen:
    headers = {"id": ANY, "source": "aws:lambda", "type": "com.amazonaws.lambda.Invocation", "content-type": JSON}
    return Seen("aws.invoke", headers, data)


def _scheduled(detail: Any) -> dict[str, Any]:
    return {**sample("aws.schedule/rule"), "detail": detail}


def _schedule(detail: Any) -> Seen:
    headers = {
        "id": "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f1",
        "source": "aws.events",
        "type": "Scheduled%20Event",
        "subject": f"arn:aws:events:{_REGION}:rule/nightly",
        "time": "2026-03-04T10:11:12Z",
        "account": "111122223333",
        "region": "eu-central-1",
        "content-type": JSON,
    }
    return Seen("aws.schedule", headers, detail)


_PUT = sample("aws.s3/created")
_STORED = Seen(
    "aws.s3",
    {
        "id": "C3D13FE58DE4C810.EXAMPLE123/abc+def=",
        "source": "aws:s3.eu-central-1.bridge-files",
        "type": "com.amazonaws.s3.ObjectCreated:Put",
        # The key is form-encoded, and its percent signs are encoded once more for the header.
        "subject": "in/a+picture+%25E5%259B%25BE.jpg",
        "time": _TIME,
        "content-type": JSON,
    },
    _PUT["Records"][0],
)
_ORDERED = Seen(
    "aws.eventbridge",
    {
        "id": "0e1d2c3b-4a59-4687-9786-a5b4c3d2e1f0",
        "source": "com.example.shop",
        "type": "Order%20placed",
        "time": "2026-03-04T10:11:12Z",
        "account": "111122223333",
        "region": "eu-central-1",
        "content-type": JSON,
    },
    {"httpMethod": "GET", "path": "/"},
)


def _click(number: str, data: bytes, kind: str) -> Seen:
    headers = {
        "id": f"shardId-000000000006:{number}",
        "source": f"arn:aws:kinesis:{_REGION}:stream/clicks",
        "type": "com.amazonaws.kinesis.Record",
        "time": "2026-03-04T10:11:12.100Z",
        "partitionkey": "1",
        "sequence": number,
        "content-type": kind,
    }
    return Seen("aws.kinesis", headers, data)


CASES: tuple[EventCase, ...] = (
    EventCase(
        "queue",
        _queue("orders", '{"order": 7}', "plain text, 文"),
        [_message(1, "orders", b'{"order": 7}', JSON), _message(2, "orders", "plain text, 文".encode())],
        _failures(),
    ),
    EventCase(
        "queue, some fail",
        _queue("orders", "one", said.REFUSED, said.CRASHED, "four"),
        [
            _message(number, "orders", data.encode())
            for number, data in enumerate(("one", said.REFUSED, said.CRASHED, "four"), 1)
        ],
        _failures("message-2", "message-3"),
    ),
    EventCase(
        "FIFO queue, one fails",
        _queue("orders.fifo", "one", said.REFUSED, "three"),
        [_message(1, "orders.fifo", b"one"), _message(2, "orders.fifo", said.REFUSED.encode())],
        _failures("message-2", "message-3"),
    ),
    EventCase(
        "queue, all fail",
        _queue("orders", said.REFUSED, said.CRASHED),
        [_message(1, "orders", said.REFUSED.encode()), _message(2, "orders", said.CRASHED.encode())],
        FAILED,
    ),
    EventCase(
        "stream",
        sample("aws.kinesis/record"),
        [_click("4959", b"hello", TEXT), _click("4960", b"\xff\x00\x01", "application/octet-stream")],
        _failures(),
    ),
    EventCase("file", _PUT, [_STORED]),
    EventCase("EventBridge", sample("aws.eventbridge/customer"), [_ORDERED]),
    EventCase("schedule", _scheduled({}), [_schedule({})]),
    EventCase("schedule, refused", _scheduled({"x": said.REFUSED}), [_schedule({"x": said.REFUSED})], FAILED),
    EventCase("schedule, crash", _scheduled({"x": said.CRASHED}), [_schedule({"x": said.CRASHED})], FAILED),
    EventCase(
        "task of Step Functions",
        sample("aws.invoke/task"),
        [_invoked(sample("aws.invoke/task"))],
        Told(result={"took": "com.amazonaws.lambda.Invocation"}),
    ),
    EventCase("invoked, fails", {"x": said.CRASHED}, [_invoked({"x": said.CRASHED})], FAILED),
    EventCase("authorizer", sample("aws.authorizer/token"), [], Told(result=POLICY)),
    EventCase("warm-up", {"source": "serverless-plugin-warmup"}, []),
    EventCase("unknown", {"Records": [{"eventSource": "aws:nobody"}]}, [], FAILED),
)
