"""A CloudEvent as an HTTP request: the HTTP binding of CloudEvents 1.0.2, binary mode.

cloudevents/spec, cloudevents/bindings/http-protocol-binding.md, version 1.0.2, section 3.1. Nothing
in the request but its headers ``ce-*``, its content type and its body comes from the event.
"""

from __future__ import annotations

from lambda_bridge.errors import MalformedEvent
from lambda_bridge.messages import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lambda_bridge.headers import Pairs
    from lambda_bridge.triggers import CloudEvent


def make_request(event: CloudEvent, route: str) -> Request:
    """The POST of *event* to *route*; raises MalformedEvent where the event lacks what it must have.

    Its scheme is https, so that no app redirects it there; its host is localhost, which an app's
    list of allowed hosts must have; it has no client, as nobody asked.
    """
    attributes: dict[str, Any] = {
        **event.extensions,
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "subject": event.subject,
        "time": event.time,
    }
    headers: Pairs = [("host", "localhost"), ("user-agent", "lambda-bridge")]
    for name, value in attributes.items():
        if not isinstance(value, str) and value is not None:
            raise MalformedEvent(f"the event's {name} is of the type {type(value).__name__}, not text")
        if not (name.isascii() and name.isalnum() and name.islower()) or name in _RESERVED:
            raise MalformedEvent(f"{name[:40]!r} is no name of an attribute")
        if value:
            headers.append((f"ce-{name}", encode_value(value)))
        elif name in _REQUIRED:
            raise MalformedEvent(f"the event has no {name}")
    body = make_body(event.data) if event.content_type is not None else b""
    if event.content_type is not None:
        if not (event.content_type.isascii() and event.content_type.isprintable()):
            raise MalformedEvent("the event's content type is no value of a header")
        headers.append(("content-type", event.content_type))
    headers.append(("content-length", str(len(body))))
    return Request("POST", route, headers=headers, body=body)


_REQUIRED = frozenset({"id", "source", "type"})
# The one is the body, the other the header content-type.
_RESERVED = frozenset({"data", "datacontenttype"})


def encode_value(value: str) -> str:
    """Percent-encoded as section 3.1.3.2 says: the space, ``"``, ``%`` and all but printable ASCII."""
    if value.isascii() and value.isprintable() and not _ENCODED.intersection(value):
        return value
    parts = []
    for byte in value.encode("utf-8", "replace"):
        character = chr(byte)
        is_plain = 0x20 < byte < 0x7F and character not in _ENCODED
        parts.append(character if is_plain else f"%{byte:02X}")
    return "".join(parts)


_ENCODED = frozenset(' "%')


def make_body(data: Any) -> bytes:
    """The bytes as they are, or *data* as JSON."""
    if isinstance(data, (bytes, bytearray)):
        return bytes(data)
    from json import dumps

    try:
        return dumps(data, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError) as error:
        raise MalformedEvent(f"the event's data is no JSON ({type(error).__name__})") from error
