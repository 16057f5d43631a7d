from __future__ import annotations

import asyncio
import json
import sys
import threading
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import boto3
import pytest

from lambda_bridge.apps import _conversation
from lambda_bridge.errors import ConfigurationError, PushFailed, StoreFailed, UnknownConnection, UnknownEvent
from lambda_bridge.testing import Client, make_request
from lambda_bridge.websockets import Message, aws, delivery, dynamodb, tencent
from lambda_bridge.websockets.delivery import fill_path
from lambda_bridge.websockets.push import Pusher
from lambda_bridge.websockets.stores import MemoryStore
from tests.builders import SAMPLES, read_sample
from tests.websockets.management_api import ManagementApi

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.handler import Handler

URL = "https://abc.execute-api.eu-central-1.amazonaws.com/prod"


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"page"})
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({**message, "type": "websocket.send"})


def connect(connection: str = "a=", url: str = URL) -> dict[str, Any]:
    return aws.make_event(Message("connect", connection, url, make_request("GET", "/", root_path="/prod")))


def message(text: Any = "x", connection: str = "a=", url: str = URL) -> dict[str, Any]:
    return aws.make_event(Message("message", connection, url, data=text))


def disconnect(connection: str = "a=", url: str = URL) -> dict[str, Any]:
    return aws.make_event(Message("disconnect", connection, url))


class BrokenStore(MemoryStore):
    """Raises in the methods that *broken* names."""

    def __init__(self, *broken: str) -> None:
        super().__init__()
        self.broken = set(broken)

    def put(self, *arguments: Any) -> None:
        self._check("put")
        super().put(*arguments)

    def get(self, *arguments: Any) -> Any:
        self._check("get")
        return super().get(*arguments)

    def delete(self, *arguments: Any) -> None:
        self._check("delete")
        super().delete(*arguments)

    def keys(self) -> list[str]:
        self._check("keys")
        return super().keys()

    def _check(self, method: str) -> None:
        if method in self.broken:
            raise OSError(f"secret of {method}")


def asked(api: ManagementApi) -> list[tuple[str, str]]:
    """(method, the path's last part) of each request."""
    return [(each.method, each.path.rpartition("/")[2]) for each in api.asked]


def test_conversation_goes_over_the_gateways_api(handler_for: Callable[..., Handler]) -> None:
    """From the event to the HTTP request, with all of the real parts."""
    with ManagementApi() as api:
        handler = handler_for(echo, lifespan="off", push_url=api.url)
        results = [handler(event, None) for event in (connect(), message("1"), message("2"), disconnect())]
        handler.close()
    assert [{"statusCode": 200}] * 4 == results
    assert [b"1", b"2"] == [each.body for each in api.asked]


def test_event_may_come_as_bytes(handler_for: Callable[..., Handler]) -> None:
    """As some hosts hand it over."""
    handler = handler_for(echo, lifespan="off")
    assert {"statusCode": 200} == handler(json.dumps(connect()).encode(), None)


@pytest.mark.parametrize("is_async", [False, True])
def test_gateway_that_is_not_accepted_is_refused(handler_for: Callable[..., Handler], is_async: bool) -> None:
    """As every other format; a gateway that is named is served."""

    def ask(handler: Handler) -> Any:
        return asyncio.run(handler.aio(connect(), None)) if is_async else handler(connect(), None)

    with pytest.raises(UnknownEvent, match=r"'aws_websocket'; make_handler accepts formats=\['aws_http'\] only"):
        ask(handler_for(echo, formats=["aws_http"]))
    assert ask(handler_for(echo, formats=["aws_http", "aws_websocket"]))["statusCode"] == 200


def test_tencents_events_and_results(handler_for: Callable[..., Handler]) -> None:
    """Its handshake has a path; its answers a number."""
    with ManagementApi() as api:
        handler = handler_for(echo, lifespan="off", push_url=api.url)
        sample = read_sample(SAMPLES / "websockets" / "tencent" / "connect.json")
        connection = sample["websocket"]["secConnectionID"]
        data = tencent.make_event(Message("message", connection, data=b"\xff"))
        results = [handler(event, {}) for event in (sample, data)]
        handler.close()
    assert [0, 0] == [result["errNo"] for result in results]
    assert {"action": "data send", "secConnectionID": connection, "dataType": "binary", "data": "/w=="} == (
        json.loads(api.asked[0].body)["websocket"]
    )


# --- bad input


@pytest.mark.parametrize(
    "broken",
    [
        {"requestContext": {"connectionId": "a=", "eventType": "MESSAGE"}},
        {"requestContext": {"connectionId": 7, "eventType": "CONNECT", "stage": "x", "apiId": "y"}},
        {**message(), "body": {"a": 1}},
        {**connect(), "multiValueHeaders": None, "headers": 7},
    ],
)
def test_malformed_event_is_a_400(
    broken: dict[str, Any], handler_for: Callable[..., Handler], caplog: pytest.LogCaptureFixture
) -> None:
    """One sentence in the log; the conversations that there are go on."""
    with ManagementApi() as api:
        handler = handler_for(echo, lifespan="off", push_url=api.url)
        handler(connect("good="), None)
        status = handler(broken, None)["statusCode"]
        handler(message("on", "good="), None)
        handler.close()
    assert (400, [("POST", "good%3D")]) == (status, asked(api))
    assert caplog.text


def test_message_of_an_unknown_connection_closes_it(
    handler_for: Callable[..., Handler], caplog: pytest.LogCaptureFixture
) -> None:
    """Its client would wait for ever."""
    with ManagementApi() as api:
        handler = handler_for(echo, lifespan="off", push_url=api.url)
        assert {"statusCode": 410} == handler(message(), None)
        handler.close()
    assert [("DELETE", "a%3D")] == asked(api)
    assert "nobody remembers the connection 'a='" in caplog.text
    assert "Traceback" not in caplog.text


def test_end_of_an_unknown_connection_is_no_error(
    handler_for: Callable[..., Handler], caplog: pytest.LogCaptureFixture
) -> None:
    """The app has closed it itself, and the gateway says so."""
    handler = handler_for(echo, lifespan="off")
    assert ({"statusCode": 200}, "") == (handler(disconnect(), None), caplog.text)


def test_event_of_another_stage_does_not_touch_the_connection(
    handler_for: Callable[..., Handler], caplog: pytest.LogCaptureFixture
) -> None:
    """An id is of one API and stage; elsewhere it is unknown."""
    with ManagementApi() as api:
        handler = handler_for(echo, lifespan="off", push_url=api.url)
        handler(connect(), None)
        assert 410 == handler(message(url=URL.replace("prod", "dev")), None)["statusCode"]
        caplog.clear()
        assert 200 == handler(message("on"), None)["statusCode"]
        handler.close()
    assert "on" == api.asked[-1].body.decode()
    assert "" == caplog.text


def test_store_that_is_down_denies_the_handshake(
    handler_for: Callable[..., Handler], caplog: pytest.LogCaptureFixture
) -> None:
    """No instance could go on with it; the log says which, and not with what."""
    handler = handler_for(echo, lifespan="off", connections=BrokenStore("put", "delete"))
    assert 500 == handler(connect(), None)["statusCode"]
    assert "the store of connections failed in put: OSError" in caplog.text
    assert "secret" not in caplog.text


def test_store_that_is_down_closes_what_it_should_know(
    handler_for: Callable[..., Handler], caplog: pytest.LogCaptureFixture
) -> None:
    """Connections that this process knows go on without it."""
    store = BrokenStore()
    with ManagementApi() as api:
        handler = handler_for(echo, lifespan="off", push_url=api.url, connections=store)
        handler(connect(), None)
        store.broken = {"get", "put", "delete", "keys"}
        assert 200 == handler(message("on"), None)["statusCode"]
        assert 500 == handler(message("off", "b="), None)["statusCode"]
        assert 200 == handler(disconnect(), None)["statusCode"]
        handler.close()
    assert [("POST", "a%3D"), ("DELETE", "b%3D")] == asked(api)
    assert "failed in get: OSError" in caplog.text
    assert "failed in delete: OSError" in caplog.text


def test_record_that_is_none_closes_the_connection(
    handler_for: Callable[..., Handler], caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody else writes into the table."""
    store = MemoryStore()
    store.put("a=", "what?", 2**40)
    with ManagementApi() as api:
        handler = handler_for(echo, lifespan="off", push_url=api.url, connections=store)
        assert 500 == handler(message(), None)["statusCode"]
        handler.close()
    assert [("DELETE", "a%3D")] == asked(api)
    assert "what the store has of the connection 'a=' cannot be read" in caplog.text


def test_gateway_that_does_not_take_a_message_fails_the_app(
    handler_for: Callable[..., Handler], caplog: pytest.LogCaptureFixture
) -> None:
    """In its send; where it does not catch that, the connection is closed."""
    with ManagementApi(403) as api:
        handler = handler_for(echo, lifespan="off", push_url=api.url)
        handler(connect(), None)
        assert 500 == handler(message(), None)["statusCode"]
        handler.close()
    assert [("POST", "a%3D"), ("DELETE", "a%3D")] == asked(api)
    assert "execute-api:ManageConnections" in caplog.text


def test_connection_that_cannot_be_closed_is_in_the_log(
    handler_for: Callable[..., Handler], caplog: pytest.LogCaptureFixture
) -> None:
    """The app has ended: nobody else can be told."""
    with ManagementApi(403, 403) as api:
        handler = handler_for(echo, lifespan="off", push_url=api.url)
        handler(connect(), None)
        assert 500 == handler(message(), None)["statusCode"]
        handler.close()
    assert ["WARNING", "ERROR"] == [record.levelname for record in caplog.records]
    assert "DELETE to the connection 'a=' was answered with the status 403" in caplog.text


def test_gateway_that_tells_no_address_needs_the_option(handler_for: Callable[..., Handler]) -> None:
    """Tencent's: a deployment to be mended, so the invocation fails."""
    handler = handler_for(echo, lifespan="off")
    handler(tencent.make_event(Message("connect", "a=", "", make_request("GET", "/"))), {})
    with pytest.raises(ConfigurationError, match="set push_url= or LAMBDA_BRIDGE_PUSH_URL"):
        handler(tencent.make_event(Message("message", "a=", data="x")), {})


def test_failure_is_raised_where_that_is_wanted(handler_for: Callable[..., Handler]) -> None:
    """on_error='raise', so that alarms fire."""
    with ManagementApi() as api:
        handler = handler_for(echo, lifespan="off", push_url=api.url, on_error="raise")
        with pytest.raises(UnknownConnection):
            handler(message(), None)
        handler.close()


def test_handshake_that_comes_twice_begins_anew(handler_for: Callable[..., Handler]) -> None:
    """The gateway has lost the first answer."""
    with ManagementApi() as api:
        handler = handler_for(echo, lifespan="off", push_url=api.url)
        results = [handler(event, None) for event in (connect(), connect(), message())]
        assert ["a="] == list(handler.connections)
        handler.close()
    assert ([{"statusCode": 200}] * 3, [("POST", "a%3D")]) == (results, asked(api))


class Context:
    """AWS's, with so many seconds left."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def get_remaining_time_in_millis(self) -> float:
        return self.seconds * 1000


class HangingStore(MemoryStore):
    """Does not come back from *method* before it is `released`; says when somebody waits there."""

    def __init__(self, method: str) -> None:
        super().__init__()
        self.method = method
        self.released = threading.Event()

    def get(self, *arguments: Any) -> Any:
        self._wait("get")
        return super().get(*arguments)

    def put(self, *arguments: Any) -> None:
        self._wait("put")
        super().put(*arguments)

    def _wait(self, method: str) -> None:
        if method == self.method:
            self.released.wait(20)


@pytest.mark.parametrize(
    ("method", "event", "asked_for"), [("get", message("x", "b="), [("DELETE", "b%3D")]), ("put", connect("b="), [])]
)
def test_store_that_hangs_is_given_up_at_the_deadline(
    method: str,
    event: Any,
    asked_for: Any,
    handler_for: Callable[..., Handler],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The client is told before the call returns, when the process may be frozen; another connection goes on."""
    monkeypatch.setattr(_conversation, "GRACE", 10.0)
    store = HangingStore("")
    with ManagementApi() as api:
        handler = handler_for(echo, lifespan="off", push_url=api.url, connections=store)
        handler(connect(), None)
        store.method = method
        assert 504 == handler(event, Context(0.2))["statusCode"]
        assert asked_for == asked(api)
        assert {"statusCode": 200} == handler(message("on"), None)
        store.released.set()
        handler.close()
    assert ("POST", "a%3D") == asked(api)[-1]
    assert "the app was stopped after 0.1 seconds" in caplog.text


def test_first_events_on_several_threads_meet_in_one_store(
    handler_for: Callable[..., Handler], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is made for the first of them; one of each thread's own would forget the connections of all others but one."""
    handler = handler_for(echo, lifespan="off")
    other = threading.Thread(target=lambda: made.append(handler.line.sockets))
    made: list[Any] = []

    def make(choice: Any) -> MemoryStore:
        if other.ident is None:
            other.start()
            other.join(0.2)  # it waits for us, or is done
        return MemoryStore()

    monkeypatch.setattr(delivery, "make_store", make)
    made.append(handler.line.sockets)
    other.join()
    assert made[0] is made[1] is handler.line.sockets


def test_twenty_connections_from_as_many_threads(handler_for: Callable[..., Handler]) -> None:
    """Each has its own messages back, in its own order, and nobody else's."""
    names = [f"c{number}=" for number in range(20)]
    results: dict[str, list[Any]] = {}
    all_there = threading.Barrier(len(names))

    def talk(name: str) -> None:
        all_there.wait()
        events = [connect(name), *(message(f"{name} {number}", name) for number in range(5)), disconnect(name)]
        results[name] = [handler(event, Context(60)) for event in events]

    with ManagementApi() as api:
        handler = handler_for(echo, lifespan="off", push_url=api.url)
        threads = [threading.Thread(target=talk, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [] == list(handler.connections)
        handler.close()
    assert {name: [{"statusCode": 200}] * 7 for name in names} == results
    sent: dict[str, list[str]] = {}
    for each in api.asked:
        sent.setdefault(unquote(each.path.rpartition("/")[2]), []).append(each.body.decode())
    assert {name: [f"{name} {number}" for number in range(5)] for name in names} == sent


def test_table_that_is_throttled_closes_what_it_should_know(
    handler_for: Callable[..., Handler], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB is asked three times; the log says what it has answered, and not what it was asked."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    no = (
        400,
        b'{"__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException", "message": "secret"}',
    )
    with ManagementApi() as api, ManagementApi(no, no, no) as table:
        monkeypatch.setattr(dynamodb, "boto3", SimpleNamespace(client=partial(boto3.client, endpoint_url=table.url)))
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
            monkeypatch.setenv(name, "eu-central-1")
        handler = handler_for(echo, lifespan="off", push_url=api.url, connections="dynamodb:chat")
        assert 500 == handler(message(), None)["statusCode"]
        handler.line.sockets.store._client.close()  # type: ignore[attr-defined]
        handler.close()
    assert (3, [("DELETE", "a%3D")]) == (len(table.asked), asked(api))
    assert "the store of connections failed in get: ProvisionedThroughputExceededException" in caplog.text
    assert "secret" not in caplog.text


def test_event_that_names_another_host_is_not_answered_there(handler_for: Callable[..., Handler]) -> None:
    """Whoever may call the function can write an event; its host gets no request with the function's signature."""
    told = message()
    told["requestContext"]["apiId"] = "127.0.0.1/"
    told["requestContext"]["domainName"] = "evil.example"
    assert 400 == handler_for(echo, lifespan="off")(told, None)["statusCode"]


# --- push, from anywhere


def test_push_reaches_a_connection_and_all_of_them(handler_for: Callable[..., Handler]) -> None:
    """From an HTTP route, in this process or another one."""
    store = MemoryStore()
    with ManagementApi() as api:
        one = handler_for(echo, lifespan="off", push_url=api.url, connections=store)
        other = handler_for(echo, lifespan="off", push_url=api.url, connections=store)
        one(connect("a="), None)
        one(connect("b="), None)

        async def broadcast() -> list[bool]:
            return [await other.push(connection, "news") async for connection in other.connections]

        assert [True, True] == asyncio.run(broadcast())
        assert ["a=", "b="] == sorted(other.connections)
        one.close()
        other.close()
    assert [("POST", "a%3D"), ("POST", "b%3D")] == sorted(asked(api))


def test_push_works_inside_an_http_route(handler_for: Callable[..., Handler]) -> None:
    """The example of the documentation."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            for connection in [each async for each in handler.connections]:
                await handler.push(connection, "news")
        await echo(scope, receive, send)

    handler = handler_for(app, lifespan="off")
    client = Client(handler)
    with client.websocket() as socket:
        assert ("page", "news") == (client.get("/").text, socket.receive())


def test_push_works_in_a_function_for_a_trigger(handler_for: Callable[..., Handler]) -> None:
    """A queue's message becomes one to every client."""
    handler = handler_for(echo, lifespan="off")

    @handler.on("aws.sqs")
    async def tell(event: Any) -> None:
        for connection in handler.connections:
            await handler.push(connection, event.data)

    client = Client(handler)
    with client.websocket() as socket:
        client.trigger("aws.sqs", data=["news"])
        assert b"news" == socket.receive()


def test_push_to_who_has_gone_is_false_and_forgets(
    handler_for: Callable[..., Handler], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a broadcast goes on."""
    monkeypatch.setattr(delivery, "NEW", 0.0)
    with ManagementApi(410) as api:
        handler = handler_for(echo, lifespan="off", push_url=api.url)
        handler(connect(), None)
        assert (False, False, []) == (
            asyncio.run(handler.push("a=", "x")),
            asyncio.run(handler.push("never", "x")),
            list(handler.connections),
        )
        handler.close()


def test_push_to_who_is_not_there_yet_is_false_and_forgets_nobody(handler_for: Callable[..., Handler]) -> None:
    """An app that tells all of a newcomer tells the newcomer too, whose handshake is not answered yet."""
    with ManagementApi(*[410] * 4) as api:
        handler = handler_for(echo, lifespan="off")
        handler.line.sockets.pusher = Pusher(api.url, sleep=lambda pause: None)
        handler(connect(), None)
        assert (False, ["a="]) == (asyncio.run(handler.push("a=", "x")), list(handler.connections))
        handler.close()


@pytest.mark.parametrize(("data", "error"), [(7, TypeError), (None, TypeError), ("ä" * 65537, ValueError)])
def test_push_of_what_no_gateway_takes_is_an_error(
    data: Any, error: type[Exception], handler_for: Callable[..., Handler]
) -> None:
    """Before anything is sent."""
    handler = handler_for(echo, lifespan="off")
    handler(connect(), None)
    with pytest.raises(error):
        asyncio.run(handler.push("a=", data))


def test_push_says_what_has_failed(handler_for: Callable[..., Handler]) -> None:
    """The store, or the gateway."""
    store = BrokenStore()
    with ManagementApi(403) as api:
        handler = handler_for(echo, lifespan="off", push_url=api.url, connections=store)
        handler(connect(), None)
        with pytest.raises(PushFailed):
            asyncio.run(handler.push("a=", "x"))
        store.broken = {"get", "keys"}
        with pytest.raises(StoreFailed):
            asyncio.run(handler.push("a=", "x"))
        with pytest.raises(StoreFailed):
            list(handler.connections)
        handler.close()


def test_wsgi_app_may_push_too(handler_for: Callable[..., Handler]) -> None:
    """Its own handler answers pages, and another function the WebSockets."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        delivered = asyncio.run(handler.push("a=", "news"))
        start_response("200 OK", [])
        return [str(delivered).encode()]

    store = MemoryStore()
    with ManagementApi() as api:
        handler_for(echo, lifespan="off", connections=store)(connect(), None)
        handler = handler_for(app, connections=store, push_url=api.url)
        assert "True" == Client(handler).get("/").text
        handler.close()
    assert [("POST", "a%3D")] == asked(api)


# --- the options


@pytest.mark.parametrize(
    ("template", "query", "path"),
    [
        ("/chat", "", "/chat"),
        ("/chat/{room}", "room=7", "/chat/7"),
        ("/chat/{room}", "x=7", "/chat/"),
        ("/{a}/{b}", "b=2&a=1&a=3", "/1/2"),
        ("{path}", "path=/chat/%C3%A4", "/chat/ä"),
        ("{path}", "path=chat", "/chat"),
        ("{path}", "", "/"),
        ("/{a}", "a={b}&b=x", "/{b}"),
    ],
)
def test_path_is_filled_from_the_query(template: str, query: str, path: str) -> None:
    """Of a name that comes twice, the first counts."""
    assert path == fill_path(template, query)


@pytest.mark.parametrize(
    ("options", "path", "root_path"),
    [
        ({}, "/prod/", "/prod"),
        ({"base_path": ""}, "/", ""),
        ({"base_path": "/prod"}, "/prod/", "/prod"),
        ({"websocket_path": "/chat", "base_path": ""}, "/chat", ""),
        ({"websocket_path": "/chat"}, "/prod/chat", "/prod"),
    ],
)
def test_options_act_on_the_handshake(
    options: dict[str, Any], path: str, root_path: str, handler_for: Callable[..., Handler]
) -> None:
    """As on every request."""
    scopes = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        scopes.append((scope["path"], scope["root_path"]))
        await echo(scope, receive, send)

    handler_for(app, lifespan="off", **options)(connect(), None)
    assert [(path, root_path)] == scopes


def test_store_is_made_when_it_is_needed(handler_for: Callable[..., Handler], monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP calls pay nothing for it."""
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setitem(sys.modules, "lambda_bridge.websockets.dynamodb", None)
    monkeypatch.delitem(sys.modules, "lambda_bridge.websockets.dynamodb")
    monkeypatch.setitem(sys.modules, "boto3", None)
    handler = handler_for(echo, lifespan="off", connections="dynamodb:chat")
    assert "page" == Client(handler).get("/").text
    with pytest.raises(ConfigurationError, match="install boto3"):
        handler(connect(), None)
