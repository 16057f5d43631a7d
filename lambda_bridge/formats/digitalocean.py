"""DigitalOcean Functions: raw web events (``web: raw``), and parsed ones.

Raw is what an app wants: see `lambda_bridge.formats.openwhisk`, from which the platform descends; a
parsed event has query, form and JSON object merged beside ``http`` in the same way, and keys that
begin with ``__ow_`` may be there too (documented as deprecated).

Not verified: that results follow the rules of OpenWhisk's controller; where a parsed event has a
body that is neither form nor JSON object (``__ow_body`` and ``http.body`` are read); which of
repeated headers arrive; whether a Host header is there (without one the server is ``localhost``).
"""

from __future__ import annotations

from lambda_bridge.encoding import from_native, make_body, native, read_body, read_path
from lambda_bridge.formats._openwhisk import make_merged, read_merged, read_plain_headers
from lambda_bridge.formats.openwhisk import make_result, max_result, read_result
from lambda_bridge.headers import read_scheme, read_server, with_forwarded
from lambda_bridge.messages import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["make_event", "make_result", "max_result", "read_event", "read_result"]

TITLE = "DigitalOcean Functions"
DOCS = "https://docs.digitalocean.com/products/functions/reference/parameters-responses/"
VARIANTS: tuple[str, ...] = ("raw", "web")
STREAMS = False


def read_event(event: dict[str, Any], context: Any) -> Request:
    http = event["http"]
    received, method = http["headers"], http["method"].upper()
    if "queryString" in http:
        query, body = http["queryString"] or "", read_body(http.get("body"), http.get("isBase64Encoded"))
    else:
        parameters = {name: value for name, value in event.items() if name != "http" and not name.startswith("__ow_")}
        query, body = read_merged(parameters, http.get("body", event.get("__ow_body")), received, method)
    headers = read_plain_headers(received, body)
    path, raw_path = read_path(http.get("path") or "/")
    scheme = read_scheme(headers.get("x-forwarded-proto"), "https")
    server = read_server(headers.get("host"), scheme)
    return Request(method, path, raw_path, native(query), headers, body, scheme, server)


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    headers = dict(with_forwarded(request))
    query = from_native(request.query)
    http: dict[str, Any] = {
        "headers": headers,
        "method": request.method,
        "path": request.raw_path.decode("ascii"),
    }
    if variant == "web":
        parameters, body = make_merged(query, request.body, headers)
        return {**parameters, "http": http, **({} if body is None else {"__ow_body": body})}
    http["queryString"] = query
    http["body"], http["isBase64Encoded"] = make_body(request.body, headers)
    return {"http": http}
