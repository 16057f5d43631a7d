"""Alibaba Cloud Function Compute: the events of its triggers.

help.aliyun.com and alibabacloud.com/help, formats of event for different triggers; aliyun/fc-runtime-go-sdk,
events/README_*.md (both read in 2026). They come as bytes of JSON. What the EventBridge triggers hand over (queues of
MNS, Kafka, RocketMQ and RabbitMQ among them) are CloudEvents, one or a list, and of Kafka a list of their texts; their
data stays as it is. A topic of MNS in the format STREAM is the bare text of the message and cannot be told from
anything else: use the format JSON. Not verified: whether the key of an OSS object is percent-encoded (it goes on as it
is). Tablestore, whose events are CBOR, is not read.
"""

from __future__ import annotations

from lambda_bridge.triggers import CloudEvent, Source
from lambda_bridge.triggers._structured import cloud_of, is_kind, read_structured, records_of
from lambda_bridge.triggers._values import digest, first, optional, read_text, read_time, text, uri

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DOCS = "https://www.alibabacloud.com/help/en/functioncompute/formats-of-event-for-different-triggers"
_GO = "https://github.com/aliyun/fc-runtime-go-sdk/blob/master/events/"


def _has(event: Any, *keys: str) -> bool:
    return isinstance(event, dict) and event.keys() >= set(keys)


def _records(event: Any) -> list[Any]:
    records: list[Any] = event["events"]
    return records


def _read_timer(record: Any, event: Any) -> CloudEvent:
    name = text(record["triggerName"], "name")
    data, content_type = read_text(record.get("payload") or "")
    return CloudEvent(
        f"{name}/{text(record['triggerTime'], 'time')}",
        uri("aliyun:timer", name),
        "com.aliyun.fc.timer",
        data,
        time=read_time(record["triggerTime"]),
        content_type=content_type if data else None,
    )


def _read_oss(record: Any, event: Any) -> CloudEvent:
    oss = record["oss"]
    bucket, kind, key = oss["bucket"], text(record["eventName"], "event name"), text(oss["object"]["key"], "key")
    return CloudEvent(
        f"{text(record['responseElements']['requestId'], 'requestId')}/{kind}/{key}",
        optional(bucket.get("arn")) or uri("aliyun:oss", bucket["name"]),
        f"com.aliyun.oss.{kind}",
        record,
        subject=key,
        time=read_time(record.get("eventTime")),
    )


def _read_cdn(record: Any, event: Any) -> CloudEvent:
    kind, domain = text(record["eventName"], "event name"), text(record["resource"]["domain"], "domain")
    return CloudEvent(
        optional(record.get("traceId")) or digest(record),
        uri("aliyun:cdn", domain),
        f"com.aliyun.cdn.{kind}",
        record,
        subject=domain,
        time=read_time(record.get("eventTime")),
    )


def _is_mns(event: Any) -> bool:
    # The second is the format STREAM with attributes, as devsapp/fc3 has it (event-template/mns-stream.json).
    return _has(event, "TopicName", "Subscriber", "MessageId") or (isinstance(event, dict) and set(event) == _STREAM)


_STREAM = {"body", "attrs"}


def _read_mns(record: Any, event: Any) -> CloudEvent:
    if "TopicName" not in record:
        data, content_type = read_text(record["body"])
        return CloudEvent(digest(record), "aliyun:mns", "com.aliyun.mns.message", data, content_type=content_type)
    data, content_type = read_text(record["Message"])
    tag = optional(record.get("MessageTag"))
    return CloudEvent(
        text(record["MessageId"], "MessageId"),
        uri("aliyun:mns", record["TopicOwner"], record["TopicName"]),
        "com.aliyun.mns.message",
        data,
        time=read_time(record.get("PublishTime")),
        content_type=content_type,
        extensions={"tags": tag} if tag else {},
    )


def _read_sls(record: Any, event: Any) -> CloudEvent:
    # The event says where the logs are, not what they are.
    source = record["source"]
    return CloudEvent(
        text(record["taskId"], "taskId"),
        uri("aliyun:sls", source["projectName"], source["logstoreName"]),
        "com.aliyun.sls.logs",
        record,
        subject=optional(source.get("shardId")),
        time=read_time(record.get("cursorTime")),
    )


SOURCES: tuple[Source, ...] = (
    Source(
        "aliyun.timer", "Function Compute timer trigger", _DOCS,
        holds=lambda event: _has(event, "triggerTime", "triggerName"), read=_read_timer,
    ),
    Source(
        "aliyun.oss", "Alibaba Cloud OSS trigger", _GO + "README_OSS.md",
        holds=lambda event: first(event, "events").get("eventSource") == "acs:oss",
        records=_records, read=_read_oss,
    ),
    Source(
        "aliyun.cdn", "Alibaba Cloud CDN trigger", "https://www.alibabacloud.com/help/doc-detail/75121.htm",
        holds=lambda event: first(event, "events").get("eventSource") == "cdn",
        records=_records, read=_read_cdn,
    ),
    Source(
        "aliyun.mns", "Alibaba Cloud MNS topic trigger", _GO + "README_MNS_Topic.md",
        holds=_is_mns, read=_read_mns,
    ),
    Source(
        "aliyun.mns_queue", "Alibaba Cloud MNS queue trigger", _GO + "README_MNS_Queue.md",
        holds=lambda event: is_kind(event, "aliyun", "mns:"), records=records_of, read=read_structured,
    ),
    Source(
        "aliyun.kafka", "Alibaba Cloud Kafka trigger", _GO + "README_KAFKA_EVENTBRIDGE.md",
        holds=lambda event: is_kind(event, "aliyun", "alikafka:"), records=records_of, read=read_structured,
    ),
    Source(
        "aliyun.eventbridge", "Alibaba Cloud EventBridge trigger", _DOCS,
        holds=lambda event: cloud_of(event) == "aliyun" and not is_kind(event, "aliyun", "mns:", "alikafka:"),
        records=records_of, read=read_structured,
    ),
    Source(
        "aliyun.sls", "Alibaba Cloud SLS trigger", _GO + "README_SLS.md",
        holds=lambda event: _has(event, "cursorTime", "jobName", "taskId"), read=_read_sls,
    ),
)  # fmt: skip
