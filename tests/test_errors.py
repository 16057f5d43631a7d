from __future__ import annotations

import inspect
import pickle
from typing import Any

import pytest

from lambda_bridge import errors
from lambda_bridge.errors import BridgeError, DeadlineExceeded, MalformedEvent, ResultTooLarge, UnknownEvent

CLASSES = [value for value in vars(errors).values() if isinstance(value, type)]


def drawn() -> list[str]:
    """The names in the tree of the docstring of errors.py, and how deep each stands there."""
    lines = [line for line in inspect.cleandoc(errors.__doc__ or "").splitlines() if line.startswith("    ")]
    tree = [line.replace("│", " ").replace("├──", "   ").replace("└──", "   ") for line in lines]
    return [f"{len(line) - len(line.lstrip()) - 4:2} {line.split()[0]}" for line in tree]


def made(parent: type[Any], depth: int = 0) -> list[str]:
    """The same from the classes themselves."""
    return [f"{depth:2} {parent.__name__}"] + [
        line for child in parent.__subclasses__() for line in made(child, depth + 4)
    ]


def test_docstring_draws_the_tree_that_there_is() -> None:
    """Who catches an error looks there."""
    assert made(BridgeError) == drawn()


@pytest.mark.parametrize("cls", CLASSES)
def test_every_error_is_a_bridge_error_with_a_sentence_about_it(cls: type[BaseException]) -> None:
    """One except clause catches all."""
    assert issubclass(cls, BridgeError)
    assert cls.__doc__


@pytest.mark.parametrize(
    ("expected", "error"),
    [
        ("no HTTP format claims this event: a dict with 'a'", UnknownEvent("a dict with 'a'")),
        ("no HTTP format claims this event: an int; do this", UnknownEvent("an int", "do this")),
        ("the body is no base64", MalformedEvent("the body is no base64")),
        (
            "the app was stopped after 1.5 seconds, just before the platform's deadline",
            DeadlineExceeded(1.5),
        ),
        (
            (
                "the result has 7000000 bytes (its body 5000000 before encoding), "
                "the limit of this format is 6000000: send less, or a link to a file store"
            ),
            ResultTooLarge(7_000_000, 6_000_000, 5_000_000),
        ),
    ],
)
def test_message_is_a_sentence_that_says_what_to_do(expected: str, error: BridgeError) -> None:
    """It reaches logs, and often it is all that is left."""
    assert expected == str(error)


@pytest.mark.parametrize(
    "error",
    [
        UnknownEvent("an int", "do this"),
        MalformedEvent("cut", 413),
        DeadlineExceeded(1.5),
        ResultTooLarge(3, 2, 1),
        errors.ConfigurationError("x"),
    ],
)
def test_errors_survive_pickling(error: BridgeError) -> None:
    """Process pools and test runners send them from one process to another."""
    again = pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
    assert (type(error), str(error), vars(error)) == (type(again), str(again), vars(again))


def test_malformed_event_says_what_the_client_gets() -> None:
    """400 where nothing else is said."""
    assert [400, 413] == [MalformedEvent("x").status, MalformedEvent("x", 413).status]
