"""AWS Application Load Balancer with a Lambda target.

An attribute of the target group (``lambda.multi_value_headers.enabled``) decides for headers and
query, event and result alike whether a name has one value or a list. Nothing is decoded (DOCS, 2026).
The balancer gives no client address: it appends it to x-forwarded-for.
"""

from __future__ import annotations

from lambda_bridge.encoding import flatten, from_native, group, make_body, native, read_body, read_path, ungroup
from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats._results import (
    grouped,
    one_each,
    read_listed_headers,
    read_object,
    read_result_body,
    read_status,
    reason_phrase,
)
from lambda_bridge.headers import read_headers, read_origin, with_forwarded
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TITLE = "AWS Application Load Balancer"
DOCS = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html"
VARIANTS: tuple[str, ...] = ("single", "multi")
STREAMS = False

# "The maximum size of the response JSON that the Lambda function can send is 1 MB" (DOCS, 2026).
MAX_RESULT = 1024 * 1024


def read_event(event: dict[str, Any], context: Any) -> Request:
    body = read_body(event.get("body"), event.get("isBase64Encoded"))
    # The mode that is off may be there as null where a typed tool has written the event.
    headers = read_headers(*flatten(event.get("multiValueHeaders") or event.get("headers")), body)
    query = event.get("multiValueQueryStringParameters") or event.get("queryStringParameters")
    path, raw_path = read_path(event["path"])
    scheme, server = read_origin(headers, "http")
    return Request(
        event["httpMethod"],
        path,
        raw_path,
        native("&".join([f"{name}={value}" for name, value in ungroup(query)])),
        headers,
        body,
        scheme,
        server,
    )


def make_result(response: Response, event: dict[str, Any]) -> dict[str, Any]:
    headers = grouped(response)
    body, is_base64 = make_body(response.body, dict(response.headers))
    result: dict[str, Any] = {
        "statusCode": response.status,
        "statusDescription": f"{response.status} {reason_phrase(response.status)}",
        "body": body,
        "isBase64Encoded": is_base64,
    }
    if isinstance(event.get("multiValueHeaders"), dict):
        result["multiValueHeaders"] = headers
    else:
        # The balancer keeps the spellings of a name apart: so does every adapter send a second cookie.
        result["headers"] = one_each(headers, ",")
    return result


def max_result(event: dict[str, Any]) -> int:
    return MAX_RESULT


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    headers = with_forwarded(request)
    body, is_base64 = make_body(request.body, dict(headers))
    parts = [pair.partition("=") for pair in from_native(request.query).split("&") if pair]
    query = [(name, value) for name, _, value in parts]
    event: dict[str, Any] = {
        "requestContext": {
            "elb": {
                "targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/app/6d0ecf831eec9f09"
            }
        },
        "httpMethod": request.method,
        "path": request.raw_path.decode("ascii"),
        "body": body,
        "isBase64Encoded": is_base64,
    }
    if variant == "multi":
        event["multiValueQueryStringParameters"] = group(query)
        event["multiValueHeaders"] = group(headers)
    else:
        event["queryStringParameters"] = dict(query)
        event["headers"] = dict(headers)
    return event


def read_result(result: Any) -> Response:
    """What is refused here is a 502 (DOCS, and aws/aws-lambda-go#207 on headers that are null)."""
    result = read_object(result)
    headers = result.get("multiValueHeaders", result.get("headers"))
    if not isinstance(headers, dict):
        raise RefusedResult("the result has neither headers nor multiValueHeaders")
    if "statusCode" not in result:
        raise RefusedResult("the result has no statusCode")
    return Response(
        read_status(result["statusCode"]),
        read_listed_headers(headers),
        read_result_body(result),
    )
