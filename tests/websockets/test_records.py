from __future__ import annotations

import pytest

from lambda_bridge.messages import Request
from lambda_bridge.websockets import Message
from lambda_bridge.websockets.records import make_record, read_record

REQUESTS = [
    Request("GET", "/"),
    Request(
        "GET",
        "/caf\udcff",
        b"/caf%FF",
        "q=%20",
        [("cookie", "a=Ã©"), ("x", "1"), ("x", "2")],
        b"",
        "http",
        ("::1", 8080),
        ("203.0.113.24", 0),
        "/prod",
        "2",
    ),
]


@pytest.mark.parametrize("request_", REQUESTS)
def test_handshake_is_remembered_as_it_was(request_: Request) -> None:
    """Repeated headers, bytes that are no UTF-8, addresses: all of it."""
    message = Message("connect", "a=", "https://x/prod", request_, ("a", "b"))
    text = make_record(message)
    text.encode("ascii")  # any store can hold that
    assert message == read_record("a=", text)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"push_url": 1}', "null"])
def test_text_that_is_no_record_is_an_error(text: str) -> None:
    """Somebody else has written it."""
    with pytest.raises((LookupError, TypeError, ValueError)):
        read_record("a=", text)
