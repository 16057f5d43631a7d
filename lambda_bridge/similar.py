"""What is said of a name that nobody has, where those that there are would be too many to read."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def explain_unknown(name: str, what: str, names: Iterable[str]) -> str:
    """A sentence on *name*, which is no *what*: up to three of *names* that are like it, and where all of them stand."""
    from difflib import get_close_matches

    similar = get_close_matches(name, list(names), cutoff=0.5)
    *others, last = similar or [""]
    meant = f"did you mean {', '.join(others)}{' or ' if others else ''}{last}? " if similar else ""
    return f"{name!r} is no {what}: {meant}lambda-bridge formats lists them all"
