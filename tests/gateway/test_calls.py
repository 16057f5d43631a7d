"""What the gateway remembers of its calls: in order, within bounds, and told to those who listen."""

from __future__ import annotations

import threading
from itertools import islice
from typing import TYPE_CHECKING

import pytest

from lambda_bridge.gateway import calls
from lambda_bridge.gateway.calls import BODY, Call, Calls, Trigger, cut, length
from lambda_bridge.messages import Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterator


def record(kept: Calls, path: str = "/", **fields: object) -> Call:
    call = kept.begin("aws_http", Request("GET", path))
    for name, value in fields.items():
        setattr(call, name, value)
    kept.show(call)
    return call


def test_calls_are_kept_in_the_order_in_which_they_are_shown() -> None:
    """Numbers are those of their beginning; what has nothing to show is not there yet."""
    kept = Calls()
    first, second = (kept.begin("aws_http", Request("GET", "/")) for _ in range(2))
    kept.show(second)
    assert (kept.all(), kept.get(1)) == ([second], None)

    kept.show(first)
    assert [call.id for call in kept.all()] == [2, 1]
    assert kept.get(2) is second


def test_a_call_is_shown_while_it_goes_on_and_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps its place, listeners hear of it twice, and its size is counted once."""
    monkeypatch.setattr(calls, "MEMORY", 35)
    kept = Calls()
    listening = kept.listen()
    next(listening)
    first = record(kept, event="x" * 10)
    record(kept)
    first.event = "x" * 30
    kept.show(first)

    assert [call.id for call in kept.all()] == [1, 2]
    assert [call.id for call in islice(listening, 3) if call] == [1, 2, 1]


def test_a_call_that_ends_after_it_was_forgotten_is_there_again() -> None:
    """Whoever has cleared the list sees what becomes of it."""
    kept = Calls()
    call = record(kept)
    kept.clear()
    kept.show(call)

    assert kept.all() == [call]


def test_the_oldest_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a most of calls."""
    monkeypatch.setattr(calls, "AT_MOST", 3)
    kept = Calls()
    for _ in range(5):
        record(kept)

    assert [call.id for call in kept.all()] == [3, 4, 5]
    assert kept.get(1) is None


def test_large_calls_are_forgotten_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded, whatever is in them; one that is too large alone is forgotten at once."""
    monkeypatch.setattr(calls, "MEMORY", 100)
    kept = Calls()
    record(kept, event="x" * 40)
    record(kept, result="x" * 10, log=["x" * 30])
    assert [call.id for call in kept.all()] == [1, 2]

    record(kept, response=Response(200, [], b"x" * 50))
    assert [call.id for call in kept.all()] == [2, 3]

    record(kept, event="x" * 101)
    assert kept.all() == []


def test_after_clear_there_is_nothing() -> None:
    """Numbers go on."""
    kept = Calls()
    record(kept, event="x")
    kept.clear()

    assert kept.all() == []
    assert record(kept).id == 2


def test_listeners_hear_each_call() -> None:
    """Those that end after the first None, which says that nothing is missed from now on."""
    kept = Calls()
    record(kept)
    one, other = kept.listen(0.01), kept.listen(0.01)
    assert (next(one), next(other)) == (None, None)

    second = record(kept)
    assert (next(one), next(other)) == (second, second)
    assert next(one) is None


def test_who_no_longer_listens_costs_nothing() -> None:
    """A closed iterator is forgotten."""
    kept = Calls()
    listening: Iterator[object] = kept.listen()
    next(listening)
    listening.close()  # type: ignore[attr-defined]

    assert kept._listeners == set()


def test_several_threads_number_their_calls() -> None:
    """No number twice, no call lost."""
    kept = Calls()
    threads = [threading.Thread(target=lambda: [record(kept) for _ in range(100)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(call.id for call in kept.all()) == list(range(1, 401))


def test_what_is_too_long_is_cut() -> None:
    """Bodies and texts alike; then it is known that they are not whole."""
    request = Request("POST", "/a", query="b", body=b"x" * (BODY + 1))
    trigger = Trigger("é" * (BODY + 1))

    for asked in (request, trigger):
        call = Call(1, "aws_http", 0.0, cut(asked), body_size=(length(asked), 0))
        assert length(call.asked) == BODY
        assert not call.is_whole()
    kept = cut(request)
    assert isinstance(kept, Request)
    assert (kept.method, kept.path, kept.query) == ("POST", "/a", "b")
    assert cut(Trigger("x")) == Trigger("x")


def test_the_status_of_a_call() -> None:
    """That of its response; an event is done, or has failed."""
    call = Call(1, "aws_http", 0.0, Request("GET", "/"))
    assert call.status == 0
    call.response = Response(404, [])
    assert call.status == 404

    event = Call(1, "aws.sqs", 0.0, Trigger("{}"))
    assert event.status == "done"
    event.problem = "why"
    assert event.status == "failed"


def test_an_event_is_no_request() -> None:
    """Whoever takes it for one hears which call it is."""
    with pytest.raises(TypeError, match=r"call 7 is an event of aws\.sqs"):
        _ = Call(7, "aws.sqs", 0.0, Trigger("{}")).request
