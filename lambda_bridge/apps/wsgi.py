"""WSGI to the letter of PEP 3333; no other module knows environ or start_response."""

from __future__ import annotations

import sys
from functools import partial
from io import BytesIO

from lambda_bridge.apps._checks import check_headers, is_endless, log_cut
from lambda_bridge.deadline import call_within
from lambda_bridge.encoding import Memo
from lambda_bridge.errors import DeadlineExceeded, InvalidResponse, NoResponse
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from lambda_bridge.apps import Origin
    from lambda_bridge.headers import Names


def _environ_key(name: str) -> str:
    # x_forwarded_for would become the same key as x-forwarded-for: a way around a proxy that only
    # cleans the latter. nginx and gunicorn drop such names too.
    if name in ("content-type", "content-length"):
        return name.upper().replace("-", "_")
    return "" if "_" in name else "HTTP_" + name.upper().replace("-", "_")


def _read_row(names: Names) -> tuple[dict[str, Any], tuple[str, ...], bool]:
    """What follows from the names of all headers of a request.

    An environ to copy, with a place for each key: that is quicker than to add them. The keys of
    the headers; and whether each is there and once, without which they have no places.
    """
    keys = tuple([_environ_key(name) for name in names.lower])
    is_plain = "" not in keys and len(set(keys)) == len(keys)
    return {**_BASE, **dict.fromkeys(keys if is_plain else ())}, keys, is_plain


_rows = Memo(_read_row)

# The same for every request, but for what `make_environ` writes over.
_BASE: dict[str, Any] = {
    "REQUEST_METHOD": "",
    "SCRIPT_NAME": "",
    "PATH_INFO": "",
    "QUERY_STRING": "",
    "REMOTE_ADDR": "",
    "SERVER_NAME": "",
    "SERVER_PORT": "",
    "SERVER_PROTOCOL": "",
    "CONTENT_LENGTH": "",
    "wsgi.url_scheme": "",
    "wsgi.input": None,
    "wsgi.errors": None,
    "wsgi.version": (1, 0),
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    # The body is complete: frameworks may read to its end without a content-length.
    "wsgi.input_terminated": True,
}


def make_environ(request: Request) -> dict[str, Any]:
    """The environ of PEP 3333 and RFC 3875, section 4.1, for *request*."""
    places, keys, is_plain = _rows[request.headers.names]
    environ: dict[str, Any] = places.copy()
    if is_plain:
        environ.update(zip(keys, request.headers.values))
    else:
        for key, value in zip(keys, request.headers.values):
            if key:
                environ[key] = f"{environ[key]},{value}" if key in environ else value
    path, root_path, body = request.path, request.root_path, request.body
    host, port = request.server
    environ["REQUEST_METHOD"] = request.method
    environ["SCRIPT_NAME"] = root_path if root_path.isascii() else _native_path(root_path)
    environ["PATH_INFO"] = path if path.isascii() else _native_path(path)
    environ["QUERY_STRING"] = request.query
    environ["REMOTE_ADDR"] = request.client[0] if request.client else ""
    environ["SERVER_NAME"] = f"[{host}]" if ":" in host else host
    environ["SERVER_PORT"] = str(port)
    environ["SERVER_PROTOCOL"] = "HTTP/" + request.http_version
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.url_scheme"] = request.scheme
    environ["wsgi.input"] = BytesIO(body)
    environ["wsgi.errors"] = sys.stderr
    return environ


def _native_path(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("latin-1")


class WsgiRunner:
    """Calls a WSGI app."""

    interface = "wsgi"

    def __init__(self, app: Callable[..., Any]) -> None:
        self.app = app

    def run(self, request: Request, origin: Origin, seconds: float | None, streams: bool = False) -> Response:
        environ = make_environ(request)
        name, event, context = origin
        environ["lambda_bridge.format"] = name
        environ["lambda_bridge.event"] = event
        environ["lambda_bridge.context"] = context
        if name.startswith("aws_"):
            # serverless-wsgi's and apig-wsgi's: apps that moved look there.
            environ["serverless.event"] = environ["apig_wsgi.full_event"] = event
            environ["serverless.context"] = environ["apig_wsgi.context"] = context
        streams = streams and request.method != "HEAD"
        try:
            if seconds is None:
                return call(self.app, environ, streams)
            return _call_within(seconds, self.app, environ, streams)
        except (Exception, SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            # CancelledError, which an async view may let escape: out of a function it would end the process.
            raise NoResponse(f"the app ended with {type(error).__name__}") from error

    async def aio(self, request: Request, origin: Origin, seconds: float | None, streams: bool = False) -> Response:
        from lambda_bridge.apps._thread import run_on_one_thread

        return await run_on_one_thread(partial(self.run, request, origin, seconds, streams))

    def start(self) -> None:
        """A WSGI app has nothing that could be started."""

    def close(self) -> None:
        """Nor ended."""

    async def startup(self) -> None:
        """Nor started."""

    async def shutdown(self) -> None:
        """Nor ended."""

    async def websocket(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        # Before it is accepted, this is what the spec has for 403.
        await send({"type": "websocket.close"})


def make_runner(app: Callable[..., Any], lifespan: str) -> WsgiRunner:
    return WsgiRunner(app)


def _call_within(seconds: float, app: Callable[..., Any], environ: dict[str, Any], streams: bool) -> Response:
    """`call`, for so many seconds at most; raises DeadlineExceeded, but for a response that has no end."""
    begun: list[Any] = []
    try:
        return call_within(seconds, lambda: call(app, environ, streams, begun))
    except DeadlineExceeded:
        if not begun:
            raise
        head, written = begun
        body = _join(written[:])
        if not body or not is_endless(head.headers):
            raise
        log_cut(seconds, body)
        # Not the one that has begun: in another thread the app may still be at work on it.
        return Response(head.status, head.headers, body)


def call(
    app: Callable[..., Any], environ: dict[str, Any], streams: bool = False, begun: list[Any] | None = None
) -> Response:
    """The app's response; raises what the app raises, NoResponse, or InvalidResponse.

    With *streams* it is there as soon as a part of the body is, and has ``chunks``. *begun* becomes
    [the Response without its body, list of the parts so far] when the app has begun it.
    """
    response: Response | None = None
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        nonlocal response
        if exc_info:
            try:
                if any(written) or is_sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None  # a circle of references, as PEP 3333 warns
        elif response is not None:
            raise InvalidResponse("the app called start_response twice, the second time without exc_info")
        # Here, so that the app hears of a header that must not be sent while it can still answer otherwise.
        response = _read_head(status, headers)
        if begun is not None:
            begun[:] = response, written
        return written.append

    is_sent = False
    chunks = app(environ, start_response)
    try:
        iterator = iter(chunks)
        for chunk in iterator:
            if chunk and response is None:
                raise NoResponse("the app gave a part of the body before it called start_response")
            written.append(chunk)
            if streams and chunk and response is not None and not isinstance(chunks, (list, tuple)):
                # Without a body there is nothing that could be sent in parts.
                is_sent = response.status not in (204, 304)
                if is_sent:
                    # Another one than start_response holds, as chunks may hold that: a circle.
                    return Response(response.status, response.headers, b"", _Rest(written, iterator, chunks))
    finally:
        close = None if is_sent else getattr(chunks, "close", None)
        if close is not None:
            close()
    if response is None:
        raise NoResponse("the app returned without calling start_response")
    response.body = _join(written)
    return response


def _read_head(status: Any, headers: Any) -> Response:
    if not isinstance(status, str):
        raise InvalidResponse(f"the status {status!r} is not of the form '200 OK'")
    return Response(_statuses[status], check_headers(headers))


class _Rest:
    """The parts of a body of which one is *written*, while the app makes the others."""

    def __init__(self, written: list[bytes], iterator: Iterator[bytes], chunks: Any) -> None:
        self._written = written
        self._iterator = iterator
        self._close = getattr(chunks, "close", None)

    def __iter__(self) -> _Rest:
        return self

    def __next__(self) -> bytes:
        if not any(self._written):
            for chunk in self._iterator:
                self._written.append(chunk)
                if chunk:
                    break
        part = _join(self._written)
        # What the app writes with the callable that start_response gave comes here too.
        self._written.clear()
        if not part:
            raise StopIteration
        return part

    def close(self) -> None:
        """Tell the app that no more is wanted, or that all has been sent."""
        close, self._close = self._close, None
        if close is not None:
            close()


def _join(written: list[bytes]) -> bytes:
    try:
        return b"".join(written)
    except TypeError as error:
        raise InvalidResponse(f"the body must be bytes: {error}") from error


def _read_status(status: str) -> int:
    code = status[:3]
    if not (code.isascii() and code.isdigit()) or status[3:4].strip() or not 200 <= int(code) <= 599:
        raise InvalidResponse(f"the status {status!r} is not of the form '200 OK'")
    return int(code)


_statuses = Memo(_read_status)
