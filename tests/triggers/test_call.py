"""What platforms call the handler with, and pings."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.triggers import OPENWHISK
from lambda_bridge.triggers.call import is_warmup, known_context, read_call
from tests.triggers.events import schedule


@pytest.mark.parametrize("event", [schedule(), {"warmer": True}, [], None, {"source": "serverless"}])
def test_other_events_are_no_warm_up(event: Any) -> None:
    """EventBridge's schedules have work to do."""
    assert is_warmup(event, None) is False
    assert is_warmup(event, "source=x") is False


def test_call_in_other_forms() -> None:
    """JSON in bytes, Google's background events, and what is no JSON."""

    class Background:
        event_id, timestamp, event_type, resource = "1", "2026-03-04T10:11:12Z", "google.storage.object.finalize", "r"

    assert ({"a": 1}, None) == read_call((b'{"a": 1}',), {})
    assert (b"\xff", 7) == read_call((b"\xff", 7), {})
    assert ({"a": 1}, 7) == read_call((), {"req": {"a": 1}, "context": 7})
    assert {
        "data": {"bucket": "b"},
        "context": {
            "eventId": "1",
            "timestamp": "2026-03-04T10:11:12Z",
            "eventType": "google.storage.object.finalize",
            "resource": "r",
        },
    } == read_call(({"bucket": "b"}, Background()), {})[0]


@pytest.mark.parametrize(
    ("event", "seen"),
    [
        ("7", "7"),
        ("true", "true"),
        ('"text"', '"text"'),
        ("hello", "hello"),
        ('{"order": 7}', {"order": 7}),
        ("[7]", [7]),
        (b"7", 7),
        (b'"7"', "7"),
    ],
)
def test_text_stays_text(event: Any, seen: Any) -> None:
    """Who hands over text has parsed the JSON: the caller sent it in quotes. Bytes are JSON as it came."""
    assert (seen, None) == read_call((event, None), {})


def test_context_of_the_platform_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment says that it is there, and only where nothing else does."""
    monkeypatch.delenv("__OW_ACTIVATION_ID", raising=False)
    assert known_context(None) is None
    monkeypatch.setenv("__OW_ACTIVATION_ID", "7")
    assert (OPENWHISK, "aws") == (known_context(None), known_context("aws"))
