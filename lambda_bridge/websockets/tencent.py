"""WebSocket APIs of Tencent Cloud API Gateway, in front of event functions (product/583/32553).

The service ended on 2025-06-30 (583/107631); private installations go on. An event of the handshake has the path, as
the API's configuration writes it (``/test/{testvar}``), and no header, query or cookie. The API's address for what the
function sends stands in the console, in no event: it is the option ``push_url``. Not verified: which ``errNo`` it
answers for a client that has gone, and the size that it takes.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge.encoding import decode_base64, encode_base64, read_path
from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.messages import Request, Response
from lambda_bridge.websockets import Data, Message, PushAnswer, PushRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "tencent_websocket"
TITLE = "Tencent Cloud API Gateway (WebSocket)"
DOCS = "https://cloud.tencent.com/document/product/583/32553"
MAX_MESSAGE: Optional[int] = None
MAX_FRAME: Optional[int] = None
TAKES_BINARY = True
DENIES_WITH_STATUS = False
IS_SIGNED = False

# "data recv" is what tencentyun/scf-go-lib calls the same.
_KINDS = {"connecting": "connect", "data send": "message", "data recv": "message", "closing": "disconnect"}


def holds(event: Mapping[str, Any]) -> bool:
    about = event.get("websocket")
    return isinstance(about, dict) and "secConnectionID" in about and str(about.get("action")) in _KINDS


def read_event(event: Mapping[str, Any]) -> Message:
    about = event["websocket"]
    kind, connection = _KINDS[about["action"]], about["secConnectionID"]
    if not isinstance(connection, str) or not connection:
        raise MalformedEvent(f"the event's secConnectionID is {connection!r}, not a text")
    if kind == "connect":
        subprotocols = tuple(
            name.strip() for name in (about.get("secWebSocketProtocol") or "").split(",") if name.strip()
        )
        return Message(kind, connection, "", _read_handshake(event.get("requestContext") or {}), subprotocols)
    if kind == "message":
        return Message(kind, connection, data=_read_data(about))
    return Message(kind, connection)


def _read_handshake(told: Mapping[str, Any]) -> Request:
    path, raw_path = read_path(told.get("path") or "/")
    source = told.get("sourceIp")
    return Request(told.get("httpMethod") or "GET", path, raw_path, client=(source, 0) if source else None)


def _read_data(about: Mapping[str, Any]) -> Data:
    data = about.get("data") or ""
    if not isinstance(data, str):
        raise MalformedEvent(f"the message is of the type {type(data).__name__}, not text")
    return decode_base64(data) if about.get("dataType") == "binary" else data


def make_result(response: Response, event: Mapping[str, Any]) -> dict[str, Any]:
    is_done = 200 <= response.status <= 299
    about = event.get("websocket") or {}
    websocket = {"action": about.get("action"), "secConnectionID": about.get("secConnectionID")}
    protocol = response.header("sec-websocket-protocol")
    if is_done and protocol is not None:
        websocket["secWebSocketProtocol"] = protocol
    number = 0 if is_done else response.status
    return {"errNo": number, "errMsg": "ok" if is_done else f"refused with {response.status}", "websocket": websocket}


def read_result(result: Any) -> Response:
    if not isinstance(result, dict) or not isinstance(result.get("errNo"), int):
        raise RefusedResult("the result is no object with an errNo")
    protocol = (result.get("websocket") or {}).get("secWebSocketProtocol")
    # Of a number that is no status of HTTP nobody knows more than that it refuses.
    status = 200 if result["errNo"] == 0 else result["errNo"] if 400 <= result["errNo"] <= 599 else 403
    return Response(status, [("sec-websocket-protocol", protocol)] if protocol else [])


def make_event(message: Message) -> dict[str, Any]:
    about: dict[str, Any] = {"action": "connecting", "secConnectionID": message.connection}
    if message.request is not None:
        if message.subprotocols:
            about["secWebSocketProtocol"] = ",".join(message.subprotocols)
        request = message.request
        context = {
            "serviceName": "service",
            "path": request.raw_path.decode("ascii"),
            "httpMethod": request.method,
            "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
            "identity": {},
            "sourceIp": request.client[0] if request.client else "",
            "stage": "release",
            "websocketEnable": True,
        }
        return {"requestContext": context, "websocket": about}
    if message.kind == "message":
        return {"websocket": _make_data(message.connection, message.data)}
    return {"websocket": {**about, "action": "closing"}}


def _make_data(connection: str, data: Data) -> dict[str, str]:
    is_binary = isinstance(data, bytes)
    return {
        "action": "data send",
        "secConnectionID": connection,
        "dataType": "binary" if is_binary else "text",
        "data": encode_base64(data) if isinstance(data, bytes) else data,
    }


def make_push(push_url: str, connection: str, data: Data) -> PushRequest:
    return _post(push_url, _make_data(connection, data))


def make_close(push_url: str, connection: str, code: int, reason: str) -> PushRequest:
    return _post(push_url, {"action": "closing", "secConnectionID": connection})


def _post(push_url: str, websocket: dict[str, str]) -> PushRequest:
    # Half of a surrogate pair has no bytes in UTF-8, and an escape in JSON.
    body = json.dumps({"websocket": websocket}, ensure_ascii=True).encode()
    return PushRequest("POST", push_url, {"content-type": "application/json"}, body)


def is_gone(answer: PushAnswer) -> bool:
    return answer.status == 410


def is_refused(answer: PushAnswer) -> bool:
    try:
        said = json.loads(answer.body)
    except ValueError:
        return False
    return isinstance(said, dict) and said.get("errNo", 0) != 0
