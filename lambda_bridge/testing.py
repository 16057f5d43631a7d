"""For users' own tests: call an app as a cloud would, under every format, without a network.

::

    from lambda_bridge.testing import FORMATS, Client

    response = Client(app, format="aws_http").get("/")
    assert response.status == 200

    outcome = Client(app, events="/events").trigger("aws.sqs", data=[{"order": 7}])
    assert outcome.failures == []
"""

from __future__ import annotations

import json as json_module
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Optional, Union, overload
from urllib.parse import urljoin, urlsplit

from lambda_bridge import formats, messages, outcome
from lambda_bridge.emulate import Platform
from lambda_bridge.encoding import from_native, native, quote_path, read_path, split_prefix
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.forms import make_body, make_query
from lambda_bridge.handler import make_handler
from lambda_bridge.headers import Headers, read_server
from lambda_bridge.jar import Cookies
from lambda_bridge.outcome import Outcome
from lambda_bridge.triggers import samples

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from typing_extensions import Self, SupportsIndex

    from lambda_bridge.formats import Format
    from lambda_bridge.forms import Fields
    from lambda_bridge.triggers import Data
    from lambda_bridge.websockets.client import FakeGateway, WebSocket

__all__ = [
    "FORMATS",
    "Client",
    "Outcome",
    "Response",
    "ResponseHeaders",
    "TooManyRedirects",
    "make_event",
    "make_request",
]

HeadersLike = Union["Mapping[str, str]", "Iterable[tuple[str, str]]", None]


def missing_package(spelling: str) -> Optional[str]:
    """The package that this format's platform is made of, where it is not installed; else None."""
    needed: Optional[str] = getattr(formats.load(formats.parse_spelling(spelling)[0]), "NEEDS", None)
    try:
        return needed if needed and find_spec(needed) is None else None
    except ModuleNotFoundError:  # nor is the package around it
        return needed


FORMATS = tuple(spelling for spelling in formats.spellings() if missing_package(spelling) is None)
"""Every format, and ``format:variant`` for each further form of its events.

Some platforms hand over objects of packages of theirs: where such a package is not installed, the
format is left out, so that a test may go through them all.
"""


class TooManyRedirects(Exception):
    """The app has answered with one redirect after the other."""


class ResponseHeaders(list["tuple[str, str]"]):
    """(lower-case name, value) pairs in the order received; a name, in any case, finds its first value."""

    @overload
    def __getitem__(self, key: str) -> str: ...
    @overload
    def __getitem__(self, key: SupportsIndex) -> tuple[str, str]: ...
    @overload
    def __getitem__(self, key: slice) -> list[tuple[str, str]]: ...
    def __getitem__(self, key: Any) -> Any:
        if not isinstance(key, str):
            return super().__getitem__(key)
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value

    def __contains__(self, key: object) -> bool:
        return bool(self.get_all(key)) if isinstance(key, str) else super().__contains__(key)

    def get(self, name: str, default: Optional[str] = None) -> Optional[str]:
        """The first value of *name*, or *default*."""
        values = self.get_all(name)
        return values[0] if values else default

    def get_all(self, name: str) -> list[str]:
        """Every value of *name*, in order."""
        return [value for found, value in self if found == name.lower()]


class Response(messages.Response):
    """What the client got, and what went over the wire on the way: ``event`` and ``result``.

    ``url`` is what was asked for in the end, ``history`` the redirects before it. Where a platform
    streams, and the client asked for a stream, there is no ``result``.
    """

    __slots__ = ("event", "history", "result", "url")

    headers: ResponseHeaders

    def __init__(self, response: messages.Response, event: Any, result: Any, url: str = "") -> None:
        super().__init__(response.status, ResponseHeaders(response.headers), response.body, response.chunks)
        self.event = event
        self.result = result
        self.url = url
        self.history: list[Response] = []

    @property
    def text(self) -> str:
        """The body decoded from the charset of its content-type, else from UTF-8; what does not decode is U+FFFD."""
        charset = "utf-8"
        for parameter in (self.header("content-type") or "").split(";")[1:]:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "charset":
                charset = value.strip().strip("\"'")
        try:
            return self.read().decode(charset, "replace")
        except LookupError:
            return self.read().decode("utf-8", "replace")

    def json(self) -> Any:
        """The body parsed as JSON."""
        return json_module.loads(self.read())

    def read(self) -> bytes:
        """The body, complete: of a stream, with all that is still to come."""
        if self.chunks is not None:
            self.body += b"".join(self.chunks)  # type: ignore[arg-type]  # emulate.py's are synchronous
            self.chunks = None
        return self.body

    def close(self) -> None:
        """Nobody wants the rest of a stream: the app hears it."""
        if self.chunks is not None:
            self.chunks.close()  # type: ignore[union-attr]


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
        _load(format)
        name, self._variant = formats.parse_spelling(format)
        self._platform = Platform(self.handler, name)
        self._platforms = {name: self._platform}
        # Those that messages of WebSocket connections go to.
        self._app = app
        self._options = options
        self._instances = [self.handler]
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
        pairs = make_handshake(request.headers, self.cookies.header(_url_of(request)), subprotocols)
        request.headers = Headers.of(pairs)
        return WebSocket(self._gateway, handlers, request, tuple(subprotocols), format, self.context, runs_on)

    def _send(
        self, method: str, url: str, follow_redirects: bool, options: dict[str, Any], *, is_stream: bool
    ) -> Response:
        cookies = dict(options.pop("cookies", None) or {})
        options = {"base_url": self.base_url, "root_path": self.root_path, **options}
        request = make_request(method, url, **options)
        # One that the test wrote itself stays as it is.
        own = {"cookie"} if request.headers.get("cookie") is None else set()
        history: list[Response] = []
        while True:
            response = self._exchange(request, cookies, is_stream)
            response.history = history.copy()
            target = _redirect_target(response, request.root_path) if follow_redirects else None
            if target is None:
                return response
            response.close()
            if len(history) == _MOST_REDIRECTS:
                raise TooManyRedirects(f"{method} {url} is still redirected after {_MOST_REDIRECTS} redirects")
            history.append(response)
            # What the app has set since counts more than what the test said.
            for name in (value.partition("=")[0].strip() for value in response.headers.get_all("set-cookie")):
                cookies.pop(name, None)
            request = _redirected(request, response.status, target, own)

    def _exchange(self, request: messages.Request, cookies: dict[str, str], is_stream: bool) -> Response:
        url = _url_of(request)
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


_MOST_REDIRECTS = 20


def make_event(format: str, method: str, url: str, **options: Any) -> Any:  # noqa: A002
    """The event that the cloud of *format* would send for a client's request: see `make_request`.

    Raises ValueError for an unknown format.
    """
    _, variant = formats.parse_spelling(format)
    return _load(format).make_event(make_request(method, url, **options), variant)


def make_request(
    method: str,
    url: str,
    *,
    params: Union[Fields, str, None] = None,
    headers: HeadersLike = None,
    cookies: Optional[Mapping[str, str]] = None,
    body: Union[bytes, str] = b"",
    data: Union[Fields, bytes, str, None] = None,
    files: Optional[Fields] = None,
    json: Any = None,
    base_url: str = "https://localhost",
    root_path: str = "",
    client: Optional[tuple[str, int]] = ("127.0.0.1", 0),
) -> messages.Request:
    """The Request for what a client sends.

    *url* is a path with a query, which *params* are added to, or absolute. *body* is bytes or text
    as they are, *data* a form (or the same as *body*), *json* anything for JSON; *files* has for
    each name a file object, ``(filename, content)`` or ``(filename, content, content-type)``. Their
    content-type is sent unless *headers* have one. *root_path* is a stage or prefix that stands at
    the beginning of the client's path; *client* is the address of the one who asks.
    """
    parts = urlsplit(_absolute(url, base_url))
    path, raw_path = read_path(split_prefix(parts.path, root_path) or parts.path if root_path else parts.path)
    query = "&".join(filter(None, [parts.query, make_query(params)]))
    content, content_type = make_body(body, data, files, json)
    pairs = [(name.lower(), native(value)) for name, value in _pairs(headers)]
    names = {name for name, _ in pairs}
    if "host" not in names:
        pairs.insert(0, ("host", parts.netloc))
    if content_type and "content-type" not in names:
        pairs.append(("content-type", content_type))
    if content and "content-length" not in names:
        pairs.append(("content-length", str(len(content))))
    if cookies:
        pairs.append(("cookie", native("; ".join(f"{name}={value}" for name, value in cookies.items()))))
    return messages.Request(
        method,
        path,
        raw_path,
        native(query),
        pairs,
        content,
        parts.scheme,
        read_server(dict(pairs)["host"], parts.scheme),
        client,
        root_path,
    )


def _load(spelling: str) -> Format:
    name, _ = formats.parse_spelling(spelling)
    missing = missing_package(spelling)
    if missing is not None:
        raise ConfigurationError(f"the events of {name!r} are made of the package {missing!r}, which is not installed")
    return formats.load(name)


def _pairs(headers: HeadersLike) -> list[tuple[str, str]]:
    if headers is None:
        return []
    return list(headers.items() if hasattr(headers, "items") else headers)


def _absolute(url: str, base_url: str) -> str:
    # A path may begin with two slashes, which a URL would take for a host.
    if not url.startswith("/") and urlsplit(url).scheme:
        return url
    return base_url.rstrip("/") + ("" if url[:1] in {"", "/", "?"} else "/") + url


def _url_of(request: messages.Request) -> str:
    host = from_native(request.headers.get("host") or "")
    path = (quote_path(request.root_path) + request.raw_path).decode("ascii")
    return f"{request.scheme}://{host}{path}" + (f"?{from_native(request.query)}" if request.query else "")


def _redirect_target(response: Response, root_path: str) -> Optional[str]:
    """The URL that *response* leads to, if that is the app's own."""
    location = response.header("location")
    if response.status not in _REDIRECTS or location is None:
        return None
    target = urljoin(response.url, from_native(location))
    here, there = urlsplit(response.url), urlsplit(target)
    is_own = there.scheme in {"http", "https"} and there.hostname == here.hostname
    return target if is_own and (not root_path or split_prefix(there.path, root_path)) else None


_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def _redirected(request: messages.Request, status: int, target: str, dropped: set[str]) -> messages.Request:
    """The request that follows, as browsers make it (https://fetch.spec.whatwg.org/#http-redirect-fetch)."""
    method, body = request.method, request.body
    dropped = dropped | {"host", "content-length"}
    if (status in {301, 302} and method == "POST") or (status == 303 and method not in {"GET", "HEAD"}):
        method, body = "GET", b""
        dropped |= {"content-encoding", "content-language", "content-location", "content-type"}
    headers = [(name, from_native(value)) for name, value in request.headers if name not in dropped]
    return make_request(method, target, headers=headers, body=body, root_path=request.root_path, client=request.client)
