"""Events built from keyword arguments: a test says only what it is about, the rest is as usual.

``context`` is laid over the event's ``requestContext``; further keywords replace top-level keys.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from collections.abc import Mapping

    Event = dict[str, Any]
    Lists = Optional[Mapping[str, "list[str]"]]

SAMPLES = Path(__file__).parent / "samples"
API_HOST = "abc123.execute-api.eu-central-1.amazonaws.com"
URL_HOST = "abcdefghijklmnop.lambda-url.eu-central-1.on.aws"
TENCENT_HOST = "service-abc-1300000000.gz.apigw.tencentcs.com"


def sample_paths(*folders: str) -> list[Path]:
    """The samples in *folders*, or all that a format claims."""
    paths = sorted(SAMPLES.glob("*/*.json"))
    return [path for path in paths if (path.parent.name in folders if folders else path.parent.name != "others")]


def read_sample(path: Path) -> Event:
    event: Event = json.loads(path.read_text(encoding="utf-8"))
    return event


def sample_id(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def last(lists: Lists) -> Optional[dict[str, str]]:
    """The map of single values that goes with a map of lists."""
    return {name: values[-1] for name, values in lists.items()} if lists else None


def aws_rest(
    path: Optional[str] = "/",
    *,
    method: str = "GET",
    headers: Lists = None,
    query: Lists = None,
    body: Optional[str] = None,
    is_base64: bool = False,
    stage: str = "dev",
    domain: str = API_HOST,
    context: Optional[Mapping[str, Any]] = None,
    **others: Any,
) -> Event:
    on_default_domain = ".execute-api." in domain
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": last(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": last(query),
        "multiValueQueryStringParameters": query,
        "pathParameters": {"proxy": (path or "").strip("/")},
        "stageVariables": None,
        "requestContext": {
            "accountId": "111122223333",
            "domainName": domain,
            "identity": {"sourceIp": "203.0.113.9"},
            "path": f"/{stage}{path}" if on_default_domain else path,
            "protocol": "HTTP/1.1",
            "stage": stage,
            **(context or {}),
        },
        "body": body,
        "isBase64Encoded": is_base64,
        **others,
    }


def aws_http(
    raw_path: str = "/",
    *,
    method: str = "GET",
    query: str = "",
    headers: Optional[Mapping[str, str]] = None,
    domain: str = API_HOST,
    stage: str = "$default",
    context: Optional[Mapping[str, Any]] = None,
    **others: Any,
) -> Event:
    """A payload 2.0, of a function URL where *domain* says so."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": raw_path,
        "rawQueryString": query,
        "headers": {"host": domain, "x-forwarded-port": "443", "x-forwarded-proto": "https", **(headers or {})},
        "requestContext": {
            "domainName": domain,
            "http": {"method": method, "path": raw_path, "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9"},
            "stage": stage,
            **(context or {}),
        },
        "isBase64Encoded": False,
        **others,
    }


def aws_url(raw_path: str = "/", **others: Any) -> Event:
    return aws_http(raw_path, **{"domain": URL_HOST, **others})


def aws_alb(path: str = "/", *, multi: bool = False, method: str = "GET", **others: Any) -> Event:
    """Headers and query are given as ``headers``, ``queryStringParameters``, or their multiValue forms."""
    kinds = ("multiValueHeaders", "multiValueQueryStringParameters") if multi else ("headers", "queryStringParameters")
    return {
        "requestContext": {"elb": {"targetGroupArn": "arn:aws:elasticloadbalancing:eu-central-1:1:targetgroup/a/1"}},
        "httpMethod": method,
        "path": path,
        **{kind: {} for kind in kinds},
        "body": "",
        "isBase64Encoded": False,
        **others,
    }


def aws_lattice(path: str = "/", *, headers: Lists = None, method: str = "GET", **others: Any) -> Event:
    return {
        "version": "2.0",
        "path": path,
        "method": method,
        "headers": headers or {"host": ["svc.example.com"]},
        "body": "",
        "requestContext": {"serviceArn": "arn:aws:vpc-lattice:eu-central-1:1:service/svc-1"},
        **others,
    }


def aws_lattice_v1(raw_path: str = "/", *, method: str = "GET", **others: Any) -> Event:
    return {
        "raw_path": raw_path,
        "method": method,
        "headers": {"host": "svc.example.com"},
        "body": "",
        "is_base64_encoded": False,
        **others,
    }


def aws_edge(
    uri: str = "/",
    *,
    method: str = "GET",
    query: str = "",
    headers: Lists = None,
    body: Optional[Mapping[str, Any]] = None,
    kind: str = "viewer-request",
) -> Event:
    received = {"host": ["d111111abcdef8.cloudfront.net"], **(headers or {})}
    request: Event = {
        "clientIp": "203.0.113.9",
        "headers": {
            name.lower(): [{"key": name, "value": value} for value in values] for name, values in received.items()
        },
        "method": method,
        "querystring": query,
        "uri": uri,
    }
    if body is not None:
        request["body"] = {"inputTruncated": False, "action": "read-only", "encoding": "base64", **body}
    return {"Records": [{"cf": {"config": {"eventType": kind}, "request": request}}]}


def tencent_apigw(
    path: str = "/",
    *,
    method: str = "GET",
    query: Optional[Mapping[str, Any]] = None,
    headers: Optional[Mapping[str, str]] = None,
    host: str = TENCENT_HOST,
    stage: str = "release",
    context: Optional[Mapping[str, Any]] = None,
    **others: Any,
) -> Event:
    return {
        "requestContext": {
            "serviceId": "service-abc",
            "path": "/",
            "httpMethod": "ANY",
            "identity": {},
            "sourceIp": "203.0.113.9",
            "stage": stage,
            **(context or {}),
        },
        "headers": {"host": host, "x-api-scheme": "https", **(headers or {})},
        "pathParameters": {},
        "queryStringParameters": {},
        "headerParameters": {},
        "path": path,
        "queryString": query or {},
        "httpMethod": method,
        **others,
    }


def tencent_url(
    path: str = "/",
    *,
    method: str = "GET",
    query: Optional[Mapping[str, Any]] = None,
    headers: Optional[Mapping[str, str]] = None,
    **others: Any,
) -> Event:
    return {
        "body": "",
        "headers": {
            "host": "1300000000-abc.ap-guangzhou.tencentscf.com",
            "x-scf-remote-addr": "203.0.113.9",
            **(headers or {}),
        },
        "httpMethod": method,
        "path": path,
        "queryString": query or {},
        **others,
    }
