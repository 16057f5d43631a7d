from __future__ import annotations

import pytest

from lambda_bridge.apps._turn import CONNECT, RECEIVE, Turn
from lambda_bridge.errors import DeadlineExceeded
from lambda_bridge.messages import Response


def test_turn_gives_what_the_app_has_answered() -> None:
    """Or raises what it has raised, whatever it has answered before."""
    turn = Turn({"type": CONNECT}, None)
    turn.answer = Response(403)
    assert (CONNECT, 403) == (turn.kind, turn.result().status)
    turn.error = LookupError("oops")
    with pytest.raises(LookupError, match="oops"):
        turn.result()


def test_turn_without_an_answer_says_that_its_time_was_over() -> None:
    """Nobody has finished it in time."""
    with pytest.raises(DeadlineExceeded):
        Turn({"type": RECEIVE}, 1.0).result()
