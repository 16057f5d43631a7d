"""What rows share: how they look into an event, and how they read its values.

A predicate gets whatever a caller has sent, and never raises; what reads a value raises MalformedEvent, which says
nothing of what was in it.
"""

from __future__ import annotations

from lambda_bridge.encoding import quote_query
from lambda_bridge.errors import MalformedEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


# --- for predicates


def first(event: Any, key: str) -> dict[str, Any]:
    """The first of the list under *key*; {} where there is none."""
    found = event.get(key) if isinstance(event, dict) else None
    found = found[0] if isinstance(found, list) and found else None
    return found if isinstance(found, dict) else {}


def is_of(value: Any, classes: tuple[tuple[str, str], ...]) -> bool:
    """Whether *value* is of one of *classes*, (module, name), which need not be installed here."""
    return any((each.__module__, each.__qualname__) in classes for each in type(value).__mro__)


# --- data


def read_text(value: Any) -> tuple[bytes, str]:
    """(data, content type) of a text that a queue carries, as it is: JSON where it is that, else plain text."""
    from json import loads

    if not isinstance(value, str):
        raise MalformedEvent(f"the message is of the type {type(value).__name__}, not text")
    data = value.encode("utf-8", "surrogatepass")
    try:
        loads(value, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return data, "text/plain; charset=utf-8"
    return data, "application/json"


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def read_bytes(data: bytes) -> tuple[bytes, str]:
    """The same of bytes; what is no text is ``application/octet-stream``."""
    try:
        return read_text(data.decode("utf-8"))
    except UnicodeDecodeError:
        return data, "application/octet-stream"


def read_base64(value: Any) -> bytes:
    """The bytes in *value*, a text; raises MalformedEvent."""
    from base64 import b64decode

    if not isinstance(value, str):
        raise MalformedEvent(f"data of the type {type(value).__name__}, not base64")
    try:
        return b64decode(value, validate=True)
    except ValueError as error:
        raise MalformedEvent("the data is no base64") from error


# --- attributes


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


def make_time(seconds: Any) -> str | None:
    """RFC 3339 of seconds since 1970, a number or its text; None for anything else."""
    from datetime import datetime, timedelta, timezone

    try:
        moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(seconds=float(seconds))
    except (TypeError, ValueError, OverflowError):
        return None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def digest(value: Any) -> str:
    """An id for what has none: the same for the same *value*, also when the platform tries again."""
    from hashlib import sha256
    from json import dumps

    return sha256(dumps(value, sort_keys=True, default=_as_text).encode()).hexdigest()[:32]


def _as_text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, (bytes, bytearray)) else str(value)
