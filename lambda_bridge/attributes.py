"""What a handler has beside being called: its attributes, for hosts of another kind and for the app itself."""

from __future__ import annotations

from functools import partial

from lambda_bridge.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
    from typing import Any, Protocol

    from lambda_bridge.handler import Line

    # Source of events that are not HTTP -> its function, and whether that takes the whole batch.
    Functions = dict[str, tuple[Callable[[Any], Any], bool]]

    class Handler(Protocol):
        """What make_handler returns: a plain function, with these attributes."""

        __name__: str
        interface: str
        """``"wsgi"`` or ``"asgi"``, the app's."""
        line: Line
        """For the local gateway, which looks how long each step takes; not public."""

        def __call__(self, *args: Any, **keywords: Any) -> Any:
            """The result for one event, in the form that its platform wants."""

        async def aio(self, *args: Any, **keywords: Any) -> Any:
            """The same inside a running event loop."""

        def wsgi(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            """The app as a WSGI app, for servers that speak WSGI."""

        async def asgi(self, scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
            """The app as an ASGI app, for servers that speak ASGI; lifespan and WebSocket included."""

        def on(self, name: str, *, batch: bool = False) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
            """A decorator: the function gets every event of the source *name*, ``"aws.sqs"``, instead of the app.

            It is called with one argument, a CloudEvent, once for each record; with *batch* once, with
            the list of them. It may be async. Returning says that the record is done, raising that it is
            not; of a source that waits for an answer (an authorizer, a direct invocation), what it
            returns is that.
            """

        async def push(self, connection: str, data: str | bytes) -> bool:
            """Send text or bytes to the client of a WebSocket connection, from anywhere; False where it has gone.

            *connection* is what the app finds as ``scope["lambda_bridge.connection"]``. Raises
            PushFailed, StoreFailed, and ValueError for more than the gateway takes.
            """

        connections: Connections
        """The ids of all open WebSocket connections, for ``for`` and ``async for``."""

        def start(self, context: Any = None) -> None:
            """Start the app up before its first call; for platforms with a hook for that, which pass their context.

            Raises StartupFailed. Without it, the first call does the same.
            """

        def close(self, context: Any = None) -> None:
            """Shut the app's lifespan down; the next call starts it again."""


def add_attributes(handle: Any, aio: Callable[..., Any], line: Line) -> Handler:
    """Make a Handler of the function *handle*; *aio* is the same inside a running event loop."""

    def wsgi(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The app as a WSGI app."""
        from lambda_bridge.hosts import serve_wsgi

        return serve_wsgi(line, environ, start_response)

    async def asgi(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        """The app as an ASGI app."""
        from lambda_bridge.hosts import serve_asgi

        await serve_asgi(line, scope, receive, send)

    def on(name: str, *, batch: bool = False) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
        """A decorator: the function gets the events of the source *name*."""
        return partial(_register, line.functions, name, batch)

    async def push(connection: str, data: str | bytes) -> bool:
        """Send *data* to an open WebSocket connection."""
        return await line.sockets.push(connection, data)

    def start(context: Any = None) -> None:
        """Start the app up."""
        line.runner.start()

    def close(context: Any = None) -> None:
        """Shut the app down."""
        line.close()

    handle.aio = aio
    handle.wsgi = wsgi
    handle.asgi = asgi
    handle.on = on
    handle.push = push
    handle.connections = Connections(line)
    handle.start = start
    handle.close = close
    handle.interface = line.runner.interface
    handle.line = line
    # inspect.signature() follows __wrapped__: hosts that count or name parameters see two required
    # ones, and the module inspect need not be imported to say so. Azure evaluates annotations, which
    # are names for type checkers here.
    handle.__wrapped__ = _two_parameters
    handle.__annotations__ = {}
    return handle  # type: ignore[no-any-return]


def is_handler(app: Any) -> bool:
    """Whether *app* is what make_handler returned."""
    return hasattr(app, "aio")


def as_handler(app: Any, options: Mapping[str, Any]) -> Handler:
    """The handler for *app* with *options* of make_handler, or *app* itself where it is one, for which there are none.

    Raises ConfigurationError.
    """
    if not is_handler(app):
        from lambda_bridge.handler import make_handler

        return make_handler(app, **options)
    if options:
        raise ConfigurationError(f"{', '.join(options)}: these options go to make_handler, which made this handler")
    handler: Handler = app
    return handler


# Without annotations: Azure takes each for the type of a binding.
def _two_parameters(req, context):  # type: ignore[no-untyped-def]
    """The signature that every platform accepts."""


class Connections:
    """The ids of the WebSocket connections that the handler's store knows; some may have gone."""

    __slots__ = ("_line",)

    def __init__(self, line: Line) -> None:
        self._line = line

    def __iter__(self) -> Iterator[str]:
        return iter(self._line.sockets.keys())

    async def __aiter__(self) -> AsyncIterator[str]:
        from asyncio import to_thread

        for connection in await to_thread(self._line.sockets.keys):
            yield connection


def _register(functions: Functions, name: str, batch: bool, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Let *function* have the events of the source *name*; raises ConfigurationError."""
    from lambda_bridge.triggers import NAMES

    if name not in NAMES:
        from lambda_bridge.similar import explain_unknown

        raise ConfigurationError(f"handler.on: {explain_unknown(name, 'source of events', NAMES)}")
    if name in functions:
        raise ConfigurationError(f"handler.on({name!r}): {functions[name][0]!r} is registered for it already")
    if not callable(function):
        raise ConfigurationError(f"handler.on({name!r}) decorates a function, not {function!r}")
    functions[name] = function, batch
    return function
