"""What holds for the responses of every app, whatever its interface."""

from __future__ import annotations

from lambda_bridge.encoding import Memo
from lambda_bridge.errors import InvalidResponse
from lambda_bridge.headers import is_token
from lambda_bridge.log import log_warning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambda_bridge.headers import Pairs


def check_headers(pairs: Iterable[tuple[str, str]]) -> Pairs:
    """(lower-case name, value) pairs from WSGI's; raises InvalidResponse for what must never be sent."""
    headers = []
    try:
        for name, value in pairs:
            if not (value.isascii() and value.isprintable()):
                _check_value(name, value)
            headers.append((_names[name], value))
    except (AttributeError, TypeError, ValueError, BytesWarning) as error:
        raise InvalidResponse(f"response headers must be pairs of strings: {error}") from error
    return headers


def check_byte_headers(pairs: Iterable[tuple[bytes, bytes]]) -> Pairs:
    """(lower-case name, value) pairs from ASGI's bytes; raises InvalidResponse likewise."""
    headers = []
    try:
        for name, data in pairs:
            value = data.decode("latin-1")
            if not value.isprintable():
                _check_value(name, value)
            headers.append((_byte_names[name], value))
    except (AttributeError, TypeError, ValueError, BytesWarning) as error:
        raise InvalidResponse(f"response headers must be pairs of bytes: {error}") from error
    return headers


def is_endless(headers: Pairs) -> bool:
    """Whether the body has no end of its own and each part of it is of use: server-sent events (HTML, section 9.2)."""
    return any(name == "content-type" and value.lower().startswith("text/event-stream") for name, value in headers)


def log_cut(seconds: float, body: bytes) -> None:
    """Say in the log that *body* is all that the client gets of an endless response."""
    log_warning(
        f"the app's text/event-stream was cut after {seconds:.1f} s, at the deadline, with {len(body)} bytes of it: "
        "here a response is sent when it is complete; docs/streaming.md says where it can be sent as it comes"
    )


def _check_value(name: str | bytes, value: str) -> None:
    # Tabs and some of ISO-8859-1 are not printable either, but allowed; CR, LF or NUL would let the
    # value's author write headers of his own (RFC 9110 section 5.5).
    if "\r" in value or "\n" in value or "\0" in value:
        raise InvalidResponse(f"the response header {name!r} has a line break or NUL in its value")
    if max(value) > "\xff":
        raise InvalidResponse(
            f"the response header {name!r} has characters beyond ISO-8859-1 in its value: percent-encode them, or use "
            'value.encode().decode("latin-1"), the native string of PEP 3333'
        )


def _read_name(name: str) -> str:
    if not is_token(name):
        raise InvalidResponse(f"{name!r} is not a name for a response header")
    return name.lower()


_names = Memo(_read_name)
_byte_names = Memo(lambda name: _read_name(name.decode("latin-1")))
