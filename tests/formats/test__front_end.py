"""Requests behind a front end that is the only one to connect."""

from __future__ import annotations

from lambda_bridge.formats._front_end import behind_front_end, through_front_end
from lambda_bridge.messages import Request


def test_there_and_back() -> None:
    """What the client asked for is in headers, and read from there; the client's address stays in one."""
    asked = Request("GET", "/a", headers=[("host", "example.com")], client=("203.0.113.9", 0))

    arrived = through_front_end(asked)
    assert (arrived.scheme, arrived.headers.get("x-forwarded-proto")) == ("http", "https")
    assert (arrived.client != asked.client, arrived.headers.get("x-forwarded-for")) == (True, "203.0.113.9")
    request = behind_front_end(arrived)

    assert (request.scheme, request.server, request.client) == ("https", ("example.com", 443), None)


def test_headers_of_the_client_are_not_written_twice() -> None:
    """A real front end appends to them: for trusted_proxies to choose from."""
    asked = Request("GET", "/", headers=[("x-forwarded-for", "1.2.3.4"), ("x-forwarded-proto", "http")])

    assert list(through_front_end(asked).headers) == list(asked.headers)


def test_request_that_came_past_the_front_end() -> None:
    """Without its headers, scheme and client are those of the connection."""
    request = Request("GET", "/", headers=[("host", "localhost:8080")], scheme="http", client=("127.0.0.1", 7))

    assert behind_front_end(request).client == ("127.0.0.1", 7)
    assert (request.scheme, request.server) == ("http", ("localhost", 8080))
