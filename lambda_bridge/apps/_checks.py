"""What holds for the response headers of every app, whatever its interface."""

from __future__ import annotations

from lambda_bridge.encoding import Memo, is_token
from lambda_bridge.errors import InvalidResponse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambda_bridge.encoding import Pairs


def check_headers(pairs: Iterable[tuple[str, str]]) -> Pairs:
    """(lower-case name, value) pairs; raises InvalidResponse for what must never be sent.

    A value with CR, LF or NUL would let its author write headers of his own (RFC 9110 section 5.5).
    """
    try:
        headers = [(_names[name], value) for name, value in pairs]
        # All values at once. Tabs and some of ISO-8859-1 are not printable either, but allowed.
        if not "".join([value for _, value in headers]).isprintable():
            for name, value in headers:
                if "\r" in value or "\n" in value or "\0" in value:
                    raise InvalidResponse(f"the response header {name!r} has a line break or NUL in its value")
    except (AttributeError, TypeError, ValueError) as error:
        raise InvalidResponse(f"response headers must be pairs of strings: {error}") from error
    return headers


def _read_name(name: str) -> str:
    if not is_token(name):
        raise InvalidResponse(f"{name!r} is not a name for a response header")
    return name.lower()


_names = Memo(_read_name)
