from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.apps import websocket
from lambda_bridge.errors import ConfigurationError, ConnectionGone
from lambda_bridge.testing import Client
from lambda_bridge.websockets import Message, aws
from lambda_bridge.websockets.client import NothingReceived, WebSocketDenied
from lambda_bridge.websockets.stores import MemoryStore
from tests.apps.sockets import accepting, echo, echo_rest

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.handler import Handler

URL = "https://abc.execute-api.eu-central-1.amazonaws.com/prod"


class Context:
    """AWS's, with *seconds* left."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> float:
        return self.seconds * 1000


# --- a conversation in one process


def test_one_coroutine_serves_the_whole_conversation(client_for: Callable[..., Client]) -> None:
    """It is suspended between two messages, with all that it knows."""
    begun = []

    async def count(scope: dict[str, Any], receive: Any, send: Any) -> None:
        begun.append(scope["lambda_bridge.resumed"])
        number = 0
        while (await receive())["type"] == "websocket.receive":
            number += 1
            await send({"type": "websocket.send", "text": str(number)})

    with client_for(accepting(count)).websocket() as socket:
        for expected in "123":
            socket.send_text("x")
            assert expected == socket.receive_text()
    assert [False] == begun


def test_scope_is_that_of_the_spec(client_for: Callable[..., Client]) -> None:
    """Of the handshake; the subprotocols in the client's order, and no method."""
    scopes = []

    async def keep(scope: dict[str, Any], receive: Any, send: Any) -> None:
        scopes.append(scope)
        await receive()

    client = client_for(accepting(keep), websocket_path="/rooms/{room}")
    with client.websocket("/rooms/caf%C3%A9?room=caf%C3%A9", subprotocols=["a", "b"], headers={"X-A": "1"}) as socket:
        connection = socket.connection
    (scope,) = scopes
    assert {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "wss",
        "path": "/production/rooms/café",
        "raw_path": b"/production/rooms/caf%C3%A9",
        "root_path": "/production",
        "query_string": b"room=caf%C3%A9",
        "subprotocols": ["a", "b"],
        "state": {},
        "extensions": {"websocket.http.response": {}},
        "client": ("127.0.0.1", 0),
        "server": ("localhost", 443),
        "lambda_bridge.format": "aws_websocket",
        "lambda_bridge.connection": connection,
        "lambda_bridge.resumed": False,
    } == {name: scope[name] for name in scope if name not in _NOT_COMPARED}
    assert (b"x-a", b"1") in scope["headers"]


_NOT_COMPARED = {"headers", "lambda_bridge.event", "lambda_bridge.context", "aws.event", "aws.context"}


def test_subprotocol_and_headers_of_the_answer_reach_the_client(client_for: Callable[..., Client]) -> None:
    """The app chooses one of those that are offered."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        headers = [(b"X-A", "é".encode())]
        await send({"type": "websocket.accept", "subprotocol": scope["subprotocols"][1], "headers": headers})
        await receive()

    with client_for(app).websocket(subprotocols=["v1", "v2"]) as socket:
        assert ("v2", [("x-a", "Ã©"), ("sec-websocket-protocol", "v2")]) == (
            socket.subprotocol,
            sorted(socket.headers)[::-1],
        )


@pytest.mark.parametrize(("code", "reason", "told"), [(1000, "", 1000), (4321, "bye", 4321), (1005, "", 1005)])
def test_app_hears_why_the_client_went(code: int, reason: str, told: int, client_for: Callable[..., Client]) -> None:
    """Whoever asks again hears the same again, and waits for nothing."""
    heard = []

    async def listen(scope: dict[str, Any], receive: Any, send: Any) -> None:
        heard.append(await receive())
        heard.append(await receive())

    with client_for(accepting(listen)).websocket() as socket:
        socket.close(code, reason)
    assert [{"type": "websocket.disconnect", "code": told, "reason": reason}] * 2 == heard


def test_several_connections_do_not_know_each_other(client_for: Callable[..., Client]) -> None:
    """What goes to one does not come from another."""
    client = client_for(echo)
    with client.websocket() as one, client.websocket() as two:
        one.send_text("1")
        two.send_text("2")
        one.send_text("3")
        assert ["1", "3", "2"] == [one.receive(), one.receive(), two.receive()]
        with pytest.raises(NothingReceived):
            two.receive()


def test_connections_of_one_process_talk_through_memory(client_for: Callable[..., Client]) -> None:
    """A coroutine that another one wakes is served before the call returns."""
    queues: list[asyncio.Queue[str]] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        queue: asyncio.Queue[str] = asyncio.Queue()
        queues.append(queue)

        async def forward() -> None:
            while True:
                await send({"type": "websocket.send", "text": await queue.get()})

        forwarding = asyncio.create_task(forward())
        while (message := await receive())["type"] == "websocket.receive":
            for each in queues:
                each.put_nowait(message["text"])
        forwarding.cancel()

    client = client_for(app)
    with client.websocket() as one, client.websocket() as two:
        one.send_text("hello")
        assert ["hello", "hello"] == [one.receive(), two.receive()]


# --- time


def test_app_that_is_not_ready_at_the_deadline_is_stopped(
    client_for: Callable[..., Client], caplog: pytest.LogCaptureFixture
) -> None:
    """Its connection is closed with 1011, the others go on."""
    cleaned_up = []

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            if message["text"] == "sleep":
                try:
                    await asyncio.Event().wait()
                finally:
                    cleaned_up.append(True)
            await send({"type": "websocket.send", "text": message["text"]})

    client = client_for(accepting(talk), context=Context(0.2))
    with client.websocket() as one, client.websocket() as two:
        one.send_text("sleep")
        two.send_text("on")
        assert (False, 1011, "on") == (one.is_open, one.app_code, two.receive())
    assert [True] == cleaned_up
    assert "the app was stopped after 0.1 seconds" in caplog.text


def test_app_that_blocks_the_loop_is_stopped_too(
    client_for: Callable[..., Client], caplog: pytest.LogCaptureFixture
) -> None:
    """By a signal, as no timer fires."""
    import time

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        time.sleep(60)  # noqa: ASYNC251

    with client_for(accepting(talk), context=Context(0.2)).websocket() as socket:
        socket.send_text("x")
        assert 1011 == socket.app_code
    assert "the app was stopped" in caplog.text


def test_app_that_never_answers_the_handshake_is_a_504(client_for: Callable[..., Client]) -> None:
    """It may wait for a message that cannot come."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await receive()

    with pytest.raises(WebSocketDenied) as denied, client_for(app, context=Context(0.1)).websocket():
        pass
    assert 504 == denied.value.status


def test_tasks_that_the_app_leaves_end_with_it(client_for: Callable[..., Client]) -> None:
    """As those of a request do."""
    done = []

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        async def work() -> None:
            await asyncio.sleep(0)
            done.append(True)

        await receive()
        talk.task = asyncio.create_task(work())  # type: ignore[attr-defined]

    with client_for(accepting(talk)).websocket() as socket:
        socket.send_text("x")
    assert [True] == done


def test_old_connections_are_given_up(client_for: Callable[..., Client], monkeypatch: pytest.MonkeyPatch) -> None:
    """Their end may have been told to another process: after a gateway's longest time the app hears of it."""
    heard = []

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        heard.append(await receive())

    client = client_for(accepting(talk))
    with client.websocket() as old:
        old.is_open = False
        monkeypatch.setattr(websocket, "MOST_AGE", -1.0)
        with client.websocket():
            assert [{"type": "websocket.disconnect", "code": 1006, "reason": ""}] == heard
            monkeypatch.undo()


# --- several instances


def test_app_is_started_again_in_another_instance(client_for: Callable[..., Client]) -> None:
    """With the handshake as it was, and a scope that says so; the client has its answer already."""
    scopes = []

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        scopes.append(scope)
        await echo_rest(receive, send)

    client = client_for(accepting(talk), connections=MemoryStore(), websocket_path="/chat")
    with client.websocket("/chat?q=1", subprotocols=["a"], instances=3) as socket:
        for text in "12345":
            socket.send_text(text)
        assert list("12345") == [socket.receive() for _ in range(5)]
    assert [False, True, True] == [scope["lambda_bridge.resumed"] for scope in scopes]
    kept = [
        {
            name: value
            for name, value in scope.items()
            if name not in _NOT_COMPARED | {"lambda_bridge.resumed", "headers"}
        }
        for scope in scopes
    ]
    assert [kept[0]] * 3 == kept
    assert [scopes[0]["headers"]] * 3 == [scope["headers"] for scope in scopes]


def test_instance_that_only_hears_the_end_tells_the_app(client_for: Callable[..., Client]) -> None:
    """It may have something to clear up that all instances share."""
    heard = []

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        heard.append((scope["lambda_bridge.resumed"], (await receive())["type"]))
        with pytest.raises(ConnectionGone):
            await send({"type": "websocket.send", "text": "late"})

    client = client_for(accepting(talk), connections=MemoryStore())
    with client.websocket(instances=2):
        pass
    assert [(True, "websocket.disconnect")] == heard


def test_instances_without_a_common_store_close_the_connection(
    client_for: Callable[..., Client], caplog: pytest.LogCaptureFixture
) -> None:
    """With a sentence in the log that says what to set."""
    with client_for(echo).websocket(instances=2) as socket:
        socket.send_text("x")
        assert (False, 1011) == (socket.is_open, socket.app_code)
    assert "nobody remembers the connection" in caplog.text
    assert "Traceback" not in caplog.text


def test_app_may_end_what_is_resumed(client_for: Callable[..., Client]) -> None:
    """One that refuses the handshake now, as its session is over, closes the connection."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.close" if scope["lambda_bridge.resumed"] else "websocket.accept"})
        await receive()

    store = MemoryStore()
    with client_for(app, connections=store).websocket(instances=2) as socket:
        socket.send_text("x")
        assert (False, 1011, []) == (socket.is_open, socket.app_code, store.keys())


# --- the loop


def test_messages_from_many_threads_come_to_one_app_in_turn(handler_for: Callable[..., Handler]) -> None:
    """Each call returns when its own message is dealt with."""
    received: list[str] = []

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            received.append(message["text"])
            await asyncio.sleep(0)

    handler = handler_for(accepting(talk), lifespan="off")
    client = Client(handler)
    with client.websocket() as socket:
        results: list[Any] = []

        def send(number: int) -> None:
            message = Message("message", socket.connection, socket._push_url, data=str(number))
            results.append(handler(aws.make_event(message), None))

        threads = [threading.Thread(target=send, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert ([{"statusCode": 200}] * 8, sorted(map(str, range(8)))) == (results, sorted(received))


def test_connection_that_waits_holds_no_other_up(handler_for: Callable[..., Handler]) -> None:
    """Two threads call; the app of the one waits for the message of the other."""
    heard: list[asyncio.Event] = []
    begun = threading.Event()

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        while (message := await receive())["type"] == "websocket.receive":
            if message["text"] == "wait":
                heard.append(asyncio.Event())
                begun.set()
                await heard[0].wait()
            else:
                heard[0].set()

    handler = handler_for(accepting(talk), lifespan="off")
    client = Client(handler)
    with client.websocket() as one, client.websocket() as two:
        results: list[Any] = []

        def send(text: str, connection: str) -> None:
            results.append(handler(aws.make_event(Message("message", connection, one._push_url, data=text)), None))

        waiting = threading.Thread(target=send, args=("wait", one.connection))
        waiting.start()
        assert begun.wait(20)
        send("go", two.connection)
        waiting.join()
    assert [{"statusCode": 200}] * 2 == results


def test_exit_of_the_app_passes_through(client_for: Callable[..., Client]) -> None:
    """As in every server; its client is told."""

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        raise SystemExit(3)

    with client_for(accepting(talk)).websocket() as socket:
        with pytest.raises(SystemExit):
            socket.send_text("x")
        assert 1011 == socket.app_code


def test_receive_may_be_given_up_and_asked_again(client_for: Callable[..., Client]) -> None:
    """No message is lost to a time-out."""

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        while True:
            try:
                message = await asyncio.wait_for(receive(), 0.001)
            except asyncio.TimeoutError:
                continue
            if message["type"] == "websocket.disconnect":
                return
            await send({"type": "websocket.send", "text": message["text"]})

    with client_for(accepting(talk)).websocket() as socket:
        for text in "123":
            socket.send_text(text)
            assert text == socket.receive()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_child_of_a_fork_begins_anew(client_for: Callable[..., Client]) -> None:
    """The parent's coroutines are not its own; it goes on from the store, as another instance."""
    ended = []

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            while (await receive())["type"] == "websocket.receive":
                await send({"type": "websocket.send", "text": str(scope["lambda_bridge.resumed"])})
        finally:
            ended.append(os.getpid())

    with client_for(accepting(talk)).websocket() as socket:
        socket.send_text("x")
        assert "False" == socket.receive()
        child = os.fork()
        if not child:
            code = 1
            try:
                socket.send_text("x")
                code = 0 if socket.receive() == "True" and not ended else 2
            finally:
                os._exit(code)
        assert 0 == os.waitpid(child, 0)[1]
        socket.send_text("x")
        assert ("False", []) == (socket.receive(), ended)


def test_works_inside_a_running_loop(handler_for: Callable[..., Handler]) -> None:
    """By handler.aio; there the app goes on between two events too."""
    handler = handler_for(echo, lifespan="off")
    client = Client(handler)
    socket = client.websocket()
    sent: list[Any] = []

    class Pusher:
        def send(self, gateway: Any, push_url: str, connection: str, data: Any, is_new: bool = False) -> None:
            sent.append(data)

        def disconnect(self) -> None: ...

    handler.line.sockets.pusher = Pusher()  # type: ignore[assignment]

    async def talk() -> list[Any]:
        messages = [
            Message("connect", "a=", URL, socket._request),
            Message("message", "a=", URL, data="x"),
            Message("disconnect", "a=", URL),
        ]
        return [await handler.aio(aws.make_event(message), None) for message in messages]

    assert ([{"statusCode": 200}] * 3, ["x"]) == (asyncio.run(talk()), sent)


def test_works_inside_a_loop_that_is_not_the_apps(client_for: Callable[..., Client]) -> None:
    """The app has its own since its first call; the host's loop waits for it."""
    client = client_for(echo)
    with client.websocket() as socket:
        message = Message("message", socket.connection, socket._push_url, data="x")
        assert {"statusCode": 200} == asyncio.run(client.handler.aio(aws.make_event(message), None))
        assert "x" == socket.receive()


def test_host_that_runs_on_may_say_so_at_any_time(client_for: Callable[..., Client]) -> None:
    """Where nothing waits, nothing happens."""
    client = client_for(echo)
    client.handler.line.go_on()
    with client.websocket():
        client.handler.line.go_on()
        client.handler.line.go_on()


def test_close_of_the_handler_leaves_the_connections_to_others(client_for: Callable[..., Client]) -> None:
    """The process ends; its coroutines are cancelled, the client notices nothing."""
    ended = []

    async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
        try:
            await echo_rest(receive, send)
        finally:
            ended.append(scope["lambda_bridge.resumed"])

    client = client_for(accepting(talk))
    with client.websocket() as socket:
        client.handler.close()
        assert ([False], True) == (ended, socket.is_open)
        socket.send_text("x")
        assert "x" == socket.receive()
    assert [False, True] == ended


def test_http_goes_on_beside(client_for: Callable[..., Client]) -> None:
    """The same app, loop and state serve both."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await echo(scope, receive, send)
        else:
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": b"page"})

    client = client_for(app)
    with client.websocket() as socket:
        assert "page" == client.get("/").text
        socket.send_text("x")
        assert ("x", "page") == (socket.receive(), client.get("/").text)


def test_lifespan_comes_first_and_its_state_is_there(client_for: Callable[..., Client]) -> None:
    """Also where the first event is of a WebSocket."""
    states = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            scope["state"]["db"] = "open"
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            states.append(scope["state"])
            await echo(scope, receive, send)

    with client_for(app, lifespan="on").websocket():
        pass
    assert [{"db": "open"}] == states


def test_wsgi_app_refuses_clearly(handler_for: Callable[..., Handler]) -> None:
    """It knows no WebSocket."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise AssertionError

    handler = handler_for(app)
    with pytest.raises(ConfigurationError, match="a WebSocket event came to a WSGI app"):
        handler(aws.make_event(Message("message", "a=", URL)), None)
