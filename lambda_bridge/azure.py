"""What Azure Functions wants beside a handler: a FunctionApp, and the answer of an HTTP stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Callable


class AsgiResponse(Response):
    """A response of Starlette's that is sent by an ASGI app, so that it streams and repeats headers."""

    def __init__(self, app: Callable[..., Any]) -> None:
        super().__init__()
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self._app(scope, receive, send)
