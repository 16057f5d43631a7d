"""Azure Functions: ``handler(req=azure.functions.HttpRequest, context=Context)``, programming models v1 and v2.

The host hands over the path decoded and encoded again, the query as it came, and repeated headers
joined; the client's address only in x-forwarded-for, with its port (Azure/azure-functions-host,
GrpcMessageConversionExtensions.cs, read in 2026-11). Nothing says where the prefix of routes ends:
route_params has what follows it, but nothing for the prefix alone, nor for a route without
parameters. So the path stays whole, unless base_path says what `lambda_bridge.azure` finds out.

On the way back the host takes one value for each name; `_azure_cookies` has what becomes of cookies.
"""

from __future__ import annotations

from lambda_bridge.encoding import from_native, join_repeats, make_query, native, read_path, read_query
from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats._azure_cookies import Untouched, read_cookies, sent_by_host
from lambda_bridge.formats._results import read_status
from lambda_bridge.headers import host_header, read_headers, read_scheme, read_server, with_forwarded
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TITLE = "Azure Functions"
DOCS = "https://learn.microsoft.com/en-us/azure/azure-functions/functions-bindings-http-webhook-trigger"
VARIANTS: tuple[str, ...] = ()
STREAMS = False
NEEDS = "azure.functions"


def read_event(event: Any, context: Any) -> Request:
    url, _, query = event.url.partition("?")
    # A test's own request may have a path alone, no body, and a query in params only.
    scheme, is_whole, rest = url.partition("://")
    host, _, path = rest.partition("/") if is_whole else ("", "", url.lstrip("/"))
    body = event.get_body() or b""
    headers = read_headers(event.headers, event.headers.values(), body)
    # The host has put this header into the URL only where it knows that it runs behind a front end.
    scheme = read_scheme(headers.get("x-forwarded-proto"), scheme if is_whole else "https")
    path, raw_path = read_path("/" + path)
    return Request(
        event.method,
        path,
        raw_path,
        native(query or make_query(event.params.items())),
        headers,
        body,
        scheme,
        read_server(host or headers.get("host"), scheme),
    )


def make_result(response: Response, event: Any) -> Any:
    # Where this runs, the worker has imported it long before.
    from azure.functions import HttpResponse

    # Without a type it would be text/plain; the host takes an empty one away.
    result = HttpResponse(response.body, status_code=response.status, mimetype="")
    others = join_repeats([header for header in response.headers if header[0] != "set-cookie"], ", ")
    for name, value in others.items():
        result.headers.add(name, _visible(value))
    for cookie in read_cookies(response):
        if cookie.stays:
            result.headers.add(Untouched("set-cookie"), _visible(cookie.line))
        elif cookie.text:
            result.headers.add("set-cookie", cookie.text)
    return result


def max_result(event: Any) -> int | None:
    return None


def make_event(request: Request, variant: str | None = None) -> Any:
    from azure.functions import HttpRequest

    from lambda_bridge.encoding import quote_path

    query = from_native(request.query)
    raw_path = (quote_path(request.root_path) + request.raw_path).decode("ascii")
    headers = join_repeats(with_forwarded(request))
    host = headers.get("host") or host_header(*request.server, request.scheme)
    return HttpRequest(
        request.method,
        f"{request.scheme}://{host}{raw_path}" + ("?" + query if query else ""),
        headers=headers,
        params={name: value for name, value in join_repeats(read_query(query)).items() if value},
        route_params={"route": request.path[1:]} if request.path != "/" else {},
        body=request.body,
    )


def read_result(result: Any) -> Response:
    """What the client gets: after the worker's own conversion, and what the host makes of that."""
    from http.cookies import CookieError

    from azure.functions import HttpResponse
    from azure.functions.http import HttpResponseConverter

    if not isinstance(result, HttpResponse):
        raise RefusedResult(f"the result is of the class {type(result).__name__}, not an HttpResponse")
    status = read_status(result.status_code)
    # The conversion takes the cookies out of what it is given.
    copy = HttpResponse(result.get_body(), mimetype=result.mimetype, charset=result.charset)
    for name, value in result.headers.items():
        copy.headers.add(name, value)
    try:
        wire = HttpResponseConverter.encode(copy, expected_type=None).value
    except CookieError as error:
        raise RefusedResult("the worker refuses the name of a cookie") from error
    headers = [(str.lower(name), datum.value) for name, datum in wire["headers"].items()]
    for name, value in headers:
        if value != _visible(value):
            raise RefusedResult(f"the header {name!r} has a character that is not visible ASCII")
    headers = [(name, value) for name, value in headers if (name, value) != ("content-type", "")]
    for cookie in wire["cookies"] or ():
        headers += [("set-cookie", sent_by_host(name, morsel)) for name, morsel in cookie.items()]
    return Response(status, headers, wire["body"].value)


def call(handler: Any, event: Any, context: Any) -> Any:
    """As the worker calls it."""
    return handler(req=event, context=context)


def unkept(response: Response) -> list[str]:
    """What this response's client does not get as the app gave it: with names, never with values."""
    headers = [
        f"on Azure the header {name!r} is percent-encoded, as it is not in visible ASCII"
        for name, value in response.headers
        if name != "set-cookie" and _visible(value) != value
    ]
    return headers + [
        f"on Azure the cookie {cookie.name[:40]!r} loses: {', '.join(cookie.loses)}"
        for cookie in read_cookies(response)
        if cookie.loses and not cookie.stays
    ]


def _visible(value: str) -> str:
    """*value* with all percent-encoded that would make Kestrel answer with 500 instead.

    It takes ASCII without control characters in the headers of a response (dotnet/aspnetcore issue 26334).
    """
    if value.isascii() and value.isprintable():
        return value
    return "".join([each if " " <= each <= "~" or each == "\t" else f"%{ord(each):02X}" for each in value])
