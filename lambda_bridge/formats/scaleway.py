"""Scaleway Functions.

Close to AWS's payload 1.0, with less in it: paths and queries are decoded, of repeated headers and
query keys the last one is there, and bodies are text. ``isBase64Encoded`` only says that a body *could* be
decoded, ``""`` and ``abcd`` included, and none is encoded: so it is not believed. Seen by running
scaleway/scaleway-functions-runtimes (98dadc49, 2021); scaleway-functions-python (0.2.3), the
vendor's emulation, has a Host header besides, and spells ``stageVariable``.

Not verified: whether the real platform still leaves out the Host header (then the server is
``localhost``), and how it takes several cookies: a list, which today's documentation shows, and
which the runtime of 2021 did not understand. So there is no list for anything else.
"""

from __future__ import annotations

from lambda_bridge.encoding import (
    flatten,
    from_native,
    make_body,
    make_decoded_path,
    make_query,
    native,
    read_decoded_path,
    read_query,
    ungroup,
)
from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.formats._results import (
    grouped,
    read_listed_headers,
    read_result_body,
    read_status,
    shown,
    title_case,
    with_cookie_list,
)
from lambda_bridge.headers import read_headers, read_scheme, read_server, with_forwarded
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TITLE = "Scaleway Functions"
DOCS = "https://www.scaleway.com/en/docs/serverless-functions/"
VARIANTS: tuple[str, ...] = ()
STREAMS = False

# "Payload: max size 6 MiB, request" (functions-limitations, 2025-09-02); that it holds for responses too is not
# verified.
MAX_RESULT = 6 * 1024 * 1024


def read_event(event: dict[str, Any], context: Any) -> Request:
    body = (event.get("body") or "").encode("utf-8", "surrogatepass")
    headers = read_headers(*flatten(event.get("multiValueHeaders") or event.get("headers")), body)
    query = event.get("multiValueQueryStringParameters") or event.get("queryStringParameters")
    scheme = read_scheme(headers.get("x-forwarded-proto"), "https")
    return Request(
        event["httpMethod"],
        read_decoded_path(event["path"]),
        None,
        native(make_query(ungroup(query))),
        headers,
        body,
        scheme,
        read_server(headers.get("host"), scheme),
    )


def make_result(response: Response, event: dict[str, Any]) -> dict[str, Any]:
    body, is_base64 = make_body(response.body, dict(response.headers))
    headers = with_cookie_list(grouped(response, title_case), ",")
    return {"statusCode": response.status, "headers": headers, "body": body, "isBase64Encoded": is_base64}


def max_result(event: dict[str, Any]) -> int:
    return MAX_RESULT


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    try:
        body = request.body.decode()
    except UnicodeDecodeError as error:
        raise MalformedEvent("scaleway functions carry text: this body is no UTF-8", 415) from error
    headers = with_forwarded(request)
    return {
        "resource": "",
        "path": make_decoded_path(request.path),
        "httpMethod": request.method,
        "headers": {title_case[name]: value for name, value in headers},
        "multiValueHeaders": None,
        "queryStringParameters": dict(read_query(from_native(request.query))),
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": {},
        "requestContext": {
            "accountId": "",
            "resourceId": "",
            "stage": "",
            "requestId": "",
            "resourcePath": "",
            "authorizer": None,
            "httpMethod": request.method,
            "apiId": "",
        },
        "body": body,
        **({"isBase64Encoded": True} if _could_be_base64(body) else {}),
    }


def _could_be_base64(body: str) -> bool:
    from base64 import b64decode

    try:
        b64decode(body, validate=True)
    except ValueError:
        return False
    return True


def read_result(result: Any) -> Response:
    """Without a statusCode the whole result is the body; None ends the connection without an answer."""
    if result is None:
        raise RefusedResult("the result is null: the platform closes the connection")
    if not isinstance(result, dict) or "statusCode" not in result:
        return shown(result)
    return Response(
        read_status(result["statusCode"]),
        read_listed_headers(result.get("headers")),
        read_result_body(result),
    )
