"""Hosts that speak WSGI or ASGI: bodies are read, responses started and sent on, and the client may go."""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from starlette.responses import StreamingResponse

from lambda_bridge import make_handler
from lambda_bridge.emulate.asgi import exchange
from lambda_bridge.errors import ConfigurationError, UnknownEvent
from lambda_bridge.formats import asgi, wsgi
from lambda_bridge.messages import Request
from tests.checkers import checked, validated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

POST = Request(
    "POST",
    "/a",
    headers=[("host", "example.com"), ("content-type", "text/plain"), ("content-length", "3")],
    body=b"abc",
)


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read(-1)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return iter([environ["lambda_bridge.format"].encode(), b" ", body])


async def async_echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        raise NotImplementedError
    message = await receive()
    headers = [(b"content-type", b"text/plain"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": scope["lambda_bridge.format"].encode(), "more_body": True})
    await send({"type": "http.response.body", "body": b" " + message["body"]})


HEADERS = [("content-type", "text/plain"), ("set-cookie", "a=1"), ("set-cookie", "b=2")]
APPS = [pytest.param(validated(echo), id="wsgi"), pytest.param(checked(async_echo), id="asgi")]


def serve_wsgi(application: Callable[..., Any], environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
    """(status, headers, body) that a WSGI server gets; the server's side of PEP 3333 is checked too."""
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        started.append((status, headers))
        return lambda data: None

    chunks = validated(application)(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        chunks.close()  # type: ignore[attr-defined]
    (head,) = started
    return (*head, body)


def complete(environ: dict[str, Any]) -> dict[str, Any]:
    return {"wsgi.errors": sys.stderr, **environ}


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("door", ["handler", "handler.wsgi"])
def test_wsgi_server_runs_any_app(app: Any, door: str) -> None:
    """handler(environ, start_response) and handler.wsgi, for an ASGI app too."""
    with closing(make_handler(app)) as handler:
        application = handler if door == "handler" else handler.wsgi

        status, headers, body = serve_wsgi(application, complete(wsgi.make_event(POST)))

    assert (status, headers, body) == ("200 OK", HEADERS, b"wsgi abc")


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("door", ["handler", "handler.asgi"])
def test_asgi_server_runs_any_app(app: Any, door: str) -> None:
    """handler(scope, receive, send) and handler.asgi, for a WSGI app too."""
    handler = make_handler(app)
    application = handler if door == "handler" else handler.asgi

    sent = asyncio.run(exchange(checked(application), asgi.make_event(POST)))

    response = asgi.read_result(sent)
    assert (response.status, response.headers, response.body) == (200, HEADERS, b"asgi abc")


@pytest.mark.parametrize(
    ("stream", "length", "terminated", "expected"),
    [
        (BytesIO(b"abcdef"), "3", False, b"abcdef"),
        (BytesIO(b"abcdef"), "", False, b"abcdef"),
        ("socket", "3", False, b"abc"),
        ("socket", "", False, b""),
        ("socket", None, True, b"abcdef"),
        ("socket", "nonsense", False, b""),
    ],
)
def test_body_is_read_as_far_as_the_server_allows(stream: Any, length: Any, terminated: bool, expected: bytes) -> None:
    """Past the length a socket would wait for ever; a chunked body has none, and ends by itself."""

    class Socket:
        def __init__(self) -> None:
            self.data = BytesIO(b"abcdef")

        def read(self, size: int = -1) -> bytes:
            assert size >= 0 or terminated, "this would hang"
            return self.data.read(size)

    environ = complete(wsgi.make_event(Request("POST", "/")))
    environ["wsgi.input"] = Socket() if stream == "socket" else stream
    environ["wsgi.input_terminated"] = terminated
    environ.pop("CONTENT_LENGTH", None)
    if length is not None:
        environ["CONTENT_LENGTH"] = length
    seen = []

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        seen.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return []

    make_handler(app).wsgi(environ, lambda status, headers: None)

    assert seen == [expected]


@pytest.mark.parametrize("app", APPS)
def test_wsgi_server_on_the_thread_of_its_loop(app: Any) -> None:
    """tornado's WSGIContainer calls the app there, and cannot await it."""

    async def serve() -> tuple[str, list[tuple[str, str]], bytes]:
        return serve_wsgi(make_handler(app, lifespan="off").wsgi, complete(wsgi.make_event(POST)))

    assert asyncio.run(serve()) == ("200 OK", HEADERS, b"wsgi abc")


def test_app_that_fails_is_a_500_for_a_host_too(caplog: pytest.LogCaptureFixture) -> None:
    """And the traceback is logged."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        raise ValueError("oops")

    handler = make_handler(app)

    status, _, body = serve_wsgi(handler.wsgi, complete(wsgi.make_event(POST)))
    sent = asyncio.run(exchange(handler.asgi, asgi.make_event(POST)))

    assert (status, body) == ("500 Internal Server Error", b"Internal Server Error")
    assert asgi.read_result(sent).status == 500
    assert caplog.text.count("ValueError: oops") == 2


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((wsgi.make_event(POST),), "WSGI environ"),
        (({"wsgi.input": "somebody's JSON"}, object()), "WSGI environ"),
        ((asgi.make_event(POST), None), "ASGI scope"),
    ],
)
def test_half_a_call_is_refused(args: tuple[Any, ...], message: str) -> None:
    """An environ without start_response, or a scope without receive and send, came from no server."""
    with pytest.raises(UnknownEvent, match=message):
        make_handler(echo)(*args)


def test_aio_says_what_to_call_instead() -> None:
    """A host that speaks an interface has a door of its own."""
    with pytest.raises(ConfigurationError, match=r"handler\.wsgi"):
        asyncio.run(make_handler(echo).aio(wsgi.make_event(POST), None))


# --- the whole of ASGI


class Connection:
    """An ASGI server's side of one request: *messages* for the app, and what it has sent.

    ``is_served`` is set when that is at least *awaited* messages.
    """

    def __init__(self, *messages: dict[str, Any], awaited: int = 1) -> None:
        self.awaited = awaited
        self.messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        for message in messages:
            self.messages.put_nowait(message)
        self.sent: list[dict[str, Any]] = []
        self.is_served = asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        return await self.messages.get()

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)
        if len(self.sent) >= self.awaited:
            self.is_served.set()
        await asyncio.sleep(0)


SCOPE = {name: value for name, value in asgi.make_event(POST).items() if name != "body"}
WHOLE = ({"type": "http.request", "body": b"ab", "more_body": True}, {"type": "http.request", "body": b"c"})


def test_upload_in_parts_is_one_body() -> None:
    """Chunked uploads arrive whole."""

    async def serve() -> bytes:
        connection = Connection(*WHOLE)
        await make_handler(echo).asgi(SCOPE, connection.receive, connection.send)
        return asgi.read_result(connection.sent).body

    assert asyncio.run(serve()) == b"asgi abc"


def test_client_that_leaves_during_its_upload_reaches_no_app() -> None:
    """Half a body is no request."""
    called = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        called.append(scope)

    async def serve() -> list[dict[str, Any]]:
        connection = Connection(WHOLE[0], {"type": "http.disconnect"})
        await make_handler(app, lifespan="off").asgi(SCOPE, connection.receive, connection.send)
        return connection.sent

    assert (asyncio.run(serve()), called) == ([], [])


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_client_that_leaves_ends_an_endless_response(interface: str) -> None:
    """Server-sent events go on until nobody listens; then the app is told, and closed."""
    log = []

    def endless(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Content-Type", "text/event-stream")])
        try:
            while True:
                yield b"data: 1\n\n"
        finally:
            log.append("closed")

    async def async_endless(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        try:
            while True:
                await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        except OSError:
            log.append("closed")
            raise

    async def serve() -> int:
        connection = Connection(*WHOLE, awaited=5)
        handler = make_handler(endless if interface == "wsgi" else async_endless, lifespan="off")
        serving = asyncio.ensure_future(handler.asgi(SCOPE, connection.receive, connection.send))
        await connection.is_served.wait()
        connection.messages.put_nowait({"type": "http.disconnect"})
        await asyncio.wait_for(serving, 10)
        return len(connection.sent)

    assert asyncio.run(serve()) >= 5
    assert log == ["closed"]


def test_app_that_waits_for_its_client_hears_of_the_end() -> None:
    """It is told by receive(), as by every server, and not cancelled there."""
    heard: list[str] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"data: 1\n\n", "more_body": True})
        heard.append((await receive())["type"])
        heard.append("and cleans up")

    async def serve() -> None:
        connection = Connection(*WHOLE, awaited=2)
        handler = make_handler(app, lifespan="off")
        serving = asyncio.ensure_future(handler.asgi(SCOPE, connection.receive, connection.send))
        await connection.is_served.wait()
        connection.messages.put_nowait({"type": "http.disconnect"})
        await asyncio.wait_for(serving, 10)

    asyncio.run(serve())
    assert heard == ["http.disconnect", "and cleans up"]


def test_frameworks_hear_of_the_end_between_two_parts() -> None:
    """Starlette's response listens for it where the scope says that only receive() tells; by send() it would not."""
    log: list[str] = []

    async def words() -> AsyncIterator[bytes]:
        try:
            yield b"one"
            await asyncio.Event().wait()
        finally:
            log.append("ended")

    async def serve() -> None:
        connection = Connection(*WHOLE, awaited=2)
        handler = make_handler(StreamingResponse(words()), interface="asgi", lifespan="off")
        serving = asyncio.ensure_future(handler.asgi(SCOPE, connection.receive, connection.send))
        await connection.is_served.wait()
        connection.messages.put_nowait({"type": "http.disconnect"})
        await asyncio.wait_for(serving, 10)

    asyncio.run(serve())
    assert log == ["ended"]


def test_lifespan_of_the_host_is_the_apps() -> None:
    """Start-up before the first request, shutdown at the end, on the host's loop; requests see the state."""
    log: list[Any] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            scope["state"]["loop"] = asyncio.get_running_loop()
            log.append("up")
            await send({"type": "lifespan.startup.complete"})
            await receive()
            log.append("down")
            await send({"type": "lifespan.shutdown.complete"})
            return
        log.append(scope["state"]["loop"] is asyncio.get_running_loop())
        await async_echo(scope, receive, send)

    async def serve() -> list[str]:
        handler = make_handler(app)
        span = Connection({"type": "lifespan.startup"})
        running = asyncio.ensure_future(handler.asgi({"type": "lifespan", "asgi": {}}, span.receive, span.send))
        await span.is_served.wait()
        for _ in range(2):
            connection = Connection(*WHOLE)
            await handler.asgi(SCOPE, connection.receive, connection.send)
        span.messages.put_nowait({"type": "lifespan.shutdown"})
        await running
        handler.close()
        return [message["type"] for message in span.sent]

    assert asyncio.run(serve()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert log == ["up", True, True, "down"]


def test_lifespan_is_off_where_it_is_switched_off() -> None:
    """The server is told that all is well, and the app nothing."""
    log = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        log.append(scope["type"])

    async def serve() -> list[str]:
        span = Connection({"type": "lifespan.startup"}, {"type": "lifespan.shutdown"})
        await make_handler(app, lifespan="off").asgi({"type": "lifespan", "asgi": {}}, span.receive, span.send)
        return [message["type"] for message in span.sent]

    assert asyncio.run(serve()) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert log == []


def test_failed_start_up_is_the_servers_to_know() -> None:
    """A server that hears it does not take requests."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    async def serve() -> list[dict[str, Any]]:
        span = Connection({"type": "lifespan.startup"})
        await make_handler(app).asgi({"type": "lifespan", "asgi": {}}, span.receive, span.send)
        return span.sent

    (message,) = asyncio.run(serve())

    assert message["type"] == "lifespan.startup.failed"
    assert "no database" in message["message"]


def test_web_socket_goes_to_an_asgi_app() -> None:
    """With the state of its lifespan, and without the credentials that a platform has put into headers."""
    seen = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            seen.append(scope)
            await receive()
            await send({"type": "websocket.accept"})

    async def serve() -> list[dict[str, Any]]:
        connection = Connection({"type": "websocket.connect"})
        headers = [(b"host", b"example.com"), (b"x-scf-secret-key", b"secret")]
        scope = {"type": "websocket", "path": "/", "headers": headers}
        await make_handler(app, lifespan="off").asgi(scope, connection.receive, connection.send)
        return connection.sent

    assert asyncio.run(serve()) == [{"type": "websocket.accept"}]
    assert (seen[0]["headers"], seen[0]["state"]) == ([(b"host", b"example.com")], {})


def test_web_socket_is_refused_for_a_wsgi_app() -> None:
    """WSGI has none: closed before it is accepted, which servers answer with 403."""

    async def serve() -> list[dict[str, Any]]:
        connection = Connection({"type": "websocket.connect"})
        scope = {"type": "websocket", "path": "/", "headers": []}
        await make_handler(echo).asgi(scope, connection.receive, connection.send)
        return connection.sent

    assert asyncio.run(serve()) == [{"type": "websocket.close"}]
