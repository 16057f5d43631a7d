"""Vercel's runtime for ``app = handler.wsgi``: a WSGI environ with faults (vercel_runtime/vc_init.py of 0.24.1, 2026-11).

PATH_INFO stands percent-encoded, REMOTE_ADDR is the whole x-forwarded-for, SERVER_NAME the Host
header, port and all; and of a repeated header only the last is there. With ``app = handler`` the
runtime takes ``handler.asgi``, which has none of this. ``vercel dev`` runs another server without
these faults.
"""

from __future__ import annotations

from lambda_bridge.encoding import from_native, quote_path, read_path
from lambda_bridge.formats import wsgi
from lambda_bridge.formats.wsgi import call, make_result, max_result, read_result, stream
from lambda_bridge.headers import host_header, read_scheme
from lambda_bridge.recognize import HOST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lambda_bridge.messages import Request

__all__ = ["call", "make_event", "make_result", "max_result", "read_event", "read_result", "stream"]

TITLE = "Vercel, WSGI"
DOCS = "https://vercel.com/docs/functions/runtimes/python"
VARIANTS: tuple[str, ...] = ()
STREAMS = True


def read_event(event: dict[str, Any], context: Any) -> Request:
    told = {
        # It stands in x-forwarded-for, for trusted_proxies to choose from.
        "REMOTE_ADDR": "",
        "SERVER_NAME": "",
        "wsgi.url_scheme": read_scheme(event["wsgi.url_scheme"], "https"),
        "QUERY_STRING": _once(event["QUERY_STRING"]),
        # There whether the client has sent them or not; the others are as they were sent.
        "CONTENT_TYPE": event.get("HTTP_CONTENT_TYPE", ""),
        "CONTENT_LENGTH": event.get("HTTP_CONTENT_LENGTH", ""),
    }
    request = wsgi.read_event({**event, **told}, context)
    # A prefix that Vercel strips is cut out of the same encoded path.
    request.root_path = read_path(from_native(_once(event["SCRIPT_NAME"])))[0].rstrip("/")
    request.path, request.raw_path = read_path(from_native(_once(event["PATH_INFO"])))
    return request


def _once(value: str) -> str:
    """What a client has sent unencoded is encoded in UTF-8 twice: as it would be in other environs."""
    return value if value.isascii() else value.encode("latin-1").decode("utf-8")


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    environ = wsgi.make_event(request)
    del environ["REQUEST_URI"], environ["REMOTE_PORT"], environ["REMOTE_ADDR"]
    host, port = request.server
    headers = dict(request.headers)
    headers.setdefault("host", host_header(host, port, request.scheme))
    headers.setdefault("x-forwarded-proto", request.scheme)
    if request.client:
        headers.setdefault("x-forwarded-for", request.client[0])
    environ.update({f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()})
    environ["CONTENT_LENGTH"] = str(len(request.body))
    environ["CONTENT_TYPE"] = headers.get("content-type", "")
    environ["PATH_INFO"] = request.raw_path.decode("ascii")
    environ["SCRIPT_NAME"] = quote_path(request.root_path).decode("ascii")
    environ["REMOTE_ADDR"] = headers.get("x-forwarded-for")
    environ["SERVER_NAME"] = headers["host"]
    environ["SERVER_PORT"] = headers.get("x-forwarded-port", "80")
    environ["wsgi.url_scheme"] = headers["x-forwarded-proto"]
    environ[HOST] = "vercel"
    return environ
