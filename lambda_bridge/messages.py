"""The two values in the middle of the line: they know neither a cloud nor an app, and lose nothing."""

from __future__ import annotations

from lambda_bridge.encoding import quote_path
from lambda_bridge.headers import Headers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol, Union

    from lambda_bridge.headers import Pairs

    class SyncChunks(Protocol):
        def __iter__(self) -> SyncChunks: ...
        def __next__(self) -> bytes: ...
        def close(self) -> None: ...

    class AsyncChunks(Protocol):
        def __aiter__(self) -> AsyncChunks: ...
        async def __anext__(self) -> bytes: ...
        async def aclose(self) -> None: ...

    Chunks = Union[SyncChunks, AsyncChunks]


class Request:
    """One HTTP request as the application is to see it.

    ``method``
        str, as received: ``"GET"``, ``"PROPFIND"``.
    ``path``
        str below ``root_path``, percent-decoded exactly once, from UTF-8; a byte that is no UTF-8
        stands as a surrogate (PEP 383). Begins with ``/``.
    ``raw_path``
        bytes below ``root_path``, percent-encoded: as the client sent it where the format kept
        that, else ``path`` encoded again.
    ``query``
        str without ``?``, percent-encoded, as received where the format kept that.
    ``headers``
        Headers: (lower-case name, value) pairs in the order received, repeated names kept. A value
        is the *native string* of PEP 3333: each character is one byte of the wire.
    ``body``
        bytes, complete, decoded from the event's text or base64.
    ``scheme``
        ``"http"`` or ``"https"``, as the client used it.
    ``server``
        (host, port) that the client asked for; IPv6 without brackets.
    ``client``
        (address, port) of the client, port 0 where the platform does not tell; None when the
        platform gives no address of its own.
    ``root_path``
        str, percent-decoded: what stands before ``path`` in the client's URL (a stage, a route
        prefix). SCRIPT_NAME in WSGI, ``root_path`` in ASGI. ``""`` or ``/`` and segments.
    ``http_version``
        ``"1.0"``, ``"1.1"`` or ``"2"``.
    """

    __slots__ = (
        "_raw_path",
        "body",
        "client",
        "headers",
        "http_version",
        "method",
        "path",
        "query",
        "root_path",
        "scheme",
        "server",
    )

    def __init__(
        self,
        method: str,
        path: str,
        raw_path: bytes | None = None,
        query: str = "",
        headers: Headers | Pairs | None = None,
        body: bytes = b"",
        scheme: str = "https",
        server: tuple[str, int] = ("localhost", 443),
        client: tuple[str, int] | None = None,
        root_path: str = "",
        http_version: str = "1.1",
    ) -> None:
        self.method = method
        self.path = path
        self._raw_path = raw_path
        self.query = query
        self.headers = headers if isinstance(headers, Headers) else Headers.of(headers or ())
        self.body = body
        self.scheme = scheme
        self.server = server
        self.client = client
        self.root_path = root_path
        self.http_version = http_version

    @property
    def raw_path(self) -> bytes:
        # Only ASGI asks for it: WSGI never pays for encoding what a gateway has decoded.
        if self._raw_path is None:
            self._raw_path = quote_path(self.path)
        return self._raw_path

    @raw_path.setter
    def raw_path(self, raw_path: bytes | None) -> None:
        self._raw_path = raw_path

    def __eq__(self, other: object) -> bool:
        return _equal(self, other)

    __hash__ = None  # type: ignore[assignment]  # mutable, like the list that it holds

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.root_path}{self.path!r} {len(self.body)} bytes>"


class Response:
    """One HTTP response as the application gave it.

    ``status``
        int, 200 to 599.
    ``headers``
        list of (lower-case name, value) in order, repeated names kept; values are native strings
        without CR, LF or NUL.
    ``body``
        bytes: complete, or empty where there are ``chunks``.
    ``chunks``
        None, or an iterator of bytes: the body in parts, each as soon as the app has made it. An
        asynchronous iterator where a running loop waits for it. Its ``close`` (``aclose``)
        tells the app that nobody wants the rest.
    """

    __slots__ = ("body", "chunks", "headers", "status")

    def __init__(
        self, status: int, headers: Pairs | None = None, body: bytes = b"", chunks: Chunks | None = None
    ) -> None:
        self.status = status
        self.headers: Pairs = [] if headers is None else headers
        self.body = body
        self.chunks = chunks

    def header(self, name: str) -> str | None:
        """The first value of the header *name* (lower case), or None."""
        for found, value in self.headers:
            if found == name:
                return value
        return None

    def __eq__(self, other: object) -> bool:
        return _equal(self, other)

    __hash__ = None  # type: ignore[assignment]  # mutable, like the list that it holds

    def __repr__(self) -> str:
        return f"<Response {self.status} {len(self.body)} bytes>"


def _equal(one: Request | Response, other: object) -> bool:
    names = [name.lstrip("_") for name in one.__slots__]
    return type(one) is type(other) and all(getattr(one, name) == getattr(other, name) for name in names)
