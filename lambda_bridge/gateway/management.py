"""What the gateways of WebSockets have for functions, on a port of loopback: send to a client, ask about it, close it."""

from __future__ import annotations

import json
import threading
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Optional, Protocol
from urllib.parse import unquote

from lambda_bridge.encoding import decode_base64
from lambda_bridge.errors import BridgeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.websockets import Data, Gateway

_LARGEST = 1024 * 1024
"""Bytes that are read of a request; its limit is lower."""


class Client(Protocol):
    """An open connection, as the API sees it."""

    began: float
    last_active: float
    address: str
    agent: str

    def send(self, data: Data) -> bool: ...

    def close(self, code: int, reason: str = "") -> None: ...


class Management:
    """The API of *gateway*, from now on, to the connections that *find* gives by their ids."""

    def __init__(self, gateway: Gateway, find: Callable[[str], Optional[Client]]) -> None:
        answer = _answer_aws if gateway.IS_SIGNED else _answer_tencent
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.answer = lambda method, path, body: answer(gateway, find, method, path, body)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    answer: Callable[[str, str, bytes], tuple[int, bytes, str]]


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def _serve(self) -> None:
        length = self.headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > _LARGEST:
            self.close_connection = True
            self._skip(int(length) if length.isdecimal() else 0)
            self._say(413, b'{"message":"Request Entity Too Large"}', "RequestEntityTooLargeException")
            return
        self._say(*self.server.answer(self.command, self.path, self.rfile.read(int(length))))

    def _skip(self, length: int) -> None:
        """Who still sends when the connection is closed does not read the answer."""
        while length > 0:
            read = len(self.rfile.read(min(length, _LARGEST)))
            length = length - read if read else 0

    do_GET = do_POST = do_DELETE = _serve  # noqa: N815  # names of http.server

    def _say(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        if kind:
            self.send_header("x-amzn-ErrorType", kind)
        if status != 204:
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """What an app sends is seen at the client."""


def _answer_aws(
    gateway: Gateway, find: Callable[[str], Optional[Client]], method: str, path: str, body: bytes
) -> tuple[int, bytes, str]:
    """(status, body, kind of error) as docs.aws.amazon.com/apigateway/latest/developerguide/
    apigateway-how-to-call-websocket-api-connections.html and botocore's model of the API have them (2026-11)."""
    before, mark, connection = unquote(path.partition("?")[0]).rpartition("/@connections/")
    if not mark or "/" in before.strip("/"):
        return 403, b'{"message":"Forbidden"}', "ForbiddenException"
    client = find(connection)
    if client is None:
        return 410, b'{"message":null}', "GoneException"
    if method == "GET":
        about = {
            "connectedAt": _moment(client.began),
            "identity": {"sourceIp": client.address, "userAgent": client.agent},
            "lastActiveAt": _moment(client.last_active),
        }
        return 200, json.dumps(about).encode(), ""
    if method == "DELETE":
        # Who closes by the API cannot say a code (boto/boto3#3789).
        client.close(1000, "Connection Closed Normally")
        return 204, b"", ""
    if gateway.MAX_MESSAGE is not None and len(body) > gateway.MAX_MESSAGE:
        return 413, b'{"message":"Message too long"}', "PayloadTooLargeException"
    return (200, b"", "") if client.send(_read(body)) else (410, b'{"message":null}', "GoneException")


def _read(body: bytes) -> Data:
    """Clients report text frames whatever was sent; what is no text would break the connection in one."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _answer_tencent(
    gateway: Gateway, find: Callable[[str], Optional[Client]], method: str, path: str, body: bytes
) -> tuple[int, bytes, str]:
    """The same for Tencent's, cloud.tencent.com/document/product/583/32553; its error numbers are not verified."""
    try:
        about = json.loads(body)["websocket"]
        action, connection, data = about["action"], about["secConnectionID"], about.get("data", "")
        # Half of a surrogate pair, which JSON can carry, has no bytes.
        data = decode_base64(data) if about.get("dataType") == "binary" else data.encode().decode()
    except (BridgeError, LookupError, TypeError, ValueError, AttributeError) as error:
        return 400, json.dumps({"errNo": 400, "errMsg": f"malformed ({type(error).__name__})"}).encode(), ""
    client = find(connection) if isinstance(connection, str) else None
    if client is None:
        return 410, b'{"errNo":410,"errMsg":"no such connection"}', ""
    if action == "closing":
        client.close(1000)
    elif action != "data send" or not client.send(data):
        return 400, b'{"errNo":400,"errMsg":"not sent"}', ""
    return 200, b'{"errNo":0,"errMsg":"ok"}', ""
