"""The Request for what a client sends, and back to its URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Union
from urllib.parse import urlsplit

from lambda_bridge.encoding import from_native, native, quote_path, read_path, split_prefix
from lambda_bridge.forms import make_body, make_query
from lambda_bridge.headers import read_server
from lambda_bridge.messages import Request

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lambda_bridge.forms import Fields

HeadersLike = Union["Mapping[str, str]", "Iterable[tuple[str, str]]", None]


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
) -> Request:
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
    return Request(
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


def _pairs(headers: HeadersLike) -> list[tuple[str, str]]:
    if headers is None:
        return []
    return list(headers.items() if hasattr(headers, "items") else headers)


def _absolute(url: str, base_url: str) -> str:
    # A path may begin with two slashes, which a URL would take for a host.
    if not url.startswith("/") and urlsplit(url).scheme:
        return url
    return base_url.rstrip("/") + ("" if url[:1] in {"", "/", "?"} else "/") + url


def make_url(request: Request) -> str:
    """The absolute URL that the client asked for."""
    host = from_native(request.headers.get("host") or "")
    path = (quote_path(request.root_path) + request.raw_path).decode("ascii")
    return f"{request.scheme}://{host}{path}" + (f"?{from_native(request.query)}" if request.query else "")
