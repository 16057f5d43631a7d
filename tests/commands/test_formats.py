"""lambda-bridge formats: the tables."""

from __future__ import annotations

import json

import pytest

from lambda_bridge import formats, websockets
from lambda_bridge.triggers import NAMES
from tests.commands.runner import run


def test_one_line_for_each_format() -> None:
    """Its name, how its events come, whether it streams, and what it is."""
    shown = run("formats")
    head, *lines = shown.stdout.partition("\n\n")[0].splitlines()

    assert shown.exit_code == 0
    assert head.split() == ["format", "event", "streams", "what", "it", "is"]
    assert [line.split()[0] for line in lines] == list(formats.spellings())
    rows = {line.split()[0]: line.split(None, 3)[1:] for line in lines}
    assert rows["aws_http"] == ["JSON", "no", "AWS API Gateway HTTP API (payload 2.0)"]
    assert rows["aws_alb:multi"] == ["JSON", "no", "AWS Application Load Balancer (multi)"]
    assert rows["gcp"] == ["object", "yes", "Google Cloud Run functions"]


def test_one_line_for_each_gateway_of_web_sockets() -> None:
    """Its name, how its events come, and the largest message where the provider says one."""
    head, *lines = run("formats").stdout.split("\n\n")[1].splitlines()

    assert head.split() == ["websocket", "event", "messages", "what", "it", "is"]
    assert [line.split()[0] for line in lines] == list(websockets.NAMES)
    assert [" ".join(line.split()) for line in lines] == [
        "aws_websocket JSON 128 KB AWS API Gateway WebSocket API",
        "tencent_websocket JSON - Tencent Cloud API Gateway (WebSocket)",
    ]


def test_one_line_for_each_source() -> None:
    """Its name, how its events come, and what comes again of one that has failed."""
    head, *lines = run("formats").stdout.split("\n\n")[2].splitlines()

    assert head.split() == ["source", "event", "sent", "again", "what", "it", "is"]
    assert [line.split()[0] for line in lines] == list(NAMES)
    assert [" ".join(line.split()) for line in lines if line.startswith(("aws.sqs ", "azure.blob ", "fn"))] == [
        "aws.sqs JSON failed records Amazon SQS, standard and FIFO queues",
        "azure.blob object whole event Azure Blob Storage trigger",
        "fn.invoke JSON - Fn, direct invocations",
    ]


def test_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who wants to try the format or the source knows what to install."""
    monkeypatch.setattr("lambda_bridge.formats.gcp.NEEDS", "no_such_package")
    monkeypatch.setattr("lambda_bridge.triggers.samples.find_spec", lambda name: None)
    shown = run("formats")

    assert "Google Cloud Run functions; needs the package no_such_package\n" in shown.stdout
    assert "Azure Functions timer trigger; needs the package azure.functions\n" in shown.stdout


def test_table_for_machines() -> None:
    """The same as JSON, and the providers' pages."""
    tables = json.loads(run("formats", "--json").stdout)
    rows = tables["formats"]

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
    assert [row["websocket"] for row in tables["websockets"]] == list(websockets.NAMES)
    assert tables["websockets"][0] == {
        "websocket": "aws_websocket",
        "title": "AWS API Gateway WebSocket API",
        "event": "JSON",
        "max_message": 131072,
        "max_frame": 32768,
        "docs": websockets.load("aws").DOCS,
    }
    assert [row["source"] for row in tables["sources"]] == list(NAMES)
    assert tables["sources"][0] == {
        "source": "aws.sqs",
        "title": "Amazon SQS, standard and FIFO queues",
        "event": "JSON",
        "sent_again": "failed records",
        "missing_package": None,
        "docs": "https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html",
    }
