"""Which format is this call? One table of predicates, and never a guess.

A predicate looks only at keys that the gateway writes, never at a header, path, query or body,
which come from the client. Exactly one row holds for every event of a format; the order only
matters for speed. It gets the event and its ``requestContext`` ({} where there is none).
"""

from __future__ import annotations

from lambda_bridge.errors import MalformedEvent, UnknownEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Predicate = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]


def _is_payload_2(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    # A Lambda authorizer's event is a whole proxy event plus routeArn.
    return event.get("version") == "2.0" and "http" in about and "rawPath" in event and "routeArn" not in event


def _is_http_api(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    return _is_payload_2(event, about) and _URL_LABEL not in str(about.get("domainName"))


def _is_function_url(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    return _is_payload_2(event, about) and _URL_LABEL in str(about.get("domainName"))


# Nothing else tells the two payloads 2.0 apart: a function URL has no domain but its own.
_URL_LABEL = ".lambda-url."


def _is_payload_1(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    # Baidu's events have the first three keys too, but nothing of the second group; Scaleway's
    # resource is empty, and Yandex adds parameters. An authorizer's event has methodArn, a
    # WebSocket's has connectionId.
    return (
        bool(event.get("resource"))
        and "httpMethod" in event
        and "path" in event
        and ("multiValueHeaders" in event or not _AWS_CONTEXT.isdisjoint(about))
        and "methodArn" not in event
        and "parameters" not in event
        and "connectionId" not in about
    )


_AWS_CONTEXT = frozenset({"identity", "accountId", "resourceId", "extendedRequestId", "authorizer"})


def _is_edge_request(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    # viewer-response and origin-response carry the response that somebody else has made.
    records = event.get("Records")
    record = records[0] if isinstance(records, list) and records else None
    cf = record.get("cf") if isinstance(record, dict) else None
    return isinstance(cf, dict) and "request" in cf and "response" not in cf


def _is_tencent_apigw(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    # serviceId is the real gateway's; headersParameters is how Tencent's own emulator spells it.
    return "httpMethod" in event and (
        "serviceId" in about or "headerParameters" in event or "headersParameters" in event
    )


TABLE: tuple[tuple[str, Predicate], ...] = (
    ("aws_http", _is_http_api),
    ("aws_url", _is_function_url),
    ("aws_rest", _is_payload_1),
    ("aws_alb", lambda event, about: "elb" in about and "httpMethod" in event),
    ("tencent_url", lambda event, about: "queryString" in event and "httpMethod" in event
        and "resource" not in event and "version" not in event and not _is_tencent_apigw(event, about)),
    ("tencent_apigw", _is_tencent_apigw),
    ("aws_lattice", lambda event, about: "method" in event
        and ("serviceArn" in about or ("raw_path" in event and not about))),
    ("aws_edge", _is_edge_request),
)  # fmt: skip

NAMES: tuple[str, ...] = tuple(name for name, _ in TABLE)


def recognize(args: tuple[Any, ...], keywords: Mapping[str, Any]) -> tuple[str, Any, Any]:
    """(name of the format, event, context) for the arguments that a platform called the handler with.

    An event in bytes or str is parsed as JSON. Raises MalformedEvent when it is none, and
    UnknownEvent when no row of the table holds.
    """
    event = args[0] if args else keywords.get("req", keywords.get("event"))
    context = args[1] if len(args) > 1 else keywords.get("context")
    if not isinstance(event, dict):
        event = _parse(event)
    about = event.get("requestContext")
    if not isinstance(about, dict):
        about = {}
    for name, holds in TABLE:
        if holds(event, about):
            return name, event, context
    raise UnknownEvent(_keys(event), _HINT)


_HINT = (
    'queues, timers and other triggers are for make_handler(events="/route"), which this version does not deliver yet'
)


def _parse(event: Any) -> dict[str, Any]:
    if isinstance(event, (bytes, bytearray, str)):
        import json

        seen = f"{len(event)} {'characters' if isinstance(event, str) else 'bytes'}"
        try:
            event = json.loads(event)
        except ValueError as error:
            raise MalformedEvent(f"the event is {seen} that are no JSON") from error
    if not isinstance(event, dict):
        raise UnknownEvent(f"{_article(type(event).__name__)}, not a dict")
    return event


def _keys(event: Mapping[Any, Any]) -> str:
    # Keys are the platform's words, but an event may also be a customer's own: few, and shortened.
    names = ", ".join(sorted(repr(key)[:40] for key in event)[:20])
    return f"a dict with the top-level keys {names}" if names else "an empty dict"


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
