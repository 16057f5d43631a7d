"""The formats that can be played, and the events of a client's requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from lambda_bridge import formats, make_handler
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.testing import Client
from lambda_bridge.testing.event import FORMATS, load, make_event
from tests.testing.test_client import echo


def test_formats_are_all_formats_and_variants() -> None:
    """Every module, and each further variant behind a colon."""
    names = {path.stem for path in Path(formats.__file__).parent.glob("[!_]*.py")}

    assert {spelling.partition(":")[0] for spelling in FORMATS} == names
    assert len(set(FORMATS)) == len(FORMATS)
    assert {"aws_rest:http_1.0", "aws_alb:multi", "aws_lattice:v1", "aws_edge:origin-request"} <= set(FORMATS)
    assert "aws_rest:rest" not in FORMATS


@pytest.mark.parametrize("spelling", ["", "aws", "aws_alb:", "aws_alb:single", "aws_alb:x", "_results"])
def test_unknown_format(spelling: str) -> None:
    """The error says where all formats are listed."""
    with pytest.raises(ValueError, match=r"is no format: .*lambda-bridge formats lists them all"):
        make_event(spelling, "GET", "/")


@pytest.mark.parametrize(
    ("spelling", "root_path", "expected"),
    [
        ("aws_rest", "/dev", "GET /dev|/a?"),
        ("aws_rest:http_1.0", "/dev", "GET /dev|/a?"),
        ("aws_http", "/dev", "GET /dev|/a?"),
    ],
)
def test_stage(spelling: str, root_path: str, expected: str) -> None:
    """A root_path stands at the beginning of the client's URL and becomes a stage."""
    event = make_event(spelling, "GET", "/dev/a", root_path=root_path)

    assert make_handler(echo)(event, None)["body"] == expected + "\n"


def test_event_is_made_of_the_same_options() -> None:
    """make_event takes what a client's methods take."""
    event = make_event("aws_rest", "POST", "/a", params={"b": "c"}, data={"d": "e"}, cookies={"f": "g"})

    assert event["multiValueQueryStringParameters"] == {"b": ["c"]}
    assert event["body"] == "d=e"
    assert event["multiValueHeaders"]["Cookie"] == ["f=g"]


def test_package_of_a_platform_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who names its format hears what is missing."""
    assert load("gcp") is formats.load("gcp")
    monkeypatch.setattr("lambda_bridge.formats.gcp.NEEDS", "no_such_package")
    for use in (lambda: load("gcp"), lambda: Client(echo, "gcp"), lambda: make_event("gcp", "GET", "/")):
        with pytest.raises(ConfigurationError, match="'gcp' are made of the package 'no_such_package'"):
            use()
