"""Raw requests, and the answers of the app to them: each follows from a seed and a number alone."""

from __future__ import annotations

from random import Random
from string import ascii_letters, digits
from typing import NamedTuple

Fields = list[tuple[str, str]]
"""(name, value), each character one byte of the wire."""

BOUND = 1024 * 1024
"""Bytes of the longest body."""


class Sent(NamedTuple):
    """One request as a client writes it."""

    method: str
    target: str
    """Each character is one byte of the wire, as in `headers`."""
    version: str
    headers: Fields
    body: bytes
    is_chunked: bool
    raw: bytes
    """All of it: what goes over the wire."""


class Answer(NamedTuple):
    """What the app answers."""

    status: int
    headers: Fields
    parts: list[bytes]
    """Of the body; an app that streams gives them one by one."""


NUMBER = "x-parity"
"""The header with the request's number, by which the app knows its answer."""


def make_request(seed: int, number: int) -> Sent:
    dice = Random(f"{seed}/{number}/request")
    method = dice.choices(*_METHODS)[0]
    body, types = (b"", []) if method in {"GET", "HEAD", "TRACE"} and dice.random() < 0.9 else _body(dice)
    version = dice.choices(["1.1", "1.0"], [30, 1])[0]
    is_chunked = bool(body) and version == "1.1" and dice.random() < 0.3
    # The length and the type stand together: what reads until the end of a body must not find another one.
    headers = [*_headers(dice), *types]
    dice.shuffle(headers)
    framing = [("Transfer-Encoding", "chunked")] if is_chunked else _length(dice, body)
    if body and version == "1.1" and dice.random() < 0.1:
        framing.append(("Expect", "100-continue"))
    host = dice.choice(_HOSTS)
    headers = [("Host", host), (NUMBER, str(number)), *headers, *framing, ("Connection", "close")]
    target = _target(dice, host, method)
    head = "".join(
        [f"{method} {target} HTTP/{version}\r\n", *[f"{name}: {value}\r\n" for name, value in headers], "\r\n"]
    )
    payload = _chunked(dice, body) if is_chunked else body
    return Sent(method, target, version, headers, body, is_chunked, head.encode("latin-1") + payload)


_METHODS = (
    [
        "GET",
        "POST",
        "HEAD",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "PROPFIND",
        "M-SEARCH",
        "TRACE",
        "QUERY",
        "X_Y",
        "get",
    ],
    [36, 30, 10, 8, 5, 5, 4, 2, 1, 1, 1, 0.5, 0.5],
)
_HOSTS = [
    "www.example.com",
    "example.com:8080",
    "WWW.Example.COM",
    "xn--bcher-kva.example",
    "192.0.2.7:81",
    "[2001:db8::1]:8443",
]
_UNRESERVED = ascii_letters + digits + "-._~"

# What is seldom right where paths are taken apart, each alone and between others.
_PIECES = [
    "%2F", "%2f", "%5C", "%00", "%0D%0A", "%0A", "%20", "+", "%2B", "%25", "%252F", "%2541", "%41", "%7E", "~", "%3F",
    "%23", ".", "..", "%2E%2E", "//", "/./", "/../", ";a=b", ";", ",", ":", "@", "=", "&", "!$'()*", "%C3%A9", "%E4%BD%A0",
    "%F0%9F%92%8C", "%FF", "%C3", "%ED%A0%80", "%e9", "index.php", "a b".replace(" ", "%20"), "{id}", "|", "\\", "^", '"', "<b>", "`",
    "%", "%zz", "%4",
]  # fmt: skip
_RARE_PIECES = ["\xc3\xa9", "\xff", "[1]"]


def _path(dice: Random) -> str:
    segments = []
    for _ in range(dice.choice([0, 1, 1, 2, 2, 3, 4])):
        kind = dice.random()
        word = "".join(dice.choices(_UNRESERVED, k=dice.randint(1, 8)))
        if kind < 0.55:
            segments.append(word)
        elif kind < 0.95:
            segments.append(dice.choice(["", word]) + dice.choice(_PIECES) + dice.choice(["", word]))
        elif kind < 0.97:
            segments.append(word + dice.choice(_RARE_PIECES))
        else:
            segments.append("".join(f"%{dice.randrange(256):02X}" for _ in range(dice.randint(1, 6))))
    return dice.choices(["/", "//", ""], [30, 1, 0])[0] + "/".join(segments) + dice.choice(["", "", "", "/"])


_QUERY_PIECES = [
    "a", "b", "x", "1", "2", "=", "=", "=", "&", "&", "&", "+", "%20", "%2B", "%26", "%3D", "%25", "%00", "%C3%A9", "%E4%BD%A0", "%FF",
    "%c3%a9", "%7E", "~", "/", "?", ";", ",", ":", "@", "!", "'", "(", ")", "*", "$", "[", "]", "{", "}", "|", "%", "%zz", "%2541",
]  # fmt: skip


def _query(dice: Random) -> str:
    kind = dice.random()
    if kind < 0.3:
        return ""
    if kind < 0.7:
        pairs = [
            dice.choice("abcx") + "=" + "".join(dice.choices(_UNRESERVED, k=dice.randint(0, 5)))
            for _ in range(dice.randint(1, 4))
        ]
        return "?" + "&".join(pairs)
    return "?" + "".join(dice.choices(_QUERY_PIECES, k=dice.randint(0, 12)))


def _target(dice: Random, host: str, method: str) -> str:
    if method == "OPTIONS" and dice.random() < 0.1:
        return "*"
    target = _path(dice) + _query(dice)
    return f"http://{host}{target}" if dice.random() < 0.02 else target


# Values that servers and clouds could take for something of theirs, and those with odd characters.
_VALUES = [
    "", "a", "a,b", "a, b", '"a, b"', "a;b=c", "a\tb", "  a b  ", "\xe9", "\xc3\xa9", "\xe4\xbd\xa0\xe5\xa5\xbd", "\xff\xfe", "x" * 2000, "=?utf-8?q?a?=",
    "%20", "a\\b", "{}", "true", "null", "0", "-1", "[1]", "\x80",
]  # fmt: skip
_NAMES = [
    "X-A", "x-a", "X-B", "X-Long-Name", "X-a.b", "X!", "x~y", "X_Under", "X-1", "1-X", "Accept", "Accept-Language", "Authorization", "Referer",
    "Origin", "User-Agent", "Pragma", "Cache-Control", "X-Requested-With", "Forwarded", "Via", "DNT", "Upgrade-Insecure-Requests",
    "Content-Language", "Sec-Fetch-Mode", "If-Match", "X-HTTP-Method-Override", "Max-Forwards", "X-Original-URL", "From",
]  # fmt: skip
_COOKIES = [
    "a=1", "b=2; c=3", 'd="x y"', "e=%20", "f", "g=", "h=\xc3\xa9", "i=a,b", "j={1}", "k=1;l=2", "=m", "n=a=b", " o=1 ", "p=1; p=2", "__Host-q=1",
]  # fmt: skip
_CONDITIONS = [
    ("If-None-Match", '"v1"'), ("If-None-Match", 'W/"v1", "v2"'), ("If-None-Match", "*"),
    ("If-Modified-Since", "Wed, 21 Oct 2026 07:28:00 GMT"), ("If-Unmodified-Since", "Wed, 21 Oct 2026 07:28:00 GMT"),
    ("Range", "bytes=0-3"), ("Range", "bytes=-5"), ("Range", "bytes=0-0,2-3"), ("If-Range", '"v1"'), ("Range", "pages=1"),
]  # fmt: skip


def _headers(dice: Random) -> Fields:
    headers = []
    for _ in range(dice.choice([0, 0, 1, 2, 3, 5])):
        name = dice.choice(_NAMES)
        values = dice.choices(_VALUES, k=dice.choice([1, 1, 1, 2, 3]))
        headers += [(dice.choice([name, name.lower(), name.upper()]), value) for value in values]
    for _ in range(dice.choice([0, 0, 0, 1, 1, 2])):
        headers.append(("Cookie", dice.choice(_COOKIES)))
    if dice.random() < 0.15:
        headers += dice.sample(_CONDITIONS, dice.randint(1, 2))
    if dice.random() < 0.3:
        headers.append(("Accept-Encoding", dice.choice(["gzip", "gzip, deflate, br", "identity", "*;q=0", ""])))
    if dice.random() < 0.03:
        headers.append(("Proxy", "http://evil.example/"))
    if dice.random() < 0.03:
        headers.append(("TE", "trailers"))
    return headers


_TYPES = [
    "text/plain", "text/html; charset=utf-8", "application/json", "application/x-www-form-urlencoded", "application/octet-stream",
    "image/png", "text/plain; charset=gbk", "multipart/form-data; boundary=x", "application/xml", "Application/JSON; Charset=UTF-8", "",
    "nonsense", "application/problem+json", "image/svg+xml",
]  # fmt: skip
_TEXTS = [
    b"hello", b"a=1&b=2&a=3", b'{"a": 1, "b": [true, null]}', b"[1, 2]", b"true", b"aGVsbG8=", b"\xe4\xbd\xa0\xe5\xa5\xbd", b"\r\n", b"0\r\n\r\n",
    b'{"a": 1.0, "a": 2}', b"a+b=%20", b'"x"', b"{", b"\xef\xbb\xbfbom",
]  # fmt: skip


def _body(dice: Random) -> tuple[bytes, Fields]:
    """(body, its content-type and content-encoding, if any)."""
    kind = dice.random()
    if kind < 0.15:
        body = b""
    elif kind < 0.65:
        body = dice.choice(_TEXTS)
    elif kind < 0.98:
        body = dice.randbytes(dice.choice([1, 2, 3, 60, 300, 1000, 5000]))
    elif kind < 0.996:
        body = dice.choice([b"long \xc3\xa9", dice.randbytes(7)]) * dice.choice([3000, 9000])
    else:
        body = (dice.choice([b"0123456789abcdef", dice.randbytes(16)]) * (BOUND // 16))[: BOUND - dice.randint(0, 1)]
    headers = [("Content-Type", dice.choice(_TYPES))] if dice.random() < 0.8 else []
    if body and dice.random() < 0.05:
        headers.append(("Content-Encoding", dice.choice(["gzip", "identity"])))
    return body, headers


def _length(dice: Random, body: bytes) -> Fields:
    return [("Content-Length", str(len(body)))] if body or dice.random() < 0.3 else []


def _chunked(dice: Random, body: bytes) -> bytes:
    extension = dice.choice([b"", b"", b";a", b';a=1;b="c;d"'])
    parts, at = [], 0
    while at < len(body):
        part = body[at : at + dice.choice([1, 7, 100, 4096, 100_000])]
        parts.append(b"%x%s\r\n%s\r\n" % (len(part), extension, part))
        at += len(part)
    return b"".join([*parts, b"0\r\n\r\n"])


_STATUSES = [200, 200, 200, 200, 201, 202, 203, 204, 206, 226, 299, 301, 302, 303, 304, 307, 308, 400, 401, 403, 404, 405, 409, 410, 412, 416, 418,
             422, 429, 451, 500, 501, 502, 503, 504, 511, 599]  # fmt: skip
_ANSWER_NAMES = ["X-A", "x-a", "X-B", "ETag", "Last-Modified", "Cache-Control", "Vary", "Link", "X_Under", "X!", "Content-Language", "WWW-Authenticate",
                 "Allow", "Retry-After", "Content-Disposition", "Access-Control-Allow-Origin", "Content-Security-Policy", "Location", "Accept-Ranges",
                 "X-Frame-Options", "Age", "P3P"]  # fmt: skip
_ANSWER_VALUES = ["", "a", "a, b", '"v1"', 'W/"v1"', "\xe9", "\xc3\xa9", "\xe4\xbd\xa0", "a\tb", "x" * 1000, "/a?b=c&d=%C3%A9", "max-age=0, no-store",
                  'attachment; filename="a b.txt"', "true", "0", "Wed, 21 Oct 2026 07:28:00 GMT"]  # fmt: skip
_SET_COOKIES = ["a=1", "b=2; Path=/; HttpOnly", "c=; Max-Age=0", "d=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", 'e="x"; SameSite=Lax; Secure', "a=3",
                "f=1; Domain=example.com", "g=a b"]  # fmt: skip


def make_answer(seed: int, number: int) -> Answer:
    dice = Random(f"{seed}/{number}/answer")
    status = dice.choice(_STATUSES)
    headers = []
    for _ in range(dice.choice([0, 1, 1, 2, 4])):
        name = dice.choice(_ANSWER_NAMES)
        headers += [(name, value) for value in dice.choices(_ANSWER_VALUES, k=dice.choice([1, 1, 1, 2]))]
    headers += [("Set-Cookie", value) for value in dice.sample(_SET_COOKIES, dice.choice([0, 0, 0, 1, 1, 2, 3]))]
    body, types = _body(dice)
    if status in {204, 304} and dice.random() < 0.5:
        body = b""
    headers += types
    dice.shuffle(headers)
    if dice.random() < 0.6 and status not in {204, 304}:
        headers.append(("Content-Length", str(len(body))))
    cuts = sorted(dice.randint(0, len(body)) for _ in range(dice.choice([0, 0, 1, 3])))
    parts = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)])]
    return Answer(status, headers, parts)
