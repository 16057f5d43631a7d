"""Azure Functions with HTTP streams: ``handler(req=starlette.requests.Request, context=Context)``.

Importing azurefunctions.extensions.http.fastapi turns every HTTP function of an app to this: the host
passes the client's request on to Uvicorn inside the worker, so nothing is lost on the way, and the
worker sends what it gets back as an ASGI app: `lambda_bridge.hosts` gives it one.

The Host header is then the worker's own address. Not verified: what the client asked for is in
disguised-host, in which App Service's front end tells it, and where the host takes it from itself
(AppServiceHeaderFixupMiddleware.cs, read in 2026-11).
"""

from __future__ import annotations

from lambda_bridge.formats import asgi
from lambda_bridge.formats._front_end import behind_front_end, through_front_end
from lambda_bridge.formats.asgi import make_result, max_result, read_result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lambda_bridge.messages import Request

__all__ = ["make_event", "make_result", "max_result", "read_event", "read_result"]

TITLE = "Azure Functions, HTTP streams"
DOCS = "https://learn.microsoft.com/en-us/azure/azure-functions/functions-reference-python"
VARIANTS: tuple[str, ...] = ()
STREAMS = True
NEEDS = "starlette"


def read_event(event: dict[str, Any], context: Any) -> Request:
    request = asgi.read_event(event, context)
    names, values = request.headers.names, request.headers.values
    original = request.headers.get("disguised-host")
    if original and "host" in names.index:
        values[names.index["host"]] = original
    request = behind_front_end(request)
    request.client = None  # only the host connects, from the same machine
    return request


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    return asgi.make_event(through_front_end(request))


def asgi_app(handler: Any, event: dict[str, Any], context: Any) -> Any:
    """The ASGI app that the worker sends for *event*: what the handler gives for Starlette's request."""
    from starlette.requests import Request as StarletteRequest

    return handler(
        req=StarletteRequest({name: value for name, value in event.items() if name != "body"}), context=context
    )
