"""Events that are CloudEvents already."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_bridge.errors import MalformedEvent
from lambda_bridge.triggers._structured import cloud_of, read_structured

MINIMAL = {"specversion": "1.0", "id": "7", "source": "/orders", "type": "created"}


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
