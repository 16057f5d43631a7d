"""AWS API Gateway HTTP API, payload format 2.0.

In spite of its name ``rawPath`` is percent-decoded (recorded by aws/aws-lambda-dotnet,
LambdaTestTool-v2 snapshots, 2025-04-14), and begins with the stage unless that is ``$default``.
"""

from __future__ import annotations

from lambda_bridge.encoding import (
    from_native,
    join_repeats,
    make_body,
    make_decoded_path,
    native,
    read_body,
    read_decoded_path,
    read_query,
    split_prefix,
)
from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats._results import read_result_body, read_status, shown
from lambda_bridge.headers import http_version, read_headers, read_origin, with_forwarded
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TITLE = "AWS API Gateway HTTP API (payload 2.0)"
DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"
VARIANTS: tuple[str, ...] = ()
STREAMS = False

# The Runtime API's own message: "Exceeded maximum allowed payload size (6291556 bytes)"
# (aws/aws-lambda-runtime-interface-emulator, 4fa2157).
MAX_RESULT = 6_291_556


def read_event(event: dict[str, Any], context: Any) -> Request:
    path = event["rawPath"] or "/"
    root_path = ""
    about = event["requestContext"]
    stage = about.get("stage")
    if stage and stage != "$default":
        below = split_prefix(path, "/" + stage)
        if below is not None:
            path = below
            # A custom domain's URL has no stage; whether its rawPath has one is reported both ways
            # (CodeGenieApp/serverless-express#465, powertools-lambda-python#576).
            root_path = "/" + stage if ".execute-api." in str(about.get("domainName")) else ""
    return read_payload(event, read_decoded_path(path), None, root_path)


def read_payload(event: dict[str, Any], path: str, raw_path: bytes | None, root_path: str) -> Request:
    """All of a payload 2.0 but its path, about which its two senders differ."""
    about = event["requestContext"]
    http = about["http"]
    body = read_body(event.get("body"), event.get("isBase64Encoded"))
    received = event.get("headers") or {}
    names, values = tuple(received), list(received.values())
    cookies = event.get("cookies")
    if cookies and "cookie" not in received:
        # An HTTP API sends them here alone, a function URL in the headers too.
        names += ("cookie",)
        values.append("; ".join(cookies))
    headers = read_headers(names, values, body)
    scheme, server = read_origin(headers, "https", about.get("domainName"))
    address = http.get("sourceIp")
    query = event.get("rawQueryString") or ""
    return Request(
        http["method"],
        path,
        raw_path,
        query if query.isascii() else native(query),
        headers,
        body,
        scheme,
        server,
        (address, 0) if address else None,
        root_path,
        http_version[http.get("protocol")],
    )


def make_result(response: Response, event: dict[str, Any]) -> dict[str, Any]:
    headers: dict[str, str] = {}
    cookies = []
    for name, value in response.headers:
        if not value.isascii():
            value = from_native(value)
        if name == "set-cookie":
            cookies.append(value)
        elif name in headers:
            headers[name] += "," + value
        else:
            headers[name] = value
    body, is_base64 = make_body(response.body, headers)
    result: dict[str, Any] = {
        "statusCode": response.status,
        "headers": headers,
        "body": body,
        "isBase64Encoded": is_base64,
    }
    if cookies:
        result["cookies"] = cookies
    return result


def max_result(event: dict[str, Any]) -> int:
    return MAX_RESULT


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    host, _ = request.server
    stage = request.root_path.strip("/")
    domain = "abcdefghij.execute-api.us-east-1.amazonaws.com" if stage else host
    path = make_decoded_path(request.root_path + request.path)
    event = make_payload(request, path, path, domain, stage or "$default")
    event["headers"].pop("cookie", None)
    return event


def make_payload(request: Request, raw_path: str, path: str, domain: str, stage: str) -> dict[str, Any]:
    """All of a payload 2.0, from what its two senders differ in."""
    headers = join_repeats(with_forwarded(request))
    cookie = headers.get("cookie")
    body, is_base64 = make_body(request.body, headers)
    query = from_native(request.query)
    api_id = domain.partition(".")[0]
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": raw_path,
        "rawQueryString": query,
        "cookies": cookie.split("; ") if cookie else None,
        "headers": headers,
        "queryStringParameters": join_repeats(read_query(query)) or None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": api_id,
            "domainName": domain,
            "domainPrefix": api_id,
            "http": {
                "method": request.method,
                "path": path,
                "protocol": f"HTTP/{request.http_version}",
                "sourceIp": request.client[0] if request.client else "",
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "$default",
            "stage": stage,
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1767225600000,
        },
        "body": body or None,
        "isBase64Encoded": is_base64,
    }
    # The gateway leaves out what is not there, where payload 1.0 says null.
    return {name: value for name, value in event.items() if value is not None}


def read_result(result: Any) -> Response:
    """What has no statusCode is shown as JSON, with 200 (recorded by aws/aws-lambda-dotnet, 2025-04-14)."""
    if not isinstance(result, dict) or "statusCode" not in result:
        return shown(result)
    pairs = [(name.lower(), native(str(value))) for name, value in (result.get("headers") or {}).items()]
    cookies = result.get("cookies") or []
    if not isinstance(cookies, list):
        raise RefusedResult(f"cookies is a {type(cookies).__name__}, not a list")
    return Response(
        read_status(result["statusCode"]),
        pairs + [("set-cookie", native(cookie)) for cookie in cookies],
        read_result_body(result),
    )
