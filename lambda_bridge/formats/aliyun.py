"""Alibaba Cloud Function Compute 3 behind its HTTP trigger, on a built-in runtime.

The event is JSON in bytes. ``rawPath`` is percent-encoded; repeated headers and query keys are joined
with ",", and nothing tells that comma from one of a value (help.aliyun.com/document_detail/2545977,
read in 2026). A custom runtime gets plain HTTP instead.

Not verified: whether ``queryParameters`` are decoded (taken for decoded, since the trigger joins them),
that x-forwarded-proto is the trigger's (without it the scheme is https), and several cookies. Response headers are a map of text in the vendor's types (aliyun/fc-runtime-go-sdk,
events/README_HTTP_TRIGGER.md, 4d8476b), lists are not mentioned (alibabacloud.com/help/en/functioncompute/fc/
http-trigger-invoking-function, 2026-04-01), and a wrong type could show the whole result to the client:
so a second cookie gets a name in another spelling (see `one_each`). If the trigger does not keep those
apart, the client gets one of the cookies. A custom runtime sends them all.
"""

from __future__ import annotations

from lambda_bridge.encoding import (
    flatten,
    from_native,
    join_repeats,
    make_body,
    make_decoded_path,
    make_query,
    native,
    read_body,
    read_path,
    read_query,
    ungroup,
)
from lambda_bridge.formats._results import (
    grouped,
    one_each,
    read_result_body,
    read_status,
    read_text_headers,
    several_cookies,
    shown,
    title_case,
)
from lambda_bridge.headers import http_version, read_headers, read_scheme, read_server, with_forwarded
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

TITLE = "Alibaba Cloud Function Compute 3 HTTP trigger"
DOCS = "https://help.aliyun.com/zh/functioncompute/fc-3-0/user-guide/http-trigger-invoking-function"
VARIANTS: tuple[str, ...] = ()
STREAMS = False

# "The maximum payload for a synchronous invocation is 32 MB" (alibabacloud.com/help/doc-detail/2527064,
# 2025-08-20): of an event; that a result may be as large is not verified.
MAX_RESULT = 32 * 1024 * 1024


def read_event(event: dict[str, Any], context: Any) -> Request:
    about = event["requestContext"]
    http = about["http"]
    body = read_body(event.get("body"), event.get("isBase64Encoded"))
    headers = read_headers(*flatten(event.get("headers")), body)
    # requestContext.http.path is the same, decoded.
    path, raw_path = read_path(event["rawPath"] or "/")
    scheme = read_scheme(headers.get("x-forwarded-proto"), "https")
    address = http.get("sourceIp")
    return Request(
        http["method"],
        path,
        raw_path,
        native(make_query(ungroup(event.get("queryParameters")))),
        headers,
        body,
        scheme,
        read_server(headers.get("host") or about.get("domainName"), scheme),
        (address, 0) if address else None,
        "",
        http_version[http.get("protocol")],
    )


def make_result(response: Response, event: dict[str, Any]) -> dict[str, Any]:
    body, is_base64 = make_body(response.body, dict(response.headers))
    return {
        "statusCode": response.status,
        "headers": one_each(grouped(response, title_case)),
        "isBase64Encoded": is_base64,
        "body": body,
    }


def unkept(response: Response) -> list[str]:
    return several_cookies(response, TITLE)


def max_result(event: dict[str, Any]) -> int:
    return MAX_RESULT


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    headers = join_repeats(with_forwarded(request))
    body, is_base64 = make_body(request.body, headers)
    host, _ = request.server
    return {
        "version": "v1",
        "rawPath": request.raw_path.decode("ascii"),
        # As a captured event spells them (devsapp/fc3, event-template/http.json).
        "headers": {title_case[name]: value for name, value in headers.items()},
        "queryParameters": join_repeats(read_query(from_native(request.query))),
        "body": body,
        "isBase64Encoded": is_base64,
        "requestContext": {
            "accountId": "1234567890123456",
            "domainName": host,
            "domainPrefix": host.partition(".")[0],
            "http": {
                "method": request.method,
                "path": make_decoded_path(request.path),
                "protocol": f"HTTP/{request.http_version}",
                "sourceIp": request.client[0] if request.client else "",
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": "1-6955b900-0123456789abcdef",
            "time": "2026-01-01T00:00:00Z",
            "timeEpoch": "1767225600000",
        },
    }


def read_result(result: Any) -> Response:
    """What has no statusCode is not refused but shown to the client as JSON (awesome-fc/fchandler2go)."""
    if not isinstance(result, dict) or "statusCode" not in result:
        return shown(result)
    return Response(read_status(result["statusCode"]), read_text_headers(result), read_result_body(result))


def call(handler: Callable[[Any, Any], Any], event: dict[str, Any], context: Any) -> Any:
    """The runtime hands over JSON in bytes, and makes JSON of what comes back."""
    from json import dumps, loads

    return loads(dumps(handler(dumps(event).encode(), context)))
