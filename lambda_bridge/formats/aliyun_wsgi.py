"""Alibaba Cloud Function Compute 2, HTTP functions: ``handler(environ, start_response)``.

The runtime (fc_rapis_wsgi, as published for Python on FC 2, read in 2026) joins repeated headers with commas
and says ``http`` always. Below the default domain the client's path has a prefix that neither PATH_INFO nor
SCRIPT_NAME tells, only ``fc.request_uri``. Responses are collected by the runtime before they are sent.
"""

from __future__ import annotations

from lambda_bridge.encoding import drop_raw_prefix, read_path, split_prefix
from lambda_bridge.formats import wsgi
from lambda_bridge.formats.wsgi import make_result, max_result, read_result
from lambda_bridge.headers import read_scheme, read_server

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lambda_bridge.formats.wsgi import Result
    from lambda_bridge.messages import Request

__all__ = ["make_event", "make_result", "max_result", "read_event", "read_result"]

TITLE = "Alibaba Cloud Function Compute 2, HTTP function"
DOCS = "https://help.aliyun.com/document_detail/56316.html"
VARIANTS: tuple[str, ...] = ()
STREAMS = False

# /2016-08-15/proxy/SERVICE[.QUALIFIER]/FUNCTION: awesome-fc/fc-python-web, flaskApp/index.py.
_PREFIX = "/2016-08-15/proxy/"


def read_event(event: dict[str, Any], context: Any) -> Request:
    request = wsgi.read_event({**event, "REQUEST_URI": None}, context)
    path, raw_path = read_path(event["fc.request_uri"].partition("?")[0])
    if path.startswith(_PREFIX):
        # Per call: one instance may serve two qualifiers.
        request.root_path = "/".join(path.split("/")[:5])
        below = split_prefix(path, request.root_path)
        raw_path = drop_raw_prefix(raw_path, request.root_path) or b"/"
    else:
        below = path
    if below == request.path:
        request.raw_path = raw_path
    # The environ says http for both. Not verified: whether the header is the platform's.
    request.scheme = read_scheme(request.headers.get("x-forwarded-proto"), request.scheme)
    request.server = read_server(request.headers.get("host"), request.scheme)
    return request


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    environ = wsgi.make_event(request)
    environ["fc.request_uri"] = environ.pop("REQUEST_URI")
    environ.setdefault("HTTP_X_FORWARDED_PROTO", request.scheme)
    environ.update({"SCRIPT_NAME": "", "SERVER_NAME": "FCRUNTIME", "SERVER_PORT": "9000", "wsgi.url_scheme": "http"})
    return environ


def call(handler: Any, event: dict[str, Any], context: Any) -> Result:
    """As the runtime calls it, whose context stands in the environ."""
    return wsgi.call(handler, {**event, "fc.context": context}, context)
