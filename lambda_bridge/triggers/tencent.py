"""Tencent Cloud SCF: the events of its triggers (cloud.tencent.com/document/product/583/31927, read in 2026).

Several shapes are as tencentyun/scf-go-lib has captured them (events/*_test.go). Not verified: whether the key of
a COS object is percent-encoded (it goes on as it is); how CLS compresses, for which the page says both ZIP and
Gzip (both are read, and zlib); Tencent's reaction to a failure beside a new try, so the whole invocation fails.
"""

from __future__ import annotations

from lambda_bridge.errors import MalformedEvent
from lambda_bridge.triggers import CloudEvent, Source
from lambda_bridge.triggers._structured import cloud_of, read_structured, records_of
from lambda_bridge.triggers._values import digest, first, optional, read_base64, read_text, read_time, text, uri

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DOCS = "https://cloud.tencent.com/document/product/583/31927"


def _records(event: Any) -> list[Any]:
    records: list[Any] = event["Records"]
    return records


def _read_timer(record: Any, event: Any) -> CloudEvent:
    # "Message" is what the user has typed in, often nothing.
    name = text(record["TriggerName"], "name")
    data, content_type = read_text(record.get("Message") or "")
    return CloudEvent(
        f"{name}/{text(record['Time'], 'time')}",
        uri("tencent:timer", name),
        "com.tencentcloud.scf.timer",
        data,
        time=read_time(record["Time"]),
        content_type=content_type if data else None,
    )


def _read_cos(record: Any, event: Any) -> CloudEvent:
    cos, about = record["cos"], record["event"]
    bucket, thing = cos["cosBucket"], cos["cosObject"]
    appid, name = text(bucket["appid"], "appid"), text(bucket["name"], "bucket")
    key = text(thing["key"], "key")
    # The key is /appid/bucket/object, where an object may begin with a slash itself.
    prefix = f"/{appid}/{name}/"
    kind = text(about["eventName"], "event name")
    return CloudEvent(
        # One request may be told for several objects.
        f"{text(about['reqid'], 'reqid')}/{kind}/{key}",
        # As Tencent names a resource in six parts, QCS.
        f"qcs::cos:{optional(bucket.get('region')) or ''}:uid/{appid}:{name}-{appid}",
        "com.tencentcloud.cos." + (kind[4:] if kind.startswith("cos:") else kind),
        record,
        subject=key[len(prefix) :] if key.startswith(prefix) else key,
        time=read_time(about.get("eventTime")),
    )


def _read_cmq(record: Any, event: Any) -> CloudEvent:
    message = record["CMQ"]
    # Documented as a list, captured as text with blanks between.
    tags = message.get("msgTag") or []
    names = tags.split(",") if isinstance(tags, str) else tags
    tag = ",".join([each.strip() for each in names])
    data, content_type = read_text(message["msgBody"])
    return CloudEvent(
        text(message["msgId"], "msgId"),
        uri("tencent:cmq", message["topicOwner"], message["topicName"]),
        "com.tencentcloud.cmq.message",
        data,
        time=read_time(message.get("publishTime")),
        content_type=content_type,
        extensions={"tags": tag} if tag else {},
    )


def _read_ckafka(record: Any, event: Any) -> CloudEvent:
    message = record["Ckafka"]
    place = text(message["topic"], "topic"), text(message["partition"], "partition"), text(message["offset"], "offset")
    # A message without a key has the text of Python's None.
    key = message.get("msgKey")
    data, content_type = read_text(message["msgBody"])
    return CloudEvent(
        "/".join(place),
        uri("tencent:ckafka", place[0]),
        "com.tencentcloud.ckafka.message",
        data,
        content_type=content_type,
        extensions={
            "partition": place[1],
            "offset": place[2],
            **({} if key in _NO_KEY else {"partitionkey": str(key)}),
        },
    )


_NO_KEY = (None, "", "None")


def _read_cls(record: Any, event: Any) -> CloudEvent:
    packed = record["clslogs"]["data"]
    found, _ = read_text(_unpack(read_base64(packed)).decode("utf-8"))
    from json import loads

    logs = loads(found)
    return CloudEvent(
        digest(packed),
        uri("tencent:cls", logs["topic_id"]),
        "com.tencentcloud.cls.logs",
        logs,
        subject=optional(logs.get("topic_name")),
        time=read_time(logs["records"][0].get("timestamp")) if logs.get("records") else None,
    )


def _unpack(packed: bytes) -> bytes:
    if packed.startswith(b"PK\x03\x04"):
        from io import BytesIO
        from zipfile import BadZipFile, ZipFile

        try:
            with ZipFile(BytesIO(packed)) as archive:
                return archive.read(archive.namelist()[0])
        except BadZipFile as error:
            raise MalformedEvent("the logs do not unpack") from error
    import zlib

    try:
        # 32 more than the window: the header says whether it is gzip or zlib.
        return zlib.decompress(packed, zlib.MAX_WBITS + 32)
    except zlib.error as error:
        raise MalformedEvent("the logs do not unpack") from error


def _is_mps(event: Any) -> bool:
    return isinstance(event, dict) and isinstance(event.get("EventType"), str) and event["EventType"] + "Event" in event


def _read_mps(record: Any, event: Any) -> CloudEvent:
    kind = text(record["EventType"], "EventType")
    task = record[f"{kind}Event"]
    return CloudEvent(
        # A task is told of once, when it has ended.
        f"{text(task['TaskId'], 'TaskId')}/{optional(task.get('Status')) or ''}",
        "tencent:mps",
        f"com.tencentcloud.mps.{kind}",
        task,
        subject=text(task["TaskId"], "TaskId"),
        time=read_time(task.get("FinishTime")),
    )


SOURCES: tuple[Source, ...] = (
    Source(
        "tencent.timer", "Tencent Cloud SCF timer trigger", _DOCS,
        holds=lambda event: isinstance(event, dict) and event.get("Type") == "Timer" and "TriggerName" in event,
        read=_read_timer,
    ),
    Source(
        "tencent.cos", "Tencent Cloud COS trigger", _DOCS,
        holds=lambda event: "cos" in first(event, "Records"), records=_records, read=_read_cos,
    ),
    Source(
        "tencent.cmq", "Tencent Cloud CMQ topic trigger", _DOCS,
        holds=lambda event: "CMQ" in first(event, "Records"), records=_records, read=_read_cmq,
    ),
    Source(
        "tencent.ckafka", "Tencent Cloud CKafka trigger", _DOCS,
        holds=lambda event: "Ckafka" in first(event, "Records"), records=_records, read=_read_ckafka,
    ),
    Source(
        "tencent.cls", "Tencent Cloud CLS trigger", _DOCS,
        holds=lambda event: isinstance(event, dict) and "clslogs" in event, read=_read_cls,
    ),
    Source("tencent.mps", "Tencent Cloud MPS trigger", _DOCS, holds=_is_mps, read=_read_mps),
    Source(
        "tencent.eventbridge", "Tencent Cloud EventBridge trigger", _DOCS,
        holds=lambda event: cloud_of(event) == "tencent", records=records_of, read=read_structured,
    ),
)  # fmt: skip
