"""I/O: send to a connection, or close it, by the gateway's own API."""

from __future__ import annotations

import os
import random
import threading
import time
from datetime import datetime, timezone
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Optional
from urllib.parse import urlsplit

from lambda_bridge.errors import ConfigurationError, ConnectionGone, PushFailed
from lambda_bridge.websockets import PushAnswer, PushRequest
from lambda_bridge.websockets.signature import Credentials, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lambda_bridge.websockets import Data, Gateway

# Seconds for each try: the gateway answers at once, or not at all.
TIMEOUT = 5.0
# Seconds between one try and the next; each is made longer or shorter by up to a half, so that many do not come at once.
PAUSES = (0.1, 0.3, 0.9)
_MAX_ANSWER = 64 * 1024
_TRY_AGAIN = frozenset({429, 500, 502, 503, 504})


class Pusher:
    """The client of the gateways' APIs.

    *push_url* stands for what events tell; *environ* has AWS's region, credentials, and their own variable for
    another endpoint. Its methods wait, and may be called from several threads.
    """

    def __init__(
        self,
        push_url: Optional[str] = None,
        environ: Mapping[str, str] = os.environ,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._push_url = push_url
        self._environ = environ
        self._sleep = sleep
        self._mutex = threading.Lock()
        # (process, scheme, host and port) -> HTTP connections that wait for the next push. After a fork those of the
        # parent are there too: on them, both would read each other's answers.
        self._idle: dict[tuple[int, str, str], list[HTTPConnection]] = {}

    def send(self, gateway: Gateway, push_url: str, connection: str, data: Data, is_new: bool = False) -> None:
        """Send *data* to the client; of a connection that *is_new* the gateway may not know yet.

        Raises ConnectionGone, PushFailed, and ConfigurationError where address or credentials are missing.
        """
        request = gateway.make_push(self._target(gateway, push_url), connection, data)
        self._deliver(gateway, connection, request, is_new)

    def close(self, gateway: Gateway, push_url: str, connection: str, code: int, reason: str) -> None:
        """Close the connection; raises the same."""
        request = gateway.make_close(self._target(gateway, push_url), connection, code, reason)
        self._deliver(gateway, connection, request, False)

    def _target(self, gateway: Gateway, push_url: str) -> str:
        told = self._push_url
        if told is None and gateway.IS_SIGNED:
            # boto3's own (boto3, guide/configuration.html, read in 2026-11).
            told = self._environ.get("AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI")
        if told:
            return told
        if not push_url:
            raise ConfigurationError(
                f"no event of {gateway.TITLE} tells where to send to clients: set push_url= or LAMBDA_BRIDGE_PUSH_URL"
            )
        region = self._environ.get("AWS_REGION", "")
        suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
        return push_url.replace("{region}", region).replace("{suffix}", suffix)

    def _deliver(self, gateway: Gateway, connection: str, request: PushRequest, is_new: bool) -> None:
        problem = ""
        for pause in (*PAUSES, None):
            try:
                answer = self._exchange(self._sign(gateway, request))
            except (OSError, HTTPException) as error:
                problem = type(error).__name__
            else:
                is_gone = gateway.is_gone(answer)
                if 200 <= answer.status <= 299 and not gateway.is_refused(answer):
                    return
                problem = f"the status {answer.status}" if answer.status >= 300 else "a refusal"
                if is_gone and (not is_new or pause is None):
                    raise ConnectionGone(f"the client of the connection {connection!r} has gone")
                if not is_gone and answer.status not in _TRY_AGAIN:
                    break
            if pause is not None:
                self._sleep(pause * random.uniform(0.5, 1.5))  # noqa: S311
        raise PushFailed(
            f"{request.method} to the connection {connection!r} was answered with {problem}: {_hint(problem)}"
        )

    def _sign(self, gateway: Gateway, request: PushRequest) -> PushRequest:
        if not gateway.IS_SIGNED:
            return request
        host = urlsplit(request.url).hostname or ""
        credentials = _credentials(self._environ)
        labels = host.split(".")
        is_aws = "amazonaws" in labels
        if credentials is None:
            if is_aws:
                raise ConfigurationError("there are no credentials of AWS: AWS_ACCESS_KEY_ID is not set")
            return request
        region = labels[labels.index("execute-api") + 1] if is_aws and "execute-api" in labels else ""
        region = region or self._environ.get("AWS_REGION") or "us-east-1"
        headers = sign(request, credentials, region, "execute-api", datetime.now(timezone.utc))
        return request._replace(headers=headers)

    def disconnect(self) -> None:
        """Close the HTTP connections that wait; the next push opens its own."""
        with self._mutex:
            idle, self._idle = self._idle, {}
        for connection in [connection for connections in idle.values() for connection in connections]:
            connection.close()

    def _exchange(self, request: PushRequest) -> PushAnswer:
        url = urlsplit(request.url)
        with self._mutex:
            idle = self._idle.get((os.getpid(), url.scheme, url.netloc))
            connection = idle.pop() if idle else None
        if connection is not None:
            try:
                return self._ask(connection, request)
            except (ConnectionError, HTTPException):
                pass  # the gateway has closed it meanwhile, most often while this process was frozen
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        return self._ask(kind(url.netloc, timeout=TIMEOUT), request)

    def _ask(self, connection: HTTPConnection, request: PushRequest) -> PushAnswer:
        url = urlsplit(request.url)
        path = url.path + (f"?{url.query}" if url.query else "")
        try:
            connection.request(request.method, path or "/", request.body or None, request.headers)
            response = connection.getresponse()
            answer = PushAnswer(response.status, response.read(_MAX_ANSWER))
        except BaseException:
            connection.close()
            raise
        if response.isclosed() and connection.sock is not None:
            with self._mutex:
                self._idle.setdefault((os.getpid(), url.scheme, url.netloc), []).append(connection)
        else:
            connection.close()
        return answer


def _hint(problem: str) -> str:
    if problem == "the status 403":
        return "the function's role needs execute-api:ManageConnections on this API"
    if problem == "the status 413":
        return "the message is too large"
    return "it was tried as often as makes sense"


def _credentials(environ: Mapping[str, str]) -> Optional[Credentials]:
    key, secret = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if key and secret:
        return Credentials(key, secret, environ.get("AWS_SESSION_TOKEN"))
    return None
