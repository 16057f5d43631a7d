"""The parity run: that it finds what it should, and a small part of it; `make parity` is the whole."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from tests.parity.facts import find_differences, read_facts
from tests.parity.generator import Answer, Sent, make_answer, make_request
from tests.parity.losses import LOSSES, Difference
from tests.parity.run import idle, run
from tests.parity.servers import Exchange, Got

ANSWER = Answer(200, [], [b""])


def test_the_same_seed_gives_the_same_requests() -> None:
    """So that a failure can be sent again; on every Python, as the machine of a failure is another one."""
    made = [(make_request(7, number), make_answer(7, number)) for number in range(40)]

    assert made == [(make_request(7, number), make_answer(7, number)) for number in range(40)]
    assert made != [(make_request(8, number), make_answer(8, number)) for number in range(40)]


def test_each_loss_has_a_name_of_its_own() -> None:
    names = [loss.name for loss in LOSSES]

    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize(
    ("expected", "found", "names"),
    [
        ({"seen.path": "/a"}, {"seen.path": "/a"}, []),
        ({"seen.path": "/a"}, {"seen.path": "/b"}, ["seen.path"]),
        ({"got.status": 200, "got.body": ""}, {"got.status": 204}, ["got.body", "got.status"]),
        ({"got.status": 200}, {"problem": "RefusedResult"}, ["problem"]),
        ({"refused": True}, {"got.status": 200}, ["refused"]),
        ({"refused": True}, {"refused": True}, []),
    ],
)
def test_differences_are_found(expected: Any, found: Any, names: list[str]) -> None:
    """One for each fact, and one alone where there was no whole exchange."""
    assert names == [name for name, _, _ in find_differences(expected, found)]


def test_facts_leave_out_what_frames_a_message() -> None:
    """Dates, names of servers, and lengths that are the server's own."""
    got = Got(200, {"date": ["x"], "server": ["y"], "content-length": ["0"], "x-a": ["1", "2"]}, b"")
    seen = {"path": "/", "headers": {"host": ["h"]}}

    facts = read_facts(Exchange(got, seen), ANSWER)

    assert {"seen.path", "seen.headers.host", "got.status", "got.headers.x-a", "got.body"} == facts.keys()
    assert read_facts(Exchange(got, None), ANSWER) == {"refused": True}


@pytest.mark.parametrize("fact", ["seen.method", "seen.body", "seen.root_path", "got.status", "seen.headers.x-a"])
def test_what_no_cloud_may_change_is_in_no_row(fact: str) -> None:
    """A value that is merely another one is explained for no format."""
    sent = Sent("POST", "/", "1.1", [("X-A", "1")], b"body", False, b"")
    changed = [Difference(who, "wsgi", fact, "1", "2", sent, ANSWER) for who in ("aws_http", "wsgi", "gcp", "gateway")]

    assert [[]] * 4 == [[loss.name for loss in LOSSES if loss.matches(each)] for each in changed]


def test_servers_and_formats_agree(caplog: pytest.LogCaptureFixture) -> None:
    """Of the first requests of a seed: no difference but the known ones."""
    caplog.set_level(logging.CRITICAL, "lambda_bridge")
    result = run(1, range(20))

    # Not the whole of them, which have bodies of a megabyte.
    assert [(number, each.who, each.interface, each.fact) for number, each in result.unexplained] == []
    assert len(set(result.asked.values())) <= 2  # as WSGI, and as ASGI
    assert min(result.asked.values()) > 15
    assert idle(result) != [loss.name for loss in LOSSES]
