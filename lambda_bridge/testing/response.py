"""What a client got, with ways to look at it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Optional, overload

from lambda_bridge import messages
from lambda_bridge.encoding import read_charset

if TYPE_CHECKING:
    from typing_extensions import SupportsIndex


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
        charset = read_charset(self.header("content-type") or "")
        try:
            return self.read().decode(charset or "utf-8", "replace")
        except LookupError:
            return self.read().decode("utf-8", "replace")

    def json(self) -> Any:
        """The body parsed as JSON."""
        return json.loads(self.read())

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
