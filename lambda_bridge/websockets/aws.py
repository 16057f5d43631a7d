"""WebSocket APIs of AWS API Gateway.

The client's URL is the stage, ``wss://abc.execute-api.REGION.amazonaws.com/prod``, or a domain of one's own with a base
path: nothing below it tells the app's route, and the event has neither method nor path. Binary frames of the client
close its connection with 1003 (.../websocket-api-develop-binary-media-types.html); a message of 128 KB in frames of
32 KB is the most (.../apigateway-execution-service-websocket-limits-table.html, both read in 2026-11). Not verified:
whether the API for what goes to clients takes more than 32 KB at once, as that page says the limit holds for it too.
Who closes by the API cannot say a code: the client and ``$disconnect`` are told 1000 (boto/boto3#3789).

What goes to clients carries the function's signature, and its session's token; where to is what events say, and who may
call the function directly may write one. So only hosts of AWS are gone to, unless the option ``push_url`` names another.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Optional
from urllib.parse import quote

from lambda_bridge.encoding import (
    decode_base64,
    encode_base64,
    flatten,
    from_native,
    group,
    is_true,
    make_body,
    make_query,
    native,
    read_path,
    read_query,
    ungroup,
)
from lambda_bridge.errors import MalformedEvent, RefusedResult
from lambda_bridge.formats._results import (
    grouped,
    one_each,
    read_result_body,
    read_status,
    read_text_headers,
    title_case,
)
from lambda_bridge.headers import read_headers, read_origin, with_forwarded
from lambda_bridge.messages import Request, Response
from lambda_bridge.websockets import Data, Message, PushAnswer, PushRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "aws_websocket"
TITLE = "AWS API Gateway WebSocket API"
DOCS = "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api.html"
MAX_MESSAGE: Optional[int] = 128 * 1024
MAX_FRAME: Optional[int] = 32 * 1024
TAKES_BINARY = False
DENIES_WITH_STATUS = True
IS_SIGNED = True

_KINDS = {"CONNECT": "connect", "MESSAGE": "message", "DISCONNECT": "disconnect"}
_EVENT_TYPES = {kind: event_type for event_type, kind in _KINDS.items()}
# Those that APIs have without their owner's doing: the suffixes of every partition (botocore, data/partitions.json of
# 2026-11), and of addresses in IPv6.
_OWN_DOMAIN = re.compile(
    r"[a-z0-9-]+\.execute-api\.[a-z0-9-]+\."
    r"(amazonaws\.(com|com\.cn|eu)|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov|api\.aws)"
)
_NAME_IN_URL = re.compile(r"[A-Za-z0-9_$-]+")
_ROUTES = {"connect": "$connect", "message": "$default", "disconnect": "$disconnect"}


def holds(event: Mapping[str, Any]) -> bool:
    # The authorizer of $connect gets the same event, and methodArn.
    about = event.get("requestContext")
    return (
        isinstance(about, dict)
        and "connectionId" in about
        and str(about.get("eventType")) in _KINDS
        and "methodArn" not in event
        and "routeArn" not in event
    )


def read_event(event: Mapping[str, Any]) -> Message:
    about = event["requestContext"]
    kind, connection = _KINDS[about["eventType"]], about["connectionId"]
    if not isinstance(connection, str) or not connection:
        raise MalformedEvent(f"the event's connectionId is {connection!r}, not a text")
    push_url = _push_url(about)
    if kind == "connect":
        request = _read_handshake(event, about)
        offered = ",".join(request.headers.all("sec-websocket-protocol")).split(",")
        subprotocols = tuple(name.strip() for name in offered if name.strip())
        return Message(kind, connection, push_url, request, subprotocols)
    if kind == "message":
        return Message(kind, connection, push_url, data=_read_data(event))
    code, reason = about.get("disconnectStatusCode"), about.get("disconnectReason")
    is_code = isinstance(code, int) and 1000 <= code <= 4999
    return Message(kind, connection, push_url, code=code if is_code else 1005, reason=str(reason or ""))


def _push_url(about: Mapping[str, Any]) -> str:
    """A domain of one's own has a base path, which no event tells, in place of the stage; the API's own works always."""
    stage = _read_name(about, "stage")
    if _is_own(about):
        return f"https://{about['domainName']}/{stage}"
    return f"https://{_read_name(about, 'apiId')}.execute-api.{{region}}.{{suffix}}/{stage}"


def _is_own(about: Mapping[str, Any]) -> bool:
    """Whether the client has come by the domain that AWS has given to the API."""
    return _OWN_DOMAIN.fullmatch(str(about.get("domainName"))) is not None


def _read_name(about: Mapping[str, Any], key: str) -> str:
    """What becomes a part of the URL; raises MalformedEvent for what could be another one."""
    name = about[key]
    if not isinstance(name, str) or not _NAME_IN_URL.fullmatch(name):
        raise MalformedEvent(f"the event's {key} is {name!r}, not a name of letters, digits, - and _")
    return name


def _read_handshake(event: Mapping[str, Any], about: Mapping[str, Any]) -> Request:
    headers = read_headers(*flatten(event.get("multiValueHeaders") or event.get("headers")), b"")
    query = ungroup(event.get("multiValueQueryStringParameters") or event.get("queryStringParameters"))
    scheme, server = read_origin(headers, "https", about.get("domainName"))
    source = (about.get("identity") or {}).get("sourceIp")
    # Only fixtures of AWS's own packages have one; recorded events do not.
    path, raw_path = read_path(event.get("path") or "/")
    return Request(
        "GET",
        path,
        raw_path,
        native(make_query(query)) if query else "",
        headers,
        b"",
        scheme,
        server,
        (source, 0) if source else None,
        f"/{about['stage']}" if _is_own(about) else "",
    )


def _read_data(event: Mapping[str, Any]) -> Data:
    body = event.get("body")
    if body is None:
        return ""
    if not isinstance(body, str):
        raise MalformedEvent(f"the message is of the type {type(body).__name__}, not text")
    return decode_base64(body) if is_true(event.get("isBase64Encoded")) else body


def make_result(response: Response, event: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {"statusCode": response.status}
    if response.headers:
        result["headers"] = one_each(grouped(response, title_case))
    if response.body:
        result["body"], result["isBase64Encoded"] = make_body(response.body, dict(response.headers))
    return result


def read_result(result: Any) -> Response:
    """What is no object with a status is an error of the integration, and the client gets 500."""
    if not isinstance(result, dict) or "statusCode" not in result:
        raise RefusedResult("the result is no object with a statusCode")
    return Response(read_status(result["statusCode"]), read_text_headers(result), read_result_body(result))


def make_event(message: Message) -> dict[str, Any]:
    domain, _, stage = message.push_url.removeprefix("https://").partition("/")
    about: dict[str, Any] = {
        "routeKey": _ROUTES[message.kind],
        "eventType": _EVENT_TYPES[message.kind],
        "extendedRequestId": "JCJmXjUAPHcEP4w=",
        "requestTime": "01/Jan/2026:00:00:00 +0000",
        "messageDirection": "IN",
        "stage": stage,
        "connectedAt": 1767225600000,
        "requestTimeEpoch": 1767225600000,
        "identity": {"sourceIp": "127.0.0.1"},
        "requestId": "JCJmXjUAPHcEP4w=",
        "domainName": domain,
        "connectionId": message.connection,
        "apiId": re.sub("[^a-z0-9]", "", domain.partition(".")[0]) or "local",
    }
    event: dict[str, Any] = {"requestContext": about, "isBase64Encoded": False}
    if message.request is not None:
        request = message.request
        headers = with_forwarded(request)
        query = read_query(from_native(request.query))
        about["identity"] = {
            "sourceIp": request.client[0] if request.client else None,
            "userAgent": dict(headers).get("user-agent"),
        }
        event["headers"] = {title_case[name]: value for name, value in headers}
        event["multiValueHeaders"] = {title_case[name]: values for name, values in group(headers).items()}
        if query:
            event["queryStringParameters"] = dict(query)
            event["multiValueQueryStringParameters"] = group(query)
    elif message.kind == "message":
        about["messageId"] = "JCJmXfQAPHcCFIA="
        is_binary = isinstance(message.data, bytes)
        event["body"] = encode_base64(message.data) if isinstance(message.data, bytes) else message.data
        event["isBase64Encoded"] = is_binary
    else:
        about["disconnectStatusCode"], about["disconnectReason"] = message.code, message.reason
        event["headers"] = {"Host": domain, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    return event


def make_push(push_url: str, connection: str, data: Data) -> PushRequest:
    # Not verified: that the gateway sends any data in a text frame, as clients report.
    is_text = isinstance(data, str)
    kind = "text/plain; charset=utf-8" if is_text else "application/octet-stream"
    body = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return PushRequest("POST", _url_of(push_url, connection), {"content-type": kind}, body)


def make_close(push_url: str, connection: str, code: int, reason: str) -> PushRequest:
    return PushRequest("DELETE", _url_of(push_url, connection), {}, b"")


def _url_of(push_url: str, connection: str) -> str:
    # Most ids end with an equals sign.
    return f"{push_url.rstrip('/')}/%40connections/{quote(connection, safe='')}"


def is_gone(answer: PushAnswer) -> bool:
    return answer.status == 410


def is_refused(answer: PushAnswer) -> bool:
    return False
