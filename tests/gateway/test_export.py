"""Calls in the forms of other tools: each is read again by what it is made for."""

from __future__ import annotations

import json
import shlex
import sys
from datetime import datetime
from types import ModuleType
from typing import Any

import pytest

from lambda_bridge.gateway.calls import Call, Trigger
from lambda_bridge.gateway.export import make_curl, make_har, make_test
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


def test_the_har_file_is_one() -> None:
    """Every field that the HAR 1.2 specification asks for is there, with the type that it says."""
    calls = [
        made_call(),
        made_call("GET", body=b"", response=Response(200, [("content-type", "image/png")], b"\x89PNG\xff")),
    ]
    calls[1].problem = "odd"

    log = json.loads("".join(make_har(calls)))["log"]

    assert log["version"] == "1.2"
    assert log["creator"]["name"] == "lambda-bridge"
    assert len(log["entries"]) == 2
    for entry in log["entries"]:
        assert datetime.fromisoformat(entry["startedDateTime"]).tzinfo is not None
        assert entry["time"] == sum(entry["timings"].values()) == 250.0
        assert entry["cache"] == {}
        for side in (entry["request"], entry["response"]):
            assert side["httpVersion"] == "HTTP/1.1"
            assert isinstance(side["headersSize"], int)
            assert isinstance(side["bodySize"], int)
            for pairs in (side["headers"], side["cookies"], side.get("queryString", [])):
                assert all(isinstance(pair["name"], str) and isinstance(pair["value"], str) for pair in pairs)
        assert {"status", "statusText", "content", "redirectURL"} <= entry["response"].keys()
    first, second = log["entries"]
    assert first["request"]["method"] == "POST"
    assert first["request"]["url"] == "http://127.0.0.1:8000/a%20b?x=1&token=REDACTED"
    assert first["request"]["queryString"] == [{"name": "x", "value": "1"}, {"name": "token", "value": "REDACTED"}]
    assert first["request"]["postData"] == {"mimeType": "text/plain", "text": "it's 日\n"}
    assert first["response"]["content"] == {"size": 8, "mimeType": "application/json", "text": '{"a": 1}'}
    assert first["response"]["cookies"] == [{"name": "s", "value": "REDACTED"}]
    assert second["response"]["content"] == {
        "size": 5,
        "mimeType": "image/png",
        "text": "iVBOR/8=",
        "encoding": "base64",
    }
    assert second["comment"] == "odd"


def test_the_har_file_shows_no_secret_unless_asked() -> None:
    """An archive is attached to a bug report."""
    hidden, shown = ("".join(make_har([made_call()], reveal)) for reveal in (False, True))

    assert "abc" not in hidden
    assert "1234" not in hidden
    assert "Bearer abc.def" in shown
    assert json.loads(shown)["log"]["entries"][0]["response"]["cookies"] == [{"name": "s", "value": "1234"}]


def test_an_empty_har_file() -> None:
    """A session without a call is a valid file too."""
    assert json.loads("".join(make_har([])))["log"]["entries"] == []


def test_events_are_no_part_of_an_archive() -> None:
    """As that is one of HTTP."""
    event = Call(8, "aws.sqs", 1.5, Trigger("{}"))
    archive = json.loads("".join(make_har([event, made_call(), event])))

    assert [entry["_format"] for entry in archive["log"]["entries"]] == ["aws_http"]
