"""What is remembered of a handshake, as text: enough to start the app again for its connection."""

from __future__ import annotations

import json
from typing import Any

from lambda_bridge.messages import Request
from lambda_bridge.websockets import Message


def make_record(message: Message) -> str:
    """The text for a message of the kind ``"connect"``."""
    request = message.request or Request("GET", "/")
    record = {
        "push_url": message.push_url,
        "subprotocols": message.subprotocols,
        "method": request.method,
        "path": request.path,
        "raw_path": request.raw_path.decode("latin-1"),
        "query": request.query,
        "headers": list(request.headers),
        "scheme": request.scheme,
        "server": request.server,
        "client": request.client,
        "root_path": request.root_path,
        "http_version": request.http_version,
    }
    return json.dumps(record, separators=(",", ":"))


def read_record(connection: str, text: str) -> Message:
    """The inverse; raises LookupError, TypeError or ValueError for what is none."""
    record: dict[str, Any] = json.loads(text)
    request = Request(
        record["method"],
        record["path"],
        record["raw_path"].encode("latin-1"),
        record["query"],
        [(name, value) for name, value in record["headers"]],
        b"",
        record["scheme"],
        _address(record["server"]) or ("localhost", 443),
        _address(record["client"]),
        record["root_path"],
        record["http_version"],
    )
    return Message("connect", connection, record["push_url"], request, tuple(record["subprotocols"]))


def _address(pair: Any) -> Any:
    return None if pair is None else tuple(pair)
