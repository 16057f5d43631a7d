"""Huawei Cloud FunctionGraph: the events of its triggers (DOCS, read in 2026).

Shapes besides as opentelekomcloud-community/otc-functiongraph-python-runtime has them (fg-events/*/resources), of the
same product sold by T-Systems. Not verified: whether the key of an OBS object is percent-encoded (it goes on as it
is), and where a Kafka message has its offset: nothing in the event tells, so its id is its place in the batch.
"""

from __future__ import annotations

from lambda_bridge.errors import MalformedEvent
from lambda_bridge.triggers import CloudEvent, Source
from lambda_bridge.triggers._values import digest, first, optional, read_base64, read_text, read_time, text, uri

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DOCS = "https://support.huaweicloud.com/intl/en-us/devg-functiongraph/functiongraph_02_0102.html"


def _has(event: Any, key: str, inner: str) -> bool:
    found = event.get(key) if isinstance(event, dict) else None
    return isinstance(found, dict) and inner in found


def _is_timer(event: Any) -> bool:
    return isinstance(event, dict) and event.get("trigger_type") == "TIMER" and "trigger_name" in event


def _read_timer(record: Any, event: Any) -> CloudEvent:
    name = text(record["trigger_name"], "name")
    data, content_type = read_text(record.get("user_event") or "")
    return CloudEvent(
        f"{name}/{text(record['time'], 'time')}",
        uri("huawei:timer", name),
        "com.huaweicloud.functiongraph.timer",
        data,
        time=read_time(record["time"]),
        content_type=content_type if data else None,
    )


def _is_obs(event: Any) -> bool:
    # It copies S3's, which says who it is; this one says nothing.
    record = first(event, "Records")
    return "s3" in record and "eventSource" not in record and ("Region" in record or "awsRegion" in record)


def _read_obs(record: Any, event: Any) -> CloudEvent:
    s3, kind = record["s3"], text(record["eventName"], "event name")
    key = text(s3["object"]["key"], "key")
    number = optional(s3["object"].get("sequencer"))
    return CloudEvent(
        f"{number}/{kind}/{key}" if number else digest(record),
        uri("huawei:obs", s3["bucket"]["name"]),
        f"com.huaweicloud.obs.{kind}",
        record,
        subject=key,
        time=read_time(record.get("eventTime")),
    )


def _read_smn(record: Any, event: Any) -> CloudEvent:
    message = record["smn"]
    data, content_type = read_text(message["message"])
    return CloudEvent(
        text(message["message_id"], "message_id"),
        text(message["topic_urn"], "topic_urn"),
        f"com.huaweicloud.smn.{optional(message.get('type')) or 'notification'}",
        data,
        subject=optional(message.get("subject")),
        time=read_time(message.get("timestamp")),
        content_type=content_type,
    )


def _is_kafka(event: Any) -> bool:
    return isinstance(event, dict) and event.get("trigger_type") == "KAFKA" and "messages" in first(event, "records")


def _kafka_messages(event: Any) -> list[Any]:
    """(topic, number in the batch, message)."""
    messages: list[Any] = []
    for each in event["records"]:
        if not isinstance(each, dict) or not isinstance(each.get("messages"), list):
            raise MalformedEvent("the event's records have no list of messages")
        messages += [(each.get("topic_id"), message) for message in each["messages"]]
    return [(topic, number, message) for number, (topic, message) in enumerate(messages)]


def _read_kafka(record: Any, event: Any) -> CloudEvent:
    topic, number, message = record
    data, content_type = read_text(message)
    return CloudEvent(
        f"{optional(event.get('event_time')) or ''}/{digest(event)}/{number}",
        uri("huawei:kafka", event["instance_id"], topic),
        "com.huaweicloud.kafka.message",
        data,
        time=read_time(event.get("event_time")),
        content_type=content_type,
    )


def _read_lts(record: Any, event: Any) -> CloudEvent:
    from json import loads

    packed = record["lts"]["data"]
    logs = loads(read_base64(packed))
    # What is in it is JSON once more.
    if isinstance(logs.get("logs"), str):
        logs = {**logs, "logs": loads(logs["logs"])}
    return CloudEvent(
        digest(packed),
        uri("huawei:lts", logs["log_group_id"], logs["log_topic_id"]),
        "com.huaweicloud.lts.logs",
        logs,
    )


def _read_cts(record: Any, event: Any) -> CloudEvent:
    trace = record["cts"]
    return CloudEvent(
        text(trace["trace_id"], "trace_id"),
        uri("huawei:cts", trace["service_type"]),
        f"com.huaweicloud.cts.{text(trace['trace_name'], 'trace_name')}",
        trace,
        subject=optional(trace.get("resource_id")),
        time=read_time(trace.get("time")),
    )


def _read_dds(record: Any, event: Any) -> CloudEvent:
    from json import loads

    change = record["dds"]
    place = loads(change["ns"])
    if not isinstance(place, dict):
        raise MalformedEvent("the record's ns is no object")
    return CloudEvent(
        digest(change.get("token") or record),
        uri("huawei:dds", record["event_source_id"], place["db"], place["coll"]),
        f"com.huaweicloud.dds.{text(record['event_name'], 'event_name')}",
        change,
    )


SOURCES: tuple[Source, ...] = (
    Source("huawei.timer", "FunctionGraph timer trigger", _DOCS, holds=_is_timer, read=_read_timer),
    Source(
        "huawei.obs", "Huawei Cloud OBS trigger", _DOCS,
        holds=_is_obs, records=lambda event: event["Records"], read=_read_obs,
    ),
    Source(
        "huawei.smn", "Huawei Cloud SMN trigger", _DOCS,
        holds=lambda event: first(event, "record").get("event_source") == "smn",
        records=lambda event: event["record"], read=_read_smn,
    ),
    Source(
        "huawei.kafka", "Huawei Cloud DMS for Kafka trigger", _DOCS,
        holds=_is_kafka, records=_kafka_messages, read=_read_kafka,
    ),
    Source(
        "huawei.lts", "Huawei Cloud LTS trigger", _DOCS,
        holds=lambda event: _has(event, "lts", "data"), read=_read_lts,
    ),
    Source(
        "huawei.cts", "Huawei Cloud CTS trigger", _DOCS,
        holds=lambda event: _has(event, "cts", "trace_id"), read=_read_cts,
    ),
    Source(
        "huawei.dds", "Huawei Cloud DDS trigger", _DOCS,
        holds=lambda event: first(event, "records").get("event_source") == "dds",
        records=lambda event: event["records"], read=_read_dds,
    ),
)  # fmt: skip
