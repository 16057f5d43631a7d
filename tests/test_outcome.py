"""How a platform hands over an event that is not HTTP, and what it makes of the answer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.emulate import Platform
from lambda_bridge.errors import ConfigurationError, MalformedEvent, NotAccepted, UnknownEvent
from lambda_bridge.formats import load
from lambda_bridge.outcome import Outcome, format_for, invoke
from lambda_bridge.recognize import NAMES as FORMATS
from lambda_bridge.triggers import NAMES
from lambda_bridge.triggers.samples import make_context, make_event

Seen = list["tuple[tuple[Any, ...], dict[str, Any]]"]


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Does everything but what is broken."""
    body = environ["wsgi.input"].read()
    start_response("500 Internal Server Error" if body == b"broken" else "204 No Content", [])
    return []


def send(name: str, data: list[Any], handler: Any = None) -> Outcome:
    handler = handler or make_handler(app, events="/events")
    return invoke(Platform(handler, format_for(name)), name, make_event(name, data), make_context(name))


def noting(seen: Seen) -> Any:
    """A handler that keeps what it was called with."""

    def handle(*args: Any, **keywords: Any) -> None:
        seen.append((args, keywords))

    return handle


# --- the call


@pytest.mark.parametrize("name", NAMES)
def test_platform_is_one_that_there_is(name: str) -> None:
    """Whatever is played already, which stays where it calls in the same way."""
    assert format_for(name) in FORMATS
    for played in FORMATS:
        found = format_for(name, played)
        assert found in {played, format_for(name)}
        if found == played != format_for(name):
            assert not hasattr(load(played), "call")
            assert not hasattr(load(played), "asgi_app")


def test_alibaba_hands_over_bytes() -> None:
    """Of JSON."""
    seen: Seen = []
    handler = make_handler(app, events="/events")

    def handle(event: Any, context: Any) -> Any:
        seen.append(((event,), {}))
        return handler(event, context)

    send("aliyun.timer", ["cat"], handle)

    assert isinstance(seen[0][0][0], bytes)


def test_azure_names_what_it_hands_over() -> None:
    """As its worker does."""
    pytest.importorskip("azure.functions")
    seen: Seen = []
    send("azure.queue", ["cat"], noting(seen))
    [(args, keywords)] = seen

    assert (args, keywords["req"].get_body()) == ((), b"cat")


@pytest.mark.parametrize(("item", "body"), [({"order": 7}, b'{"order": 7}'), (b"\xff", b"\xff"), ("7", b'"7"')])
def test_fn_hands_over_a_stream(item: Any, body: bytes) -> None:
    """Behind its context."""
    seen: Seen = []
    context = make_context("fn.invoke")
    invoke(Platform(noting(seen), "fn"), "fn.invoke", make_event("fn.invoke", [item]), context)
    [(args, keywords)] = seen

    assert args == (context,)
    assert isinstance(keywords["data"], BytesIO)
    assert keywords["data"].getvalue() == body


def test_google_hands_over_an_object() -> None:
    """Of the SDK of CloudEvents, and no context."""
    sdk = pytest.importorskip("cloudevents.http")
    seen: Seen = []
    send("google.storage", [{"name": "cat.png"}], noting(seen))
    [(args, keywords)] = seen

    assert (len(args), keywords) == (1, {})
    assert isinstance(args[0], sdk.CloudEvent)
    assert (args[0]["type"], args[0].get_data()["name"]) == (
        "google.cloud.storage.object.v1.finalized",
        "cat.png",
    )


def test_google_without_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    """The event itself, which is read the same."""
    monkeypatch.setitem(sys.modules, "cloudevents.http", None)
    seen: Seen = []
    send("google.storage", [{"name": "cat.png"}], noting(seen))

    assert seen[0][0][0]["data"]["name"] == "cat.png"


def test_background_event_of_google_stays_what_it_is() -> None:
    """In the older wire format."""
    context = {"eventId": "7", "eventType": "google.pubsub.topic.publish", "resource": "projects/p/topics/t"}
    event = {"data": {"data": "Y2F0"}, "context": context}
    handler = make_handler(app, events="/events")

    assert invoke(Platform(handler, "aws_http"), "google.pubsub", event, None).failures == []


def test_app_cannot_change_the_event() -> None:
    """It has one of its own, as over the wire."""
    handler = make_handler(app)
    handler.on("aws.sqs")(lambda event: event.record.clear())

    assert send("aws.sqs", ["cat"], handler).event["Records"][0]["body"] == "cat"


# --- the outcome


@pytest.mark.parametrize(
    ("name", "failures"),
    [("aws.sqs", [1]), ("aws.kinesis", [1, 2, 3]), ("tencent.ckafka", [0, 1, 2, 3]), ("yandex.queue", [0, 1, 2, 3])],
)
def test_failures_are_the_records_that_come_again(name: str, failures: list[int]) -> None:
    """One of a queue, the rest of a stream, or all where nobody can be told which."""
    outcome = send(name, ["cat", "broken", "dog", "cow"])

    assert outcome.failures == failures
    assert (outcome.error is None) is (len(failures) < 4)
    assert (outcome.result is None) is (len(failures) == 4)
    assert outcome.answer is None


def test_all_is_done() -> None:
    """Nothing failed, and nothing is answered."""
    outcome = send("aws.sqs", ["cat", "dog"])

    assert (outcome.result, outcome.failures, outcome.error) == ({"batchItemFailures": []}, [], None)


def test_error_is_what_the_function_raised() -> None:
    """Itself; what the app has answered is told by our own."""
    problem = ZeroDivisionError()
    handler = make_handler(app)

    @handler.on("aws.s3")
    def work(event: Any) -> None:
        raise problem

    assert send("aws.s3", [{}], handler).error is problem
    assert isinstance(send("tencent.timer", ["broken"]).error, NotAccepted)


@pytest.mark.parametrize("name", ["aws.invoke", "fn.invoke", "openwhisk.invoke", "aws.authorizer", "aws.ses"])
def test_answer_of_sources_that_wait_for_one(name: str) -> None:
    """As JSON."""
    handler = make_handler(app)
    handler.on(name)(lambda event: {"got": (event.type,)})
    outcome = send(name, [{"order": 7} if name.endswith("invoke") else {}], handler)

    assert list(outcome.answer) == ["got"]
    assert isinstance(outcome.answer["got"], list)


def test_answer_that_is_no_json_fails_the_invocation() -> None:
    """The platform could not send it."""
    handler = make_handler(app)
    handler.on("aws.invoke")(lambda event: object())

    assert isinstance(send("aws.invoke", [{}], handler).error, TypeError)


def test_async_function_on_fn() -> None:
    """The platform awaits it."""

    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError(scope["type"])

    handler = make_handler(asgi, interface="asgi", lifespan="off")

    @handler.on("fn.invoke")
    async def work(event: Any) -> Any:
        return event.data

    platform = Platform(handler, "fn")
    try:
        assert invoke(platform, "fn.invoke", {"order": 7}, make_context("fn.invoke")).answer == {"order": 7}
    finally:
        platform.close()


def test_set_up_is_no_outcome() -> None:
    """No route, or a misuse: no platform would ever succeed."""
    with pytest.raises(UnknownEvent, match=r'@handler.on\("aws.sqs"\)'):
        send("aws.sqs", ["cat"], make_handler(app))

    def misused(event: Any, context: Any) -> None:
        raise ConfigurationError("so")

    with pytest.raises(ConfigurationError, match="so"):
        send("aws.sqs", ["cat"], misused)


def test_event_that_has_no_records() -> None:
    """Then none can be counted."""
    event = make_event("huawei.kafka")
    event["records"].append(7)
    handler = make_handler(app, events="/events")
    outcome = invoke(Platform(handler, "aws_http"), "huawei.kafka", event, None)

    assert (outcome.failures, type(outcome.error)) == ([], MalformedEvent)
