"""How a format is named and found."""

from __future__ import annotations

import sysconfig
from importlib.util import find_spec
from pathlib import Path

import pytest

from lambda_bridge import formats
from lambda_bridge.formats import load, missing_package, parse_spelling, spellings
from lambda_bridge.recognize import NAMES
from tests.test_imports import imports_of

FOLDER = Path(formats.__file__).parent


def test_spellings_begin_with_the_default_variant() -> None:
    """A format's own name means its first variant; each further one stands behind a colon."""
    found = spellings()

    assert [spelling for spelling in found if ":" not in spelling] == list(NAMES)
    assert [spelling for spelling in found if spelling.startswith("aws_alb")] == ["aws_alb", "aws_alb:multi"]


@pytest.mark.parametrize("spelling", spellings())
def test_every_spelling_is_parsed_and_loaded(spelling: str) -> None:
    """What users may choose leads to a module and one of its variants."""
    name, variant = parse_spelling(spelling)

    assert spelling == (name if variant is None else f"{name}:{variant}")
    assert variant is None or variant in load(name).VARIANTS[1:]


@pytest.mark.parametrize("spelling", ["", "aws", "aws_http:", "aws_http:x", ":multi", "os", "_results"])
def test_unknown_spelling_says_where_the_known_ones_are(spelling: str) -> None:
    """A typing error is answered with the command that lists them, and nothing else is ever imported."""
    with pytest.raises(ValueError, match=r"is no format: .*lambda-bridge formats lists them all"):
        parse_spelling(spelling)


@pytest.mark.parametrize("name", NAMES)
def test_format_names_the_package_that_it_needs(name: str) -> None:
    """NEEDS is what the module imports of others; Flask brings werkzeug along."""
    module = load(name)
    roots = {each.partition(".")[0] for each in imports_of(FOLDER / f"{name}.py")}
    foreign = {root for root in roots if root and not is_of_python(root)} - {"lambda_bridge", "werkzeug"}

    assert foreign == {each.partition(".")[0] for each in [getattr(module, "NEEDS", "")] if each}


def test_package_of_a_platform_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named as NEEDS has it, though the package around it may be missing too."""
    assert missing_package("aws_alb:multi") is None
    assert missing_package("gcp") is None
    for name in ("no_such_package", "no_such_package.part", "azure.no_such_part"):
        monkeypatch.setattr("lambda_bridge.formats.gcp.NEEDS", name)
        assert missing_package("gcp") == name


def is_of_python(name: str) -> bool:
    """Whether a module is part of Python itself."""
    spec = find_spec(name)
    origin = (spec and spec.origin) or ""  # a namespace has none, as azure
    own = sysconfig.get_paths()["stdlib"]
    return origin in {"built-in", "frozen"} or (origin.startswith(own) and "site-packages" not in origin)
