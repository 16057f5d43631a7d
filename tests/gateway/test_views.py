"""What the console's page gets of a call; secrets and HTTP are in test_masks.py and test_console.py."""

from __future__ import annotations

from lambda_bridge.gateway.calls import Call, Stream, Trigger
from lambda_bridge.gateway.masks import Masks
from lambda_bridge.gateway.views import describe, describe_with, summarize
from lambda_bridge.messages import Response
from lambda_bridge.testing import make_request

EVENT = Call(
    3, "aws.sqs", 1.5, Trigger('{"password": "hunter22"}'), event='{\n  "password": "hunter22"\n}', result="null",
    log=["hunter22"], seconds=0.25, body_size=(24, 0),
)  # fmt: skip


def test_a_row_of_an_event() -> None:
    """It has a source in place of a format, and no path, no query, no size."""
    row = summarize(EVENT)

    assert (row["is_event"], row["format"], row["status"], row["method"]) == (True, "aws.sqs", "done", "EVENT")
    assert (row["path"], row["query"], row["size"], row["ms"]) == ("", "", 0, 250.0)


def test_a_row_of_a_websockets_event() -> None:
    """Says which one it is."""
    row = summarize(Call(3, "aws_websocket", 1.5, Trigger("{}", "connect")))

    assert (row["is_event"], row["format"], row["method"]) == (True, "aws_websocket", "CONNECT")


def test_a_row_of_a_request() -> None:
    """It does not say that it is an event, and has the same fields else."""
    call = Call(3, "aws_http", 1.5, make_request("GET", "http://localhost/a?b=c"), Response(204, []))
    row = summarize(call)

    assert (row["path"], row["query"], row["status"]) == ("/a", "b=c", 204)
    assert row.keys() | {"is_event"} == summarize(EVENT).keys()


def test_a_row_of_a_response_in_parts() -> None:
    """How far it is, and when it began, in milliseconds."""
    call = Call(3, "wsgi", 1.5, make_request("GET", "http://localhost/"), Response(200, []), stream=Stream(0.25, 3))

    assert summarize(call)["stream"] == {"first": 250.0, "parts": 3, "state": "running"}


def test_an_event_in_full() -> None:
    """Its text to be edited, the event as it was sent; neither request nor response; with marks for secrets."""
    hidden, shown = describe(EVENT, reveal=False), describe(EVENT, reveal=True)

    assert hidden.keys() == shown.keys()
    assert not {"request", "response"} & hidden.keys()
    assert "hunter22" not in str(hidden)
    assert (shown["text"], shown["log"]) == ('{"password": "hunter22"}', ["hunter22"])


def test_marks_can_be_exchanged_for_secrets() -> None:
    """By the masks that have made them."""
    masks = Masks(EVENT)
    hidden = describe_with(EVENT, masks)

    assert masks.show(hidden["text"]) == '{"password": "hunter22"}'
