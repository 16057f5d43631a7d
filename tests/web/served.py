"""Apps that the tests of lambda_bridge.web start in servers: what they were asked, told as JSON."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import Any

from lambda_bridge import make_handler

BODY = b"x" * 300_000


def wsgi(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Any WSGI app."""
    if environ["PATH_INFO"] == "/threads":
        # Answered only when two are here at once.
        _both.wait(10)
    if environ["PATH_INFO"] == "/slow":
        print("slow", flush=True)
        time.sleep(0.5)
    seen = {
        "path": environ["PATH_INFO"],
        "query": environ["QUERY_STRING"],
        "scheme": environ["wsgi.url_scheme"],
        "client": environ.get("REMOTE_ADDR"),
        "headers": sorted(key[5:].lower().replace("_", "-") for key in environ if key.startswith("HTTP_")),
        "body": environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode(),
        "secret": "geheim" in repr(environ),
    }
    status = "201 Created" if environ["REQUEST_METHOD"] == "POST" else "200 OK"
    start_response(status, [("Content-Type", "application/json"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return [BODY] if environ["PATH_INFO"] in {"/slow", "/large"} else [json.dumps(seen).encode()]


_both = threading.Barrier(2)


async def asgi(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Any ASGI app."""
    if scope["type"] == "lifespan":
        await receive()
        print("up", flush=True)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("down", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    if scope["type"] == "websocket":
        await talk(scope, receive, send)
        return
    if scope["path"] == "/slow":
        print("slow", flush=True)
        await asyncio.sleep(0.5)
    body = (await receive()).get("body", b"")
    seen = {
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "scheme": scope["scheme"],
        "client": (scope["client"] or [None])[0],
        "headers": sorted(name.decode() for name, _ in scope["headers"] if not name.startswith(b"content-")),
        "body": body.decode(),
        "secret": "geheim" in repr(scope),
    }
    headers = [(b"content-type", b"application/json"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    status = 201 if scope["method"] == "POST" else 200
    await send({"type": "http.response.start", "status": status, "headers": headers})
    answer = BODY if scope["path"] in {"/slow", "/large"} else json.dumps(seen).encode()
    await send({"type": "http.response.body", "body": answer})


async def talk(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Tells what it sees, and then each message back; closes with 4000 for an empty one."""
    ours = [name for name in scope if name.startswith("lambda_bridge.")]
    seen = {name: scope[name] for name in ("path", "scheme", "subprotocols")} | {"client": scope["client"][0]}
    await receive()
    await send({"type": "websocket.accept", "subprotocol": scope["subprotocols"][0]})
    await send(
        {"type": "websocket.send", "text": json.dumps({**seen, "ours": ours, "secret": "geheim" in repr(scope)})}
    )
    while (message := await receive())["type"] == "websocket.receive":
        if message.get("text") == "":
            await send({"type": "websocket.close", "code": 4000})
            return
        await send({**message, "type": "websocket.send"})


async def failing(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """An app that cannot start."""
    raise RuntimeError("no database")


handler = make_handler(wsgi)


@handler.on("aliyun.timer")
def work(event: Any) -> None:
    """What the timer is for."""
    print(f"timer {event.id} {event.context.request_id}", flush=True)
