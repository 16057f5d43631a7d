"""Apps wrapped so that every breach of WSGI or ASGI fails, and what an app sees of one event."""

from __future__ import annotations

import signal
from contextlib import closing
from typing import TYPE_CHECKING, Any
from wsgiref.validate import validator

from lambda_bridge import make_handler
from lambda_bridge.emulate import Platform

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from lambda_bridge.handler import Handler

    Message = dict[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    AsgiApp = Callable[..., Awaitable[None]]


def validated(app: WSGIApplication) -> WSGIApplication:
    """*app* behind the standard library's checker of PEP 3333, which raises AssertionError."""
    strict = validator(app)

    def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        check_environ(environ)
        return strict(environ, start_response)

    return application


def check_environ(environ: WSGIEnvironment) -> None:
    """What wsgiref.validate does not look at."""
    texts = {key: value for key, value in environ.items() if key.isupper()}
    assert not {key for key, value in texts.items() if not isinstance(value, str)}
    assert not {key for key, value in texts.items() if value.encode("latin-1").decode("latin-1") != value}
    assert environ["SERVER_NAME"]
    assert environ["SERVER_PORT"].isdigit()
    assert environ["CONTENT_LENGTH"].isdigit()
    assert environ["wsgi.url_scheme"] in {"http", "https"}


def checked(app: AsgiApp) -> AsgiApp:
    """*app* between checkers of the scope and of every message in both directions."""

    async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        check_scope(scope)
        started = finished = False

        async def checked_receive() -> Message:
            message = await receive()
            check_received(message)
            return message

        async def checked_send(message: Message) -> None:
            nonlocal started, finished
            assert not finished, "a message after the end of the response"
            check_sent(message, started)
            started = True
            finished = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        await app(scope, checked_receive, checked_send)
        assert finished, "the response has no end"

    return application


def check_scope(scope: dict[str, Any]) -> None:
    """The types and rules of the HTTP connection scope (ASGI specification, HTTP 2.4)."""
    assert scope["asgi"]["version"] == "3.0"
    assert scope["http_version"] in {"1.0", "1.1", "2"}
    assert scope["method"] == scope["method"].upper()
    assert scope["scheme"] in {"http", "https"}
    assert scope["path"].startswith("/")
    assert scope["path"].encode("utf-8")
    assert isinstance(scope["raw_path"], bytes)
    assert b"?" not in scope["raw_path"]
    assert isinstance(scope["query_string"], bytes)
    assert isinstance(scope["root_path"], str)
    assert scope["path"].startswith(scope["root_path"])
    for header in scope["headers"]:
        name, value = header
        assert isinstance(header, tuple)
        assert isinstance(name, bytes)
        assert isinstance(value, bytes)
        assert name == name.lower() != b""
    for address in (scope["client"], scope["server"]):
        assert address is None or (isinstance(address[0], str) and isinstance(address[1], int))
    assert scope["server"][0]
    assert isinstance(scope["state"], dict)


def check_received(message: Message) -> None:
    if message["type"] == "http.request":
        assert isinstance(message.get("body", b""), bytes)
        assert isinstance(message.get("more_body", False), bool)
    else:
        assert message == {"type": "http.disconnect"}


def check_sent(message: Message, started: bool) -> None:
    if not started:
        assert message["type"] == "http.response.start"
        assert isinstance(message["status"], int)
        for name, value in message.get("headers", ()):
            assert isinstance(name, bytes)
            assert isinstance(value, bytes)
            assert name == name.lower()
    else:
        assert message["type"] == "http.response.body"
        assert isinstance(message.get("body", b""), bytes)


def see_environ(event: Any, context: Any = None, *, format_name: str = "", **options: Any) -> dict[str, Any]:
    """The environ that a WSGI app gets for *event*, with its body under ``"body"``.

    The handler is called as the platform of *format_name* does, or with event and context.
    """
    seen: dict[str, Any] = {}

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        seen.update(environ, body=environ["wsgi.input"].read(-1))
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    _invoke(make_handler(validated(app), on_error="raise", **options), event, context, format_name)
    return seen


def _invoke(handler: Handler, event: Any, context: Any, format_name: str) -> None:
    if not format_name:
        handler(event, context)
        return
    with closing(Platform(handler, format_name)) as platform:
        platform.invoke(event, context)


def see_scope(event: Any, context: Any = None, *, format_name: str = "", **options: Any) -> dict[str, Any]:
    """The scope that an ASGI app gets for *event*, with the messages of its body under ``"messages"``.

    The handler is called like that of `see_environ`.
    """
    seen: dict[str, Any] = {}

    async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        seen.update(scope, messages=[await receive()])
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})

    handler = make_handler(checked(app), lifespan="off", on_error="raise", **options)
    before = signal.getsignal(signal.SIGTERM)
    with closing(handler):
        _invoke(handler, event, context, format_name)
    signal.signal(signal.SIGTERM, before)
    return seen
