"""Apache OpenWhisk's web actions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.formats.openwhisk import call, make_event, make_result, read_event, read_result
from lambda_bridge.messages import Request, Response
from tests.builders import openwhisk
from tests.checkers import see_environ, see_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

EVERY_BYTE = bytes(range(256))


def test_raw_request() -> None:
    """Path and query are as they were sent, the method is written small; without a rest the path is empty."""
    scope = see_scope(openwhisk("/a%2Fb%20c", method="delete", query="x=2&x=1&flag"))

    assert (scope["method"], scope["path"], scope["raw_path"]) == ("DELETE", "/a/b c", b"/a%2Fb%20c")
    assert scope["query_string"] == b"x=2&x=1&flag"
    assert see_environ(openwhisk(""))["PATH_INFO"] == "/"


@pytest.mark.parametrize(
    ("content_type", "body", "expected"),
    [
        ("application/json", "eyJuIjoxfQ==", b'{"n":1}'),
        ("application/json; charset=utf-8", "WzEsMl0=", b"[1,2]"),
        ("application/problem+json", '{"n":1}', b'{"n":1}'),
        ("application/x-www-form-urlencoded", "k=v&x=3", b"k=v&x=3"),
        ("text/plain; charset=utf-8", "YT0x", b"YT0x"),
        ("image/png", "AP8=", b"\x00\xff"),
        ("text/javascript", "MQ==", b"1"),
        (None, "AP8=", b"\x00\xff"),
        ("text/plain", None, b""),
    ],
)
def test_raw_body_is_read_by_its_type(content_type: str | None, body: Any, expected: bytes) -> None:
    """No flag says whether it is base64: binary types are, and JSON."""
    event = openwhisk(method="post", body=body, headers={"content-type": content_type} if content_type else {})

    assert see_environ(event)["body"] == expected


def test_flag_of_a_fork_is_believed_when_raw() -> None:
    """There nothing of a client's stands beside it; in a web action that is not raw, it does."""
    headers = {"content-type": "text/plain"}
    flag: dict[str, Any] = {"__ow_isBase64Encoded": True}

    assert see_environ(openwhisk(body="AP8=", headers=headers, **flag))["body"] == b"\x00\xff"
    assert see_environ(openwhisk(query=None, body="AP8=", headers=headers, **flag))["body"] == b"AP8="


def test_body_that_does_not_decode_is_malformed() -> None:
    """A type that is binary promises base64."""
    with pytest.raises(MalformedEvent):
        read_event(openwhisk(body="no base64!", headers={"content-type": "image/png"}), None)


def test_bound_parameters_never_reach_the_app_when_raw() -> None:
    """They stand among the client's otherwise, where text of them is read as a query: one reason more for raw."""
    assert see_environ(openwhisk(secret="s"))["QUERY_STRING"] == ""
    assert see_environ(openwhisk(query=None, secret="s", number=7))["QUERY_STRING"] == "secret=s"


def test_web_action_with_form_and_json() -> None:
    """What was merged becomes a body again, with its own length."""
    json = see_environ(openwhisk(method="post", query=None, headers={"content-type": "application/json"}, a=[1]))
    form = openwhisk(method="post", query=None, headers={"content-type": "application/x-www-form-urlencoded"}, a="1")

    assert (json["body"], json["CONTENT_LENGTH"], json["QUERY_STRING"]) == (b'{"a": [1]}', "10", "")
    assert see_environ(form)["body"] == b"a=1"


def test_accept_encoding_is_hidden() -> None:
    """A compressed text could not be sent."""
    environ = see_environ(openwhisk(headers={"accept-encoding": "gzip", "accept": "*/*"}))

    assert ("HTTP_ACCEPT_ENCODING" in environ, environ["HTTP_ACCEPT"]) == (False, "*/*")


def test_prefix_is_for_base_path_to_say() -> None:
    """The action's own path is no part of the event, so the app's links need the option."""
    environ = see_environ(openwhisk("/api/orders"), base_path="/api")

    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/api", "/orders")


def test_result_has_lists_for_repeats() -> None:
    """Values that repeat are a list, in order."""
    pairs = [("set-cookie", "a=1"), ("set-cookie", "b=2"), ("content-type", "text/plain")]

    result = make_result(Response(201, pairs, b"x"), openwhisk())

    assert result == {
        "statusCode": 201,
        "headers": {"set-cookie": ["a=1", "b=2"], "content-type": "text/plain"},
        "body": "x",
    }


@pytest.mark.parametrize("content_type", ["application/json", "image/png", None, "text/html"])
def test_every_byte_of_a_response_is_carried(content_type: str | None) -> None:
    """Also those of a type that means text."""
    headers = [("content-type", content_type)] if content_type else []

    assert read_result(make_result(Response(200, headers, EVERY_BYTE), openwhisk())).body == EVERY_BYTE


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"body": "hi"}, Response(200, [], b"hi")),
        ({}, Response(204)),
        ({"body": None, "statusCode": "404"}, Response(404)),
        ({"body": {"a": 1}}, Response(200, [], b'{"a": 1}')),
        ({"error": {"statusCode": 500, "body": "boom"}}, Response(500, [], b"boom")),
        ({"headers": {"content-type": "application/json"}, "body": "eyJhIjoxfQ=="},
         Response(200, [("content-type", "application/json")], b'{"a":1}')),
    ],
)  # fmt: skip
def test_results_as_the_controller_reads_them(result: Any, expected: Response) -> None:
    """Every key may be missing; an application error is the response in it."""
    assert expected == read_result(result)


@pytest.mark.parametrize(
    "result", [None, "text", [1], {"error": "boom"}, {"statusCode": "x"}, {"headers": {"a": None}}, {"headers": []}]
)
def test_what_the_controller_refuses(result: Any) -> None:
    """Each is a 400."""
    with pytest.raises(RefusedResult):
        read_result(result)


@pytest.mark.parametrize("variant", ["raw", "web"])
def test_made_event_is_as_captured(variant: str) -> None:
    """Names and the method are written small; JSON is base64 when raw, and merged otherwise."""
    headers = [("content-type", "application/json"), ("x-dup", "1"), ("x-dup", "2")]

    event = make_event(Request("POST", "/a", query="x=1", headers=headers, body=b'{"n": 1}'), variant)

    assert (event["__ow_method"], event["__ow_path"], event["__ow_headers"]["x-dup"]) == ("post", "/a", "2")
    rest = {key: value for key, value in event.items() if key not in {"__ow_method", "__ow_path", "__ow_headers"}}
    assert rest == ({"__ow_query": "x=1", "__ow_body": "eyJuIjogMX0="} if variant == "raw" else {"x": "1", "n": 1})


def test_client_can_not_write_the_controllers_keys() -> None:
    """It gets 400 from the controller; made events keep their own."""
    event = make_event(Request("GET", "/a", query="__ow_path=/b&__ow_method=put"), "web")

    assert (event["__ow_path"], event["__ow_method"]) == ("/a", "get")


def test_runtime_passes_one_argument() -> None:
    """And nothing but JSON."""

    def hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [repr(environ["lambda_bridge.context"]).encode()]

    assert call(make_handler(hello), openwhisk(), "a context")["body"] == "None"
    with pytest.raises(TypeError):
        call(lambda event: {"body": b"bytes"}, openwhisk(), None)


def test_deadline_is_in_the_environment(monkeypatch: pytest.MonkeyPatch, handler_for: Callable[..., Any]) -> None:
    """The runtime sets it before each call: the client gets 504 before the action is killed."""

    def slow(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        time.sleep(2)
        return []

    monkeypatch.setenv("__OW_DEADLINE", str(int(time.time() * 1000) + 60))

    assert handler_for(slow, deadline_margin=0.01)(openwhisk())["statusCode"] == 504
