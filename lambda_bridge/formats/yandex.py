"""Yandex Cloud Functions: behind an API Gateway (payload 0.1 or 1.0), or called at their own address.

Payload 0.1 has the real path and query in ``url`` and the route's template in ``path`` (an event
that somebody published on 2026-03-29); payload 1.0 has the real path in ``path``. A direct call has
no path but ``/``, and neither Authorization nor Cookie: it is read, but an app wants the gateway, whose
two payloads are the variants.

Whoever may call a function directly can add ``?integration=raw``, and the event is then the body
that he sends: such an event can say anything, the client's address too. Where that matters, let
only the gateway call the function.

Not verified: whether the lists of headers below hold behind the gateway too, and whether the
``path`` of payload 1.0 is percent-encoded (`_read_path` is right for both).
"""

from __future__ import annotations

from lambda_bridge.encoding import (
    flatten,
    from_native,
    group,
    make_body,
    make_query,
    native,
    read_body,
    read_path,
    read_query,
    ungroup,
)
from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats._results import grouped, read_object, read_result_body, read_status, title_case
from lambda_bridge.headers import host_header, read_headers, read_scheme, read_server
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TITLE = "Yandex Cloud Functions"
DOCS = "https://yandex.cloud/en/docs/functions/concepts/function-invoke"
VARIANTS: tuple[str, ...] = ("gateway_0.1", "gateway_1.0")
STREAMS = False

# 3.5 MB for the JSON of a request and of a response (quotas and limits of Cloud Functions, read in 2026).
MAX_RESULT = 3_670_016

# What the platform does with headers of a response (DOCS, 2026): those that it takes away, that it
# answers with an error, and that it gives another name.
_NOT_SENT = frozenset({"host", "authorization", "user-agent", "connection", "max-forwards", "cookie"})
_REFUSED = frozenset({"proxy-authenticate", "transfer-encoding", "via", "www-authenticate"})
_RENAMED = frozenset({"content-md5", "date", "server"})


def read_event(event: dict[str, Any], context: Any) -> Request:
    about = event.get("requestContext") or {}
    body = read_body(event.get("body"), event.get("isBase64Encoded"))
    headers = read_headers(*flatten(event.get("multiValueHeaders") or event.get("headers")), body)
    url, _, query = (event.get("url") or "").partition("?")
    if url:
        path, raw_path = read_path(url)
    elif "version" in event:
        path, raw_path = _read_path(event["path"] or "/", headers.get("x-envoy-original-path"))
    else:
        path, raw_path = "/", b"/"
    if not query:
        decoded = event.get("multiValueQueryStringParameters") or event.get("queryStringParameters")
        query = make_query(ungroup(decoded))
    # The gateway writes the header; on a direct call, which is https always, it is the client's.
    scheme = read_scheme(headers.get("x-forwarded-proto"), "https") if "path" in event else "https"
    address = (about.get("identity") or {}).get("sourceIp")
    return Request(
        event["httpMethod"],
        path,
        raw_path,
        native(query),
        headers,
        body,
        scheme,
        read_server(headers.get("host"), scheme),
        (address, 0) if address else None,
    )


def _read_path(path: str, original: str | None) -> tuple[str, bytes]:
    """The path and how the client encoded it, which only counts where it means the same path."""
    if original:
        decoded, raw_path = read_path(original.partition("?")[0])
        if decoded == path:
            return decoded, raw_path
    return read_path(path)


def make_result(response: Response, event: dict[str, Any]) -> dict[str, Any]:
    body, is_base64 = make_body(response.body, dict(response.headers))
    # With one of the headers that are left out, the client would get an error instead of the response.
    kept = Response(response.status, [header for header in response.headers if header[0] not in _REFUSED])
    return {
        "statusCode": response.status,
        "multiValueHeaders": grouped(kept, title_case),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def unkept(response: Response) -> list[str]:
    names = sorted({name for name, _ in response.headers if name in _REFUSED})
    return [f"{TITLE} answers an error to a response with {', '.join(names)}: left out"] if names else []


def max_result(event: dict[str, Any]) -> int:
    return MAX_RESULT


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    path = request.raw_path.decode("ascii")
    raw_query = from_native(request.query)
    query = read_query(raw_query)
    pairs = _headers(request, path)
    body, is_base64 = make_body(request.body, dict(pairs))
    headers = {title_case[name]: values for name, values in group(pairs).items()}
    event: dict[str, Any] = {
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": dict(query),
        "multiValueQueryStringParameters": group(query),
        "requestContext": {
            "identity": {
                "sourceIp": request.client[0] if request.client else "",
                "userAgent": dict(pairs).get("user-agent", ""),
            },
            "httpMethod": request.method,
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "requestTime": "9/Apr/2026:12:34:56 +0000",
            "requestTimeEpoch": 1775738096,
        },
        "body": body,
        # A request without a body was seen with true.
        "isBase64Encoded": is_base64 or not body,
    }
    proxy = {"proxy": request.path.strip("/")}
    if variant == "gateway_1.0":
        return {
            **event,
            "version": "1.0",
            "resource": "/{proxy+}",
            "path": request.path,
            "pathParameters": proxy,
            "parameters": {**proxy, **dict(query)},
            "multiValueParameters": {**group(proxy.items()), **group(query)},
            "operationId": "app",
        }
    return {
        **event,
        "url": f"{path}?{raw_query}",
        "path": "/{proxy+}",
        "params": proxy,
        "multiValueParams": group(proxy.items()),
        "pathParams": proxy,
    }


def _headers(request: Request, path: str) -> list[tuple[str, str]]:
    """The request's headers, and those that the gateway adds."""
    headers = [(name, from_native(value)) for name, value in request.headers]
    host, port = request.server
    added = [
        ("host", host_header(host, port, request.scheme)),
        ("x-forwarded-proto", request.scheme),
        ("x-envoy-original-path", path),
    ]
    if request.client:
        added.append(("x-forwarded-for", request.client[0]))
    names = request.headers.names.index
    return headers + [header for header in added if header[0] not in names]


def read_result(result: Any) -> Response:
    """What is refused here is a 502, "format of the returning JSON response" (DOCS)."""
    result = read_object(result)
    multiple = result.get("multiValueHeaders") or {}
    found = {name.lower() for name in multiple}
    pairs = [(name, value) for name, value in (result.get("headers") or {}).items() if name.lower() not in found]
    headers = []
    for name, value in [*pairs, *ungroup(multiple)]:
        name = name.lower()
        if name in _REFUSED:
            raise RefusedResult(f"the platform does not accept a response with the header {name!r}")
        if name not in _NOT_SENT:
            headers.append((f"x-yf-remapped-{name}" if name in _RENAMED else name, native(str(value))))
    return Response(read_status(result.get("statusCode")), headers, read_result_body(result))
