"""A platform or server that speaks WSGI itself and calls ``handler(environ, start_response)`` or ``handler.wsgi``.

The event is the environ, whose ``wsgi.input`` is a BytesIO with the whole body (`lambda_bridge.hosts`
has read it); the result is what the server is given: (status line, headers, iterable of bytes).
"""

from __future__ import annotations

from lambda_bridge.encoding import drop_raw_prefix, quote_path, read_path
from lambda_bridge.formats._results import read_status, reason_phrase
from lambda_bridge.headers import behind_proxy, host_header, http_version, read_native_headers, read_server
from lambda_bridge.messages import Request, Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from lambda_bridge.headers import Headers, Pairs

    Result = tuple[str, Pairs, Iterable[bytes]]

TITLE = "WSGI server"
DOCS = "https://peps.python.org/pep-3333/"
VARIANTS: tuple[str, ...] = ()
STREAMS = True


def read_event(event: dict[str, Any], context: Any) -> Request:
    return read_environ(event, event["wsgi.input"].getvalue())


def read_environ(environ: dict[str, Any], body: bytes) -> Request:
    """The Request of *environ*, whose body is *body*."""
    headers = _read_headers(environ, body)
    address = environ.get("REMOTE_ADDR")
    client, scheme = behind_proxy(
        (address, _port(environ.get("REMOTE_PORT"))) if address else None, environ["wsgi.url_scheme"], headers
    )
    name = environ["SERVER_NAME"].strip("[]")
    own = host_header(name, _port(environ["SERVER_PORT"]), scheme) if name else None
    root_path, path = _read_paths(environ)
    return Request(
        environ["REQUEST_METHOD"],
        path,
        _raw_path(environ, root_path, path),
        environ.get("QUERY_STRING", ""),
        headers,
        body,
        scheme,
        read_server(headers.get("host") or own, scheme),
        client,
        root_path,
        http_version[environ.get("SERVER_PROTOCOL")],
    )


def _read_headers(environ: dict[str, Any], body: bytes) -> Headers:
    names, values = [], []
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            key = key[5:]
            if key in _WITHOUT_PREFIX:
                continue  # some servers have these twice
        elif key not in _WITHOUT_PREFIX or not value:
            continue
        names.append(key.lower().replace("_", "-"))
        values.append(value)
    return read_native_headers(names, values, body)


_WITHOUT_PREFIX = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})


def _decode(path: str) -> str:
    return path if path.isascii() else path.encode("latin-1").decode("utf-8", "surrogateescape")


def _read_paths(environ: dict[str, Any]) -> tuple[str, str]:
    """(root_path, path); PATH_INFO is empty at the mount point itself, and ``*`` for ``OPTIONS *``."""
    path = _decode(environ.get("PATH_INFO", ""))
    return _decode(environ.get("SCRIPT_NAME", "")).rstrip("/"), path if path.startswith("/") else "/" + path


def _raw_path(environ: dict[str, Any], root_path: str, path: str) -> bytes | None:
    """The path as the client sent it: gunicorn calls that RAW_URI, uWSGI, waitress and werkzeug REQUEST_URI."""
    target = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    if not isinstance(target, str) or not target.startswith("/"):
        return None
    decoded, raw_path = read_path(target.partition("?")[0])
    # What does not decode to the same path has gone through a rewrite since.
    if decoded != root_path + path and decoded + "/" != root_path + path:
        return None
    return drop_raw_prefix(raw_path, root_path) or b"/"


def _port(text: Any) -> int:
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() else 0


def make_result(response: Response, event: dict[str, Any]) -> Result:
    return f"{response.status} {reason_phrase(response.status)}", response.headers, response.chunks or [response.body]  # type: ignore[return-value]


def max_result(event: dict[str, Any]) -> int | None:
    return None


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    from io import BytesIO

    environ: dict[str, Any] = {}
    for name, value in request.headers:
        if "_" in name:
            continue  # servers drop it, as it would pass for another one
        key = name.upper().replace("-", "_")
        key = key if key in _WITHOUT_PREFIX else f"HTTP_{key}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    host, port = request.server
    environ.setdefault("HTTP_HOST", host_header(host, port, request.scheme))
    raw_path = quote_path(request.root_path) + request.raw_path
    address, client_port = request.client or ("", 0)
    environ.update(
        {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": _encode(request.root_path),
            "PATH_INFO": _encode(request.path),
            "REQUEST_URI": raw_path.decode("ascii") + (f"?{request.query}" if request.query else ""),
            "QUERY_STRING": request.query,
            "REMOTE_ADDR": address,
            "REMOTE_PORT": str(client_port),
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "SERVER_PROTOCOL": f"HTTP/{request.http_version}",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": request.scheme,
            "wsgi.input": BytesIO(request.body),
            "wsgi.input_terminated": True,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
    )
    return environ


def _encode(path: str) -> str:
    return path.encode("utf-8", "surrogateescape").decode("latin-1")


def read_result(result: Result) -> Response:
    status, headers, chunks = result
    pairs = [(name.lower(), value) for name, value in headers]
    return Response(read_status(status[:3]), pairs, b"".join(chunks))


def call(handler: Any, event: dict[str, Any], context: Any) -> Result:
    """As a server calls it; what it gets, with the body complete."""
    started, chunks = _start(handler, event)
    try:
        body = b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    return (*started[-1], [body])


def stream(handler: Any, event: dict[str, Any], context: Any) -> Response:
    """As a server calls it, which sends each part on as it comes; the handler has started by then."""
    started, chunks = _start(handler, event)
    response = read_result((*started[-1], []))
    response.chunks = chunks
    return response


def _start(handler: Any, event: dict[str, Any]) -> tuple[list[tuple[str, Pairs]], Any]:
    from io import BytesIO

    started: list[tuple[str, Pairs]] = []

    def start_response(status: str, headers: Pairs, exc_info: Any = None) -> None:
        started.append((status, headers))

    # A server's stream is read once, and this event perhaps twice.
    return started, handler({**event, "wsgi.input": BytesIO(event["wsgi.input"].getvalue())}, start_response)
