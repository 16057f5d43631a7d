from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.websockets.client import WebSocketDenied
from tests.apps.sockets import accepting

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.testing import Client


def test_app_that_ends_without_an_answer_is_a_500(
    client_for: Callable[..., Client], caplog: pytest.LogCaptureFixture
) -> None:
    """As for HTTP."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()

    with pytest.raises(WebSocketDenied) as denied, client_for(app).websocket():
        pass
    assert 500 == denied.value.status
    assert "neither accepted nor refused" in caplog.text


def test_app_that_fails_before_it_accepts_is_a_500(
    client_for: Callable[..., Client], caplog: pytest.LogCaptureFixture
) -> None:
    """With its traceback in the log, and nothing of it for the client."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        raise LookupError("secret")

    with pytest.raises(WebSocketDenied) as denied, client_for(app).websocket():
        pass
    assert (500, b"Internal Server Error") == (denied.value.status, denied.value.body)
    assert "LookupError: secret" in caplog.text


def test_app_that_ends_closes_its_connection(client_for: Callable[..., Client]) -> None:
    """With 1000, as servers do."""

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()

    with client_for(accepting(talk)).websocket() as socket:
        socket.send_text("x")
        assert (False, 1000) == (socket.is_open, socket.app_code)


def test_app_that_fails_loses_its_connection_and_no_other(
    client_for: Callable[..., Client], caplog: pytest.LogCaptureFixture
) -> None:
    """1011, and the traceback in the log."""

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            if message["text"] == "fail":
                raise LookupError("oops")
            await send({"type": "websocket.send", "text": message["text"]})

    client = client_for(accepting(talk))
    with client.websocket() as one, client.websocket() as two:
        one.send_text("fail")
        two.send_text("on")
        assert (False, 1011, "on") == (one.is_open, one.app_code, two.receive())
    assert "LookupError: oops" in caplog.text


def test_failure_of_the_app_fails_the_invocation_where_that_is_wanted(client_for: Callable[..., Client]) -> None:
    """on_error='raise', so that alarms fire."""

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        raise LookupError("oops")

    with client_for(accepting(talk), on_error="raise").websocket() as socket:
        with pytest.raises(LookupError):
            socket.send_text("x")
        assert 1011 == socket.app_code


def test_error_that_the_apps_framework_made_of_the_end_is_none(
    client_for: Callable[..., Client], caplog: pytest.LogCaptureFixture
) -> None:
    """Starlette's endpoints end with it, uncaught, when their client goes."""
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute
    from starlette.websockets import WebSocket

    async def endpoint(socket: WebSocket) -> None:
        await socket.accept()
        while True:
            await socket.send_text(await socket.receive_text())

    with client_for(Starlette(routes=[WebSocketRoute("/", endpoint)]), on_error="raise").websocket() as socket:
        socket.send_text("x")
        assert "x" == socket.receive()
    assert "" == caplog.text
