"""Apache OpenWhisk web actions: raw HTTP (annotation ``raw-http``), and not raw.

Raw is what an app wants. A web action that is not raw gets the parameters of query, form and JSON
object merged into one, with those that are bound to the action among them: order and repeats are lost,
a request with a form or JSON is read as one without a query, and the app sees what is bound.

The runtime calls ``main`` with one dict and no context; the deadline is in ``__OW_DEADLINE``. The
controller hands over what follows the action's name as the path, so the prefix before it is for
``base_path`` to say, and answers OPTIONS itself but for the annotation ``web-custom-options``.
Of a response it ignores the charset and drops the content-type of an empty body.
"""

from __future__ import annotations

from lambda_bridge.encoding import decode_base64, encode_base64, from_native, is_true, native, read_path
from lambda_bridge.formats._openwhisk import (
    BYTES,
    JSON,
    call,
    carried,
    find,
    make_header_map,
    make_merged,
    media,
    read_carried,
    read_header_map,
    read_merged,
    read_plain_headers,
    read_text,
)
from lambda_bridge.formats._results import read_object, read_status
from lambda_bridge.headers import read_scheme, read_server, with_forwarded
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["call", "make_event", "make_result", "max_result", "read_event", "read_result"]

TITLE = "Apache OpenWhisk web action"
DOCS = "https://github.com/apache/openwhisk/blob/master/docs/webactions.md"
VARIANTS: tuple[str, ...] = ("raw", "web")
STREAMS = False

# 1 MB of result (limits of apache/openwhisk, 1fae641a); a provider may set another.
MAX_RESULT = 1024 * 1024

# No client can send one of these: the controller answers 400.
_RESERVED = frozenset({"__ow_method", "__ow_headers", "__ow_path", "__ow_user", "__ow_query", "__ow_body"})


def read_event(event: dict[str, Any], context: Any) -> Request:
    received = event["__ow_headers"]
    method = event["__ow_method"].upper()
    if "__ow_query" in event:
        query, body = event["__ow_query"] or "", _read_raw_body(event, received)
    else:
        parameters = {name: value for name, value in event.items() if name not in _RESERVED}
        query, body = read_merged(parameters, event.get("__ow_body"), received, method)
    headers = read_plain_headers(received, body)
    path, raw_path = read_path(event.get("__ow_path") or "/")
    scheme = read_scheme(headers.get("x-forwarded-proto"), "https")
    server = read_server(headers.get("host"), scheme)
    return Request(method, path, raw_path, native(query), headers, body, scheme, server)


def _read_raw_body(event: dict[str, Any], received: Any) -> bytes:
    text = event.get("__ow_body")
    if not text:
        return b""
    # Some forks say what it is; nobody but them can, as nothing of a client's stands beside it.
    flag = event.get("__ow_isBase64Encoded")
    if flag is None:
        kind, is_binary = media[find(received, "content-type") or BYTES]
        flag = is_binary or kind == JSON
    return decode_base64(text) if is_true(flag) else text.encode("utf-8", "surrogatepass")


def make_result(response: Response, event: dict[str, Any]) -> dict[str, Any]:
    headers, body = carried(response)
    return {"statusCode": response.status, "headers": make_header_map(headers), "body": body}


def max_result(event: dict[str, Any]) -> int:
    return MAX_RESULT


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    headers = dict(with_forwarded(request))
    query = from_native(request.query)
    event: dict[str, Any] = {
        "__ow_method": request.method.lower(),
        "__ow_headers": headers,
        "__ow_path": request.raw_path.decode("ascii"),
    }
    if variant == "web":
        parameters, body = make_merged(query, request.body, headers)
        return {**parameters, **event, **({} if body is None else {"__ow_body": body})}
    kind, is_binary = media[headers.get("content-type", BYTES)]
    is_base64 = request.body and (is_binary or kind == JSON)
    event["__ow_query"] = query
    event["__ow_body"] = encode_base64(request.body) if is_base64 else read_text(request.body)
    return event


def read_result(result: Any) -> Response:
    """What is refused here is a 400 (WebActions.scala, resultAsHttp)."""
    if isinstance(result, dict) and "error" in result:
        result = result["error"]
    result = read_object(result)
    headers = read_header_map(result.get("headers"))
    body = read_carried(headers, result.get("body"))
    if "statusCode" not in result:
        return Response(200 if body else 204, headers, body)
    return Response(read_status(result["statusCode"]), headers, body)
