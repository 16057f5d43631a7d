"""Google Cloud Run functions behind functions-framework's asyncio server: ``handler(starlette.requests.Request)``.

The framework calls what the handler returns as an ASGI app (functions_framework/aio/__init__.py of
3.10.2, read in 2026-11), so nothing is lost on the way: `lambda_bridge.hosts` gives it one. It answers
``/favicon.ico`` and ``/robots.txt`` itself, and knows the methods GET, POST, PUT, DELETE, OPTIONS,
HEAD and PATCH only.
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

TITLE = "Google Cloud Run functions, asyncio"
DOCS = "https://github.com/GoogleCloudPlatform/functions-framework-python"
VARIANTS: tuple[str, ...] = ()
STREAMS = True
NEEDS = "starlette"


def read_event(event: dict[str, Any], context: Any) -> Request:
    return behind_front_end(asgi.read_event(event, context))


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    return asgi.make_event(through_front_end(request))


def asgi_app(handler: Any, event: dict[str, Any], context: Any) -> Any:
    """The ASGI app that the framework runs for *event*: what the handler gives for Starlette's request."""
    from starlette.requests import Request as StarletteRequest

    return handler(StarletteRequest({name: value for name, value in event.items() if name != "body"}))
