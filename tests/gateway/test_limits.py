"""The table of what gateways refuse."""

from __future__ import annotations

import json

import pytest

from lambda_bridge import websockets
from lambda_bridge.gateway.limits import LIMITS, SOCKET_LIMITS, limits_of
from lambda_bridge.recognize import NAMES
from lambda_bridge.testing import FORMATS


def test_every_format_has_its_row() -> None:
    """The table has one row for each format, and none for anything else."""
    assert set(NAMES) == set(LIMITS)


@pytest.mark.parametrize("name", LIMITS)
def test_every_answer_is_an_error(name: str) -> None:
    """What a gateway says by itself is never a success."""
    limits = LIMITS[name]
    for answer in (limits.too_large, limits.headers_too_large, limits.refused, limits.answer("failed")):
        assert 400 <= answer.status <= 599
        assert answer.body


# Tencent's API Gateway shows the error of a function that was over its time with 200; OpenWhisk's
# controller says with 202 that there is no response yet.
NO_ERROR = {("tencent_apigw", "expired"): 200, ("openwhisk", "timed_out"): 202, ("digitalocean", "timed_out"): 202}


@pytest.mark.parametrize("to", ["timed_out", "expired"])
@pytest.mark.parametrize("name", LIMITS)
def test_every_late_answer_is_an_error(name: str, to: str) -> None:
    """So it is when time is over, but for platforms that are known to say otherwise."""
    answer = LIMITS[name].answer(to)

    assert answer.status == NO_ERROR.get((name, to), answer.status)
    assert 400 <= answer.status <= 599 or (name, to) in NO_ERROR
    assert answer.body


def test_what_is_not_said_follows() -> None:
    """A function over its time is one that has failed, and its answer that to a refused result."""
    rest, edge = LIMITS["aws_rest"], LIMITS["aws_edge"]

    assert rest.answer("expired") == rest.answer("failed") == rest.refused
    assert edge.answer("expired") == edge.answer("failed") == edge.failed != edge.refused
    assert rest.answer("timed_out") == rest.timed_out


@pytest.mark.parametrize("spelling", FORMATS)
def test_every_spelling_has_limits(spelling: str) -> None:
    """Variants are as their formats, if nothing else is known."""
    assert limits_of(spelling).event == LIMITS[spelling.partition(":")[0]].event
    assert limits_of(spelling).timeout > 0


def test_viewers_wait_less_than_origins() -> None:
    """Lambda@Edge: 5 and 30 seconds."""
    assert (limits_of("aws_edge").timeout, limits_of("aws_edge:origin-request").timeout) == (5, 30)


def test_renamed_headers_have_a_prefix() -> None:
    """In lower case, and no header is both dropped and renamed."""
    for limits in LIMITS.values():
        names = limits.renamed | limits.dropped
        assert names == {name.lower() for name in names}
        assert not limits.renamed & limits.dropped
        assert bool(limits.renamed) == bool(limits.prefix)


def test_every_gateway_of_websockets_has_its_row() -> None:
    """Its answers are errors, and what AWS says to a client in a message is JSON."""
    assert tuple(SOCKET_LIMITS) == websockets.NAMES == tuple(websockets.load(name).NAME for name in websockets.NAMES)
    for limits in SOCKET_LIMITS.values():
        assert {limits.failed.status, limits.timed_out.status} <= set(range(500, 600))
        assert not limits.tells or json.loads(limits.failed.body).keys() == {"message"}
