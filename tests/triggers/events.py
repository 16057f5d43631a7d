"""Events of AWS's sources in few words, a context, and apps that take them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Context:
    """AWS's, with the time that is left, in milliseconds."""

    aws_request_id = "request-7"
    invoked_function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:orders"

    def __init__(self, left: int = 60_000) -> None:
        self._left = left

    def get_remaining_time_in_millis(self) -> int:
        return self._left


def sqs(*ids: str, fifo: bool = False, body: str = "{}") -> dict[str, Any]:
    arn = "arn:aws:sqs:eu-central-1:111122223333:orders" + (".fifo" if fifo else "")
    return {
        "Records": [
            {"messageId": each, "body": body, "attributes": {}, "eventSource": "aws:sqs", "eventSourceARN": arn}
            for each in ids
        ]
    }


def kinesis(*numbers: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "kinesis": {"sequenceNumber": each, "data": "aGVsbG8=", "partitionKey": "1"},
                "eventSource": "aws:kinesis",
                "eventID": each,
                "eventSourceARN": "arn:aws:kinesis:eu-central-1:111122223333:stream/clicks",
            }
            for each in numbers
        ]
    }


def dynamodb(*numbers: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "dynamodb": {"SequenceNumber": each, "Keys": {}},
                "eventSource": "aws:dynamodb",
                "eventName": "INSERT",
                "eventID": each,
                "eventSourceARN": "arn:aws:dynamodb:eu-central-1:111122223333:table/orders/stream/1",
            }
            for each in numbers
        ]
    }


def schedule() -> dict[str, Any]:
    return {
        "version": "0",
        "id": "1",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "111122223333",
        "time": "2026-03-04T10:11:12Z",
        "region": "eu-central-1",
        "resources": ["arn:aws:events:eu-central-1:111122223333:rule/nightly"],
        "detail": {},
    }


class Worker:
    """A WSGI app that keeps the ids it gets, and fails for some."""

    def __init__(self, failing: Iterable[str] = (), status: str = "204 No Content") -> None:
        self.failing = set(failing)
        self.status = status
        self.seen: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        found = environ["HTTP_CE_ID"]
        self.seen.append(found)
        if found in self.failing:
            start_response("500 Internal Server Error", [])
            return [b"no"]
        start_response(self.status, [])
        return []


async def asgi_app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    headers = dict(scope["headers"])
    body = (await receive())["body"]
    status = 500 if b"bad" in headers[b"ce-id"] else 200
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps([scope["path"], body.decode()]).encode()})
