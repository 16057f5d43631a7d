"""How rows look into an event, and read its values."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from lambda_bridge.errors import MalformedEvent
from lambda_bridge.triggers._values import (
    digest,
    first,
    make_time,
    optional,
    read_base64,
    read_bytes,
    read_text,
    read_time,
    text,
    uri,
)


@pytest.mark.parametrize(
    ("text", "content_type"),
    [
        ('{"a": 1}', "application/json"),
        ("7", "application/json"),
        ("NaN", "text/plain; charset=utf-8"),
        ("hello", "text/plain; charset=utf-8"),
        ("", "text/plain; charset=utf-8"),
        ("[" * 100_000, "text/plain; charset=utf-8"),
    ],
)
def test_text_is_json_where_it_is_that(text: str, content_type: str) -> None:
    """And stays what it is, byte by byte."""
    assert (text.encode(), content_type) == read_text(text)


def test_bytes_that_are_no_text_stay_bytes() -> None:
    assert (b"\xff", "application/octet-stream") == read_bytes(b"\xff")


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (1772619072.1, "2026-03-04T10:11:12.100Z"),
        ("0", "1970-01-01T00:00:00.000Z"),
        (None, None),
        (1e300, None),
        ("x", None),
    ],
)
def test_time(seconds: Any, expected: str | None) -> None:
    """What is no time is none."""
    assert expected == make_time(seconds)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-03-04T10:11:12Z", "2026-03-04T10:11:12Z"),
        ("2026-03-04T10:11:12.980441123Z", "2026-03-04T10:11:12.980441123Z"),
        ("2026-03-04T18:11:12+08:00", "2026-03-04T18:11:12+08:00"),
        ("2026-03-04T10:11:12+00:00", "2026-03-04T10:11:12Z"),
        (1772619072, "2026-03-04T10:11:12.000Z"),
        (1772619072.5, "2026-03-04T10:11:12.500Z"),
        ("1772619072146", "2026-03-04T10:11:12.146Z"),
        ("1772619072146000", "2026-03-04T10:11:12.146Z"),
        (datetime(2026, 3, 4, 10, 11, 12, tzinfo=timezone.utc), "2026-03-04T10:11:12Z"),
        (datetime(2026, 3, 4, 18, 11, 12, tzinfo=timezone(timedelta(hours=8))), "2026-03-04T18:11:12+08:00"),
        (datetime(2026, 3, 4, 10, 11, 12), "2026-03-04T10:11:12Z"),  # noqa: DTZ001
    ],
)
def test_times_are_rfc_3339(value: Any, expected: str) -> None:
    """Clouds write texts with a zone, and numbers of seconds, milliseconds or microseconds."""
    assert expected == read_time(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "Wed Mar 04 2026",
        "2026-03-04",
        "2026-03-04T10:11:12",
        "2026-03-04 10:11:12Z",
        None,
        True,
        [],
        {},
        "²",
        -1,
        float("inf"),
        float("nan"),
        10**400,
        "9" * 400,
    ],
)
def test_what_is_no_time_is_left_out(value: Any) -> None:
    """A time without its zone could be any of 24."""
    assert read_time(value) is None


def test_text_and_optional() -> None:
    """Clouds write some ids as numbers; nothing else is text."""
    assert ("7", "7", None, None, None) == (text(7, "id"), optional(7), optional(True), optional(""), optional(["7"]))
    with pytest.raises(MalformedEvent, match="id is missing"):
        text(None, "id")


def test_uri_is_encoded() -> None:
    """Names of users' own may have anything in them."""
    assert "tencent:timer/a%20b%2F%E5%9B%BE" == uri("tencent:timer", "a b/图")


def test_digest_is_of_the_value() -> None:
    """The platform's second try has the same id."""
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1}) != digest({"a": 1})


@pytest.mark.parametrize("event", [None, [], {}, {"messages": None}, {"messages": []}, {"messages": ["x"]}])
def test_first_of_no_list(event: Any) -> None:
    """Predicates look into whatever a caller has sent."""
    assert {} == first(event, "messages")


@pytest.mark.parametrize("value", [None, 7, b"aGk=", "aGk", "a b", "ä"])
def test_what_is_no_base64_is_refused(value: Any) -> None:
    """Without what was in it."""
    with pytest.raises(MalformedEvent, match=r"base64$"):
        read_base64(value)
