"""The API for what goes to clients, over real HTTP, before connections that are not there."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from lambda_bridge.errors import ConnectionGone, PushFailed
from lambda_bridge.gateway.management import Management
from lambda_bridge.websockets import load
from lambda_bridge.websockets.push import Pusher

if TYPE_CHECKING:
    from collections.abc import Iterator

CONNECTION = "L0SM9cOFvHcCI01="


class Client:
    """What a connection is to the API."""

    began = 1767225600.0
    last_active = 1767225661.0
    address = "127.0.0.1"
    agent = "browser"

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.is_there = True

    def send(self, data: Any) -> bool:
        self.heard.append(data)
        return self.is_there

    def close(self, code: int, reason: str = "") -> None:
        self.heard.append(code)


@pytest.fixture
def client() -> Client:
    return Client()


@pytest.fixture
def api(request: pytest.FixtureRequest, client: Client) -> Iterator[Management]:
    made = Management(load(request.param), {CONNECTION: client}.get)
    yield made
    made.close()


@pytest.fixture
def pusher(api: Management) -> Iterator[Pusher]:
    """Our own client of the gateways' APIs."""
    made = Pusher(api.url, environ={}, sleep=lambda seconds: None)
    yield made
    made.disconnect()


def ask(api: Management, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(api.url).netloc, timeout=10)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def of(api: Management) -> Any:
    return load("aws" if ask(api, "GET", "/")[0] == 403 else "tencent")


@pytest.mark.parametrize("api", ["aws", "tencent"], indirect=True)
def test_our_own_client_gets_through(api: Management, client: Client, pusher: Pusher) -> None:
    """Text, bytes, the end; several over one connection."""
    gateway = of(api)
    pusher.send(gateway, "", CONNECTION, "hé")
    pusher.send(gateway, "", CONNECTION, b"\xff")
    pusher.close(gateway, "", CONNECTION, 4001, "bye")

    assert client.heard == ["hé", b"\xff", 1000]


@pytest.mark.parametrize("api", ["aws", "tencent"], indirect=True)
def test_nobody_there_is_said(api: Management, client: Client, pusher: Pusher) -> None:
    """Of an id that is unknown, and on AWS of a client that goes meanwhile."""
    gateway = of(api)
    with pytest.raises(ConnectionGone):
        pusher.send(gateway, "", "other=", "x")
    client.is_there = False
    with pytest.raises(ConnectionGone if gateway.IS_SIGNED else PushFailed):
        pusher.send(gateway, "", CONNECTION, "x")


@pytest.mark.parametrize("api", ["aws"], indirect=True)
def test_what_is_told_of_a_connection(api: Management) -> None:
    """As AWS tells it."""
    status, body = ask(api, "GET", "/dev/@connections/L0SM9cOFvHcCI01%3D")

    assert status == 200
    assert json.loads(body) == {
        "connectedAt": "2026-01-01T00:00:00Z",
        "identity": {"sourceIp": "127.0.0.1", "userAgent": "browser"},
        "lastActiveAt": "2026-01-01T00:01:01Z",
    }


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [
        ("/@connections/L0SM9cOFvHcCI01=", 131_072, 200),
        ("/@connections/L0SM9cOFvHcCI01=", 131_073, 413),
        ("/@connections/L0SM9cOFvHcCI01=", 20_000_000, 413),
        ("/", 1, 403),
        ("/a/b/@connections/L0SM9cOFvHcCI01=", 1, 403),
    ],
)
@pytest.mark.parametrize("api", ["aws"], indirect=True)
def test_what_is_refused(api: Management, path: str, size: int, status: int) -> None:
    """More than 128 KB, and what is not of the API."""
    assert ask(api, "POST", path, b"x" * size)[0] == status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"websocket": 1}',
        b'{"websocket": {"action": "dance", "secConnectionID": "L0SM9cOFvHcCI01="}}',
        b'{"websocket": {"action": "data send", "secConnectionID": "L0SM9cOFvHcCI01=", "data": "\\ud800"}}',
        b'{"websocket": {"action": "data send", "secConnectionID": "L0SM9cOFvHcCI01=", "data": 7}}',
        b'{"websocket": {"action": "data send", "secConnectionID": "L0SM9cOFvHcCI01=", "data": "!", "dataType": "binary"}}',
    ],
)
@pytest.mark.parametrize("api", ["tencent"], indirect=True)
def test_what_is_malformed(api: Management, client: Client, body: bytes) -> None:
    """Is 400 from Tencent's, and reaches nobody."""
    assert ask(api, "POST", "/", body)[0] == 400
    assert client.heard == []
