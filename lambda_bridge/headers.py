"""The headers of a request, for every format: names, cookies, lengths, hosts and ports.

Of each header ask who can forge it: what strangers could use is dropped or rewritten here, once.
"""

from __future__ import annotations

from lambda_bridge.encoding import Memo, from_native, native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lambda_bridge.messages import Request

    Pairs = list[tuple[str, str]]


# Headers that strangers could send to be taken for something that a server says, or that hold
# credentials which a platform puts there; no application ever sees them.
_NEVER_SHOWN = frozenset(
    {
        # RFC 3875 section 4.1.18 makes it HTTP_PROXY, which HTTP clients obey: CVE-2016-5385.
        "proxy",
        # The body is complete: RFC 9112 section 6.1 forbids it beside a content-length.
        "transfer-encoding",
        # AWS's Lambda Web Adapter hands over the event in these; apps that ran behind it trust them.
        "x-amzn-request-context",
        "x-amzn-lambda-context",
        # Tencent web functions get the role's live credentials here (seen in public code, 2025).
        "x-scf-secret-id",
        "x-scf-secret-key",
        "x-scf-session-token",
        # So does Alibaba Cloud (alibabacloud.com/help/en/functioncompute/fc/context-and-log-format-1, 2026).
        "x-fc-access-key-id",
        "x-fc-access-key-secret",
        "x-fc-security-token",
        # Huawei's HTTP functions (functiongraph_01_0395, 2025-09-08), Volcengine's native ones (volcengine/
        # vefaas-golang-runtime), Baidu's runtime "http" (baidubce/bce-cfc-java-http): the same, read in 2026.
        "x-cff-auth-token",
        "x-cff-security-access-key",
        "x-cff-security-secret-key",
        "x-cff-security-token",
        "x-faas-access-key-id",
        "x-faas-secret-access-key",
        "x-faas-session-token",
        "x-cfc-accesskeyid",
        "x-cfc-accesskeysecret",
        "x-cfc-securitytoken",
        # Vercel's, and those of its cache (vercel_runtime/headers.py and cache.py of 0.24.1, 2026-11), which its
        # own packages get from the runtime.
        "x-vercel-oidc-token",
        "x-vercel-sc-headers",
    }
)

_TOKEN = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _read_name(name: str) -> str:
    """Lower case, or "" for a header that no application sees."""
    lower = name.lower() if is_token(name) else ""
    return "" if lower in _NEVER_SHOWN else lower


_names = Memo(_read_name)


class Names:
    """The names of all headers of a request, in lower case, and what follows from them alone.

    Clients are of few kinds, and each sends its headers in one order: so names are looked at once,
    not once a call. There is one object for one row of names, which others remember more about.
    """

    __slots__ = ("index", "is_plain", "lower")

    def __init__(self, received: tuple[str, ...]) -> None:
        self.lower = lower = tuple([_names[name] for name in received])
        self.index = {name: at for at, name in reversed(list(enumerate(lower)))}
        self.is_plain = "" not in lower and lower.count("cookie") <= 1 and lower.count("content-length") <= 1


_name_rows = Memo(Names)


def is_shown(name: str) -> bool:
    """Whether applications may see a header of this name."""
    return bool(_names[name])


def is_token(name: str) -> bool:
    """Whether *name* may be the name of a header: a token of RFC 9110 section 5.6.2."""
    return bool(name) and name.isascii() and not name.encode().translate(None, _TOKEN)


class Headers:
    """The headers of a Request: (lower-case name, value) pairs in the order received, repeats kept.

    A value is a native string. Two columns instead of a list of pairs, because each interface wants
    the names in another form, which is the same for many requests.
    """

    __slots__ = ("names", "values")

    def __init__(self, names: Names, values: list[str]) -> None:
        self.names = names
        self.values = values

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Headers:
        """From pairs whose names are in lower case, with nothing left out or joined."""
        rows = list(pairs)
        return cls(_name_rows[tuple([name for name, _ in rows])], [value for _, value in rows])

    def get(self, name: str) -> str | None:
        """The first value of *name* (lower case), or None."""
        at = self.names.index.get(name)
        return None if at is None else self.values[at]

    def all(self, name: str) -> list[str]:
        """Every value of *name* (lower case), in order."""
        return [value for each, value in self if each == name]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return zip(self.names.lower, self.values)

    def __len__(self) -> int:
        return len(self.values)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (Headers, list)) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # the list of values can change

    def __repr__(self) -> str:
        return f"<Headers {', '.join(self.names.lower)}>"


def read_headers(names: Iterable[str], values: Iterable[str], body: bytes) -> Headers:
    """Headers of an event as those of a Request.

    Cookies become one header (RFC 9113 section 8.2.3), content-length becomes that of *body*.
    Names that are no token, and those that no application may see, are left out. CR, LF and NUL in
    a value become spaces (RFC 9110 section 5.5): an app may put it into a log, or into a request of its own.
    """
    values = list(values)
    try:
        text = "".join(values)
        if not text.isascii():
            values = [native(value) for value in values]
        if "\n" in text or "\r" in text or "\0" in text:
            values = [value.translate(_BREAKS) for value in values]
    except TypeError:
        # Hand-written events have numbers among the values, most often content-length.
        return read_headers(names, [str(value) for value in values], body)
    return read_native_headers(names, values, body)


_BREAKS = str.maketrans("\r\n\0", "   ")


def read_native_headers(names: Iterable[str], values: list[str], body: bytes) -> Headers:
    """The same for *values* that are native strings already, as a server has them."""
    row = _name_rows[tuple(names)]
    headers = Headers(row, values) if row.is_plain else _tidy(row.lower, values)
    at = headers.names.index.get("content-length")
    if at is not None:
        headers.values[at] = str(len(body))
    elif body:
        headers = Headers.of([*headers, ("content-length", str(len(body)))])
    return headers


def _tidy(names: tuple[str, ...], values: list[str]) -> Headers:
    """Without what is not shown, and with one cookie and one content-length."""
    pairs = [(name, value) for name, value in zip(names, values) if name]
    for single, comma in (("cookie", "; "), ("content-length", ",")):
        found = [value for name, value in pairs if name == single]
        if len(found) > 1:
            first = next(at for at, pair in enumerate(pairs) if pair[0] == single)
            rest = [pair for pair in pairs[first:] if pair[0] != single]
            pairs = [*pairs[:first], (single, comma.join(found)), *rest]
    return Headers.of(pairs)


def with_forwarded(request: Request) -> Pairs:
    """The request's headers for an event, with the x-forwarded-* that AWS's gateways always add."""
    headers: Pairs = [(name, from_native(value)) for name, value in request.headers]
    names = request.headers.names.index
    host, port = request.server
    added = [
        ("host", host_header(host, port, request.scheme)),
        ("x-forwarded-for", request.client[0] if request.client else ""),
        ("x-forwarded-port", str(port)),
        ("x-forwarded-proto", request.scheme),
    ]
    return headers + [(name, value) for name, value in added if value and name not in names]


def with_real_ip(request: Request) -> Pairs:
    """`with_forwarded`, and x-real-ip, in which some gateways tell the client's address and nowhere else.

    What the client sent under that name is not passed on.
    """
    headers = with_forwarded(request)
    if not request.client:
        return headers
    told = ("x-real-ip", request.client[0])
    at = request.headers.names.index.get(told[0], len(headers))
    return [*headers[:at], told, *(header for header in headers[at + 1 :] if header[0] != told[0])]


def read_scheme(forwarded: str | None, default: str) -> str:
    """``http`` or ``https`` from a forwarded header, of whose list the first counts."""
    if forwarded == "https" or forwarded == "http":
        return forwarded
    first = (forwarded or "").partition(",")[0].strip().lower()
    return first if first in {"http", "https"} else default


def read_origin(headers: Headers, scheme: str, domain: str | None = None) -> tuple[str, tuple[str, int]]:
    """(scheme, server) as AWS's gateways tell them, in x-forwarded-proto, host and x-forwarded-port.

    *scheme* and *domain* are what counts where they do not.
    """
    at, values = headers.names.index, headers.values
    try:
        told = (values[at["x-forwarded-proto"]], values[at["host"]] or domain, values[at["x-forwarded-port"]], scheme)
    except KeyError:  # seldom: the gateways add them
        get = headers.get
        told = (get("x-forwarded-proto"), get("host") or domain, get("x-forwarded-port"), scheme)
    origin: tuple[str, tuple[str, int]] = _origins[told]
    return origin


def _read_origin(told: tuple[str | None, str | None, str | None, str]) -> tuple[str, tuple[str, int]]:
    forwarded, host, port, default = told
    scheme = read_scheme(forwarded, default)
    return scheme, read_server(host, scheme, port)


_origins = Memo(_read_origin)


def behind_proxy(peer: tuple[str, int] | None, scheme: str, headers: Headers) -> tuple[tuple[str, int] | None, str]:
    """(client, scheme) for what reached a server from *peer* with *scheme*.

    A peer on this machine is a proxy, whose x-forwarded-* headers count: so uvicorn and gunicorn
    have it by default (their option forwarded-allow-ips). The client is None where they tell it.
    """
    if peer is None or peer[0] in _LOOPBACK:
        scheme = read_scheme(headers.get("x-forwarded-proto"), scheme)
        if headers.get("x-forwarded-for"):
            peer = None
    return peer, scheme


# The last stands for a unix socket in tornado (tornado/httpserver.py of 6.6.1, 2026-11).
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost", "0.0.0.0"})  # noqa: S104


def _read_http_version(protocol: str | None) -> str:
    version = protocol[5:] if protocol and protocol.startswith("HTTP/") else "1.1"
    return version[:-2] if version in {"2.0", "3.0"} else version


# ``HTTP/1.1`` as ASGI's ``1.1``, ``HTTP/2.0`` as its ``2``; None as ``1.1``.
http_version = Memo(_read_http_version)


def read_server(host: str | None, scheme: str, forwarded_port: str | None = None) -> tuple[str, int]:
    """(host, port) from a Host header: its own port, else the forwarded one, else the scheme's."""
    if not host:
        host = "localhost"
    name, port = split_port(host) if ":" in host else (host, None)
    if port is None and forwarded_port:
        port = _ports[forwarded_port]
    # "[]:80" has no name either, and PEP 3333 forbids an empty SERVER_NAME.
    return name or "localhost", port or (443 if scheme == "https" else 80)


def split_port(address: str) -> tuple[str, int | None]:
    """``host:port``, ``[IPv6]:port``, or either without a port; brackets are taken off."""
    if address.startswith("["):
        host, _, rest = address[1:].partition("]")
        return host, _read_port(rest[1:])
    host, _, port = address.rpartition(":")
    if not host or ":" in host:  # a bare IPv6 address
        return address, None
    return host, _read_port(port)


def _read_port(text: str) -> int | None:
    """A port, or the first of a list of them; None for anything else."""
    text = text.partition(",")[0].strip()
    port = int(text) if text.isascii() and text.isdigit() and len(text) <= 5 else 0
    return port if 0 < port < 65536 else None


_ports = Memo(_read_port)


def host_header(host: str, port: int, scheme: str) -> str:
    """The Host header for an address: brackets around IPv6, no port where it is the scheme's."""
    name = f"[{host}]" if ":" in host else host
    return name if port == (443 if scheme == "https" else 80) else f"{name}:{port}"
