"""Each record once, in order; what fails is told, and nothing else is."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_bridge import make_handler
from lambda_bridge.errors import ConfigurationError, DeadlineExceeded, MalformedEvent, NotAccepted, UnknownEvent
from lambda_bridge.triggers.delivery import is_warmup, read_call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambda_bridge.triggers import CloudEvent


class Context:
    """AWS's, with the time that is left, in milliseconds."""

    aws_request_id = "request-7"
    invoked_function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:orders"

    def __init__(self, left: int = 60_000) -> None:
        self._left = left

    def get_remaining_time_in_millis(self) -> int:
        return self._left


def sqs(*ids: str, fifo: bool = False, body: str = "{}") -> dict[str, Any]:
    arn = "arn:aws:sqs:eu-central-1:111122223333:orders" + (".fifo" if fifo else "")
    return {
        "Records": [
            {"messageId": each, "body": body, "attributes": {}, "eventSource": "aws:sqs", "eventSourceARN": arn}
            for each in ids
        ]
    }


def kinesis(*numbers: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "kinesis": {"sequenceNumber": each, "data": "aGVsbG8=", "partitionKey": "1"},
                "eventSource": "aws:kinesis",
                "eventID": each,
                "eventSourceARN": "arn:aws:kinesis:eu-central-1:111122223333:stream/clicks",
            }
            for each in numbers
        ]
    }


def dynamodb(*numbers: str) -> dict[str, Any]:
    return {
        "Records": [
            {
                "dynamodb": {"SequenceNumber": each, "Keys": {}},
                "eventSource": "aws:dynamodb",
                "eventName": "INSERT",
                "eventID": each,
                "eventSourceARN": "arn:aws:dynamodb:eu-central-1:111122223333:table/orders/stream/1",
            }
            for each in numbers
        ]
    }


def schedule() -> dict[str, Any]:
    return {
        "version": "0",
        "id": "1",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "111122223333",
        "time": "2026-03-04T10:11:12Z",
        "region": "eu-central-1",
        "resources": ["arn:aws:events:eu-central-1:111122223333:rule/nightly"],
        "detail": {},
    }


BUILD = {
    "aws.sqs": sqs,
    "fifo": lambda *ids: sqs(*ids, fifo=True),
    "aws.kinesis": kinesis,
    "aws.dynamodb": dynamodb,
}


def names(result: Any) -> list[str]:
    return [each["itemIdentifier"] for each in result["batchItemFailures"]]


class Worker:
    """A WSGI app that keeps the ids it gets, and fails for some."""

    def __init__(self, failing: Iterable[str] = (), status: str = "204 No Content") -> None:
        self.failing = set(failing)
        self.status = status
        self.seen: list[str] = []

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        found = environ["HTTP_CE_ID"]
        self.seen.append(found)
        if found in self.failing:
            start_response("500 Internal Server Error", [])
            return [b"no"]
        start_response(self.status, [])
        return []


async def asgi_app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    headers = dict(scope["headers"])
    body = (await receive())["body"]
    status = 500 if b"bad" in headers[b"ce-id"] else 200
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": json.dumps([scope["path"], body.decode()]).encode()})


@pytest.fixture(autouse=True)
def _no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "lambda_bridge")


# --- failures


@pytest.mark.parametrize("name", BUILD)
def test_success_names_nothing(name: str) -> None:
    """Each record came once, in order."""
    worker = Worker()
    assert {"batchItemFailures": []} == make_handler(worker, events="/events")(BUILD[name]("1", "2", "3"), Context())
    assert ["1", "2", "3"] == worker.seen


@pytest.mark.parametrize(
    ("name", "failed", "seen"),
    [
        ("aws.sqs", ["2"], ["1", "2", "3", "4"]),
        ("fifo", ["2", "3", "4"], ["1", "2"]),
        ("aws.kinesis", ["2", "3", "4"], ["1", "2"]),
        ("aws.dynamodb", ["2", "3", "4"], ["1", "2"]),
    ],
)
def test_failure_is_named(name: str, failed: list[str], seen: list[str]) -> None:
    """Where order counts, all after it too, and those are not tried."""
    worker = Worker({"2"})
    result = make_handler(worker, events="/events")(BUILD[name]("1", "2", "3", "4"), Context())
    assert (failed, seen) == (names(result), worker.seen)


def test_all_failed_fails_the_invocation() -> None:
    """Right whether the trigger is set to report failures or not."""
    with pytest.raises(NotAccepted, match=r"aws\.sqs with 500"):
        make_handler(Worker({"1", "2"}), events="/events")(sqs("1", "2"), Context())


def test_without_partial_failures_the_first_one_raises() -> None:
    """For a trigger that is not set to report them."""
    worker = Worker({"2"})
    with pytest.raises(NotAccepted):
        make_handler(worker, events="/events", partial_failures=False)(sqs("1", "2", "3"), Context())
    assert ["1", "2"] == worker.seen


@pytest.mark.parametrize("status", ["301 Moved Permanently", "304 Not Modified", "404 Not Found", "503 Unavailable"])
def test_only_2xx_is_success(status: str) -> None:
    """A redirect is none: nobody follows it."""
    with pytest.raises(NotAccepted, match=status[:3]):
        make_handler(Worker(status=status), events="/events")(schedule(), Context())


def test_other_sources_raise_whatever_on_error_says() -> None:
    """What the app raised, so that the platform's log shows it."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        make_handler(app, events="/events", on_error="respond")(schedule(), Context())


def test_what_a_function_raises_has_no_reason_of_ours() -> None:
    """The traceback in the platform's log is the function's alone; that the event is no HTTP is none of it."""
    handler = make_handler(Worker())

    @handler.on("aws.sqs")
    def work(event: CloudEvent) -> None:
        raise KeyError("order")

    with pytest.raises(KeyError) as raised:
        handler(sqs("a"), Context())
    with pytest.raises(KeyError) as raised_in_loop:
        asyncio.run(handler.aio(sqs("a"), Context()))
    assert (raised.value.__context__, raised_in_loop.value.__context__) == (None, None)


def test_malformed_record_fails_alone() -> None:
    """The others are delivered."""
    event = sqs("1", "2", "3")
    event["Records"][1]["body"] = None
    worker = Worker()
    assert ["2"] == names(make_handler(worker, events="/events")(event, Context()))
    assert ["1", "3"] == worker.seen


def test_failed_record_without_identifier_fails_the_invocation() -> None:
    """It cannot be named, and must not be lost."""
    event = sqs("1", "2")
    del event["Records"][1]["messageId"]
    with pytest.raises(MalformedEvent):
        make_handler(Worker(), events="/events")(event, Context())


def test_failures_are_logged_with_the_setting_that_they_need(caplog: pytest.LogCaptureFixture) -> None:
    """Once: AWS does not tell the function whether it is set."""
    caplog.set_level(logging.WARNING, "lambda_bridge")
    handler = make_handler(Worker({"2"}), events="/events")
    for _ in range(2):
        handler(sqs("1", "2"), Context())
    levels = [record.levelname for record in caplog.records]
    assert ["ERROR", "WARNING", "ERROR"] == levels
    assert "ReportBatchItemFailures" in caplog.text


@given(st.sampled_from(sorted(BUILD)), st.lists(st.booleans(), min_size=1, max_size=12), st.sampled_from([0, 1, 2, 3]))
def test_nothing_is_lost_and_nothing_comes_twice(name: str, outcomes: list[bool], how: int) -> None:
    """Whichever records fail: each is done, or reported, and never done and then reported where it was tried."""
    ids = [str(index) for index in range(len(outcomes))]
    bad = {each for each, fails in zip(ids, outcomes) if fails}
    worker = Worker(bad)
    handler = make_handler(worker, events="/events")
    source = "aws.sqs" if name == "fifo" else name
    if how:

        def function(event: CloudEvent) -> None:
            worker.seen.append(event.id)
            if event.id in bad:
                raise ValueError(event.id)

        async def coroutine(event: CloudEvent) -> None:
            function(event)

        handler.on(source)(coroutine if how == 2 else function)
    event = BUILD[name](*ids)
    try:
        result = asyncio.run(handler.aio(event, Context())) if how == 3 else handler(event, Context())
        reported = names(result)
    except (NotAccepted, ValueError):
        reported = ids
    handler.close()

    done = [each for each in worker.seen if each not in bad]
    assert len(worker.seen) == len(set(worker.seen))
    assert worker.seen == sorted(worker.seen, key=int)
    assert set(ids) == set(done) | set(reported)
    assert not set(done) & set(reported)
    if name == "aws.sqs":
        assert bad == set(reported)


# --- the deadline


def test_records_after_the_deadline_are_reported_untried() -> None:
    """The one that was stopped, and those that there was no time for."""
    from time import sleep

    seen = []
    handler = make_handler(Worker())

    @handler.on("aws.sqs")
    def work(event: CloudEvent) -> None:
        seen.append(event.id)
        if event.id == "2":
            sleep(5)

    assert ["2", "3"] == names(handler(sqs("1", "2", "3"), Context(left=700)))
    assert ["1", "2"] == seen


def test_deadline_in_the_app() -> None:
    """The same of a WSGI app; where nothing can be named, it raises."""
    from time import sleep

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        sleep(5)
        return []

    with pytest.raises(DeadlineExceeded):
        make_handler(app, events="/events")(schedule(), Context(left=600))


# --- functions


def test_function_gets_a_cloudevent_with_record_and_context() -> None:
    """Beside the attributes: what the platform handed over."""
    handler = make_handler(Worker())
    got: list[CloudEvent] = []

    @handler.on("aws.sqs")
    def work(event: CloudEvent) -> None:
        got.append(event)

    event, context = sqs("1", body='{"order": 7}'), Context()
    handler(event, context)

    assert callable(work)
    assert [("1", {"order": 7}, True, True)] == [
        (each.id, each.json(), each.record is event["Records"][0], each.context is context) for each in got
    ]


def test_function_wins_over_the_route_and_batch_gets_the_list() -> None:
    """The app is not called."""
    worker, got = Worker(), []
    handler = make_handler(worker, events="/events")
    handler.on("aws.sqs", batch=True)(lambda events: got.append([each.id for each in events]))

    assert {"batchItemFailures": []} == handler(sqs("1", "2"), Context())
    assert ([["1", "2"]], []) == (got, worker.seen)


def test_batch_without_its_malformed_records() -> None:
    """Those are reported; of a FIFO queue, all after them too."""
    for fifo, expected, failed in [(False, ["1", "3"], ["2"]), (True, ["1"], ["2", "3"])]:
        event = sqs("1", "2", "3", fifo=fifo)
        event["Records"][1]["body"] = 7
        handler = make_handler(Worker())
        got: list[CloudEvent] = []
        handler.on("aws.sqs", batch=True)(got.extend)

        assert failed == names(handler(event, Context()))
        assert expected == [each.id for each in got]


def test_batch_that_fails_raises() -> None:
    """Of which record it was, nobody knows."""
    handler = make_handler(Worker())

    @handler.on("aws.sqs", batch=True)
    def work(events: list[CloudEvent]) -> None:
        raise ValueError("all")

    with pytest.raises(ValueError, match="all"):
        handler(sqs("1", "2"), Context())


def test_async_functions_share_the_apps_loop() -> None:
    """What the app's start-up has opened belongs to that loop."""
    loops = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        loops.append(asyncio.get_running_loop())
        await asgi_app(scope, receive, send)

    handler = make_handler(app, events="/events")

    @handler.on("aws.sqs")
    async def work(event: CloudEvent) -> None:
        await asyncio.sleep(0)
        loops.append(asyncio.get_running_loop())

    handler(sqs("1"), Context())
    handler(schedule(), Context())
    handler.close()

    assert len(loops) == 3  # lifespan, function, app
    assert len(set(map(id, loops))) == 1


@pytest.mark.parametrize("kind", ["wsgi", "asgi"])
def test_async_function_is_stopped_at_the_deadline(kind: str) -> None:
    """As the app is."""
    handler = make_handler(Worker() if kind == "wsgi" else asgi_app)

    @handler.on("aws.schedule")
    async def work(event: CloudEvent) -> None:
        await asyncio.sleep(5)

    with pytest.raises(DeadlineExceeded):
        handler(schedule(), Context(left=600))
    handler.close()


def test_inside_a_running_loop() -> None:
    """With an app of either kind, and with functions of either kind."""

    async def run() -> list[Any]:
        handler = make_handler(asgi_app, events="/events")
        seen: list[str] = []

        @handler.on("aws.schedule")
        async def work(event: CloudEvent) -> None:
            seen.append(event.type)

        handler.on("aws.kinesis")(lambda event: seen.append(event.id))
        results = [await handler.aio(event, Context()) for event in (sqs("1", "bad"), schedule(), kinesis("7"))]
        return [*results, seen]

    assert [
        {"batchItemFailures": [{"itemIdentifier": "bad"}]},
        None,
        {"batchItemFailures": []},
        ["Scheduled Event", "7"],
    ] == asyncio.run(run())


def test_wrong_registrations() -> None:
    """Each says what to use."""
    handler = make_handler(Worker())
    with pytest.raises(ConfigurationError, match=r"aws\.sqs"):
        handler.on("aws.sqz")(print)
    with pytest.raises(ConfigurationError, match="decorates"):
        handler.on("aws.sqs")(7)  # type: ignore[arg-type]
    handler.on("aws.sqs")(print)
    with pytest.raises(ConfigurationError, match="already"):
        handler.on("aws.sqs")(print)


# --- answers


def test_direct_invocation_gets_the_answer() -> None:
    """Of a function as it is; of the app, its JSON."""
    handler = make_handler(asgi_app, events="/events")
    assert ["/events", '{"order":7}'] == handler({"order": 7}, Context())
    handler.on("aws.invoke")(lambda event: {"got": event.data, "id": event.id})
    assert {"got": [1], "id": "request-7"} == handler([1], Context())
    handler.close()


def test_authorizer_goes_to_a_function_only() -> None:
    """An app with a route would answer it, and so let everybody in."""
    event = {"type": "TOKEN", "authorizationToken": "x", "methodArn": "arn:aws:execute-api:eu-central-1:1:a/prod/GET/"}
    handler = make_handler(Worker(), events="/events")
    with pytest.raises(UnknownEvent, match=r"aws\.authorizer"):
        handler(event, Context())
    handler.on("aws.authorizer")(lambda event: {"principalId": event.data["authorizationToken"]})
    assert {"principalId": "x"} == handler(event, Context())


# --- warm-up


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"source": "serverless-plugin-warmup"}, None),
        (
            {
                **schedule(),
                "resources": ["arn:aws:events:eu-west-1:1:rule/a-zappa-keep-warm-handler.keep_warm_callback"],
            },
            None,
        ),
        ({"warmer": True, "concurrency": 1}, "warmer"),
        ({"source": "my-pings"}, "source=my-pings"),
    ],
)
def test_warm_up_touches_nothing(event: dict[str, Any], field: str | None) -> None:
    """Not even a function, and no option is needed for the event to be taken."""
    worker = Worker()
    handler = make_handler(worker, warmup=field)
    assert handler(event, Context()) is None
    assert asyncio.run(handler.aio(event, Context())) is None
    assert [] == worker.seen


@pytest.mark.parametrize("event", [schedule(), {"warmer": True}, [], None, {"source": "serverless"}])
def test_other_events_are_no_warm_up(event: Any) -> None:
    """EventBridge's schedules have work to do."""
    assert is_warmup(event, None) is False
    assert is_warmup(event, "source=x") is False


# --- the call


def test_call_in_other_forms() -> None:
    """JSON in bytes, Google's background events, and what is no JSON."""

    class Background:
        event_id, timestamp, event_type, resource = "1", "2026-03-04T10:11:12Z", "google.storage.object.finalize", "r"

    assert ({"a": 1}, None) == read_call((b'{"a": 1}',), {})
    assert (b"\xff", 7) == read_call((b"\xff", 7), {})
    assert ({"a": 1}, 7) == read_call((), {"req": {"a": 1}, "context": 7})
    assert {
        "data": {"bucket": "b"},
        "context": {
            "eventId": "1",
            "timestamp": "2026-03-04T10:11:12Z",
            "eventType": "google.storage.object.finalize",
            "resource": "r",
        },
    } == read_call(({"bucket": "b"}, Background()), {})[0]


def test_unknown_event_names_its_keys() -> None:
    """With a route too."""
    with pytest.raises(UnknownEvent, match="'mystery'"):
        make_handler(Worker(), events="/events")({"mystery": 1}, None)
