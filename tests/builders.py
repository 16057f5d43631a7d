"""Events built from keyword arguments: a test says only what it is about, the rest is as usual.

``context`` is laid over the event's ``requestContext``; further keywords replace top-level keys.
"""

from __future__ import annotations

import json
import sys
from base64 import b64decode, b64encode
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge.testing import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Event = dict[str, Any]
    Lists = Optional[Mapping[str, "list[str]"]]

SAMPLES = Path(__file__).parent / "samples"
API_HOST = "abc123.execute-api.eu-central-1.amazonaws.com"
URL_HOST = "abcdefghijklmnop.lambda-url.eu-central-1.on.aws"
ALIYUN_HOST = "orders-abcdefg.cn-hangzhou.fcapp.run"
HUAWEI_HOST = "0123456789abcdef.apic.eu-de.example.com"
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


def event_of(format_name: str, sample: Event) -> Any:
    """What the platform hands over for *sample*, as read_event wants it: itself, or the object that it describes.

    tests/samples/README.md says how a sample describes an object.
    """
    make = OBJECTS.get(format_name)
    return sample if make is None else make(sample)


def _body(sample: Event) -> bytes:
    return b64decode(sample.get("body", ""))


def _environ(sample: Event) -> Event:
    fixed = {"wsgi.version": (1, 0), "wsgi.errors": sys.stderr, "wsgi.input": BytesIO(_body(sample))}
    return {**sample["environ"], **fixed}


def _flask_request(sample: Event) -> Any:
    from flask import Request

    return Request(_environ(sample))


def _scope(sample: Event) -> Event:
    scope = {**sample["scope"], "body": _body(sample)}
    for key in ("query_string", "raw_path"):
        if key in scope:
            scope[key] = scope[key].encode("latin-1")
    scope["headers"] = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in scope["headers"]]
    return scope


def _fn_call(sample: Event) -> Any:
    from fdk.context import InvokeContext

    headers = sample["headers"]
    told = {
        "content_type": headers.get("content-type"),
        "deadline": headers.get("fn-deadline"),
        "method": headers.get("fn-http-method"),
        "request_url": headers.get("fn-http-request-url"),
    }
    context = InvokeContext("app", "shop", "fn", "orders", headers.get("fn-call-id"), headers=headers, **told)
    return context, BytesIO(_body(sample))


def _azure_request(sample: Event) -> Any:
    from azure.functions import HttpRequest

    return HttpRequest(**{**sample, "body": _body(sample)})


# The formats whose events are no JSON -> what makes one of a sample.
OBJECTS: dict[str, Any] = {
    "aliyun_wsgi": _environ,
    "asgi": _scope,
    "azure": _azure_request,
    "azure_stream": _scope,
    "fn": _fn_call,
    "gcp": _flask_request,
    "gcp_aio": _scope,
    "vercel": _environ,
    "wsgi": _environ,
}


def spellings_of(names: Iterable[str]) -> list[str]:
    """Those of FORMATS that are of the formats *names*."""
    return [spelling for spelling in FORMATS if spelling.partition(":")[0] in names]


def spellings_but(names: Iterable[str]) -> list[str]:
    """All of FORMATS but those of the formats *names*."""
    return [spelling for spelling in FORMATS if spelling.partition(":")[0] not in names]


# Formats whose events and results are JSON, so that results have a limit of bytes.
JSON_FORMATS = spellings_but(OBJECTS)

# Platforms that hand over nothing beside the event: servers have nothing, Fn's context is a part of its event, and
# OpenWhisk's runtime and its heir at IBM call with one argument.
WITHOUT_CONTEXT = {"asgi", "fn", "gcp", "gcp_aio", "ibm", "openwhisk", "vercel", "wsgi"}
WITH_CONTEXT = spellings_but(WITHOUT_CONTEXT)

# Nothing in these events could say that a request's body is base64.
TEXT_ONLY = {"scaleway", "tencent_url", "volcengine"}
BINARY_FORMATS = spellings_but(TEXT_ONLY)

# Platforms that could not send a compressed text on: their formats hide what the client accepts (see _openwhisk.py).
UNCOMPRESSED = {"digitalocean", "ibm", "openwhisk"}
COMPRESSED_FORMATS = spellings_but(UNCOMPRESSED)

# Gateways that let no function say a content-length, but for HEAD, and then Fn only.
OWN_LENGTH = {"aws_edge", "fn"}


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


def tencent_cloudbase(
    path: str = "/",
    *,
    method: str = "GET",
    headers: Optional[Mapping[str, str]] = None,
    query: Optional[Mapping[str, Any]] = None,
    **others: Any,
) -> Event:
    return {
        "path": path,
        "httpMethod": method,
        "headers": {"host": "bridge-1a2b3c.service.tcloudbase.com", **(headers or {})},
        "queryStringParameters": query or {},
        "requestContext": {"requestId": "1", "envId": "bridge-1a2b3c", "appId": 1300000000, "uin": 100000000001},
        "body": "",
        "isBase64Encoded": False,
        **others,
    }


def huawei(
    path: str = "/",
    *,
    method: str = "GET",
    headers: Optional[Mapping[str, Any]] = None,
    query: Optional[Mapping[str, Any]] = None,
    context: Optional[Mapping[str, Any]] = None,
    **others: Any,
) -> Event:
    return {
        "body": "",
        "requestContext": {"apiId": "1", "requestId": "2", "stage": "RELEASE", **(context or {})},
        "queryStringParameters": query or {},
        "httpMethod": method,
        "pathParameters": {},
        "headers": {
            "host": HUAWEI_HOST,
            "x-forwarded-proto": "https",
            "x-real-ip": "203.0.113.9",
            **(headers or {}),
        },
        "path": path,
        "isBase64Encoded": True,
        **others,
    }


def baidu(
    path: str = "/",
    *,
    method: str = "GET",
    headers: Optional[Mapping[str, str]] = None,
    query: Optional[Mapping[str, Any]] = None,
    context: Optional[Mapping[str, Any]] = None,
    **others: Any,
) -> Event:
    return {
        "resource": "/{path+}",
        "path": path,
        "httpMethod": method,
        "headers": {"Host": "a1b2c3d.cfc-execute.bj.baidubce.com", **(headers or {})},
        "queryStringParameters": query or {},
        "pathParameters": {"path": path.strip("/")},
        "requestContext": {"requestId": "1", "sourceIp": "203.0.113.9", **(context or {})},
        "body": "",
        "isBase64Encoded": False,
        **others,
    }


def volcengine(
    path: str = "/",
    *,
    method: str = "GET",
    headers: Optional[Mapping[str, str]] = None,
    query: Optional[Mapping[str, Any]] = None,
    **others: Any,
) -> Event:
    return {
        "httpMethod": method,
        "path": path,
        "pathParameters": {},
        "queryStringParameters": query or {},
        "headers": {
            "Host": "s1a2b3c4.apigateway-cn-beijing.volceapi.com",
            "X-Faas-Request-Id": "1",
            "X-Real-Ip": "203.0.113.9",
            **(headers or {}),
        },
        "body": "",
        **others,
    }


def tencent_clb(
    uri: Optional[str] = "/",
    *,
    method: Optional[str] = "GET",
    headers: Optional[Mapping[str, str]] = None,
    payload: Any = "",
    **others: Any,
) -> Event:
    """Without *uri* and *method*, as a balancer without a custom configuration has it."""
    told = {"X-Method": method, "X-Uri": uri}
    return {
        "headers": {
            "Host": "lb.example.com",
            "X-Stgw-Time": "1772619072.001",
            "X-Forwarded-Proto": "https",
            "X-Real-IP": "203.0.113.9",
            **{name: value for name, value in told.items() if value is not None},
            **(headers or {}),
        },
        "payload": payload,
        "isBase64Encoded": "false",
        **others,
    }


def aliyun(
    raw_path: str = "/",
    *,
    method: str = "GET",
    headers: Optional[Mapping[str, str]] = None,
    query: Optional[Mapping[str, Any]] = None,
    context: Optional[Mapping[str, Any]] = None,
    **others: Any,
) -> Event:
    return {
        "version": "v1",
        "rawPath": raw_path,
        "headers": {"Host": ALIYUN_HOST, **(headers or {})},
        "queryParameters": query or {},
        "body": "",
        "isBase64Encoded": False,
        "requestContext": {
            "domainName": ALIYUN_HOST,
            "http": {"method": method, "path": "/", "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9"},
            "requestId": "",
            **(context or {}),
        },
        **others,
    }


def aliyun_apigw(
    path: str = "/",
    *,
    method: str = "GET",
    headers: Optional[Mapping[str, Any]] = None,
    query: Optional[Mapping[str, Any]] = None,
    **others: Any,
) -> Event:
    return {
        "path": path,
        "httpMethod": method,
        "headers": {"Host": "api.example.com", "X-Forwarded-Proto": "https", **(headers or {})},
        "queryParameters": query or {},
        "pathParameters": {},
        "body": "",
        "isBase64Encoded": "false",
        **others,
    }


def yandex(
    path: Optional[str] = "/",
    *,
    method: str = "GET",
    query: str = "",
    headers: Lists = None,
    context: Optional[Mapping[str, Any]] = None,
    **others: Any,
) -> Event:
    """The gateway's payload 0.1; without *path*, a direct call."""
    received = {"Host": ["d5dexample.apigw.yandexcloud.net"], "X-Forwarded-Proto": ["https"], **(headers or {})}
    return {
        "httpMethod": method,
        "headers": last(received),
        "multiValueHeaders": received,
        "url": "" if path is None else f"{path}?{query}",
        "params": {},
        "multiValueParams": {},
        "pathParams": {},
        "queryStringParameters": {},
        "multiValueQueryStringParameters": {},
        "requestContext": {"identity": {"sourceIp": "203.0.113.9"}, "httpMethod": method, **(context or {})},
        "body": "",
        "isBase64Encoded": True,
        **({} if path is None else {"path": "/{proxy+}"}),
        **others,
    }


def scaleway(
    path: str = "/",
    *,
    method: str = "GET",
    query: Optional[Mapping[str, str]] = None,
    headers: Optional[Mapping[str, Any]] = None,
    **others: Any,
) -> Event:
    return {
        "resource": "",
        "path": path,
        "httpMethod": method,
        "headers": {"X-Forwarded-Proto": "https", **(headers or {})},
        "multiValueHeaders": None,
        "queryStringParameters": query or {},
        "multiValueQueryStringParameters": None,
        "pathParameters": None,
        "stageVariables": {},
        "requestContext": {"accountId": "", "stage": "", "resourcePath": "", "httpMethod": method, "apiId": ""},
        "body": "",
        **others,
    }


def openwhisk(
    path: str = "/",
    *,
    method: str = "get",
    headers: Optional[Mapping[str, str]] = None,
    query: Optional[str] = "",
    body: Any = "",
    **parameters: Any,
) -> Event:
    """Raw; with None as *query*, a web action that is not, with *parameters* and perhaps a body."""
    raw = {"__ow_query": query, "__ow_body": body}
    return {
        "__ow_method": method,
        "__ow_headers": {"host": "whisk.example.com", "x-forwarded-proto": "https", **(headers or {})},
        "__ow_path": path,
        **(raw if query is not None else {"__ow_body": body} if body != "" else {}),
        **parameters,
    }


def digitalocean(
    path: str = "/",
    *,
    method: str = "GET",
    headers: Optional[Mapping[str, str]] = None,
    query: Optional[str] = "",
    body: str = "",
    is_base64: bool = False,
    **parameters: Any,
) -> Event:
    """Raw; with None as *query*, a parsed event, with *parameters*."""
    http = {"headers": {"x-forwarded-proto": "https", **(headers or {})}, "method": method, "path": path}
    raw = {"queryString": query, "body": body, "isBase64Encoded": is_base64}
    return {"http": http if query is None else {**http, **raw}, **parameters}


def ibm(
    path: str = "/",
    *,
    method: str = "GET",
    headers: Optional[Mapping[str, str]] = None,
    query: Optional[str] = None,
    body: Optional[str] = None,
    **parameters: Any,
) -> Event:
    told = {"__ce_query": query, "__ce_body": body}
    return {
        "__ce_headers": {"X-Forwarded-Proto": "https", **(headers or {})},
        "__ce_method": method,
        "__ce_path": path,
        **{key: value for key, value in told.items() if value is not None},
        **parameters,
    }


def fn(
    url: Optional[str] = "https://fn.example.com/",
    *,
    method: str = "GET",
    host: Optional[str] = "fn.example.com",
    headers: Optional[Mapping[str, str]] = None,
    call: Optional[Mapping[str, str]] = None,
    body: bytes = b"",
) -> Any:
    """*headers* are the client's, *call* those of the call to the function's socket."""
    received = {**({} if host is None else {"host": host}), **(headers or {})}
    told = {"fn-intent": "httprequest", "fn-http-method": method, "fn-http-request-url": url}
    prefixed = {f"fn-http-h-{name}": value for name, value in received.items()}
    sample = {"headers": {**told, **(call or {}), **prefixed}, "body": b64encode(body).decode()}
    return event_of("fn", sample)


def azure(
    url: str = "https://shop.azurewebsites.net/",
    *,
    method: str = "GET",
    headers: Optional[Mapping[str, str]] = None,
    body: bytes = b"",
    **others: Any,
) -> Any:
    received = {"host": "shop.azurewebsites.net", **(headers or {})}
    return event_of("azure", {"method": method, "url": url, "headers": received, "body": b64encode(body), **others})


def azure_stream(path: str = "/", *, headers: Optional[list[tuple[str, str]]] = None, **others: Any) -> Event:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "query_string": "",
        "headers": [("host", "127.0.0.1:35121"), *(headers or [])],
        "client": ["127.0.0.1", 40112],
        "server": ["127.0.0.1", 35121],
        **others,
    }
    event: Event = event_of("azure_stream", {"scope": scope})
    return event


def environ(path_info: str = "/", *, body: bytes = b"", format_name: str = "wsgi", **others: Any) -> Any:
    """What a WSGI server has; further keys are the environ's."""
    sample = {
        "environ": {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": path_info,
            "QUERY_STRING": "",
            "REMOTE_ADDR": "203.0.113.9",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "www.example.com",
            "wsgi.url_scheme": "http",
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            **others,
        },
        "body": b64encode(body).decode(),
    }
    return event_of(format_name, sample)


def scope(path: str = "/", *, headers: Any = (("host", "www.example.com"),), body: bytes = b"", **others: Any) -> Event:
    """What an ASGI server has, and the body; further keys are the scope's."""
    told = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "query_string": "",
        "root_path": "",
        "headers": headers,
        "client": ("203.0.113.9", 40404),
        "server": ("127.0.0.1", 8000),
        **others,
    }
    event: Event = event_of("asgi", {"scope": told, "body": b64encode(body).decode()})
    return event
