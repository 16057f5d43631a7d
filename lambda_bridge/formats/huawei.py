"""Huawei Cloud FunctionGraph behind API Gateway (APIG), an event function (functiongraph_02_0102).

The gateway flags every body as base64, text and the empty one too, unless the API says otherwise; an
event has no client address but x-real-ip, and path parameters may have the name "" (captured by
opentelekomcloud-community/otc-functiongraph-python-runtime, fg-events/fg-apig-event, read in 2026).
The stage is never part of the URL.

Not verified: whether ``path`` is percent-encoded (`read_path` is right for both), how repeated query
keys and headers arrive (read as text or as lists: H4ad/serverless-adapter types both), and lists in
response headers, which that adapter sends and the documentation, "headers(Map)", does not mention:
here for several cookies only, all other repeats are joined.
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
from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats._results import (
    grouped,
    read_listed_headers,
    read_object,
    read_result_body,
    read_status,
    title_case,
    with_cookie_list,
)
from lambda_bridge.headers import read_headers, read_origin, with_real_ip
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TITLE = "Huawei Cloud FunctionGraph behind API Gateway"
DOCS = "https://support.huaweicloud.com/intl/en-us/devg-functiongraph/functiongraph_02_0102.html"
VARIANTS: tuple[str, ...] = ()
STREAMS = False

# "函数同步调用响应正文有效负载大小: 6MB", give or take 100 bytes (functiongraph_01_0150).
MAX_RESULT = 6 * 1024 * 1024 - 100


def read_event(event: dict[str, Any], context: Any) -> Request:
    body = read_body(event.get("body"), event.get("isBase64Encoded"))
    headers = read_headers(*flatten(event.get("headers")), body)
    path, raw_path = read_path(event.get("path") or "/")
    scheme, server = read_origin(headers, "https")
    address = headers.get("x-real-ip")
    return Request(
        event["httpMethod"],
        path,
        raw_path,
        native(make_query(ungroup(event.get("queryStringParameters")))),
        headers,
        body,
        scheme,
        server,
        (address, 0) if address else None,
    )


def make_result(response: Response, event: dict[str, Any]) -> dict[str, Any]:
    body, is_base64 = make_body(response.body, dict(response.headers))
    # All four keys, always, each of its type: anything else is a 500 (functiongraph_03_0290, 2025-01-07).
    return {
        "statusCode": response.status,
        "headers": with_cookie_list(grouped(response, title_case)),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def max_result(event: dict[str, Any]) -> int:
    return MAX_RESULT


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    query = group(read_query(from_native(request.query)))
    body, _ = make_body(request.body, {"content-encoding": "every body is sent as base64"})
    return {
        "body": body,
        "requestContext": {
            "apiId": "bc1dcffd-aa35-474d-897c-d53425a4c08e",
            "requestId": "11cdcdcf33949dc6d722640a13091c77",
            "stage": "RELEASE",
        },
        "queryStringParameters": one_or_list(query),
        "httpMethod": request.method,
        "pathParameters": {},
        "headers": join_repeats(with_real_ip(request)),
        "path": request.raw_path.decode("ascii"),
        "isBase64Encoded": True,
    }


def read_result(result: Any) -> Response:
    """What is refused here is a 500 (functiongraph_03_0290)."""
    result = read_object(result)
    for key, kind in (("statusCode", int), ("headers", dict), ("body", str), ("isBase64Encoded", bool)):
        if not isinstance(result.get(key), kind):
            raise RefusedResult(f"the result needs {key}, of the type {kind.__name__}")
    return Response(
        read_status(result["statusCode"]),
        read_listed_headers(result["headers"]),
        read_result_body(result),
    )
