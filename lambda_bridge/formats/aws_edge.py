"""AWS Lambda@Edge: a viewer request or an origin request of CloudFront, answered by the function.

An origin request's answer is cached by CloudFront as its headers allow: personal pages need
``cache-control: private, no-store``.
"""

from __future__ import annotations

from lambda_bridge.encoding import encode_base64, flatten, from_native, make_body, native, read_body, read_path
from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.formats._results import read_base64, read_status, title_case
from lambda_bridge.headers import read_headers, read_scheme, read_server
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TITLE = "AWS Lambda@Edge (CloudFront)"
DOCS = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html"
VARIANTS: tuple[str, ...] = ("viewer-request", "origin-request")
STREAMS = False

# Of a generated response, headers included (quotas of Lambda@Edge, 2026).
MAX_VIEWER_RESULT = 40 * 1024
MAX_ORIGIN_RESULT = 1024 * 1024

# Of a request's body; CloudFront cuts what is over it ("Restrictions on the request body with the include body
# option", 2026).
MAX_VIEWER_BODY = 40 * 1024
MAX_ORIGIN_BODY = 1024 * 1024

# A response that sets one of these is a 502: disallowed and read-only headers of "Restrictions on
# edge functions" (2026), less those that no server's response has.
_REFUSED = frozenset(
    [
        "connection",
        "content-length",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "via",
        "x-accel-buffering",
        "x-accel-charset",
        "x-accel-limit-rate",
        "x-accel-redirect",
        "x-amzn-auth",
        "x-amzn-cf-billing",
        "x-amzn-cf-id",
        "x-amzn-cf-xff",
        "x-amzn-errortype",
        "x-amzn-fle-profile",
        "x-amzn-header-count",
        "x-amzn-header-order",
        "x-amzn-lambda-integration-tag",
        "x-amzn-requestid",
        "x-cache",
        "x-forwarded-proto",
        "x-real-ip",
    ]
)
_REFUSED_PREFIXES = ("x-amz-cf-", "x-edge-")


def read_event(event: dict[str, Any], context: Any) -> Request:
    request = event["Records"][0]["cf"]["request"]
    body = _read_body(request.get("body"))
    received = {name: [entry["value"] for entry in entries] for name, entries in (request.get("headers") or {}).items()}
    headers = read_headers(*flatten(received), body)
    path, raw_path = read_path(request["uri"])
    # CloudFront passes x-forwarded-proto to nobody; this one only where a policy forwards it.
    scheme = read_scheme(headers.get("cloudfront-forwarded-proto"), "https")
    address = request.get("clientIp")
    return Request(
        request["method"],
        path,
        raw_path,
        native(request.get("querystring") or ""),
        headers,
        body,
        scheme,
        read_server(headers.get("host"), scheme),
        (address, 0) if address else None,
    )


def _read_body(body: dict[str, Any] | None) -> bytes:
    # Only there when the trigger includes the body.
    if not body:
        return b""
    if body.get("inputTruncated"):
        raise MalformedEvent("cloudfront has cut the request's body: it is over 40 KB (viewer) or 1 MB (origin)", 413)
    return read_body(body.get("data"), body.get("encoding") == "base64")


def make_result(response: Response, event: dict[str, Any]) -> dict[str, Any]:
    headers: dict[str, list[dict[str, str]]] = {}
    for name, value in response.headers:
        if name not in _REFUSED and not name.startswith(_REFUSED_PREFIXES):
            headers.setdefault(name, []).append({"key": title_case[name], "value": from_native(value)})
    # The status is text here, and a 204 with any body is a 502.
    result: dict[str, Any] = {"status": str(response.status), "headers": headers}
    if response.body:
        body, is_base64 = make_body(response.body, dict(response.headers))
        result["body"] = body
        result["bodyEncoding"] = "base64" if is_base64 else "text"
    return result


def max_result(event: dict[str, Any]) -> int:
    trigger = (event["Records"][0]["cf"].get("config") or {}).get("eventType")
    return MAX_ORIGIN_RESULT if trigger == "origin-request" else MAX_VIEWER_RESULT


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    headers: dict[str, list[dict[str, str]]] = {}
    for name, value in request.headers:
        headers.setdefault(name, []).append({"key": title_case[name], "value": from_native(value)})
    if request.scheme == "http":
        headers["cloudfront-forwarded-proto"] = [{"key": "CloudFront-Forwarded-Proto", "value": "http"}]
    asked: dict[str, Any] = {
        "clientIp": request.client[0] if request.client else "127.0.0.1",
        "headers": headers,
        "method": request.method,
        "querystring": from_native(request.query),
        "uri": request.raw_path.decode("ascii"),
    }
    if request.body:
        limit = MAX_ORIGIN_BODY if variant == "origin-request" else MAX_VIEWER_BODY
        asked["body"] = {
            "inputTruncated": len(request.body) > limit,
            "action": "read-only",
            "encoding": "base64",
            "data": encode_base64(request.body[:limit]),
        }
    config = {
        "distributionDomainName": "d111111abcdef8.cloudfront.net",
        "distributionId": "EDFDVBD6EXAMPLE",
        "eventType": variant or VARIANTS[0],
        "requestId": "4TyzHTaYWb1GX1qTfsHhEqV6HUDd_BzoBZnwfnvQc_1oF26ClkoUSEQ==",
    }
    return {"Records": [{"cf": {"config": config, "request": asked}}]}


def read_result(result: Any) -> Response:
    """What is refused here is a 502 (DOCS, 2026)."""
    if not isinstance(result, dict) or not isinstance(result.get("status"), str):
        raise RefusedResult("the result needs a status, as a string")
    status = read_status(result["status"])
    pairs = [
        (name, native(entry["value"])) for name, entries in (result.get("headers") or {}).items() for entry in entries
    ]
    refused = sorted({name for name, _ in pairs if name in _REFUSED or name.startswith(_REFUSED_PREFIXES)})
    if refused:
        raise RefusedResult(f"cloudfront does not let a function set {', '.join(refused)}")
    if status == 204 and "body" in result:
        raise RefusedResult("a response with status 204 must not have a body")
    body = result.get("body") or ""
    data = read_base64(body) if result.get("bodyEncoding") == "base64" else body.encode()
    return Response(status, pairs, data)
