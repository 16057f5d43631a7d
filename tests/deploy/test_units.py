"""Sizes and times as a person reads them."""

from __future__ import annotations

import pytest

from lambda_bridge.deploy.units import show_bytes, show_milliseconds


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 kB"),
        (1_023_000, "999.0 kB"),
        (1_023_999, "1.0 MB"),
        (250 * 1024**2, "250.0 MB"),
        (3 * 1024**3, "3072.0 MB"),
    ],
)
def test_bytes(size: int, text: str) -> None:
    """Four digits at most, in the unit in which clouds tell their limits."""
    assert text == show_bytes(size)


def test_milliseconds() -> None:
    """Of microseconds, as Python tells them."""
    assert ("0.0 ms", "1234.6 ms") == (show_milliseconds(12), show_milliseconds(1_234_567))
