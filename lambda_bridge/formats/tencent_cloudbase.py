"""Tencent CloudBase (TCB), HTTP access to an event function (product/876/41776, read in 2026).

Looks like API Gateway's event, but the query is in ``queryStringParameters``, and newer events have
``multiValueHeaders`` besides. The path is the whole one, with that of the route.

Not verified: whether ``path`` is percent-encoded (`read_path` is right for both), how repeated query keys
arrive, which header tells the client's address (so x-forwarded-for counts, as trusted_proxies says), and
several cookies: they are in ``multiValueHeaders``, as Tencent's own builder sends them (Tencent/
cloudbase-framework, cloudbase-node-builder, through serverless-http), and the last one is in ``headers`` too,
for a gateway that reads nothing else.
"""

from __future__ import annotations

from lambda_bridge.encoding import flatten, group, make_body, make_query, native, read_path, ungroup
from lambda_bridge.formats._results import (
    grouped,
    read_listed_headers,
    read_result_body,
    read_status,
    shown,
    title_case,
)
from lambda_bridge.formats.tencent_apigw import make_query_map, read_flagged_body
from lambda_bridge.headers import read_headers, read_origin, with_forwarded
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TITLE = "Tencent CloudBase HTTP access"
DOCS = "https://cloud.tencent.com/document/product/876/41776"
VARIANTS: tuple[str, ...] = ()
STREAMS = False

# That of an event function of SCF, which this is: 6 MB (product/583/11637).
MAX_RESULT = 6 * 1024 * 1024


def read_event(event: dict[str, Any], context: Any) -> Request:
    body = read_flagged_body(event)
    headers = read_headers(*flatten(event.get("multiValueHeaders") or event.get("headers")), body)
    path, raw_path = read_path(event.get("path") or "/")
    scheme, server = read_origin(headers, "https")
    return Request(
        event["httpMethod"],
        path,
        raw_path,
        native(make_query(ungroup(event.get("queryStringParameters")))),
        headers,
        body,
        scheme,
        server,
    )


def make_result(response: Response, event: dict[str, Any]) -> dict[str, Any]:
    body, is_base64 = make_body(response.body, dict(response.headers))
    headers = grouped(response, title_case)
    cookies = headers.get("Set-Cookie", [])
    result: dict[str, Any] = {
        "isBase64Encoded": is_base64,
        "statusCode": response.status,
        "headers": {name: values[-1] if values is cookies else ", ".join(values) for name, values in headers.items()},
        "body": body,
    }
    if len(cookies) > 1:
        result["multiValueHeaders"] = {"Set-Cookie": cookies}
    return result


def max_result(event: dict[str, Any]) -> int:
    return MAX_RESULT


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    headers = group(with_forwarded(request))
    single = {name: values[-1] for name, values in headers.items()}
    body, is_base64 = make_body(request.body, single)
    return {
        "path": request.raw_path.decode("ascii"),
        "httpMethod": request.method,
        "headers": single,
        "multiValueHeaders": headers,
        "queryStringParameters": make_query_map(request.query),
        "requestContext": {
            "requestId": "cdbb96328072184d19d3fcd243e8cc4d",
            "envId": "bridge-1a2b3c",
            "appId": 1300000000,
            "uin": 100000000001,
        },
        "body": body,
        "isBase64Encoded": is_base64,
    }


def read_result(result: Any) -> Response:
    """What has no statusCode is not refused but shown: text and numbers as text, the rest as JSON (DOCS)."""
    if isinstance(result, (str, int, float)):
        return Response(200, [("content-type", "text/plain; charset=utf-8")], str(result).encode())
    if not isinstance(result, dict) or "statusCode" not in result:
        return shown(result)
    headers = {**(result.get("headers") or {}), **(result.get("multiValueHeaders") or {})}
    return Response(
        read_status(result["statusCode"]),
        read_listed_headers(headers),
        read_result_body(result),
    )
