"""AWS API Gateway, payload format 1.0: REST APIs, and HTTP APIs that are set to it.

The two differ in the path: a REST API's has no stage, an HTTP API's begins with it (recorded by
aws/aws-lambda-dotnet, LambdaTestTool-v2 snapshots, 2025-04-14). Both percent-encode the path and
decode the query.
"""

from __future__ import annotations

from lambda_bridge.encoding import (
    drop_raw_prefix,
    flatten,
    from_native,
    group,
    make_body,
    make_query,
    native,
    quote_path,
    read_body,
    read_path,
    read_query,
    split_prefix,
    ungroup,
)
from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats._results import grouped, read_object, read_result_body, read_status, title_case
from lambda_bridge.headers import http_version, read_headers, read_origin, with_forwarded
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TITLE = "AWS API Gateway REST API (payload 1.0)"
DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html"
VARIANTS: tuple[str, ...] = ("rest", "http_1.0")
STREAMS = False

# The Runtime API's own message: "Exceeded maximum allowed payload size (6291556 bytes)"
# (aws/aws-lambda-runtime-interface-emulator, 4fa2157).
MAX_RESULT = 6_291_556

_RESULT_KEYS = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})


def read_event(event: dict[str, Any], context: Any) -> Request:
    about = event.get("requestContext") or {}
    body = read_body(event.get("body"), event.get("isBase64Encoded"))
    # Console tests send null for each of the maps; abridged events have no multiValue maps.
    headers = read_headers(*flatten(event.get("multiValueHeaders") or event.get("headers")), body)
    query = ungroup(event.get("multiValueQueryStringParameters") or event.get("queryStringParameters"))
    scheme, server = read_origin(headers, "https", about.get("domainName"))
    path, raw_path = read_path(event["path"] or "/")
    root_path, in_path = _mount(event, about, path)
    if in_path:
        path = split_prefix(path, in_path) or path
        raw_path = drop_raw_prefix(raw_path, in_path) or b"/"
    address = (about.get("identity") or {}).get("sourceIp")
    return Request(
        event["httpMethod"],
        path,
        raw_path,
        native(make_query(query)) if query else "",
        headers,
        body,
        scheme,
        server,
        (address, 0) if address else None,
        root_path,
        http_version[about.get("protocol")],
    )


def _mount(event: dict[str, Any], about: dict[str, Any], path: str) -> tuple[str, str]:
    """(root_path of the client's URL, the prefix that stands in the event's path).

    Measured by localstack/localstack#12296 and powertools-lambda-python#576: on the default domain
    the client's URL begins with the stage; on a custom domain it begins with the mapping's key,
    which stays in the path.
    """
    stage = about.get("stage")
    prefix = "" if not stage or stage == "$default" else f"/{stage}"
    on_default_domain = ".execute-api." in str(about.get("domainName"))
    if event.get("version") == "1.0":
        # sam local calls REST events 1.0 too, with a path that has no stage.
        in_path = prefix if prefix and split_prefix(path, prefix) is not None else ""
        return (in_path if on_default_domain else ""), in_path
    if on_default_domain:
        return prefix, ""
    asked = str(about.get("path") or "")
    if asked.endswith(event["path"] or "/") and asked != event["path"]:
        return asked[: -len(event["path"] or "/")].rstrip("/"), ""
    mapping = _mapping(event, path) if about.get("domainName") else ""
    return mapping, mapping


def _mapping(event: dict[str, Any], path: str) -> str:
    """The base path of a custom domain: what stands in the path before the resource."""
    resource = event.get("resource") or ""
    for name, value in (event.get("pathParameters") or {}).items():
        for template in (f"{{{name}}}", f"{{{name}+}}"):
            resource = resource.replace(template, str(value))
    resource, _ = read_path(resource)
    if "{" in resource or not path.endswith(resource) or resource == "/":
        return ""
    return path[: -len(resource)].rstrip("/")


def make_result(response: Response, event: dict[str, Any]) -> dict[str, Any]:
    # One map for all, as the gateway merges two in an order of its own; any further key is a 502.
    body, is_base64 = make_body(response.body, dict(response.headers))
    return {
        "statusCode": response.status,
        "multiValueHeaders": grouped(response, title_case),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def max_result(event: dict[str, Any]) -> int:
    return MAX_RESULT


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    path, root_path = request.raw_path.decode("ascii"), quote_path(request.root_path).decode("ascii")
    stage = request.root_path.strip("/")
    headers = with_forwarded(request)
    if variant != "http_1.0":
        headers = [header for header in headers if header[0] != "content-length"]
    query = read_query(from_native(request.query))
    body, is_base64 = make_body(request.body, dict(headers))
    host, _ = request.server
    event: dict[str, Any] = {
        "resource": "/{proxy+}",
        "path": root_path + path if variant == "http_1.0" else path,
        "httpMethod": request.method,
        "headers": {title_case[name]: value for name, value in headers} or None,
        "multiValueHeaders": {title_case[name]: values for name, values in group(headers).items()} or None,
        "queryStringParameters": dict(query) or None,
        "multiValueQueryStringParameters": group(query) or None,
        "pathParameters": {"proxy": path.strip("/")},
        "stageVariables": None,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdefghij",
            "domainName": "abcdefghij.execute-api.us-east-1.amazonaws.com" if stage else host,
            "domainPrefix": "abcdefghij" if stage else host.partition(".")[0],
            "extendedRequestId": "JCJmXjUAPHcEP4w=",
            "httpMethod": request.method,
            "identity": {
                "sourceIp": request.client[0] if request.client else None,
                "userAgent": dict(headers).get("user-agent"),
            },
            "path": root_path + path,
            "protocol": f"HTTP/{request.http_version}",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTime": "01/Jan/2026:00:00:00 +0000",
            "requestTimeEpoch": 1767225600000,
            "resourceId": "r3s0rc",
            "resourcePath": "/{proxy+}",
            "stage": stage or "$default",
        },
        "body": body or None,
        "isBase64Encoded": is_base64,
    }
    return {"version": "1.0", **event} if variant == "http_1.0" else event


def read_result(result: Any) -> Response:
    """Recorded by localstack, test_apigateway_lambda snapshots (8b9a79f): what is refused is a 502."""
    result = read_object(result)
    unknown = sorted(str(key) for key in result.keys() - _RESULT_KEYS)
    if not result or unknown:
        raise RefusedResult(f"the result has the unknown keys {unknown}" if unknown else "the result is empty")
    pairs = []
    for name, values in (result.get("multiValueHeaders") or {}).items():
        if not isinstance(values, list):
            raise RefusedResult(f"multiValueHeaders[{name!r}] is not a list")
        pairs += [(name, value) for value in values]
    pairs += (result.get("headers") or {}).items()
    return Response(
        read_status(result.get("statusCode", 200)),
        [(name.lower(), native(_as_text(value))) for name, value in pairs],
        read_result_body(result),
    )


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
