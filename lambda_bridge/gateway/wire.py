"""Real HTTP on a socket: what werkzeug's server reads of it becomes a Request, and a Response is written to it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Callable
from urllib.parse import urlsplit

from werkzeug.serving import WSGIRequestHandler

from lambda_bridge.encoding import read_path
from lambda_bridge.gateway.chunks import Chunks
from lambda_bridge.gateway.faults import find_fault
from lambda_bridge.headers import read_native_headers, read_server
from lambda_bridge.messages import Request

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambda_bridge.messages import Response

# What gateways write themselves, so that what a client sends under these names never arrives.
_GATEWAYS_OWN = ("x-forwarded-proto", "x-forwarded-port", "x-api-scheme")


_GATEWAYS_OWN_PREFIXES = ("x-scf-", "x-amzn-")


class RequestHandler(WSGIRequestHandler):
    """werkzeug's, which also hands over target and headers as they came: environ can hold no repeats.

    http.server makes one of several slashes at the beginning of a path, and leaves the white space behind a value.
    """

    def parse_request(self) -> bool:
        if not super().parse_request():
            return False
        fault = find_fault(self.command, self.path, self.request_version, self.headers)
        if fault is not None:
            self.send_error(HTTPStatus.BAD_REQUEST, explain=fault)
        return fault is None

    def log_error(self, format: str, *args: Any) -> None:  # noqa: A002
        """Whoever has sent what is refused reads why in the answer."""

    def make_environ(self) -> dict[str, Any]:
        environ = super().make_environ()
        environ["REQUEST_URI"] = self.requestline.split()[1]
        environ["lambda_bridge.headers"] = [(name.lower(), value.strip(" \t")) for name, value in self.headers.items()]
        if "transfer-encoding" in self.headers:  # which is chunked, see `find_fault`
            environ["wsgi.input"] = Chunks(self.rfile)
        return environ

    def run_wsgi(self) -> None:
        if self.request_version == "HTTP/1.0":  # which knows no chunks: the end of the connection is that of the body
            self.protocol_version = "HTTP/1.0"
        super().run_wsgi()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Gateway prints a line for each call."""


def read_environ(environ: dict[str, Any]) -> Request:
    """The Request that a server's *environ* holds, without its body."""
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
    # What http.server has read as ISO-8859-1 is a native string.
    headers = read_native_headers([name for name, _ in pairs], [value for _, value in pairs], b"")
    scheme = environ["wsgi.url_scheme"]
    return Request(
        environ["REQUEST_METHOD"],
        path,
        raw_path,
        query,
        headers,
        b"",
        scheme,
        read_server(headers.get("host"), scheme),
        (client, int(environ.get("REMOTE_PORT") or 0)),
        "",
        environ["SERVER_PROTOCOL"][5:],
    )


def respond(start_response: Callable[..., Any], method: str, response: Response) -> Iterable[bytes]:
    """Answer a request of *method* as a whole."""
    start_response(status_line(response.status), _final_headers(method, response))
    return [response.body]


def _final_headers(method: str, response: Response) -> list[tuple[str, str]]:
    """The headers, with the content-length that every gateway computes where there is a body."""
    if method == "HEAD" or response.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        return response.headers
    headers = [header for header in response.headers if header[0] != "content-length"]
    return [*headers, ("content-length", str(len(response.body)))]


def status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"
