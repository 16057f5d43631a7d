"""What the rows of several clouds share: events that are CloudEvents already, times, names in URIs.

The JSON format of CloudEvents 1.0.2 (cloudevents/spec, cloudevents/formats/json-format.md); a batch
is a list of such objects. Alibaba's Kafka trigger hands over a list of their texts instead
(aliyun/fc-runtime-go-sdk, events/README_KAFKA_EVENTBRIDGE.md). What is a CloudEvent already goes on
as it is.
"""

from __future__ import annotations

from lambda_bridge.encoding import quote_query
from lambda_bridge.errors import MalformedEvent
from lambda_bridge.triggers import CloudEvent, make_time, read_base64

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


def is_of(value: Any, classes: tuple[tuple[str, str], ...]) -> bool:
    """Whether *value* is of one of *classes*, (module, name), which need not be installed here."""
    return any((each.__module__, each.__qualname__) in classes for each in type(value).__mro__)


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


# --- values of attributes


def text(value: Any, name: str) -> str:
    """*value* as text that is not empty; raises MalformedEvent."""
    found = optional(value)
    if not found:
        raise MalformedEvent(f"the record's {name} is missing, or no text")
    return found


def optional(value: Any) -> str | None:
    """*value*, text or a whole number, as text; None for anything else."""
    is_value = isinstance(value, (str, int)) and not isinstance(value, bool)
    return str(value) if is_value and value != "" else None


def uri(cloud_and_kind: str, *parts: Any) -> str:
    """A URI reference for what has none of its provider's own: ``tencent:timer/nightly``."""
    return cloud_and_kind + "".join([f"/{quote_query(text(part, 'source'))}" for part in parts])


def read_time(value: Any) -> str | None:
    """RFC 3339 of what a cloud says for a time; None for what has no zone, or is none.

    Numbers, and texts of them, are seconds, milliseconds or microseconds since 1970: none of them
    is near another in this century.
    """
    if hasattr(value, "isoformat"):
        value = value.isoformat() if getattr(value, "tzinfo", None) is not None else value.isoformat() + "Z"
    if isinstance(value, str):
        if not (value.isascii() and value.isdigit() and len(value) < 20):
            return value.replace("+00:00", "Z") if _is_time(value) else None
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e20:
        return None
    while value > 1e11:
        value /= 1000
    return make_time(value)


def _is_time(value: str) -> bool:
    shape = "".join(["0" if character.isdigit() else character for character in value[:19]])
    zone = value[19:].lstrip(".0123456789")
    is_offset = len(zone) == 6 and zone[0] in "+-" and zone[3] == ":" and (zone[1:3] + zone[4:]).isdigit()
    return shape == "0000-00-00T00:00:00" and value.isascii() and (zone == "Z" or is_offset)


def digest(value: Any) -> str:
    """An id for what has none: the same for the same *value*, also when the platform tries again."""
    from hashlib import sha256
    from json import dumps

    return sha256(dumps(value, sort_keys=True, default=_as_text).encode()).hexdigest()[:32]


def _as_text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, (bytes, bytearray)) else str(value)


def first(event: Any, key: str) -> dict[str, Any]:
    """The first of the list under *key*; {} where there is none. For predicates."""
    found = event.get(key) if isinstance(event, dict) else None
    found = found[0] if isinstance(found, list) and found else None
    return found if isinstance(found, dict) else {}
