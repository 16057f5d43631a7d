"""Oracle Cloud Functions, and Fn: ``handler(ctx, data=BytesIO)``, behind an HTTP trigger or Oracle's API gateway.

The event is (ctx, data). What the client sent stands in headers of the call to the function:
``Fn-Http-H-*``, of which the FDK keeps the last of each name. Content-Type has no prefix from Fn's
trigger, and comes in both ways from Oracle's gateway, which tells path and query only, where the
trigger tells a whole URL (fnproject/fn, api/server/runner_httptrigger.go; a call of Oracle's
recorded by bjoern-reetz/fdk-asgi, 2023-11-06; fdk-python 0.1.128, read in 2026-11).

A direct invocation has no method and no URL: it is not HTTP, and `recognize` refuses it.
"""

from __future__ import annotations

from lambda_bridge.encoding import from_native, native, read_path
from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats._results import read_status
from lambda_bridge.headers import host_header, read_headers, read_scheme, read_server
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TITLE = "Oracle Cloud Functions, Fn"
DOCS = "https://github.com/fnproject/fdk-python"
VARIANTS: tuple[str, ...] = ("trigger", "oracle")
STREAMS = False
NEEDS = "fdk"


def read_event(event: tuple[Any, Any], context: Any) -> Request:
    ctx, data = event
    # Others may read from where it stands.
    body: bytes = data.getvalue()
    told = ctx.HTTPHeaders()
    content_type = None if "content-type" in told else ctx.Headers().get("content-type")
    if content_type:
        told = {"content-type": content_type, **told}
    headers = read_headers(told, told.values(), body)
    path, _, query = ctx.RequestURL().partition("?")
    # Oracle's gateway serves nothing but https, and does not say so in a header.
    scheme, host = "https", ""
    if not path.startswith("/"):
        scheme, _, path = path.partition("://")
        host, _, path = path.partition("/")
        path = "/" + path
        scheme = read_scheme(headers.get("x-forwarded-proto"), scheme)
    return Request(
        ctx.Method(),
        *read_path(path),
        native(query),
        headers,
        body,
        scheme,
        read_server(headers.get("host") or host, scheme),
    )


class _Repeated:
    """A header's name that a dict can hold beside the same one: the FDK writes what str() gives."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __str__(self) -> str:
        return self._name


_PREFIX = "fn-http-h-"


def make_result(response: Response, event: tuple[Any, Any]) -> Any:
    # Where this runs, the FDK has been imported long before.
    from fdk.response import Response as FnResponse

    ctx, _ = event
    # They belong to the call: of an answer that was given up, none must be left.
    told = ctx.GetResponseHeaders()
    told.clear()
    # Fn takes 502 and 504 of the call itself for a failed function, and drops what it answers: the
    # client's status is in a header.
    result = FnResponse(ctx, response.body, {}, 200)
    told["fn-http-status"] = str(response.status)
    for name, value in response.headers:
        if name == "content-length" and ctx.Method() != "HEAD":
            continue
        key = name if name == "content-type" else _PREFIX + name
        told[_Repeated(key) if key in told else key] = from_native(value)
    # The FDK would write None.
    told.setdefault("content-type", "")
    return result


def max_result(event: tuple[Any, Any]) -> int | None:
    return None


def make_event(request: Request, variant: str | None = None) -> tuple[Any, Any]:
    from io import BytesIO

    from fdk.context import InvokeContext

    url = request.raw_path.decode("ascii") + (f"?{from_native(request.query)}" if request.query else "")
    host = host_header(*request.server, request.scheme)
    received = {name: from_native(value) for name, value in request.headers}
    received.setdefault("host", host)
    if request.client:
        received.setdefault("x-forwarded-for", request.client[0])
    headers = {_PREFIX + name: value for name, value in received.items()}
    if "content-type" in received:
        headers["content-type"] = received["content-type"]
    if variant != "oracle":
        headers.pop(_PREFIX + "content-type", None)
        url = f"{request.scheme}://{host}{url}"
    headers.update({"fn-intent": "httprequest", "fn-http-method": request.method, "fn-http-request-url": url})
    ctx = InvokeContext(
        "app-id", "app", "fn-id", "fn", "call-id", headers=headers, request_url=url, method=request.method
    )
    return ctx, BytesIO(request.body)


def read_result(result: Any) -> Response:
    if result.status() != 200:
        raise RefusedResult(f"Fn takes the status {result.status()} of a call for a failed function")
    headers = []
    status = None
    for key, value in result.context().GetResponseHeaders().items():
        name = str(key)
        if name == "fn-http-status":
            status = value
        elif name.startswith(_PREFIX):
            headers.append((name[len(_PREFIX) :], native(value)))
        elif name == "content-type" and value:
            headers.append((name, native(value)))
    return Response(read_status(status), headers, result.body_bytes())


def call(handler: Any, event: tuple[Any, Any], context: Any) -> Any:
    """As the FDK calls it, which awaits a coroutine."""
    ctx, data = event
    return handler(ctx, data=data)
