"""What options mean for a Request, without a cloud or an app."""

from __future__ import annotations

import pytest

from lambda_bridge.adjust import forwarded_client, is_event_by_nature, mount, reaches
from lambda_bridge.messages import Request


@pytest.mark.parametrize(
    ("base_path", "root_path", "raw_path", "expected"),
    [
        ("", "/dev", b"/x", ("", "/x", b"/x")),
        ("/api", "", b"/api/x", ("/api", "/x", b"/x")),
        ("/api", "", b"/%61pi/%78", ("/api", "/x", b"/%78")),
        ("/api", "", b"/api", ("/api", "/", b"/")),
        ("/api", "", b"/apiv2/x", ("", "/apiv2/x", b"/apiv2/x")),
        ("/api", "", b"/api/api/x", ("/api", "/api/x", b"/api/x")),
        ("/api", "/api", b"/api/x", ("/api", "/api/x", b"/api/x")),
        ("/dev/api", "/dev", b"/api/x", ("/dev/api", "/x", b"/x")),
        ("/api", "/dev", b"/api/x", ("/api", "/x", b"/x")),
        ("/api", "/dev", b"/x", ("/dev", "/x", b"/x")),
        ("/caf\xe9", "", b"/caf%C3%A9/x", ("/caf\xe9", "/x", b"/x")),
    ],
)
def test_mount(base_path: str, root_path: str, raw_path: bytes, expected: tuple[str, str, bytes]) -> None:
    """The prefix is taken off once, at a whole segment, however it was encoded; what lacks it stays."""
    decoded = {b"/%61pi/%78": "/api/x", b"/caf%C3%A9/x": "/caf\xe9/x"}.get(raw_path, raw_path.decode())
    request = Request("GET", decoded, raw_path, root_path=root_path)
    mount(request, base_path)

    assert expected == (request.root_path, request.path, request.raw_path)


@pytest.mark.parametrize(
    ("trusted", "forwarded", "expected"),
    [
        (1, ["198.51.100.7, 203.0.113.9"], ("203.0.113.9", 0)),
        (2, ["198.51.100.7, 203.0.113.9"], ("198.51.100.7", 0)),
        (3, ["198.51.100.7, 203.0.113.9"], ("198.51.100.7", 0)),
        (1, ["6.6.6.6", "203.0.113.9:4711"], ("203.0.113.9", 4711)),
        (1, ["[2001:db8::1]:80"], ("2001:db8::1", 80)),
        (1, [" , "], None),
        (1, [], None),
        (0, ["203.0.113.9"], None),
    ],
)
def test_forwarded_client(trusted: int, forwarded: list[str], expected: tuple[str, int] | None) -> None:
    """So many entries from the right are believed, over all headers of the name."""
    request = Request("GET", "/", headers=[("x-forwarded-for", value) for value in forwarded])

    assert expected == forwarded_client(request, trusted)


@pytest.mark.parametrize(
    "path",
    [
        "/events",
        "//events",
        "/EVENTS/",
        "/./events",
        "/x/../events",
        "/%65vents",
        "/%2565vents",
        "/events\n",
        "/eventſ",
    ],
)
def test_disguised_route_is_seen(path: str) -> None:
    """Whatever a framework might make of a path."""
    assert reaches(Request("GET", path), "/events")
    assert reaches(Request("GET", "/s", root_path="/event"), "/event/s")


@pytest.mark.parametrize("path", ["/", "/event", "/events/x", "/x/events", "/events2"])
def test_other_routes_are_not_it(path: str) -> None:
    """Only that one route is closed."""
    assert not reaches(Request("GET", path), "/events")


CE = [("ce-specversion", "1.0"), ("ce-id", "1"), ("ce-source", "/s"), ("ce-type", "t")]
JSON = [("content-type", "application/cloudevents+json; charset=utf-8")]


@pytest.mark.parametrize(
    ("name", "method", "headers", "service", "expected"),
    [
        ("asgi", "POST", CE, "orders", True),
        ("gcp", "POST", JSON, "orders", True),
        ("asgi", "POST", CE, None, False),
        ("asgi", "POST", CE[1:], "orders", False),
        ("asgi", "GET", CE, "orders", False),
        ("aws_http", "POST", CE, "orders", False),
    ],
)
def test_event_by_nature(
    name: str,
    method: str,
    headers: list[tuple[str, str]],
    service: str | None,
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only where the platform's own events are HTTP, and only what is a CloudEvent."""
    monkeypatch.delenv("K_SERVICE", raising=False)
    if service is not None:
        monkeypatch.setenv("K_SERVICE", service)
    assert expected is is_event_by_nature(name, Request(method, "/events", headers=headers))
