"""Each record once, in order; what fails is told, and nothing else is."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_bridge import make_handler
from lambda_bridge.errors import MalformedEvent, NotAccepted
from tests.strategies import PROPERTY
from tests.triggers.events import Context, Worker, dynamodb, kinesis, sqs

if TYPE_CHECKING:
    from lambda_bridge.triggers import CloudEvent

BUILD = {
    "aws.sqs": sqs,
    "fifo": lambda *ids: sqs(*ids, fifo=True),
    "aws.kinesis": kinesis,
    "aws.dynamodb": dynamodb,
}


def names(result: Any) -> list[str]:
    return [each["itemIdentifier"] for each in result["batchItemFailures"]]


@pytest.fixture(autouse=True)
def _no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "lambda_bridge")


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


@PROPERTY
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


def test_batch_that_fails_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    """Not with a traceback for each of its records, of which there may be thousands."""
    caplog.set_level(logging.WARNING, "lambda_bridge")
    handler = make_handler(Worker())

    @handler.on("aws.sqs", batch=True)
    def work(events: list[CloudEvent]) -> None:
        raise ValueError("all")

    event = sqs("1", "2", "3")
    event["Records"][1]["body"] = None
    with pytest.raises(MalformedEvent):
        handler(event, Context())
    messages = [record.message.partition(":")[0] for record in caplog.records]
    assert messages == [
        "record 2 of 3 of aws.sqs has failed",
        "the function for 2 records of 3 of aws.sqs has failed",
    ]


def test_batch_of_nothing_that_fails_raises() -> None:
    """There is no record that could be said to have failed."""
    handler = make_handler(Worker())

    @handler.on("aws.kafka", batch=True)
    def work(events: list[CloudEvent]) -> None:
        raise ValueError(len(events))

    with pytest.raises(ValueError, match="0"):
        handler({"eventSource": "aws:kafka", "bootstrapServers": "a:9092", "records": {}}, Context())
