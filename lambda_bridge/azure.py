"""What Azure Functions wants beside a handler: a FunctionApp (programming model v2), and the answer of an HTTP stream.

::

    # function_app.py
    from lambda_bridge.azure import function_app
    from myapp import app as my_app

    app = function_app(my_app, auth_level="anonymous")

Where the same file says ``import azurefunctions.extensions.http.fastapi``, responses stream. In the
context of the function, function_directory is this package's folder: the worker takes that of
the module in which a function is written.
"""

from __future__ import annotations

import functools
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lambda_bridge.attributes import as_handler, is_handler
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.functions import FunctionApp

    from lambda_bridge.attributes import Handler


def function_app(app: Any, *, auth_level: str = "function", **options: Any) -> FunctionApp:
    """A FunctionApp in which *app* answers every HTTP request that no other function has a route for.

    *app* is a WSGI or ASGI app, ``"module:attribute"``, or what make_handler returned; the options
    are those of make_handler. Without a base_path, it is the prefix of routes in host.json. Other
    functions can be added to what this returns. Raises ConfigurationError for an app or an option
    that is not usable.

    :param auth_level: str, ``"anonymous"``, ``"function"`` (a key is asked for, Azure's default) or ``"admin"``
    """
    from azure.functions import AuthLevel, FunctionApp

    if auth_level.upper() not in AuthLevel.__members__:
        raise ConfigurationError(f"auth_level={auth_level!r} is not usable: use 'anonymous', 'function' or 'admin'")
    handler = handler_for(app, options)
    functions = FunctionApp(http_auth_level=AuthLevel[auth_level.upper()])
    # Without a slash before it, the route fits every prefix; without methods, it is for all of them.
    functions.route(route="{*route}")(_async_entry(handler) if handler.interface == "asgi" else _entry(handler))
    return functions


def handler_for(app: Any, options: dict[str, Any]) -> Handler:
    """The handler for *app*, or the one that it is; without a base_path, that is the prefix of routes."""
    if not is_handler(app) and "base_path" not in options and "LAMBDA_BRIDGE_BASE_PATH" not in os.environ:
        options = {**options, "base_path": route_prefix()}
    return as_handler(app, options)


# The name of an entry is the function's. Both work for every app: but threads belong to the worker,
# which counts them and knows whose logs are whose, and its loop is there for as long as lifespan is.


def _entry(handler: Handler) -> Callable[..., Any]:
    def http(req, context):  # type: ignore[no-untyped-def]  # annotations would be those of bindings
        return handler(req=req, context=context)

    return http


def _async_entry(handler: Handler) -> Callable[..., Any]:
    from azure.functions import HttpRequest

    async def http(req, context):  # type: ignore[no-untyped-def]
        if isinstance(req, HttpRequest):
            return await handler.aio(req=req, context=context)
        return handler(req=req, context=context)  # of a stream: it answers later, on this loop

    return http


def route_prefix() -> str:
    """The prefix of every route, where the host looks: in the environment, host.json, and else ``"api"``.

    Raises ConfigurationError when host.json cannot be read.
    """
    # The host does not mind the case of their names.
    settings = {name.lower(): value for name, value in os.environ.items() if name.lower().startswith("azure")}
    prefix = settings.get("azurefunctionsjobhost__extensions__http__routeprefix")
    if prefix is not None:
        return prefix
    path = Path(settings.get("azurewebjobsscriptroot") or ".") / "host.json"
    try:
        host = json.loads(path.read_text(encoding="utf-8-sig"))
        return str(host.get("extensions", {}).get("http", {}).get("routePrefix", "api"))
    except FileNotFoundError:
        return "api"
    except (AttributeError, OSError, ValueError) as error:
        raise ConfigurationError(f"{path} cannot be read as JSON: give base_path, the routePrefix in it") from error


def asgi_response(app: Callable[..., Any]) -> Any:
    """A response of Starlette's that *app*, an ASGI app, sends: so it streams and repeats headers."""
    return _response_class()(app)


@functools.cache
def _response_class() -> Any:
    # Only streams need Starlette: it is installed where they are.
    from starlette.responses import Response

    class AsgiResponse(Response):
        def __init__(self, app: Callable[..., Any]) -> None:
            super().__init__()
            self._app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            await self._app(scope, receive, send)

    return AsgiResponse
