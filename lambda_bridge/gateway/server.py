"""Real HTTP to an event, and a result to real HTTP: what a cloud's gateway does, on loopback.

::

    browser ─▶ Request ─▶ limits ─▶ instance: make_event ─▶ event ─▶ handler ─▶ result ─▶ read_result
                                                                                          │
    browser ◀─ limits ◀─ Response ◀───────────────────────────────────────────────────────┘

Where the platform streams, head and parts of the Response take this way one by one, while the app makes them.
WebSockets are those of `lambda_bridge.gateway.websocket`. An event that is not HTTP goes to an instance as it is: no
gateway stands before the function then. Every call is remembered in `Gateway.calls`, which the console at
``/_bridge/`` shows.
"""

from __future__ import annotations

import os
import time
from http import HTTPStatus
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

from werkzeug.exceptions import BadRequest, RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

from lambda_bridge import formats
from lambda_bridge.encoding import drop_raw_prefix, split_prefix
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.gateway.calls import BODY, Calls, Stream, Trigger, cut, length
from lambda_bridge.gateway.client import Client
from lambda_bridge.gateway.in_process import InProcess
from lambda_bridge.gateway.instances import Instances
from lambda_bridge.gateway.limits import Limits, limits_of
from lambda_bridge.gateway.views import tell
from lambda_bridge.gateway.websocket import WebSockets, is_handshake, name_for
from lambda_bridge.gateway.wire import read_environ, respond, status_line
from lambda_bridge.headers import read_native_headers
from lambda_bridge.messages import Request, Response

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

    from lambda_bridge.gateway.calls import Asked, Call
    from lambda_bridge.gateway.function import Options, Outcome


class Gateway:
    """A WSGI application that hands each request to *app* as an event of the format *spelling*.

    *app* is a handler, or ``"module:attribute"`` of one or of a WSGI or ASGI app; *spelling* one of
    `formats.spellings`; *report* gets lines of text: one for each call, and what else there is to say.

    :param instances: int, how many processes may serve at a time, for which *app* must be named; 0: this one
    :param stage: str, the stage at which the gateway serves, where it has such: the first segment of paths
    :param options: options of make_handler, where *app* names no handler
    :param timeout: seconds that the function may take; None: as long as the gateway waits
    :param memory: MB that an instance may use; None: as much as it wants
    :param reload: whether instances end when a source file of theirs has changed
    :param console: whether ``/_bridge/`` is the console's
    """

    def __init__(
        self,
        app: Any,
        spelling: str,
        report: Callable[[str], None],
        *,
        instances: int = 0,
        stage: str = "",
        options: Options = None,
        timeout: Optional[float] = None,
        memory: Optional[int] = None,
        reload: bool = False,
        console: bool = True,
    ) -> None:
        name, variant = formats.parse_spelling(spelling)
        self.spelling = spelling
        self.app = app if isinstance(app, str) else getattr(app, "__name__", type(app).__name__)
        self.stage = stage.strip("/")
        if self.stage and not _tells_stages(name, variant):
            raise ConfigurationError(f"{spelling} tells no app of a stage here: leave out stage={stage!r}")
        self.calls = Calls()
        self.report = report
        self.sockets = _make_sockets(name, self._converse, self.stage)
        self._folder: Optional[TemporaryDirectory[str]] = None
        self._has_told_address = False
        try:
            self.instances = self._make_instances(
                app, instances, options=options, timeout=timeout, memory=memory, reload=reload
            )
        except BaseException:
            self._close_sockets()
            self._forget_connections()
            raise
        self.console = _make_console(self) if console else None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self.console is not None and split_prefix(environ["PATH_INFO"], "/_bridge") is not None:
            return self.console(environ, start_response)  # type: ignore[no-any-return]
        request = read_environ(environ)
        if self.sockets is not None and is_handshake(request):
            return self._serve_socket(self.sockets, environ["werkzeug.socket"], request, start_response)
        return self._serve(environ, request, start_response)

    def _serve(self, environ: dict[str, Any], request: Request, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Read the body of *request*, and answer it: as a whole, or in parts while the function makes them."""
        began = time.perf_counter()
        limits = limits_of(self.spelling)
        problem = None
        try:
            request.body = get_input_stream(environ, max_content_length=limits.event).read()
            request.headers = read_native_headers(request.headers.names.lower, request.headers.values, request.body)
        except RequestEntityTooLarge:
            problem = f"the body is over the {limits.event} bytes of an event"
        except BadRequest as error:  # of Chunks; and ClientDisconnected, where nobody reads the answer
            reason = Response(HTTPStatus.BAD_REQUEST, [("content-type", "text/plain")], str(error.description).encode())
            return respond(start_response, request.method, reason)
        call = self.calls.begin(self.spelling, request)

        def start(head: Response) -> Callable[[bytes], Any]:
            head.headers = limits.pass_on(head)
            call.response, call.seconds = head, time.perf_counter() - began
            call.stream = Stream(call.seconds)
            call.body_size = length(request), 0
            self.calls.show(call)
            return start_response(status_line(head.status), head.headers)  # type: ignore[no-any-return]

        client = Client(environ["werkzeug.socket"], start)
        if problem is None:
            response = self._answer(call, request, limits, client)
        else:
            call.problem, response = problem, limits.too_large.response()
        self._end(call, response, time.perf_counter() - began, client)
        if call.stream is None:
            return respond(start_response, request.method, response)
        if call.stream.state != "complete":
            raise ConnectionAbortedError  # werkzeug's sign for: no end of the body, no traceback
        return []

    def send(self, asked: Asked, spelling: Optional[str] = None) -> Call:
        """Send a request through the gateway of any format, or hand over an event as its source does.

        *spelling* then names the source. The call is remembered like every other.
        """
        began = time.perf_counter()
        call = self.calls.begin(spelling or self.spelling, asked)
        response = None
        if isinstance(asked, Trigger):
            _fill(call, self.instances.call(asked, call.format))
        else:
            response = self._answer(call, asked, limits_of(call.format))
        self._end(call, response, time.perf_counter() - began)
        return call

    def close(self) -> None:
        """End every connection, and every instance."""
        self._close_sockets()  # while there are instances that can be told
        self.instances.close()
        self._forget_connections()

    def _forget_connections(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def _close_sockets(self) -> None:
        if self.sockets is not None:
            self.sockets.close()

    def _make_instances(
        self, app: Any, count: int, *, options: Options, reload: bool, **limits: Any
    ) -> Union[InProcess, Instances]:
        if count and not isinstance(app, str):
            raise ConfigurationError(f'instances={count} are processes: name the app, "module:attribute"')
        environ = {} if self.sockets is None else self._environ(self.sockets, count, options)
        if not count:
            return InProcess(app, options=options, environ=environ, **limits)
        return Instances(app, count, options=options, reload=reload, report=self.report, environ=environ, **limits)

    def _serve_socket(
        self, sockets: WebSockets, connection: socket.socket, request: Request, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        staged = self._below_stage(request)
        if staged is None:
            self.report(f"no stage has this path: the gateway serves WebSockets at /{self.stage}")
            denied: Optional[Response] = Response(
                403, [("content-type", "application/json")], b'{"message":"Forbidden"}'
            )
        else:
            self._tell_address(sockets)
            denied = sockets.refuse_or_serve(connection, staged)
        if denied is None:
            raise ConnectionAbortedError  # there is no response, and nothing more to be read
        return respond(start_response, request.method, denied)

    def _below_stage(self, request: Request) -> Optional[Request]:
        """The same request with the stage as its mount point; None where its path does not begin with that."""
        if not self.stage:
            return request
        root_path = f"/{self.stage}"
        path = split_prefix(request.path, root_path)
        if path is None:
            return None
        return Request(
            request.method,
            path,
            drop_raw_prefix(request.raw_path, root_path) or b"/",
            request.query,
            request.headers,
            request.body,
            request.scheme,
            request.server,
            request.client,
            root_path,
            request.http_version,
        )

    def _tell_address(self, sockets: WebSockets) -> None:
        """Once: whoever wants to send by hand must know it."""
        if not self._has_told_address:
            self._has_told_address = True
            self.report(f"what goes to clients of WebSockets is taken at {sockets.push_url}/@connections/ID")

    def _converse(self, trigger: Trigger, name: str) -> Outcome:
        """Hand over one event of a WebSocket."""
        began = time.perf_counter()
        call = self.calls.begin(name, trigger)
        outcome = self.instances.call(trigger, name)
        _fill(call, outcome)
        self._end(call, None, time.perf_counter() - began)
        return outcome

    def _environ(self, sockets: WebSockets, instances: int, options: Options) -> dict[str, str]:
        """What instances are told: where to send to clients, and where they meet if nobody has said it."""
        told = {
            "LAMBDA_BRIDGE_PUSH_URL": sockets.push_url,
            "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": sockets.push_url,
        }
        is_chosen = "connections" in (options or {}) or os.environ.get("LAMBDA_BRIDGE_CONNECTIONS")
        if instances and not is_chosen:  # one, too: when it is replaced, the next one goes on
            self._folder = TemporaryDirectory(prefix="lambda-bridge-")
            told["LAMBDA_BRIDGE_CONNECTIONS"] = f"sqlite:{os.path.join(self._folder.name, 'connections.db')}"
        return told

    def _answer(self, call: Call, request: Request, limits: Limits, client: Optional[Client] = None) -> Response:
        """The response that a client of the real gateway would get; in parts, *client* has got it."""
        if sum(len(name) + len(value) for name, value in request.headers) > limits.headers:
            call.problem = f"the headers are over {limits.headers} bytes"
            return limits.headers_too_large.response()
        staged = self._below_stage(request)
        if staged is None:
            call.problem = f"no stage has this path: the gateway serves below /{self.stage}/"
            return Response(404, [("content-type", "application/json")], b'{"message":"Not Found"}')
        outcome = self.instances.call(staged, call.format, client)
        _fill(call, outcome)
        if client is not None and client.response is not None and call.stream is not None:
            call.stream.parts = client.parts
            call.stream.state = "left" if client.has_left else "cut" if outcome.answer else "complete"
            client.response.body = bytes(client.kept)
            return client.response
        if outcome.response is None:
            return limits.answer(outcome.answer).response()
        outcome.response.headers = limits.pass_on(outcome.response)
        return outcome.response

    def _end(self, call: Call, response: Optional[Response], seconds: float, client: Optional[Client] = None) -> None:
        """*response* is None where the call is an event."""
        call.seconds = seconds
        size = 0 if response is None else len(response.body)
        call.body_size = length(call.asked), size if client is None or call.stream is None else client.size
        call.asked = cut(call.asked)
        if response is not None:
            call.response = Response(response.status, response.headers, response.body[:BODY])
        if call.problem is not None:
            self.report(call.problem)
        self.report(tell(call))
        self.calls.show(call)


def _tells_stages(name: str, variant: Optional[str]) -> bool:
    format = formats.load(name)  # noqa: A001
    asked = Request("GET", "/", server=("localhost", 80), root_path="/stage", scheme="http")
    return format.read_event(format.make_event(asked, variant), None).root_path == "/stage"


def _make_sockets(name: str, deliver: Callable[[Trigger, str], Outcome], stage: str) -> Optional[WebSockets]:
    gateway = name_for(name)
    return None if gateway is None else WebSockets(gateway, deliver, stage)


def _make_console(gateway: Gateway) -> Any:
    from lambda_bridge.gateway.console import Console

    return Console(gateway)


def _fill(call: Call, outcome: Outcome) -> None:
    call.problem = outcome.problem
    call.event, call.result, call.seen = outcome.event, outcome.result, outcome.seen
    call.instance, call.is_cold = outcome.instance, outcome.is_cold
    call.stages, call.log = outcome.stages, outcome.log
