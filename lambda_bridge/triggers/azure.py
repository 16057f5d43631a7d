"""Azure Functions: the objects of its triggers, told by the abstract classes of azure-functions.

Azure/azure-functions-python-library (azure.functions._abc, 1.20 to 2.3), without importing it. The objects do not say
which queue, hub or timer they are of: only the name of the function does, which is in the context. Event Hubs and
Service Bus hand over a list where the binding's cardinality is many. To a custom handler the host sends JSON instead
(functions-custom-handlers, read in 2026-11), in which nothing says of what kind the trigger is. Not verified: the keys of metadata and of
blob_properties, which the host fills (each may be missing).
"""

from __future__ import annotations

from lambda_bridge.triggers import CloudEvent, Source
from lambda_bridge.triggers._structured import read_structured, records_of
from lambda_bridge.triggers._values import digest, is_of, optional, read_bytes, read_time, text, uri

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_DOCS = "https://learn.microsoft.com/en-us/azure/azure-functions/functions-bindings-"


def _is_a(*names: str) -> Callable[[Any], bool]:
    classes = tuple(("azure.functions._abc", name) for name in names)

    def holds(event: Any) -> bool:
        return is_of(event[0] if isinstance(event, list) and event else event, classes)

    return holds


def _body(message: Any) -> bytes:
    body = message.get_body()
    return body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body)


def _read_timer(record: Any, event: Any) -> CloudEvent:
    status = getattr(record, "schedule_status", None) or {}
    data = {"past_due": record.past_due, "schedule": getattr(record, "schedule", None) or {}, "schedule_status": status}
    # Without the schedule monitor nothing in it is of this one run: then the id is that of the invocation.
    due = status.get("Next") if record.past_due else status.get("Last") or status.get("LastUpdated")
    return CloudEvent(
        optional(due) or "", "azure:timer", "com.microsoft.azure.functions.timer", data, time=read_time(due)
    )


def _read_queue(record: Any, event: Any) -> CloudEvent:
    data, content_type = read_bytes(_body(record))
    return CloudEvent(
        text(record.id, "id"),
        "azure:queue",
        "com.microsoft.azure.storage.queue.message",
        data,
        time=read_time(record.insertion_time),
        content_type=content_type,
    )


def _read_blob(record: Any, event: Any) -> CloudEvent:
    about = getattr(record, "blob_properties", None) or {}
    container, _, name = text(record.name, "name").partition("/")
    version = optional(about.get("ETag")) or optional(about.get("LastModified"))
    where = (record.uri or "").partition(f"/{container}/")[0]
    data = record.read()
    return CloudEvent(
        f"{record.name}/{version.strip(_QUOTE) if version else digest([record.name, data])}",
        f"{where}/{container}" if where else uri("azure:blob", container),
        "com.microsoft.azure.storage.blob",
        data,
        subject=name or None,
        time=read_time(about.get("LastModified")),
        content_type=optional(about.get("ContentType")) or "application/octet-stream",
    )


_QUOTE = '"'


def _read_grid(record: Any, event: Any) -> CloudEvent:
    if is_of(record, (("azure.functions._abc", "CloudEvent"),)):
        names = ("id", "source", "type", "subject", "time", "datacontenttype", "dataschema")
        extensions = getattr(record, "extension_attrs", None) or {}
        told = {name: getattr(record, name) for name in names if getattr(record, name) is not None}
        return read_structured({**extensions, **told, "data": record.get_json()}, event)
    return CloudEvent(
        text(record.id, "id"),
        text(record.topic, "topic"),
        text(record.event_type, "event_type"),
        record.get_json(),
        subject=optional(record.subject),
        time=read_time(record.event_time),
        extensions={"dataversion": record.data_version} if optional(record.data_version) else {},
    )


def _read_hub(record: Any, event: Any) -> CloudEvent:
    metadata = getattr(record, "metadata", None) or {}
    about = metadata.get("PartitionContext")
    about = about if isinstance(about, dict) else {}
    hub, partition = about.get("EventHubName"), optional(about.get("PartitionId"))
    body = _body(record)
    number = optional(record.sequence_number)
    data, content_type = read_bytes(body)
    told = {"partition": partition, "partitionkey": record.partition_key, "offset": optional(record.offset)}
    return CloudEvent(
        # A number counts within its partition, which the key decides where nothing tells it.
        "/".join(filter(None, (partition or record.partition_key, number or digest([record.enqueued_time, body])))),
        uri("azure:eventhub", hub) if optional(hub) else "azure:eventhub",
        "com.microsoft.azure.eventhub.message",
        data,
        time=read_time(record.enqueued_time),
        content_type=content_type,
        extensions={name: value for name, value in told.items() if value},
    )


def _read_bus(record: Any, event: Any) -> CloudEvent:
    data, content_type = read_bytes(_body(record))
    told = {"partitionkey": record.partition_key, "correlationid": record.correlation_id}
    return CloudEvent(
        text(record.message_id or record.sequence_number, "message_id"),
        "azure:servicebus",
        "com.microsoft.azure.servicebus.message",
        data,
        subject=optional(getattr(record, "subject", None) or record.label),
        time=read_time(record.enqueued_time_utc),
        content_type=optional(record.content_type) or content_type,
        extensions={name: value for name, value in told.items() if value},
    )


def _is_custom(event: Any) -> bool:
    if not isinstance(event, dict) or set(event) != {"Data", "Metadata"}:
        return False
    data, metadata = event["Data"], event["Metadata"]
    system = metadata.get("sys") if isinstance(metadata, dict) else None
    # What a client has sent to an HTTP trigger is no event.
    is_http = isinstance(data, dict) and any(isinstance(each, dict) and each.keys() >= _HTTP for each in data.values())
    return isinstance(system, dict) and "MethodName" in system and not is_http


_HTTP = {"Url", "Method", "Headers"}


def _read_custom(record: Any, event: Any) -> CloudEvent:
    about = record["Metadata"]
    name = text(about["sys"]["MethodName"], "name of a function")
    return CloudEvent(
        # Of a queue and of Service Bus; else that of the invocation.
        optional(about.get("Id")) or optional(about.get("MessageId")) or "",
        uri("azure:function", name),
        "com.microsoft.azure.functions.invocation",
        record["Data"],
        subject=name,
        time=read_time(about["sys"].get("UtcNow")),
    )


SOURCES: tuple[Source, ...] = (
    Source(
        "azure.custom", "Azure Functions custom handler",
        "https://learn.microsoft.com/en-us/azure/azure-functions/functions-custom-handlers",
        holds=_is_custom, read=_read_custom,
    ),
    Source(
        "azure.timer", "Azure Functions timer trigger", _DOCS + "timer",
        holds=_is_a("TimerRequest"), read=_read_timer,
    ),
    Source(
        "azure.queue", "Azure Queue Storage trigger", _DOCS + "storage-queue-trigger",
        holds=_is_a("QueueMessage"), read=_read_queue,
    ),
    Source(
        "azure.blob", "Azure Blob Storage trigger", _DOCS + "storage-blob-trigger",
        holds=_is_a("InputStream"), read=_read_blob,
    ),
    Source(
        "azure.eventgrid", "Azure Event Grid trigger", _DOCS + "event-grid-trigger",
        holds=_is_a("EventGridEvent", "CloudEvent"), records=records_of, read=_read_grid,
    ),
    Source(
        "azure.eventhub", "Azure Event Hubs trigger", _DOCS + "event-hubs-trigger",
        holds=_is_a("EventHubEvent"), records=records_of, read=_read_hub,
    ),
    Source(
        "azure.servicebus", "Azure Service Bus trigger", _DOCS + "service-bus-trigger",
        holds=_is_a("ServiceBusMessage"), records=records_of, read=_read_bus,
    ),
)  # fmt: skip
