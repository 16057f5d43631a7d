"""AWS VPC Lattice with a Lambda target, event structure versions 1 and 2.

No recorded event is public (looked for in 2026), so both readings are built where the guide leaves
one open: the query in the path or in its map, header values as str or as list. Lattice gives no
client address but x-forwarded-for.
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
    with_cookie_list,
)
from lambda_bridge.headers import read_headers, read_scheme, read_server, with_forwarded
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TITLE = "AWS VPC Lattice"
DOCS = "https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html"
VARIANTS: tuple[str, ...] = ("v2", "v1")
STREAMS = False

# "The maximum size of the response JSON that the Lambda function can send is 6 MB" (DOCS, 2026);
# the Runtime API's own figure is the same.
MAX_RESULT = 6_291_556


def read_event(event: dict[str, Any], context: Any) -> Request:
    # Version 1 writes its keys in snake case; fixtures of version 2 exist that mix the two.
    flag = event.get("isBase64Encoded", event.get("is_base64_encoded"))
    body = read_body(event.get("body"), flag)
    headers = read_headers(*flatten(event.get("headers")), body)
    asked, mark, query = str(event.get("path") or event.get("raw_path") or "/").partition("?")
    if not mark:
        parameters = event.get("queryStringParameters", event.get("query_string_parameters"))
        query = make_query(ungroup(parameters))
    path, raw_path = read_path(asked)
    scheme = read_scheme(headers.get("x-forwarded-proto"), "https")
    return Request(
        event["method"],
        path,
        raw_path,
        native(query),
        headers,
        body,
        scheme,
        read_server(headers.get("host"), scheme),
    )


def make_result(response: Response, event: dict[str, Any]) -> dict[str, Any]:
    # Several cookies as a list is how honojs/hono (28a9c12) answers version 2: not verified.
    headers = with_cookie_list(grouped(response), ",")
    body, is_base64 = make_body(response.body, dict(response.headers))
    return {"statusCode": response.status, "headers": headers, "body": body, "isBase64Encoded": is_base64}


def max_result(event: dict[str, Any]) -> int:
    return MAX_RESULT


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    headers = with_forwarded(request)
    body, is_base64 = make_body(request.body, dict(headers))
    path = request.raw_path.decode("ascii")
    query = from_native(request.query)
    if variant == "v1":
        return {
            "raw_path": f"{path}?{query}" if query else path,
            "method": request.method,
            "headers": join_repeats(headers, ", "),
            "query_string_parameters": dict(read_query(query)),
            "body": body,
            "is_base64_encoded": is_base64,
        }
    return {
        "version": "2.0",
        "path": f"{path}?{query}" if query else path,
        "method": request.method,
        "headers": group(headers),
        "queryStringParameters": group(read_query(query)),
        "body": body,
        "isBase64Encoded": is_base64,
        "requestContext": {
            "serviceNetworkArn": "arn:aws:vpc-lattice:us-east-1:123456789012:servicenetwork/sn-0bf3f2882e9cc805a",
            "serviceArn": "arn:aws:vpc-lattice:us-east-1:123456789012:service/svc-0a40eebed65f8d69c",
            "targetGroupArn": "arn:aws:vpc-lattice:us-east-1:123456789012:targetgroup/tg-6d0ecf831eec9f09",
            "identity": {"sourceVpcArn": "arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0b8276c84697e7339"},
            "region": "us-east-1",
            "timeEpoch": "1767225600000000",
        },
    }


def read_result(result: Any) -> Response:
    result = read_object(result)
    if "statusCode" not in result or not isinstance(result.get("headers"), dict):
        raise RefusedResult("the result needs statusCode and headers")
    return Response(
        read_status(result["statusCode"]),
        read_listed_headers(result["headers"]),
        read_result_body(result),
    )
