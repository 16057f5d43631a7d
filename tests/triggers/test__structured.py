"""What the rows of several clouds share."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from lambda_bridge.errors import MalformedEvent
from lambda_bridge.triggers._structured import cloud_of, digest, first, optional, read_structured, read_time, text, uri

MINIMAL = {"specversion": "1.0", "id": "7", "source": "/orders", "type": "created"}


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


def test_minimal_event() -> None:
    """Nothing but what every CloudEvent has: no data, so no content type either."""
    found = read_structured(MINIMAL, MINIMAL)

    assert (found.id, found.source, found.type) == ("7", "/orders", "created")
    assert (found.subject, found.time, found.data, found.content_type, found.extensions) == (None, None, None, None, {})


@pytest.mark.parametrize(
    ("event", "data", "content_type"),
    [
        ({"data": {"a": 1}}, {"a": 1}, "application/json"),
        ({"data": "text"}, "text", "application/json"),
        ({"data": 0}, 0, "application/json"),
        ({"data": "text", "datacontenttype": "text/plain"}, b"text", "text/plain"),
        ({"data": {"a": 1}, "datacontenttype": "application/vnd.a+json"}, {"a": 1}, "application/vnd.a+json"),
        ({"data": {"a": 1}, "datacontenttype": "application/octet-stream"}, {"a": 1}, "application/json"),
        ({"data_base64": "AP8="}, b"\x00\xff", "application/octet-stream"),
        ({"data_base64": "AP8=", "datacontenttype": "image/png"}, b"\x00\xff", "image/png"),
    ],
)
def test_data(event: dict[str, Any], data: Any, content_type: str) -> None:
    """What is no JSON goes on as bytes; an object is JSON whatever its content type says."""
    found = read_structured({**MINIMAL, **event}, None)

    assert (found.data, found.content_type) == (data, content_type)


def test_extensions_are_text() -> None:
    """Booleans as the specification writes them; names that it does not allow are left out."""
    event = {**MINIMAL, "a1": "x", "b": 7, "c": True, "d": None, "Camel": "x", "under_score": "x", "e": {"f": 1}}

    assert {"a1": "x", "b": "7", "c": "true"} == read_structured(event, event).extensions


@pytest.mark.parametrize("record", [{}, {**MINIMAL, "id": None}, {**MINIMAL, "type": ["x"]}, "{", "[]", 7, None])
def test_what_is_no_event_is_refused(record: Any) -> None:
    """Also where it stands in a batch whose first event is one."""
    with pytest.raises(MalformedEvent):
        read_structured(record, [MINIMAL, record])


@pytest.mark.parametrize("event", [None, 7, b"x", "text", [], [None], [[]], ["{"], ["[]"], {}, {"specversion": "1.0"}])
def test_what_is_no_event_is_of_no_cloud(event: Any) -> None:
    """A predicate raises for nothing."""
    assert cloud_of(event) is None


def test_cloud_of_a_list_of_texts() -> None:
    """The first of a batch tells, also where it is text."""
    assert cloud_of([json.dumps(MINIMAL)]) == ""
    assert cloud_of([json.dumps({**MINIMAL, "source": "acs:alikafka"})]) == "aliyun"


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
