"""Where a redirect leads, and the request that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional
from urllib.parse import urljoin, urlsplit

from lambda_bridge.encoding import from_native, split_prefix
from lambda_bridge.testing.request import make_request

if TYPE_CHECKING:
    from lambda_bridge.messages import Request
    from lambda_bridge.testing.response import Response

MOST = 20
"""After so many redirects a client gives up."""


class TooManyRedirects(Exception):
    """The app has answered with one redirect after the other."""


def find_target(response: Response, root_path: str) -> Optional[str]:
    """The URL that *response* redirects to, if that is the app's own; else None."""
    location = response.header("location")
    if response.status not in _REDIRECTS or location is None:
        return None
    target = urljoin(response.url, from_native(location))
    here, there = urlsplit(response.url), urlsplit(target)
    is_own = there.scheme in {"http", "https"} and there.hostname == here.hostname
    return target if is_own and (not root_path or split_prefix(there.path, root_path)) else None


_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def follow(request: Request, status: int, target: str, dropped: set[str]) -> Request:
    """The request for *target* that follows *request*, without the headers *dropped*.

    As browsers make it (https://fetch.spec.whatwg.org/#http-redirect-fetch, read in 2026).
    """
    method, body = request.method, request.body
    dropped = dropped | {"host", "content-length"}
    if (status in {301, 302} and method == "POST") or (status == 303 and method not in {"GET", "HEAD"}):
        method, body = "GET", b""
        dropped |= {"content-encoding", "content-language", "content-location", "content-type"}
    headers = [(name, from_native(value)) for name, value in request.headers if name not in dropped]
    return make_request(method, target, headers=headers, body=body, root_path=request.root_path, client=request.client)
