"""The page that is live, behind every gateway of WebSockets and under a server."""

from __future__ import annotations

import asyncio
import html
import json
import logging
import re
import runpy
import socket
import threading
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from websockets.sync.client import connect

from lambda_bridge.testing import Client
from lambda_bridge.websockets import NAMES
from lambda_bridge.websockets.client import WebSocketClosed
from lambda_bridge.websockets.stores import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambda_bridge.websockets.client import WebSocket

FOLDER = Path(__file__).parent

websocket_formats = pytest.mark.parametrize("websocket_format", NAMES)


@pytest.fixture(autouse=True)
def book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The app, with a book of its own, and nobody who looks at it."""
    monkeypatch.setenv("GUESTBOOK_DB", str(tmp_path / "guestbook.sqlite3"))
    monkeypatch.syspath_prepend(str(FOLDER))
    app = import_module("worker").app
    monkeypatch.setattr(app.state, "gateway", None, raising=False)
    return app


@pytest.fixture
def lambda_app() -> Iterator[Any]:
    handler = runpy.run_path(str(FOLDER / "function.py"))["handler"]
    yield handler
    handler.close()


@pytest.fixture
def client(book: Any, tmp_path: Path) -> Iterator[Client]:
    """What function.py makes, with a store that several instances share."""
    store = SqliteStore(str(tmp_path / "connections.db"))
    with Client(book, events="/events", websocket_path="/chat", connections=store) as client:
        book.state.gateway = client.handler
        yield client


def write(window: WebSocket, message: str, name: str = "Ada") -> None:
    window.send_text(json.dumps({"name": name, "message": message}, ensure_ascii=False))


def read(window: Any) -> str:
    """The message of the next entry."""
    entry = json.loads(window.receive_text())["entry"]
    assert entry.keys() == {"id", "name", "message", "created_at"}
    return str(entry["message"])


# --- the page


def test_page_knows_a_gateway_elsewhere(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may connect to that one, and to no other."""
    monkeypatch.setenv("GUESTBOOK_SOCKET", 'wss://abc123.execute-api.eu-west-1.amazonaws.com/prod?a=1&b="')
    page = client.get("/chat")
    found = re.search(r'data-socket="([^"]*)"', page.text)
    assert found is not None
    assert html.unescape(found[1]) == 'wss://abc123.execute-api.eu-west-1.amazonaws.com/prod?a=1&b="'
    policy = page.header("content-security-policy") or ""
    assert "connect-src 'self' wss://abc123.execute-api.eu-west-1.amazonaws.com;" in policy


# --- behind gateways


@websocket_formats
@pytest.mark.parametrize("instances", [1, 3])
def test_entry_reaches_every_window(client: Client, websocket_format: str, instances: int) -> None:
    """That of its writer too, whichever instance each message goes to; so does one that is written by the API."""
    with (
        client.websocket("/chat", format=websocket_format, instances=instances) as first,
        client.websocket("/chat", format=websocket_format, instances=instances) as second,
    ):
        for number in range(4):
            write(first, f"第{number}条 <b>")
            write(second, f"second {number}")
            for window in (first, second):
                assert [read(window), read(window)] == [f"第{number}条 <b>", f"second {number}"]
        assert client.post("/entries", json={"name": "Zoë", "message": "by the API"}).status == 201
        assert [read(first), read(second)] == ["by the API", "by the API"]

    written = client.get("/entries").json()
    assert [entry["message"] for entry in written][:2] == ["by the API", "second 3"]
    assert len(written) == 9


@websocket_formats
def test_function_as_it_is_deployed(lambda_app: Any, websocket_format: str) -> None:
    """Where nobody has chosen a store, one instance is enough."""
    with Client(lambda_app) as client, client.websocket("/chat", format=websocket_format) as window:
        write(window, "hello")
        assert read(window) == "hello"


@websocket_formats
def test_windows_of_one_instance_need_no_function_module(book: Any, websocket_format: str) -> None:
    """As with `lambda-bridge dev guestbook:app`, where nobody has told the app of the gateway."""
    with (
        Client(book, websocket_path="/chat") as client,
        client.websocket("/chat", format=websocket_format) as first,
        client.websocket("/chat", format=websocket_format) as second,
    ):
        write(first, "hello")
        assert [read(first), read(second)] == ["hello", "hello"]


def test_fifty_quick_entries_stay_in_order(client: Client) -> None:
    """Also where they go to three instances."""
    with client.websocket("/chat", instances=3) as first, client.websocket("/chat", instances=3) as second:
        for number in range(50):
            write(first, str(number))
        expected = [str(number) for number in range(50)]
        assert [read(first) for _ in expected] == expected
        assert [read(second) for _ in expected] == expected


ODD = [
    ("", "Invalid JSON: EOF while parsing a value"),
    ('{"name": "Ada"', "Invalid JSON: EOF while parsing an object"),
    ("[" * 9000, "Invalid JSON: recursion limit exceeded"),
    ('{"name": "Ada", "message": "\\ud800"}', "Invalid JSON: "),
    ("[]", "Input should be an object"),
    ('{"name": "Ada"}', "message: Field required"),
    ('{"name": 7, "message": "x"}', "name: Input should be a valid string"),
    ('{"name": "", "message": "x"}', "name: String should have at least 1 character"),
    (json.dumps({"name": "Ada", "message": "x" * 32_700}), "message: String should have at most 2000 characters"),
]


@websocket_formats
def test_what_is_no_entry_is_answered(client: Client, websocket_format: str) -> None:
    """To its sender alone, without what was sent; the connection goes on."""
    with (
        client.websocket("/chat", format=websocket_format) as window,
        client.websocket("/chat", format=websocket_format) as other,
    ):
        for sent, said in ODD:
            window.send_text(sent)
            assert window.receive_json()["error"].startswith(said)
        write(window, "still here")
        assert [read(window), read(other)] == ["still here", "still here"]
    assert len(client.get("/entries").json()) == 1


def test_message_of_forty_kilobytes(client: Client) -> None:
    """Is answered where it comes in several frames; in one, the gateway closes the connection, and that one only."""
    large = json.dumps({"name": "Ada", "message": "x" * 40_000})
    with client.websocket("/chat") as window, client.websocket("/chat") as other:
        window.send_text(large, fragmented=True)
        assert window.receive_json() == {"error": "message: String should have at most 2000 characters"}
        with pytest.raises(WebSocketClosed, match="1009"):
            window.send_text(large)
        write(other, "still here")
        assert read(other) == "still here"


def test_largest_entry_fits_into_one_frame(client: Client) -> None:
    """Of 32 KB, which is AWS's limit, whatever is in it."""
    for character in "\x01😀":
        with client.websocket("/chat") as window:
            window.send_text(json.dumps({"name": character * 80, "message": character * 2000}), fragmented=True)
            entry = window.receive_text()
            assert json.loads(entry)["entry"]["message"] == character * 2000
            assert len(entry.encode()) < 32 * 1024


def test_window_that_cannot_be_told_harms_no_other(
    client: Client, book: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One that fails, and one that does not come back; the log says so, without what was written."""
    with client.websocket("/chat") as failing, client.websocket("/chat") as asleep, client.websocket("/chat") as window:
        push = client.handler.push

        async def push_to_some(connection: str, data: str) -> bool:
            if connection == failing.connection:
                raise OSError("the gateway is down")
            if connection == asleep.connection:
                await asyncio.Event().wait()
            return await push(connection, data)

        class Gateway:
            connections = client.handler.connections
            push = staticmethod(push_to_some)

        book.state.gateway = Gateway
        monkeypatch.setattr("live.PATIENCE", 0.05)
        with caplog.at_level(logging.WARNING, "guestbook.live"):
            write(window, "a secret")
        assert read(window) == "a secret"
    said = sorted(record.getMessage() for record in caplog.records if record.name == "guestbook.live")
    assert said == ["a window was not told: OSError", "a window was not told: TimeoutError"]


# --- under a server


@pytest.mark.parametrize("place", ["the app", "the handler"])
def test_server_holds_the_connections_itself(request: pytest.FixtureRequest, book: Any, place: str) -> None:
    """The same page, without any gateway; who has gone is not told any more."""
    app = book if place == "the app" else request.getfixturevalue("lambda_app").asgi
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        url = f"ws://127.0.0.1:{listening.getsockname()[1]}/chat"
        server = uvicorn.Server(uvicorn.Config(app, ws="wsproto", log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        stack.callback(thread.join)
        stack.callback(setattr, server, "should_exit", True)
        window = stack.enter_context(connect(url, proxy=None))
        with connect(url, proxy=None) as other:
            for sent in (
                json.dumps({"name": "小雨", "message": "你好"}),
                b'{"name": "a", "message": "in bytes"}',
                b"\xff",
            ):
                other.send(sent)
            assert [json.loads(other.recv(10)).get("entry", {}).get("message") for _ in range(3)] == [
                "你好",
                "in bytes",
                None,
            ]
            assert len(import_module("live").here) == 2
            other.close()
        assert [json.loads(window.recv(10))["entry"]["message"] for _ in range(2)] == ["你好", "in bytes"]
        window.send(json.dumps({"name": "Ada", "message": "alone"}))
        assert json.loads(window.recv(10))["entry"]["message"] == "alone"
    assert import_module("live").here == set()
