"""Every format has one module, one row of the table, samples, and the functions of the Protocol."""

from __future__ import annotations

import random
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from lambda_bridge import formats
from lambda_bridge.errors import UnknownEvent
from lambda_bridge.headers import is_token
from lambda_bridge.recognize import NAMES, recognize
from lambda_bridge.testing import FORMATS, make_event
from tests.builders import SAMPLES, read_sample, sample_id
from tests.contract.shared import OTHERS, OURS, claimants, sample_of, wire

# What these read is an ASGI scope; the request object around it, which says whose it is, comes in their call.
SCOPES = {"azure_stream": "asgi", "gcp_aio": "asgi"}


def shuffled(value: Any, dice: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        dice.shuffle(keys)
        return {key: shuffled(value[key], dice) for key in keys}
    return [shuffled(item, dice) for item in value] if isinstance(value, list) else value


def test_every_format_has_one_row_one_module_and_samples() -> None:
    """A format is a module in formats/, a row of the table and a folder of samples, all of one name."""
    modules = {path.stem for path in Path(formats.__file__).parent.glob("[!_]*.py")}
    folders = {path.name for path in SAMPLES.iterdir() if path.is_dir()}

    assert sorted(modules) == sorted(NAMES)
    assert sorted(modules | {"others", "triggers", "websockets"}) == sorted(folders)
    assert len(NAMES) == len(set(NAMES))


@pytest.mark.parametrize("name", NAMES)
def test_module_keeps_the_protocol(name: str) -> None:
    """Each module has the facts and functions of the Protocol, with its parameters."""
    module = formats.load(name)
    functions = {
        "read_event": ["event", "context"],
        "make_result": ["response", "event"],
        "max_result": ["event"],
        "make_event": ["request", "variant"],
        "read_result": ["result"],
    }

    assert module.TITLE
    assert module.DOCS.startswith("https://")
    assert all(isinstance(variant, str) and is_token(variant) for variant in module.VARIANTS)
    assert len(module.VARIANTS) != 1
    assert functions == {function: list(signature(getattr(module, function)).parameters) for function in functions}


@pytest.mark.parametrize("path", OURS, ids=sample_id)
def test_exactly_its_own_row_claims_a_sample(path: Path) -> None:
    """One row of the table holds for a sample, whatever the order of its keys."""
    event = sample_of(path)
    expected = [SCOPES.get(path.parent.name, path.parent.name)]
    dice = random.Random(path.stem)

    assert expected == claimants(event)
    assert [expected] * 5 == [claimants(shuffled(event, dice)) for _ in range(5)]


@pytest.mark.parametrize("path", OTHERS, ids=sample_id)
def test_no_row_claims_what_is_not_http(path: Path) -> None:
    """Triggers, authorizers, WebSockets and clouds without a format are refused, with their keys named."""
    event = read_sample(path)

    assert claimants(event) == []
    with pytest.raises(UnknownEvent, match=repr(sorted(event)[0])):
        recognize((event, None), {})


@pytest.mark.parametrize("spelling", FORMATS)
def test_what_a_format_makes_only_it_claims(spelling: str) -> None:
    """An event of make_event is recognized as its own format and no other."""
    name = spelling.partition(":")[0]
    event = make_event(spelling, "POST", "/a?b=c", body=b"text")

    assert [SCOPES.get(name, name)] == claimants(wire(event))
