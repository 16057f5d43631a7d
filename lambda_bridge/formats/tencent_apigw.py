"""Tencent Cloud API Gateway in front of an event function (product/583/12513, 583/31927).

The service ended on 2025-06-30 (583/107631); private installations and emulators go on, and the
function URL copies its shape. Whether ``path`` is percent-encoded is not documented: `read_path`
is right for both.
"""

from __future__ import annotations

from lambda_bridge.encoding import (
    flatten,
    from_native,
    group,
    join_repeats,
    make_body,
    make_query,
    native,
    one_or_list,
    read_body,
    read_path,
    read_query,
    ungroup,
)
from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.formats._results import (
    grouped,
    read_listed_headers,
    read_object,
    read_result_body,
    read_status,
    title_case,
)
from lambda_bridge.headers import host_header, read_headers, read_scheme, read_server
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TITLE = "Tencent Cloud API Gateway"
DOCS = "https://cloud.tencent.com/document/product/583/12513"
VARIANTS: tuple[str, ...] = ()
STREAMS = False

# "同步请求事件/响应: 6 MB" (product/583/11637, read in 2026).
MAX_RESULT = 6 * 1024 * 1024

# The gateway's own domains, newest first (product/628/11810, 2024-01-12); clients in China call the newest with .cn, and
# documents of the vendor also spell the oldest myqloud.
_DEFAULT_DOMAINS = (
    ".tencentapigw.com",
    ".tencentapigw.com.cn",
    ".apigw.tencentcs.com",
    ".apigateway.myqcloud.com",
    ".apigateway.myqloud.com",
)


def read_event(event: dict[str, Any], context: Any) -> Request:
    about = event.get("requestContext") or {}
    # headersParameters is the spelling of Tencent's own emulator, scfcli.
    received = flatten(event.get("headers") or event.get("headersParameters"))
    body = read_flagged_body(event)
    headers = read_headers(*received, body)
    # queryStringParameters has only what is declared in the gateway; the emulator has nothing else.
    query = event.get("queryString", event.get("queryStringParameters"))
    path, raw_path = read_path(event.get("path") or "/")
    # The gateway sends no x-forwarded-proto (see `make_query_map`): a header of that name is the client's.
    scheme = read_scheme(headers.get("x-api-scheme"), "https")
    server = read_server(headers.get("host"), scheme)
    stage = about.get("stage")
    address = about.get("sourceIp")
    return Request(
        event["httpMethod"],
        path,
        raw_path,
        native(make_query(ungroup(query))),
        headers,
        body,
        scheme,
        server,
        (address, 0) if address else None,
        # Only the default domain has the stage in its URL, and the event's path never has it.
        f"/{stage}" if stage and server[0].endswith(_DEFAULT_DOMAINS) else "",
    )


def read_flagged_body(event: dict[str, Any]) -> bytes:
    """The body; the vendor's own example says "true" of a body that is no base64, so that is text."""
    body = event.get("body")
    flag = event.get("isBase64Encoded")
    try:
        return read_body(body, flag)
    except MalformedEvent:
        if flag is True:
            raise
        return read_body(body, False)


def make_result(response: Response, event: dict[str, Any]) -> dict[str, Any]:
    body, is_base64 = make_body(response.body, dict(response.headers))
    headers = one_or_list(grouped(response, title_case))
    # All four keys, always; an empty map of headers is refused as if it were missing
    # (tencentyun/scfcli, local_service._parse_output).
    return {
        "isBase64Encoded": is_base64,
        "statusCode": response.status,
        "headers": headers or {"X-Content-Type-Options": "nosniff"},
        "body": body,
    }


def max_result(event: dict[str, Any]) -> int:
    return MAX_RESULT


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    stage = request.root_path.strip("/")
    host, port = request.server
    headers = join_repeats((name, from_native(value)) for name, value in request.headers)
    headers.setdefault("host", host_header(host, port, request.scheme))
    headers.setdefault("x-api-scheme", request.scheme)
    body, is_base64 = make_body(request.body, headers)
    return {
        "requestContext": {
            "serviceId": "service-abcdefgh",
            "path": "/",
            "httpMethod": "ANY",
            "requestId": "c6af9ac67b6111e69a4193e8deadbeef",
            "identity": {},
            "sourceIp": request.client[0] if request.client else "",
            "stage": stage or "release",
        },
        "headers": headers,
        "body": body,
        "pathParameters": {},
        "queryStringParameters": {},
        "headerParameters": {},
        "stageVariables": {"stage": stage or "release"},
        "path": request.raw_path.decode("ascii"),
        "queryString": make_query_map(request.query),
        "httpMethod": request.method,
        "isBase64Encoded": is_base64,
    }


def make_query_map(query: str) -> dict[str, Any]:
    """The query as the gateway hands it over: decoded, a list where repeated, true without ``=``.

    Seen in a captured event (tencentyun/scf-go-lib, events/apigw_test.go).
    """
    pairs: list[tuple[str, Any]] = []
    for part in from_native(query).split("&"):
        for name, value in read_query(part):
            pairs.append((name, value if "=" in part else True))
    return one_or_list(group(pairs))


def read_result(result: Any) -> Response:
    """What is refused here is "Invalid scf response format", errno 403 (product/583/40714)."""
    result = read_object(result)
    if not result.get("headers") or not isinstance(result["headers"], dict):
        raise RefusedResult("the result needs headers, at least one")
    if not isinstance(result.get("statusCode"), int):
        raise RefusedResult("the result needs a statusCode, as a whole number")
    return Response(
        read_status(result["statusCode"]),
        read_listed_headers(result["headers"]),
        read_result_body(result),
    )
