"""Baidu AI Cloud CFC behind its HTTP trigger (cloud.baidu.com/doc/CFC/s/kjzmgugty, read in 2026).

Close to AWS's payload 1.0, without its multiValue maps; repeated headers are joined. Binary bodies need the trigger's
option "二进制请求 body": without it they reach no function unharmed. The vendor's class has the client's
address in ``requestContext.sourceIp`` (baidubce/bce-cfc-java-core, APIGatewayProxyRequestEvent).

Not verified: which keys of ``requestContext`` are filled, whether ``path`` is percent-encoded (`read_path` is
right for both), how repeated query keys arrive, and several cookies: response headers are a map of text
(APIGatewayProxyResponseEvent), so a second one gets a name in another spelling (see `one_each`). If
the trigger does not keep those apart, the client gets one of the cookies.
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
from lambda_bridge.formats._results import (
    grouped,
    one_each,
    read_object,
    read_result_body,
    read_status,
    read_text_headers,
    several_cookies,
    title_case,
)
from lambda_bridge.headers import read_headers, read_origin, with_forwarded
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TITLE = "Baidu AI Cloud CFC HTTP trigger"
DOCS = "https://cloud.baidu.com/doc/CFC/s/kjzmgugty"
VARIANTS: tuple[str, ...] = ()
STREAMS = False

# "函数同步调用请求正文负载大小: 6 MB" (cloud.baidu.com/doc/CFC/s/Vlw0ana7r, 2024-07-05); that of a
# response is not documented.
MAX_RESULT = 6 * 1024 * 1024


def read_event(event: dict[str, Any], context: Any) -> Request:
    about = event.get("requestContext") or {}
    body = read_body(event.get("body"), event.get("isBase64Encoded"))
    headers = read_headers(*flatten(event.get("headers")), body)
    path, raw_path = read_path(event.get("path") or "/")
    scheme, server = read_origin(headers, "https")
    address = about.get("sourceIp")
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
    return {
        "isBase64Encoded": is_base64,
        "statusCode": response.status,
        "headers": one_each(grouped(response, title_case)),
        "body": body,
    }


def unkept(response: Response) -> list[str]:
    return several_cookies(response, TITLE)


def max_result(event: dict[str, Any]) -> int:
    return MAX_RESULT


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    path = request.raw_path.decode("ascii")
    headers = join_repeats(with_forwarded(request))
    body, is_base64 = make_body(request.body, headers)
    return {
        "resource": "/{path+}",
        "path": path,
        "httpMethod": request.method,
        "headers": {title_case[name]: value for name, value in headers.items()},
        "queryStringParameters": join_repeats(read_query(from_native(request.query))),
        "pathParameters": {"path": path.strip("/")},
        "requestContext": {
            "stage": "cfc",
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "resourcePath": "/{path+}",
            "apiId": "abcdefghij",
            "sourceIp": request.client[0] if request.client else "",
        },
        "body": body,
        "isBase64Encoded": is_base64,
    }


def read_result(result: Any) -> Response:
    """The types are those of the vendor's class; what the trigger answers to others is not verified."""
    result = read_object(result)
    return Response(read_status(result.get("statusCode")), read_text_headers(result), read_result_body(result))
