"""Requests behind a cloud's front end, the only one that can connect: it tells scheme and client in headers.

So it is on Google Cloud Run, and where the host of Azure Functions hands requests on to the worker.
"""

from __future__ import annotations

from lambda_bridge.headers import read_scheme, read_server
from lambda_bridge.messages import Request


def behind_front_end(request: Request) -> Request:
    """*request* as the client sent it: scheme and client stand in headers that the front end writes."""
    request.scheme = read_scheme(request.headers.get("x-forwarded-proto"), request.scheme)
    request.server = read_server(request.headers.get("host"), request.scheme)
    if request.headers.get("x-forwarded-for"):
        request.client = None
    return request


def through_front_end(request: Request) -> Request:
    """The inverse of `behind_front_end`: *request* as it reaches the function, with what the front end adds."""
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
        _FRONT_END if request.client else None,
        request.root_path,
        request.http_version,
    )


# Link-local: where requests come from inside a container of Cloud Run. Not verified, and never shown.
_FRONT_END = ("169.254.169.126", 0)
