"""The line: recognize, read_event, run the app, make_result. Options act here and nowhere else."""

from __future__ import annotations

from lambda_bridge.adjust import HOP_BY_HOP, finish, forwarded_client, is_event_by_nature, mount, reaches
from lambda_bridge.apps import make_runner
from lambda_bridge.attributes import add_attributes
from lambda_bridge.deadline import WITHOUT_CONTEXT, seconds_left
from lambda_bridge.errors import ConfigurationError, EventError, MalformedEvent, ResultTooLarge, UnknownEvent
from lambda_bridge.formats import load
from lambda_bridge.log import log_warning
from lambda_bridge.messages import Request, Response
from lambda_bridge.options import OPTIONS, read_options
from lambda_bridge.recognize import recognize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lambda_bridge.apps import Origin, Runner
    from lambda_bridge.attributes import Functions
    from lambda_bridge.attributes import Handler as Handler  # noqa: PLC0414  # its public name is this module's
    from lambda_bridge.formats import Format
    from lambda_bridge.options import Options
    from lambda_bridge.triggers.over_http import HttpEventRunner
    from lambda_bridge.websockets.delivery import Sockets


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
    options = read_options(locals())  # all of them but app, by the names that the table has
    line = Line(options, make_runner(app, options.interface, options.lifespan))

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
        from lambda_bridge.unclaimed import deliver

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
        from lambda_bridge.unclaimed import deliver_aio

        return await deliver_aio(line, args, keywords, problem)

    return add_attributes(handle, aio, line)


# Platforms that want more than a result for an event: hosts.py answers them.
_HOSTS = frozenset({"aliyun_wsgi", "asgi", "azure_stream", "fn", "gcp_aio", "vercel", "wsgi"})


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
    """One app with its options: `run` takes an event from the first stage to the last.

    The stages stand by themselves too, for hosts that go on in another way: `receive`, `respond`, `answer`.
    """

    def __init__(self, options: Options, runner: Runner) -> None:
        self.options = options
        self.runner = runner
        self.dropped = HOP_BY_HOP | options.exclude_headers
        self.formats: dict[str, Format] = {}
        # Those that take something away from some responses, and what has been logged of that.
        self.lossy: set[Format] = set()
        self.warned: set[str] = set()
        self.functions: Functions = {}
        self._function_runner: Runner | None = None
        self._sockets: Sockets | None = None

    def run(self, name: str, event: Any, context: Any) -> Any:
        """The result for an event of the format *name*."""
        call = self.receive(name, event, context)
        return self.answer(call, self.respond(call, call.format.STREAMS))

    async def aio(self, name: str, event: Any, context: Any) -> Any:
        """`run` inside a running event loop."""
        call = self.receive(name, event, context)
        return self.answer(call, await self.respond_aio(call))

    # --- the stages

    def receive(self, name: str, event: Any, context: Any) -> Call:
        """From the event to the Request; raises UnknownEvent for a format that is not accepted."""
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
            from lambda_bridge.failures import as_malformed

            call.request = Request("GET", "/")
            call.response = self.failed(as_malformed(name, error))
        if self.options.events is not None and reaches(call.request, self.options.events):
            self._enter_route(name, call)
        call.origin = (name, event, context)
        tells_time = context is not None or name in WITHOUT_CONTEXT
        call.seconds = self.seconds(context) if tells_time else None
        return call

    def respond(self, call: Call, streams: bool) -> Response:
        """The app's response; *streams* says whether its body may come in parts."""
        if call.response is not None:
            return call.response
        try:
            return call.runner.run(call.request, call.origin, call.seconds, streams)
        except Exception as error:
            return self.failed(error)

    async def respond_aio(self, call: Call) -> Response:
        """The app's response inside a running event loop; its body may come in parts where the format streams."""
        if call.response is not None:
            return call.response
        try:
            return await call.runner.aio(call.request, call.origin, call.seconds, call.format.STREAMS)
        except Exception as error:
            return self.failed(error)

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

    # --- what the stages ask

    def failed(self, error: Exception) -> Response:
        """The answer to *error* of the app or of the event; raises it where the option ``on_error`` says so."""
        from lambda_bridge.failures import answer_failure

        return answer_failure(error, self.options.on_error)

    def seconds(self, context: Any) -> float | None:
        """How long the app may take, by the platform's deadline and the option; None where that is not known."""
        if not self.options.deadline_margin:
            return None
        left = seconds_left(context)
        # A function with very little time keeps half of it.
        return None if left is None else left - min(self.options.deadline_margin, left / 2)

    def accept(self, name: str) -> None:
        """Raises UnknownEvent where the option ``formats`` has not *name*, of a format or a gateway of WebSockets."""
        accepted = self.options.formats
        if accepted is not None and name not in accepted:
            raise UnknownEvent(f"one of the format {name!r}", f"make_handler accepts formats={sorted(accepted)} only")

    def _load(self, name: str) -> Format:
        self.accept(name)
        self.formats[name] = found = load(name)
        if hasattr(found, "unkept"):
            self.lossy.add(found)
        return found

    def _enter_route(self, name: str, call: Call) -> None:
        """The route of events is closed to clients; what is an event by nature goes to its function."""
        if not is_event_by_nature(name, call.request):
            from lambda_bridge.failures import bare_answer

            call.response = bare_answer(404)
        elif self.functions:
            from lambda_bridge.triggers.over_http import HttpEventRunner

            call.runner = HttpEventRunner(self)

    def _warn(self, sentences: list[str]) -> None:
        """Log each of *sentences* once; they name what the app chooses, so there is an end to it."""
        for sentence in sentences:
            if sentence not in self.warned and len(self.warned) < _MOST_WARNINGS:
                self.warned.add(sentence)
                log_warning(sentence)

    # --- events that are not HTTP: what they need is made for the first of them

    @property
    def sockets(self) -> Sockets:
        """What WebSocket connections need; raises ConfigurationError for a store that cannot be had."""
        if self._sockets is None:
            from lambda_bridge.websockets.delivery import MAKING, Sockets

            with MAKING:
                if self._sockets is None:
                    self._sockets = Sockets(self)
        return self._sockets

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

    def go_on(self) -> None:
        """For hosts that are still there when the result has gone out: what has waited for that goes on."""
        if self._sockets is not None:
            self._sockets.go_on()

    def close(self) -> None:
        """End what the runners have started."""
        if self._function_runner is not None and self._function_runner is not self.runner:
            self._function_runner.close()
        self.runner.close()
        if self._sockets is not None:
            self._sockets.close()


_SURELY_SMALL = 4096
_MOST_WARNINGS = 100

# What reading a key that is not there, a value of another type, or one that is nested too deeply, raises.
_WRONG_SHAPE = (AttributeError, LookupError, RecursionError, TypeError, ValueError)
