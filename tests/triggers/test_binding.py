"""A CloudEvent as an HTTP request."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lambda_bridge.errors import MalformedEvent
from lambda_bridge.triggers import CloudEvent
from lambda_bridge.triggers.binding import encode_value, make_request
from tests.strategies import PROPERTY


def event(**more: Any) -> CloudEvent:
    return CloudEvent(**{"id": "1", "source": "/s", "type": "t", "data": {"a": "文"}, **more})


def test_binary_mode() -> None:
    """Attributes in headers, the data in the body."""
    request = make_request(
        event(subject="a b", time="2026-03-04T10:11:12Z", extensions={"sequence": "7"}), "/internal/events"
    )

    assert ("POST", "/internal/events", "", "https", ("localhost", 443), None) == (
        request.method, request.path, request.query, request.scheme, request.server, request.client
    )  # fmt: skip
    assert {
        "host": "localhost",
        "user-agent": "lambda-bridge",
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/s",
        "ce-type": "t",
        "ce-subject": "a%20b",
        "ce-time": "2026-03-04T10:11:12Z",
        "ce-sequence": "7",
        "content-type": "application/json",
        "content-length": "14",
    } == dict(request.headers)
    assert rb'{"a":"\u6587"}' == request.body


def test_bytes_go_as_they_are_and_no_data_has_no_type() -> None:
    """A message without a value is not the JSON null."""
    some = make_request(event(data=b"\xff", content_type="image/png"), "/")
    none = make_request(event(data=None, content_type=None), "/")
    null = make_request(event(data=None), "/")

    assert (b"\xff", "image/png") == (some.body, some.headers.get("content-type"))
    assert (b"", None) == (none.body, none.headers.get("content-type"))
    assert b"null" == null.body


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        # The example of the spec, section 3.1.3.2.
        ("Euro € 😀", "Euro%20%E2%82%AC%20%F0%9F%98%80"),
        ('"', "%22"),
        ("100%", "100%25"),
        ("a\r\nb: c", "a%0D%0Ab:%20c"),
        ("\x7f\x00", "%7F%00"),
        ("/a?b=c&d#e~", "/a?b=c&d#e~"),
    ],
)
def test_values_are_percent_encoded(value: str, expected: str) -> None:
    """No value ends its header."""
    assert expected == encode_value(value)


@PROPERTY
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_encoding_can_be_undone(value: str) -> None:
    encoded = encode_value(value)
    assert value == unquote(encoded)
    assert all("!" <= character <= "~" for character in encoded)


@pytest.mark.parametrize(
    "more",
    [
        {"id": ""},
        {"id": 7},
        {"source": None},
        {"type": ""},
        {"subject": ["a"]},
        {"extensions": {"a-b": "c"}},
        {"extensions": {"A": "c"}},
        {"extensions": {"datacontenttype": "c"}},
        {"extensions": {"sequence": 7}},
        {"content_type": "text/plain\r\nx: y"},
        {"data": {"a": float("nan")}},
        {"data": object()},
    ],
)
def test_what_is_no_cloudevent_is_malformed(more: dict[str, Any]) -> None:
    """An attribute that must be there, a name or a value that cannot be one."""
    with pytest.raises(MalformedEvent):
        make_request(event(**more), "/")


def test_no_extension_takes_the_place_of_an_attribute() -> None:
    assert "1" == make_request(event(extensions={"id": "2"}), "/").headers.get("ce-id")
