"""What is then to be seen: a function for each way in which servers and clouds change a fact.

Each says whether a difference is of its kind, from what was sent and answered, not from what lambda_bridge makes of it.
"""

from __future__ import annotations

import json
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


Explains = Callable[[Difference], bool]


def nothing(difference: Difference) -> bool:
    return difference.found is None


def just(found: Any) -> Explains:
    """*found*, where the measure has nothing."""
    return lambda difference: difference.expected is None and bool(difference.found == found)


def always(found: Any) -> Explains:
    return lambda difference: bool(difference.found == found)


# --- headers


def values_sent(difference: Difference) -> list[str]:
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


def joined(comma: str) -> Explains:
    def explains(difference: Difference) -> bool:
        values = values_sent(difference)
        return len(values) > 1 and difference.found in ([comma.join(values)], [comma.join(map(as_text, values))])

    return explains


def got_joined(comma: str) -> Explains:
    def explains(difference: Difference) -> bool:
        values = difference.expected or []
        return len(values) > 1 and difference.found == [comma.join(map(as_text, values))]

    return explains


def last(difference: Difference) -> bool:
    values = values_sent(difference)
    return len(values) > 1 and difference.found in (values[-1:], [as_text(values[-1])])


def text(difference: Difference) -> bool:
    values = values_sent(difference)
    texts = list(map(as_text, values))
    seen = [texts, [as_text(",".join(values))]]
    if difference.interface == "wsgi":
        seen.append([",".join(texts)])
    return texts != values and difference.found in seen


def got_text(difference: Difference) -> bool:
    values = difference.expected or []
    texts = list(map(as_text, values))
    return texts != values and difference.found == texts


def one_cookie(difference: Difference) -> bool:
    return bool(difference.found == ["; ".join(values_sent(difference))])


def length(difference: Difference) -> bool:
    return bool(difference.found == [str(len(difference.sent.body))])


def port_of_host(difference: Difference) -> bool:
    host = dict(difference.sent.headers)["Host"]
    port = host.rpartition(":")[2] if host[-1].isdigit() and ":" in host else "80"
    return difference.expected is None and bool(difference.found == [port])


def azure_cookies(difference: Difference) -> bool:
    """Each is there with its value, without quotes, and its attributes in lower case; one stands before the others."""
    return _by_name(difference.found or []) == _by_name(difference.expected or [])


def _by_name(lines: list[str]) -> list[tuple[str, set[str]]]:
    """(name and value, attributes that say something) of each cookie; those of one name in their order."""
    cookies = [line.lower().replace('"', "").partition(";") for line in lines]
    told = [(pair, set(attributes.replace(" ", "").split(";"))) for pair, _, attributes in cookies]
    return sorted(
        [(pair, attributes - {"", "domain=", "path="}) for pair, attributes in told],
        key=lambda cookie: cookie[0].partition("=")[0],
    )


def azure_ascii(difference: Difference) -> bool:
    value = ", ".join(difference.expected or [])
    return difference.found in ([value], [quote(value.encode("latin-1"), safe=_VISIBLE)])


_VISIBLE = "".join(map(chr, range(0x20, 0x7F))) + "\t"


# --- methods and paths


def upper_case(difference: Difference) -> bool:
    return bool(difference.found == difference.expected.upper())


def method_sent(difference: Difference) -> bool:
    return difference.expected is None and difference.found == [difference.sent.method]


def path_sent(difference: Difference) -> bool:
    """A header that has the path, and perhaps the query, as the client sent them; of `*`, the path `/*`."""
    path, _, query = difference.found[0].partition("?")
    sent_path, _, sent_query = difference.sent.target.partition("?")
    ends = _decoded("/" + sent_path).endswith(_decoded(path))
    return difference.expected is None and ends and query in ("", sent_query)


def same_path(difference: Difference) -> bool:
    return _decoded(difference.found) == _decoded(difference.expected)


def path_of_url(difference: Difference) -> bool:
    return difference.expected.startswith("http://") and unquote_to_bytes(difference.expected).endswith(
        unquote_to_bytes(difference.found)
    )


def asterisk(difference: Difference) -> bool:
    return bool(difference.expected == "*" and difference.found == "/*")


def one_slash(difference: Difference) -> bool:
    return bool(difference.expected.startswith("//") and difference.found == "/" + difference.expected.lstrip("/"))


def replaced(difference: Difference) -> bool:
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


def _decoded(raw: str) -> bytes:
    return unquote_to_bytes(raw.encode("latin-1"))


def not_ascii(difference: Difference) -> bool:
    return not difference.sent.target.isascii()


# --- queries


def same_query(difference: Difference) -> bool:
    return _grouped(difference.found) == _grouped(difference.expected)


def one_query_value(difference: Difference) -> bool:
    last_of_each = {name: values[-1:] for name, values in _grouped(difference.expected).items()}
    return last_of_each == _grouped(difference.found)


def query_joined(difference: Difference) -> bool:
    joined_each = {name: [",".join(values)] for name, values in _grouped(difference.expected).items()}
    return joined_each == _grouped(difference.found)


def _grouped(query: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in _pairs(query.encode("latin-1")):
        found.setdefault(name, []).append(value)
    return found


def _pairs(query: bytes) -> list[tuple[str, str]]:
    return parse_qsl(query.decode("utf-8", "replace"), keep_blank_values=True, errors="replace")


# --- bodies


def is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def refused_bytes(difference: Difference) -> bool:
    return difference.found == "MalformedEvent" and not is_text(difference.sent.body)


def same_json(difference: Difference) -> bool:
    """Of a request: an object or array of JSON that was read and written, and its length."""
    found = _anew(difference.sent.body)
    return found != difference.sent.body and difference.found in (digest(found), [str(len(found))])


def got_same_json(difference: Difference) -> bool:
    return bool(difference.found == digest(_anew(_answered(difference))))


def _anew(body: bytes) -> bytes:
    try:
        value = json.loads(body.decode())
    except ValueError:
        return body
    if not isinstance(value, (dict, list)):
        return body
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def merged(difference: Difference) -> bool:
    """Fields of a form or of an object of JSON stand among those of the query, the last of each name; and nothing else."""
    query, body = _merge(difference)
    if difference.fact == "seen.query":
        return _grouped(difference.found) == _grouped(query)
    return difference.found in (digest(body), [str(len(body))])


def _merge(difference: Difference) -> tuple[str, bytes]:
    """(query, body) as they are made of what the event has of both."""
    sent = difference.sent
    query = sent.target.partition("?")[2]
    fields: dict[str, Any] = dict(_pairs(query.encode("latin-1")))
    left = "&".join(f"{quote(name)}={quote(value)}" for name, value in fields.items())
    kind = next((value for name, value in sent.headers if name == "Content-Type"), "").partition(";")[0].lower()
    is_form, is_json = kind == "application/x-www-form-urlencoded", kind == "application/json" or kind.endswith("+json")
    if not (is_form or is_json):
        return left, sent.body
    # Fields of a body that could be there and is empty: nothing tells whether those of the query are the body's.
    if not sent.body and (sent.method not in {"POST", "PUT", "PATCH"} or ("Content-Length", "0") in sent.headers):
        return left, b""
    if is_form:
        fields.update(_pairs(sent.body))
        return "", "&".join(
            f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in fields.items()
        ).encode()
    try:
        value = json.loads(sent.body.decode()) if sent.body else {}
    except ValueError:
        value = sent.body.decode()
    if isinstance(value, dict):
        return "", json.dumps({**fields, **value}).encode()
    return left, json.dumps(value).encode()


def got_utf8(difference: Difference) -> bool:
    return bool(difference.found == digest(_answered(difference).decode("gbk", "replace").encode()))


def retyped(difference: Difference) -> bool:
    """Bytes, or text with its charset changed, where the type and the body do not fit; then the app's length is gone."""
    if difference.fact.endswith("content-length"):
        return difference.found is None
    if difference.found is None:
        return bool(difference.expected == [""])
    kind = (difference.expected or [""])[0].partition(";")[0]
    return difference.found in (["application/octet-stream"], [f"{kind}; charset=utf-8"])


def _answered(difference: Difference) -> bytes:
    return b"".join(difference.answer.parts)


def too_large(limit: int) -> Explains:
    """The 500 of the handler, with nothing of the app's; *limit* is the least that is over it in base64, with headers."""

    def explains(difference: Difference) -> bool:
        if len(_answered(difference)) <= limit:
            return False
        if difference.fact == "got.status":
            return bool(difference.found == 500)
        if difference.fact == "got.body":
            return bool(difference.found == digest(_BARE))
        return difference.found in (None, ["text/plain; charset=utf-8"], [str(len(_BARE))])

    return explains


_BARE = b"Internal Server Error"
