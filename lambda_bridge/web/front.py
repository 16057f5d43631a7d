"""Between a platform's web server and the handler: what the platform itself asks, and what it has put into headers.

The server speaks to `Front.wsgi` or `Front.asgi`, which hand on to handler.wsgi or handler.asgi all that is a
client's request.
"""

from __future__ import annotations

from lambda_bridge.adjust import forwarded_client
from lambda_bridge.errors import BridgeError
from lambda_bridge.headers import is_shown, read_scheme, split_port
from lambda_bridge.hosts import read_input, receive_body
from lambda_bridge.log import log_error
from lambda_bridge.messages import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, Optional

    from lambda_bridge.handler import Handler
    from lambda_bridge.web.platforms import Hook, Platform

    # (status, headers, body)
    Answer = tuple[int, list[tuple[str, str]], bytes]
    # Every value of a header by its lower-case name.
    Values = Callable[[str], list[str]]
    Address = Optional[tuple[str, int]]


class Front:
    """*handler* as the server of *platform* is asked.

    :param events: bool, whether calls count as the platform's that clients could make too, where they reach it
    :param prefix: str, below which all requests of clients are; ``""`` where nothing keeps them there
    """

    def __init__(self, handler: Handler, platform: Platform, *, events: bool = False, prefix: str = "") -> None:
        self.handler = handler
        self.platform = platform
        self.prefix = prefix
        # Whether the app's start-up has failed.
        self.has_failed = False
        self._hooks = [hook for hook in platform.hooks if hook.certain or events]

    # --- WSGI

    def wsgi(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """The WSGI app for the server."""

        def values(name: str) -> list[str]:
            value = environ.get("HTTP_" + name.upper().replace("-", "_"))
            return [] if value is None else [value]

        path = environ.get("PATH_INFO", "")
        hook = self._find(environ["REQUEST_METHOD"], path, values)
        if hook is not None:
            body = read_input(environ)
            status, headers, content = self._answer(hook, path, values, body, environ.get("CONTENT_TYPE", ""))
            start_response(f"{status} {_PHRASES[status]}", headers)
            return [content]
        shown = {key: value for key, value in environ.items() if not key.startswith("HTTP_") or is_shown(_name(key))}
        if self.platform.proxied:
            client, shown["wsgi.url_scheme"] = self._origin(values, environ["wsgi.url_scheme"])
            if client is not None:
                shown["REMOTE_ADDR"], shown["REMOTE_PORT"] = client[0], str(client[1])
        return self.handler.wsgi(shown, start_response)

    def _answer(self, hook: Hook, path: str, values: Values, body: bytes, content_type: str) -> Answer:
        try:
            result = None
            if hook.does == "start":
                self.handler.start()
            elif hook.does == "stop":
                self.handler.close()
            elif hook.does != "nothing":
                result = self.handler(*self._event(hook, path, values, body, content_type))
            return self._done(hook, result)
        except Exception as error:
            return self._failed(error)

    # --- ASGI

    async def asgi(self, scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        """The ASGI app for the server."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        received = scope["headers"]

        def values(name: str) -> list[str]:
            wanted = name.encode()
            return [value.decode("latin-1") for key, value in received if key == wanted]

        hook = self._find(scope["method"], scope["path"], values) if scope["type"] == "http" else None
        if hook is not None:
            body = await receive_body(receive)
            if body is not None:
                await _send(send, await self._answer_aio(hook, scope["path"], values, body))
            return
        shown = {**scope, "headers": [pair for pair in received if is_shown(pair[0].decode("latin-1"))]}
        if self.platform.proxied:
            client, scheme = self._origin(values, scope.get("scheme", "http").replace("ws", "http"))
            shown["scheme"] = scheme.replace("http", "ws") if scope["type"] == "websocket" else scheme
            if client is not None:
                shown["client"] = client
        await self.handler.asgi(shown, receive, send)

    async def _live(self, scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        async def note(message: dict[str, Any]) -> None:
            if message["type"] == "lifespan.startup.failed":
                self.has_failed = True
                log_error(message["message"])
                message = {"type": "lifespan.startup.failed"}
            await send(message)

        await self.handler.asgi(scope, receive, note)

    async def _answer_aio(self, hook: Hook, path: str, values: Values, body: bytes) -> Answer:
        try:
            result = None
            if hook.does == "start":
                await self.handler.line.runner.startup()
            elif hook.does == "stop":
                await self.handler.line.runner.shutdown()
            elif hook.does != "nothing":
                content_type = "".join(values("content-type"))
                result = await self.handler.aio(*self._event(hook, path, values, body, content_type))
            return self._done(hook, result)
        except Exception as error:
            return self._failed(error)

    # --- both

    def _find(self, method: str, path: str, values: Values) -> Hook | None:
        """The platform's own call that this is, or None."""
        for hook in self._hooks:
            if (
                hook.method == method
                and hook.path in {path, None}
                and (hook.header is None or _has(values(hook.header[0]), hook.header[1]))
                and (not hook.outside or self._is_outside(path))
            ):
                return hook
        return None

    def _is_outside(self, path: str) -> bool:
        # Hosts match routes in any case.
        first = path.split("/")[1] if path.startswith("/") else ""
        prefix = self.prefix.strip("/").partition("/")[0]
        return bool(prefix) and path.count("/") == 1 and first.lower() not in {"", prefix.lower()}

    def _event(self, hook: Hook, path: str, values: Values, body: bytes, content_type: str) -> tuple[Any, Any]:
        """(event, context) for the handler."""

        def header(name: str) -> str | None:
            found = values(name)
            return found[0] if found else None

        event: Any = body
        if hook.does == "cloudevent" and not content_type.startswith("application/cloudevents"):
            event = read_cloud_event(header, body, content_type)
        return event, self.platform.context(header, path)

    def _done(self, hook: Hook, result: Any) -> Answer:
        if hook.does not in {"event", "cloudevent"}:
            return 200, [("content-type", "text/plain"), ("content-length", "0")], b""
        from json import dumps

        body = dumps(self.platform.result(result)).encode()
        return 200, [("content-type", "application/json"), ("content-length", str(len(body)))], body

    def _failed(self, error: Exception) -> Answer:
        # Of our own errors the sentence says all.
        is_ours = isinstance(error, BridgeError)
        what = "a call of the platform's has failed"
        log_error(f"{what}: {error}" if is_ours else what, None if is_ours else error)
        status, headers = self.platform.failed
        return status, [("content-type", "text/plain"), ("content-length", "0"), *headers], b""

    def _origin(self, values: Values, scheme: str) -> tuple[Address, str]:
        """(client, scheme) as the platform tells them; None where it does not tell the client."""
        scheme = read_scheme(",".join(values("x-forwarded-proto")), scheme)
        told = values(self.platform.client) if self.platform.client else []
        if told:
            address, port = split_port(told[-1].rpartition(",")[2].strip())
            return (address, port or 0), scheme
        forwarded = [("x-forwarded-for", value) for value in values("x-forwarded-for")]
        return forwarded_client(
            Request("GET", "/", headers=forwarded), self.handler.line.options.trusted_proxies
        ), scheme


def _has(found: list[str], wanted: tuple[str | None, ...]) -> bool:
    # A header that came twice is not the platform's alone.
    return len(found) <= 1 and (found[0] if found else None) in wanted


def _name(key: str) -> str:
    return key[5:].lower().replace("_", "-")


def read_cloud_event(header: Callable[[str], str | None], body: bytes, content_type: str) -> dict[str, Any]:
    """A CloudEvent in binary mode, whose attributes are headers, as the dict that structured mode has.

    cloudevents/spec 1.0.2, cloudevents/bindings/http-protocol-binding.md, sections 3.1 and 3.1.3.2. Extensions
    are left out: their names are the sender's.
    """
    from base64 import b64encode
    from urllib.parse import unquote

    event: dict[str, Any] = {}
    for name in ("specversion", "id", "source", "type", "subject", "time"):
        value = header(f"ce-{name}")
        if value is not None:
            event[name] = unquote(value)
    if content_type:
        event["datacontenttype"] = content_type
    if body:
        event["data_base64"] = b64encode(body).decode()
    return event


async def _send(send: Callable[..., Any], answer: Answer) -> None:
    status, headers, body = answer
    pairs = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


_PHRASES = {200: "OK", 404: "Not Found", 500: "Internal Server Error"}
