"""Generated Requests and Responses, held to what a format can carry."""

from __future__ import annotations

import os
from string import ascii_letters, digits, hexdigits
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from lambda_bridge.encoding import make_query, native
from lambda_bridge.headers import host_header
from lambda_bridge.messages import Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambda_bridge.headers import Pairs

# The same examples in every run; HYPOTHESIS_SEARCH=1 looks for new ones, and for more of them.
_SEARCHES = bool(os.environ.get("HYPOTHESIS_SEARCH"))
PROPERTY = settings(
    max_examples=2000 if _SEARCHES else 100,
    derandomize=not _SEARCHES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# Where all formats share what is drawn: less of it is drawn in all, and each format gets more of it.
SHARED = settings(PROPERTY, max_examples=3 * PROPERTY.max_examples)

_UNRESERVED = ascii_letters + digits + "-._~"
_SUB_DELIMITERS = "!$&'()*+,;=:@"
_TOKEN = "!#$%&'*+-.^_`|~" + digits + ascii_letters.lower()
# Names with a meaning of their own on the way, which the strategies below give where they belong.
_SPECIAL = {
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "cookie",
    "expect",
    "host",
    "keep-alive",
    "proxy",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
}

tokens = st.text(_TOKEN, min_size=1, max_size=12)
names = tokens.filter(lambda name: name not in _SPECIAL and not name.startswith(("x-", "cloudfront-")))
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)
# As text of an event has it; what the wire had is UTF-8.
values = texts.map(lambda text: native(text.strip()))
bodies = st.one_of(st.binary(max_size=60), texts.map(str.encode), st.just(b""))
CONTENT_TYPES = ("text/html", "text/html; charset=utf-8", "application/json", "image/png", "text/plain; charset=gbk")
# Those of a platform that knows text by its media type, which then is UTF-8.
TRUE_TYPES = ("text/html", "text/html; charset=utf-8", "application/json", "image/png")
methods = st.sampled_from(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND"])

_escapes = st.binary(min_size=1, max_size=1).map(lambda byte: f"%{byte[0]:02X}")
_raw_pieces = st.one_of(st.sampled_from(_UNRESERVED + _SUB_DELIMITERS + "/"), texts, _escapes)


def _quote(text: str) -> str:
    """What may not stand in a path as it is, percent-encoded; a ``%XX`` stays."""
    return "".join(
        character
        if character in _UNRESERVED + _SUB_DELIMITERS + "/"
        else "".join(f"%{byte:02X}" for byte in character.encode())
        for character in text
    )


@st.composite
def raw_paths(draw: st.DrawFn) -> bytes:
    """Percent-encoded paths, in which any byte may be encoded."""
    pieces = draw(st.lists(_raw_pieces, max_size=8))
    return ("/" + "".join(piece if _is_escape(piece) else _quote(piece) for piece in pieces)).encode()


def _is_escape(piece: str) -> bool:
    return len(piece) == 3 and piece[0] == "%" and set(piece[1:]) <= set(hexdigits)


queries = st.lists(
    st.one_of(st.sampled_from([*_UNRESERVED, "&", "=", "+", "%20", "%26", "?", "/"]), _escapes), max_size=15
).map("".join)
hosts = st.sampled_from(["www.example.com", "xn--bcher-kva.example", "192.0.2.7", "2001:db8::1"])
statuses = st.integers(200, 599).filter(lambda status: status not in (204, 304))
ports = st.sampled_from([80, 443, 8080, 65535])
clients = st.sampled_from([("203.0.113.9", 0), ("2001:db8::9", 0)])


class Carries(NamedTuple):
    """What a format can carry of a Request; where it cannot carry all, a sentence of the table says why."""

    query: str = "raw"
    """``raw``: as it is; ``pairs``: name=value; ``decoded``: encoded again from its decoded pairs."""
    repeated_query: bool = True
    valueless_query: bool = True
    repeated_headers: bool = True
    underscores: bool = True
    """Whether a name with ``_`` is another than the one with ``-``."""
    raw_path: bool = True
    cookie_place: bool = True
    root_paths: tuple[str, ...] = ("",)
    schemes: tuple[str, ...] = ("http", "https")
    client: Optional[bool] = True
    """None: never one, whatever the request says."""
    http_versions: tuple[str, ...] = ("1.1",)
    binary_body: bool = True
    types: Optional[tuple[str, ...]] = None
    """The content types of bodies that arrive; None: every one."""
    adds: str = "x-forwarded"
    """The headers that its gateway adds: ``x-forwarded``, ``x-envoy`` (those but the port, and the path), ``x-real-ip`` (both), ``x-clb`` (those and more),
    ``x-proto`` (x-forwarded-proto alone), ``x-api``, ``x-scf``, or none."""


class _Drawn:
    """What has been drawn for one example: each thing once, for every format that asks for it."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw
        self._values: dict[tuple[Any, ...], Any] = {}

    def __call__(self, name: str, strategy: Any, *parameters: Any) -> Any:
        """The value called *name* of *strategy*, or, with *parameters*, of what it makes of them."""
        key = (name, *parameters)
        if key not in self._values:
            self._values[key] = self._draw(strategy(*parameters) if parameters else strategy)
        return self._values[key]


@st.composite
def requests(draw: st.DrawFn, kinds: Iterable[Carries]) -> list[Request]:
    """A Request for each of *kinds*, alike as far as they carry the same: it is drawing that takes the time."""
    drawn = _Drawn(draw)
    return [_request(drawn, carries) for carries in kinds]


def _request(drawn: _Drawn, carries: Carries) -> Request:
    scheme = drawn("scheme", st.sampled_from, carries.schemes)
    root_path = drawn("root_path", st.sampled_from, carries.root_paths)
    host, port = drawn("host", hosts), drawn("port", ports)
    if carries.adds == "x-api" and root_path:
        host = "service-abc.gz.apigw.tencentcs.com"
    client = drawn("client", clients) if carries.client else None
    body = drawn("body", bodies) if carries.binary_body else drawn("text", texts).encode()
    raw_path = drawn("raw_path", raw_paths())
    path = _decode(raw_path)
    if not carries.raw_path:
        path, raw_path = "/" + drawn("path", texts), b""
    types = CONTENT_TYPES if carries.types is None else carries.types
    headers: Pairs = []
    if drawn("typed", st.booleans()):
        headers.append(("content-type", drawn("content_type", st.sampled_from, types)))
    headers += drawn("headers", _headers, carries.underscores, carries.repeated_headers)
    headers.append(("host", host_header(host, port, scheme)))
    method = drawn("method", methods)
    query = drawn("query", _queries, carries.query, carries.repeated_query, carries.valueless_query)
    if carries.adds in {"x-forwarded", "x-real-ip", "x-clb"}:
        headers += [("x-forwarded-port", str(port)), ("x-forwarded-proto", scheme)]
        headers += [("x-forwarded-for", client[0])] if client else []
        headers += [("x-real-ip", client[0])] if client and carries.adds != "x-forwarded" else []
        uri = raw_path.decode() + ("?" + query if query else "")
        headers += [("x-method", method), ("x-uri", uri)] if carries.adds == "x-clb" else []
    elif carries.adds == "x-envoy":
        headers += [("x-forwarded-proto", scheme), ("x-envoy-original-path", raw_path.decode())]
        headers += [("x-forwarded-for", client[0])] if client else []
    elif carries.adds == "x-proto":
        headers.append(("x-forwarded-proto", scheme))
    elif carries.adds == "x-api":
        headers.append(("x-api-scheme", scheme))
    elif carries.adds == "x-scf" and client:
        headers.append(("x-scf-remote-addr", client[0]))
    if drawn("has_cookie", st.booleans()):
        headers.append(("cookie", "a=1; b=" + drawn("cookie", st.text(_UNRESERVED, max_size=5))))
    # Where the gateway drops the length, read_event adds it at the end.
    length = [("content-length", str(len(body)))] if body else []
    headers = headers + length if carries.cookie_place else length + headers
    http_version = drawn("http_version", st.sampled_from, carries.http_versions)
    return Request(
        method, path, raw_path or None, query, headers, body, scheme, (host, port), client, root_path, http_version
    )


def _decode(raw_path: bytes) -> str:
    head, *rest = raw_path.split(b"%")
    data = head + b"".join(bytes([int(part[:2], 16)]) + part[2:] for part in rest)
    return data.decode("utf-8", "surrogateescape")


@st.composite
def _queries(draw: st.DrawFn, kind: str, repeated: bool, valueless: bool) -> str:
    """*kind*: as `Carries.query` has it."""
    if kind == "raw":
        return draw(queries)
    pieces = texts if kind == "decoded" else st.text(_UNRESERVED + "+%", max_size=6)
    unique = draw(st.lists(pieces, unique=True, max_size=4))
    values: Any = st.one_of(pieces, st.just(True)) if valueless else pieces
    pairs = [
        (name, value) for name in unique for value in draw(st.lists(values, min_size=1, max_size=3 if repeated else 1))
    ]
    if kind == "decoded":
        return make_query([(name, value) for name, value in pairs if name])
    return "&".join(f"{name}={value}" for name, value in pairs)


@st.composite
def _headers(draw: st.DrawFn, underscores: bool, repeated: bool) -> Pairs:
    """Headers in which those of one name stand together."""
    kinds = names if underscores else names.map(lambda name: name.replace("_", "-"))
    unique = draw(st.lists(kinds, unique=True, max_size=4))
    amounts = st.integers(1, 3 if repeated else 1)
    return [(name, draw(values)) for name in unique for _ in range(draw(amounts))]


class CarriesBack(NamedTuple):
    """What a format can carry of a Response."""

    repeated: bool = True
    """Whether names but set-cookie may stand twice."""
    cookies_last: bool = False
    at_least: int = 0
    """How many headers there are."""
    by_type: bool = False
    """Whether the media type says that a body is text, so that what it says is true."""


@st.composite
def responses(draw: st.DrawFn, kinds: Iterable[CarriesBack]) -> list[Response]:
    """A Response for each of *kinds*, alike as far as they carry the same."""
    drawn = _Drawn(draw)
    return [_response(drawn, carries) for carries in kinds]


def _response(drawn: _Drawn, carries: CarriesBack) -> Response:
    status = drawn("status", statuses)
    headers: Pairs = [*drawn("headers", _headers, True, carries.repeated)]
    if drawn("typed", st.booleans()):
        types = TRUE_TYPES if carries.by_type else CONTENT_TYPES
        headers.append(("content-type", drawn("content_type", st.sampled_from, types)))
    body = drawn("body", bodies)
    if carries.by_type and ("content-type", "image/png") not in headers:
        body = drawn("text", texts).encode()
    cookies = [
        ("set-cookie", f"{name}=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT")
        for name in drawn("cookies", st.lists(tokens, max_size=3))
    ]
    headers = headers + cookies if carries.cookies_last else cookies + headers
    while len(headers) < carries.at_least:
        headers.append(("x-filler", "1"))
    return Response(status, headers, body)


def mutations(samples: Iterable[dict[str, Any]]) -> st.SearchStrategy[Any]:
    """Samples with one to three of their values dropped or replaced, at any depth."""
    return st.sampled_from(list(samples)).flatmap(
        lambda sample: st.lists(
            st.tuples(st.sampled_from(list(places(sample))), st.one_of(st.just(DROPPED), odd_values)),
            min_size=1,
            max_size=3,
        ).map(lambda changes: _changed(sample, changes))
    )


class _Dropped:
    def __str__(self) -> str:
        return "dropped"


DROPPED = _Dropped()
odd_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**6), 10**20),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["", "\ud800", "a\r\nb: c", "\0", "%", "%zz", "x" * 10_000, "é", "//", "?", "=", "true"]),
    st.just([]),
    st.just({}),
    st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=4)), max_size=3),
    st.dictionaries(st.text(max_size=4), st.one_of(st.none(), st.integers(), st.text(max_size=4)), max_size=3),
)


def places(value: Any, place: tuple[Any, ...] = ()) -> Iterable[tuple[Any, ...]]:
    """The way to everything in *value*: keys and indexes."""
    if place:
        yield place
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], (*place, key))


def _changed(value: Any, changes: Iterable[tuple[tuple[Any, ...], Any]]) -> Any:
    for place, new in changes:
        value = replaced(value, place, new)
    return value


def replaced(value: Any, place: tuple[Any, ...], new: Any) -> Any:
    """*value* with *new* at *place*, or as it is where an earlier change has taken that place away."""
    if not place:
        return new
    key, *rest = place
    if isinstance(value, dict):
        if new is DROPPED and not rest:
            return {name: inner for name, inner in value.items() if name != key}
        return {name: replaced(inner, tuple(rest), new) if name == key else inner for name, inner in value.items()}
    if isinstance(value, list):
        kept = [(at, inner) for at, inner in enumerate(value) if not (new is DROPPED and not rest and at == key)]
        return [replaced(inner, tuple(rest), new) if at == key else inner for at, inner in kept]
    return value
