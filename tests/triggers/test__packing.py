"""The table of what each source carries: its paths lead somewhere, and what is laid over a sample stays within it."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest

from lambda_bridge.triggers import NAMES
from lambda_bridge.triggers._packing import FORMS


def test_every_source_has_a_form() -> None:
    """In the order of the table of sources."""
    assert tuple(FORMS) == NAMES


def at(value: Any, path: str) -> Any:
    for step in path.split(".") if path else []:
        value = value[int(step) if step.isdigit() else step]
    return value


@pytest.mark.parametrize("name", NAMES)
def test_paths_lead_into_the_template(name: str) -> None:
    """To the records, and in the first of them to the data, its digest, and what is new in each."""
    form = FORMS[name]
    event = json.loads((files("lambda_bridge.triggers") / "templates" / f"{name}.json").read_text(encoding="utf-8"))
    record = event if form.records is None else at(event, form.records)
    record = record[0] if isinstance(record, list) else record

    assert at(record, form.data) is not None
    assert isinstance(at(record, form.md5), str) or not form.md5
    for path in form.new:
        assert isinstance(at(event if isinstance(record, str) else record, path), (str, int))


def test_dicts_are_laid_over_and_lists_item_by_item() -> None:
    """Each item over the sample's first; all else takes the place of the sample's."""
    sample = {"a": {"b": 1, "c": [{"d": 1, "e": 2}]}, "f": [1, 2]}
    packed = FORMS["aws.s3"].pack(sample, {"a": {"c": [{"d": 3}, {}]}, "f": [7]})

    assert packed == {"a": {"b": 1, "c": [{"d": 3, "e": 2}, {"d": 1, "e": 2}]}, "f": [7]}
    assert sample["f"] == [1, 2]
