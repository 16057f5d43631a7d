"""What is said of a name that nobody has."""

from __future__ import annotations

import pytest

from lambda_bridge.formats import spellings
from lambda_bridge.similar import explain_unknown


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("aws_alb:mutli", "did you mean aws_alb:multi, aws_alb or "),
        ("alb", "did you mean aws_alb? "),
        ("digitaloceans", "did you mean digitalocean or digitalocean:web? "),
        ("moon", ""),
    ],
)
def test_the_names_that_are_like_it_are_told(name: str, said: str) -> None:
    """At most three, the most like it first; where there is none, only the command that lists them all."""
    text = explain_unknown(name, "format", spellings())

    assert text.startswith(f"{name!r} is no format: {said}")
    assert text.endswith("lambda-bridge formats lists them all")
    assert text.count(",") <= 1
