"""Vercel's runtime for ``app = handler.wsgi``: a WSGI environ with faults (vercel_runtime/vc_init.py of 0.24.1, 2026-11).

PATH_INFO stands percent-encoded, REMOTE_ADDR is the whole x-forwarded-for, SERVER_NAME the Host
header, port and all; and of a repeated header only the last is there. With ``app = handler`` the
runtime takes ``handler.asgi``, which has none of this.
"""

from __future__ import annotations

from lambda_bridge.encoding import quote_path, read_path
from lambda_bridge.formats import wsgi
from lambda_bridge.formats.wsgi import call, make_result, max_result, read_result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lambda_bridge.messages import Request

__all__ = ["call", "make_event", "make_result", "max_result", "read_event", "read_result"]

TITLE = "Vercel, WSGI"
DOCS = "https://vercel.com/docs/functions/runtimes/python"
VARIANTS: tuple[str, ...] = ()
STREAMS = True


def read_event(event: dict[str, Any], context: Any) -> Request:
    # The address stands in x-forwarded-for, for trusted_proxies to choose from.
    request = wsgi.read_event({**event, "REMOTE_ADDR": ""}, context)
    request.path, request.raw_path = read_path(event["PATH_INFO"])
    return request


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    environ = wsgi.make_event(request)
    del environ["REQUEST_URI"], environ["REMOTE_PORT"]
    address = environ.pop("REMOTE_ADDR")
    if address:
        environ.setdefault("HTTP_X_FORWARDED_FOR", address)
    environ.setdefault("HTTP_X_FORWARDED_PROTO", request.scheme)
    environ["PATH_INFO"] = request.raw_path.decode("ascii")
    environ["SCRIPT_NAME"] = quote_path(request.root_path).decode("ascii")
    environ["REMOTE_ADDR"] = environ.get("HTTP_X_FORWARDED_FOR")
    environ["SERVER_NAME"] = environ["HTTP_HOST"]
    environ["wsgi.url_scheme"] = environ["HTTP_X_FORWARDED_PROTO"]
    return environ
