"""What Eventarc and the first generation's triggers send to functions-framework: (headers, body) of a POST."""

from __future__ import annotations

import json
from typing import Any

from tests.real.apps import said
from tests.real.events import ANY, FAILED, JSON, EventCase, Seen
from tests.real.events.samples import sample

_TIME = "2026-03-04T10:11:12.131Z"
_ABOUT_TOPIC = {
    "id": "7",
    "source": "//pubsub.googleapis.com/projects/bridge/topics/news",
    "type": "google.cloud.pubsub.topic.v1.messagePublished",
    "time": _TIME,
}
_ABOUT_FILE = {
    "id": "7",
    "source": "//storage.googleapis.com/projects/_/buckets/bridge",
    "type": "google.cloud.storage.object.v1.finalized",
    "subject": "objects/in/a.txt",
    "time": _TIME,
}
_ABOUT_ORDER = {"id": "7", "source": "https://shop.example.com/orders", "type": "com.example.order.created"}
# The SDK takes the present for the time of an event that tells none (cloudevents 1.12, http/event.py).
_ORDER_SEEN = {**_ABOUT_ORDER, "time": ANY}
_MESSAGE = {"data": "aGVsbG8=", "attributes": {"level": "high"}}
_FILE = sample("google.storage/background")["data"]


def _structured(attributes: dict[str, str], data: Any) -> Any:
    body = {"specversion": "1.0", **attributes, "datacontenttype": JSON, "data": data}
    return [("Content-Type", "application/cloudevents+json")], json.dumps(body).encode()


def _binary(attributes: dict[str, str], data: bytes, kind: str) -> Any:
    headers = [(f"ce-{name}", value) for name, value in attributes.items()]
    return [*headers, ("ce-specversion", "1.0"), ("Content-Type", kind)], data


def _background(data: Any, context: dict[str, Any]) -> Any:
    return [("Content-Type", JSON)], json.dumps({"data": data, "context": context}).encode()


def _published(data: Any) -> Any:
    context = sample("google.pubsub/background")["context"]
    return _background({"@type": context["resource"]["type"], **data}, context)


def _finalized(data: Any) -> Any:
    return _background(data, sample("google.storage/background")["context"])


def _as_seen(source: str, attributes: dict[str, str], data: Any, kind: str = JSON) -> Seen:
    return Seen(source, {**attributes, "content-type": kind}, data)


def _message_seen(**more: Any) -> Seen:
    return _as_seen("google.pubsub", _ABOUT_TOPIC, {"message": {**_MESSAGE, **more}})


def _file_seen(data: Any) -> Seen:
    return _as_seen("google.storage", _ABOUT_FILE, data)


def _json(data: Any) -> bytes:
    return json.dumps(data).encode()


# The first generation's trigger tells these beside the data.
_TOLD = {"messageId": "7", "publishTime": _TIME}
_KIND = {"@type": "type.googleapis.com/google.pubsub.v1.PubsubMessage"}
_BAD = {**_FILE, "x": said.REFUSED}
_WORSE = {**_FILE, "x": said.CRASHED}

# For functions with the signature "cloudevent".
CLOUD_EVENTS: tuple[EventCase, ...] = (
    EventCase("message", _structured(_ABOUT_TOPIC, {"message": _MESSAGE}), [_message_seen()]),
    EventCase("message in binary mode", _binary(_ABOUT_TOPIC, _json({"message": _MESSAGE}), JSON), [_message_seen()]),
    EventCase("file", _structured(_ABOUT_FILE, _FILE), [_file_seen(_FILE)]),
    EventCase(
        "anybody's",
        _structured(_ABOUT_ORDER, {"order": 7}),
        [_as_seen("cloudevents.event", _ORDER_SEEN, {"order": 7})],
    ),
    EventCase(
        "anybody's bytes",
        _binary(_ABOUT_ORDER, said.EVERY_BYTE, "image/png"),
        [_as_seen("cloudevents.event", _ORDER_SEEN, said.EVERY_BYTE, "image/png")],
    ),
    EventCase("refused", _structured(_ABOUT_FILE, _BAD), [_file_seen(_BAD)], FAILED),
    EventCase("crash", _structured(_ABOUT_FILE, _WORSE), [_file_seen(_WORSE)], FAILED),
)

# The framework makes a CloudEvent of it; not in its asyncio form.
CONVERTED: tuple[EventCase, ...] = (
    EventCase("message of the first generation", _published(_MESSAGE), [_message_seen(**_KIND, **_TOLD)]),
)

# For functions with the signature "event", which get (data, context).
BACKGROUND: tuple[EventCase, ...] = (
    EventCase("message", _published(_MESSAGE), [_message_seen(**_KIND, **_TOLD)]),
    # A CloudEvent is made one of the first generation by the framework, and one of the second again by the handler.
    EventCase(
        "message as a CloudEvent", _binary(_ABOUT_TOPIC, _json({"message": _MESSAGE}), JSON), [_message_seen(**_TOLD)]
    ),
    EventCase(
        "message that is pushed",
        ([("Content-Type", JSON)], _json({"subscription": "some", "message": {**_MESSAGE, **_TOLD}})),
        # Nothing says which topic it is of.
        [
            _as_seen(
                "google.pubsub",
                {**_ABOUT_TOPIC, "source": "//pubsub.googleapis.com/"},
                {"message": {**_MESSAGE, **_KIND, **_TOLD}},
            )
        ],
    ),
    EventCase("file", _finalized(_FILE), [_file_seen(_FILE)]),
    EventCase("file as a CloudEvent", _binary(_ABOUT_FILE, _json(_FILE), JSON), [_file_seen(_FILE)]),
    EventCase("refused", _finalized(_BAD), [_file_seen(_BAD)], FAILED),
    EventCase("crash", _finalized(_WORSE), [_file_seen(_WORSE)], FAILED),
)
