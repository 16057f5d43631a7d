"""The client of the tests: its calls, and what it remembers between them."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge import formats, outcome
from lambda_bridge.emulate import Platform
from lambda_bridge.encoding import native
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.handler import make_handler
from lambda_bridge.headers import Headers
from lambda_bridge.testing import redirects
from lambda_bridge.testing.event import load
from lambda_bridge.testing.jar import Cookies
from lambda_bridge.testing.request import make_request, make_url
from lambda_bridge.testing.response import Response
from lambda_bridge.triggers import samples

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from typing_extensions import Self

    from lambda_bridge.messages import Request
    from lambda_bridge.outcome import Outcome
    from lambda_bridge.testing.request import HeadersLike
    from lambda_bridge.triggers import Data
    from lambda_bridge.websockets.client import FakeGateway, WebSocket


class Client:
    """Sends requests, and events that are not HTTP, to an app or a handler, as a cloud does.

    *app* is a WSGI or ASGI app, or what make_handler returned; *format* one of `FORMATS`. *context*
    is handed to the handler as the platform's. Paths are asked for below *base_url*, which has a
    scheme and a host; *root_path* is a stage or prefix with which the client's paths begin.
    *options* are those of make_handler, for an app: ``Client(app, events="/events")``. Raises
    ConfigurationError for what is no app, for options of a handler, which has its own, and for a
    format whose package is not installed.

    ``cookies`` are kept from call to call; they are a mapping from name to value.
    """

    def __init__(
        self,
        app: Any,
        format: str = "aws_http",  # noqa: A002
        context: Any = None,
        *,
        base_url: str = "https://localhost",
        root_path: str = "",
        **options: Any,
    ) -> None:
        self._is_ours = not hasattr(app, "aio")
        if options and not self._is_ours:
            raise ConfigurationError(f"{', '.join(options)} goes to make_handler, which has made this handler already")
        self.handler = make_handler(app, **options) if self._is_ours else app
        self.format = format
        self.context = context
        self.base_url = base_url
        self.root_path = root_path
        self.cookies = Cookies()
        load(format)
        name, self._variant = formats.parse_spelling(format)
        self._platform = Platform(self.handler, name)
        self._platforms = {name: self._platform}
        # Of WebSocket connections: the handlers that messages go to, and what more of them are made of.
        self._instances = [self.handler]
        self._app = app
        self._options = options
        self._gateway: Optional[FakeGateway] = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End what plays the platform, and shut the app's lifespan down; a handler that was given stays open."""
        if self._is_ours:
            for handler in self._instances:
                handler.close()
        for platform in self._platforms.values():
            platform.close()

    def request(self, method: str, url: str, *, follow_redirects: bool = False, **options: Any) -> Response:
        """Send one request: *options* are those of `make_request`.

        With *follow_redirects* the response is the one at the end of all redirects; one to another
        host is not followed, as it is not this app that lives there. Raises TooManyRedirects, and
        RefusedResult when the real gateway would not pass the answer on.
        """
        return self._send(method, url, follow_redirects, options, is_stream=False)

    @contextmanager
    def stream(self, method: str, url: str, *, follow_redirects: bool = False, **options: Any) -> Iterator[Response]:
        """Send one request, and read the response's ``chunks`` while the app makes them.

        ::

            with client.stream("GET", "/sse") as response:
                for chunk in response.chunks:
                    ...

        The app waits until its chunk is taken. At the end of the block it hears that the client is
        gone. Of a platform that does not stream there is one chunk.
        """
        response = self._send(method, url, follow_redirects, options, is_stream=True)
        try:
            yield response
        finally:
            response.close()

    def get(self, url: str, **options: Any) -> Response:
        """`request` with the method GET."""
        return self.request("GET", url, **options)

    def head(self, url: str, **options: Any) -> Response:
        """`request` with the method HEAD."""
        return self.request("HEAD", url, **options)

    def options(self, url: str, **options: Any) -> Response:
        """`request` with the method OPTIONS."""
        return self.request("OPTIONS", url, **options)

    def post(self, url: str, **options: Any) -> Response:
        """`request` with the method POST."""
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Any) -> Response:
        """`request` with the method PUT."""
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Any) -> Response:
        """`request` with the method PATCH."""
        return self.request("PATCH", url, **options)

    def delete(self, url: str, **options: Any) -> Response:
        """`request` with the method DELETE."""
        return self.request("DELETE", url, **options)

    def trigger(self, source: str, data: Optional[Sequence[Data]] = None, context: Any = None) -> Outcome:
        """Send an event that is not HTTP, as the cloud of *source* does, ``"aws.sqs"``, whatever the client's format.

        It has a record for each item of *data*, in order, or one with a sample's data: see
        `lambda_bridge.triggers.samples.make_event`. An item is what the function finds as
        ``event.data``, and the app as the body: bytes, text or JSON. What the platform tells of a
        file, a mail or a log is a dict, of which *data* need only have what matters::

            client.trigger("aws.s3", data=[{"s3": {"object": {"key": "cat.png"}}}])

        *context* is the platform's, in place of the client's. Raises UnknownEvent where the handler
        has neither the option ``events`` nor a function for *source*, and ConfigurationError for a
        source that there is not, data that it does not carry, and a package that is not installed.
        """
        event = samples.make_event(source, data)
        if context is None:
            context = samples.make_context(source)
        name = outcome.format_for(source, formats.parse_spelling(self.format)[0])
        if name not in self._platforms:
            self._platforms[name] = Platform(self.handler, name)
        return outcome.invoke(self._platforms[name], source, event, self.context if context is None else context)

    def websocket(
        self,
        url: str = "/",
        *,
        subprotocols: Sequence[str] = (),
        headers: HeadersLike = None,
        instances: int = 1,
        format: str = "aws_websocket",  # noqa: A002
        runs_on: bool = False,
    ) -> WebSocket:
        """A WebSocket connection, each message of which is an event of its own, as behind the gateways of clouds.

        ::

            with client.websocket("/chat") as socket:
                socket.send_text("hello")
                assert socket.receive_text() == "hello"

        With more *instances* the messages of a connection go to one after the other, each a handler
        of its own: what they share is the store of the option ``connections``. *runs_on* plays a host that
        lets the app go on after the answer to the handshake, as `lambda_bridge.runtime` does. *format* is
        ``aws_websocket`` or ``tencent_websocket``. Raises ConfigurationError for a path that the gateway
        cannot carry, and for instances of a handler that has been made already.
        """
        from lambda_bridge.websockets.client import FakeGateway, WebSocket, make_handshake

        if instances > 1 and not self._is_ours:
            raise ConfigurationError(f"instances={instances} are made of an app: give the Client that, not its handler")
        while len(self._instances) < instances:
            self._instances.append(make_handler(self._app, **self._options))
        if self._gateway is None:
            self._gateway = FakeGateway()
        handlers = self._instances[:instances]
        for handler in handlers:
            handler.line.sockets.pusher = self._gateway
        root_path = self.root_path or "/production"
        request = make_request("GET", url, headers=headers, base_url=self.base_url, root_path=root_path)
        pairs = make_handshake(request.headers, self.cookies.header(make_url(request)), subprotocols)
        request.headers = Headers.of(pairs)
        return WebSocket(self._gateway, handlers, request, tuple(subprotocols), format, self.context, runs_on)

    def _send(
        self, method: str, url: str, follow_redirects: bool, options: dict[str, Any], *, is_stream: bool
    ) -> Response:
        cookies = dict(options.pop("cookies", None) or {})
        options = {"base_url": self.base_url, "root_path": self.root_path, **options}
        request = make_request(method, url, **options)
        # A Cookie header that the test wrote itself stays as it is.
        remade = {"cookie"} if request.headers.get("cookie") is None else set()
        history: list[Response] = []
        while True:
            response = self._exchange(request, cookies, is_stream)
            response.history = history.copy()
            target = redirects.find_target(response, request.root_path) if follow_redirects else None
            if target is None:
                return response
            response.close()
            if len(history) == redirects.MOST:
                raise redirects.TooManyRedirects(f"{method} {url} is still redirected after {redirects.MOST} redirects")
            history.append(response)
            # What the app has set since counts more than what the test said.
            for name in (value.partition("=")[0].strip() for value in response.headers.get_all("set-cookie")):
                cookies.pop(name, None)
            request = redirects.follow(request, response.status, target, remade)

    def _exchange(self, request: Request, cookies: dict[str, str], is_stream: bool) -> Response:
        url = make_url(request)
        if request.headers.get("cookie") is None:
            kept = (self.cookies.header(url) or "").split("; ")
            pairs = [pair for pair in kept if pair and pair.partition("=")[0] not in cookies]
            pairs += [f"{name}={value}" for name, value in cookies.items()]
            if pairs:
                request.headers = Headers.of([*request.headers, ("cookie", native("; ".join(pairs)))])
        event = self._platform.format.make_event(request, self._variant)
        if is_stream:
            result, plain = self._platform.stream(event, self.context)
        else:
            result = self._platform.invoke(event, self.context)
            plain = self._platform.format.read_result(result)
        response = Response(plain, event, result, url)
        self.cookies.keep(url, response.headers)
        return response
