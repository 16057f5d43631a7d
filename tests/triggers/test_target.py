"""A record for the app, or for a function of either kind: what it raises, what it answers, and on which loop."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.errors import DeadlineExceeded, NotAccepted
from tests.triggers.events import Context, Worker, asgi_app, kinesis, schedule, sqs

if TYPE_CHECKING:
    from lambda_bridge.triggers import CloudEvent


@pytest.fixture(autouse=True)
def _no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "lambda_bridge")


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


def test_stop_iteration_fails_the_invocation() -> None:
    """A future that is to take it would never be done."""
    handler = make_handler(Worker())

    @handler.on("aws.schedule")
    def nothing_to_do(event: CloudEvent) -> None:
        raise StopIteration

    async def call() -> None:
        await asyncio.wait_for(handler.aio(schedule(), Context()), 5)

    with pytest.raises(RuntimeError, match="raised StopIteration"):
        asyncio.run(call())
    with pytest.raises(RuntimeError, match="raised StopIteration"):
        handler(schedule(), Context())


def test_deadline_in_the_app() -> None:
    """The same of a WSGI app; where nothing can be named, it raises."""
    from time import sleep

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        sleep(5)
        return []

    with pytest.raises(DeadlineExceeded):
        make_handler(app, events="/events")(schedule(), Context(left=600))


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


def test_direct_invocation_gets_the_answer() -> None:
    """Of a function as it is; of the app, its JSON."""
    handler = make_handler(asgi_app, events="/events")
    assert ["/events", '{"order":7}'] == handler({"order": 7}, Context())
    handler.on("aws.invoke")(lambda event: {"got": event.data, "id": event.id})
    assert {"got": [1], "id": "request-7"} == handler([1], Context())
    handler.close()
