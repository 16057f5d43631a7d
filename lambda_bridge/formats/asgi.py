"""A platform or server that speaks ASGI itself and calls ``handler(scope, receive, send)`` or ``handler.asgi``.

The event is the scope with the whole body (bytes) beside it, under ``"body"``: `lambda_bridge.hosts`
has received it. The result is the list of messages that the server is sent; of a response in parts
only the first, the others follow as they come.
"""

from __future__ import annotations

from lambda_bridge.encoding import drop_raw_prefix, make_decoded_path, quote_path, read_path, split_prefix
from lambda_bridge.formats._results import read_status
from lambda_bridge.headers import behind_proxy, host_header, read_native_headers, read_server
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Messages = list[dict[str, Any]]

TITLE = "ASGI server"
DOCS = "https://asgi.readthedocs.io/en/latest/specs/www.html"
VARIANTS: tuple[str, ...] = ()
STREAMS = True


def read_event(event: dict[str, Any], context: Any) -> Request:
    body: bytes = event["body"]
    names = [name.decode("latin-1") for name, _ in event["headers"]]
    headers = read_native_headers(names, [value.decode("latin-1") for _, value in event["headers"]], body)
    client = tuple(event["client"]) if event.get("client") else None
    client, scheme = behind_proxy(client, event.get("scheme", "http"), headers)
    name, port = event.get("server") or ("", None)
    # The name of a unix socket, which has no port, is none of the server's.
    own = host_header(name, port, scheme) if port else None
    path, raw_path, root_path = _read_paths(event["path"], event.get("raw_path"), event.get("root_path", ""))
    return Request(
        event["method"],
        path,
        raw_path,
        event.get("query_string", b"").decode("latin-1"),
        headers,
        body,
        scheme,
        read_server(headers.get("host") or own, scheme),
        client,
        root_path,
        event.get("http_version", "1.1"),
    )


def _read_paths(path: str, raw_path: bytes | None, root_path: str) -> tuple[str, bytes | None, str]:
    # A server asked with ``OPTIONS *`` has no path.
    path = path if path.startswith("/") else "/" + path
    root_path = root_path.rstrip("/")
    # Optional; some servers leave the query in it.
    decoded, raw = read_path((raw_path or b"").partition(b"?")[0].decode("latin-1"))
    # What does not decode to the same path has gone through a rewrite since.
    if make_decoded_path(decoded) == path:
        path = decoded
    else:
        raw = quote_path(path)
    # Older servers leave root_path out of the path.
    below = split_prefix(path, root_path) if root_path else None
    if below is None:
        return path, raw, root_path
    return below, drop_raw_prefix(raw, root_path) or b"/", root_path


def make_result(response: Response, event: dict[str, Any]) -> Messages:
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.headers]
    messages: Messages = [{"type": "http.response.start", "status": response.status, "headers": headers}]
    if response.chunks is None:
        messages.append({"type": "http.response.body", "body": response.body})
    return messages


def max_result(event: dict[str, Any]) -> int | None:
    return None


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in request.headers]
    host, port = request.server
    if request.headers.get("host") is None:
        headers.insert(0, (b"host", host_header(host, port, request.scheme).encode()))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": request.http_version,
        "method": request.method,
        "scheme": request.scheme,
        "path": make_decoded_path(request.root_path + request.path),
        "raw_path": quote_path(request.root_path) + request.raw_path,
        "query_string": request.query.encode("latin-1"),
        "root_path": request.root_path,
        "headers": headers,
        "client": request.client,
        "server": request.server,
        "state": {},
        "body": request.body,
    }


def read_result(result: Messages) -> Response:
    start, *parts = result
    headers = [(name.decode("ascii").lower(), value.decode("latin-1")) for name, value in start["headers"]]
    return Response(read_status(start["status"]), headers, b"".join([part["body"] for part in parts]))


def asgi_app(handler: Any, event: dict[str, Any], context: Any) -> Any:
    """The ASGI app that the server runs for *event*."""
    return handler.asgi
