"""The requests, each with what its answer must be: stated once, for every platform and every form of the app."""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections.abc import Mapping, Sequence
from contextlib import closing
from http.cookies import SimpleCookie
from typing import Any, NamedTuple, Optional

from tests.real.apps import said
from tests.real.doors import Answer, Door, Gate, Question


class Want(NamedTuple):
    """What an answer must be; None where it does not matter."""

    status: int = 200
    seen: Optional[Mapping[str, Any]] = None
    """Entries of what /echo tells about the request."""
    headers: Optional[Mapping[str, Sequence[str]]] = None
    """All values of some headers, in order; values joined with commas count as several."""
    cookies: Optional[Mapping[str, Mapping[str, str]]] = None
    """Every cookie that is set: its value, and its attributes in lower case."""
    body: Optional[bytes] = None
    streamed: Optional[bool] = None
    """Whether the first part came before the app had made the last."""


class Case(NamedTuple):
    """One request and what must come of it."""

    name: str
    question: Question
    want: Want


def _echo(name: str, target: str = "/echo", method: str = "GET", **more: Any) -> Case:
    seen = more.pop("seen")
    return Case(name, Question(method, target, **more), Want(seen=seen))


def digest(body: bytes) -> dict[str, object]:
    """What /echo tells about *body*."""
    return {"length": len(body), "sha256": hashlib.sha256(body).hexdigest()}


_MEGABYTE = said.EVERY_BYTE * 4096
_CJK = "中文"
_COOKIES = {
    "first": {"value": "1", "path": "/", "samesite": "lax"},
    "second": {"value": "2", "path": "/", "samesite": "lax", "httponly": "", "expires": said.EXPIRES.lower()},
}

_CLOUD_EVENT = [
    ("Content-Type", "application/json"), ("ce-specversion", "1.0"), ("ce-id", "7"), ("ce-source", "/some"), ("ce-type", "some"),
]  # fmt: skip

# The first to come is cold: the platform may still be importing the app.
CASES: tuple[Case, ...] = (
    _echo("get", seen={"method": "GET", "path": "/echo", "query": "", "length": 0, "starts": 1}),
    # What a client says of itself stands to the left of what the platform's front end has appended.
    _echo("client", headers=[("X-Forwarded-For", "198.51.100.7, 203.0.113.9")], seen={"client": "203.0.113.9"}),
    _echo("put", method="PUT", body=b"p", seen={"method": "PUT", "text": "p"}),
    _echo("patch", method="PATCH", body=b"p", seen={"method": "PATCH", "text": "p"}),
    _echo("delete", method="DELETE", seen={"method": "DELETE", "length": 0}),
    _echo("options", method="OPTIONS", seen={"method": "OPTIONS"}),
    _echo("path with CJK", "/echo/%E4%B8%AD%E6%96%87", seen={"path": f"/echo/{_CJK}"}),
    _echo("path with %2F", "/echo/a%2Fb%20c", seen={"path": "/echo/a/b c"}),
    _echo("path with %25", "/echo/100%25/%2541", seen={"path": "/echo/100%/%41"}),
    _echo("path with plus", "/echo/a+b%2Bc", seen={"path": "/echo/a+b+c"}),
    _echo(
        "query",
        "/echo?x=1&k=%E4%B8%AD&y=a+b%26c&p=100%25",
        seen={"args": {"x": ["1"], "k": ["中"], "y": ["a b&c"], "p": ["100%"]}},
    ),
    _echo("query with repeats", "/echo?x=1&z=3&x=2", seen={"args": {"x": ["1", "2"], "z": ["3"]}}),
    _echo("query with empty values", "/echo?e=&x=1", seen={"args": {"e": [""], "x": ["1"]}}),
    _echo("query as it was sent", "/echo?b=%7e&a=~&x=1&z=%20&x=2", seen={"query": "b=%7e&a=~&x=1&z=%20&x=2"}),
    _echo("header", headers=[("X-Battery-One", "a; b=c")], seen={"headers": {"x-battery-one": ["a; b=c"]}}),
    _echo(
        "repeated header",
        headers=[("X-Battery-Two", "1"), ("X-Other", "x"), ("X-Battery-Two", "2")],
        seen={"headers": {"x-battery-two": ["1", "2"]}},
    ),
    _echo("cookies", headers=[("Cookie", "a=1; b=x%20y")], seen={"cookies": {"a": "1", "b": "x%20y"}}),
    _echo(
        "cookies in two lines",
        headers=[("Cookie", "a=1"), ("Cookie", "b=2")],
        seen={"cookies": {"a": "1", "b": "2"}},
    ),
    _echo(
        "form",
        method="POST",
        headers=[("Content-Type", "application/x-www-form-urlencoded")],
        body=b"k=1&k=2&c=%E4%B8%AD",
        seen={"text": "k=1&k=2&c=%E4%B8%AD", "type": "application/x-www-form-urlencoded"},
    ),
    _echo(
        "JSON",
        method="POST",
        headers=[("Content-Type", "application/json")],
        body=json.dumps({"text": _CJK, "x": [1]}, ensure_ascii=False).encode(),
        seen={"text": f'{{"text": "{_CJK}", "x": [1]}}', "type": "application/json"},
    ),
    _echo(
        "text that looks like base64",
        method="POST",
        headers=[("Content-Type", "text/plain; charset=utf-8")],
        body=b"abcd",
        seen={"text": "abcd"},
    ),
    _echo("POST without a body", method="POST", body=b"", seen={"length": 0}),
    _echo(
        "every byte up",
        method="POST",
        headers=[("Content-Type", "application/octet-stream")],
        body=said.EVERY_BYTE,
        seen=digest(said.EVERY_BYTE),
    ),
    _echo(
        "1 MB up",
        method="POST",
        headers=[("Content-Type", "application/octet-stream")],
        body=_MEGABYTE,
        seen=digest(_MEGABYTE),
    ),
    _echo(
        "chunked up",
        method="POST",
        headers=[("Content-Type", "application/octet-stream")],
        body=said.EVERY_BYTE * 40,
        is_chunked=True,
        seen=digest(said.EVERY_BYTE * 40),
    ),
    Case("text down", Question("GET", "/text"), Want(body=said.TEXT.encode(), headers={"content-type": ["text/plain; charset=utf-8"]})),
    Case("HTML down", Question("GET", "/page"), Want(body=said.TEXT.encode(), headers={"content-type": [said.HTML_TYPE]})),
    Case("JSON down", Question("GET", "/json"), Want(body=said.JSON, headers={"content-type": ["application/json"]})),
    Case(
        "every byte down",
        Question("GET", "/bytes/1"),
        Want(body=said.EVERY_BYTE, headers={"content-type": ["application/octet-stream"]}),
    ),
    Case("1 MB down", Question("GET", "/bytes/4096"), Want(body=_MEGABYTE)),
    Case("256 kB both ways", Question("POST", "/bytes", body=_MEGABYTE[:262144]), Want(body=_MEGABYTE[:262144])),
    Case("gzip", Question("GET", "/gzip"), Want(body=said.GZIPPED, headers={"content-encoding": ["gzip"]})),
    Case("cookies set", Question("GET", "/cookies"), Want(cookies=_COOKIES)),
    Case("repeated header down", Question("GET", "/repeats"), Want(headers={"x-battery-down": said.REPEATED})),
    Case("empty body", Question("GET", "/status/200"), Want(body=b"")),
    Case("204", Question("GET", "/status/204"), Want(204, body=b"")),
    Case("304", Question("GET", "/status/304"), Want(304, body=b"")),
    Case("404", Question("GET", "/status/404"), Want(404, body=said.ERROR.encode())),
    Case("HEAD", Question("HEAD", "/text"), Want(body=b"", headers={"content-type": ["text/plain; charset=utf-8"]})),
    Case("redirect", Question("GET", "/redirect"), Want(303, headers={"location": ["/echo?x=1"]})),
    # With all that a CloudEvent has: only on Knative and Cloud Run is the route open for these.
    *[
        Case(f"route for events, {name}", Question("POST", target, _CLOUD_EVENT, b"{}"), Want(404, body=b"Not Found"))
        for name, target in {"plain": "/events", "encoded": "/%65vents", "slashes": "//events/"}.items()
    ],
    Case("500 with a body", Question("GET", "/status/500"), Want(500, body=said.ERROR.encode())),
    Case("crash", Question("GET", "/crash"), Want(500)),
    Case("stream", Question("GET", "/stream"), Want(body=b"first\nlast\n", streamed=True)),
    _echo("started once", seen={"starts": 1}),
)  # fmt: skip


def ask(door: Door, question: Question, patience: float) -> Answer:
    """Send *question*; one for /stream gets a gate, which lets the app on with the first bytes or after *patience* seconds."""
    if question.target != "/stream":
        return door.ask(question, lambda: None)
    with closing(Gate()) as gate:
        timer = threading.Timer(patience, gate.close)
        timer.start()
        came_early: list[bool] = []

        def note() -> None:
            if not came_early:
                came_early.append(not gate.is_closed)
            gate.close()

        try:
            answer = door.ask(question._replace(target=f"/stream?gate={gate.port}"), note)
        finally:
            timer.cancel()
    answer.streamed = bool(came_early and came_early[0])
    return answer


def problems(answer: Answer, want: Want, mount: str) -> list[str]:
    """One sentence for everything in *answer* that is not as it should be."""
    found = []
    if answer.status != want.status:
        found.append(f"status {want.status} expected, got {answer.status}: {answer.body[:300]!r}")
        return found
    if said.SECRET.encode() in answer.body or b"Traceback" in answer.body:
        found.append("the client sees the text of an error")
    if want.seen is not None:
        found += _not_as_seen(want.seen, answer)
        if "method" in want.seen:
            found += _not_as_seen({"mount": mount}, answer)
    for name, values in (want.headers or {}).items():
        got = [part.strip() for value in answer.values(name) for part in value.split(",")]
        if [_plain(value) for value in values] != [_plain(value) for value in got]:
            found.append(f"header {name} {list(values)} expected, got {got}")
    if want.cookies is not None:
        found += _differences(want.cookies, _read_cookies(answer.values("set-cookie")), "cookie ")
    if want.body is not None and answer.body != want.body:
        found.append(
            f"body of {len(want.body)} bytes {want.body[:60]!r} expected, got {len(answer.body)} bytes {answer.body[:60]!r}"
        )
    if want.streamed is not None and answer.streamed != want.streamed:
        found.append(
            "the first part came only with the last" if want.streamed else "the first part came before the last"
        )
    return found


def _not_as_seen(want: Mapping[str, Any], answer: Answer) -> list[str]:
    """What /echo has told otherwise than *want* says."""
    try:
        seen = json.loads(answer.body)
    except ValueError:
        return [f"JSON expected, got {answer.body[:300]!r}"]
    return _differences(want, seen, "seen ")


def _plain(value: str) -> str:
    """*value* without what means nothing in it: spaces and the case of a parameter."""
    return value.replace(" ", "").lower()


def _differences(want: Mapping[str, Any], got: Mapping[str, Any], what: str) -> list[str]:
    return [
        f"{what}{name} {value!r} expected, got {got.get(name)!r}"
        for name, value in want.items()
        if got.get(name) != value
    ]


def _read_cookies(lines: Sequence[str]) -> dict[str, dict[str, str]]:
    found = {}
    for line in lines:
        for name, morsel in SimpleCookie(line).items():
            attributes = {key: "" if value is True else str(value).lower() for key, value in morsel.items() if value}
            found[name] = {"value": morsel.value, **attributes}
    return found


def differs_in_format(door: Door, name: str) -> list[str]:
    """What is wrong when the handler has not taken the event for one of the format *name*."""
    answer = door.ask(Question("GET", "/echo"), lambda: None)
    return _not_as_seen({"format": name}, answer)


def together(door: Door, number: int) -> list[str]:
    """Send *number* requests at the same time: each must get its own answer."""
    found: list[str] = []

    def one(mark: str) -> None:
        try:
            answer = door.ask(
                Question("POST", f"/echo/{mark}?m={mark}", [("X-Battery-Mark", mark)], mark.encode() * 50), lambda: None
            )
            seen = json.loads(answer.body)
            told = (seen["path"], seen["args"], seen["headers"], seen["text"])
            if told != (f"/echo/{mark}", {"m": [mark]}, {"x-battery-mark": [mark]}, mark * 50):
                found.append(f"{mark} got another's answer: {told!r}"[:300])
        except Exception as error:
            found.append(f"{type(error).__name__}: {error}"[:300])

    threads = [threading.Thread(target=one, args=(uuid.uuid4().hex[:8],)) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
