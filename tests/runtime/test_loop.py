"""How our runtime answers an event, on a Runtime API that holds every byte to the protocol."""

from __future__ import annotations

import json
import os
from contextlib import closing
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.errors import PlatformError
from lambda_bridge.runtime.api import RuntimeApi as Client
from lambda_bridge.runtime.loop import serve
from lambda_bridge.testing import make_event
from tests.runtime.play import play
from tests.runtime.runtime_api import ARN, Call, RuntimeApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambda_bridge.handler import Handler

EVENT = make_event("aws_url", "POST", "/a?b=c", body="hello", headers={"content-type": "text/plain"})


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["REQUEST_METHOD"].encode(), b" ", environ["wsgi.input"].read()]


def tell(see: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """A WSGI app that answers what *see* says of the event and the context, as JSON."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(see(environ["lambda_bridge.event"], environ["lambda_bridge.context"])).encode()]

    return app


# --- one event


def test_event_becomes_a_result() -> None:
    """Of a WSGI app; the event comes whole or in chunks, as from the emulator."""
    calls = [Call(EVENT), Call(EVENT, chunked=True), Call(EVENT)]

    play(make_handler(echo), *calls)

    results = [(call.kind, call.result["statusCode"], call.result["body"]) for call in calls]
    assert [("response", 200, "POST hello")] * 3 == results


def test_all_goes_over_one_connection() -> None:
    """To connect anew would cost as much as a small call."""
    with RuntimeApi(*[Call(EVENT) for _ in range(5)]) as api:
        with closing(Client(api.address)) as client, pytest.raises(PlatformError):
            serve(make_handler(echo), client)
        assert api.connections == 1


def test_asgi_app_has_one_start_up_for_all_events(handler_for: Callable[..., Handler]) -> None:
    """As with every host."""
    started = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            started.append((await receive())["type"])
            await send({"type": "lifespan.startup.complete"})
            started.append((await receive())["type"])
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"async"})

    handler = handler_for(app)
    calls = [Call(EVENT), Call(EVENT)]

    play(handler, *calls)

    assert [call.result["body"] for call in calls] == ["async", "async"]
    assert started == ["lifespan.startup"]


def test_context_is_that_of_the_event() -> None:
    """With the time that the event's header gives it."""
    call = Call(EVENT)

    play(make_handler(tell(lambda event, context: [context.aws_request_id, context.invoked_function_arn])), call)

    assert json.loads(call.result["body"]) == [call.id, ARN]


def test_trace_id_stands_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the X-Ray SDK looks, anew for each event; that of an earlier one does not stay."""
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "old")
    calls = [
        Call(EVENT, {"Lambda-Runtime-Trace-Id": "Root=1"}),
        Call(EVENT, {"Lambda-Runtime-Trace-Id": None}),
    ]

    play(make_handler(tell(lambda event, context: os.environ.get("_X_AMZN_TRACE_ID"))), *calls)

    assert [json.loads(call.result["body"]) for call in calls] == ["Root=1", None]


def test_the_attempt_is_named_to_the_api() -> None:
    """Which holds it to be another one otherwise; the double looks."""
    call = Call(EVENT, {"Lambda-Runtime-Invocation-Id": "attempt-2"})

    play(make_handler(echo), call)

    assert call.kind == "response"


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        (None, "null"),
        ({"a": "é\U0001f600"}, '{"a":"é\U0001f600"}'),
        ("\ud800", '"\\ud800"'),
        ([Decimal(3), Decimal("2.5")], "[3,2.5]"),
    ],
)
def test_result_of_a_function_is_sent_as_json(returned: Any, expected: str) -> None:
    """Whatever it returns to one who waits, DynamoDB's numbers too."""
    handler = make_handler(echo)
    handler.on("aws.invoke")(lambda event: returned)
    call = Call(DIRECT)

    play(handler, call)

    assert call.body.decode() == expected


DIRECT = {"name": "a direct invocation"}


# --- what fails


def test_app_that_fails_is_a_500_and_the_next_event_is_served(caplog: pytest.LogCaptureFixture) -> None:
    """As everywhere."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        raise RuntimeError("boom")

    calls = [Call(EVENT), Call(EVENT)]

    play(make_handler(app), *calls)

    assert [call.result["statusCode"] for call in calls] == [500, 500]
    assert "boom" in caplog.text


def test_invocation_that_fails_is_told_as_an_error(caplog: pytest.LogCaptureFixture) -> None:
    """With what awslambdaric tells: type, message, trace, request; and a class may be called anything."""
    named = type("Größe", (Exception,), {})

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        raise named("boom é")

    calls = [Call(EVENT), Call(EVENT)]

    play(make_handler(app, on_error="raise"), *calls)

    for call in calls:
        assert (call.kind, call.error_type) == ("error", "Gr\\xf6\\xdfe")
        assert call.result["errorMessage"] == "boom é"
        assert "in app\n" in call.result["stackTrace"][-1]
    assert "the invocation has failed" in caplog.text


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (Call(b'{"secret": '), "the event is no JSON that can be read (JSONDecodeError)"),
        (Call(b'"\xff"'), "the event is no JSON that can be read (UnicodeDecodeError)"),
        (Call(b"[" * 100_000), "the event is no JSON that can be read (RecursionError)"),
        (Call(b"1" * (32 * 1024 * 1024 + 1)), "the event has more than 33554432 bytes"),
        (Call(b"1" * (32 * 1024 * 1024 + 1), chunked=True), "the event has more than 33554432 bytes"),
        (
            Call(EVENT, {"Lambda-Runtime-Client-Context": "{"}),
            "a header about the caller, client context or identity, is no JSON object",
        ),
        (
            Call(EVENT, {"Lambda-Runtime-Cognito-Identity": "[]"}),
            "a header about the caller, client context or identity, is no JSON object",
        ),
    ],
    ids=["no JSON", "no UTF-8", "too deep", "too large", "too large, in chunks", "client", "identity"],
)
def test_event_that_cannot_be_read_is_an_error_of_that_invocation(
    call: Call, message: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The next one is served; nothing of the event is in the log."""
    after = Call(EVENT)

    play(make_handler(echo), call, after)

    assert (call.kind, call.error_type, call.result["errorMessage"]) == ("error", "MalformedEvent", message)
    assert after.kind == "response"
    assert message in caplog.text
    assert "secret" not in caplog.text


def test_event_that_is_no_json_by_its_type_is_bytes() -> None:
    """As awslambdaric hands it over; nobody claims it here."""
    call = Call(b"abc", {"Content-Type": "text/plain"})

    play(make_handler(echo), call)

    assert (call.kind, call.error_type) == ("error", "UnknownEvent")


@pytest.mark.parametrize("headers", [{"Content-Type": None}, {"Content-Type": "application/json; charset=utf-8"}])
def test_event_is_json_where_nothing_else_is_said(headers: dict[str, Any]) -> None:
    """With a parameter too."""
    call = Call(EVENT, headers)

    play(make_handler(echo), call)

    assert call.kind == "response"


def test_result_that_is_no_json_is_an_error() -> None:
    """Its type is named, and not its value."""
    handler = make_handler(echo)
    handler.on("aws.invoke")(lambda event: {1, 2})
    call = Call(DIRECT)

    play(handler, call)

    assert (call.kind, call.error_type) == ("error", "TypeError")
    assert call.result["errorMessage"] == "the result is no JSON: it holds a set"


@pytest.mark.parametrize("deadline", [None, "soon", "-1"])
def test_event_without_a_deadline_has_the_longest(deadline: str | None) -> None:
    """Fifteen minutes; neither an error nor an immediate 504."""
    call = Call(EVENT, {"Lambda-Runtime-Deadline-Ms": deadline})

    play(make_handler(tell(lambda event, context: context.get_remaining_time_in_millis())), call)

    assert 890_000 < json.loads(call.result["body"]) <= 900_000


@pytest.mark.parametrize(
    "answer",
    [
        (400, b'{"errorType":"InvalidRequestID"}'),
        (410, b'{"errorType":"InvokeTimeout"}'),
        (413, b'{"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes)."}'),
        (500, b""),
    ],
)
def test_result_that_the_api_refuses_is_logged(answer: tuple[int, bytes], caplog: pytest.LogCaptureFixture) -> None:
    """There is nobody else to be told; the next event is served."""
    calls = [Call(EVENT, answer=answer), Call(EVENT)]

    play(make_handler(echo), *calls)

    assert calls[1].kind == "response"
    assert f"has not taken /invocation/{calls[0].id}/response: {answer[0]} {answer[1].decode()}".strip() in caplog.text


def test_app_greets_its_websocket_when_the_answer_is_out(handler_for: Callable[..., Handler]) -> None:
    """Before that the gateway knows no such connection; after the next event it would be late."""
    from lambda_bridge.testing import make_request
    from lambda_bridge.websockets import Message, aws

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.send", "text": "welcome"})
        await receive()

    class Pusher:
        def send(self, gateway: Any, push_url: str, connection: str, data: Any, is_new: bool = False) -> None:
            seen.append((connection, data, connect.result))

        def disconnect(self) -> None: ...

    url = "https://abc.execute-api.eu-central-1.amazonaws.com/prod"
    connect = Call(aws.make_event(Message("connect", "a=", url, make_request("GET", "/"))))
    seen: list[Any] = []
    handler = handler_for(app, lifespan="off")
    handler.line.sockets.pusher = Pusher()  # type: ignore[assignment]

    play(handler, connect)

    assert [("a=", "welcome", {"statusCode": 200})] == seen
