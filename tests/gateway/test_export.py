"""Calls in the forms of other tools: each is read again by what it is made for."""

from __future__ import annotations

import json
import shlex
import sys
from types import ModuleType
from typing import Any

import pytest

from lambda_bridge.gateway.calls import Call
from lambda_bridge.gateway.export import make_curl, make_test
from lambda_bridge.messages import Response
from lambda_bridge.testing import make_request

HEADERS = [("content-type", "text/plain"), ("x-note", "it's"), ("authorization", "Bearer abc.def"), ("x-empty", "")]


def made_call(
    method: str = "POST",
    url: str = "http://127.0.0.1:8000/a%20b?x=1&token=abcdef",
    body: bytes = "it's 日\n".encode(),
    response: Response | None = None,
    headers: list[tuple[str, str]] | None = None,
) -> Call:
    request = make_request(method, url, headers=HEADERS if headers is None else headers, body=body)
    response = response or Response(
        201, [("content-type", "application/json"), ("set-cookie", "s=1234; Path=/")], b'{"a": 1}'
    )
    return Call(7, "aws_http", 1.5, request, response, 0.25, body_size=(len(body), len(response.body)))


def curl_words(call: Call, reveal: bool = False) -> list[str]:
    return shlex.split(make_curl(call, reveal))


def values_of(words: list[str], option: str) -> list[str]:
    return [words[at + 1] for at, word in enumerate(words) if word == option]


def test_curl_sends_the_same_request() -> None:
    """Method, URL, headers and body as a shell reads them; what curl writes itself is left out."""
    words = curl_words(made_call("PUT"), reveal=True)

    assert words[0] == "curl"
    assert values_of(words, "--request") == ["PUT"]
    assert "http://127.0.0.1:8000/a%20b?x=1&token=abcdef" in words
    assert values_of(words, "--header") == [
        "content-type: text/plain", "x-note: it's", "authorization: Bearer abc.def", "x-empty;",
    ]  # fmt: skip
    assert values_of(words, "--data-raw") == ["it's 日\n"]


def test_curl_shows_no_secret_unless_asked() -> None:
    """A line that is pasted somewhere has the word REDACTED in it."""
    line = make_curl(made_call())

    assert "authorization: REDACTED" in line
    assert "token=REDACTED" in line
    assert "abc" not in line


def test_curl_with_a_binary_body() -> None:
    """Bytes that no shell takes as an argument come through a pipe."""
    line = make_curl(made_call(body=b"\0\xff"))

    assert line.startswith("printf %s AP8= | base64 --decode | curl ")
    assert values_of(shlex.split(line), "--data-binary") == ["@-"]


@pytest.mark.parametrize(
    ("method", "body", "option"), [("GET", b"", []), ("POST", b"x", []), ("HEAD", b"", ["--head"])]
)
def test_curl_knows_its_methods(method: str, body: bytes, option: list[str]) -> None:
    """What curl does by itself is not said."""
    words = curl_words(made_call(method, body=body, headers=[]))

    assert [word for word in words if word in ("--request", "--head")] == option


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"name": "\xe6\x97\xa5", "list": [1, null, true]}'),
        ("application/json", b'{"long": {"name": "' + b"x" * 99 + b'"}, "list": [[], {}], "tab": "\\t\\u0007"}'),
        ("application/x-www-form-urlencoded", b"name=a+b&x=%E6%97%A5"),
        ("application/x-www-form-urlencoded", b"name=a&name=b"),
        ("text/plain", "it's 日".encode()),
        ("application/octet-stream", b"\0\xff"),
        ("application/json", b"{not json"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PROPFIND"])
def test_the_test_case_runs_and_passes(
    monkeypatch: pytest.MonkeyPatch, method: str, content_type: str, body: bytes
) -> None:
    """What is saved can be put into a file: it sends the request to the app, which answers the same."""
    seen: list[tuple[str, str, bytes]] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append((environ["REQUEST_METHOD"], environ.get("CONTENT_TYPE", ""), environ["wsgi.input"].read()))
        start_response("201 Created", [("Content-Type", "application/json")])
        return [b'{"a": 1}']

    module = ModuleType("saved_app")
    module.__dict__["factory"] = ModuleType("factory")
    module.__dict__["factory"].app = app
    monkeypatch.setitem(sys.modules, "saved_app", module)
    call = made_call(method, "http://127.0.0.1:8000/notes/1?a=b", body, headers=[("content-type", content_type)])
    text = make_test(call, "saved_app:factory.app")
    namespace: dict[str, Any] = {}

    exec(compile(text, "test_saved.py", "exec"), namespace)  # noqa: S102
    namespace[f"test_{method.lower()}_notes_1"]()

    assert "response.status == 201" in text
    assert 'response.json() == {"a": 1}' in text
    (sent,) = seen
    assert sent[:2] == (method, content_type)
    assert json.loads(sent[2]) == json.loads(body) if body[:2] == b'{"' else sent[2] == body


def test_the_test_case_shows_no_secret_unless_asked() -> None:
    """A test is kept in a repository."""
    assert "abc" not in make_test(made_call(), "a:b")
    assert "abc.def" in make_test(made_call(), "a:b", reveal=True)
