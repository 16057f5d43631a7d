"""What OpenWhisk and its descendants have in common: which bodies are text and which base64, above all.

No flag says what a body is; what its media type means was read in the source of the controller
(apache/openwhisk, WebActions.scala, 1fae641a) and of the server that it is built on (apache/pekko-http,
MediaType.scala).
"""

from __future__ import annotations

from lambda_bridge.encoding import (
    Memo,
    decode_base64,
    encode_base64,
    make_query,
    native,
    one_or_list,
    read_charset,
    read_query,
)
from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.formats._results import grouped, read_base64
from lambda_bridge.headers import read_headers
from lambda_bridge.messages import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from lambda_bridge.headers import Headers, Pairs

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
BYTES = "application/octet-stream"

_BINARY = frozenset({"multipart", "image", "audio", "video", "font", "message"})
# What pekko knows as text; of anything else, a charset decides.
_TEXT = {
    "text": frozenset({
        "asp", "cache-manifest", "calendar", "css", "csv", "event-stream", "html", "markdown", "mcf",
        "plain", "richtext", "tab-separated-values", "uri-list", "vnd.wap.wml", "vnd.wap.wmlscript",
        "x-asm", "x-c", "x-component", "x-h", "x-java-source", "x-pascal", "x-server-parsed-html",
        "x-setext", "x-sgml", "x-speech", "x-uuencode", "x-vcalendar", "x-vcard", "xml",
    }),
    "application": frozenset({
        "atom+xml", "base64", "javascript", "json", "json-patch+json", "merge-patch+json", "problem+json",
        "problem+xml", "rss+xml", "soap+xml", "vnd.api+json", "vnd.google-earth.kml+xml", "x-latex",
        "x-vrml", "x-www-form-urlencoded", "xhtml+xml", "xml-dtd", "xml",
    }),
}  # fmt: skip
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="


def _read_media(content_type: str) -> tuple[str, bool]:
    kind, _, parameters = content_type.partition(";")
    kind = kind.strip().lower()
    main, _, sub = kind.partition("/")
    if not main or not sub:
        return "", True
    is_text = sub in _TEXT.get(main, ()) or kind.startswith("text/x-script") or "charset=" in parameters.lower()
    return kind, main in _BINARY or not is_text


# Content type -> (media type in lower case or "" where it is none, whether pekko calls it binary).
media = Memo(_read_media)


def is_json(kind: str) -> bool:
    return kind == JSON or kind.endswith("+json")


# --- requests


def read_plain_headers(received: Mapping[str, Any] | None, body: bytes) -> Headers:
    """The headers of a request but accept-encoding: a compressed text could not be sent back."""
    kept = {name: value for name, value in (received or {}).items() if name.lower() != "accept-encoding"}
    return read_headers(kept, kept.values(), body)


def find(received: Mapping[str, Any] | None, wanted: str) -> str | None:
    """A header's value by its name in lower case."""
    for name, value in (received or {}).items():
        if name.lower() == wanted:
            return str(value)
    return None


def read_merged(
    parameters: dict[str, Any], body: Any, received: Mapping[str, Any] | None, method: str
) -> tuple[str, bytes]:
    """(query, body) of a request whose *parameters* are those of its query, of a JSON object, of a form.

    Which is which, in what order and how often, nothing tells: what has such a body is taken to have
    no query. *body* is any other body, or None.
    """
    content_type = find(received, "content-type")
    kind, is_binary = media[content_type or BYTES]
    if body is None and (is_json(kind) or kind == FORM) and _has_body(received, method):
        if kind == FORM:
            return "", make_query(parameters.items()).encode()
        return "", _dump(parameters)
    # Others than text are no client's but bound to the action.
    query = make_query((name, value) for name, value in parameters.items() if isinstance(value, str))
    if body is None:
        return query, b""
    if is_json(kind) or not isinstance(body, str):
        return query, _dump(body)
    return query, decode_base64(body) if is_binary else body.encode("utf-8", "surrogatepass")


def _has_body(received: Mapping[str, Any] | None, method: str) -> bool:
    length = find(received, "content-length")  # which the controller's own server takes away
    return method.upper() in {"POST", "PUT", "PATCH"} if length is None else length != "0"


def _dump(value: Any) -> bytes:
    from json import dumps

    return dumps(value).encode()


def make_merged(query: str, body: bytes, headers: Mapping[str, str]) -> tuple[dict[str, Any], Any]:
    """The inverse of `read_merged`: (parameters, body or None)."""
    from json import loads

    parameters: dict[str, Any] = dict(read_query(query))
    kind, is_binary = media[headers.get("content-type", BYTES)]
    if not body:
        return parameters, None
    if is_json(kind):
        text = read_text(body)
        try:
            value = loads(text)
        except (ValueError, RecursionError):
            return parameters, text  # the controller refuses it with 400
        return ({**parameters, **value}, None) if isinstance(value, dict) else (parameters, value)
    if is_binary:
        return parameters, encode_base64(body)
    text = read_text(body)
    if kind == FORM:
        return {**parameters, **dict(read_query(text))}, None
    return parameters, text


def read_text(body: bytes) -> str:
    """The body of a request whose type means text; raises MalformedEvent where it is none."""
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise MalformedEvent("the platform takes a body of this type for text, which it is not", 415) from error


# --- responses


def decoded(response: Response) -> str | None:
    """The body as text, by the charset that its content-type has; None where it is none or compressed."""
    if (response.header("content-encoding") or "identity") != "identity":
        return None
    charset = read_charset(response.header("content-type") or "")
    try:
        return response.body.decode("utf-8" if charset in {None, "us-ascii", "ascii"} else charset)
    except (LookupError, ValueError):
        return None


def retyped(response: Response, content_type: str) -> Pairs:
    """The headers with another content-type, and without the length of other bytes."""
    headers = [header for header in response.headers if header[0] not in {"content-type", "content-length"}]
    return [*headers, ("content-type", content_type)]


def sent_as_text(response: Response, text: str) -> Pairs:
    """The headers for a body that is sent as *text*, which always leaves as UTF-8."""
    if text.encode() == response.body:
        return response.headers
    kind, _, _ = (response.header("content-type") or "text/plain").partition(";")
    return retyped(response, f"{kind.strip()}; charset=utf-8")


def carried(response: Response) -> tuple[Pairs, str]:
    """(headers, body) as the controller passes them on unchanged.

    What it would take for text and is none keeps its bytes, under a type that is binary.
    """
    if not response.body:
        return response.headers, ""
    kind, is_binary = media[response.header("content-type") or "text/html"]
    if kind and is_binary:
        return response.headers, encode_base64(response.body)
    text = decoded(response) if kind else None
    # JSON that looks like base64, as `true` and `1234` do, would be decoded.
    if is_json(kind) and (text is None or looks_like_base64(text)):
        return response.headers, encode_base64(response.body)
    if text is None:
        return retyped(response, BYTES), encode_base64(response.body)
    return sent_as_text(response, text), text


def looks_like_base64(text: str) -> bool:
    text = text.strip()
    return bool(text) and text.isascii() and len(text) % 4 == 0 and not text.encode().translate(None, _BASE64)


def make_header_map(headers: Pairs) -> dict[str, Any]:
    """Headers for a result: a list where a name has several values."""
    return one_or_list(grouped(Response(200, headers)))


def read_header_map(headers: Any) -> Pairs:
    """The inverse of `make_header_map`; raises RefusedResult where the controller answers 400."""
    if headers is None:
        return []
    if not isinstance(headers, dict):
        raise RefusedResult(f"headers is a {type(headers).__name__}, not an object")
    return [(name.lower(), native(text)) for name, value in headers.items() for text in _texts(name, value)]


def _texts(name: str, value: Any) -> Iterable[str]:
    if isinstance(value, list):
        return [text for each in value for text in _texts(name, each)]
    if not isinstance(value, (str, bool, int, float)):
        raise RefusedResult(f"headers[{name!r}] is a {type(value).__name__}, not a string")
    return [str(value).lower() if isinstance(value, bool) else str(value)]


def read_carried(headers: Pairs, body: Any) -> bytes:
    """The bytes that a client gets for *body*; raises RefusedResult where the controller answers 400."""
    if body is None or body == "":
        return b""
    # Of several the first, as findContentTypeInHeader does.
    content_type = Response(200, headers).header("content-type")
    kind, is_binary = media[content_type or ("text/html" if isinstance(body, str) else JSON)]
    if not kind:
        raise RefusedResult(f"the content-type {content_type!r} is no media type")
    if not isinstance(body, str):
        if not is_json(kind):
            raise RefusedResult(f"the body is a {type(body).__name__}, and its content-type is not JSON")
        return _dump(body)
    if is_binary or (is_json(kind) and looks_like_base64(body)):
        return read_base64(body.strip())
    return body.encode("utf-8", "surrogatepass")


# --- the runtime


def call(handler: Callable[..., Any], event: Any, context: Any) -> Any:
    """As the runtime does it: JSON in, JSON out, and no second argument."""
    from json import dumps, loads

    return loads(dumps(handler(loads(dumps(event)))))
