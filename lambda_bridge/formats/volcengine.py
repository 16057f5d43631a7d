"""Volcengine veFaaS behind API Gateway, an event function (volcengine.com/docs/6662/127868, read in 2026).

Six keys and no more: no context, no flag for base64 (so only text bodies are known to arrive). The
vendor's Go runtime (volcengine/vefaas-golang-runtime, utils/http_event.go and vefaas/http_event_handler.go)
joins repeated headers and query keys with ",", and takes the client's address from x-real-ip.

Not verified for Python: whether ``path`` is decoded, as it is in Go (`read_path` is right for both), a body in
bytes (taken as it is), and whether the flag of a binary response is honoured, of which the documents
say nothing (docs/6662/107430): for binary bodies use a native function, which is a web server.
Response headers are a map of text, so a second cookie gets a name in another spelling (see
`one_each`). Where the runtime does not keep those apart, as Go's does not, the client gets one of the
cookies.
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
from lambda_bridge.errors import MalformedEvent
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
from lambda_bridge.headers import read_headers, read_origin, with_real_ip
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TITLE = "Volcengine veFaaS behind API Gateway"
DOCS = "https://www.volcengine.com/docs/6662/127868"
VARIANTS: tuple[str, ...] = ()
STREAMS = False

# Not verified: no public page tells; it is what the other clouds allow.
MAX_RESULT = 6 * 1024 * 1024


def read_event(event: dict[str, Any], context: Any) -> Request:
    body = event.get("body")
    if not isinstance(body, bytes):
        body = read_body(body, False)
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
    return {
        "statusCode": response.status,
        "headers": one_each(grouped(response, title_case)),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def unkept(response: Response) -> list[str]:
    return several_cookies(response, TITLE)


def max_result(event: dict[str, Any]) -> int:
    return MAX_RESULT


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    try:
        body = request.body.decode()
    except UnicodeDecodeError as error:
        raise MalformedEvent("an event function of veFaaS carries text: this body is no UTF-8", 415) from error
    return {
        "httpMethod": request.method,
        "path": request.raw_path.decode("ascii"),
        "pathParameters": {},
        "queryStringParameters": join_repeats(read_query(from_native(request.query))),
        "headers": {title_case[name]: value for name, value in join_repeats(with_real_ip(request)).items()},
        "body": body,
    }


def read_result(result: Any) -> Response:
    """A function that returns nothing gives 200 (docs/6662/107430)."""
    if result is None:
        return Response(200)
    result = read_object(result)
    return Response(read_status(result.get("statusCode", 200)), read_text_headers(result), read_result_body(result))
