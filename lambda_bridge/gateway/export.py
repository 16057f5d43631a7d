"""A call as others take it: its parts as text without secrets, a command line of curl, a test case."""

from __future__ import annotations

import json
import re
import shlex
from textwrap import indent
from typing import TYPE_CHECKING, Any, Optional
from urllib.parse import parse_qsl

from lambda_bridge.encoding import encode_base64, from_native, quote_path
from lambda_bridge.gateway.masks import REDACTED, Masks, read_text, redact
from lambda_bridge.headers import host_header
from lambda_bridge.messages import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lambda_bridge.gateway.calls import Call
    from lambda_bridge.headers import Pairs
    from lambda_bridge.messages import Request

# What a client writes by itself, or a gateway on the way.
_CLIENTS_OWN = {"connection", "content-length", "host", "keep-alive", "x-forwarded-for"}
# What browsers add to all that they send: of no interest to a test.
_BROWSERS_OWN = _CLIENTS_OWN | {
    "accept-encoding",
    "cache-control",
    "dnt",
    "origin",
    "pragma",
    "priority",
    "referer",
    "upgrade-insecure-requests",
    "user-agent",
}
_SHORT = 300
_LONG = 88


class View:
    """A call's parts as text, with its secrets redacted or, where *reveal* says so, as they are."""

    def __init__(self, call: Call, reveal: bool) -> None:
        self.call = call
        self._masks = None if reveal else Masks(call)

    def text(self, text: str, content_type: str = "") -> str:
        return text if self._masks is None else self._masks.hide(text, content_type, redact)

    def headers(self, headers: Iterable[tuple[str, str]]) -> Pairs:
        if self._masks is None:
            return [(name, from_native(value)) for name, value in headers]
        return [(name, self._masks.hide_header(name, from_native(value), redact)) for name, value in headers]

    def cookies(self, header: str, headers: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
        """The cookies of a header by this name, without their attributes."""
        lines = [from_native(value) for name, value in headers if name == header]
        parts = [part for line in lines for part in line.split(";")[: 1 if header == "set-cookie" else None]]
        pairs = [part.strip().partition("=") for part in parts]
        return [{"name": name, "value": value if self._masks is None else REDACTED} for name, _, value in pairs]

    def body(self, body: bytes, headers: Iterable[tuple[str, str]]) -> Optional[str]:
        """A body as text; None where it is binary."""
        pairs = list(headers)
        text = read_text(body, pairs)
        return None if text is None else self.text(text, dict(pairs).get("content-type", ""))

    def target(self) -> str:
        """Path and query."""
        request = self.call.request
        path = (quote_path(request.root_path) + request.raw_path).decode("ascii") or "/"
        return f"{path}?{self.text(request.query)}" if request.query else path

    def url(self) -> str:
        request = self.call.request
        return f"{request.scheme}://{host_header(*request.server, request.scheme)}{self.target()}"


def make_curl(call: Call, reveal: bool = False) -> str:
    """The command line that sends the call's request again."""
    view = View(call, reveal)
    request = call.request
    words = ["curl", "--path-as-is", "--globoff"]
    if request.method == "HEAD":
        words.append("--head")
    elif request.method != ("POST" if request.body else "GET"):
        words += ["--request", request.method]
    lines = [" ".join([*words, shlex.quote(view.url())])]
    for name, value in view.headers(request.headers):
        if name == "accept-encoding":
            lines.append("--compressed")
        elif name not in _CLIENTS_OWN:
            # curl drops a header without a value, unless a semicolon ends it.
            lines.append(f"--header {shlex.quote(f'{name}: {value}' if value else f'{name};')}")
    before = ""
    if request.body:
        text = _as_sent(view, request)
        if text is None:
            before = f"printf %s {encode_base64(request.body)} | base64 --decode | "
            lines.append("--data-binary @-")
        else:
            lines.append(f"--data-raw {shlex.quote(text)}")
    return before + " \\\n  ".join(lines)


def make_test(call: Call, app: str, reveal: bool = False) -> str:
    """A test for pytest that sends the call's request, and expects what it got; *app* is ``"module:attribute"``."""
    view = View(call, reveal)
    module, _, attribute = (app or "myapp:app").partition(":")
    attribute = attribute or "app"
    request = call.request
    arguments = [_literal(view.target())]
    headers = [pair for pair in view.headers(request.headers) if _is_of_interest(pair[0])]
    if request.body:
        headers, body = _test_body(view, request, headers)
        arguments.append(body)
    if headers:
        is_dict = len({name for name, _ in headers}) == len(headers)
        arguments.append(f"headers={_literal(dict(headers) if is_dict else headers)}")
    method = request.method.lower()
    if method not in ("get", "head", "options", "post", "put", "patch", "delete"):
        method, arguments = "request", [_literal(request.method), *arguments]
    call_line = f"    response = client.{method}({', '.join(arguments)})"
    if len(call_line) > _LONG or "\n" in call_line:
        inner = "".join(f"{_indented(each, 8)},\n" for each in arguments)
        call_line = f"    response = client.{method}(\n{inner}    )"
    words = re.findall("[a-z0-9]+", request.path.lower()) or ["root"]
    lines = [
        "from lambda_bridge.testing import Client",
        f"from {module} import {attribute.partition('.')[0]}",
        "",
        "",
        f"def test_{'_'.join([request.method.lower(), *words])[:60]}():",
        f"    client = Client({attribute}, format={_literal(call.format)})",
        "",
        call_line,
        "",
    ]
    lines += [_indented(f"assert {each}") for each in _expectations(view)]
    return "\n".join(lines) + "\n"


def _as_sent(view: View, request: Request) -> Optional[str]:
    """The body as text where that is the same bytes."""
    text = view.body(request.body, ())
    return None if text is None or "content-encoding" in dict(request.headers) else text


def _is_of_interest(name: str) -> bool:
    return name not in _BROWSERS_OWN and not name.startswith("sec-")


def _test_body(view: View, request: Request, headers: Pairs) -> tuple[Pairs, str]:
    """The headers that are still needed, and the argument that sends the body."""
    content_type = dict(headers).get("content-type", "")
    text = _as_sent(view, request)
    without = [pair for pair in headers if pair[0] != "content-type"]
    if text is not None and content_type == "application/x-www-form-urlencoded":
        form = parse_qsl(text, keep_blank_values=True)
        if len(dict(form)) == len(form):
            return without, f"data={_literal(dict(form))}"
    if text is not None and content_type == "application/json":
        try:
            return without, f"json={_literal(json.loads(text))}"
        except ValueError:
            pass
    return headers, f"body={repr(request.body) if text is None else _literal(text)}"


def _literal(value: Any) -> str:
    """*value* of JSON, or a list of pairs, as Python is written; one entry a line where it is long."""
    if isinstance(value, str):
        is_plain = value.translate({9: None, 10: None, 13: None}).isprintable()
        return json.dumps(value, ensure_ascii=False) if is_plain else repr(value)
    if isinstance(value, dict):
        entries = [f"{_literal(key)}: {_literal(each)}" for key, each in value.items()]
        opening, closing = "{", "}"
    elif isinstance(value, (list, tuple)):
        entries = [_literal(each) for each in value]
        opening, closing = ("[", "]") if isinstance(value, list) else ("(", ")")
    else:
        return repr(value)
    line = f"{opening}{', '.join(entries)}{closing}"
    if len(line) <= _LONG:
        return line
    return "\n".join([opening, *(f"{_indented(entry)}," for entry in entries), closing])


def _indented(text: str, spaces: int = 4) -> str:
    return indent(text, " " * spaces)


def _expectations(view: View) -> Iterator[str]:
    response = view.call.response or Response(0)
    yield f"response.status == {response.status}"
    for name, value in view.headers(response.headers):
        if name in ("content-type", "location"):
            yield f"response.headers[{_literal(name)}] == {_literal(value)}"
    text = view.body(response.body, response.headers)
    if text and len(text) <= _SHORT and len(response.body) == view.call.body_size[1]:
        try:
            yield f"response.json() == {_literal(json.loads(text))}"
        except ValueError:
            yield f"response.text == {_literal(text)}"
