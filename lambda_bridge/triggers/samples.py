"""An event of every source, made of data: the other half of a row, for tests and development; never in a function.

`make_event` fills the sample of the source, ``templates/aws.sqs.json``, in which the data stands as it is; `_FORMS`
says where that is, and how the platform packs it. Ids are new in each event, for apps that do each thing once only;
where a row makes the id of something else (a timer's of its time), that is new.
"""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from gzip import compress
from hashlib import md5
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from threading import Lock
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple, Optional
from uuid import uuid4

from lambda_bridge.errors import ConfigurationError
from lambda_bridge.triggers import NAMES, OPENWHISK, find

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.triggers import Data

_TEMPLATES = files("lambda_bridge.triggers") / "templates"
_AZURE = "azure.functions"


def make_event(name: str, data: Optional[Sequence[Data]] = None) -> Any:
    """An event of the source *name*: a record for each item of *data*, in order, or one with the sample's own data.

    An item is what the CloudEvent's ``data`` is to be: bytes, text or JSON, as far as the platform
    carries it. Where that is the platform's own account of something (of a file, a mail, a log), an
    item is a dict that is laid over the sample's:
    ``make_event("aws.s3", [{"s3": {"object": {"key": "cat.png"}}}])``. Of a list in it, each item is
    laid over the first of the sample's.

    An event is JSON, but for those of Azure's Python worker (`takes_json`). Raises ConfigurationError
    for an unknown source, for data that it does not carry, and where Azure's package is not installed.
    """
    event, form = _template(name), _FORMS[name]
    models = event if form.records is None else _get(event, form.records)
    model = models[0] if isinstance(models, list) else models
    items = [_OWN] if data is None else _read_items(name, data)
    if len(items) > 1 and form.records is None:
        raise ConfigurationError(f"an event of {name} has one record: give one item of data, not {len(items)}")
    records = [_make_record(name, deepcopy(model), event, item) for item in items]
    # Where a platform may hand over one or a list, one is itself.
    is_list = isinstance(models, list) or len(records) > 1
    event = _put(event, form.records or "", records if is_list else records[0])
    found = find(event, make_context(name))
    if found is None or found.name != name:
        raise ConfigurationError(
            f"with this data the event would not be one of {name}: its keys say that it is another"
        )
    return event


def make_context(name: str) -> Any:
    """What tells the cloud of a direct invocation, as its context; for every other source None.

    Raises ConfigurationError for an unknown source.
    """
    _check(name)
    return _CONTEXTS[name]() if name in _CONTEXTS else None


def takes_json(name: str) -> bool:
    """Whether an event of *name* is JSON (or bytes, of ``fn.invoke``), and no object of its platform's."""
    return name not in _OBJECTS


def carries_text(name: str) -> bool:
    """Whether an item of data that is text or bytes goes on as it is; else it is JSON."""
    _check(name)
    return _FORMS[name].pack in (_text, _bytes, _base64)


def missing_package(name: str) -> Optional[str]:
    """The package that the events of *name* are made of, where it is not installed; else None."""
    try:
        return None if takes_json(name) or find_spec(_AZURE) is not None else _AZURE
    except ModuleNotFoundError:  # nor is the package around it
        return _AZURE


def _check(name: str) -> None:
    if name not in NAMES:
        raise ConfigurationError(f"{name!r} is no source of events: use one of {', '.join(NAMES)}")


def _template(name: str) -> Any:
    _check(name)
    return json.loads((_TEMPLATES / f"{name}.json").read_text(encoding="utf-8"))


# --- contexts


def _aws_context() -> Any:
    # docs.aws.amazon.com/lambda/latest/dg/python-context.html, as far as it says who is called.
    return SimpleNamespace(
        aws_request_id=str(uuid4()),
        function_name="app",
        function_version="$LATEST",
        invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:app",
    )


def _fn_context() -> Any:
    # fdk-python 0.1.128, fdk/context.py: a direct invocation has no method and no URL.
    told: dict[str, Any] = {"CallID": str(uuid4()), "Method": None, "RequestURL": None}
    told.update(Headers={}, HTTPHeaders={}, GetResponseHeaders={})
    methods = {name: lambda self, value=value: value for name, value in told.items()}
    return type("InvokeContext", (), {"__module__": "fdk.context", **methods})()


_CONTEXTS: dict[str, Callable[[], Any]] = {
    "aws.invoke": _aws_context,
    "fn.invoke": _fn_context,
    "openwhisk.invoke": lambda: OPENWHISK,
}


# --- one record


# In place of an item: the sample's own data.
_OWN: Any = object()


def _read_items(name: str, data: Any) -> list[Any]:
    if isinstance(data, (str, bytes, bytearray)) or not isinstance(data, Sequence):
        raise ConfigurationError(f"data is a list, with an item for each record, and no {type(data).__name__}")
    if not data:
        raise ConfigurationError(f"data has no item: an event of {name} has one record at least")
    return list(data)


def _make_record(name: str, record: Any, event: Any, item: Any) -> Any:
    form = _FORMS[name]
    _renew(event if isinstance(record, str) else record, form.new)
    own = _get(record, form.data)
    try:
        packed = form.pack(own, own if item is _OWN else item)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"an item of data for {name} is {form.pack.__doc__}: this one, of the type {type(item).__name__}, is not"
        ) from error
    record = _put(record, form.data, packed)
    if form.md5:
        digest = md5(packed.encode(), usedforsecurity=False).hexdigest()
        _put(record, form.md5, digest.upper() if _get(record, form.md5).isupper() else digest)
    if name == "cloudevents.event" and isinstance(packed, bytes):
        del record["data"]
        record.update(datacontenttype="application/octet-stream", data_base64=b64encode(packed).decode())
    return _make_object(name, record) if name in _OBJECTS else record


def _renew(target: Any, patterns: dict[str, str]) -> None:
    number = _next_number()
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=number)
    told = {"number": number, "uuid": uuid4(), "time": moment.isoformat().replace("+00:00", "Z")}
    for path, pattern in patterns.items():
        new = pattern.format(**told)
        _put(target, path, int(new) if isinstance(_get(target, path), int) else new)


_mutex = Lock()
_last = 0


def _next_number() -> int:
    """Microseconds since 1970; or one more than the last, as numbers of messages must rise."""
    global _last  # noqa: PLW0603
    with _mutex:
        _last = max(_last + 1, time.time_ns() // 1000)
        return _last


def _make_object(name: str, parameters: dict[str, Any]) -> Any:
    if missing_package(name) is not None:
        raise ConfigurationError(f"the events of {name!r} are made of the package {_AZURE!r}, which is not installed")
    module, _, class_name = _OBJECTS[name].rpartition(".")
    values: dict[str, Any] = {
        key: datetime.fromisoformat(value) if key in _TIMES else value for key, value in parameters.items()
    }
    if "length" in values:
        values["length"] = len(values["data"])
    try:
        return getattr(import_module(f"{_AZURE}.{module}"), class_name)(**values)
    except TypeError as error:  # of azure.timer, whose data the parameters are
        raise ConfigurationError(f"the data of {name} has another key than {', '.join(_template(name))}") from error


# Azure/azure-functions-python-library 1.20 to 2.3: what the host makes; azure.functions has their abstract classes.
_OBJECTS = {
    "azure.timer": "timer.TimerRequest",
    "azure.queue": "queue.QueueMessage",
    "azure.blob": "blob.InputStream",
    "azure.eventgrid": "_eventgrid.EventGridEvent",
    "azure.eventhub": "_eventhub.EventHubEvent",
    "azure.servicebus": "servicebus.ServiceBusMessage",
}
_TIMES = frozenset(
    {"insertion_time", "expiration_time", "time_next_visible", "event_time", "enqueued_time", "enqueued_time_utc"}
)


def _steps(path: str) -> list[Any]:
    return [int(step) if step.isdigit() else step for step in path.split(".")] if path else []


def _get(value: Any, path: str) -> Any:
    for step in _steps(path):
        value = value[step]
    return value


def _put(value: Any, path: str, new: Any) -> Any:
    """*value* with *new* at *path*; *new* itself where that is ``""``."""
    if not path:
        return new
    *way, last = _steps(path)
    parent = value
    for step in way:
        parent = parent[step]
    parent[last] = new
    return value


# --- how the data is packed: (the sample's, the item) -> what stands in the record. A docstring says what an item is.


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


class _Form(NamedTuple):
    """Where the data is in a template, and what else is new in each record; paths are keys with dots between."""

    pack: Callable[[Any, Any], Any]
    data: str = ""
    """In the record; the record itself where there is no path."""
    records: Optional[str] = None
    """In the event; None where the event is the one record; ``""`` where it is that, or a list."""
    new: dict[str, str] = {}  # noqa: RUF012
    """Path in the record (in the event, where a record is a text) -> pattern of a number, a UUID or the time."""
    md5: str = ""


_ID = {"id": "{uuid}"}

_FORMS: dict[str, _Form] = {
    "aws.sqs": _Form(_text, "body", "Records", {"messageId": "{uuid}"}, "md5OfBody"),
    "aws.sns": _Form(_over, "Sns", "Records", {"Sns.MessageId": "{uuid}"}),
    "aws.s3": _Form(_over, "", "Records", {"responseElements.x-amz-request-id": "{number:016X}"}),
    "aws.eventbridge": _Form(_json, "detail", None, _ID),
    "aws.schedule": _Form(_json, "detail", None, _ID),
    "aws.dynamodb": _Form(
        _over, "", "Records", {"eventID": "{number:032x}", "dynamodb.SequenceNumber": "{number:021d}"}
    ),
    "aws.kinesis": _Form(
        _base64, "kinesis.data", "Records",
        {"eventID": "shardId-000000000006:{number:056d}", "kinesis.sequenceNumber": "{number:056d}"},
    ),
    "aws.kafka": _Form(_base64, "value", "records.orders-0", {"offset": "{number}"}),
    "aws.logs": _Form(_gzip, "awslogs.data", None, {"awslogs.data.logEvents.0.id": "{number:056d}"}),
    "aws.ses": _Form(_over, "ses", "Records", {"ses.mail.messageId": "{number:040x}"}),
    "aws.authorizer": _Form(_over, "", None, {"requestContext.requestId": "{uuid}"}),
    "aws.invoke": _Form(_json),
    "tencent.timer": _Form(_text, "Message", None, {"Time": "{time}"}),
    "tencent.cos": _Form(_over, "", "Records", {"event.reqid": "{number}"}),
    "tencent.cmq": _Form(_text, "CMQ.msgBody", "Records", {"CMQ.msgId": "{number}"}),
    "tencent.ckafka": _Form(_text, "Ckafka.msgBody", "Records", {"Ckafka.offset": "{number}"}),
    "tencent.cls": _Form(_gzip, "clslogs.data", None, {"clslogs.data.records.0.timestamp": "{number}"}),
    "tencent.mps": _Form(
        _over, "WorkflowTaskEvent", None, {"WorkflowTaskEvent.TaskId": "1300000000-WorkflowTask-{number}"}
    ),
    "tencent.eventbridge": _Form(_json, "data", None, _ID),
    "aliyun.timer": _Form(_text, "payload", None, {"triggerTime": "{time}"}),
    "aliyun.oss": _Form(_over, "", "events", {"responseElements.requestId": "{number:024X}"}),
    "aliyun.cdn": _Form(_over, "", "events", {"traceId": "{uuid}"}),
    "aliyun.mns": _Form(_text, "Message", None, {"MessageId": "{number:032X}"}, "MessageMD5"),
    "aliyun.mns_queue": _Form(_over, "data", "", {**_ID, "data.messageId": "{number:016X}"}),
    "aliyun.kafka": _Form(_over, "data", "", {**_ID, "data.offset": "{number}"}),
    "aliyun.eventbridge": _Form(_json, "data", "", _ID),
    "aliyun.sls": _Form(_over, "", None, {"taskId": "{uuid}"}),
    "huawei.timer": _Form(_text, "user_event", None, {"time": "{time}"}),
    "huawei.obs": _Form(_over, "", "Records", {"s3.object.sequencer": "{number:032X}"}),
    "huawei.smn": _Form(_text, "smn.message", "record", {"smn.message_id": "{number:032x}"}),
    "huawei.kafka": _Form(_text, "", "records.0.messages", {"event_time": "{number}"}),
    "huawei.lts": _Form(_lts, "lts.data", None, {"lts.data.logs.0.log_uid": "{uuid}"}),
    "huawei.cts": _Form(_over, "cts", None, {"cts.trace_id": "{uuid}"}),
    "huawei.dds": _Form(_over, "dds", "records", {"dds.token": '{{"_data": "{number:032X}"}}'}),
    "volcengine.timer": _Form(_text, "data", None, _ID),
    "volcengine.tos": _Form(_over, "data", None, _ID),
    "volcengine.kafka": _Form(_text, "data", None, _ID),
    "volcengine.event": _Form(_json, "data", None, _ID),
    "yandex.timer": _Form(_text, "details.payload", "messages", {"event_metadata.event_id": "a1s{number:017d}"}),
    "yandex.storage": _Form(_over, "details", "messages", {"event_metadata.event_id": "a1s{number:017d}"}),
    "yandex.queue": _Form(
        _text, "details.message.body", "messages",
        {"event_metadata.event_id": "a1s{number:017d}", "details.message.message_id": "{uuid}"},
        "details.message.md5_of_body",
    ),
    "yandex.iot": _Form(_base64, "details.payload", "messages", {"event_metadata.event_id": "a1s{number:017d}"}),
    "yandex.trigger": _Form(_json, "details", "messages", {"event_metadata.event_id": "a1s{number:017d}"}),
    "google.pubsub": _Form(_over, "data", None, {"id": "{number}", "data.message.messageId": "{number}"}),
    "google.storage": _Form(_over, "data", None, {"id": "{number}"}),
    "google.eventarc": _Form(_json, "data", None, {"id": "{number}"}),
    "azure.custom": _Form(_object, "Data", None, {"Metadata.Id": "{uuid}", "Metadata.sys.RandGuid": "{uuid}"}),
    "azure.timer": _Form(_over, "", None, {"schedule_status.Last": "{time}"}),
    "azure.queue": _Form(_bytes, "body", None, {"id": "{uuid}"}),
    "azure.blob": _Form(_bytes, "data", None, {"blob_properties.ETag": '"0x{number:X}"'}),
    "azure.eventgrid": _Form(_json, "data", "", {"id": "{uuid}"}),
    "azure.eventhub": _Form(_bytes, "body", "", {"sequence_number": "{number}", "offset": "{number}"}),
    "azure.servicebus": _Form(_bytes, "body", "", {"message_id": "{uuid}", "sequence_number": "{number}"}),
    "cloudevents.event": _Form(_bytes_or_json, "data", "", _ID),
    "fn.invoke": _Form(_bytes_or_json),
    "openwhisk.invoke": _Form(_object),
}  # fmt: skip
