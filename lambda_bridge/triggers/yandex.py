"""Yandex Cloud Functions: the events of its triggers (DOCS, read in 2026), all of them messages.

A function that anybody may call takes the body of ``?integration=raw`` for its whole event
(yandex.cloud/en/docs/functions/concepts/function-invoke), and so a trigger's too: triggers want a function that
is not public. Not verified: the triggers for Data Streams, which may hand over the customer's JSON instead of messages.
"""

from __future__ import annotations

from lambda_bridge.triggers import CloudEvent, Source
from lambda_bridge.triggers._values import first, optional, read_base64, read_bytes, read_text, read_time, text, uri

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_DOCS = "https://yandex.cloud/en/docs/functions/concepts/trigger/"
_EVENTS = "yandex.cloud.events."
_TIMER = _EVENTS + "serverless.triggers.TimerMessage"
_STORAGE = _EVENTS + "storage."
_QUEUE = _EVENTS + "messagequeue."
_IOT = _EVENTS + "iot."


def _type_of(event: Any) -> str:
    about = first(event, "messages").get("event_metadata")
    return str(about.get("event_type")) if isinstance(about, dict) else ""


def _make(record: Any, source: str, data: Any, content_type: str | None, subject: str | None = None) -> CloudEvent:
    about = record["event_metadata"]
    return CloudEvent(
        text(about["event_id"], "event_id"),
        source,
        text(about["event_type"], "event_type"),
        data,
        subject=subject,
        time=read_time(about.get("created_at")),
        content_type=content_type,
    )


def _read_timer(record: Any, event: Any) -> CloudEvent:
    details = record["details"]
    data, content_type = read_text(details.get("payload") or "")
    return _make(record, uri("yandex:timer", details["trigger_id"]), data, content_type if data else None)


def _read_storage(record: Any, event: Any) -> CloudEvent:
    details = record["details"]
    source = uri("yandex:storage", details["bucket_id"])
    return _make(record, source, details, "application/json", optional(details.get("object_id")))


def _read_queue(record: Any, event: Any) -> CloudEvent:
    details = record["details"]
    data, content_type = read_text(details["message"]["body"])
    # yrn:yc:ymq:region:folder:queue
    return _make(record, text(details["queue_id"], "queue_id"), data, content_type)


def _read_iot(record: Any, event: Any) -> CloudEvent:
    details = record["details"]
    data, content_type = read_bytes(read_base64(details["payload"]))
    # A registry's own topics are of no device.
    device = [details["device_id"]] if details.get("device_id") else []
    source = uri("yandex:iot", details["registry_id"], *device)
    return _make(record, source, data, content_type, optional(details.get("mqtt_topic")))


def _read_other(record: Any, event: Any) -> CloudEvent:
    about = record["event_metadata"]
    folder = [about["folder_id"]] if about.get("folder_id") else []
    return _make(record, uri("yandex:trigger", *folder), record.get("details"), "application/json")


def _row(name: str, title: str, prefix: str, read: Callable[[Any, Any], CloudEvent], page: str) -> Source:
    def holds(event: Any) -> bool:
        return _type_of(event).startswith(prefix)

    return Source(
        name, title, _DOCS + page, holds=holds, records=lambda event: event["messages"], read=read
    )  # fmt: skip


def _is_other(event: Any) -> bool:
    found = _type_of(event)
    return found.startswith(_EVENTS) and not found.startswith((_TIMER, _STORAGE, _QUEUE, _IOT))


SOURCES: tuple[Source, ...] = (
    _row("yandex.timer", "Yandex Cloud Functions timer", _TIMER, _read_timer, "timer"),
    _row("yandex.storage", "Yandex Object Storage trigger", _STORAGE, _read_storage, "os-trigger"),
    _row("yandex.queue", "Yandex Message Queue trigger", _QUEUE, _read_queue, "ymq-trigger"),
    _row("yandex.iot", "Yandex IoT Core trigger", _IOT, _read_iot, "iot-core-trigger"),
    Source(
        "yandex.trigger", "Any other Yandex Cloud trigger", _DOCS,
        holds=_is_other, records=lambda event: event["messages"], read=_read_other,
    ),
)  # fmt: skip
