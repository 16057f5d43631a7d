"""`python -m tests.real.judges`, in the environment ``aws``: our events beside those that sam-cli makes of the same requests.

sam-cli's ``local start-api`` makes an event of a request that Flask has read (samcli/local/apigw/
event_constructor.py). What it invents or leaves out is not compared, nor is what Flask has lost by
then: the encoding of the path, and repeated headers.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from flask import Flask
from flask import request as flask_request
from samcli.local.apigw.event_constructor import construct_v1_event, construct_v2_event_http

from lambda_bridge.formats import wsgi
from lambda_bridge.testing import make_event, make_request

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambda_bridge.messages import Request

HOST = "https://abc.execute-api.us-east-1.amazonaws.com"
BINARY = "image/png"
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")

REQUESTS: dict[str, dict[str, Any]] = {
    **{method: {"method": method} for method in METHODS},
    "deep path": {"url": "/a/b/c.txt"},
    "query": {"url": "/a?x=1&y=%20z&w="},
    "repeated query": {"url": "/a?x=1&x=2&y=3"},
    "headers": {"headers": {"Accept": "*/*", "X-Name": "a,b", "User-Agent": "test/1"}},
    "cookies": {"cookies": {"a": "1", "b": "2"}},
    "text": {"method": "POST", "body": "Grüße", "headers": {"content-type": "text/plain"}},
    "json": {"method": "PUT", "json": {"a": [1, None]}},
    "form": {"method": "POST", "data": {"a": "x y"}},
    "bytes": {"method": "POST", "body": b"\x89PNG" + bytes(range(256)), "headers": {"content-type": BINARY}},
    "other address": {"client": ("192.0.2.7", 50000)},
}


def theirs(request: Request) -> tuple[dict[str, Any], dict[str, Any]]:
    """(payload 1.0, payload 2.0) as sam-cli makes them for a route ``/{proxy+}``."""
    app = Flask("judge")
    rule = "/<path:proxy>"
    app.add_url_rule(rule, endpoint=rule, view_func=lambda proxy: "", methods=METHODS)
    with app.request_context(wsgi.make_event(request)):
        return (
            construct_v1_event(flask_request, request.server[1], [BINARY], stage_name="$default"),
            construct_v2_event_http(
                flask_request, request.server[1], [BINARY], stage_name="$default", route_key="$default"
            ),
        )


def compared_1(event: dict[str, Any], *, is_rest: bool) -> dict[str, Any]:
    """What can be compared of payload 1.0."""
    # sam-cli leaves out the first, and a REST API the second.
    without = {"x-forwarded-for"} | ({"content-length"} if is_rest else set())
    context = event["requestContext"]
    names = ("accountId", "domainName", "httpMethod", "protocol", "resourcePath", "stage")
    return {
        **{name: event[name] for name in ("httpMethod", "isBase64Encoded", "path", "pathParameters", "resource")},
        **{name: event[name] or {} for name in ("queryStringParameters", "multiValueQueryStringParameters")},
        **{name: lower(event[name], without) for name in ("headers", "multiValueHeaders")},
        "body": event["body"] or "",
        "requestContext": {name: context[name] for name in names},
        "sourceIp": context["identity"]["sourceIp"],
        "stageVariables": event["stageVariables"],
        "types": [type(context[name]).__name__ for name in ("requestTime", "requestTimeEpoch")],
    }


def compared_2(event: dict[str, Any]) -> dict[str, Any]:
    """What can be compared of payload 2.0."""
    context = event["requestContext"]
    return {
        **{name: event[name] for name in ("isBase64Encoded", "rawPath", "rawQueryString", "routeKey", "version")},
        **{name: event.get(name) or [] for name in ("cookies", "queryStringParameters")},
        # sam-cli keeps the cookies among the headers, where the gateway does not.
        "headers": lower(event["headers"], {"x-forwarded-for", "cookie"}),
        "body": event.get("body") or "",
        "requestContext": {name: context[name] for name in ("accountId", "routeKey", "stage")},
        "http": {name: context["http"][name] for name in ("method", "path", "protocol", "sourceIp")},
        "types": [type(context[name]).__name__ for name in ("time", "timeEpoch")],
    }


def lower(headers: dict[str, Any], without: set[str]) -> dict[str, Any]:
    return {name.lower(): value for name, value in headers.items() if name.lower() not in without}


def disagreements() -> Iterator[str]:
    """A sentence for each value that is not the same."""
    for name, changes in REQUESTS.items():
        options = {"method": "GET", "url": "/a", "client": ("203.0.113.9", 0), "base_url": HOST, **changes}
        theirs_1, theirs_2 = theirs(make_request(**options))
        for spelling in ("aws_rest", "aws_rest:http_1.0", "aws_http"):
            ours = make_event(spelling, **options)
            if spelling == "aws_http":
                expected, found = compared_2(theirs_2), compared_2(ours)
            else:
                is_rest = spelling == "aws_rest"
                expected, found = compared_1(theirs_1, is_rest=is_rest), compared_1(ours, is_rest=is_rest)
            for key, value in expected.items():
                if found[key] != value:
                    yield f"{spelling}, {name}: {key} is {json.dumps(found[key])}, and sam-cli's {json.dumps(value)}"


def main() -> None:
    found = list(disagreements())
    for sentence in found:
        print(sentence)
    print(f"sam-cli's events beside ours: {len(REQUESTS)} requests, {len(found)} disagreements")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
