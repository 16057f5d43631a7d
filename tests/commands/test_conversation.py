"""Events of WebSockets on the command line: made by lambda-bridge event, and handed over by lambda-bridge invoke."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import websockets
from lambda_bridge.commands.conversation import Sent
from tests.commands.runner import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHAT = """
from lambda_bridge import make_handler

async def app(scope, receive, send):
    await receive()
    if not scope["path"].endswith("/chat"):
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept", "subprotocol": (scope["subprotocols"] or [None])[0]})
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        if message.get("text") == "fail":
            raise ValueError("no")
        if message.get("text") == "close":
            await send({"type": "websocket.close"})
            return
        await send({"type": "websocket.send", **{key: message.get(key) for key in ("text", "bytes")}})

handler = make_handler(app, websocket_path="/chat", connections="sqlite:must-not-be.db")
lost = make_handler(app)
"""


@pytest.fixture(autouse=True)
def chat(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder, with the module called_chat."""
    (tmp_path / "called_chat.py").write_text(CHAT)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    yield tmp_path
    sys.modules.pop("called_chat", None)


def event(*arguments: str) -> str:
    made = run("event", *arguments)
    assert (made.exit_code, made.stderr) == (0, "")
    return made.stdout


def invoke(text: str, handler: str = "handler", *options: str) -> Any:
    return run("invoke", f"called_chat:{handler}", "-", *options, text=text)


@pytest.mark.parametrize("name", websockets.NAMES)
@pytest.mark.parametrize(
    "arguments", [("connect", "/?room=7", "-H", "Cookie: a=1"), ("message", "-d", "é"), ("disconnect",)]
)
def test_every_kind_of_event(name: str, arguments: tuple[str, ...]) -> None:
    """Is what its gateway reads as that."""
    made = json.loads(event(name, *arguments))
    gateway = websockets.find(made)

    assert gateway is websockets.load(name)
    assert gateway.read_event(made).kind == arguments[0]


def test_what_the_app_sends_is_shown(chat: Path) -> None:
    """A handshake of which nobody asked goes before a message; nothing goes to a gateway, or into a store."""
    shown = invoke(event("aws_websocket", "message", "-d", "hé"))

    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout.startswith("aws_websocket: AWS API Gateway WebSocket API\n")
    assert shown.stdout.endswith("\nto L0SM9cOFvHcCI01=: hé\n")
    assert not (chat / "must-not-be.db").exists()


def test_a_handshake_and_its_answer() -> None:
    """Its status and headers are the client's."""
    shown = invoke(event("aws_websocket", "connect", "/", "-H", "Sec-WebSocket-Protocol: a, b"))

    assert shown.exit_code == 0
    assert shown.stdout.endswith("\n200 OK\nsec-websocket-protocol: a\n")


def test_it_is_told_as_json() -> None:
    """What was sent too."""
    told = json.loads(invoke(event("tencent_websocket", "message", "-d", "close"), "handler", "--json").stdout)

    assert told["sent"] == [{"connection": "L0SM9cOFvHcCI01=", "text": "(closes, 1000)"}]
    assert (told["format"], told["problem"], told["response"]) == ("tencent_websocket", None, None)


@pytest.mark.parametrize(
    ("handler", "text", "said"),
    [
        ("handler", "fail", "the function answers with 500, see above"),
        ("lost", "hello", "the app denied, with 403, the handshake at '/' that goes before a message"),
    ],
)
def test_what_fails_is_one_line(handler: str, text: str, said: str) -> None:
    """And the exit status 1."""
    shown = invoke(event("aws_websocket", "message", "-d", text), handler)

    assert shown.exit_code == 1
    assert f"Error: the invocation failed: {said}" in shown.stderr


def test_an_event_that_cannot_be_read() -> None:
    """Says so."""
    broken = json.loads(event("aws_websocket", "message"))
    broken["requestContext"]["connectionId"] = 5
    shown = invoke(json.dumps(broken))

    assert (shown.exit_code, "connectionId is 5, not a text" in shown.stderr) == (1, True)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("GET", "/"),
        ("message", "/"),
        ("message", "-d", "a", "-d", "b"),
        ("disconnect", "-d", "a"),
        ("connect", "/", "--form", "a=b"),
    ],
)
def test_arguments_that_do_not_fit(arguments: tuple[str, ...]) -> None:
    """Are one line on how to use it."""
    shown = run("event", "aws_websocket", *arguments)

    assert shown.exit_code == 2
    assert "connect" in shown.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("sent", "text"),
    [(Sent("a", "x"), "x"), (Sent("a", b"\0\1"), "(2 bytes)"), (Sent("a", code=1011), "(closes, 1011)")],
)
def test_what_was_sent_in_words(sent: Sent, text: str) -> None:
    assert sent.text() == text
