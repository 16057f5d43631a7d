"""Tencent Cloud load balancer (CLB) in front of an event function (product/583/52635, 2025-06-30).

The body comes as ``payload``: parsed where it is JSON, so that its spaces are lost; as text where its type
is text or XML; else in base64. Method and path are in the headers x-method and x-uri, for which the
balancer needs a "个性化配置" (custom configuration); without one a client could write them itself. Where
they are missing, the request is for ``/``, POST if it has a payload and GET if not.

Not verified: whether x-uri has the query and is percent-encoded (`read_path` is right for both),
how repeated headers arrive, and whether the flag for base64 is always there: the Chinese page's example has
it as text, the English one's (39849) not. Without it the content-type decides, as documented.
"""

from __future__ import annotations

from lambda_bridge.encoding import encode_base64, flatten, from_native, join_repeats, native, read_path
from lambda_bridge.errors import MalformedEvent
from lambda_bridge.formats._results import title_case
from lambda_bridge.formats.tencent_apigw import make_result, max_result, read_flagged_body, read_result
from lambda_bridge.headers import is_token, read_headers, read_scheme, read_server, with_real_ip
from lambda_bridge.messages import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["make_event", "make_result", "max_result", "read_event", "read_result"]

TITLE = "Tencent Cloud load balancer (CLB)"
DOCS = "https://cloud.tencent.com/document/product/583/52635"
VARIANTS: tuple[str, ...] = ()
STREAMS = False


def read_event(event: dict[str, Any], context: Any) -> Request:
    names, values = flatten(event["headers"])
    body = _read_payload(event)
    headers = read_headers(names, values, body)
    method = headers.get("x-method") or ("POST" if body else "GET")
    if not is_token(method):
        raise MalformedEvent("the header x-method is no method")
    # With a path only, or with the query: the balancer's configuration says which.
    uri, _, query = from_native(headers.get("x-uri") or "/").partition("?")
    path, raw_path = read_path(uri or "/")
    scheme = read_scheme(headers.get("x-forwarded-proto"), "http")
    address = headers.get("x-real-ip")
    return Request(
        method,
        path,
        raw_path,
        native(query),
        headers,
        body,
        scheme,
        read_server(headers.get("host"), scheme),
        (address, 0) if address else None,
    )


def _read_payload(event: dict[str, Any]) -> bytes:
    payload, flag = event["payload"], event.get("isBase64Encoded")
    if payload is None:
        return b""
    if not isinstance(payload, str):
        return _dump(payload).encode("utf-8", "surrogatepass")
    if flag is None:
        types = [value for name, value in event["headers"].items() if name.lower() == "content-type"]
        flag = "false" if _is_text(types[0] if types else None) else "true"
    return read_flagged_body({"body": payload, "isBase64Encoded": flag})


def _dump(payload: Any) -> str:
    from json import dumps

    return dumps(payload, ensure_ascii=False, separators=(",", ":"))


def _is_text(content_type: Any) -> bool:
    """Whether the balancer passes a body of this type on as it is (DOCS)."""
    kind = str(content_type).partition(";")[0].strip().lower()
    return kind.startswith("text/") or kind in _TEXT_TYPES


_TEXT_TYPES = ("application/json", "application/javascript", "application/xml")


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    headers = join_repeats(with_real_ip(request))
    uri = request.raw_path.decode("ascii")
    headers["x-method"] = request.method
    headers["x-uri"] = f"{uri}?{from_native(request.query)}" if request.query else uri
    payload, is_base64 = _make_payload(request.body, headers.get("content-type"))
    return {
        "headers": {title_case[name]: value for name, value in headers.items()},
        "payload": payload,
        "isBase64Encoded": "true" if is_base64 else "false",
    }


def _make_payload(body: bytes, content_type: str | None) -> tuple[Any, bool]:
    if not body:
        return "", False
    try:
        text = body.decode() if _is_text(content_type) else None
    except UnicodeDecodeError:
        text = None  # the balancer loses such bytes; nobody would miss that in a local gateway
    if text is None:
        return encode_base64(body), True
    if str(content_type).lower().startswith("application/json") and text[:1] in ("{", "["):
        from json import loads

        try:
            return loads(text), False
        except ValueError:
            pass
    return text, False
