"""Broken events and odd responses, a little of each kind: `make fuzz` looks for more, guided by what they reach."""

from __future__ import annotations

import gc
import json
import random
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lambda_bridge import formats, triggers
from tests.fuzz.cases import TARGETS, corpus, is_case, sample_cases, seeds, target_of
from tests.fuzz.checks import Wrong, check
from tests.fuzz.mutate import mutate
from tests.strategies import PROPERTY

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.messages import Response
    from tests.fuzz.cases import Case

SAMPLES = {target: sample_cases(target) for target in TARGETS}
KINDS: dict[str, list[Case]] = {}
for _case in (case for target in TARGETS for case in SAMPLES[target]):
    KINDS.setdefault(_case.get("format") or _case["kind"], []).append(_case)
    if _case["kind"] == "response":
        KINDS.setdefault(f"{_case['format']} answers", []).append(_case)
FEW = settings(PROPERTY, max_examples=PROPERTY.max_examples // 10)


@pytest.mark.parametrize("target", TARGETS)
def test_samples_and_corpus_pass(target: str) -> None:
    """Each is of its target, and nothing that may not happen happens."""
    for case in seeds(target):
        assert is_case(case)
        assert target_of(case) == target
        assert check(case) in {"result", "error", "none"}


def test_corpus_holds_what_samples_do_not() -> None:
    """Its lines are cases, each once, and small."""
    for target in TARGETS:
        cases = [json.dumps(case) for case in corpus(target)]
        assert len(cases) == len(set(cases))
        assert sum(map(len, cases)) < 15_000


@pytest.mark.parametrize("kind", KINDS)
@FEW
@given(seed=st.integers(0, 2**64))
def test_changed_cases_pass(kind: str, seed: int) -> None:
    """A result, or an error of ours, whatever is changed; the event stays as it is; no gateway refuses the result."""
    dice = random.Random(seed)
    case = dice.choice(KINDS[kind])

    check(mutate(case, dice, SAMPLES[target_of(case)]))


def test_memory_does_not_grow() -> None:
    """Broken cases leave nothing behind; what is remembered of names and values is theirs once, and has bounds of its own."""

    def blocks_after_many() -> int:
        dice = random.Random(7)
        for target in ("http", "responses", "triggers"):
            for _ in range(40):
                check(mutate(dice.choice(SAMPLES[target]), dice, SAMPLES[target]))
        gc.collect()
        return sys.getallocatedblocks()

    blocks_after_many()
    before = blocks_after_many()

    assert blocks_after_many() - before < 100


# --- that it can fail


def _raises(*args: Any) -> Any:
    raise ZeroDivisionError


def _writes(event: Any, context: Any) -> Any:
    event["seen"] = True
    return _read_event(event, context)


def _refuses(response: Response, event: Any) -> Any:
    return {"statusCode": 9999}


def _gives_bytes(response: Response, event: Any) -> Any:
    return {"statusCode": 200, "body": b"bytes"}


_read_event: Callable[..., Any] = formats.load("aws_rest").read_event


@pytest.mark.parametrize(
    ("function", "fault", "error"),
    [
        ("read_event", _raises, ZeroDivisionError),
        ("make_result", _raises, ZeroDivisionError),
        ("read_event", _writes, Wrong),
        ("make_result", _refuses, Wrong),
        ("make_result", _gives_bytes, TypeError),
    ],
)
def test_fault_of_a_format_is_found(
    monkeypatch: pytest.MonkeyPatch, function: str, fault: Any, error: type[Exception]
) -> None:
    """Errors that are none of ours, changed events, and results that are no JSON or that the gateway refuses."""
    case = KINDS["aws_rest"][0]
    check(case)
    monkeypatch.setattr(formats.load("aws_rest"), function, fault)

    with pytest.raises(error):
        check(case)


def test_slow_call_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the time of the processor, as a busy machine makes everything take long."""
    monkeypatch.setattr("tests.fuzz.checks.SLOW", 0.0)

    with pytest.raises(Wrong, match=r"the call took \d"):
        check(KINDS["aws_rest"][0])


def test_fault_of_a_source_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A predicate that stumbles over an event raises what is none of ours."""
    case = KINDS["aws.sqs"][0]
    check(case)
    [source] = [each for each in triggers.load("aws") if each.name == "aws.sqs"]
    monkeypatch.setattr(source, "holds", _raises)

    with pytest.raises(ZeroDivisionError):
        check(case)


def test_response_that_the_gateway_refuses_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it answers itself, it was not the app's answer."""
    [case, *_] = KINDS["tencent_url answers"]
    check(case)
    monkeypatch.setattr(formats.load("tencent_url"), "make_result", _refuses)

    with pytest.raises(Wrong, match="tencent_url answers itself"):
        check(case)
