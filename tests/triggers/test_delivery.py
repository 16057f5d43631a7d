"""Whose an event is: a function's, the app's at its route, or nobody's; and that a ping reaches none of them."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.errors import UnknownEvent
from tests.triggers.events import Context, Worker, schedule, sqs


def test_function_wins_over_the_route_and_batch_gets_the_list() -> None:
    """The app is not called."""
    worker, got = Worker(), []
    handler = make_handler(worker, events="/events")
    handler.on("aws.sqs", batch=True)(lambda events: got.append([each.id for each in events]))

    assert {"batchItemFailures": []} == handler(sqs("1", "2"), Context())
    assert ([["1", "2"]], []) == (got, worker.seen)


def test_authorizer_goes_to_a_function_only() -> None:
    """An app with a route would answer it, and so let everybody in."""
    event = {"type": "TOKEN", "authorizationToken": "x", "methodArn": "arn:aws:execute-api:eu-central-1:1:a/prod/GET/"}
    handler = make_handler(Worker(), events="/events")
    with pytest.raises(UnknownEvent, match=r"aws\.authorizer"):
        handler(event, Context())
    handler.on("aws.authorizer")(lambda event: {"principalId": event.data["authorizationToken"]})
    assert {"principalId": "x"} == handler(event, Context())


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


def test_unknown_event_names_its_keys() -> None:
    """With a route too."""
    with pytest.raises(UnknownEvent, match="'mystery'"):
        make_handler(Worker(), events="/events")({"mystery": 1}, None)
