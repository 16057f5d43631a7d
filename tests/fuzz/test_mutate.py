"""Changes of cases: many kinds, always JSON, the same for the same dice."""

from __future__ import annotations

import copy
import json
import random

from tests.fuzz.cases import TARGETS, is_case, sample_cases, target_of
from tests.fuzz.mutate import mutate


def test_same_dice_give_the_same_change() -> None:
    """So that what fails can be had again."""
    cases = sample_cases("http")

    first, second = ([mutate(case, random.Random(3), cases) for case in cases] for _ in range(2))

    assert json.dumps(first) == json.dumps(second)


def test_changes_are_cases_and_leave_what_they_were_made_of() -> None:
    """JSON of the same kind; parts of other cases are not shared with them."""
    for target in TARGETS:
        cases = sample_cases(target)
        before = copy.deepcopy(cases)
        dice = random.Random(target)
        for _ in range(50):
            changed = mutate(dice.choice(cases), dice, cases)
            assert is_case(json.loads(json.dumps(changed)))
            assert target_of(changed) == target
        assert before == cases


def test_most_changes_change_something() -> None:
    """And not all in the same way."""
    cases = sample_cases("http")
    changed = {json.dumps(mutate(cases[0], random.Random(seed), cases)) for seed in range(100)}

    assert len(changed) > 80
