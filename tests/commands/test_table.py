"""lambda-bridge formats: the table."""

from __future__ import annotations

import json

import pytest

from lambda_bridge import formats
from tests.commands.runner import run


def test_one_line_for_each_format() -> None:
    """Its name, how its events come, whether it streams, and what it is."""
    shown = run("formats")
    head, *lines = shown.stdout.splitlines()

    assert shown.exit_code == 0
    assert head.split() == ["format", "event", "streams", "what", "it", "is"]
    assert [line.split()[0] for line in lines] == list(formats.spellings())
    rows = {line.split()[0]: line.split(None, 3)[1:] for line in lines}
    assert rows["aws_http"] == ["JSON", "no", "AWS API Gateway HTTP API (payload 2.0)"]
    assert rows["aws_alb:multi"] == ["JSON", "no", "AWS Application Load Balancer (multi)"]
    assert rows["gcp"] == ["object", "yes", "Google Cloud Run functions"]


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who wants to try the format knows what to install."""
    monkeypatch.setattr("lambda_bridge.formats.gcp.NEEDS", "no_such_package")
    shown = run("formats")

    assert "Google Cloud Run functions; needs the package no_such_package\n" in shown.stdout


def test_table_for_machines() -> None:
    """The same as JSON, and the providers' pages."""
    rows = json.loads(run("formats", "--json").stdout)

    assert [row["format"] for row in rows] == list(formats.spellings())
    assert rows[[row["format"] for row in rows].index("aws_rest:http_1.0")] == {
        "format": "aws_rest:http_1.0",
        "title": formats.load("aws_rest").TITLE,
        "variant": "http_1.0",
        "event": "JSON",
        "streams": False,
        "missing_package": None,
        "docs": formats.load("aws_rest").DOCS,
    }
