from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lambda_bridge.apps._exchange import Exchange, make_scope
from lambda_bridge.errors import DeadlineExceeded, InvalidResponse, NoResponse
from lambda_bridge.messages import Request, Response

START = {"type": "http.response.start", "status": 200, "headers": [(b"X-A", b"1")]}
BODY = {"type": "http.response.body", "body": b"ok"}


def sent(*messages: dict[str, Any]) -> Exchange:
    """An exchange whose app has sent *messages*."""

    async def send_all(exchange: Exchange) -> None:
        for message in messages:
            await exchange.send(message)

    exchange = Exchange(b"", None)
    asyncio.run(send_all(exchange))
    return exchange


def test_scope_has_what_the_spec_names_and_nothing_else() -> None:
    """Each key has the spec's type; extensions that are not there are not advertised."""
    request = Request(
        "get",
        "/a b",
        b"/a%20b",
        "q=%20&r=\xc3\xa9",
        [("host", "h"), ("x-a", "\xe9")],
        b"",
        "http",
        ("h", 80),
        ("1.2.3.4", 5),
    )
    assert {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": "/a b",
        "raw_path": b"/a%20b",
        "query_string": b"q=%20&r=\xc3\xa9",
        "root_path": "",
        "headers": [(b"host", b"h"), (b"x-a", b"\xe9")],
        "client": ("1.2.3.4", 5),
        "server": ("h", 80),
        "state": {},
        "extensions": {},
    } == make_scope(request)


def test_line_break_in_a_hand_written_header_stays_where_it_is() -> None:
    """No value slips to another name."""
    headers = [("x-a", "1\n2"), ("x-b", "3")]
    assert [(b"x-a", b"1\n2"), (b"x-b", b"3")] == make_scope(Request("GET", "/", headers=headers))["headers"]
    assert [] == make_scope(Request("GET", "/"))["headers"]


def test_path_of_the_scope_begins_with_the_root_path() -> None:
    """As the spec wants since 2.3, so that a route /api under the root /api is found."""
    scope = make_scope(Request("GET", "/api/x", b"/api/%78", root_path="/caf\xe9"))
    assert ("/caf\xe9/api/x", b"/caf%C3%A9/api/%78", "/caf\xe9") == (
        scope["path"],
        scope["raw_path"],
        scope["root_path"],
    )


def test_path_of_the_scope_is_text_even_where_the_client_sent_none() -> None:
    """Bytes that are no UTF-8 would be lone surrogates, which no framework can encode; raw_path has them."""
    scope = make_scope(Request("GET", "/\udcff", b"/%FF"))
    assert ("/\ufffd", b"/%FF") == (scope["path"], scope["raw_path"])


def test_receive_gives_the_body_once_and_disconnect_when_the_response_is_complete() -> None:
    """The client stays until it has everything: a second receive waits for that, and so does a third."""

    async def scenario() -> list[Any]:
        exchange = Exchange(b"body", None)
        seen: list[Any] = [await exchange.receive()]
        waiting = [asyncio.create_task(exchange.receive()) for _ in range(2)]
        await exchange.send(START)
        await exchange.send({**BODY, "more_body": True})
        await asyncio.sleep(0)
        seen += [task.done() for task in waiting]
        await exchange.send(BODY)
        seen += await asyncio.gather(*waiting)
        return [*seen, await exchange.receive()]

    assert [
        {"type": "http.request", "body": b"body", "more_body": False},
        False,
        False,
        {"type": "http.disconnect"},
        {"type": "http.disconnect"},
        {"type": "http.disconnect"},
    ] == asyncio.run(scenario())


@pytest.mark.parametrize(
    ("expected", "messages"),
    [
        (b"ok", [START, BODY]),
        (b"", [START, {"type": "http.response.body"}]),
        (b"ab", [START, {**BODY, "body": b"a", "more_body": True}, {**BODY, "body": b"b"}]),
        (b"a", [START, {**BODY, "body": b"a", "more_body": True}, {"type": "http.response.body"}]),
        (b"ab", [START, {**BODY, "body": bytearray(b"a"), "more_body": True}, {**BODY, "body": memoryview(b"b")}]),
    ],
)
def test_response_is_what_was_sent(expected: bytes, messages: list[dict[str, Any]]) -> None:
    """Parts of the body are put together; a body that is not there is empty."""
    assert Response(200, [("x-a", "1")], expected) == sent(*messages).response()


def test_headers_are_optional_and_may_be_any_iterable() -> None:
    """The spec's default is none, and says "iterable"; values are bytes of any kind."""
    assert [[], [("x", "caf\xe9")]] == [
        sent({"type": "http.response.start", "status": 200}, BODY).response().headers,
        sent({**START, "headers": iter([[b"X", b"caf\xe9"]])}, BODY).response().headers,
    ]


@pytest.mark.parametrize(
    "messages",
    [
        [BODY],
        [START, START],
        [START, BODY, BODY],
        [START, BODY, START],
        [{"type": "http.response.push"}],
        [START, {"type": "http.response.trailers"}],
        [START, {**BODY, "body": "text"}],
        [START, {**BODY, "body": None}],
        [{**START, "status": "200"}],
        [{**START, "status": 100}],
        [{**START, "status": 600}],
        [{**START, "headers": [("x", "y")]}],
        [{**START, "headers": [(b"x", b"a\r\nb: c")]}],
        [{**START, "headers": [(b"x y", b"")]}],
        [{**START, "headers": [(b"x", b"y", b"z")]}],
        [{**START, "headers": 42}],
    ],
)
def test_wrong_message_raises_in_send(messages: list[dict[str, Any]]) -> None:
    """The app itself learns at once what it has done wrong."""
    with pytest.raises(InvalidResponse):
        sent(*messages)


@pytest.mark.parametrize(
    ("expected", "messages"), [("no response", []), ("a part of the response", [START]),
                               ("a part of the response", [START, {**BODY, "more_body": True}])]
)  # fmt: skip
def test_end_without_a_whole_response_is_no_response(expected: str, messages: list[dict[str, Any]]) -> None:
    """A part of a page must never be taken for the page."""
    with pytest.raises(NoResponse, match=expected):
        sent(*messages).response()


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), KeyboardInterrupt()])
def test_error_before_the_response_is_raised(error: BaseException) -> None:
    """In the thread that has called, whichever thread ran the app."""
    exchange = sent(START)
    exchange.error = error
    with pytest.raises(type(error)):
        exchange.response()


def test_error_after_the_response_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The client has the whole answer; only the developer must hear of it."""
    exchange = sent(START, BODY)
    exchange.error = ValueError("in a background task")
    assert b"ok" == exchange.response().body
    assert "ValueError: in a background task" in caplog.text


@pytest.mark.parametrize("error", [SystemExit(3), KeyboardInterrupt()])
def test_exit_after_the_response_still_ends_the_process(error: BaseException, caplog: pytest.LogCaptureFixture) -> None:
    """Who asks for the end of the process gets it."""
    exchange = sent(START, BODY)
    exchange.error = error
    with pytest.raises(type(error)):
        exchange.response()


def test_cancellation_that_escapes_is_an_error_like_any_other() -> None:
    """Raised out of a function, CancelledError would end its process."""
    exchange = sent()
    exchange.error = asyncio.CancelledError()
    with pytest.raises(NoResponse, match="cancelled by itself"):
        exchange.response()


def test_expired_exchange_has_no_response_but_a_complete_one(caplog: pytest.LogCaptureFixture) -> None:
    """What was complete in time is sent, and only the rest of the work is given up."""
    late, complete = sent(START), sent(START, BODY)
    late.expired = complete.expired = True
    with pytest.raises(DeadlineExceeded):
        late.response()
    assert b"ok" == complete.response().body
    assert "background work was stopped" in caplog.text
