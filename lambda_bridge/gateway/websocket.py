"""WebSockets as the gateways of AWS and Tencent serve them: each handshake, message and end is an event to an instance.

::

    browser ─▶ Connection ─▶ Message ─▶ make_event ─▶ event ─▶ handler ─▶ result ─▶ handshake's answer ─▶ browser
    browser ◀─ Connection ◀─ Management ◀─ what the app sends ◀─┘

The messages of one connection are handed over one after the other, as they came.
"""

from __future__ import annotations

import json
import queue
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge.errors import MalformedEvent
from lambda_bridge.gateway.calls import Trigger
from lambda_bridge.gateway.connection import Close, Connection, Rules
from lambda_bridge.gateway.limits import SOCKET_LIMITS
from lambda_bridge.gateway.management import Management
from lambda_bridge.headers import read_native_headers
from lambda_bridge.messages import Response
from lambda_bridge.websockets import Message, load

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from lambda_bridge.gateway.function import Outcome
    from lambda_bridge.messages import Request
    from lambda_bridge.websockets import Data, Gateway

    Deliver = Callable[[Trigger, str], Outcome]

_WAITING = 100
"""Messages of a client that may wait for the function, before nothing more is read of it."""
_PATIENCE = 0.5
"""Seconds that the app has at the gateway's end, to hear of the end of its connections."""
_STAGE = "local"
# What belongs to one hop; recorded events of handshakes do not have it.
_OF_THIS_HOP = frozenset({"connection", "upgrade", "transfer-encoding", "content-length"})
# What the gateway writes itself in the answer.
_ANSWERS_OWN = frozenset(
    {"sec-websocket-protocol", "sec-websocket-accept", "sec-websocket-extensions", "content-type", *_OF_THIS_HOP}
)


def name_for(format_name: str) -> Optional[str]:
    """The gateway of WebSockets beside that of the format; None where there is none."""
    cloud = format_name.partition("_")[0]
    return f"{cloud}_websocket" if f"{cloud}_websocket" in SOCKET_LIMITS else None


def is_handshake(request: Request) -> bool:
    """Whether a client wants a WebSocket (RFC 6455, section 4.1)."""
    return request.method == "GET" and (request.headers.get("upgrade") or "").strip().lower() == "websocket"


class _Client(Connection):
    """A connection, with what the gateway knows of its client."""

    def __init__(self, connection: socket.socket, request: Request, rules: Rules, number: str) -> None:
        super().__init__(connection, request.headers, rules)
        self.number = number
        self.address = request.client[0] if request.client else ""
        self.agent = request.headers.get("user-agent") or ""
        self.push_url = ""
        # None is the end.
        self.waiting: queue.Queue[Optional[Data]] = queue.Queue(_WAITING)
        self.worker: Optional[threading.Thread] = None


class WebSockets:
    """All connections of the gateway *name*, which *deliver* hands events of to the function.

    :param stage: as of Gateway
    """

    def __init__(self, name: str, deliver: Deliver, stage: str) -> None:
        self.name = name
        self._module: Gateway = load(name)
        self._limits = SOCKET_LIMITS[name]
        self._deliver = deliver
        self._stage = stage
        self._open: dict[str, _Client] = {}
        self._mutex = threading.Lock()
        self._is_closed = False
        self._management = Management(self._module, self._find)
        self.push_url = self._management.url
        """The address of the API for what goes to clients."""

    def refuse_or_serve(self, connection: socket.socket, request: Request) -> Optional[Response]:
        """The answer to a handshake that is denied; None when the connection that it has begun is over."""
        number = urlsafe_b64encode(secrets.token_bytes(11)).decode()
        try:
            client = _Client(connection, request, self._rules(), number)
        except MalformedEvent as error:
            return Response(error.status, [("content-type", "text/plain; charset=utf-8")], str(error).encode())
        client.push_url = self._told_url(request)
        answer = self._connect(client, request)
        if not 200 <= answer.status <= 299:
            return answer
        try:
            headers = [(name, value) for name, value in answer.headers if name not in _ANSWERS_OWN]
            client.accept(answer.header("sec-websocket-protocol"), headers)
        except (MalformedEvent, UnicodeEncodeError) as error:
            self._send_event(Message("disconnect", number, client.push_url, code=1006))
            return Response(502, [("content-type", "text/plain; charset=utf-8")], str(error).encode())
        self._serve(client)
        return None

    def close(self) -> None:
        """Close every connection with 1001, and tell the app so."""
        with self._mutex:
            self._is_closed = True
            clients = list(self._open.values())
        for client in clients:
            client.close(1001, "Going away")
            with suppress(queue.Full):  # of one whose function does not come back
                client.waiting.put_nowait(None)
        end = time.monotonic() + _PATIENCE
        for client in clients:
            if client.worker is not None:
                client.worker.join(max(0.0, end - time.monotonic()))
        self._management.close()

    def _rules(self) -> Rules:
        module, limits = self._module, self._limits
        return Rules(module.MAX_MESSAGE, module.MAX_FRAME, module.TAKES_BINARY, limits.idle, limits.longest)

    def _told_url(self, request: Request) -> str:
        """What the event tells: without a stage in its URLs, this gateway is one with a domain of its own."""
        if not self._module.IS_SIGNED:
            return ""
        if self._stage:
            return f"https://local.execute-api.us-east-1.amazonaws.com/{self._stage}"
        return f"https://{request.headers.get('host') or 'localhost'}/{_STAGE}"

    def _connect(self, client: _Client, request: Request) -> Response:
        """What the client gets as an answer to its handshake; a status of 2xx is that it is accepted."""
        offered = ",".join(request.headers.all("sec-websocket-protocol")).split(",")
        subprotocols = tuple(each.strip() for each in offered if each.strip())
        kept = [(name, value) for name, value in request.headers if name not in _OF_THIS_HOP]
        request.headers = read_native_headers([name for name, _ in kept], [value for _, value in kept], b"")
        outcome = self._send_event(Message("connect", client.number, client.push_url, request, subprotocols))
        if outcome.response is None:
            return self._limits.answer(outcome.answer).response()
        return outcome.response

    def _serve(self, client: _Client) -> None:
        """Hand over what the client sends, to its end."""
        client.worker = threading.Thread(target=self._work, args=(client,), daemon=True)
        with self._mutex:
            is_late = self._is_closed
            if not is_late:
                self._open[client.number] = client
                client.worker.start()  # before anybody who ends the gateway may wait for it
        if is_late:  # there is no instance any more that could be told
            client.close(1001, "Going away")
            return
        try:
            for data in client.messages():
                client.waiting.put(data)
        finally:
            with self._mutex:
                del self._open[client.number]
            client.waiting.put(None)

    def _find(self, number: str) -> Optional[_Client]:
        client = self._open.get(number)
        return client if client is not None and client.is_open() else None

    def _work(self, client: _Client) -> None:
        while (data := client.waiting.get()) is not None:
            outcome = self._send_event(Message("message", client.number, client.push_url, data=data))
            if outcome.response is None:
                self._tell_failure(client, outcome)
        ended = client.closed or Close(1006)
        self._send_event(Message("disconnect", client.number, client.push_url, code=ended.code, reason=ended.reason))

    def _tell_failure(self, client: _Client, outcome: Outcome) -> None:
        if not self._limits.tells:
            client.close(1011, "the function failed")
            return
        said = self._limits.answer(outcome.answer)
        about = {**json.loads(said.body), "connectionId": client.number, "requestId": secrets.token_urlsafe(11)}
        client.send(json.dumps(about))

    def _send_event(self, message: Message) -> Outcome:
        event: dict[str, Any] = self._module.make_event(message)
        return self._deliver(Trigger(json.dumps(event, ensure_ascii=False), message.kind), self.name)
