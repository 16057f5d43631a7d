"""IBM Cloud Code Engine functions.

OpenWhisk's web actions with rules of their own (DOCS, 2026-01-27): query and body are always there as
they came, and what a body must be follows from its media type: JSON is an object, text a string,
anything else base64. So the text of JSON is written anew on the way.

Not verified: request bodies of types that the page does not name (both base64 and text are read),
JSON that is no object or array in a response (sent as its text), and whether a Host header is there
(the page shows none; without one the server is ``localhost``).
"""

from __future__ import annotations

from lambda_bridge.encoding import decode_base64, encode_base64, from_native, native, read_path, read_query
from lambda_bridge.errors import MalformedEvent
from lambda_bridge.formats._openwhisk import (
    BYTES,
    FORM,
    JSON,
    call,
    decoded,
    find,
    make_header_map,
    read_header_map,
    read_plain_headers,
    read_text,
    retyped,
    sent_as_text,
)
from lambda_bridge.formats._results import read_base64, read_object, read_status, title_case
from lambda_bridge.headers import read_scheme, read_server, with_forwarded
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["call", "make_event", "make_result", "max_result", "read_event", "read_result"]

TITLE = "IBM Cloud Code Engine function"
DOCS = "https://cloud.ibm.com/docs/codeengine?topic=codeengine-fun-exchanging-data"
VARIANTS: tuple[str, ...] = ()
STREAMS = False

# 5 MB, as IBM's earlier functions had; not verified.
MAX_RESULT = 5 * 1024 * 1024

_BINARY = ("audio/", "example/", "font/", "image/", "model/", "multipart/", "video/", BYTES)


def _kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _is_text(kind: str) -> bool:
    return kind.startswith("text/") or kind == FORM


def read_event(event: dict[str, Any], context: Any) -> Request:
    received = event["__ce_headers"]
    body = _read_body(event.get("__ce_body"), _kind(find(received, "content-type") or JSON))
    headers = read_plain_headers(received, body)
    path, raw_path = read_path(event.get("__ce_path") or "/")
    scheme = read_scheme(headers.get("x-forwarded-proto"), "https")
    server = read_server(headers.get("host"), scheme)
    query = native(event.get("__ce_query") or "")
    return Request(event["__ce_method"], path, raw_path, query, headers, body, scheme, server)


def _read_body(body: str | None, kind: str) -> bytes:
    if not body:
        return b""
    if not _is_text(kind):
        try:
            return decode_base64(body)
        except MalformedEvent:
            if kind == JSON or kind.startswith(_BINARY):
                raise
    return body.encode("utf-8", "surrogatepass")


def make_result(response: Response, event: dict[str, Any]) -> dict[str, Any]:
    # An empty type is none: whether the platform takes it for text nobody knows.
    if response.header("content-type") == "":
        headers = [header for header in response.headers if header != ("content-type", "")]
        response = Response(response.status, headers, response.body)
    headers, body = _carried(response)
    return {"statusCode": response.status, "headers": make_header_map(headers), "body": body}


def _carried(response: Response) -> tuple[Any, Any]:
    if not response.body:
        return response.headers, ""
    kind = _kind(response.header("content-type") or "text/plain")
    if kind != JSON and not _is_text(kind):
        return response.headers, encode_base64(response.body)
    text = decoded(response)
    if text is None:
        return retyped(response, BYTES), encode_base64(response.body)
    value = _read_json(text) if kind == JSON else None
    if value is None:
        return sent_as_text(response, text), text
    # Its length is no longer that of the app's text.
    return [header for header in response.headers if header[0] != "content-length"], value


def _read_json(text: str) -> Any:
    """The object or array that *text* is; None for anything else."""
    from json import loads

    try:
        value = loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, (dict, list)) else None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity, which are no JSON


def max_result(event: dict[str, Any]) -> int:
    return MAX_RESULT


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    headers = dict(with_forwarded(request))
    query = from_native(request.query)
    kind = _kind(headers.get("content-type", JSON))
    merged = _read_json(request.body.decode("utf-8", "replace")) if kind == JSON else None
    event: dict[str, Any] = {
        **dict(read_query(query)),
        **(merged if isinstance(merged, dict) else {}),
        "__ce_headers": {title_case[name]: value for name, value in headers.items()},
        "__ce_method": request.method,
        "__ce_path": request.raw_path.decode("ascii"),
    }
    if query:
        event["__ce_query"] = query
    if request.body:
        event["__ce_body"] = read_text(request.body) if _is_text(kind) else encode_base64(request.body)
    return event


def read_result(result: Any) -> Response:
    """A wrong status is a 422 of the platform, a body of the wrong form a 400 (DOCS)."""
    result = read_object(result)
    headers = read_header_map(result.get("headers"))
    status = read_status(result["statusCode"]) if "statusCode" in result else 200
    return Response(status, headers, _read_carried(_kind(dict(headers).get("content-type", "text/plain")), result))


def _read_carried(kind: str, result: dict[str, Any]) -> bytes:
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        from json import dumps

        return dumps(body, separators=(",", ":")).encode()
    return body.encode("utf-8", "surrogatepass") if kind == JSON or _is_text(kind) else read_base64(body)
