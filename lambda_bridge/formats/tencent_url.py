"""Tencent Cloud function URL in front of an event function (product/583/96099, read in 2025-08).

The gateway's event with less in it: no flag for base64 (so only text bodies are known to arrive),
no context, no stage. Not verified: repeated query keys and headers, binary bodies.
"""

from __future__ import annotations

from lambda_bridge.encoding import flatten, from_native, join_repeats, make_query, native, read_path, ungroup
from lambda_bridge.errors import MalformedEvent
from lambda_bridge.formats._results import shown
from lambda_bridge.formats.tencent_apigw import make_query_map, make_result, max_result, read_flagged_body
from lambda_bridge.formats.tencent_apigw import read_result as read_integrated_result
from lambda_bridge.headers import host_header, read_headers, read_server, split_port
from lambda_bridge.messages import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lambda_bridge.headers import Headers
    from lambda_bridge.messages import Response

__all__ = ["make_event", "make_result", "max_result", "read_event", "read_result"]

TITLE = "Tencent Cloud function URL"
DOCS = "https://cloud.tencent.com/document/product/583/96099"
VARIANTS: tuple[str, ...] = ()
STREAMS = False


_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def read_event(event: dict[str, Any], context: Any) -> Request:
    body = read_flagged_body(event)
    headers = read_headers(*flatten(event.get("headers")), body)
    path, raw_path = read_path(event.get("path") or "/")
    # The real one serves https alone, and never under these names.
    server = read_server(headers.get("host") or headers.get("x-scf-request-domain"), "https")
    scheme = "http" if server[0] in _LOOPBACK and headers.get("host") else "https"
    return Request(
        event["httpMethod"],
        path,
        raw_path,
        native(make_query(ungroup(event.get("queryString")))),
        headers,
        body,
        scheme,
        read_server(headers.get("host"), scheme) if scheme == "http" else server,
        _client(event, headers),
    )


def _client(event: dict[str, Any], headers: Headers) -> tuple[str, int] | None:
    # requestContext is undocumented here and was seen in 2026; the header is the platform's, and
    # clients cannot send one of its prefix (tencentyun/qcloud-documents, Web 函数管理). It was seen with
    # brackets and port.
    source = (event.get("requestContext") or {}).get("sourceIp") or headers.get("x-scf-remote-addr")
    if not source:
        return None
    address, port = split_port(source)
    return address, port or 0


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    try:
        body = request.body.decode()
    except UnicodeDecodeError as error:
        raise MalformedEvent("a function URL of Tencent carries text: this body is no UTF-8", 415) from error
    headers = join_repeats((name, from_native(value)) for name, value in request.headers)
    host, port = request.server
    headers.setdefault("host", host_header(host, port, request.scheme))
    if request.client:
        headers.setdefault("x-scf-remote-addr", request.client[0])
    return {
        "body": body,
        "headers": headers,
        "httpMethod": request.method,
        "path": request.raw_path.decode("ascii"),
        "queryString": make_query_map(request.query),
    }


def read_result(result: Any) -> Response:
    """What has no statusCode is not refused but shown to the client as JSON (DOCS)."""
    if not isinstance(result, dict) or "statusCode" not in result:
        return shown(result)
    return read_integrated_result(result)
