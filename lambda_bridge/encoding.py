"""Rules on text and bytes that hold for every format: base64, paths, query strings.

*Native string* means here what it means in PEP 3333: a str in which each character (up to U+00FF)
is one byte of the wire.
"""

from __future__ import annotations

from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64

from lambda_bridge.errors import MalformedEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any


class Memo(dict):  # type: ignore[type-arg]  # dict[K, V] has no __class_getitem__ to be subclassed by name
    """``memo[key]`` is ``make(key)``, remembered; a loop in C where a call would be one in Python.

    Keys come from strangers: after *at_most* of them it begins anew.
    """

    __slots__ = ("at_most", "make")

    def __init__(self, make: Callable[[Any], Any], at_most: int = 500) -> None:
        self.make = make
        self.at_most = at_most

    def __missing__(self, key: Any) -> Any:
        if len(self) >= self.at_most:
            self.clear()
        made = self[key] = self.make(key)
        return made


# urllib.parse is not imported at the top: it costs a third of a cold start (it pulls in re), and
# most paths have nothing to decode. Encoding is a table of 256 rows, so it does without.

# RFC 3986 section 2.3, and section 3.3: what may stand in a path as it is (pchar and "/").
_QUERY_SAFE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
_QUERY_PLAIN = _QUERY_SAFE + b" "
_PATH_SAFE = _QUERY_SAFE + b"!$&'()*+,;=:@/"
_PATH_ENCODED = _PATH_SAFE + b"%"


def _quoted(safe: bytes) -> list[str]:
    return [chr(byte) if byte in safe else f"%{byte:02X}" for byte in range(256)]


_PATH_QUOTED = _quoted(_PATH_SAFE)
_QUERY_QUOTED = _quoted(_QUERY_SAFE)


def native(text: str) -> str:
    """*text* of an event as native string: its UTF-8 bytes, one a character."""
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("latin-1")


def from_native(value: str) -> str:
    """The inverse of `native`; bytes that are no UTF-8 are taken for ISO-8859-1, as browsers do."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return value


def is_true(flag: Any) -> bool:
    """A flag of an event: Tencent and Alibaba document ``"true"`` and ``"false"`` as text."""
    return flag is True or (isinstance(flag, str) and flag.strip().lower() == "true")


# --- bodies


def read_body(body: str | None, is_base64: Any) -> bytes:
    """The body of an event as bytes; raises MalformedEvent when the base64 does not decode."""
    if not body:
        return b""
    if is_base64 and is_true(is_base64):
        return decode_base64(body)
    return body.encode("utf-8", "surrogatepass")


def decode_base64(text: str) -> bytes:
    """Standard base64 (RFC 4648 section 4), strictly: raises MalformedEvent on anything else."""
    try:
        data = a2b_base64(text)
    except (Base64Error, ValueError) as error:
        raise MalformedEvent("the body is flagged as base64 and does not decode") from error
    # Before Python 3.11 there is no strict mode: foreign characters are skipped, which the length
    # gives away.
    padding = 2 if text.endswith("==") else text.endswith("=")
    if len(text) % 4 or len(data) != len(text) // 4 * 3 - padding:
        raise MalformedEvent("the body is flagged as base64 and does not decode")
    return data


def make_body(body: bytes, headers: Mapping[str, Any]) -> tuple[str, bool]:
    """The body as (text, False), or as (base64, True) where text would lose or change a byte.

    *headers* maps lower-case names to values; only content-encoding and content-type are read. What has a NUL is no text
    of anybody's; as JSON text each one would take six bytes, and a body of them the result's limit.
    """
    if not body:
        return "", False
    if b"\0" not in body and headers.get("content-encoding", "identity") == "identity":
        content_type = headers.get("content-type")
        if content_type is None or _is_utf8[content_type]:
            try:
                return body.decode(), False
            except UnicodeDecodeError:
                pass
    return encode_base64(body), True


def encode_base64(data: bytes) -> str:
    """Standard base64 in one line."""
    return b2a_base64(data, newline=False).decode("ascii")


def read_charset(content_type: str) -> str | None:
    """The charset that a content-type names, in lower case; None where it names none."""
    _, found, charset = content_type.lower().partition("charset=")
    return charset.partition(";")[0].strip("\"' ") if found else None


def _read_is_utf8(content_type: str) -> bool:
    return read_charset(content_type) in {None, "utf-8", "utf8", "us-ascii", "ascii"}


_is_utf8 = Memo(_read_is_utf8)


# --- paths


def read_path(path: str) -> tuple[str, bytes]:
    """(path, raw_path) from a path that should be percent-encoded.

    Whatever cannot stand in an encoded path is encoded after all, and a valid ``%XX`` stays as it
    is: so this is also right for a path that the gateway has already decoded, unless that holds a
    literal ``%XX``.
    """
    if not path.startswith("/"):
        path = "/" + path
    data = path.encode("utf-8", "surrogatepass")
    if not data.translate(None, _PATH_SAFE):
        return path, data
    decoded = _unquote(data)
    # Each escape is three bytes that become one: were all of them valid?
    if data.translate(None, _PATH_ENCODED) or len(decoded) != len(data) - 2 * data.count(b"%"):
        head, *rest = data.split(b"%")
        data = _quote(head) + b"".join([_quote_after_percent(part) for part in rest])
        decoded = _unquote(data)
    return decoded.decode("utf-8", "surrogateescape"), data


def read_decoded_path(path: str) -> str:
    """The path of an event whose gateway has decoded it."""
    if not path.startswith("/"):
        path = "/" + path
    # JSON can hold half of a surrogate pair, which is no character of a path.
    return path if path.isascii() else path.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")


def make_decoded_path(path: str) -> str:
    """*path* as gateways and servers hand it over that decode it: bytes that are no UTF-8 replaced."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def quote_path(path: str) -> bytes:
    """A decoded path, percent-encoded again."""
    return _quote(path.encode("utf-8", "surrogateescape"))


def _quote(data: bytes) -> bytes:
    if not data.translate(None, _PATH_SAFE):
        return data
    return "".join([_PATH_QUOTED[byte] for byte in data]).encode("ascii")


def _quote_after_percent(part: bytes) -> bytes:
    """What followed a ``%``: an escape that stays, or a percent sign that must be encoded itself."""
    is_escape = len(part) >= 2 and not part[:2].translate(None, b"0123456789ABCDEFabcdef")
    return b"%" + part[:2] + _quote(part[2:]) if is_escape else b"%25" + _quote(part)


def _unquote(data: bytes) -> bytes:
    if b"%" not in data:
        return data
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(data)


def drop_raw_prefix(raw_path: bytes, prefix: str) -> bytes:
    """*raw_path* without its beginning that decodes to *prefix*, however that was encoded."""
    position = 0
    for _ in range(len(prefix.encode("utf-8", "surrogateescape"))):
        position += 3 if raw_path[position : position + 1] == b"%" else 1
    return raw_path[position:]


def split_prefix(path: str, prefix: str) -> str | None:
    """What follows *prefix* in *path*, ``/`` at least, when it ends at a whole segment; else None."""
    if path.startswith(prefix + "/"):
        return path[len(prefix) :]
    return "/" if path == prefix else None


# --- query strings


def make_query(pairs: Iterable[tuple[str, Any]]) -> str:
    """Decoded (name, value) pairs as a query string; the value True stands for no ``=`` at all."""
    pairs = list(pairs)
    try:
        plain = "&".join(map("=".join, pairs))
    except TypeError:
        plain = "?"  # a value is no text
    # Where nothing but spaces is to be encoded, the rest is the separators that stand here.
    if plain.isascii() and plain.encode().translate(None, _QUERY_PLAIN) == b"=&" * (len(pairs) - 1) + b"=":
        return plain.replace(" ", "%20")
    return "&".join(
        [quote_query(name) if value is True else f"{quote_query(name)}={quote_query(value)}" for name, value in pairs]
    )


def quote_query(value: Any) -> str:
    """One name or value, percent-encoded, a space as ``%20``; None is empty."""
    text = value if isinstance(value, str) else "" if value is None else str(value)
    if text.isascii() and text.isalnum():
        return text
    data = text.encode("utf-8", "surrogatepass")
    if not data.translate(None, _QUERY_SAFE):
        return text
    return "".join([_QUERY_QUOTED[byte] for byte in data])


def read_query(query: str) -> list[tuple[str, str]]:
    """A query string as decoded (name, value) pairs, as gateways that decode it hand it over."""
    from urllib.parse import parse_qsl

    return parse_qsl(query, keep_blank_values=True, encoding="utf-8", errors="replace")


def group(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """(name, value) pairs as name to all of its values, names in the order of their first one."""
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        if name in grouped:
            grouped[name].append(value)
        else:
            grouped[name] = [value]
    return grouped


def one_or_list(grouped: Mapping[str, list[str]]) -> dict[str, Any]:
    """Name to its value, or to the list of them where it has several."""
    return {name: values[0] if len(values) == 1 else values for name, values in grouped.items()}


def join_repeats(pairs: Iterable[tuple[str, str]], comma: str = ",") -> dict[str, str]:
    """(name, value) pairs as name to one value, repeated ones joined in order."""
    return {name: comma.join(values) for name, values in group(pairs).items()}


def flatten(grouped: Mapping[str, Any] | None) -> tuple[Iterable[str], Iterable[Any]]:
    """(names, values) side by side from a map of lists or of single values, as `read_headers` wants them."""
    if not grouped:
        return (), ()
    values = grouped.values()
    if isinstance(next(iter(values)), list):
        try:
            return grouped, [value for (value,) in values]
        except (TypeError, ValueError):
            pass  # a name has several values, or none, or one that is no list
    elif list not in set(map(type, values)):
        return grouped, values
    pairs = ungroup(grouped)
    return [name for name, _ in pairs], [value for _, value in pairs]


def ungroup(grouped: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    """The inverse of `group`, which takes single values as well as lists of them."""
    pairs = []
    for name, values in (grouped or {}).items():
        if isinstance(values, list):
            for value in values:
                pairs.append((name, value))
        else:
            pairs.append((name, values))
    return pairs
