"""Alibaba Cloud API Gateway in front of an event function of Function Compute.

The event is JSON in bytes, with seven keys and no context (help.aliyun.com/document_detail/85208, read in
2026); its flag for base64 is documented as text. The gateway gives no client address but x-forwarded-for.

Not verified: whether ``path`` is the client's or the one set for the backend, and percent-encoded
(`read_path` is right for both), whether ``queryParameters`` are decoded (taken for decoded), how repeated
names arrive (lists are read, joined ones stay as they are), and several cookies: see `aliyun`.
"""

from __future__ import annotations

from lambda_bridge.encoding import (
    flatten,
    from_native,
    join_repeats,
    make_body,
    make_query,
    native,
    read_body,
    read_path,
    read_query,
    ungroup,
)
from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats._results import read_object, read_result_body, read_status, read_text_headers, title_case
from lambda_bridge.formats.aliyun import call, make_result, max_result, unkept
from lambda_bridge.headers import read_headers, read_scheme, read_server, with_forwarded
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["call", "make_event", "make_result", "max_result", "read_event", "read_result", "unkept"]

TITLE = "Alibaba Cloud API Gateway"
DOCS = "https://help.aliyun.com/zh/functioncompute/fc-2-0/user-guide/configure-an-api-gateway-trigger"
VARIANTS: tuple[str, ...] = ()
STREAMS = False


def read_event(event: dict[str, Any], context: Any) -> Request:
    body = read_body(event.get("body"), event.get("isBase64Encoded"))
    headers = read_headers(*flatten(event.get("headers")), body)
    path, raw_path = read_path(event.get("path") or "/")
    scheme = read_scheme(headers.get("x-forwarded-proto"), "https")
    return Request(
        event["httpMethod"],
        path,
        raw_path,
        native(make_query(ungroup(event["queryParameters"]))),
        headers,
        body,
        scheme,
        read_server(headers.get("host") or headers.get("ca-host"), scheme),
    )


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    headers = join_repeats(with_forwarded(request))
    body, is_base64 = make_body(request.body, headers)
    return {
        "path": request.raw_path.decode("ascii"),
        "httpMethod": request.method,
        "headers": {title_case[name]: value for name, value in headers.items()},
        "queryParameters": join_repeats(read_query(from_native(request.query))),
        "pathParameters": {},
        "body": body,
        "isBase64Encoded": "true" if is_base64 else "false",
    }


def read_result(result: Any) -> Response:
    """What is refused here is a 503 (DOCS); the documents' own examples have the status as text too."""
    result = read_object(result)
    if "statusCode" not in result:
        raise RefusedResult("the result has no statusCode")
    return Response(read_status(result["statusCode"]), read_text_headers(result), read_result_body(result))
