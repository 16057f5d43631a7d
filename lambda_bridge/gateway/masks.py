"""The secrets of a call, and its texts with marks in their place: the console shows a secret when it is clicked.

A secret is the value of a header, cookie, parameter or JSON field whose name says so, and the same
characters wherever else the call has them. What carries no such name is not found.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import os
import re
import zlib
from typing import TYPE_CHECKING, Callable, Optional
from urllib.parse import unquote_plus

from lambda_bridge.encoding import encode_base64, from_native
from lambda_bridge.gateway.calls import BODY, Trigger

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator

    from lambda_bridge.gateway.calls import Call

    Spans = Iterator[tuple[int, int]]

REDACTED = "REDACTED"
"""What stands for a secret in what leaves the console: HAR files, command lines, test cases."""

_WORDS = re.compile(
    "authorization|cookie|passw|passphrase|pwd|secret|token|apikey|accesskey|privatekey|credential|session|signature"
    "|csrf|xsrf|jwt"
)
_KEY = os.urandom(16)  # marks of this process, which no app can have written beforehand
_MARK = re.compile("⟦([0-9a-f]{12})⟧")
# Shorter ones are masked where their name stands, but not searched for everywhere.
_LEAST = 4

_STRING = r'"(?:[^"\\]|\\.)*(?:"|$)'
# "name": …, 'name': …, and \"name\": \"…\" of JSON inside JSON, which may be inside JSON again. There a value ends where
# as many backslashes stand before a quote as before its first.
_FIELD = re.compile(
    r"""(?P<quote>(?P<inner>\\{1,15})?["'])(?P<name>[\w.\- ]{1,100})(?P=quote)\s*:\s*"""
    r"""(?:(?P=quote)(?P<text>(?(inner).*?(?=(?<!\\)(?P=quote)|\Z)|(?:(?!(?P=quote))(?:\\.|[^\\]))*))"""
    r"""|(?P<number>-?\d[\d.eE+-]*)|(?P<open>[\[{]))""",
    re.DOTALL,
)
_PIECE = re.compile(rf"({_STRING})(\s*:)?|([\[{{])|([\]}}])|(-?\d[\d.eE+-]*)", re.DOTALL)
# name=value of a query, a form, a cookie, a line of a log.
_PARAMETER = re.compile(r"""(?<![\w.%\[\]-])([\w.%\[\]-]{1,100})=([^&"'\s;<>\\]+)""")
_PART = re.compile(r'name="([^"\r\n]{1,100})"[^\r\n]*\r\n(?:[^\r\n]+\r\n){0,9}\r\n(.*?)(?:\r\n--|$)', re.DOTALL)
_CODE = ("html", "javascript", "css", "svg")


def is_secret(name: str) -> bool:
    """Whether what goes by this name is not for every eye."""
    plain = re.sub(r"[\W_]", "", name.lower())
    return plain in ("auth", "sid") or _WORDS.search(plain) is not None


class Masks:
    """What is to be hidden of one *call*."""

    def __init__(self, call: Call) -> None:
        self._found: dict[str, str] = {}
        values: set[str] = set()
        pairs: list[tuple[str, str]] = []
        bodies: list[tuple[Optional[str], str, bytes]] = []
        texts = [call.event, call.result]
        if isinstance(call.asked, Trigger):
            texts.append(call.asked.text)
        else:
            pairs += call.asked.headers
            bodies.append((read_text(call.asked.body, pairs), _type(pairs), call.asked.body))
            texts.append(call.asked.query)
        if call.response is not None:
            pairs += call.response.headers
            headers = call.response.headers
            bodies.append((read_text(call.response.body, headers), _type(headers), call.response.body))
        for name, value in pairs:
            if is_secret(name):
                values.update(_parts(name, value))
        encoded = []
        for text, content_type, body in bodies:
            found = [text[start:end] for start, end in _named(text, content_type)] if text is not None else []
            values.update(found)
            if found:
                # The event may hold it as base64, whose end may be cut.
                encoded.append(re.escape(encode_base64(body[:48])) + "[A-Za-z0-9+/]*={0,2}")
        for text in texts:
            values.update(form for start, end in _named(text) for form in _read(text[start:end]))
        spelled = {form for value in values if len(value) >= _LEAST for form in _forms(value)}
        patterns = encoded + [re.escape(value) for value in sorted(spelled, key=len, reverse=True)]
        self._everywhere = re.compile("|".join(patterns)) if patterns else None

    def hide(self, text: str, content_type: str = "", mark: Optional[Callable[[str], str]] = None) -> str:
        """*text* with a mark for each secret, or with what *mark* makes of it."""
        mark = self._mark if mark is None else mark
        spans = list(_named(text, content_type))
        if self._everywhere is not None:
            spans += [found.span() for found in self._everywhere.finditer(text)]
        parts, position = [], 0
        for start, end in _merged(spans):
            parts += [text[position:start], mark(text[start:end])]
            position = end
        return "".join([*parts, text[position:]])

    def hide_header(self, name: str, value: str, mark: Optional[Callable[[str], str]] = None) -> str:
        """The value of a header, likewise."""
        if not is_secret(name):
            return self.hide(value, mark=mark)
        return (self._mark if mark is None else mark)(value)

    def show(self, text: str) -> str:
        """*text* with the secrets for those marks that this object has made."""
        return _MARK.sub(lambda found: self._found.get(found[1], found[0]), text)

    def _mark(self, secret: str) -> str:
        name = hashlib.blake2b(secret.encode("utf-8", "surrogatepass"), digest_size=6, key=_KEY).hexdigest()
        self._found[name] = secret
        return f"⟦{name}⟧"


def redact(secret: str) -> str:
    """What stands for a secret in what leaves the console."""
    return REDACTED


def hide_query(query: str) -> str:
    """The query of a list's row, whose secrets nobody can click on."""
    return _PARAMETER.sub(lambda found: f"{found[1]}=•••" if is_secret(found[1]) else found[0], query)


def read_text(body: bytes, headers: Iterable[tuple[str, str]]) -> Optional[str]:
    """A body to be read by a person, decompressed, cut at BODY; None where it is binary."""
    names = dict(headers)
    encoding = names.get("content-encoding", "identity").strip().lower()
    if encoding in ("gzip", "x-gzip", "deflate"):
        try:
            body = zlib.decompressobj(wbits=47).decompress(body, BODY)
        except zlib.error:
            return None
    elif encoding != "identity":
        return None
    charset = re.search(r"charset=[\"']?([\w.:-]+)", names.get("content-type", ""))
    try:
        decoder = codecs.getincrementaldecoder(charset[1] if charset else "utf-8")()
        text = decoder.decode(body, final=len(body) < BODY)  # the end of a cut one may be inside a character
    except (LookupError, ValueError):  # no text, or in an encoding that nobody knows
        return None
    return None if "\0" in text else text


def _type(headers: Iterable[tuple[str, str]]) -> str:
    return dict(headers).get("content-type", "").lower()


def _parts(name: str, value: str) -> Iterator[str]:
    """A header's value, and those parts of it that events have alone."""
    value = from_native(value)
    yield value
    if name in ("cookie", "set-cookie"):
        for pair in value.split(";")[: 1 if name == "set-cookie" else None]:
            yield pair.strip()
            # A cookie may hold a language or a name, which would be masked all over the page.
            if is_secret(pair.partition("=")[0]):
                yield pair.partition("=")[2].strip()
    else:
        yield value.rpartition(" ")[2]


def _read(value: str) -> Iterator[str]:
    """A value as it stands in JSON, and as it is read; several times, where that is JSON inside JSON."""
    yield value
    for _ in range(4):
        if "\\" not in value:
            return
        try:
            value = json.loads(f'"{value}"')
        except ValueError:  # its end is cut
            return
        yield value


def _forms(value: str) -> Iterator[str]:
    """How a value is spelled in JSON, in JSON inside JSON, and in a query."""
    yield value
    yield unquote_plus(value)
    for ascii_only in (True, False):
        once = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield once
        yield json.dumps(once, ensure_ascii=ascii_only)[1:-1]


def _named(text: str, content_type: str = "") -> Spans:
    """Where the values of secret names stand; in pages and programs, such names are no fields."""
    if any(kind in content_type for kind in _CODE):
        return
    if content_type.startswith("multipart/form-data"):
        for found in _PART.finditer(text):
            if is_secret(found[1]):
                yield found.span(2)
        return
    field = _FIELD.search(text)
    while field is not None:
        end = field.end()
        if not is_secret(field["name"]):
            # The value may be JSON again.
            end = field.start("text") if field["text"] is not None else end
        elif field["open"]:
            end = yield from _inside(text, field.start("open"), field["name"])
        else:
            yield field.span("text" if field["text"] is not None else "number")
        field = _FIELD.search(text, end)
    for found in _PARAMETER.finditer(text):
        if is_secret(unquote_plus(found[1])):
            yield found.span(2)


def _inside(text: str, start: int, name: str) -> Generator[tuple[int, int], None, int]:
    """Each string and number in the list or object that begins at *start*, but for names and the secret's own name.

    Returns where it ends.
    """
    depth = 0
    for found in _PIECE.finditer(text, start):
        depth += (found[3] is not None) - (found[4] is not None)
        if found[1] and not found[2] and found[1].strip('"').lower() != name.lower():
            yield found.start(1) + 1, found.end(1) - found[1].endswith('"')
        elif found[5]:
            yield found.span()
        if depth == 0:
            return found.end()
    return len(text)


def _merged(spans: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The spans in order, those that overlap joined, and no empty one."""
    last: Optional[tuple[int, int]] = None
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if last is not None and start < last[1]:
            last = (last[0], max(last[1], end))
        else:
            if last is not None:
                yield last
            last = (start, end)
    if last is not None:
        yield last
