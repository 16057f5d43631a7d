"""WebSockets at the local gateway, with another library's client, over real sockets and through real instances."""

from __future__ import annotations

import http.client
import json
import os
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from werkzeug.serving import make_server

from lambda_bridge.gateway import limits as limits_module
from lambda_bridge.gateway.calls import Trigger
from lambda_bridge.gateway.server import Gateway
from lambda_bridge.gateway.websocket import is_handshake, name_for
from lambda_bridge.gateway.wire import RequestHandler
from lambda_bridge.messages import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lambda_bridge.gateway.calls import Call

APP = """
import json, os, signal, time

from lambda_bridge import make_handler


async def app(scope, receive, send):
    if scope["type"] == "http":
        connections = [each async for each in handler.connections]
        told = [await handler.push(each, "news") for each in connections]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(told).encode()})
        return
    offered = scope["subprotocols"]
    await receive()
    if "exit" in offered:
        os._exit(3)
    if "deny" in offered:
        head = {"type": "websocket.http.response.start", "status": 401, "headers": [(b"content-type", b"text/plain")]}
        if "websocket.http.response" not in scope["extensions"]:
            await send({"type": "websocket.close"})
            return
        await send(head)
        await send({"type": "websocket.http.response.body", "body": b"who are you?"})
        return
    headers = [(b"x-own", b"1")] if scope["lambda_bridge.format"] == "aws_websocket" else []
    await send({"type": "websocket.accept", "subprotocol": "never-offered" if "other" in offered else offered[-1] if offered else None, "headers": headers})
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            print("told of", message["code"])
            return
        text = message.get("text")
        if text == "exit":
            os._exit(3)
        if text == "block":
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            time.sleep(1000)
        if text == "close":
            await send({"type": "websocket.close", "code": 4001})
            return
        if text is None:
            await send({"type": "websocket.send", "bytes": message["bytes"]})
            continue
        seen = {"pid": os.getpid(), "text": text, "resumed": scope["lambda_bridge.resumed"], "path": scope["path"]}
        seen["id"], seen["scheme"] = scope["lambda_bridge.connection"], scope["scheme"]
        seen["cookie"] = dict(scope["headers"]).get(b"cookie", b"").decode()
        await send({"type": "websocket.send", "text": json.dumps(seen)})


handler = make_handler(app, websocket_path="/chat")
"""


class Serving(NamedTuple):
    gateway: Gateway
    url: str
    lines: list[str]

    def connect(self, path: str = "/", **options: Any) -> Any:
        return connect(f"ws://{self.url}{path}", proxy=None, **options)

    def sockets_url(self) -> str:
        assert self.gateway.sockets is not None
        return self.gateway.sockets.push_url

    def manage(self, method: str, connection: str, body: bytes | None = None) -> tuple[int, Any]:
        """(status, answer) of the API."""
        api = http.client.HTTPConnection(urlsplit(self.sockets_url()).netloc, timeout=10)
        try:
            api.request(method, f"/@connections/{quote(connection, safe='')}", body)
            response = api.getresponse()
            return response.status, json.loads(response.read() or "null")
        finally:
            api.close()

    def calls(self) -> list[str]:
        return [call.asked.kind for call in self.gateway.calls.all() if isinstance(call.asked, Trigger)]

    @contextmanager
    def hearing(self, kind: str) -> Iterator[Callable[[], Call]]:
        """What waits for the next event of this kind to be over."""
        calls = self.gateway.calls.listen()
        assert next(calls) is None

        def wait() -> Call:
            return next(call for call in calls if call and isinstance(call.asked, Trigger) and call.asked.kind == kind)

        yield wait
        calls.close()  # type: ignore[attr-defined]


Serve = Any


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serve]:
    """Starts a gateway for APP on a free port."""
    (tmp_path / "chat_served.py").write_text(APP)
    monkeypatch.syspath_prepend(str(tmp_path))
    ends: list[Callable[[], Any]] = []

    def start(format_name: str = "aws_http", **options: Any) -> Serving:
        lines: list[str] = []
        gateway = Gateway("chat_served:handler", format_name, lines.append, **options)
        server = make_server("127.0.0.1", 0, gateway, threaded=True, request_handler=RequestHandler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        ends.extend([gateway.close, server.server_close, thread.join, server.shutdown])
        return Serving(gateway, f"127.0.0.1:{server.server_port}", lines)

    yield start
    while ends:
        ends.pop()()
    sys.modules.pop("chat_served", None)


def test_a_connection_is_three_kinds_of_events(serve: Serve) -> None:
    """Handshake, messages and end are calls of the function, as the console shows them; the app answers by the API."""
    serving = serve()
    with serving.hearing("disconnect") as wait:
        with serving.connect(
            "/?room=7", subprotocols=["a", "chat"], additional_headers={"Cookie": "who=ada"}
        ) as client:
            assert client.subprotocol == "chat"
            assert client.response.headers["x-own"] == "1"
            client.send("hé")
            seen = json.loads(client.recv(timeout=10))
            client.close(4002, "bye")
        ended = wait()

    assert (seen["text"], seen["path"], seen["cookie"], seen["scheme"]) == ("hé", "/chat", "who=ada", "ws")
    assert serving.calls() == ["connect", "message", "disconnect"]
    first, second, third = serving.gateway.calls.all()
    assert {first.format, second.format, third.format} == {"aws_websocket"}
    assert {first.status, second.status, third.status} == {"done"}
    assert json.loads(first.event)["requestContext"]["eventType"] == "CONNECT"
    assert not {"Connection", "Upgrade"} & json.loads(first.event)["headers"].keys()
    assert json.loads(first.event)["queryStringParameters"] == {"room": "7"}
    assert (json.loads(second.event)["body"], json.loads(second.result)["statusCode"]) == ("hé", 200)
    assert json.loads(third.event)["requestContext"]["disconnectStatusCode"] == 4002
    assert ended.log == ["told of 4002"]
    assert any(line.startswith("aws_websocket message done ") for line in serving.lines)


def test_messages_of_one_connection_go_to_all_instances_in_turn(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the cloud, where only a store knows the connection: the gateway has set one up, and takes it away."""
    monkeypatch.delenv("LAMBDA_BRIDGE_CONNECTIONS", raising=False)
    serving = serve(instances=3)
    seen = []
    with serving.hearing("disconnect") as wait:
        with serving.connect() as client:
            for number in range(4):
                client.send(f"m{number}")
                seen.append(json.loads(client.recv(timeout=30)))
        wait()
    folder = serving.gateway._folder.name

    assert [each["text"] for each in seen] == ["m0", "m1", "m2", "m3"]
    assert [call.instance for call in serving.gateway.calls.all()][:5] == [1, 2, 3, 1, 2]
    assert len({each["pid"] for each in seen}) == 3
    assert os.getpid() not in {each["pid"] for each in seen}
    assert [each["resumed"] for each in seen] == [True, True, False, True]
    assert os.path.isdir(folder)
    serving.gateway.close()
    assert not os.path.exists(folder)


@pytest.mark.parametrize("chosen", ["environment", "count"])
def test_a_store_is_set_up_only_where_nobody_has_chosen(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, chosen: str
) -> None:
    """A choice counts, and without processes there is one memory."""
    if chosen == "environment":
        monkeypatch.setenv("LAMBDA_BRIDGE_CONNECTIONS", "memory")
    serving = serve(instances=3 if chosen == "environment" else 0)

    assert serving.gateway._folder is None


@pytest.mark.parametrize("why", ["a change", "a crash"])
def test_a_connection_outlives_its_only_instance(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, why: str
) -> None:
    """Whoever edits the app goes on talking with the new code, which is told that it was started again."""
    monkeypatch.delenv("LAMBDA_BRIDGE_CONNECTIONS", raising=False)
    serving = serve(instances=1, reload=True)
    with serving.connect("/", additional_headers={"Cookie": "who=ada"}) as client:
        client.send("before")
        before = json.loads(client.recv(timeout=30))
        if why == "a change":
            (tmp_path / "chat_served.py").write_text(APP.replace('"text": text', '"text": text.upper()'))
        else:
            client.send("exit")
            assert json.loads(client.recv(timeout=30))["message"] == "Internal server error"
        client.send("after")
        after = json.loads(client.recv(timeout=30))

    assert (before["resumed"], after["resumed"]) == (False, True)
    assert (after["id"], after["cookie"]) == (before["id"], "who=ada")
    assert after["pid"] != before["pid"]
    assert after["text"] == ("AFTER" if why == "a change" else "after")


@pytest.mark.parametrize("name", ["aws_websocket", "tencent_websocket"])
def test_a_denied_handshake(serve: Serve, name: str) -> None:
    """The client gets the app's status and body, where the gateway hands them on; nothing follows."""
    serving = serve(name.replace("websocket", "url"))
    with pytest.raises(InvalidStatus) as caught, serving.connect(subprotocols=["deny"]):
        pass

    response = caught.value.response
    denied = (401, b"who are you?") if name == "aws_websocket" else (403, b"")
    assert (response.status_code, bytes(response.body or b"")) == denied
    assert serving.calls() == ["connect"]
    assert f"the handshake is denied with {denied[0]}" in serving.lines


def test_a_function_that_fails(serve: Serve) -> None:
    """It is 502 to a handshake; to a message AWS says so in a message, and the connection goes on, elsewhere."""
    serving = serve(instances=1)
    with pytest.raises(InvalidStatus) as caught, serving.connect(subprotocols=["exit"]):
        pass
    with serving.connect() as client:
        client.send("exit")
        told = json.loads(client.recv(timeout=30))

    assert caught.value.response.status_code == 502
    assert told["message"] == "Internal server error"
    assert told.keys() == {"message", "connectionId", "requestId"}


def test_a_function_that_does_not_come_back(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is waited for as long as AWS does; the client hears of it, and the connection goes on, elsewhere."""
    serving = serve(instances=2)
    with serving.connect() as client:
        client.send("here")
        client.recv(timeout=30)
        rows = limits_module.SOCKET_LIMITS
        with monkeypatch.context() as patch:
            patch.setitem(rows, "aws_websocket", rows["aws_websocket"]._replace(timeout=0.2))
            client.send("block")
            told = json.loads(client.recv(timeout=30))
        client.send("still here")
        seen = json.loads(client.recv(timeout=30))

    assert (told["message"], seen["text"]) == ("Endpoint request timed out", "still here")


def test_an_answer_that_no_client_takes(serve: Serve) -> None:
    """As one with a subprotocol that was not offered, is 502 instead; the app is told of the end."""
    serving = serve()
    with pytest.raises(InvalidStatus) as caught, serving.connect(subprotocols=["other"]):
        pass

    assert caught.value.response.status_code == 502
    assert serving.calls() == ["connect", "disconnect"]


def test_a_function_that_fails_behind_tencents_gateway(serve: Serve) -> None:
    """The connection is closed with 1011."""
    serving = serve("tencent_apigw", instances=1)
    with serving.connect() as client:
        client.send("exit")
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(timeout=30)

    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1011


def test_tencents_events(serve: Serve) -> None:
    """Text and bytes both ways; the path is the client's, but for the option."""
    serving = serve("tencent_apigw")
    with serving.connect("/x", subprotocols=["chat"]) as client:
        client.send("hello")
        seen = json.loads(client.recv(timeout=10))
        client.send(b"\0\xff")
        back = client.recv(timeout=10)

    assert (client.subprotocol, seen["text"], seen["path"], back) == ("chat", "hello", "/chat", b"\0\xff")
    assert {call.format for call in serving.gateway.calls.all()} == {"tencent_websocket"}


def send_and_hear(client: ClientConnection, sent: Any) -> Any:
    """What the gateway says to *sent*; while that is sent, it may have closed the connection already."""
    client.send(sent)
    return client.recv(timeout=10)


@pytest.mark.parametrize(
    ("sent", "code"), [("x" * 32_769, 1009), (["x" * 30_000] * 5, 1009), (b"bytes", 1003), ("close", 1000)]
)
def test_who_closes_and_with_which_code(serve: Serve, sent: Any, code: int) -> None:
    """The gateway at its limits; the app's own code is not passed on by AWS."""
    serving = serve()
    with serving.hearing("disconnect") as wait, serving.connect() as client:
        with pytest.raises(ConnectionClosed) as caught:
            send_and_hear(client, sent)
        ended = wait()

    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == code
    assert json.loads(ended.event)["requestContext"]["disconnectStatusCode"] == code


def test_a_message_as_large_as_may_be(serve: Serve) -> None:
    """Passes, in frames that may be."""
    serving = serve()
    with serving.connect(max_size=None) as client:
        client.send(["x" * 32_768] * 3)
        assert json.loads(client.recv(timeout=10))["text"] == "x" * 98_304


def test_a_connection_that_says_nothing(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is closed with 1001, and the app is told."""
    short = limits_module.SOCKET_LIMITS["aws_websocket"]._replace(idle=0.05)
    monkeypatch.setitem(limits_module.SOCKET_LIMITS, "aws_websocket", short)
    serving = serve()
    with serving.hearing("disconnect") as wait, serving.connect() as client:
        with pytest.raises(ConnectionClosed) as caught:
            client.recv(timeout=10)
        ended = wait()

    assert caught.value.rcvd is not None
    assert caught.value.rcvd.code == 1001
    assert ended.log == ["told of 1001"]


def test_the_end_of_the_gateway(serve: Serve) -> None:
    """Closes every connection with 1001, after which the app has been told."""
    serving = serve(instances=1)
    with serving.connect() as client, serving.connect() as other:
        client.send("here")
        client.recv(timeout=30)
        serving.gateway.close()
        for each in (client, other):
            with pytest.raises(ConnectionClosed) as caught:
                each.recv(timeout=10)
            assert caught.value.rcvd is not None
            assert caught.value.rcvd.code == 1001

    assert serving.calls() == ["connect", "connect", "message", "disconnect", "disconnect"]
    assert {call.status for call in serving.gateway.calls.all()} == {"done"}


def test_the_api_for_what_goes_to_clients(serve: Serve) -> None:
    """Send, ask, close; of a connection that is not there, gone."""
    serving = serve()
    with serving.connect(user_agent_header="browser") as client:
        client.send("who")
        connection = json.loads(client.recv(timeout=10))["id"]

        status, about = serving.manage("GET", connection)
        assert (status, about["identity"]) == (200, {"sourceIp": "127.0.0.1", "userAgent": "browser"})
        assert serving.manage("POST", connection, "hé".encode()) == (200, None)
        assert serving.manage("POST", connection, b"x" * 131_073)[0] == 413
        assert client.recv(timeout=10) == "hé"
        assert serving.manage("DELETE", connection)[0] == 204
        with pytest.raises(ConnectionClosed):
            client.recv(timeout=10)
        for method in ("GET", "POST", "DELETE"):
            assert serving.manage(method, connection, b"x")[0] == 410
    assert f"what goes to clients of WebSockets is taken at {serving.sockets_url()}/@connections/ID" in serving.lines


def test_an_http_call_sends_to_every_client(serve: Serve) -> None:
    """One gateway serves both, so that what a page does reaches the pages of others."""
    serving = serve(instances=2)
    with serving.connect() as client, serving.connect() as other:
        connection = http.client.HTTPConnection(serving.url, timeout=30)
        connection.request("GET", "/")
        told = json.loads(connection.getresponse().read())
        connection.close()

        assert told == [True, True]
        assert (client.recv(timeout=10), other.recv(timeout=10)) == ("news", "news")


def test_an_event_can_be_sent_again(serve: Serve) -> None:
    """From the console: the app gets it once more."""
    serving = serve()
    with serving.hearing("message") as wait, serving.connect() as client:
        client.send("twice")
        client.recv(timeout=10)
        call = wait()
        again = serving.gateway.send(call.asked, call.format)
        assert json.loads(client.recv(timeout=10))["text"] == "twice"

    assert (again.status, again.asked.kind) == ("done", "message")
    other = serving.gateway.send(Trigger('{"Records": []}'), "aws_websocket")
    assert (other.status, other.problem) == ("failed", "this is no event of aws_websocket")


def test_a_stage_is_where_the_gateway_serves(serve: Serve) -> None:
    """Its path is the whole of the URL; elsewhere there is nothing."""
    serving = serve("aws_rest", stage="dev")
    with serving.connect("/dev") as client:
        client.send("x")
        assert json.loads(client.recv(timeout=10))["path"] == "/dev/chat"
    with pytest.raises(InvalidStatus) as caught, serving.connect("/prod"):
        pass

    assert caught.value.response.status_code == 403


def test_a_ping_of_the_client_is_answered(serve: Serve) -> None:
    """By the gateway, and the function hears nothing of it."""
    serving = serve()
    with serving.connect() as client:
        assert client.ping().wait(10)

    assert "message" not in serving.calls()


def test_a_broken_handshake(serve: Serve) -> None:
    """Is 400, and no call."""
    serving = serve()
    connection = http.client.HTTPConnection(serving.url, timeout=10)
    connection.request("GET", "/", headers={"Upgrade": "websocket", "Connection": "Upgrade"})
    response = connection.getresponse()
    said = response.read()
    connection.close()

    assert (response.status, b"no handshake of a WebSocket" in said) == (400, True)
    assert serving.calls() == []


def test_clouds_without_such_a_gateway(serve: Serve) -> None:
    """There the handshake is a request like others, and nothing else is changed."""
    serving = serve("gcp")
    with pytest.raises(InvalidStatus) as caught, serving.connect():
        pass

    assert caught.value.response.status_code == 200
    assert serving.gateway.sockets is None


def test_whose_gateway_stands_beside() -> None:
    """By the cloud of the format."""
    named = {name: name_for(name) for name in ("aws_alb", "tencent_url", "gcp", "azure_stream", "wsgi")}

    assert named.pop("aws_alb") == "aws_websocket"
    assert named.pop("tencent_url") == "tencent_websocket"
    assert set(named.values()) == {None}


@pytest.mark.parametrize(
    ("method", "upgrade", "wanted"), [("GET", "WebSocket", True), ("POST", "websocket", False), ("GET", "h2c", False)]
)
def test_what_is_a_handshake(method: str, upgrade: str, wanted: bool) -> None:
    assert is_handshake(Request(method, "/", headers=[("upgrade", upgrade)])) is wanted
