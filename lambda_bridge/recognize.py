"""Which format is this call? One table of predicates, and never a guess.

A predicate looks only at keys that the gateway writes, never at a header, path, query or body,
which come from the client. Exactly one row holds for every event of a format; the order only
matters for speed, but for the first rows: theirs are the platforms that put fields of the client's
own beside their keys, where it could write any other gateway's. A predicate gets the event and its
``requestContext`` ({} where there is none). Some platforms hand over an object of a class of theirs
instead of a dict: they stand in a table by class.
"""

from __future__ import annotations

from lambda_bridge.errors import MalformedEvent, UnknownEvent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Predicate = Callable[[Mapping[str, Any], Mapping[str, Any]], bool]


def _is_http_api(event: Mapping[str, Any], about: Mapping[str, Any], label: bool = False) -> bool:
    # A Lambda authorizer's event is a whole proxy event plus routeArn. Nothing but the label tells
    # the two payloads 2.0 apart: a function URL has no domain but its own.
    return (
        event.get("version") == "2.0"
        and "http" in about
        and "rawPath" in event
        and "routeArn" not in event
        and (".lambda-url." in str(about.get("domainName"))) is label
    )


def _is_function_url(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    return _is_http_api(event, about, label=True)


def _is_payload_1(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    # Baidu's events have the first three keys too, but not the second group, or with sourceIp beside
    # it; Scaleway's resource is empty, and Yandex adds parameters. An authorizer's event has
    # methodArn, a WebSocket's has connectionId.
    return (
        bool(event.get("resource"))
        and "httpMethod" in event
        and "path" in event
        and ("multiValueHeaders" in event or (not _AWS_CONTEXT.isdisjoint(about) and "sourceIp" not in about))
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
    # Baidu's class of events, cloned from Tencent's, has serviceId and a resource.
    return (
        "httpMethod" in event
        and ("serviceId" in about or "headerParameters" in event or "headersParameters" in event)
        and "resource" not in event
    )


def _is_huawei(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    # AWS's payload 1.0 has the same three ids, and a resource.
    return (
        "httpMethod" in event
        and "apiId" in about
        and "stage" in about
        and "requestId" in about
        and "isBase64Encoded" in event
        and "resource" not in event
        and "multiValueHeaders" not in event
        and "serviceId" not in about
        and _AWS_CONTEXT.isdisjoint(about)
        and "connectionId" not in about
    )


def _is_baidu(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    return (
        bool(event.get("resource"))
        and "httpMethod" in event
        and "path" in event
        and "multiValueHeaders" not in event
        and "version" not in event
        and ("sourceIp" in about or _AWS_CONTEXT.isdisjoint(about))
        and "elb" not in about
        and "methodArn" not in event
        and "parameters" not in event
        and "connectionId" not in about
    )


def _is_volcengine(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    # It is known by what it has not: a key more than these six is of another cloud.
    return "pathParameters" in event and _VOLCENGINE_KEYS >= event.keys() >= _VOLCENGINE_KEYS - {"body"}


_VOLCENGINE_KEYS = frozenset({"httpMethod", "path", "pathParameters", "queryStringParameters", "headers", "body"})


def _is_aliyun(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    return event.get("version") == "v1" and "rawPath" in event and "http" in about


def _is_aliyun_apigw(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    return "queryParameters" in event and "httpMethod" in event and "requestContext" not in event


def _is_tencent_clb(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    # Nothing else marks it; on other platforms clients may add top-level keys, but never take any away.
    return "headers" in event and "payload" in event and event.keys() <= _CLB_KEYS


_CLB_KEYS = frozenset({"headers", "payload", "isBase64Encoded"})


def _is_openwhisk(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    # With the mark of another platform beside these keys, a client wants to be somebody else. The
    # same in the next two.
    return (
        "__ow_method" in event and "__ow_headers" in event and "__ce_method" not in event and not _has_web_event(event)
    )


def _is_ibm(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    return (
        "__ce_method" in event and "__ce_headers" in event and "__ow_method" not in event and not _has_web_event(event)
    )


def _is_digitalocean(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    # Its older keys are OpenWhisk's; they say what http says, and no client of OpenWhisk knows that beforehand.
    return (
        "http" in event
        and _has_web_event(event)
        and "__ce_method" not in event
        and ("__ow_headers" not in event or event["__ow_headers"] == event["http"]["headers"])
    )


def _has_web_event(event: Mapping[str, Any]) -> bool:
    http = event.get("http")
    return isinstance(http, dict) and "method" in http and "headers" in http


def _is_yandex(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    return (
        "httpMethod" in event
        and "multiValueHeaders" in event
        and (("url" in event and "params" in event) or "parameters" in event)
        and "connectionId" not in about
    )


def _is_scaleway(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    # AWS's payload 1.0 with an empty resource, or none; the vendor's emulation spells stageVariable.
    return (
        "httpMethod" in event
        and not event.get("resource")
        and ("stageVariables" in event or "stageVariable" in event)
        and "resourcePath" in about
        and "apiId" in about
        and event.get("multiValueHeaders") is None
    )


def _is_lattice(event: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
    # Version 1 has no context; a scope of ASGI has the other two keys as well.
    return "method" in event and ("serviceArn" in about or ("raw_path" in event and not about and "asgi" not in event))


# A key of environ, which no client can write: the WSGI server's name, where its environ has faults of
# its own and does not tell.
HOST = "lambda_bridge.host"

_OPEN: tuple[tuple[str, Predicate], ...] = (
    ("openwhisk", _is_openwhisk),
    ("ibm", _is_ibm),
    ("digitalocean", _is_digitalocean),
)  # fmt: skip

_CLOSED: tuple[tuple[str, Predicate], ...] = (
    ("aws_http", _is_http_api),
    ("aws_url", _is_function_url),
    ("aws_rest", _is_payload_1),
    ("aws_alb", lambda event, about: "elb" in about and "httpMethod" in event),
    ("tencent_url", lambda event, about: "queryString" in event and "httpMethod" in event
        and "resource" not in event and "version" not in event and not _is_tencent_apigw(event, about)),
    ("tencent_apigw", _is_tencent_apigw),
    ("tencent_clb", _is_tencent_clb),
    ("aliyun", _is_aliyun),
    ("aliyun_apigw", _is_aliyun_apigw),
    ("huawei", _is_huawei),
    ("baidu", _is_baidu),
    ("volcengine", _is_volcengine),
    ("tencent_cloudbase", lambda event, about: "envId" in about and "httpMethod" in event),
    ("yandex", _is_yandex),
    ("scaleway", _is_scaleway),
    ("aws_lattice", _is_lattice),
    ("aws_edge", _is_edge_request),
    ("wsgi", lambda event, about: "wsgi.input" in event and "fc.request_uri" not in event and HOST not in event),
    ("aliyun_wsgi", lambda event, about: "wsgi.input" in event and "fc.request_uri" in event),
    ("vercel", lambda event, about: "wsgi.input" in event and event.get(HOST) == "vercel"),
    ("asgi", lambda event, about: "asgi" in event and "type" in event),
)  # fmt: skip

TABLE: tuple[tuple[str, Predicate], ...] = _OPEN + _CLOSED

# (module, name) of a class -> the format whose events are of it.
CLASSES: dict[tuple[str, str], str] = {
    ("azure.functions._abc", "HttpRequest"): "azure",
    ("fdk.context", "InvokeContext"): "fn",
    ("flask.wrappers", "Request"): "gcp",
    ("starlette.requests", "Request"): "gcp_aio",
}

# One is told by more than its event: Azure hands over Starlette's request too, but by keyword.
NAMES: tuple[str, ...] = (*[name for name, _ in TABLE], *CLASSES.values(), "azure_stream")


def recognize(args: tuple[Any, ...], keywords: Mapping[str, Any]) -> tuple[str, Any, Any]:
    """(name of the format, event, context) for the arguments that a platform called the handler with.

    An event in bytes or str is parsed as JSON. Raises MalformedEvent when it is none, and
    UnknownEvent when no row of the table holds.
    """
    event = args[0] if args else keywords.get("req", keywords.get("event"))
    context = args[1] if len(args) > 1 else keywords.get("context")
    if not isinstance(event, dict):
        for each in type(event).__mro__:
            if (each.__module__, each.__qualname__) in CLASSES:
                return _of_object(CLASSES[each.__module__, each.__qualname__], event, context, args, keywords)
        event = _parse(event)
    about = event.get("requestContext")
    if not isinstance(about, dict):
        about = {}
    # No row of the open platforms holds without one of these keys.
    may_be_open = "__ow_method" in event or "__ce_method" in event or "http" in event
    for name, holds in TABLE if may_be_open else _CLOSED:
        if holds(event, about):
            return name, event, context
    raise UnknownEvent(_keys(event), _HINT)


def _of_object(
    name: str, event: Any, context: Any, args: tuple[Any, ...], keywords: Mapping[str, Any]
) -> tuple[str, Any, Any]:
    if name == "fn":
        # Its context comes first, and the body by keyword. Only what went through a trigger or a
        # gateway has a method, which they write.
        if event.Method() is None:
            raise UnknownEvent("a direct invocation of a function of Fn", _HINT)
        return name, (event, keywords.get("data")), event
    if name == "gcp_aio" and not args:
        name = "azure_stream"
    return name, event, context


_HINT = (
    'an event that is not HTTP comes to the app with make_handler(events="/route"), or to a function with '
    '@handler.on("aws.sqs"), where the table of triggers has its source'
)


def _parse(event: Any) -> dict[str, Any]:
    if isinstance(event, (bytes, bytearray, str)):
        import json

        seen = f"{len(event)} {'characters' if isinstance(event, str) else 'bytes'}"
        try:
            event = json.loads(event)
        except (ValueError, RecursionError) as error:
            raise MalformedEvent(f"the event is {seen} that are no JSON") from error
    if not isinstance(event, dict):
        raise UnknownEvent(f"{_article(type(event).__name__)}, not a dict", _HINT)
    return event


def _keys(event: Mapping[Any, Any]) -> str:
    # Keys are the platform's words, but an event may also be a customer's own: few, and shortened.
    names = ", ".join(sorted(repr(key)[:40] for key in event)[:20])
    return f"a dict with the top-level keys {names}" if names else "an empty dict"


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
