"""Real HTTP to an event, and a result to real HTTP: what a cloud's gateway does, on loopback.

::

    browser ─▶ Request ─▶ make_event ─▶ event ─▶ handler ─▶ result ─▶ read_result ─▶ Response ─▶ browser
"""

from __future__ import annotations

import time
import traceback
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Callable
from urllib.parse import urlsplit

from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge
from werkzeug.serving import WSGIRequestHandler
from werkzeug.wsgi import get_input_stream

from lambda_bridge import formats
from lambda_bridge.emulate import Platform, event_size
from lambda_bridge.encoding import read_path
from lambda_bridge.errors import EventError, MalformedEvent, RefusedResult
from lambda_bridge.gateway.limits import LIMITS, Answer
from lambda_bridge.headers import read_headers, read_server
from lambda_bridge.messages import Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterable

# What gateways write themselves, so that what a client sends under these names never arrives.
_GATEWAYS_OWN = ("x-forwarded-proto", "x-forwarded-port", "x-api-scheme")
_GATEWAYS_OWN_PREFIXES = ("x-scf-", "x-amzn-")


class RequestHandler(WSGIRequestHandler):
    """werkzeug's, which also hands over the headers as they came: environ can hold no repeats."""

    def make_environ(self) -> dict[str, Any]:
        environ = super().make_environ()
        environ["lambda_bridge.headers"] = [(name.lower(), value) for name, value in self.headers.items()]
        return environ

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Gateway prints a line for each call."""


class Gateway:
    """A WSGI application that hands each request to *handler* as an event of *format*.

    *format* is one of `formats.spellings`; *report* gets one line of text for each call.
    """

    def __init__(self, handler: Callable[..., Any], format: str, report: Callable[[str], None]) -> None:  # noqa: A002
        self.name, self.variant = formats.parse_spelling(format)
        self.platform = Platform(handler, self.name)
        self.limits = LIMITS[self.name]
        self.report = report

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        began = time.perf_counter()
        method = environ["REQUEST_METHOD"]
        try:
            request = read_environ(environ, self.limits.event)
            response = self.call(request)
        except RequestEntityTooLarge:
            response = _said(self.limits.too_large)
        except ClientDisconnected:
            return []
        milliseconds = (time.perf_counter() - began) * 1000
        path = environ["REQUEST_URI"].partition("?")[0]
        self.report(f"{method} {path} {response.status} {len(response.body)} bytes {milliseconds:.1f} ms")
        start_response(_status_line(response.status), _final_headers(method, response))
        return [response.body]

    def call(self, request: Request) -> Response:
        """The response that a client of the real gateway would get."""
        if sum(len(name) + len(value) for name, value in request.headers) > self.limits.headers:
            return _said(self.limits.headers_too_large)
        try:
            event = self.platform.format.make_event(request, self.variant)
        except MalformedEvent as error:
            self.report(f"{self.name} cannot carry this request: {error}")
            return Response(error.status, [("content-type", "text/plain")], str(error).encode())
        size = event_size(event)
        if (len(request.body) if size is None else size) > self.limits.event:
            return _said(self.limits.too_large)
        try:
            result = self.platform.invoke(event)
        except Exception as error:  # the function has failed, whatever with
            self._explain(error)
            return _said(self.limits.refused)
        try:
            return self.platform.format.read_result(result)
        except RefusedResult as error:
            self.report(f"{self.name} refuses the result: {error}")
            return _said(self.limits.refused)

    def _explain(self, error: Exception) -> None:
        if isinstance(error, EventError):
            self.report(f"the handler refuses the event: {error}")
        else:
            self.report("".join(traceback.format_exception(type(error), error, error.__traceback__)).rstrip())


def read_environ(environ: dict[str, Any], at_most: int) -> Request:
    """The Request that a server's *environ* holds; raises RequestEntityTooLarge for a body over *at_most* bytes."""
    body = get_input_stream(environ, max_content_length=at_most).read()
    parts = urlsplit(environ["REQUEST_URI"]) if environ["REQUEST_URI"].startswith("http") else None
    target = environ["REQUEST_URI"] if parts is None else f"{parts.path or '/'}?{parts.query}"
    raw, _, query = target.partition("?")
    path, raw_path = read_path(raw.encode("latin-1").decode("utf-8", "surrogateescape"))
    client = environ["REMOTE_ADDR"]
    pairs = [
        (name, value)
        for name, value in environ["lambda_bridge.headers"]
        if name not in _GATEWAYS_OWN and not name.startswith(_GATEWAYS_OWN_PREFIXES)
    ]
    forwarded = [value for name, value in pairs if name == "x-forwarded-for"]
    pairs = [pair for pair in pairs if pair[0] != "x-forwarded-for"]
    pairs.append(("x-forwarded-for", ", ".join([*forwarded, client])))
    headers = read_headers([name for name, _ in pairs], [_as_text(value) for _, value in pairs], body)
    scheme = environ["wsgi.url_scheme"]
    return Request(
        environ["REQUEST_METHOD"],
        path,
        raw_path,
        query,
        headers,
        body,
        scheme,
        read_server(headers.get("host"), scheme),
        (client, int(environ.get("REMOTE_PORT") or 0)),
        "",
        environ["SERVER_PROTOCOL"][5:],
    )


def _as_text(value: str) -> str:
    """A header's value as text of an event would have it, from http.server's ISO-8859-1."""
    return value.encode("latin-1").decode("utf-8", "surrogateescape")


def _said(answer: Answer) -> Response:
    return Response(answer.status, [("content-type", answer.content_type)], answer.body.encode())


def _final_headers(method: str, response: Response) -> list[tuple[str, str]]:
    """The headers, with the content-length that every gateway computes where there is a body."""
    if method == "HEAD" or response.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        return response.headers
    headers = [header for header in response.headers if header[0] != "content-length"]
    return [*headers, ("content-length", str(len(response.body)))]


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"
