"""Events that are CloudEvents already, of whichever cloud.

The JSON format of CloudEvents 1.0.2 (cloudevents/spec, cloudevents/formats/json-format.md); a batch
is a list of such objects. Alibaba's Kafka trigger hands over a list of their texts instead
(aliyun/fc-runtime-go-sdk, events/README_KAFKA_EVENTBRIDGE.md). What is a CloudEvent already goes on
as it is.
"""

from __future__ import annotations

from lambda_bridge.errors import MalformedEvent
from lambda_bridge.triggers import CloudEvent
from lambda_bridge.triggers._values import is_of, optional, read_base64, read_time, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_NEEDED = frozenset({"specversion", "id", "source", "type"})
_OWN = frozenset({"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data", "data_base64"})


# --- telling them apart


def attributes_of(event: Any) -> Mapping[str, Any]:
    """What the first CloudEvent of *event* says of itself: {} where there is none.

    An object of the SDK's (PyPI: cloudevents) is told by its class: version 1 has one in
    cloudevents.http.event, version 2 in cloudevents.core.v1.event.
    """
    if isinstance(event, list):
        event = event[0] if event else None
        if isinstance(event, str):
            event = _parse(event)
    if isinstance(event, dict):
        # A topic of MNS puts the publisher's attributes beside its own keys, where they could be all of these.
        return event if event.keys() >= _NEEDED and "TopicOwner" not in event else {}
    if is_of(event, SDK_CLASSES):
        found = event.get_attributes()
        return found if hasattr(found, "get") else {}
    return {}


SDK_CLASSES = (("cloudevents.http.event", "CloudEvent"), ("cloudevents.core.v1.event", "CloudEvent"))


def cloud_of(event: Any) -> str | None:
    """Whose CloudEvent this is: None where it is none, ``""`` where it is nobody's that we know."""
    attributes = attributes_of(event)
    if not attributes:
        return None
    kind, source = str(attributes.get("type")), str(attributes.get("source"))
    if kind.startswith("google."):
        return "google"
    if source.startswith("acs:") or "aliyunaccountid" in attributes:
        return "aliyun"
    if source.endswith(".cloud.tencent") or kind.startswith("connector:") or "subjuect" in attributes:
        return "tencent"
    if kind.startswith("faas.") and source.startswith("/faas/event/"):
        return "volcengine"
    return ""


def is_kind(event: Any, cloud: str, *prefixes: str) -> bool:
    """Whether *event* is a CloudEvent of *cloud* with a type that begins with one of *prefixes*."""
    return cloud_of(event) == cloud and str(attributes_of(event).get("type")).startswith(prefixes)


# --- reading them


def records_of(event: Any) -> list[Any]:
    """Each CloudEvent of a batch; a single one is a batch of one."""
    return event if isinstance(event, list) else [event]


def read_structured(record: Any, event: Any) -> CloudEvent:
    """The CloudEvent in *record*: a dict, the text of one, or an object of the SDK's."""
    if isinstance(record, str):
        record = _parse(record)
    if not isinstance(record, dict):
        if not is_of(record, SDK_CLASSES):
            raise MalformedEvent(f"a CloudEvent of the type {type(record).__name__}")
        data = {} if record.get_data() is None else {"data": record.get_data()}
        record = {**record.get_attributes(), **data}
    data, content_type = _read_data(record)
    return CloudEvent(
        text(record.get("id"), "id"),
        text(record.get("source"), "source"),
        text(record.get("type"), "type"),
        data,
        # The second is how Tencent spells it (product/583/31927).
        subject=optional(record.get("subject") or record.get("subjuect")),
        time=read_time(record.get("time")),
        content_type=content_type,
        extensions={key: value for key, value in map(_extension, record.items()) if value is not None},
    )


def _read_data(record: Mapping[str, Any]) -> tuple[Any, str | None]:
    content_type = optional(record.get("datacontenttype"))
    if record.get("data_base64") is not None:
        return read_base64(record["data_base64"]), content_type or "application/octet-stream"
    data = record.get("data")
    if data is None:
        return None, None
    if isinstance(data, (bytes, bytearray)):
        return bytes(data), content_type or "application/octet-stream"
    if content_type is None or _is_json(content_type):
        return data, content_type or "application/json"
    # Volcengine says application/octet-stream of all its data, also of objects.
    return (
        (data.encode("utf-8", "surrogatepass"), content_type) if isinstance(data, str) else (data, "application/json")
    )


def _is_json(content_type: str) -> bool:
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type.endswith(("/json", "+json"))


def _extension(item: tuple[Any, Any]) -> tuple[str, str | None]:
    # A name of lower-case ASCII letters and digits; null is as if it were not there. cloudevents/spec.md, "Type
    # System": a boolean is true or false.
    key, value = item
    if key in _OWN or not isinstance(key, str) or not (key.isascii() and key.isalnum() and key == key.lower()):
        return "", None
    if isinstance(value, bool):
        return key, "true" if value else "false"
    return key, str(value) if isinstance(value, (str, int)) and key != "subjuect" else None


def _parse(record: str) -> Any:
    from json import loads

    try:
        return loads(record)
    except (ValueError, RecursionError):
        return None
