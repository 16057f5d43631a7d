from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.messages import Response
from lambda_bridge.testing import make_request
from lambda_bridge.websockets import Message, PushAnswer, tencent
from tests.builders import SAMPLES, read_sample

URL = "https://set-a.apigw.tencentcs.com/api-x"


def sample(name: str, **about: Any) -> dict[str, Any]:
    event = read_sample(SAMPLES / "websockets" / "tencent" / f"{name}.json")
    event["websocket"].update(about)
    return event


def test_handshake_has_a_path_and_little_else() -> None:
    """No header, query or cookie of it is in the event."""
    message = tencent.read_event(sample("connect", secWebSocketProtocol="chat, binary"))
    request = message.request
    assert request is not None
    assert ("connect", ("chat", "binary"), "") == (message.kind, message.subprotocols, message.push_url)
    assert ("GET", "/chat", ("203.0.113.24", 0), []) == (
        request.method, request.path, request.client, list(request.headers)
    )  # fmt: skip


def test_handshake_without_a_context_is_read() -> None:
    """By hand."""
    request = tencent.read_event({"websocket": {"action": "connecting", "secConnectionID": "a"}}).request
    assert request is not None
    assert ("/", None) == (request.path, request.client)


@pytest.mark.parametrize(
    ("about", "data"),
    [
        ({}, "hello"),
        ({"action": "data recv"}, "hello"),
        ({"data": None}, ""),
        ({"dataType": "binary", "data": "AAH/"}, b"\x00\x01\xff"),
    ],
)
def test_message_is_text_or_bytes(about: dict[str, Any], data: Any) -> None:
    """As the event says."""
    message = tencent.read_event(sample("message", **about))
    assert ("message", data) == (message.kind, message.data)


@pytest.mark.parametrize("about", [{"data": 7}, {"dataType": "binary", "data": "!"}, {"secConnectionID": 7}])
def test_broken_message_is_malformed(about: dict[str, Any]) -> None:
    """With a sentence that does not quote it."""
    with pytest.raises(MalformedEvent):
        tencent.read_event(sample("message", **about))


def test_end_has_no_code() -> None:
    """1005: nobody has said."""
    assert ("disconnect", 1005) == tencent.read_event(sample("disconnect"))[0::6][:2]


@pytest.mark.parametrize(
    ("response", "number", "protocol"),
    [
        (Response(200), 0, None),
        (Response(200, [("sec-websocket-protocol", "chat")]), 0, "chat"),
        (Response(403, [("sec-websocket-protocol", "chat")], b"no"), 403, None),
        (Response(504), 504, None),
    ],
)
def test_result_is_what_the_gateway_wants(response: Response, number: int, protocol: Any) -> None:
    """It repeats the action and the id, and has at most one protocol."""
    result = tencent.make_result(response, sample("connect"))
    about = {"action": "connecting", "secConnectionID": "c2VjQ29ubmVjdGlvbg=="}
    assert (number, {**about, **({"secWebSocketProtocol": protocol} if protocol else {})}) == (
        result["errNo"],
        result["websocket"],
    )
    again = tencent.read_result(result)
    assert (response.status, protocol) == (again.status, again.header("sec-websocket-protocol"))


def test_number_that_is_no_status_refuses() -> None:
    """As the gateway takes every one but 0."""
    assert 403 == tencent.read_result({"errNo": 1}).status


@pytest.mark.parametrize("result", [None, {}, {"errNo": "0"}])
def test_result_that_is_none_is_refused(result: Any) -> None:
    """The gateway refuses the client then."""
    with pytest.raises(RefusedResult):
        tencent.read_result(result)


@pytest.mark.parametrize(
    "message",
    [
        Message("connect", "a==", "", make_request("GET", "/chat"), ("a", "b")),
        Message("connect", "a==", "", make_request("GET", "/")),
        Message("message", "a==", data="ä"),
        Message("message", "a==", data=b"\xff"),
        Message("disconnect", "a=="),
    ],
    ids=lambda message: message.kind,
)
def test_made_event_is_read_as_it_was(message: Message) -> None:
    """Both halves know the same format; headers are none of it."""
    again = tencent.read_event(json.loads(json.dumps(tencent.make_event(message))))
    assert message._replace(request=None) == again._replace(request=None)
    if message.request is not None:
        assert again.request is not None
        assert (message.request.path, message.request.client) == (again.request.path, again.request.client)


@pytest.mark.parametrize(
    ("request_", "websocket"),
    [
        (
            tencent.make_push(URL, "a==", "ä\ud800"),
            {"action": "data send", "secConnectionID": "a==", "dataType": "text", "data": "ä\ud800"},
        ),
        (
            tencent.make_push(URL, "a==", b"\xff"),
            {"action": "data send", "secConnectionID": "a==", "dataType": "binary", "data": "/w=="},
        ),
        (tencent.make_close(URL, "a==", 4000, "why"), {"action": "closing", "secConnectionID": "a=="}),
    ],
)
def test_requests_to_the_api_are_json(request_: Any, websocket: dict[str, str]) -> None:
    """To one URL for all connections."""
    assert ("POST", URL, {"websocket": websocket}) == (request_.method, request_.url, json.loads(request_.body))


@pytest.mark.parametrize(
    ("body", "refused"),
    [(b'{"errNo": 0, "errMsg": "ok"}', False), (b'{"errNo": 5}', True), (b"", False), (b"[]", False)],
)
def test_number_in_the_answer_refuses(body: bytes, refused: bool) -> None:
    """Its status is 200 all the same."""
    assert refused is tencent.is_refused(PushAnswer(200, body))
    assert not tencent.is_gone(PushAnswer(200, body))
