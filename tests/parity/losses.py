"""What servers and clouds themselves lose or change: whose, where that stands, of what, why, and what is then to be seen.

The measure is gunicorn for WSGI and uvicorn for ASGI. A row explains a difference where its `explains` holds of it;
what no row explains fails, and so does a row, or one of those that it names, that explains nothing in a whole run: this
table stays true.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from tests.parity import instead
from tests.parity import sources as at

if TYPE_CHECKING:
    from tests.parity.instead import Difference, Explains


class Loss(NamedTuple):
    """Why *facts* (patterns) may be otherwise, and when they are."""

    name: str
    who: dict[str, str]
    """A server or the spelling of a format, or a pattern of these, to where it is written (`sources.py`)."""
    facts: tuple[str, ...]
    reason: str
    explains: Explains

    def whose(self, difference: Difference) -> list[str]:
        """The names of `who` that *difference* is explained for."""
        if not any(fnmatchcase(difference.fact, each) for each in self.facts):
            return []
        found = [each for each in self.who if fnmatchcase(difference.who, each)]
        return found if found and self.explains(difference) else []


def _every(source: str) -> dict[str, str]:
    """The local gateway and every format; and waitress not."""
    return dict.fromkeys(("[!wg]*", "wsgi", "gateway", "gcp", "gcp_aio"), source)


def _over_environ(source: str) -> dict[str, str]:
    return dict.fromkeys(("wsgi", "aliyun_wsgi", "vercel", "gcp"), source)


def _not_verified(*who: str) -> dict[str, str]:
    return dict.fromkeys(who, at.NOT_VERIFIED)


def _openwhisk(source: str) -> dict[str, str]:
    """OpenWhisk; and DigitalOcean, of which nobody knows whether it keeps OpenWhisk's rules."""
    return {"openwhisk*": source, "digitalocean*": at.NOT_VERIFIED}


_JSON = (
    "aws*", "tencent*", "ali*", "huawei", "baidu", "volcengine", "yandex*", "scaleway", "openwhisk*", "ibm", "digitalocean*", "fn*",
)  # fmt: skip


LOSSES: tuple[Loss, ...] = (
    # --- the servers among themselves
    Loss(
        "waitress joins with a space",
        {"waitress": at.WAITRESS_PARSER},
        ("seen.headers.*",),
        'RFC 9110 section 5.3 allows both: "a comma", and "optional whitespace"',
        instead.joined(", "),
    ),
    Loss(
        "waitress takes chunks apart",
        {"waitress": at.WAITRESS_RECEIVER},
        ("seen.headers.content-length",),
        "the body is complete before the app is called",
        instead.length,
    ),
    Loss(
        "waitress takes chunks apart: header",
        {"waitress": at.WAITRESS_PARSER},
        ("seen.headers.transfer-encoding",),
        "RFC 9112 section 7.1.3: who decodes chunks removes the header",
        instead.nothing,
    ),
    Loss(
        "waitress clears forwarded headers",
        {"waitress": at.WAITRESS_PROXIES},
        ("seen.headers.forwarded",),
        "clear_untrusted_proxy_headers: without a proxy, nobody may say so",
        instead.nothing,
    ),
    Loss(
        "waitress reads slashes",
        {"waitress": at.WAITRESS_TASK},
        ("seen.path",),
        "several slashes at the beginning become one",
        instead.one_slash,
    ),
    Loss(
        "targets that are no ASCII",
        dict.fromkeys(("gateway", "waitress"), at.RFC_TARGETS),
        ("refused",),
        "they are no targets; h11 refuses them, gunicorn those that begin with //, others take them",
        instead.not_ascii,
    ),
    # --- every handler, whatever the cloud
    Loss(
        "the body is complete",
        _every(at.RFC_CHUNKS),
        ("seen.headers.transfer-encoding",),
        "a cloud has decoded the chunks; content-length tells their bytes",
        instead.nothing,
    ),
    Loss(
        "the body has a length",
        _every(at.RFC_LENGTH),
        ("seen.headers.content-length",),
        "the body is complete, so its length is known; no length and 0 are the same",
        lambda difference: instead.length(difference) or (difference.found is None and not difference.sent.body),
    ),
    Loss("httpoxy", _every(at.HTTPOXY), ("seen.headers.proxy",), "no app sees it", instead.nothing),
    Loss(
        "cookies are one header",
        _every(at.RFC_COOKIES),
        ("seen.headers.cookie",),
        "they are joined with '; '; gunicorn's comma breaks them",
        instead.one_cookie,
    ),
    Loss(
        "paths are encoded again",
        _every(at.RFC_PATHS),
        ("seen.raw_path",),
        "what may not stand in a URL is encoded in raw_path, and means the same path",
        instead.same_path,
    ),
    Loss(
        "absolute targets",
        _every(at.RFC_ABSOLUTE),
        ("seen.path", "seen.raw_path"),
        "the path of the URL, as gunicorn and waitress have it; uvicorn leaves the whole",
        instead.path_of_url,
    ),
    Loss(
        "asterisk",
        _every(at.NOT_VERIFIED),
        ("seen.path", "seen.raw_path"),
        "a path begins with a slash in every event",
        instead.asterisk,
    ),
    Loss(
        "upper case",
        _every(at.ASGI),
        ("seen.method",),
        "a method is upper case in ASGI, which uvicorn leaves to the client",
        instead.upper_case,
    ),
    # --- what gateways add: nothing of the client's is lost
    Loss(
        "the client's address",
        _every(at.OURS),
        ("seen.headers.x-forwarded-for",),
        "each front end appends its client's address",
        instead.just(["127.0.0.1"]),
    ),
    Loss(
        "the client's address in a header of their own",
        {
            "huawei": at.HUAWEI_RECORDED,
            "tencent_clb": at.TENCENT_CLB,
            "tencent_url": at.TENCENT_URL,
            "volcengine": at.VOLCENGINE,
        },
        ("seen.headers.x-real-ip", "seen.headers.x-scf-remote-addr"),
        "the gateway tells it there",
        instead.just(["127.0.0.1"]),
    ),
    Loss(
        "the scheme",
        {
            **dict.fromkeys(("aws_http", "aws_rest*", "aws_url"), at.AWS_RECORDED),
            "aws_alb*": at.AWS_ALB,
            "aws_lattice*": at.AWS_LATTICE,
            "aws_edge*": at.AWS_EDGE_EVENT,
            "tencent_apigw": at.TENCENT_RECORDED,
            "tencent_clb": at.TENCENT_CLB,
            "huawei": at.HUAWEI_RECORDED,
            **_not_verified(
                "tencent_cloudbase",
                "ali*",
                "baidu",
                "volcengine",
                "azure*",
                "gcp*",
                "openwhisk*",
                "ibm",
                "digitalocean*",
                "scaleway",
                "vercel",
                "yandex*",
            ),
        },
        ("seen.headers.x-forwarded-proto", "seen.headers.x-api-scheme", "seen.headers.cloudfront-forwarded-proto"),
        "the gateway has ended TLS, and tells which scheme the client used",
        instead.just(["http"]),
    ),
    Loss(
        "the port",
        {
            **dict.fromkeys(("aws_http", "aws_rest*", "aws_url"), at.AWS_RECORDED),
            "aws_alb*": at.AWS_ALB,
            **_not_verified(
                "aws_lattice*",
                "tencent_clb",
                "tencent_cloudbase",
                "aliyun",
                "aliyun_apigw",
                "huawei",
                "baidu",
                "volcengine",
                "azure",
                "openwhisk*",
                "ibm",
                "digitalocean*",
                "scaleway",
            ),
        },
        ("seen.headers.x-forwarded-port",),
        "the gateway tells the port that the client asked",
        instead.port_of_host,
    ),
    Loss(
        "the method of a load balancer",
        {"tencent_clb": at.TENCENT_CLB},
        ("seen.headers.x-method",),
        "with a custom configuration the balancer tells it in a header, and nowhere else",
        instead.method_sent,
    ),
    Loss(
        "the path, in a header",
        {"tencent_clb": at.TENCENT_CLB, "yandex*": at.NOT_VERIFIED},
        ("seen.headers.x-uri", "seen.headers.x-envoy-original-path"),
        "the gateway tells it there",
        instead.path_sent,
    ),
    Loss(
        "a header at least",
        {"tencent*": at.TENCENT_EMULATOR},
        ("got.headers.x-content-type-options",),
        "Tencent's emulator refuses a response without headers",
        instead.just(["nosniff"]),
    ),
    # --- headers of requests
    Loss(
        "one value each, joined",
        {
            "aws_http": at.AWS_HTTP,
            "aws_url": at.AWS_RECORDED,
            "aliyun": at.ALIYUN,
            "aliyun_wsgi": at.ALIYUN_RUNTIME,
            "baidu": at.BAIDU,
            "volcengine": at.VOLCENGINE,
            "wsgi": at.RFC_CGI,
            "gcp": at.FUNCTIONS_FRAMEWORK,
            "azure": at.AZURE_HOST,
            **_not_verified("tencent_url", "tencent_apigw", "tencent_clb", "aliyun_apigw", "huawei"),
        },
        ("seen.headers.*",),
        "the format has one text for each name, so that repeated headers are joined",
        instead.joined(","),
    ),
    Loss(
        "lattice joins with a space",
        {"aws_lattice:v1": at.AWS_LATTICE},
        ("seen.headers.*",),
        "the format has one text for each name",
        instead.joined(", "),
    ),
    Loss(
        "the last value",
        {
            "aws_alb": at.AWS_ALB,
            **_openwhisk(at.OPENWHISK),
            "ibm": at.NOT_VERIFIED,
            "fn*": at.FN,
            "vercel": at.VERCEL,
            "scaleway": at.SCALEWAY,
        },
        ("seen.headers.*",),
        "the format has one text for each name, of which the platform keeps the last one",
        instead.last,
    ),
    Loss(
        "underscores",
        _over_environ(at.UNDERSCORES),
        ("seen.headers.*_*",),
        "in an environ a name with _ would pass for another",
        instead.nothing,
    ),
    Loss(
        "underscores as dashes",
        {"vercel": at.VERCEL},
        ("seen.headers.x-under",),
        "the platform's shim makes HTTP_X_UNDER of X_Under",
        lambda difference: any(name.lower() == "x_under" for name, _ in difference.sent.headers),
    ),
    Loss(
        "empty type",
        _over_environ(at.PEP_3333),
        ("seen.headers.content-type",),
        "an empty CONTENT_TYPE is none",
        lambda difference: instead.values_sent(difference) == [""] and difference.found is None,
    ),
    Loss(
        "empty type in Fn",
        {"fn*": at.FN},
        ("seen.headers.content-type", "got.headers.content-type"),
        "the FDK takes an empty type for none",
        lambda difference: difference.expected == [""] and difference.found is None,
    ),
    Loss(
        "headers are text",
        _not_verified(*_JSON, "azure"),
        ("seen.headers.*",),
        "JSON has text, so that values are taken for UTF-8, or else for ISO-8859-1",
        instead.text,
    ),
    Loss(
        "no encodings",
        {**_openwhisk(at.OPENWHISK), "ibm": at.IBM},
        ("seen.headers.accept-encoding",),
        "a compressed text could not be sent back, as it is text or bytes by its type alone",
        instead.nothing,
    ),
    # --- the rest of requests
    Loss(
        "no version",
        {
            **_openwhisk(at.OPENWHISK),
            "aws_alb*": at.AWS_ALB,
            "aws_lattice*": at.AWS_LATTICE,
            "aws_edge*": at.AWS_EDGE_EVENT,
            "tencent_apigw": at.TENCENT_APIGW,
            "tencent_url": at.TENCENT_URL,
            "tencent_clb": at.TENCENT_CLB,
            "tencent_cloudbase": at.TENCENT_CLOUDBASE,
            "huawei": at.HUAWEI_RECORDED,
            "baidu": at.BAIDU,
            "volcengine": at.VOLCENGINE_EVENT,
            "yandex": at.YANDEX,
            "yandex:gateway_1.0": at.YANDEX_GATEWAY,
            "scaleway": at.SCALEWAY,
            "azure": at.AZURE_HOST,
            "fn*": at.FN,
            "ibm": at.IBM,
            "aliyun_apigw": at.NOT_VERIFIED,
        },
        ("seen.version",),
        "the event does not tell HTTP/1.0",
        lambda difference: difference.sent.version == "1.0" and difference.found.endswith("1.1"),
    ),
    Loss(
        "always https",
        {"tencent_url": at.TENCENT_URL, "fn:oracle": at.NOT_VERIFIED},
        ("seen.scheme",),
        "they are https alone, and tell nothing of it",
        instead.always("https"),
    ),
    Loss(
        "paths are text",
        {"aws_http": at.AWS_HTTP_PATH, "scaleway": at.SCALEWAY},
        ("seen.path", "seen.raw_path"),
        "the event has the decoded path as text, in which bytes that are no UTF-8 are U+FFFD",
        instead.replaced,
    ),
    Loss(
        "decoded queries",
        {
            "aws_rest*": at.AWS_RECORDED,
            "tencent_apigw": at.TENCENT_RECORDED,
            "huawei": at.HUAWEI_RECORDED,
            "yandex:gateway_1.0": at.YANDEX_GATEWAY,
            "scaleway": at.SCALEWAY,
            "openwhisk:web": at.OPENWHISK,
            **_not_verified(
                "digitalocean:web", "tencent_url", "tencent_cloudbase", "aliyun", "aliyun_apigw", "baidu", "volcengine"
            ),
        },
        ("seen.query",),
        "the event has decoded names and values only",
        instead.same_query,
    ),
    Loss(
        "queries without empty parts",
        {"aws_alb*": at.AWS_ALB},
        ("seen.query",),
        "the balancer's map has no empty parts",
        instead.same_query,
    ),
    Loss(
        "one query value",
        {
            "aws_alb": at.AWS_ALB,
            "openwhisk:web": at.OPENWHISK,
            "digitalocean:web": at.NOT_VERIFIED,
            "scaleway": at.SCALEWAY,
        },
        ("seen.query",),
        "the last value of each name is there",
        instead.one_query_value,
    ),
    Loss(
        "query values joined",
        {
            "aliyun": at.ALIYUN,
            "aliyun_apigw": at.NOT_VERIFIED,
            "baidu": at.NOT_VERIFIED,
            "volcengine": at.VOLCENGINE,
        },
        ("seen.query",),
        "repeated values are joined",
        instead.query_joined,
    ),
    Loss(
        "bytes refused",
        {
            "openwhisk*": at.OPENWHISK,
            "ibm": at.IBM,
            "scaleway": at.SCALEWAY,
            **_not_verified("digitalocean*", "tencent_url", "volcengine"),
        },
        ("problem",),
        "the platform takes bodies, or those of some types, for text; others are refused, never changed",
        instead.refused_bytes,
    ),
    Loss(
        "cut bodies",
        {"aws_edge": at.AWS_EDGE_QUOTAS},
        ("refused",),
        "CloudFront cuts a viewer request's body at 40 KB",
        lambda difference: len(difference.sent.body) > 40_000,
    ),
    Loss(
        "JSON as a value",
        {"tencent_clb": at.TENCENT_CLB},
        ("seen.body", "seen.headers.content-length"),
        "the balancer hands over an object or an array of JSON, no text",
        instead.same_json,
    ),
    Loss(
        "merged bodies",
        {"openwhisk:web": at.OPENWHISK_DOCS, "digitalocean:web": at.DIGITALOCEAN},
        ("seen.body", "seen.headers.content-length", "seen.query"),
        "parameters of query and body are one map",
        instead.merged,
    ),
    # --- responses
    Loss(
        "response headers are text",
        _not_verified(*_JSON),
        ("got.headers.*",),
        "a result has text, so that values are taken for UTF-8, or else for ISO-8859-1",
        instead.got_text,
    ),
    Loss(
        "one value, joined with a space",
        {
            "aliyun": at.ALIYUN_TYPES,
            "aliyun_apigw": at.NOT_VERIFIED,
            "huawei": at.HUAWEI_RESULT,
            "baidu": at.BAIDU_TYPES,
            "volcengine": at.VOLCENGINE,
            "tencent_cloudbase": at.NOT_VERIFIED,
        },
        ("got.headers.*",),
        "a result has one text for each name",
        instead.got_joined(", "),
    ),
    Loss(
        "one value each, sent joined",
        {
            "aws_http": at.AWS_HTTP,
            "aws_url": at.AWS_RECORDED,
            "aws_alb": at.AWS_ALB,
            "aws_lattice*": at.AWS_LATTICE,
            "scaleway": at.SCALEWAY,
        },
        ("got.headers.*",),
        "a result has one text for each name",
        instead.got_joined(","),
    ),
    Loss(
        "refused headers",
        {"yandex*": at.YANDEX},
        ("got.headers.www-authenticate",),
        "the platform answers an error to a response with it",
        instead.nothing,
    ),
    Loss(
        "lengths of CloudFront",
        {"aws_edge*": at.AWS_EDGE_HEADERS},
        ("got.headers.content-length",),
        "CloudFront does not let a function set it",
        instead.nothing,
    ),
    Loss(
        "lengths of Fn",
        {"fn*": at.FN_TRIGGER},
        ("got.headers.content-length",),
        "the agent writes it itself",
        instead.nothing,
    ),
    Loss(
        "azure's cookies",
        {"azure": at.AZURE_COOKIES},
        ("got.headers.set-cookie",),
        "the SDK holds them apart, and the host writes them anew",
        instead.azure_cookies,
    ),
    Loss(
        "azure's headers",
        {"azure": at.AZURE_HOST},
        ("got.headers.*",),
        "the host has one text for each name, in ASCII",
        instead.azure_ascii,
    ),
    Loss(
        "azure's empty types",
        {"azure": at.AZURE_HOST},
        ("got.headers.content-type",),
        "the host takes an empty one away",
        lambda difference: difference.expected == [""] and difference.found is None,
    ),
    Loss(
        "text leaves as UTF-8",
        {**_openwhisk(at.OPENWHISK), "ibm": at.NOT_VERIFIED},
        ("got.body",),
        "a result has text, which is sent as UTF-8",
        instead.got_utf8,
    ),
    Loss(
        "JSON as its value",
        {"ibm": at.IBM},
        ("got.body",),
        "the platform writes an object or an array anew",
        instead.got_same_json,
    ),
    Loss(
        "retyped",
        {**_openwhisk(at.OPENWHISK), "ibm": at.IBM},
        ("got.headers.content-type", "got.headers.content-length"),
        "text is known by its media type: what is none is sent as bytes",
        instead.retyped,
    ),
    Loss(
        "40 KB of results",
        {"aws_edge": at.AWS_EDGE_QUOTAS},
        ("got.*",),
        "a viewer response made by a function has 40 KB; what is larger is a 500",
        instead.too_large(25_000),
    ),
    Loss(
        "1 MB of results",
        {"aws_alb*": at.AWS_ALB, "aws_edge:origin-request": at.AWS_EDGE_QUOTAS, **_openwhisk(at.OPENWHISK)},
        ("got.*",),
        "the result as JSON may have 1 MB; what is larger is a 500",
        instead.too_large(500_000),
    ),
)
