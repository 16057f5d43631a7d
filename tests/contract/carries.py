"""What each format cannot carry of a Request and of a Response, and why."""

from __future__ import annotations

from lambda_bridge.testing import FORMATS
from tests.builders import JSON_FORMATS
from tests.contract.shared import EVERY_VERSION
from tests.strategies import (
    Carries,
    CarriesBack,
)

# Of a Request.
CARRIES = {
    # The gateway decodes the query into a map, in which `?a` is `a=`, and drops content-length. A
    # stage is one segment.
    "aws_rest": Carries(query="decoded", valueless_query=False, root_paths=("", "/dev"), http_versions=EVERY_VERSION),
    "aws_rest:http_1.0": Carries(
        query="decoded", valueless_query=False, root_paths=("", "/dev"), http_versions=EVERY_VERSION
    ),
    # The path is decoded before; repeated headers are joined; cookies leave their place.
    "aws_http": Carries(
        repeated_headers=False,
        raw_path=False,
        cookie_place=False,
        root_paths=("", "/dev"),
        http_versions=EVERY_VERSION,
    ),
    # Repeated headers are joined; there are no stages.
    "aws_url": Carries(repeated_headers=False, http_versions=EVERY_VERSION),
    # One value for each name, which is not decoded; `?a` is `a=`; the client is in a header only.
    "aws_alb": Carries(query="pairs", repeated_query=False, valueless_query=False, repeated_headers=False, client=None),
    "aws_alb:multi": Carries(query="pairs", valueless_query=False, client=None),
    # The client is in a header only; version 1 joins repeated headers.
    "aws_lattice": Carries(client=None),
    "aws_lattice:v1": Carries(repeated_headers=False, client=None),
    # Nothing tells the scheme unless a policy forwards it.
    "aws_edge": Carries(schemes=("https",), adds=""),
    "aws_edge:origin-request": Carries(schemes=("https",), adds=""),
    # Decoded queries as a map; repeated headers are joined; the stage shows on the default domain only.
    "tencent_apigw": Carries(query="decoded", repeated_headers=False, root_paths=("", "/release"), adds="x-api"),
    # Likewise; https only, no stage, and nothing says that a body is base64.
    "tencent_url": Carries(
        query="decoded", repeated_headers=False, schemes=("https",), binary_body=False, adds="x-scf"
    ),
    # Repeated headers are joined; method, URI and client are in headers.
    "tencent_clb": Carries(repeated_headers=False, adds="x-clb"),
    # One text for each name in both maps, with decoded queries.
    "aliyun": Carries(
        query="decoded",
        repeated_query=False,
        valueless_query=False,
        repeated_headers=False,
        http_versions=EVERY_VERSION,
    ),
    # Likewise; the client is in a header only.
    "aliyun_apigw": Carries(
        query="decoded", repeated_query=False, valueless_query=False, repeated_headers=False, client=None
    ),
    # Decoded queries as a map; the client is in a header only.
    "tencent_cloudbase": Carries(query="decoded", client=None),
    # Likewise, in which `?a` is `a=`; repeated headers are joined; the client is in x-real-ip.
    "huawei": Carries(query="decoded", valueless_query=False, repeated_headers=False, adds="x-real-ip"),
    # One text for each name in both maps.
    "baidu": Carries(query="decoded", repeated_query=False, valueless_query=False, repeated_headers=False),
    # Likewise; nothing says that a body is base64.
    "volcengine": Carries(
        query="decoded",
        repeated_query=False,
        valueless_query=False,
        repeated_headers=False,
        binary_body=False,
        adds="x-real-ip",
    ),
    # Payload 0.1 has the URL, 1.0 decoded queries as a map.
    "yandex": Carries(adds="x-envoy"),
    "yandex:gateway_1.0": Carries(query="decoded", valueless_query=False, adds="x-envoy"),
    # The path is decoded before; the last one of repeated headers and query keys is there; the client is
    # in a header only, and bodies are text.
    "scaleway": Carries(
        query="decoded",
        repeated_query=False,
        valueless_query=False,
        repeated_headers=False,
        raw_path=False,
        client=None,
        binary_body=False,
    ),
    # The last one of repeated headers is there; the client is in a header only; bodies whose type means
    # text are UTF-8. If not raw, the last one of repeated query keys, of JSON what it means.
    "openwhisk": Carries(repeated_headers=False, client=None, binary_body=False),
    "openwhisk:web": Carries(
        query="decoded",
        repeated_query=False,
        valueless_query=False,
        repeated_headers=False,
        client=None,
        binary_body=False,
        types=("text/html", "text/html; charset=utf-8", "image/png"),
    ),
    "ibm": Carries(repeated_headers=False, client=None, binary_body=False),
    # Likewise, with a flag for base64 where it is raw.
    "digitalocean": Carries(repeated_headers=False, client=None),
    "digitalocean:web": Carries(
        query="decoded",
        repeated_query=False,
        valueless_query=False,
        repeated_headers=False,
        client=None,
        binary_body=False,
        types=("text/html", "text/html; charset=utf-8", "image/png"),
    ),
    # The FDK keeps the last one of repeated headers; the client is in a header only. Oracle's gateway is
    # https, and tells path and query alone.
    "fn": Carries(repeated_headers=False, client=None, adds=""),
    "fn:oracle": Carries(repeated_headers=False, client=None, schemes=("https",), adds=""),
    # Repeated headers are joined; the names in an environ have no dashes.
    "wsgi": Carries(
        repeated_headers=False,
        underscores=False,
        root_paths=("", "/dev"),
        http_versions=EVERY_VERSION,
        adds="",
    ),
    # Likewise; the prefix is that of the default domain, and the scheme is in a header.
    "aliyun_wsgi": Carries(
        repeated_headers=False,
        underscores=False,
        root_paths=("", "/2016-08-15/proxy/shop/orders"),
        http_versions=EVERY_VERSION,
        adds="x-proto",
    ),
    # The last one of repeated headers; scheme and client are in headers.
    "vercel": Carries(
        repeated_headers=False,
        underscores=False,
        client=None,
        root_paths=("", "/_/shop"),
        http_versions=EVERY_VERSION,
        adds="x-proto",
    ),
    # The client and the scheme are in headers; gunicorn joins repeated ones.
    "gcp": Carries(
        repeated_headers=False,
        underscores=False,
        client=None,
        http_versions=EVERY_VERSION,
        adds="x-proto",
    ),
    "gcp_aio": Carries(client=None, http_versions=EVERY_VERSION, adds="x-proto"),
    "asgi": Carries(root_paths=("", "/dev"), http_versions=EVERY_VERSION, adds=""),
    # Repeated headers are joined; the client is in a header only. In streams it is the latter alone.
    "azure": Carries(repeated_headers=False, client=None),
    "azure_stream": Carries(client=None, http_versions=EVERY_VERSION, adds="x-proto"),
}

# What a format cannot carry of a Response, and why: joined headers; cookies in a list of their own;
# Tencent's gateway refuses a response without headers; and OpenWhisk and its descendants know text by
# its media type alone.
CARRIES_BACK = {
    "aws_rest": CarriesBack(),
    "aws_http": CarriesBack(repeated=False, cookies_last=True),
    "aws_url": CarriesBack(repeated=False, cookies_last=True),
    "aws_alb": CarriesBack(repeated=False),
    "aws_alb:multi": CarriesBack(),
    "aws_lattice": CarriesBack(repeated=False),
    "aws_edge": CarriesBack(),
    "tencent_apigw": CarriesBack(at_least=1),
    "tencent_url": CarriesBack(at_least=1),
    "tencent_clb": CarriesBack(at_least=1),
    "aliyun": CarriesBack(repeated=False),
    "aliyun_apigw": CarriesBack(repeated=False),
    "tencent_cloudbase": CarriesBack(repeated=False),
    "huawei": CarriesBack(repeated=False),
    "baidu": CarriesBack(repeated=False),
    "volcengine": CarriesBack(repeated=False),
    "yandex": CarriesBack(),
    "scaleway": CarriesBack(repeated=False),
    "openwhisk": CarriesBack(by_type=True),
    "ibm": CarriesBack(by_type=True),
    "digitalocean": CarriesBack(by_type=True),
    "fn": CarriesBack(),
    "fn:oracle": CarriesBack(),
    "wsgi": CarriesBack(),
    "aliyun_wsgi": CarriesBack(),
    "vercel": CarriesBack(),
    "gcp": CarriesBack(),
    "gcp_aio": CarriesBack(),
    "asgi": CarriesBack(),
    "azure_stream": CarriesBack(),
}

# Of bodies, a function URL of Tencent and an event function of veFaaS are known to carry text only.
BINARY_FORMATS = [spelling for spelling in FORMATS if CARRIES[spelling].binary_body]


# Those that have a flag for base64 in their results: the others go by media types, which their tests show.
FLAGGED = [
    spelling for spelling in JSON_FORMATS if not CARRIES_BACK.get(spelling.partition(":")[0], CarriesBack()).by_type
]
