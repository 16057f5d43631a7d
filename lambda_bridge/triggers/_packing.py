"""What an item of data is for each source, where it stands in the source's template, and how the platform packs it.

For `lambda_bridge.triggers.samples`.
"""

from __future__ import annotations

import json
from base64 import b64encode
from gzip import compress
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable


# --- (the sample's data, the item) -> what stands in the record; the docstring says what an item is, as errors tell it


def _json(own: Any, item: Any) -> Any:
    """JSON"""
    return json.loads(json.dumps(item, allow_nan=False))


def _bytes(own: Any, item: Any) -> bytes:
    """bytes, text or JSON"""
    if isinstance(item, (bytes, bytearray)):
        return bytes(item)
    return (item if isinstance(item, str) else json.dumps(item, allow_nan=False)).encode()


def _text(own: Any, item: Any) -> str:
    """text in UTF-8, or JSON"""
    return _bytes(own, item).decode()


def _base64(own: Any, item: Any) -> str:
    """bytes, text or JSON"""
    return b64encode(_bytes(own, item)).decode()


def _bytes_or_json(own: Any, item: Any) -> Any:
    """bytes or JSON"""
    return bytes(item) if isinstance(item, (bytes, bytearray)) else _json(own, item)


def _object(own: Any, item: Any) -> Any:
    """a dict of JSON"""
    if not isinstance(item, dict):
        raise TypeError
    return _json(own, item)


def _over(own: Any, item: Any) -> Any:
    """a dict of JSON, to be laid over the sample's"""
    if item is own:
        return own
    found = _object(own, item)
    if found and own.keys().isdisjoint(found):
        # Most likely what is meant lies deeper, or is something else: nobody would hear of it.
        raise ConfigurationError(
            f"no key of the data is one of the sample's: it has {', '.join(map(repr, found))}, "
            f"the sample {', '.join(map(repr, own))}"
        )
    return _merge(own, found)


def _merge(old: Any, new: Any) -> Any:
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{key: new[key] if key in _WHOLE else _merge(old.get(key), new[key]) for key in new}}
    if isinstance(old, list) and isinstance(new, list) and old:
        return [_merge(old[0], each) for each in new]
    return new


# Of DynamoDB: values of one of many types, {"S": "7"} or {"N": "7"}.
_WHOLE = frozenset({"Keys", "NewImage", "OldImage"})


def _gzip(own: Any, item: Any) -> str:
    """a dict of JSON, to be laid over the sample's"""
    return _base64(None, compress(_bytes(None, _over(own, item))))


def _lts(own: Any, item: Any) -> str:
    """a dict of JSON, to be laid over the sample's"""
    logs = _over(own, item)
    return _base64(None, {**logs, "logs": json.dumps(logs["logs"])})


# --- the table


class Form(NamedTuple):
    """Where the data is in a template, and what else is new in each record; paths are keys with dots between."""

    pack: Callable[[Any, Any], Any]
    data: str = ""
    """In the record; the record itself where there is no path."""
    records: Optional[str] = None
    """In the event; None where the event is the one record; ``""`` where it is that, or a list."""
    new: dict[str, str] = {}  # noqa: RUF012
    """Path in the record (in the event, where a record is a text) -> pattern of a number, a UUID or the time."""
    md5: str = ""
    """In the record, of the packed data's digest; ``""`` where there is none."""

    @property
    def carries_text(self) -> bool:
        """Whether an item that is text or bytes goes on as it is; else it is JSON."""
        return self.pack in (_text, _bytes, _base64)


_ID = {"id": "{uuid}"}

FORMS: dict[str, Form] = {
    "aws.sqs": Form(_text, "body", "Records", {"messageId": "{uuid}"}, "md5OfBody"),
    "aws.sns": Form(_over, "Sns", "Records", {"Sns.MessageId": "{uuid}"}),
    "aws.s3": Form(_over, "", "Records", {"responseElements.x-amz-request-id": "{number:016X}"}),
    "aws.eventbridge": Form(_json, "detail", None, _ID),
    "aws.schedule": Form(_json, "detail", None, _ID),
    "aws.dynamodb": Form(
        _over, "", "Records", {"eventID": "{number:032x}", "dynamodb.SequenceNumber": "{number:021d}"}
    ),
    "aws.kinesis": Form(
        _base64, "kinesis.data", "Records",
        {"eventID": "shardId-000000000006:{number:056d}", "kinesis.sequenceNumber": "{number:056d}"},
    ),
    "aws.kafka": Form(_base64, "value", "records.orders-0", {"offset": "{number}"}),
    "aws.logs": Form(_gzip, "awslogs.data", None, {"awslogs.data.logEvents.0.id": "{number:056d}"}),
    "aws.ses": Form(_over, "ses", "Records", {"ses.mail.messageId": "{number:040x}"}),
    "aws.authorizer": Form(_over, "", None, {"requestContext.requestId": "{uuid}"}),
    "aws.invoke": Form(_json),
    "tencent.timer": Form(_text, "Message", None, {"Time": "{time}"}),
    "tencent.cos": Form(_over, "", "Records", {"event.reqid": "{number}"}),
    "tencent.cmq": Form(_text, "CMQ.msgBody", "Records", {"CMQ.msgId": "{number}"}),
    "tencent.ckafka": Form(_text, "Ckafka.msgBody", "Records", {"Ckafka.offset": "{number}"}),
    "tencent.cls": Form(_gzip, "clslogs.data", None, {"clslogs.data.records.0.timestamp": "{number}"}),
    "tencent.mps": Form(
        _over, "WorkflowTaskEvent", None, {"WorkflowTaskEvent.TaskId": "1300000000-WorkflowTask-{number}"}
    ),
    "tencent.eventbridge": Form(_json, "data", None, _ID),
    "aliyun.timer": Form(_text, "payload", None, {"triggerTime": "{time}"}),
    "aliyun.oss": Form(_over, "", "events", {"responseElements.requestId": "{number:024X}"}),
    "aliyun.cdn": Form(_over, "", "events", {"traceId": "{uuid}"}),
    "aliyun.mns": Form(_text, "Message", None, {"MessageId": "{number:032X}"}, "MessageMD5"),
    "aliyun.mns_queue": Form(_over, "data", "", {**_ID, "data.messageId": "{number:016X}"}),
    "aliyun.kafka": Form(_over, "data", "", {**_ID, "data.offset": "{number}"}),
    "aliyun.eventbridge": Form(_json, "data", "", _ID),
    "aliyun.sls": Form(_over, "", None, {"taskId": "{uuid}"}),
    "huawei.timer": Form(_text, "user_event", None, {"time": "{time}"}),
    "huawei.obs": Form(_over, "", "Records", {"s3.object.sequencer": "{number:032X}"}),
    "huawei.smn": Form(_text, "smn.message", "record", {"smn.message_id": "{number:032x}"}),
    "huawei.kafka": Form(_text, "", "records.0.messages", {"event_time": "{number}"}),
    "huawei.lts": Form(_lts, "lts.data", None, {"lts.data.logs.0.log_uid": "{uuid}"}),
    "huawei.cts": Form(_over, "cts", None, {"cts.trace_id": "{uuid}"}),
    "huawei.dds": Form(_over, "dds", "records", {"dds.token": '{{"_data": "{number:032X}"}}'}),
    "volcengine.timer": Form(_text, "data", None, _ID),
    "volcengine.tos": Form(_over, "data", None, _ID),
    "volcengine.kafka": Form(_text, "data", None, _ID),
    "volcengine.event": Form(_json, "data", None, _ID),
    "yandex.timer": Form(_text, "details.payload", "messages", {"event_metadata.event_id": "a1s{number:017d}"}),
    "yandex.storage": Form(_over, "details", "messages", {"event_metadata.event_id": "a1s{number:017d}"}),
    "yandex.queue": Form(
        _text, "details.message.body", "messages",
        {"event_metadata.event_id": "a1s{number:017d}", "details.message.message_id": "{uuid}"},
        "details.message.md5_of_body",
    ),
    "yandex.iot": Form(_base64, "details.payload", "messages", {"event_metadata.event_id": "a1s{number:017d}"}),
    "yandex.trigger": Form(_json, "details", "messages", {"event_metadata.event_id": "a1s{number:017d}"}),
    "google.pubsub": Form(_over, "data", None, {"id": "{number}", "data.message.messageId": "{number}"}),
    "google.storage": Form(_over, "data", None, {"id": "{number}"}),
    "google.eventarc": Form(_json, "data", None, {"id": "{number}"}),
    "azure.custom": Form(_object, "Data", None, {"Metadata.Id": "{uuid}", "Metadata.sys.RandGuid": "{uuid}"}),
    "azure.timer": Form(_over, "", None, {"schedule_status.Last": "{time}"}),
    "azure.queue": Form(_bytes, "body", None, {"id": "{uuid}"}),
    "azure.blob": Form(_bytes, "data", None, {"blob_properties.ETag": '"0x{number:X}"'}),
    "azure.eventgrid": Form(_json, "data", "", {"id": "{uuid}"}),
    "azure.eventhub": Form(_bytes, "body", "", {"sequence_number": "{number}", "offset": "{number}"}),
    "azure.servicebus": Form(_bytes, "body", "", {"message_id": "{uuid}", "sequence_number": "{number}"}),
    "cloudevents.event": Form(_bytes_or_json, "data", "", _ID),
    "fn.invoke": Form(_bytes_or_json),
    "openwhisk.invoke": Form(_object),
}  # fmt: skip
