"""The parity run: that it finds what it should, and a small part of it; `make parity` is the whole."""

from __future__ import annotations

import logging
import re
from fnmatch import fnmatchcase
from typing import Any

import pytest

from lambda_bridge import formats
from tests.parity.apps import digest
from tests.parity.facts import find_differences, read_facts
from tests.parity.generator import Answer, Sent, make_answer, make_request
from tests.parity.instead import Difference
from tests.parity.losses import LOSSES
from tests.parity.run import MEASURES, OTHERS, idle, run
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


def test_each_loss_says_where_it_is_written() -> None:
    """A page or a file, and when it was read or which date it bears; or that nobody could verify it."""
    written = {(loss.name, whose): source for loss in LOSSES for whose, source in loss.who.items()}
    page = re.compile(r"https://\S+ \(.*20\d\d.*\)")

    assert {} == {
        row: source
        for row, source in written.items()
        if not page.fullmatch(source) and not source.startswith("not verified: ")
    }


def test_each_loss_is_that_of_a_server_or_format() -> None:
    known = [*MEASURES.values(), *OTHERS, *formats.spellings()]

    assert [] == [whose for loss in LOSSES for whose in loss.who if not any(fnmatchcase(who, whose) for who in known)]


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

    assert [[]] * 4 == [[loss.name for loss in LOSSES if loss.whose(each)] for each in changed]


FORM = Sent(
    "POST", "/?b=2", "1.1", [("Host", "h"), ("Content-Type", "application/x-www-form-urlencoded")], b"a=1", False, b""
)
LONG = Answer(200, [("X-A", "1")], [b"x" * 30_000])


@pytest.mark.parametrize(
    ("explained", "who", "fact", "expected", "found"),
    [
        (True, "openwhisk:web", "seen.body", digest(b"a=1"), digest(b"b=2&a=1")),
        (False, "openwhisk:web", "seen.body", digest(b"a=1"), digest(b"b=2&a=2")),
        (False, "openwhisk:web", "seen.body", digest(b"a=1"), digest(b"")),
        (True, "openwhisk:web", "seen.query", "b=2", ""),
        (False, "openwhisk:web", "seen.query", "b=2", "b=3"),
        (True, "aws_http", "seen.headers.x-forwarded-for", None, ["127.0.0.1"]),
        (False, "aws_http", "seen.headers.x-forwarded-for", None, ["192.0.2.1"]),
        (False, "aws_http", "seen.headers.x-uri", None, ["/"]),
        (True, "aws_edge", "got.status", 200, 500),
        (False, "aws_edge", "got.status", 200, 502),
        (False, "aws_edge", "got.headers.x-a", ["1"], ["2"]),
        (True, "azure", "got.headers.set-cookie", ['a="1"; Secure'], ["a=1; domain=; path=; secure"]),
        (False, "azure", "got.headers.set-cookie", ["a=1; Secure"], ["a=1; domain=; path="]),
        (False, "azure", "got.headers.set-cookie", ["a=1", "b=2"], ["a=1"]),
    ],
)
def test_a_row_allows_what_is_lost_and_no_more(explained: bool, who: str, fact: str, expected: Any, found: Any) -> None:
    difference = Difference(who, "wsgi", fact, expected, found, FORM, LONG)

    assert explained == any(loss.whose(difference) for loss in LOSSES)


def test_servers_and_formats_agree(caplog: pytest.LogCaptureFixture) -> None:
    """Of the first requests of a seed: no difference but the known ones."""
    caplog.set_level(logging.CRITICAL, "lambda_bridge")
    result = run(1, range(20))

    # Not the whole of them, which have bodies of a megabyte.
    assert [(number, each.who, each.interface, each.fact) for number, each in result.unexplained] == []
    assert len(set(result.asked.values())) <= 2  # as WSGI, and as ASGI
    assert min(result.asked.values()) > 15
    assert len(idle(result)) < sum(len(loss.who) for loss in LOSSES)
