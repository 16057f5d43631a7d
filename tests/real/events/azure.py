"""What Azure's host hands to the worker: (function, its data, metadata), each a TypedData as protobuf has it in JSON.

The keys are those that the worker reads (azure-functions 2.3.0, queue.py, servicebus.py and the like). The host sends
a text as it is, and of everything else, times too, its JSON (Azure/azure-functions-host, WebJobs.Script.Grpc,
GrpcMessageConversionExtensions.cs). Which function of `drivers/azure.py` has which trigger, its name says.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from tests.real.apps import said
from tests.real.events import ANY, FAILED, JSON, TEXT, EventCase, Seen

_STAMP = "2026-03-04T10:11:12+00:00"
_TIME = "2026-03-04T10:11:12Z"
_PREFIX = "com.microsoft.azure."
_BINARY = "application/octet-stream"


def _text(value: str) -> dict[str, Any]:
    return {"string": value}


def _bytes(value: bytes) -> dict[str, Any]:
    return {"bytes": b64encode(value).decode()}


def _json(value: Any) -> dict[str, Any]:
    return {"json": json.dumps(value)}


def _all_bytes(*values: bytes) -> dict[str, Any]:
    return {"collectionBytes": {"bytes": [b64encode(value).decode() for value in values]}}


def _queue(body: str, function: str = "queue") -> Any:
    metadata = {
        "Id": _text("message-7"),
        "DequeueCount": _json(1),
        "PopReceipt": _text("AgAAAA"),
        "InsertionTime": _json(_STAMP),
        "ExpirationTime": _json(_STAMP),
        "NextVisibleTime": _json(_STAMP),
    }
    return function, _text(body), metadata


def _queue_seen(data: bytes, kind: str = TEXT) -> Seen:
    headers = {
        "id": "message-7",
        "source": "azure:queue",
        "type": _PREFIX + "storage.queue.message",
        "time": _TIME,
        "content-type": kind,
    }
    return Seen("azure.queue", headers, data)


def _timer(status: dict[str, str]) -> Any:
    return "timer", _json({"Schedule": {"AdjustForDST": True}, "ScheduleStatus": status, "IsPastDue": False}), {}


def _timer_seen(identity: str, status: dict[str, str], **more: str) -> Seen:
    headers = {"id": identity, "source": "azure:timer", "type": _PREFIX + "functions.timer", "content-type": JSON}
    return Seen(
        "azure.timer",
        {**headers, **more},
        {"past_due": False, "schedule": {"AdjustForDST": True}, "schedule_status": status},
    )


_STATUS = {"Last": _STAMP, "Next": "2026-03-05T10:11:12+00:00", "LastUpdated": _STAMP}

_BLOB = (
    "blob",
    _bytes(said.EVERY_BYTE),
    {
        "BlobTrigger": _text("pictures/in/a.png"),
        "Uri": _json("https://bridge.blob.core.windows.net/pictures/in/a.png"),
        "Properties": _json({"ETag": '"0x8DC7"', "ContentType": "image/png", "Length": 256, "LastModified": _STAMP}),
        "Metadata": _json({}),
        "name": _text("in/a.png"),
    },
)
_BLOB_SEEN = Seen(
    "azure.blob",
    {
        "id": "pictures/in/a.png/0x8DC7",
        "source": "https://bridge.blob.core.windows.net/pictures",
        "type": _PREFIX + "storage.blob",
        "subject": "in/a.png",
        "time": _TIME,
        "content-type": "image/png",
    },
    said.EVERY_BYTE,
)

_ABOUT_GRID = {"id": "7", "subject": "/blobServices/default/containers/a"}
_CREATED = "Microsoft.Storage.BlobCreated"
_GRID = {
    **_ABOUT_GRID,
    "topic": "/subscriptions/s/storageAccounts/bridge",
    "eventType": _CREATED,
    "eventTime": _TIME,
    "data": {"url": "u"},
    "dataVersion": "1",
    "metadataVersion": "1",
}
_GRID_CLOUD_EVENT = {
    **_ABOUT_GRID,
    "specversion": "1.0",
    "source": "/subscriptions/s/storageAccounts/bridge",
    "type": _CREATED,
    "time": _TIME,
    "data": {"url": "u"},
}


def _grid_seen(**more: str) -> Seen:
    about = {"source": "/subscriptions/s/storageAccounts/bridge", "type": _CREATED, "time": _TIME, "content-type": JSON}
    return Seen("azure.eventgrid", {**_ABOUT_GRID, **about, **more}, {"url": "u"})


_PARTITION = {"PartitionContext": _json({"EventHubName": "clicks", "PartitionId": "0", "ConsumerGroup": "$Default"})}


def _about_event(number: int) -> dict[str, Any]:
    return {"EnqueuedTimeUtc": _STAMP, "SequenceNumber": number, "Offset": str(number * 100), "PartitionKey": "user-7"}


def _hub(*bodies: bytes) -> Any:
    about = [_about_event(number) for number, _ in enumerate(bodies)]
    return "hub", _all_bytes(*bodies), {**_PARTITION, "SystemPropertiesArray": _json(about)}


def _hub_seen(number: int, data: bytes, kind: str = TEXT) -> Seen:
    headers = {
        "id": f"0/{number}",
        "source": "azure:eventhub/clicks",
        "type": _PREFIX + "eventhub.message",
        "time": _TIME,
        "partition": "0",
        "partitionkey": "user-7",
        "offset": str(number * 100),
        "content-type": kind,
    }
    return Seen("azure.eventhub", headers, data)


_HUB_ONE = (
    "hub_one",
    _bytes(b"hello"),
    {
        **_PARTITION,
        "SystemProperties": _json({}),
        "EnqueuedTimeUtc": _json(_STAMP),
        "SequenceNumber": _json(7),
        "Offset": _text("700"),
        "PartitionKey": _text("user-7"),
    },
)

_BUS_METADATA = {
    "MessageId": _text("message-7"),
    "ContentType": _text("application/json"),
    "CorrelationId": _text("70"),
    "Subject": _text("news"),
    "Label": _text("news"),
    "EnqueuedTimeUtc": _json(_STAMP),
    "SequenceNumber": _json(7),
    "DeliveryCount": _json(1),
    "UserProperties": _json({}),
    "ApplicationProperties": _json({}),
}


def _bus_many(*bodies: bytes) -> Any:
    numbers = range(1, len(bodies) + 1)
    metadata = {
        "MessageIdArray": {"collectionString": {"string": [f"message-{number}" for number in numbers]}},
        # A DateTime of .NET's whose kind is not said.
        "EnqueuedTimeUtcArray": _json(["2026-03-04T10:11:12" for _ in bodies]),
        "SequenceNumberArray": {"collectionSint64": {"sint64": list(numbers)}},
        "DeliveryCountArray": _json([1 for _ in bodies]),
        "UserPropertiesArray": _json([{} for _ in bodies]),
        "ApplicationPropertiesArray": _json([{} for _ in bodies]),
    }
    return "bus_many", _all_bytes(*bodies), metadata


def _bus_seen(identity: str, data: bytes, kind: str = TEXT, **more: str) -> Seen:
    headers = {
        "id": identity,
        "source": "azure:servicebus",
        "type": _PREFIX + "servicebus.message",
        "time": _TIME,
        "content-type": kind,
        **more,
    }
    return Seen("azure.servicebus", headers, data)


_REFUSED, _CRASHED = said.REFUSED.encode(), said.CRASHED.encode()

CASES: tuple[EventCase, ...] = (
    EventCase("queue", _queue('{"order": 7}'), [_queue_seen(b'{"order": 7}', JSON)]),
    EventCase("queue, refused", _queue(said.REFUSED), [_queue_seen(_REFUSED)], FAILED),
    EventCase("queue, crash", _queue(said.CRASHED), [_queue_seen(_CRASHED)], FAILED),
    EventCase("queue on the loop", _queue("x", "queue_on_loop"), [_queue_seen(b"x")]),
    EventCase("queue on the loop, crash", _queue(said.CRASHED, "queue_on_loop"), [_queue_seen(_CRASHED)], FAILED),
    EventCase("timer", _timer(_STATUS), [_timer_seen(_STAMP, _STATUS, time=_TIME)]),
    EventCase("timer without a monitor", _timer({}), [_timer_seen(ANY, {})]),
    EventCase("blob", _BLOB, [_BLOB_SEEN]),
    EventCase("Event Grid", ("grid", _json(_GRID), {}), [_grid_seen(dataversion="1")]),
    EventCase("Event Grid, CloudEvent", ("grid", _json(_GRID_CLOUD_EVENT), {}), [_grid_seen()]),
    EventCase("hub", _hub(b"hello", b"\xff\x00"), [_hub_seen(0, b"hello"), _hub_seen(1, b"\xff\x00", _BINARY)]),
    EventCase("hub, one at a time", _HUB_ONE, [_hub_seen(7, b"hello")]),
    EventCase(
        "hub, one fails", _hub(b"one", _REFUSED, b"three"), [_hub_seen(0, b"one"), _hub_seen(1, _REFUSED)], FAILED
    ),
    EventCase(
        "bus",
        ("bus", _bytes(b'{"order": 7}'), _BUS_METADATA),
        [_bus_seen("message-7", b'{"order": 7}', JSON, subject="news", correlationid="70")],
    ),
    EventCase(
        "bus, many",
        _bus_many(b"one", b"\xff\x00"),
        [_bus_seen("message-1", b"one"), _bus_seen("message-2", b"\xff\x00", _BINARY)],
    ),
    EventCase(
        "bus, many, one fails",
        _bus_many(b"one", _CRASHED, b"three"),
        [_bus_seen("message-1", b"one"), _bus_seen("message-2", _CRASHED)],
        FAILED,
    ),
)
