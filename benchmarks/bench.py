"""Our handler against its peers, side by side in one run; printed as ratios, as machines are noisy.

Each comparison alternates between the two sides and takes the best of many rounds of each. Run it
with `make bench`. The target of a row is what the project has set itself; a row above its target
says so, and does not fail. First comes the table of all peers; ``--write FOLDER`` puts it, its data and
its chart into a folder with a benchmarks.md.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from apig_wsgi import make_lambda_handler
from fastapi import FastAPI
from flask import Flask
from mangum import Mangum
from werkzeug.serving import WSGIRequestHandler, make_server

from benchmarks import packages, peers, report
from benchmarks.runtime_api import (
    best,
    call_time,
    cold_start,
    first_byte,
    our_command,
    peak_memory,
    their_command,
)
from lambda_bridge import make_handler
from lambda_bridge.apps._exchange import make_scope
from lambda_bridge.apps.wsgi import make_environ
from lambda_bridge.formats import aws_http, aws_rest, aws_url
from lambda_bridge.gateway.server import Gateway
from lambda_bridge.gateway.wire import RequestHandler
from lambda_bridge.messages import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 15


class Context:
    """What mangum wants to see of AWS's context object."""

    aws_request_id = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"


# What a browser sends: twenty headers, two cookies, a query.
REQUEST = Request(
    "GET",
    "/",
    query="page=2&sort=name&q=hello+world",
    headers=[
        ("host", "abcdefghij.execute-api.us-east-1.amazonaws.com"),
        ("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"),
        ("accept-encoding", "gzip, deflate, br, zstd"),
        ("accept-language", "zh-CN,zh;q=0.9,en;q=0.8"),
        ("cache-control", "max-age=0"),
        ("dnt", "1"),
        ("priority", "u=0, i"),
        ("referer", "https://abcdefghij.execute-api.us-east-1.amazonaws.com/"),
        ("sec-ch-ua", '"Chromium";v="140", "Not=A?Brand";v="24"'),
        ("sec-ch-ua-mobile", "?0"),
        ("sec-ch-ua-platform", '"Linux"'),
        ("sec-fetch-dest", "document"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-user", "?1"),
        ("upgrade-insecure-requests", "1"),
        ("user-agent", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0"),
        ("x-amzn-trace-id", "Root=1-5eb33c07-de25b420912dee103a5db434"),
        ("x-forwarded-for", "203.0.113.9"),
        ("x-forwarded-port", "443"),
        ("x-forwarded-proto", "https"),
        ("cookie", "session=0123456789abcdef; theme=dark"),
    ],
    server=("abcdefghij.execute-api.us-east-1.amazonaws.com", 443),
    client=("203.0.113.9", 0),
)
HTTP_EVENT = aws_http.make_event(REQUEST)
REST_EVENT = aws_rest.make_event(REQUEST)


def wsgi_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", "5")])
    return [b"hello"]


async def asgi_app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


flask_app = Flask(__name__)


@flask_app.get("/")
def flask_hello() -> str:
    return "hello"


fastapi_app = FastAPI()


@fastapi_app.get("/")
async def fastapi_hello() -> str:
    return "hello"


BLOB = bytes(range(256)) * 16_384  # 4 MB


def blob_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return [BLOB]


def compare(name: str, target: float, ours: Callable[[], Any], theirs: Callable[[], Any], calls: int) -> None:
    """Print the row: the best time of each side for one call, and their ratio."""
    ours(), theirs()
    best = [float("inf"), float("inf")]
    for _ in range(ROUNDS):
        for side, call in enumerate((ours, theirs)):
            began = time.perf_counter()
            for _ in range(calls):
                call()
            best[side] = min(best[side], (time.perf_counter() - began) / calls)
    show(name, target, best[0], best[1])


def show(name: str, target: float, ours: float, theirs: float) -> None:
    ratio = ours / theirs
    verdict = "" if ratio <= target else "  over the target"
    print(f"{name:58} {ours * 1e6:11.1f} {theirs * 1e6:11.1f} {ratio:7.2f} {target:7.2f}{verdict}", flush=True)


def bare_wsgi(app: Callable[..., Any]) -> Callable[[], Any]:
    """The app called with a ready environ, as a server's inner loop would."""
    request = aws_http.read_event(HTTP_EVENT, None)
    ready = make_environ(request)

    def call() -> bytes:
        chunks = app(ready.copy(), lambda status, headers, exc_info=None: None)
        body = b"".join(chunks)
        chunks.close()
        return body

    return call


def bare_asgi(app: Callable[..., Any]) -> Callable[[], Any]:
    """The app called with a ready scope, through run_until_complete."""
    request = aws_http.read_event(HTTP_EVENT, None)
    ready = make_scope(request)
    loop = asyncio.new_event_loop()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        pass

    return lambda: loop.run_until_complete(app(ready.copy(), receive, send))


COLD_EVENT = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
event = json.loads(sys.argv[2])
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
import time
began = time.perf_counter()
{0}
handler(event, None)
print(time.perf_counter() - began)
"""
OURS = "from lambda_bridge import make_handler; handler = make_handler(app)"
THEIRS = "from apig_wsgi import make_lambda_handler; handler = make_lambda_handler(app)"


def compare_cold_starts() -> None:
    """Import and first event in a bare interpreter, one process each time; the event is there already."""
    found = []
    paths = json.dumps([str(Path(__file__).resolve().parent.parent), *(path for path in sys.path if path)])
    for code in (OURS, THEIRS):
        # json is loaded before the clock starts: every cloud's runtime has it.
        command = [sys.executable, "-I", "-S", "-c", COLD_EVENT.format(code), paths, json.dumps(HTTP_EVENT)]
        found.append(
            min(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(15))
        )
    show("import and first event, bare interpreter / apig-wsgi", 0.7, found[0], found[1])


@contextmanager
def serving(app: Any, request_handler: Any = None) -> Iterator[tuple[str, int]]:
    """werkzeug's own server with *app*, on a free port."""
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=request_handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield "127.0.0.1", server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(address: tuple[str, int]) -> bytes:
    """One request over a socket of its own, as werkzeug keeps none open.

    Who waits for its end instead of closing first, waits 10 ms more: werkzeug looks so long for the
    rest of an upload.
    """
    received = b""
    with socket.create_connection(address) as connection:
        connection.sendall(HTTP_REQUEST)
        while not received.endswith(b"\r\n\r\nhello"):
            received += connection.recv(65536)
    return received


HTTP_REQUEST = b"GET /?page=2&sort=name&q=hello+world HTTP/1.1\r\n%s\r\n" % b"".join(
    f"{name}: {value}\r\n".encode() for name, value in REQUEST.headers
)


class Quiet(WSGIRequestHandler):
    """As the gateway's, it prints nothing itself."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def compare_gateway() -> None:
    """The local gateway in one process, with all that it records; and the bare app on the same server."""
    gateway = Gateway(make_handler(wsgi_app), "aws_http", lambda line: None)
    with serving(gateway, RequestHandler) as ours, serving(wsgi_app, Quiet) as theirs:
        compare("local gateway, --instances 0 / werkzeug's own server", 3, lambda: ask(ours), lambda: ask(theirs), 100)
    gateway.close()


def compare_runtimes() -> None:
    """Our runtime of AWS Lambda and awslambdaric, each a process that a Runtime API of ours gives events."""
    http = json.dumps(HTTP_EVENT).encode()
    url = json.dumps(aws_url.make_event(REQUEST)).encode()
    idle = json.dumps(aws_url.make_event(Request("GET", "/idle"))).encode()
    for what, ours, theirs in [
        ("WSGI", "apps:wsgi_app", "apig_bare"),
        ("ASGI", "apps:asgi_app", "mangum_bare"),
    ]:
        sides = [our_command(ours), their_command(theirs), [sys.executable, "-m", "floor"]]
        one, two, floor = best(call_time, 5, *[(command, http, 1000) for command in sides])
        show(f"our runtime, {what} / awslambdaric + {theirs.partition('_')[0]}", 0.6, one, two)
        show("  the same without what the API itself takes", 0.6, one - floor, two - floor)
    one, two = first_byte(our_command("apps:slow_app"), url, True), first_byte(their_command("apig_slow"), url, False)
    show("first byte of a stream of 1 s / awslambdaric + apig-wsgi", 0.02, one, two)
    for what, ours, theirs in [
        ("Flask", "flask_app:app", "apig_flask"),
        ("FastAPI", "fastapi_app:app", "mangum_fastapi"),
    ]:
        one, two = best(cold_start, 9, (our_command(ours), http), (their_command(theirs), http))
        show(f"exec to first response, {what} / awslambdaric + {theirs.partition('_')[0]}", 1, one, two)
    peak = peak_memory(our_command("apps:large_app"), idle, url) / 1024
    print(f"{'memory of a stream of 100 MB above idle, target 40 MB':58} {peak:8.1f} MB")


def compare_packages() -> None:
    """Functions as they are uploaded: size, and exec to first response out of a folder that nothing writes into."""
    http = json.dumps(HTTP_EVENT).encode()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for app, what, peer in [("flask_app", "Flask", "apig-wsgi"), ("fastapi_app", "FastAPI", "mangum")]:
            ours, theirs = packages.make_ours(app, work), packages.make_theirs(app, work)
            bare = packages.without_bytecode(theirs)
            small = packages.make_ours(app, work, "app")
            commands = [our_command(f"{ours.module}:handler"), their_command(theirs.module)]
            one, two, three = best(
                cold_start,
                9,
                (commands[0], http, ours.folder),
                (commands[1], http, theirs.folder),
                (commands[1], http, bare.folder),
            )
            show(f"packaged, exec to first response, {what} / pip -t + {peer}", 0.6, one, two)
            show(f"  the same / pip -t without __pycache__ + {peer}", 0.6, one, three)
            show_bytes(f"packaged, {what}: bytes of the zip / pip -t + {peer}", 0.8, ours.size, theirs.size)
            show_bytes(f"  the same with --sources app / pip -t + {peer}", 0.8, small.size, theirs.size)


def compare_peers(folder: Optional[Path]) -> None:
    """Print the table of all peers; where *folder* is given, write it there."""
    data = peers.compare(f"{datetime.now(timezone.utc):%Y-%m-%d}")
    print(report.make_table(data), end="\n\n", flush=True)
    if folder is not None:
        report.write(data, folder)


def show_bytes(name: str, target: float, ours: int, theirs: int) -> None:
    """A row whose two sides are bytes."""
    show(name, target, ours / 1e6, theirs / 1e6)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path, help="a folder with a benchmarks.md, such as docs")
    folder = parser.parse_args().write
    compare_peers(folder)
    print(f"{'':58} {'ours, µs':>11} {'theirs, µs':>11} {'ratio':>7} {'target':>7}")
    ours, theirs = make_handler(wsgi_app), make_lambda_handler(wsgi_app)
    compare(
        "WSGI, HTTP API 2.0 / apig-wsgi", 0.55, lambda: ours(HTTP_EVENT, None), lambda: theirs(HTTP_EVENT, None), 1000
    )
    compare("WSGI, REST / apig-wsgi", 0.45, lambda: ours(REST_EVENT, None), lambda: theirs(REST_EVENT, None), 1000)

    context = Context()
    asgi, off = make_handler(asgi_app, lifespan="off"), Mangum(asgi_app, lifespan="off")
    compare(
        "ASGI, HTTP API 2.0 / mangum, lifespan off",
        0.55,
        lambda: asgi(HTTP_EVENT, context),
        lambda: off(HTTP_EVENT, context),
        300,
    )
    default, mangum = make_handler(asgi_app), Mangum(asgi_app)
    compare(
        "ASGI, HTTP API 2.0 / mangum by default",
        0.2,
        lambda: default(HTTP_EVENT, context),
        lambda: mangum(HTTP_EVENT, context),
        300,
    )

    flask = make_handler(flask_app)
    compare("Flask hello / the bare app", 1.12, lambda: flask(HTTP_EVENT, None), bare_wsgi(flask_app), 300)
    fastapi = make_handler(fastapi_app)
    compare("FastAPI hello / the bare app", 1.12, lambda: fastapi(HTTP_EVENT, None), bare_asgi(fastapi_app), 300)

    blob = make_handler(blob_app)
    compare(
        "4 MB binary response / b64encode and decode alone",
        1.2,
        lambda: blob(HTTP_EVENT, None),
        lambda: base64.b64encode(BLOB).decode(),
        3,
    )
    compare_cold_starts()
    compare_gateway()
    compare_runtimes()
    compare_packages()
    for handler in (asgi, default, fastapi):
        handler.close()


if __name__ == "__main__":
    main()
