"""One adapter in a process of its own: run by `peers`, as a script without site.py.

It prints one line of JSON: seconds of ``cold`` (import of the adapter and first event), ``call``, ``response_1``,
``response_4``, ``request_1``, ``request_4`` (MB), and bytes of ``memory`` after the first event.
"""

from __future__ import annotations

import json
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MB = 1 << 20
EVERY_BYTE = bytes(range(256))
CALLS_FOR = 0.15
"""Seconds that many calls may take together."""

# What is imported before the clock starts.
NEEDS = {"aws": "json", "azure": "azure.functions", "gcp": "flask", "none": ""}


def wsgi_app(environ: Any, start_response: Any) -> list[bytes]:
    """Says hello; reads all that comes; /blob/N gives every byte N times."""
    environ["wsgi.input"].read()
    path = environ["PATH_INFO"]
    body = EVERY_BYTE * int(path[6:]) if path.startswith("/blob/") else b"hello"
    kind = "application/octet-stream" if len(body) > 5 else "text/plain; charset=utf-8"
    start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]


async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
    """The same."""
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    while (await receive()).get("more_body"):
        pass
    path = scope["path"]
    body = EVERY_BYTE * int(path[6:]) if path.startswith("/blob/") else b"hello"
    kind = b"application/octet-stream" if len(body) > 5 else b"text/plain; charset=utf-8"
    headers = [(b"content-type", kind), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def call_wsgi(app: Any) -> Any:
    """The app called with an environ that is there, as in the innermost loop of a server."""
    return lambda environ, context: b"".join(app(environ, lambda status, headers, exc_info=None: None))


def call_asgi(app: Any) -> Any:
    """The same in a loop that is there."""
    import asyncio

    loop = asyncio.new_event_loop()

    def handler(event: Any, context: Any) -> bytes:
        scope, body = event
        sent: list[bytes] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message.get("body", b""))

        loop.run_until_complete(app(scope, receive, send))
        return b"".join(sent)

    return handler


class Context:
    """What mangum asks AWS's for, and Azure's adapters theirs."""

    aws_request_id = invocation_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    function_name = "app"
    function_directory = "/home/site/wwwroot"
    thread_local_storage = trace_context = retry_context = None


def make_event(kind: str, interface: str, path: str, body: bytes) -> Any:
    """What the platform *kind* hands over for a browser's request."""
    if kind == "aws":
        from base64 import b64encode

        return {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "page=2&sort=name",
            "cookies": ["session=0123456789abcdef", "theme=dark"],
            "headers": HEADERS,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "abcdefghij",
                "domainName": HEADERS["host"],
                "http": {"method": METHOD[bool(body)], "path": path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9"},
                "requestId": "JKJaXmPLvHcESHA=",
                "stage": "$default",
                "timeEpoch": 1583348638390,
            },
            "isBase64Encoded": bool(body),
            **({"body": b64encode(body).decode()} if body else {}),
        }
    url = f"https://{HEADERS['host']}{path}?page=2&sort=name"
    if kind == "azure":
        from azure.functions import HttpRequest

        params = {"page": "2", "sort": "name"}
        return HttpRequest(METHOD[bool(body)], url, headers=HEADERS, params=params, route_params={}, body=body)
    from io import BytesIO

    environ = {
        "REQUEST_METHOD": METHOD[bool(body)],
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "page=2&sort=name",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": HEADERS["host"],
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "203.0.113.9",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{"HTTP_" + name.upper().replace("-", "_"): value for name, value in HEADERS.items()},
    }
    if kind == "gcp":
        from flask import Request

        return Request(environ)
    if interface == "WSGI":
        return environ
    pairs = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
    return {"type": "http", "method": METHOD[bool(body)], "path": path, "query_string": b"", "headers": pairs}, body


METHOD = {False: "GET", True: "POST"}
# What a browser sends.
HEADERS = {
    "host": "abcdefghij.execute-api.us-east-1.amazonaws.com",
    "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "accept-encoding": "gzip, deflate, br, zstd",
    "accept-language": "zh-CN,zh;q=0.9,en;q=0.8",
    "cache-control": "max-age=0",
    "content-type": "application/octet-stream",
    "sec-ch-ua": '"Chromium";v="140", "Not=A?Brand";v="24"',
    "sec-fetch-dest": "document",
    "sec-fetch-mode": "navigate",
    "sec-fetch-site": "same-origin",
    "upgrade-insecure-requests": "1",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0",
    "x-forwarded-for": "203.0.113.9",
    "x-forwarded-port": "443",
    "x-forwarded-proto": "https",
}


def body_of(result: Any) -> bytes:
    """The bytes that the platform would send to the client."""
    if isinstance(result, dict):
        from base64 import b64decode

        return b64decode(result["body"]) if result.get("isBase64Encoded") else result["body"].encode()
    if isinstance(result, bytes):
        return result
    found: bytes = result.get_body() if hasattr(result, "get_body") else result.get_data()
    return found


def time_of(handler: Any, make: Any, body: bytes, most: int) -> float | None:
    """Seconds of one call, the best of several rounds; None where the client would not get *body*."""
    context = Context()
    if body_of(handler(make(), context)) != body:
        return None
    best = float("inf")
    began = time.perf_counter()
    while time.perf_counter() - began < CALLS_FOR:
        events = [make() for _ in range(most)]
        start = time.perf_counter()
        for event in events:
            handler(event, context)
        best = min(best, (time.perf_counter() - start) / most)
    return best


def memory() -> int | None:
    """Bytes that the process has in memory; None where no /proc tells."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))
    except OSError:
        return None


def main() -> None:
    asked = json.loads(sys.argv[1])
    sys.path[:0] = asked["paths"]
    kind, interface = asked["platform"], asked["interface"]
    if NEEDS[kind]:
        __import__(NEEDS[kind])
    names: dict[str, Any] = {
        "app": wsgi_app if interface == "WSGI" else asgi_app,
        "call_wsgi": call_wsgi,
        "call_asgi": call_asgi,
    }
    event = make_event(kind, interface, "/", b"")
    began = time.perf_counter()
    exec(asked["code"], names)  # the rows of peers.py  # noqa: S102  # nosec B102
    names["handler"](event, Context())
    found = {"cold": time.perf_counter() - began, "memory": memory()}
    handler = names["handler"]
    found["call"] = time_of(handler, lambda: make_event(kind, interface, "/", b""), b"hello", 50)
    for size in (1, 4):
        blob = EVERY_BYTE * (size * MB // 256)
        found[f"response_{size}"] = time_of(
            handler, lambda size=size: make_event(kind, interface, f"/blob/{size * MB // 256}", b""), blob, 3
        )
        found[f"request_{size}"] = time_of(
            handler, lambda blob=blob: make_event(kind, interface, "/", blob), b"hello", 3
        )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    # Threads of an adapter, such as a2wsgi's loop, would keep the process.
    import os

    os._exit(0)
