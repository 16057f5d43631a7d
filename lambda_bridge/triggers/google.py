"""Google Cloud functions: CloudEvents, and background events of the older signature (data, context).

A function with the signature ``cloudevent`` gets an object of the CloudEvents SDK's, one with ``event`` gets data and
context (functions-framework 3.10.2, read in 2026). Both become the same: a background event takes the type, the source
and the data that Google's own conversion gives it
(github.com/GoogleCloudPlatform/functions-framework-conformance, docs/mapping.md). The payload of a Pub/Sub message is
base64 in ``data["message"]["data"]``, as everywhere at Google. Of other background events, which are of the first
generation, type and resource stay as they are.
"""

from __future__ import annotations

from lambda_bridge.triggers import CloudEvent, Source
from lambda_bridge.triggers._structured import attributes_of, cloud_of, read_structured, records_of
from lambda_bridge.triggers._values import optional, read_time, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DOCS = "https://cloud.google.com/functions/docs/calling/"
_PUBSUB = "google.cloud.pubsub.topic.v1.messagePublished"
_STORAGE = "google.cloud.storage.object.v1."

# The types of background events -> those of CloudEvents.
_TYPES = {
    "google.pubsub.topic.publish": _PUBSUB,
    "providers/cloud.pubsub/eventTypes/topic.publish": _PUBSUB,
    "google.storage.object.finalize": _STORAGE + "finalized",
    "google.storage.object.delete": _STORAGE + "deleted",
    "google.storage.object.archive": _STORAGE + "archived",
    "google.storage.object.metadataUpdate": _STORAGE + "metadataUpdated",
    "providers/cloud.storage/eventTypes/object.change": _STORAGE + "finalized",
}


def _context_of(event: Any) -> dict[str, Any] | None:
    context = event.get("context") if isinstance(event, dict) and "data" in event else None
    return context if isinstance(context, dict) and context.keys() >= {"eventId", "eventType", "resource"} else None


def _type_of(event: Any) -> str | None:
    """The type as a CloudEvent has it; None where the event is not of Google."""
    context = _context_of(event)
    if context is not None:
        kind = str(context["eventType"])
        return _TYPES.get(kind, kind)
    return str(attributes_of(event)["type"]) if cloud_of(event) == "google" else None


def _read(record: Any, event: Any) -> CloudEvent:
    context = _context_of(record)
    if context is None:
        return read_structured(record, event)
    kind = text(context["eventType"], "eventType")
    resource = context["resource"]
    if isinstance(resource, dict):
        # A push that does not come through Eventarc leaves its topic unnamed.
        service, name = optional(resource.get("service")), optional(resource.get("name")) or ""
    else:
        service, name = None, optional(resource) or ""
    data, subject = record["data"], None
    kind = _TYPES.get(kind, kind)
    if kind == _PUBSUB:
        service = "pubsub.googleapis.com"
        told = {"messageId": context["eventId"], "publishTime": context.get("timestamp")}
        data = {"message": {**told, **data}}
    elif kind.startswith(_STORAGE):
        service = "storage.googleapis.com"
        # projects/_/buckets/<name>/objects/<name>, where the second may have slashes.
        name, _, found = name.partition("/objects/")
        subject = f"objects/{found.partition('#')[0]}" if found else None
    return CloudEvent(
        text(context["eventId"], "eventId"),
        f"//{service}/{name}" if service else text(name, "resource"),
        kind,
        data,
        subject=subject,
        time=read_time(context.get("timestamp")),
    )


def _is_other(event: Any) -> bool:
    found = _type_of(event)
    return found is not None and found != _PUBSUB and not found.startswith(_STORAGE)


SOURCES: tuple[Source, ...] = (
    Source(
        "google.pubsub", "Google Cloud Pub/Sub trigger", _DOCS + "pubsub",
        holds=lambda event: _type_of(event) == _PUBSUB, records=records_of, read=_read,
    ),
    Source(
        "google.storage", "Google Cloud Storage trigger", _DOCS + "storage",
        holds=lambda event: (_type_of(event) or "").startswith(_STORAGE), records=records_of, read=_read,
    ),
    Source(
        "google.eventarc", "Eventarc trigger", "https://cloud.google.com/eventarc/docs/functions/create-triggers",
        holds=_is_other, records=records_of, read=_read,
    ),
)  # fmt: skip
