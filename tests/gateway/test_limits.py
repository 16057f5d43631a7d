"""The table of what gateways refuse."""

from __future__ import annotations

from lambda_bridge.gateway.limits import LIMITS
from lambda_bridge.recognize import NAMES


def test_every_format_has_its_row() -> None:
    """The table has one row for each format, and none for anything else."""
    assert set(NAMES) == set(LIMITS)


def test_every_answer_is_an_error() -> None:
    """What a gateway says by itself is never a success."""
    for limits in LIMITS.values():
        for answer in (limits.too_large, limits.headers_too_large, limits.refused):
            assert 400 <= answer.status <= 599
            assert answer.body
