"""How a response looks: its page with the style sheets and pictures that the gateway remembers put in.

Nothing is asked for again, and nothing in it runs: no script, no form, no network, no origin.
"""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Optional
from urllib.parse import urljoin, urlsplit

from lambda_bridge.encoding import encode_base64
from lambda_bridge.gateway.calls import Trigger
from lambda_bridge.gateway.masks import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambda_bridge.gateway.calls import Call
    from lambda_bridge.messages import Response

POLICY = (
    "sandbox; default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
PICTURES = frozenset(
    {"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/svg+xml", "image/x-icon", "image/bmp"}
)
# Bounded, as pages may be made to take long. What could not do its work in the frame is left out, which is tidy and no protection: POLICY is.
_IDLE = re.compile(
    r"<script\b.*?(?:</script\s*>|\Z)|<meta\b[^>]{0,500}\bhttp-equiv\b[^>]{0,500}>", re.IGNORECASE | re.DOTALL
)
_TAG = re.compile(r"<(?:link|img)\b[^>]{0,2000}>", re.IGNORECASE)
_ADDRESS = re.compile(r"""\b(?:href|src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_SET = re.compile(r"""\ssrcset\s*=\s*(?:"[^"]*"|'[^']*')""", re.IGNORECASE)
_SHEET = re.compile(r"""\brel\s*=\s*["']?[^"'>]*\bstylesheet\b""", re.IGNORECASE)
_URL = re.compile(r"""url\(\s*(["']?)(.{0,2000}?)\1\s*\)""", re.IGNORECASE)


def make_page(text: str, call: Call, calls: Iterable[Call]) -> str:
    """The page *text*, which is the response of *call*, with what *calls* have of its parts."""
    base = f"{call.request.scheme}://{call.request.headers.get('host') or 'localhost'}{_target(call)}"
    parts = _Parts({_target(each): each.response for each in calls if _is_part(each)}, base)
    return _TAG.sub(parts.put_in, _IDLE.sub("", text))


class _Parts:
    """Style sheets and pictures that are remembered, by path and query."""

    def __init__(self, found: dict[str, Optional[Response]], base: str) -> None:
        self._found = found
        self._base = base

    def put_in(self, tag: re.Match[str]) -> str:
        """A tag of the page with what it refers to; without the reference where that is not remembered."""
        element = _SET.sub("", tag[0])
        attribute = _ADDRESS.search(element)
        if attribute is None:
            return element
        address = urljoin(self._base, unescape(attribute[1] or attribute[2] or attribute[3] or ""))
        if element[:4].lower() == "<img":
            picture = self._picture(address)
            return element[: attribute.start()] + (f'src="{picture}"' if picture else "") + element[attribute.end() :]
        part = self._part(address)
        if part is None or not _SHEET.search(element) or _type(part) != "text/css":
            return ""
        style = read_text(part.body, part.headers) or ""
        style = _URL.sub(lambda found: f'url("{self._picture(urljoin(address, found[2])) or "data:,"}")', style)
        return "" if "</style" in style.lower() else f"<style>{style}</style>"

    def _part(self, address: str) -> Optional[Response]:
        """What is remembered of this address, which must be one of the page's host."""
        found = urlsplit(address)
        if found.netloc != urlsplit(self._base).netloc:
            return None
        return self._found.get(found.path + (f"?{found.query}" if found.query else ""))

    def _picture(self, address: str) -> str:
        if address.startswith("data:"):
            return address.replace('"', "%22")
        part = self._part(address)
        return f"data:{_type(part)};base64,{encode_base64(part.body)}" if part and _type(part) in PICTURES else ""


def _is_part(call: Call) -> bool:
    response = call.response
    if isinstance(call.asked, Trigger) or call.asked.method != "GET" or response is None or response.status != 200:
        return False
    return len(response.body) == call.body_size[1] and (_type(response) == "text/css" or _type(response) in PICTURES)


def _target(call: Call) -> str:
    query = call.request.query
    return call.request.raw_path.decode("ascii") + (f"?{query}" if query else "")


def _type(response: Response) -> str:
    return (response.header("content-type") or "").partition(";")[0].strip().lower()
