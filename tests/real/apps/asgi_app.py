"""The app in bare ASGI."""

from __future__ import annotations

import asyncio
import json
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl

from . import said

started: list[bool] = []


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await live(receive, send)
        return
    if scope["type"] == "websocket":
        await talk(scope, receive, send)
        return
    mount = scope.get("root_path", "")
    path = scope["path"][len(mount) :]
    body = await read(receive)
    kind = "text/plain; charset=utf-8"
    if path == "/echo" or path.startswith("/echo/"):
        await answer(send, 200, json.dumps(see(scope, path, body, mount)).encode(), "application/json")
    elif path == "/events":
        headers = [(name.decode(), value.decode()) for name, value in scope["headers"]]
        status, told = said.take(headers, body, scope["lambda_bridge.format"])
        await answer(send, status, json.dumps(told).encode(), "application/json")
    elif path == "/tell":
        await said.tell_all(body.decode())
        await answer(send, 200, b"", kind)
    elif path == "/text":
        await answer(send, 200, said.TEXT.encode(), kind)
    elif path == "/page":
        await answer(send, 200, said.TEXT.encode(), said.HTML_TYPE)
    elif path == "/json":
        await answer(send, 200, said.JSON, "application/json")
    elif path == "/bytes":
        await answer(send, 200, body, "application/octet-stream")
    elif path.startswith("/bytes/"):
        await answer(send, 200, said.EVERY_BYTE * int(path[7:]), "application/octet-stream")
    elif path == "/gzip":
        await answer(send, 200, said.GZIPPED, kind, (b"content-encoding", b"gzip"))
    elif path == "/cookies":
        second = f"second=2; expires={said.EXPIRES}; HttpOnly; Path=/; SameSite=lax"
        first = (b"set-cookie", b"first=1; Path=/; SameSite=lax")
        await answer(send, 200, b"", said.HTML_TYPE, first, (b"set-cookie", second.encode()))
    elif path == "/repeats":
        await answer(send, 200, b"", kind, *[(b"x-battery-down", value.encode()) for value in said.REPEATED])
    elif path.startswith("/status/"):
        status = int(path[8:])
        await answer(send, status, said.ERROR.encode() if status >= 400 else b"", kind)
    elif path == "/redirect":
        await answer(send, 303, b"", kind, (b"location", b"/echo?x=1"))
    elif path == "/crash":
        raise RuntimeError(said.SECRET)
    elif path == "/stream":
        await stream(send, scope["query_string"].decode().removeprefix("gate="))
    else:
        await answer(send, 404, b"", kind)


async def live(receive: Any, send: Any) -> None:
    await receive()
    started.append(True)
    await send({"type": "lifespan.startup.complete"})
    await receive()
    print(said.GOODBYE, flush=True)
    await send({"type": "lifespan.shutdown.complete"})


async def read(receive: Any) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def see(scope: dict[str, Any], path: str, body: bytes, mount: str) -> dict[str, Any]:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    # Two Cookie lines are one list (RFC 9113 section 8.2.3).
    jar: SimpleCookie = SimpleCookie("; ".join(value for name, value in headers if name == "cookie"))
    cookies = {name: morsel.value for name, morsel in jar.items()}
    return said.seen(
        scope["method"],
        path,
        scope["query_string"].decode(),
        headers,
        cookies,
        body,
        mount,
        scope["client"] and scope["client"][0],
        scope["lambda_bridge.format"],
        len(started),
    )


async def answer(send: Any, status: int, body: bytes, kind: str, *headers: tuple[bytes, bytes]) -> None:
    pairs = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()), *headers]
    if status in (204, 304):
        pairs = list(headers)
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


async def stream(send: Any, gate: str) -> None:
    kind = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": 200, "headers": [kind]})
    await send({"type": "http.response.body", "body": b"first\n", "more_body": True})
    await asyncio.to_thread(said.wait_at, gate)
    await send({"type": "http.response.body", "body": b"last\n"})


async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
    query = dict(parse_qsl(scope["query_string"].decode()))
    await receive()
    if "deny" in query:
        await send({"type": "websocket.http.response.start", "status": int(query["deny"]), "headers": []})
        await send({"type": "websocket.http.response.body", "body": said.ERROR.encode()})
        return
    if "refuse" in query:
        await send({"type": "websocket.close"})
        return
    await send({"type": "websocket.accept", "subprotocol": (scope["subprotocols"] or [None])[-1]})
    while (message := await receive())["type"] == "websocket.receive":
        text = message.get("text")
        if text == said.CLOSE:
            await send({"type": "websocket.close", "code": 4000})
        elif text == said.CRASH:
            raise RuntimeError(said.SECRET)
        elif text == said.BYTES:
            await send({"type": "websocket.send", "bytes": said.EVERY_BYTE})
        elif text is not None and text.startswith(said.ALL):
            await said.tell_all(text)
        else:
            answer = said.seen_of_handshake(scope) if text == said.SEE else text
            await send({"type": "websocket.send", "text": answer, "bytes": message.get("bytes")})
    if "name" in query:
        await said.tell_all(f"{query['name']} left: {message['code']}", but=scope["lambda_bridge.connection"])
