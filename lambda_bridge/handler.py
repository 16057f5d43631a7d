"""The line: recognize, read_event, run the app, make_result. Options act here and nowhere else."""

from __future__ import annotations

from functools import partial

from lambda_bridge.adjust import HOP_BY_HOP, finish, forwarded_client, is_event_by_nature, mount, reaches
from lambda_bridge.apps import make_runner
from lambda_bridge.deadline import WITHOUT_CONTEXT, seconds_left
from lambda_bridge.errors import (
    BridgeError,
    ConfigurationError,
    DeadlineExceeded,
    EventError,
    MalformedEvent,
    ResultTooLarge,
    StartupFailed,
    UnknownEvent,
)
from lambda_bridge.formats import load
from lambda_bridge.log import log_error, log_warning
from lambda_bridge.messages import Request, Response
from lambda_bridge.options import OPTIONS, read_options
from lambda_bridge.recognize import recognize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator
    from typing import Any, Protocol

    from lambda_bridge.apps import Origin, Runner
    from lambda_bridge.formats import Format
    from lambda_bridge.options import Options
    from lambda_bridge.triggers.over_http import HttpEventRunner
    from lambda_bridge.websockets import Gateway
    from lambda_bridge.websockets.delivery import Sockets

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


def make_handler(
    app: Any,
    *,
    interface: Any = OPTIONS["interface"],
    formats: Any = OPTIONS["formats"],
    base_path: Any = OPTIONS["base_path"],
    lifespan: Any = OPTIONS["lifespan"],
    on_error: Any = OPTIONS["on_error"],
    events: Any = OPTIONS["events"],
    partial_failures: Any = OPTIONS["partial_failures"],
    warmup: Any = OPTIONS["warmup"],
    exclude_headers: Any = OPTIONS["exclude_headers"],
    compress: Any = OPTIONS["compress"],
    trusted_proxies: Any = OPTIONS["trusted_proxies"],
    deadline_margin: Any = OPTIONS["deadline_margin"],
    stream: Any = OPTIONS["stream"],
    connections: Any = OPTIONS["connections"],
    push_url: Any = OPTIONS["push_url"],
    websocket_path: Any = OPTIONS["websocket_path"],
) -> Handler:
    """The function that a cloud calls, for *app*: a WSGI or ASGI callable, or ``"module:attribute"``.

    The handler works for every format at once, from any thread, and from several together. Nothing
    is started here: an ASGI app's loop and lifespan begin with the first call.

    Each option can be set by the environment variable ``LAMBDA_BRIDGE_<NAME>`` too; the argument wins.
    Raises ConfigurationError for an option or an app that is not usable.

    :param interface: str, ``"auto"``, ``"wsgi"`` or ``"asgi"``
    :param formats: list of names of formats to accept, or None for every one
    :param base_path: str, the mount prefix; None for what the event says, ``""`` for none
    :param lifespan: str, ``"auto"``, ``"on"`` or ``"off"``
    :param on_error: str, ``"respond"`` (log, and a bare 500) or ``"raise"`` (the invocation fails)
    :param events: str, the route for events that are not HTTP; no HTTP request reaches it, but for
        CloudEvents on Knative and Cloud Run, whose events are HTTP by nature
    :param partial_failures: bool, name a batch's failed records to the platform, where it may be told
    :param warmup: str, a field of events that only keep the function warm, ``"name"`` or ``"name=value"``
    :param exclude_headers: list of names of response headers to drop
    :param compress: bool, compress responses for clients that accept it
    :param trusted_proxies: int, how many right-most X-Forwarded-For entries to believe
    :param deadline_margin: float, seconds before the platform's deadline at which the app is stopped
    :param stream: bool, under lambda_bridge.runtime, send the parts of a response as they come; only
        behind a function URL or a REST API that is set to stream
    :param connections: str or a store of one's own, where open WebSocket connections are remembered: ``"memory"``,
        ``"sqlite:PATH"``, ``"dynamodb:TABLE"``
    :param push_url: str, where the gateway takes what goes to WebSocket clients; None for what its events tell
    :param websocket_path: str, the path of WebSocket connections for the app, as AWS's URLs have none: ``"/chat"``, or
        with parameters of the query in it, ``"/chat/{room}"``
    """
    options = read_options(
        {
            "interface": interface,
            "formats": formats,
            "base_path": base_path,
            "lifespan": lifespan,
            "on_error": on_error,
            "events": events,
            "partial_failures": partial_failures,
            "warmup": warmup,
            "exclude_headers": exclude_headers,
            "compress": compress,
            "trusted_proxies": trusted_proxies,
            "deadline_margin": deadline_margin,
            "stream": stream,
            "connections": connections,
            "push_url": push_url,
            "websocket_path": websocket_path,
        }
    )
    runner = make_runner(app, options.interface, options.lifespan)
    line = Line(options, runner)

    def handle(*args: Any, **keywords: Any) -> Any:
        """The result for one event of any cloud."""
        try:
            name, event, context = recognize(args, keywords)
        except EventError as error:
            problem = error.with_traceback(None)  # which would keep the event, in a circle
        else:
            if name in _HOSTS:
                from lambda_bridge.hosts import answer_host

                return answer_host(line, name, event, context, args)
            return line.run(name, event, context)
        # Out here, so that it is not told as the reason for what a function raises.
        gateway, event, context = line.find_gateway(args, keywords)
        if gateway is not None:
            return line.sockets.deliver(gateway, event, context)
        from lambda_bridge.triggers.delivery import deliver

        return deliver(line, args, keywords, problem)

    async def aio(*args: Any, **keywords: Any) -> Any:
        """`handle` for hosts that run an event loop already."""
        try:
            name, event, context = recognize(args, keywords)
        except EventError as error:
            problem = error.with_traceback(None)
        else:
            if name in _HOSTS and name != "fn":
                raise ConfigurationError(
                    f"a host of the format {name!r} calls the handler itself, or handler.wsgi or .asgi"
                )
            return await line.aio(name, event, context)
        gateway, event, context = line.find_gateway(args, keywords)
        if gateway is not None:
            return await line.sockets.deliver_aio(gateway, event, context)
        from lambda_bridge.triggers.delivery import deliver_aio

        return await deliver_aio(line, args, keywords, problem)

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
        return partial(line.register, name, batch)

    async def push(connection: str, data: str | bytes) -> bool:
        """Send *data* to an open WebSocket connection."""
        return await line.sockets.push(connection, data)

    def start(context: Any = None) -> None:
        """Start the app up."""
        runner.start()

    def close(context: Any = None) -> None:
        """Shut the app down."""
        line.close()

    handle.aio = aio  # type: ignore[attr-defined]
    handle.wsgi = wsgi  # type: ignore[attr-defined]
    handle.asgi = asgi  # type: ignore[attr-defined]
    handle.on = on  # type: ignore[attr-defined]
    handle.push = push  # type: ignore[attr-defined]
    handle.connections = Connections(line)  # type: ignore[attr-defined]
    handle.start = start  # type: ignore[attr-defined]
    handle.close = close  # type: ignore[attr-defined]
    handle.interface = runner.interface  # type: ignore[attr-defined]
    handle.line = line  # type: ignore[attr-defined]
    # inspect.signature() follows __wrapped__: hosts that count or name parameters see two required
    # ones, and the module inspect need not be imported to say so. Azure evaluates annotations, which
    # are names for type checkers here.
    handle.__wrapped__ = _two_parameters  # type: ignore[attr-defined]
    handle.__annotations__ = {}
    return handle  # type: ignore[return-value]


# Platforms that want more than a result for an event: hosts.py answers them.
_HOSTS = frozenset({"aliyun_wsgi", "asgi", "azure_stream", "fn", "gcp_aio", "vercel", "wsgi"})


# Without annotations: Azure takes each for the type of a binding.
def _two_parameters(req, context):  # type: ignore[no-untyped-def]
    """The signature that every platform accepts."""


def _event_and_context(args: tuple[Any, ...], keywords: Any) -> tuple[Any, Any]:
    event = args[0] if args else keywords.get("req", keywords.get("event"))
    if isinstance(event, (bytes, bytearray, str)):
        from json import loads

        try:
            event = loads(event)
        except (ValueError, RecursionError):
            event = None
    return event, args[1] if len(args) > 1 else keywords.get("context")


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


class Call:
    """One invocation on its way along the line; ``response`` is set where the app is not asked.

    ``runner`` has ``run`` and ``aio``, as a Runner: the app's, but for events that come over HTTP.
    """

    __slots__ = ("event", "format", "origin", "request", "response", "runner", "seconds")

    format: Format
    event: Any
    request: Request
    origin: Origin
    seconds: float | None
    response: Response | None
    runner: Runner | HttpEventRunner


class Line:
    """The options, ready to act on the Request and on the Response."""

    def __init__(self, options: Options, runner: Runner) -> None:
        self.options = options
        self.runner = runner
        self.dropped = HOP_BY_HOP | options.exclude_headers
        self.formats: dict[str, Format] = {}
        # Those that take something away from some responses, and what has been logged of that.
        self.lossy: set[Format] = set()
        self.warned: set[str] = set()
        # Source of events that are not HTTP -> its function, and whether that takes the whole batch.
        self.functions: dict[str, tuple[Callable[[Any], Any], bool]] = {}
        self._function_runner: Runner | None = None
        self._sockets: Sockets | None = None

    @property
    def sockets(self) -> Sockets:
        """What WebSocket connections need; raises ConfigurationError for a store that cannot be had."""
        if self._sockets is None:
            from lambda_bridge.websockets.delivery import MAKING, Sockets

            with MAKING:
                if self._sockets is None:
                    self._sockets = Sockets(self)
        return self._sockets

    def find_gateway(self, args: tuple[Any, ...], keywords: Any) -> tuple[Gateway | None, Any, Any]:
        """(the WebSocket gateway whose event this is, or None, event, context); raises UnknownEvent."""
        from lambda_bridge.websockets import find

        event, context = _event_and_context(args, keywords)
        gateway = find(event)
        if gateway is not None:
            self._accept(gateway.NAME)
        return gateway, event, context

    def go_on(self) -> None:
        """For hosts that are still there when the result has gone out: what has waited for that goes on."""
        if self._sockets is not None:
            self._sockets.go_on()

    def run(self, name: str, event: Any, context: Any) -> Any:
        """The whole of it, for an event of the format *name*."""
        call = self.receive(name, event, context)
        return self.answer(call, self.respond(call, call.format.STREAMS))

    def respond(self, call: Call, streams: bool) -> Response:
        """The app's response; *streams* says whether its body may come in parts."""
        if call.response is not None:
            return call.response
        try:
            return call.runner.run(call.request, call.origin, call.seconds, streams)
        except Exception as error:
            return self.failed(error)

    async def aio(self, name: str, event: Any, context: Any) -> Any:
        """`run` inside a running event loop."""
        call = self.receive(name, event, context)
        return self.answer(call, await self.ask(call))

    async def ask(self, call: Call) -> Response:
        """The app's response inside a running event loop."""
        if call.response is not None:
            return call.response
        try:
            return await call.runner.aio(call.request, call.origin, call.seconds, call.format.STREAMS)
        except Exception as error:
            return self.failed(error)

    def receive(self, name: str, event: Any, context: Any) -> Call:
        """From the event to the Request; raises UnknownEvent, MalformedEvent."""
        call = Call()
        call.format = self.formats[name] if name in self.formats else self._load(name)
        call.event = event
        call.response = None
        call.runner = self.runner
        try:
            call.request = request = call.format.read_event(event, context)
            if self.options.base_path is not None:
                mount(request, self.options.base_path)
            if request.client is None:
                request.client = forwarded_client(request, self.options.trusted_proxies)
        except (MalformedEvent, *_WRONG_SHAPE) as error:
            call.request = Request("GET", "/")
            call.response = self.failed(_as_malformed(name, error))
        route = self.options.events
        if route is not None and reaches(call.request, route):
            if not is_event_by_nature(name, call.request):
                call.response = _plain(404)
            elif self.functions:
                from lambda_bridge.triggers.over_http import HttpEventRunner

                call.runner = HttpEventRunner(self)
        call.origin = (name, event, context)
        tells_time = context is not None or name in WITHOUT_CONTEXT
        call.seconds = self.seconds(context) if tells_time else None
        return call

    def failed(self, error: Exception) -> Response:
        """The answer to *error* of the app or of the event; raises it where that is asked for."""
        if self.options.on_error == "raise" or isinstance(error, (StartupFailed, ConfigurationError)):
            raise error
        if isinstance(error, MalformedEvent):
            log_error(str(error))
            return _plain(error.status)
        if isinstance(error, (DeadlineExceeded, ResultTooLarge)):
            log_error(str(error))
            return _plain(504 if isinstance(error, DeadlineExceeded) else 500)
        # Of our own errors the sentence says all; of the app's, the traceback does.
        log_error(str(error) if isinstance(error, BridgeError) else "the app failed", error)
        return _plain(500)

    def answer(self, call: Call, response: Response) -> Any:
        """From the Response to the platform's result."""
        size = finish(call.request, response, self.dropped, self.options.compress)
        if call.format in self.lossy:
            self._warn(call.format.unkept(response))  # type: ignore[attr-defined]
        result = call.format.make_result(response, call.event)
        # No escape of JSON makes more than six bytes of one; below this no limit is near.
        limit = call.format.max_result(call.event) if size > _SURELY_SMALL else None
        if limit is not None:
            from lambda_bridge.formats._results import check_size

            try:
                check_size(result, limit, len(response.body))
            except ResultTooLarge as error:
                result = call.format.make_result(self.failed(error), call.event)
        return result

    def register(self, name: str, batch: bool, function: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Let *function* have the events of the source *name*; raises ConfigurationError."""
        from lambda_bridge.triggers import NAMES

        if name not in NAMES:
            from lambda_bridge.similar import explain_unknown

            raise ConfigurationError(f"handler.on: {explain_unknown(name, 'source of events', NAMES)}")
        if name in self.functions:
            raise ConfigurationError(f"handler.on({name!r}): {self.functions[name][0]!r} is registered for it already")
        if not callable(function):
            raise ConfigurationError(f"handler.on({name!r}) decorates a function, not {function!r}")
        self.functions[name] = function, batch
        return function

    def function_runner(self) -> Runner:
        """The runner that async functions run on: the app's where that is an ASGI app, so that both share a loop."""
        if self._function_runner is None:
            from lambda_bridge.triggers.target import with_functions

            if self.runner.interface == "asgi":
                self.runner.app = with_functions(self.runner.app)  # type: ignore[attr-defined]
                self._function_runner = self.runner
            else:
                self._function_runner = make_runner(with_functions(None), "asgi", "off")
        return self._function_runner

    def close(self) -> None:
        """End what the runners have started."""
        if self._function_runner is not None and self._function_runner is not self.runner:
            self._function_runner.close()
        self.runner.close()
        if self._sockets is not None:
            self._sockets.close()

    def _accept(self, name: str) -> None:
        accepted = self.options.formats
        if accepted is not None and name not in accepted:
            raise UnknownEvent(f"one of the format {name!r}", f"make_handler accepts formats={sorted(accepted)} only")

    def _load(self, name: str) -> Format:
        self._accept(name)
        self.formats[name] = found = load(name)
        if hasattr(found, "unkept"):
            self.lossy.add(found)
        return found

    def _warn(self, sentences: list[str]) -> None:
        """Log each of *sentences* once; they name what the app chooses, so there is an end to it."""
        for sentence in sentences:
            if sentence not in self.warned and len(self.warned) < _MOST_WARNINGS:
                self.warned.add(sentence)
                log_warning(sentence)

    def seconds(self, context: Any) -> float | None:
        """How long the app may take, by the platform's deadline and the option; None where that is not known."""
        if not self.options.deadline_margin:
            return None
        left = seconds_left(context)
        # A function with very little time keeps half of it.
        return None if left is None else left - min(self.options.deadline_margin, left / 2)


_SURELY_SMALL = 4096
_MOST_WARNINGS = 100

_PHRASES = {400: b"Bad Request", 404: b"Not Found", 413: b"Content Too Large", 500: b"Internal Server Error",
            504: b"Gateway Timeout"}  # fmt: skip


def _plain(status: int) -> Response:
    """An answer of our own: it tells nothing of what has happened."""
    return Response(status, [("content-type", "text/plain; charset=utf-8")], _PHRASES.get(status, b"Error"))


# What reading a key that is not there, a value of another type, or one that is nested too deeply, raises.
_WRONG_SHAPE = (AttributeError, LookupError, RecursionError, TypeError, ValueError)


def _as_malformed(name: str, error: Exception) -> MalformedEvent:
    """*error* of a format's read_event: whatever it stumbles over, the event is not as it should be."""
    if isinstance(error, MalformedEvent):
        return error
    # The exception's own text may quote the event.
    malformed = MalformedEvent(f"the event looks like {name} but cannot be read ({type(error).__name__})")
    malformed.__cause__ = error
    return malformed
