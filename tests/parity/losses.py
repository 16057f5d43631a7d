"""What servers and clouds themselves lose or change: whose, of what, what then is to be seen, and why.

The measure is gunicorn for WSGI and uvicorn for ASGI. A row explains a difference where its `explains` holds of it;
what no row explains fails, and so does a row that explains nothing in a whole run: this table stays true. The clouds'
own sources are those of the formats named, each at its facts (lambda_bridge/formats/, read in 2026-11).
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Callable, NamedTuple
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from tests.parity.apps import digest

if TYPE_CHECKING:
    from tests.parity.generator import Answer, Sent


class Difference(NamedTuple):
    """One fact that is not as the measure has it."""

    who: str
    """A server, or the spelling of a format."""
    interface: str
    fact: str
    expected: Any
    found: Any
    sent: Sent
    answer: Answer


class Loss(NamedTuple):
    """Why the *facts* (patterns) of *who* (likewise) may be otherwise, and when they are."""

    name: str
    who: tuple[str, ...]
    facts: tuple[str, ...]
    reason: str
    explains: Callable[[Difference], bool]

    def matches(self, difference: Difference) -> bool:
        return (
            any(fnmatchcase(difference.fact, each) for each in self.facts)
            and any(fnmatchcase(difference.who, each) for each in self.who)
            and bool(self.explains(difference))
        )


# --- whose


EVERY = ("[!wg]*", "wsgi", "gateway", "gcp", "gcp_aio")
"""The local gateway and every format; and waitress not."""
_OVER_ENVIRON = ("wsgi", "aliyun_wsgi", "vercel", "gcp")
_LAST_HEADER = ("aws_alb", "fn*", "openwhisk*", "ibm", "digitalocean*", "vercel", "scaleway")
_DECODED = (
    "aws_rest*", "tencent_url", "tencent_apigw", "tencent_cloudbase", "aliyun", "aliyun_apigw", "huawei", "baidu",
    "volcengine", "yandex:gateway_1.0", "scaleway", "openwhisk:web", "digitalocean:web", "azure",
)  # fmt: skip
_TEXT = (
    "aws*", "tencent*", "ali*", "huawei", "baidu", "volcengine", "yandex*", "scaleway", "openwhisk*", "ibm", "digitalocean*", "azure", "fn*",
)  # fmt: skip
_JOINS = (
    "aws_http", "aws_url", "aws_lattice:v1", "tencent_url", "tencent_apigw", "tencent_clb", "ali*", "huawei", "baidu", "volcengine", "scaleway",
    "wsgi", "gcp", "azure",
)  # fmt: skip
_MERGED = ("openwhisk:web", "digitalocean:web")
# --- what is then to be seen


def _values(difference: Difference) -> list[str]:
    """What the client sent under the name of this header, without white space around it."""
    name = difference.fact.rpartition(".headers.")[2]
    return [value.strip(" \t") for sent, value in difference.sent.headers if sent.lower() == name]


def as_text(value: str) -> str:
    """What is no UTF-8 is taken for ISO-8859-1, as text of an event has no bytes."""
    try:
        value.encode("latin-1").decode()
    except UnicodeDecodeError:
        return value.encode().decode("latin-1")
    return value


def _joined(comma: str) -> Callable[[Difference], bool]:
    def explains(difference: Difference) -> bool:
        values = _values(difference)
        return len(values) > 1 and difference.found in ([comma.join(values)], [comma.join(map(as_text, values))])

    return explains


def _is_last(difference: Difference) -> bool:
    values = _values(difference)
    return len(values) > 1 and difference.found in (values[-1:], [as_text(values[-1])])


def _is_text_of_it(difference: Difference) -> bool:
    side, _, _ = difference.fact.partition(".")
    values = _values(difference) if side == "seen" else difference.expected or []
    texts = list(map(as_text, values))
    seen = [texts, [as_text(",".join(values))]]
    if difference.interface == "wsgi":
        seen.append([",".join(texts)])
    return texts != values and difference.found in seen


def _is(found: Any) -> Callable[[Difference], bool]:
    return lambda difference: bool(difference.found == found)


def _is_length(difference: Difference) -> bool:
    return bool(difference.found == [str(len(difference.sent.body))])


def _same_path(difference: Difference) -> bool:
    return _decoded(difference.found) == _decoded(difference.expected)


def _decoded(raw: str) -> bytes:
    return unquote_to_bytes(raw.encode("latin-1"))


def _replaced(difference: Difference) -> bool:
    """Of a path that is no UTF-8: what is none is U+FFFD."""
    raw = _decoded(difference.sent.target.partition("?")[0])
    text = raw.decode("utf-8", "replace")
    found = (
        difference.found
        if difference.interface == "asgi"
        else difference.found.encode("latin-1").decode("utf-8", "surrogateescape")
    )
    if difference.fact == "seen.raw_path":
        found = _decoded(found).decode("utf-8", "surrogateescape")
    return text != raw.decode("utf-8", "surrogateescape") and text.endswith(found)


def _pairs(query: str) -> list[tuple[str, str]]:
    text = query.encode("latin-1").decode("utf-8", "replace")
    return parse_qsl(text, keep_blank_values=True, errors="replace")


def _grouped(query: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in _pairs(query):
        found.setdefault(name, []).append(value)
    return found


def _same_query(difference: Difference) -> bool:
    return _grouped(difference.found) == _grouped(difference.expected)


def _is_repeated(difference: Difference) -> bool:
    return len(_values(difference)) > 1


def _got_joined(comma: str) -> Callable[[Difference], bool]:
    def explains(difference: Difference) -> bool:
        values = difference.expected or []
        return len(values) > 1 and difference.found == [comma.join(map(as_text, values))]

    return explains


def _cookies_joined(difference: Difference) -> bool:
    return bool(difference.found == ["; ".join(_values(difference))])


def _none(difference: Difference) -> bool:
    return bool(difference.found is None)


def _collapsed(difference: Difference) -> bool:
    return bool(difference.expected.startswith("//") and difference.found == "/" + difference.expected.lstrip("/"))


def _is_text(difference: Difference) -> bool:
    try:
        difference.sent.body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _anew(body: bytes) -> str:
    """The digest of an object or array of JSON that was read and written; of anything else its own."""
    try:
        value = json.loads(body.decode())
    except ValueError:
        return digest(body)
    if not isinstance(value, (dict, list)):
        return digest(body)
    return digest(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _of_azure(difference: Difference) -> bool:
    name = difference.fact.rpartition(".headers.")[2]
    expected, found = difference.expected or [], difference.found or []
    if name == "set-cookie":
        return {_cookie(value) for value in found} <= {_cookie(value) for value in expected}
    if name == "content-type":
        return bool(expected == [""] and not found)
    joined = ", ".join(expected)
    return found in ([joined], [quote(joined.encode("latin-1"), safe=_VISIBLE)])


def _cookie(line: str) -> str:
    """Name and value, without the quotes that the SDK takes off."""
    return line.partition(";")[0].replace('"', "")


_VISIBLE = "".join(map(chr, range(0x20, 0x7F))) + "\t"


def _is_retyped(difference: Difference) -> bool:
    if difference.found is None:
        return difference.fact.endswith("length") or bool(difference.expected == [""])
    return difference.found == ["application/octet-stream"] or str(difference.found).endswith("; charset=utf-8']")


def _is_merged(difference: Difference) -> bool:
    types = [value.lower() for name, value in difference.sent.headers if name == "Content-Type"]
    return any("json" in value or "urlencoded" in value for value in types)


LOSSES: tuple[Loss, ...] = (
    # --- the servers among themselves
    Loss(
        "waitress joins with a space",
        ("waitress",),
        ("seen.headers.*",),
        'RFC 9110 section 5.3 allows both: "a comma", and "optional whitespace" (waitress 3.0.2, parser.py)',
        _joined(", "),
    ),
    Loss(
        "waitress takes chunks apart",
        ("waitress",),
        ("seen.headers.content-length",),
        "the body is complete before the app is called (waitress 3.0.2, receiver.py)",
        _is_length,
    ),
    Loss(
        "waitress takes chunks apart: header",
        ("waitress",),
        ("seen.headers.transfer-encoding",),
        "RFC 9112 section 7.1.3: who decodes chunks removes the header (waitress 3.0.2, parser.py)",
        _none,
    ),
    Loss(
        "waitress clears forwarded headers",
        ("waitress",),
        ("seen.headers.forwarded",),
        "clear_untrusted_proxy_headers: without a proxy, nobody may say so (waitress 3.0.2, adjustments.py)",
        _none,
    ),
    Loss(
        "waitress reads slashes",
        ("waitress",),
        ("seen.path",),
        "several slashes at the beginning become one (waitress 3.0.2, task.py)",
        _collapsed,
    ),
    # --- every handler, whatever the cloud
    Loss(
        "the body is complete",
        EVERY,
        ("seen.headers.transfer-encoding",),
        "RFC 9112 section 7.1.3: a cloud has decoded the chunks; content-length tells their bytes",
        _none,
    ),
    Loss(
        "the body has a length",
        EVERY,
        ("seen.headers.content-length",),
        "the body is complete, so its length is known; no length and 0 are the same (RFC 9110 section 8.6)",
        lambda difference: (
            difference.found == [str(len(difference.sent.body))]
            or (difference.found is None and not difference.sent.body)
        ),
    ),
    Loss("httpoxy", EVERY, ("seen.headers.proxy",), "CVE-2016-5385: no app sees it (headers.py)", _none),
    Loss(
        "cookies are one header",
        EVERY,
        ("seen.headers.cookie",),
        "RFC 9113 section 8.2.3 has them joined with '; '; gunicorn's comma breaks them",
        _cookies_joined,
    ),
    Loss(
        "paths are encoded again",
        EVERY,
        ("seen.raw_path",),
        "what may not stand in a URL is encoded in raw_path, and means the same path (RFC 3986 section 3.3)",
        _same_path,
    ),
    Loss(
        "client",
        ("[!w]*", "wsgi"),
        (
            "seen.headers.x-forwarded-*",
            "seen.headers.x-real-ip",
            "seen.headers.x-api-scheme",
            "seen.headers.x-scf-*",
            "seen.headers.x-method",
            "seen.headers.x-uri",
            "seen.headers.x-envoy-*",
            "seen.headers.cloudfront-*",
        ),
        "gateways tell client and scheme in headers of their own",
        lambda difference: difference.expected is None,
    ),
    # --- requests
    Loss(
        "one value each, joined",
        _JOINS,
        ("seen.headers.*",),
        "the format has one text for each name, so that repeated headers are joined",
        _joined(","),
    ),
    Loss(
        "the last value",
        _LAST_HEADER,
        ("seen.headers.*",),
        "the format has one text for each name, of which the platform keeps the last one",
        _is_last,
    ),
    Loss(
        "underscores",
        _OVER_ENVIRON,
        ("seen.headers.*_*",),
        "a name with _ would pass for another (formats/wsgi.py)",
        _none,
    ),
    Loss(
        "empty type",
        _OVER_ENVIRON,
        ("seen.headers.content-type",),
        "PEP 3333: an empty CONTENT_TYPE is none",
        lambda difference: _values(difference) == [""] and difference.found is None,
    ),
    Loss(
        "headers are text",
        _TEXT,
        ("seen.headers.*", "got.headers.*"),
        "JSON has text, so that values are taken for UTF-8, or else for ISO-8859-1 (encoding.py)",
        _is_text_of_it,
    ),
    Loss(
        "lattice joins with a space",
        ("aws_lattice:v1",),
        ("seen.headers.*",),
        "the format has one text for each name",
        _joined(", "),
    ),
    Loss(
        "no encodings",
        ("openwhisk*", "ibm", "digitalocean*"),
        ("seen.headers.accept-encoding",),
        "a compressed text could not be sent back (formats/_openwhisk.py)",
        _none,
    ),
    Loss(
        "no version",
        EVERY,
        ("seen.version",),
        "the event does not tell HTTP/1.0",
        lambda difference: difference.sent.version == "1.0" and difference.found.endswith("1.1"),
    ),
    Loss(
        "always https",
        ("tencent_url", "fn:oracle"),
        ("seen.scheme",),
        "they are https alone, and tell nothing of it (formats/tencent_url.py, fn.py)",
        _is("https"),
    ),
    Loss(
        "absolute targets",
        EVERY,
        ("seen.path", "seen.raw_path"),
        "RFC 9112 section 3.2.2: the path of the URL, as gunicorn and waitress have it; uvicorn leaves the whole",
        lambda difference: (
            difference.expected.startswith("http://")
            and (unquote_to_bytes(difference.expected).endswith(unquote_to_bytes(difference.found)))
        ),
    ),
    Loss(
        "refused headers",
        ("yandex*",),
        ("got.headers.www-authenticate",),
        "the platform answers an error to a response with it (formats/yandex.py)",
        _none,
    ),
    Loss(
        "lengths of CloudFront",
        ("aws_edge*",),
        ("got.headers.content-length",),
        "CloudFront does not let a function set it (formats/aws_edge.py)",
        _none,
    ),
    Loss(
        "underscores as dashes",
        ("vercel",),
        ("seen.headers.x-under",),
        "the platform's shim makes HTTP_X_UNDER of X_Under (vercel-runtime 0.24.1, vc_init.py)",
        lambda difference: any(name.lower() == "x_under" for name, _ in difference.sent.headers),
    ),
    Loss(
        "text leaves as UTF-8",
        ("openwhisk*", "ibm", "digitalocean*"),
        ("got.body",),
        "a result has text, which is sent as UTF-8 (formats/_openwhisk.py)",
        lambda difference: (
            difference.found == digest(b"".join(difference.answer.parts).decode("gbk", "replace").encode())
        ),
    ),
    Loss(
        "JSON as a value",
        ("tencent_clb",),
        ("seen.body", "seen.headers.content-length"),
        "the balancer hands over an object or an array of JSON, no text (formats/tencent_clb.py)",
        lambda difference: (
            _anew(difference.sent.body) != digest(difference.sent.body)
            and difference.found in (_anew(difference.sent.body), [_anew(difference.sent.body).partition(" ")[0]])
        ),
    ),
    Loss(
        "a header at least",
        ("tencent*",),
        ("got.headers.x-content-type-options",),
        "Tencent's gateway refuses a response without headers (formats/tencent_apigw.py)",
        _is(["nosniff"]),
    ),
    Loss(
        "JSON as its value",
        ("ibm",),
        ("got.body",),
        "the platform writes an object or an array anew (formats/ibm.py)",
        lambda difference: difference.found == _anew(b"".join(difference.answer.parts)),
    ),
    Loss(
        "lengths of Fn",
        ("fn*",),
        ("got.headers.content-length",),
        "the agent writes it itself (formats/fn.py)",
        _none,
    ),
    Loss(
        "empty type in Fn",
        ("fn*",),
        ("seen.headers.content-type", "got.headers.content-type"),
        "the FDK takes an empty type for none (formats/fn.py)",
        lambda difference: difference.expected == [""] and difference.found is None,
    ),
    Loss(
        "asterisk",
        EVERY,
        ("seen.path", "seen.raw_path"),
        "a path begins with a slash in every event",
        lambda difference: difference.expected == "*",
    ),
    Loss(
        "upper case",
        EVERY,
        ("seen.method",),
        'ASGI: "method: the HTTP method name, uppercased", which uvicorn leaves to the client',
        lambda difference: difference.found == difference.expected.upper(),
    ),
    Loss(
        "paths are text",
        ("aws_http", "aws_url", "scaleway", "aliyun", "yandex*", "azure"),
        ("seen.path", "seen.raw_path"),
        "the event has the decoded path as text, in which bytes that are no UTF-8 are U+FFFD",
        _replaced,
    ),
    Loss(
        "bytes refused",
        ("tencent_url", "volcengine", "scaleway", "openwhisk*", "ibm", "digitalocean*"),
        ("problem",),
        "the platform takes bodies, or those of some types, for text; others are refused, never changed",
        lambda difference: difference.found == "MalformedEvent" and not _is_text(difference),
    ),
    Loss(
        "cut bodies",
        ("aws_edge",),
        ("refused",),
        "CloudFront cuts a viewer request's body at 40 KB",
        lambda difference: len(difference.sent.body) > 40_000,
    ),
    Loss(
        "40 KB of results",
        ("aws_edge",),
        ("got.*",),
        "a viewer response made by a function has 40 KB; what is larger is a 500 (formats/aws_edge.py)",
        lambda difference: sum(map(len, difference.answer.parts)) > 25_000,
    ),
    Loss(
        "1 MB of results",
        ("aws_alb*", "aws_edge*", "openwhisk*", "digitalocean*"),
        ("got.*",),
        "the result as JSON may have 1 MB; what is larger is a 500 (gateway/limits.py)",
        lambda difference: sum(map(len, difference.answer.parts)) > 500_000,
    ),
    Loss(
        "azure headers",
        ("azure",),
        ("got.headers.*",),
        "the SDK holds cookies apart, encodes other text than ASCII, and sends no empty type (formats/azure.py)",
        _of_azure,
    ),
    Loss(
        "targets that are no ASCII",
        ("gateway", "waitress"),
        ("refused",),
        "RFC 9112 section 3.2: they are no targets; h11 refuses them, gunicorn those that begin with //, others take them",
        lambda difference: not difference.sent.target.isascii(),
    ),
    Loss(
        "merged bodies",
        _MERGED,
        ("seen.body", "seen.headers.content-length", "seen.query"),
        "parameters of query and body are one map (formats/_openwhisk.py)",
        _is_merged,
    ),
    Loss(
        "one value, joined with a space",
        ("aliyun", "aliyun_apigw", "huawei", "baidu", "volcengine", "tencent_cloudbase"),
        ("got.headers.*",),
        "a result has one text for each name",
        _got_joined(", "),
    ),
    Loss(
        "one value each, sent joined",
        ("aws_http", "aws_url", "aws_alb", "aws_lattice*", "scaleway"),
        ("got.headers.*",),
        "a result has one text for each name",
        _got_joined(","),
    ),
    Loss(
        "one query value",
        ("aws_alb", "openwhisk:web", "digitalocean:web", "scaleway"),
        ("seen.query",),
        "the last value of each name is there",
        lambda difference: (
            {name: values[-1:] for name, values in _grouped(difference.expected).items()} == _grouped(difference.found)
        ),
    ),
    Loss(
        "query values joined",
        ("aliyun", "aliyun_apigw", "baidu", "volcengine"),
        ("seen.query",),
        "repeated values are joined",
        lambda difference: (
            {name: [",".join(values)] for name, values in _grouped(difference.expected).items()}
            == _grouped(difference.found)
        ),
    ),
    Loss(
        "queries without empty parts",
        ("aws_alb*",),
        ("seen.query",),
        "the balancer's map has no empty parts",
        _same_query,
    ),
    Loss(
        "retyped",
        ("openwhisk*", "ibm", "digitalocean*"),
        ("got.headers.content-type", "got.headers.content-length"),
        "text is known by its media type: what is none is sent as bytes (formats/_openwhisk.py)",
        _is_retyped,
    ),
    Loss(
        "decoded queries",
        _DECODED,
        ("seen.query",),
        "the event has decoded names and values only",
        _same_query,
    ),
)
