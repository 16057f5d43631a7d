"""Google Cloud Run functions behind functions-framework: ``handler(flask.Request)``.

The framework has read the request with gunicorn, which joins repeated headers with commas; its
front end is the only one that can connect, so the client stands in x-forwarded-for. It answers
``/favicon.ico`` and ``/robots.txt`` itself (functions_framework/__init__.py of 3.10.2, read in 2026-11).
"""

from __future__ import annotations

from lambda_bridge.formats import wsgi
from lambda_bridge.headers import read_scheme, read_server
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TITLE = "Google Cloud Run functions"
DOCS = "https://cloud.google.com/run/docs/write-http-functions"
VARIANTS: tuple[str, ...] = ()
STREAMS = True


def read_event(event: Any, context: Any) -> Request:
    # The body stays there for others: Flask keeps it.
    return behind_front_end(wsgi.read_environ(event.environ, event.get_data()))


def behind_front_end(request: Request) -> Request:
    """*request* as the client sent it: scheme and client stand in headers that Google's front end writes."""
    request.scheme = read_scheme(request.headers.get("x-forwarded-proto"), request.scheme)
    request.server = read_server(request.headers.get("host"), request.scheme)
    if request.headers.get("x-forwarded-for"):
        request.client = None
    return request


def make_result(response: Response, event: Any) -> Any:
    # Where this runs, the framework has imported it long before.
    from flask import Response as FlaskResponse

    return FlaskResponse(response.chunks or response.body, response.status, response.headers)


def max_result(event: Any) -> int | None:
    return None


def make_event(request: Request, variant: str | None = None) -> Any:
    from flask import Request as FlaskRequest

    return FlaskRequest(wsgi.make_event(through_front_end(request)))


def through_front_end(request: Request) -> Request:
    """*request* as it reaches the container, with what Google's front end adds."""
    headers = list(request.headers)
    added = [("x-forwarded-for", request.client[0] if request.client else ""), ("x-forwarded-proto", request.scheme)]
    headers += [(name, value) for name, value in added if value and name not in request.headers.names.index]
    return Request(
        request.method,
        request.path,
        request.raw_path,
        request.query,
        headers,
        request.body,
        "http",
        request.server,
        _FRONT_END,
        request.root_path,
        request.http_version,
    )


# Link-local: where requests come from inside a container of Cloud Run. Not verified, and never shown.
_FRONT_END = ("169.254.169.126", 0)


def read_result(result: Any) -> Response:
    headers = [(name.lower(), value) for name, value in result.headers]
    return Response(result.status_code, headers, result.get_data())


def call(handler: Any, event: Any, context: Any) -> Any:
    """As the framework calls it."""
    return handler(event)
