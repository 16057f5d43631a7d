"""What each real gateway refuses or changes, and what it then answers: one table, each row with its source.

"Not verified" stands where no public source tells; the figure is then the provider's general limit.
What shows in the wire format itself is with the format: paths that arrive decoded, repeated headers
that are joined, headers for which the platform refuses a result, the size of a result as JSON.
"""

from __future__ import annotations

from math import inf
from typing import NamedTuple, Optional

from lambda_bridge.messages import Response

LONGEST = 900.0
"""Seconds that a call may take where nobody says it, the most that AWS Lambda and Tencent SCF allow."""


class Answer(NamedTuple):
    """What a gateway says by itself."""

    status: int
    body: str
    content_type: str = "application/json"

    def response(self) -> Response:
        return Response(self.status, [("content-type", self.content_type)], self.body.encode())


class Limits(NamedTuple):
    """The limits of one gateway."""

    event: int
    """Most bytes of the event as JSON."""
    headers: int
    """Most bytes of all request headers together, names and values."""
    too_large: Answer
    """To a request whose event is over the limit."""
    headers_too_large: Answer
    """To a request whose headers are over the limit."""
    refused: Answer
    """To a result that is not one that the gateway passes on."""
    timeout: float
    """Seconds that it waits for the function; where only the function's own setting counts, the most that this can be."""
    timed_out: Answer
    """When it waits no longer."""
    failed: Optional[Answer] = None
    """When the function failed, by an error or by its end; None: as `refused`."""
    expired: Optional[Answer] = None
    """When the function was over the time of its own settings before; None: as `failed`."""
    response: int = 2**63
    """Most bytes of the response's body, where that is no JSON; more is refused."""
    streamed: int = 2**63
    """Most bytes of a body in parts, after which it is cut; where the platform always streams, of one without a length."""
    stream_timeout: Optional[float] = None
    """Instead of ``timeout``, where the gateway is set to stream."""
    idle: float = inf
    """Seconds that it waits for the next part, after which it cuts the response."""
    dropped: frozenset[str] = frozenset()
    """Response headers that never reach a client."""
    renamed: frozenset[str] = frozenset()
    """Response headers that reach a client with ``prefix`` before their names."""
    prefix: str = ""

    def answer(self, to: str) -> Answer:
        """Its own answer to what the field *to* names."""
        if to == "expired" and self.expired is not None:
            return self.expired
        if to in {"expired", "failed"}:
            return self.failed or self.refused
        found: Answer = getattr(self, to)
        return found

    def pass_on(self, response: Response) -> list[tuple[str, str]]:
        """The headers that reach the client."""
        return [
            (self.prefix + name if name in self.renamed else name, value)
            for name, value in response.headers
            if name not in self.dropped
        ]


class SocketLimits(NamedTuple):
    """What the gateway of a WebSocket does by itself; how large messages and frames may be, its format says."""

    timeout: float
    """Seconds that it waits for the function."""
    idle: float
    """Seconds without a frame, after which it closes with 1001."""
    longest: float
    """Seconds that a connection lasts."""
    failed: Answer
    """To a handshake for which the function failed."""
    timed_out: Answer
    """To a handshake for which it waits no longer."""
    tells: bool
    """Whether a client hears of a message that failed, and goes on; else its connection is closed with 1011."""

    def answer(self, to: str) -> Answer:
        """Its own answer to what `Limits.answer` would name."""
        return self.timed_out if to == "timed_out" else self.failed


# Lambda's own limit for a synchronous invocation: 6 MB and 100 bytes, as its Runtime API says.
_INVOKE = 6_291_556
# Of a response in parts: docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html (2026-11).
_STREAMED = 200 * 1024 * 1024

_ALB_PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"
)


def _page(status: int, phrase: str) -> Answer:
    return Answer(status, _ALB_PAGE.format(f"{status} {phrase}"), "text/html")


# learn.microsoft.com, "Azure Functions HTTP trigger" (2026): 100 MB; KestrelServerLimits of ASP.NET Core:
# 32 KB of headers, and its statuses. A function that fails is a 500 (azure-functions-host). MicrosoftDocs/
# azure-docs, functions-timeout-duration (2024-06-27): 230 seconds. The status after them, the bodies, which
# are empty there, and what App Service's front end refuses before are not verified.
_AZURE = Limits(
    100 * 1024 * 1024,
    32_768,
    Answer(413, "Request Entity Too Large", "text/plain"),
    Answer(431, "Request Header Fields Too Large", "text/plain"),
    Answer(500, "Internal Server Error", "text/plain"),
    230,
    Answer(504, "Gateway Timeout", "text/plain"),
)

# cloud.google.com/functions/quotas (2025-08-22): 32 MB. cloud.google.com/run/docs/configuring/request-timeout
# (2026): 504 after 300 seconds, which is the default. The texts of the front end are not verified; a
# function that fails is a 500 of the framework's (functions-framework 3.10.2).
# 10 MB of a streamed response are of the same quotas; what becomes of more is not verified.
_GOOGLE = Limits(
    32 * 1024 * 1024,
    65_536,
    Answer(413, "Request Entity Too Large", "text/html"),
    Answer(431, "Request Header Fields Too Large", "text/html"),
    Answer(500, "Internal Server Error", "text/plain"),
    300,
    Answer(504, "upstream request timeout", "text/plain"),
    response=32 * 1024 * 1024,
    streamed=10 * 1024 * 1024,
)

_SERVER = Limits(
    100 * 1024 * 1024,
    65_536,
    Answer(413, "Content Too Large", "text/plain"),
    Answer(431, "Request Header Fields Too Large", "text/plain"),
    Answer(500, "Internal Server Error", "text/plain"),
    900,
    Answer(500, "Internal Server Error", "text/plain"),
)

LIMITS: dict[str, Limits] = {
    # Quotas and "Important notes" of the API Gateway guide (2026): 10,240 bytes for all headers. The 502
    # was recorded by localstack (8b9a79f), the 413 is that of aws/aws-lambda-dotnet's test tool; the 431
    # is not verified. 29 seconds and the 504, but a 502 where the function's own time is over first: quotas
    # of the guide, and rasp.hateblo.jp/entry/2021/05/13/222835. In parts, response-transfer-mode.html of the guide
    # (2026-11): 15 minutes, 5 without a part; an edge-optimized endpoint waits for 30 seconds only.
    "aws_rest": Limits(
        _INVOKE,
        10_240,
        Answer(413, '{"message":"Request Too Long"}'),
        Answer(431, '{"message":"Request Header Fields Too Large"}'),
        Answer(502, '{"message": "Internal server error"}'),
        29,
        Answer(504, '{"message": "Endpoint request timed out"}'),
        streamed=_STREAMED,
        stream_timeout=900,
        idle=300,
        dropped=frozenset(
            {"expect", "host", "proxy-authenticate", "te", "trailer", "transfer-encoding", "upgrade", "via"}
        ),
        renamed=frozenset(
            {
                "authorization",
                "connection",
                "content-md5",
                "date",
                "max-forwards",
                "server",
                "user-agent",
                "www-authenticate",
            }
        ),
        prefix="x-amzn-remapped-",
    ),
    # The same guide, 30 seconds; the 500 recorded by aws/aws-lambda-dotnet (2025-04-14), the 413 in its test
    # tool. The 503 is not verified.
    "aws_http": Limits(
        _INVOKE,
        10_240,
        Answer(413, '{"message":"Request Entity Too Large"}'),
        Answer(431, '{"message":"Request Header Fields Too Large"}'),
        Answer(500, '{"message":"Internal Server Error"}'),
        30,
        Answer(503, '{"message":"Service Unavailable"}'),
    ),
    # The 502 recorded by localstack (test_lambda, url_invocation); its 413 is not verified, nor is a
    # limit of headers, which is API Gateway's. It waits as long as the function may take.
    "aws_url": Limits(
        _INVOKE,
        10_240,
        Answer(413, '{"Message":"Request Entity Too Large"}'),
        Answer(431, '{"Message":"Request Header Fields Too Large"}'),
        Answer(502, "Internal Server Error", "text/plain"),
        900,
        Answer(502, "Internal Server Error", "text/plain"),
        streamed=_STREAMED,
    ),
    # "Lambda functions as targets" and the quotas of the ELB guide (2026): 1 MB each way; headers
    # 64 KB in all; 502 for a function that fails or is over its time.
    "aws_alb": Limits(
        1024 * 1024,
        65_536,
        _page(413, "Request Entity Too Large"),
        _page(400, "Bad Request"),
        _page(502, "Bad Gateway"),
        900,
        _page(502, "Bad Gateway"),
    ),
    # The VPC Lattice guide (2026): 6 MB; a limit of headers, how long it waits, and which status a wrong
    # result gives, are not verified.
    "aws_lattice": Limits(
        _INVOKE,
        65_536,
        Answer(413, "Request Entity Too Large", "text/plain"),
        Answer(431, "Request Header Fields Too Large", "text/plain"),
        Answer(500, "Internal Server Error", "text/plain"),
        60,
        Answer(504, "Gateway Timeout", "text/plain"),
    ),
    # Quotas of the CloudFront guide (2025): 20,480 bytes for a request without its body, over which
    # "Request and response behavior for custom origins" says 413. A body that is too large is cut,
    # which the event says. Wrong results are a 502, functions that fail or are late a 503 ("Troubleshooting
    # error responses"): after 5 seconds for viewers, 30 for origins.
    "aws_edge": Limits(
        _INVOKE,
        20_480,
        _page(413, "Request Entity Too Large"),
        _page(413, "Request Entity Too Large"),
        _page(502, "Bad Gateway"),
        5,
        _page(503, "Service Unavailable"),
        failed=_page(503, "Service Unavailable"),
    ),
    # cloud.tencent.com/document/product/583/11637 (6 MB), 583/40714 (the error); its HTTP status as
    # in tencentyun/scfcli. 15 seconds, and 200 with the error where the function's own time is over first, as in
    # tencentyun/qcloud-documents; these texts, the 504 and the limit of headers are not verified.
    "tencent_apigw": Limits(
        6 * 1024 * 1024,
        65_536,
        Answer(413, '{"errno":406,"error":"Request body too large"}'),
        Answer(431, '{"errno":431,"error":"Request header too large"}'),
        Answer(403, '{"errno":403,"error":"Invalid scf response format. please check your scf response format."}'),
        15,
        Answer(504, '{"errno":504,"error":"Backend timeout"}'),
        expired=Answer(200, '{"errorCode":433,"errorMessage":"Invoking task timed out"}'),
    ),
    # tencentcloud.com/document/product/583/35311 (2024-12-02): 406 RequestTooLarge, 430 for a function
    # that fails, 433 for one over its time. That these are the HTTP statuses of a function URL is not verified.
    "tencent_url": Limits(
        6 * 1024 * 1024,
        65_536,
        Answer(406, '{"errorCode":406,"errorMessage":"Request body too large"}'),
        Answer(431, '{"errorCode":431,"errorMessage":"Request header too large"}'),
        Answer(430, '{"errorCode":430,"errorMessage":"User code exception caught"}'),
        900,
        Answer(433, '{"errorCode":433,"errorMessage":"Invoking task timed out"}'),
        expired=Answer(433, '{"errorCode":433,"errorMessage":"Invoking task timed out"}'),
    ),
    # docs.cloudbase.net/error-code/service/EXCEED_MAX_PAYLOAD_SIZE: 6 MB, and 100 KB for text, which is not
    # emulated. The statuses, a limit of headers and how long it waits are not verified.
    "tencent_cloudbase": Limits(
        6 * 1024 * 1024,
        65_536,
        Answer(413, '{"code":"EXCEED_MAX_PAYLOAD_SIZE","message":"Request body size exceeds the limit"}'),
        Answer(431, '{"message":"Request header fields too large"}'),
        Answer(500, '{"code":"FUNCTION_INVOCATION_FAILED","message":"Function invocation failed"}'),
        60,
        Answer(504, '{"code":"FUNCTION_TIME_LIMIT_EXCEEDED","message":"Invoking task timed out"}'),
        expired=Answer(504, '{"code":"FUNCTION_TIME_LIMIT_EXCEEDED","message":"Invoking task timed out"}'),
    ),
    # support.huaweicloud.com: functiongraph_01_0150 (4 MB through APIG), functiongraph_03_0290 (500 for a
    # result of another form), apig-ug-180530090 (the gateway's errors, 128 KB of headers). That it waits 60
    # seconds is not verified.
    "huawei": Limits(
        4 * 1024 * 1024,
        131_072,
        Answer(413, '{"error_msg":"Request entity too large.","error_code":"APIG.0201"}'),
        Answer(494, '{"error_msg":"Request headers too large.","error_code":"APIG.0201"}'),
        Answer(500, '{"error_msg":"Invalid response of the function."}'),
        60,
        Answer(504, '{"error_msg":"Backend timeout.","error_code":"APIG.0201"}'),
    ),
    # cloud.baidu.com/doc/CFC/s/Vlw0ana7r (2024-07-05): 6 MB. All else is not verified.
    "baidu": Limits(
        6 * 1024 * 1024,
        65_536,
        Answer(413, '{"message":"Request Entity Too Large"}'),
        Answer(431, '{"message":"Request Header Fields Too Large"}'),
        Answer(502, '{"message":"Bad Gateway"}'),
        300,
        Answer(504, '{"message":"Gateway Timeout"}'),
    ),
    # A function that fails is a 500 without a body (volcengine/vefaas-golang-runtime, utils/response.go, which
    # tells the reason in headers). All else is not verified.
    "volcengine": Limits(
        6 * 1024 * 1024,
        65_536,
        Answer(413, "Request Entity Too Large", "text/plain"),
        Answer(431, "Request Header Fields Too Large", "text/plain"),
        Answer(500, "Internal Server Error", "text/plain"),
        900,
        Answer(504, "Gateway Timeout", "text/plain"),
    ),
    # cloud.tencent.com/document/product/583/11637 (6 MB), 583/52635 (the error). Its HTTP status, taken from
    # tencent_apigw, and a limit of headers are not verified.
    "tencent_clb": Limits(
        6 * 1024 * 1024,
        65_536,
        Answer(413, '{"errno":413,"error":"Request body too large"}'),
        Answer(431, '{"errno":431,"error":"Request header too large"}'),
        Answer(403, '{"errno":403,"error":"Analyse scf response failed."}'),
        60,
        Answer(504, '{"errno":504,"error":"Gateway Timeout"}'),
    ),
    # help.aliyun.com/document_detail/191345 (2025-08-04): 400 InvalidArgument over 8 KB of headers or 32 MB of
    # body, 502 BadResponse; written of custom runtimes, and the texts are not verified.
    "aliyun": Limits(
        32 * 1024 * 1024,
        8192,
        Answer(400, '{"ErrorCode":"InvalidArgument","ErrorMessage":"request body is too large"}'),
        Answer(400, '{"ErrorCode":"InvalidArgument","ErrorMessage":"request headers are too large"}'),
        Answer(502, '{"ErrorCode":"BadResponse","ErrorMessage":"the response of the function is invalid"}'),
        900,
        Answer(504, '{"ErrorCode":"FunctionTimeout","ErrorMessage":"the function was over its time"}'),
    ),
    # help.aliyun.com/document_detail/85208 (read in 2026): 503 for a result of another form. The limits are
    # those of the function and not verified.
    "aliyun_apigw": Limits(
        32 * 1024 * 1024,
        8192,
        Answer(413, "Request Entity Too Large", "text/plain"),
        Answer(431, "Request Header Fields Too Large", "text/plain"),
        Answer(503, "Service Unavailable", "text/plain"),
        30,
        Answer(504, "Gateway Timeout", "text/plain"),
    ),
    # yandex.cloud/en/docs/functions: 3.5 MB of JSON each way, 502 for a result of another form
    # (concepts/function-invoke). All else is not verified.
    "yandex": Limits(
        3_670_016,
        65_536,
        Answer(413, '{"message":"Request entity too large"}'),
        Answer(431, '{"message":"Request header fields too large"}'),
        Answer(502, '{"errorMessage":"Incorrect format of the response","errorType":"ProxyIntegrationError"}'),
        600,
        Answer(504, '{"errorMessage":"Timeout","errorType":"Timeout"}'),
    ),
    # scaleway.com/en/docs/serverless-functions/reference-content/functions-limitations (2025-09-02): 6 MiB; a
    # function that fails is a 500 (scaleway/scaleway-functions-runtimes). All else is not verified.
    "scaleway": Limits(
        6 * 1024 * 1024,
        65_536,
        Answer(413, "Request Entity Too Large", "text/plain"),
        Answer(431, "Request Header Fields Too Large", "text/plain"),
        Answer(500, "Internal Server Error", "text/plain"),
        900,
        Answer(504, "Gateway Timeout", "text/plain"),
    ),
    # apache/openwhisk (1fae641a): 1 MB of parameters, 413 over it and 400 for a result of another form
    # (WebActions.scala), 202 when the activation takes longer than the controller waits. The texts, and a
    # limit of headers, are not verified.
    "openwhisk": Limits(
        1024 * 1024,
        65_536,
        Answer(413, '{"error":"The request content length is too large."}'),
        Answer(431, "Request Header Fields Too Large", "text/plain"),
        Answer(400, '{"error":"Response is not valid \'message/http\'."}'),
        60,
        Answer(202, '{"error":"Response not yet ready."}'),
    ),
    # cloud.ibm.com/docs/codeengine, fun-exchanging-data (2026-01-27): 400 for a result of another form. All
    # else is not verified.
    "ibm": Limits(
        5 * 1024 * 1024,
        65_536,
        Answer(413, '{"error":"Request Entity Too Large"}'),
        Answer(431, '{"error":"Request Header Fields Too Large"}'),
        Answer(400, '{"error":"Bad Request"}'),
        120,
        Answer(504, '{"error":"Gateway Timeout"}'),
    ),
    # Its controller descends from OpenWhisk's, whose figures these are: not verified.
    "digitalocean": Limits(
        1024 * 1024,
        65_536,
        Answer(413, '{"error":"The request content length is too large."}'),
        Answer(431, "Request Header Fields Too Large", "text/plain"),
        Answer(400, '{"error":"Response is not valid \'message/http\'."}'),
        30,
        Answer(202, '{"error":"Response not yet ready."}'),
    ),
    # docs.oracle.com, InvokeFunction of the Functions API (2026): 6 MB. The answers and the 30 seconds are Fn's
    # (fnproject/fn, api/models/error.go); that Oracle's gateway passes them on, and a limit of headers, are not verified.
    "fn": Limits(
        6 * 1024 * 1024,
        65_536,
        Answer(413, '{"message":"Request content too large"}'),
        Answer(431, "Request Header Fields Too Large", "text/plain"),
        Answer(502, '{"message":"function failed"}'),
        30,
        Answer(504, '{"message":"Timed out"}'),
        response=6 * 1024 * 1024,
    ),
    "gcp": _GOOGLE,
    "gcp_aio": _GOOGLE,
    # vercel.com/docs/errors, FUNCTION_PAYLOAD_TOO_LARGE (2025-06-25): 4.5 MB of body, and
    # FUNCTION_INVOCATION_TIMEOUT: 504. All else is not verified.
    "vercel": Limits(
        4_718_592,
        65_536,
        Answer(413, "Request Entity Too Large\n\nFUNCTION_PAYLOAD_TOO_LARGE", "text/plain"),
        Answer(431, "Request Header Fields Too Large", "text/plain"),
        Answer(500, "A server error has occurred\n\nFUNCTION_INVOCATION_FAILED", "text/plain"),
        300,
        Answer(504, "An error occurred with your deployment\n\nFUNCTION_INVOCATION_TIMEOUT", "text/plain"),
        response=4_718_592,
    ),
    # As of version 3, of which help.aliyun.com/document_detail/191345 (2025-08-04) tells; not verified for 2.
    "aliyun_wsgi": Limits(
        32 * 1024 * 1024,
        8192,
        Answer(400, '{"ErrorCode":"InvalidArgument","ErrorMessage":"request body is too large"}'),
        Answer(400, '{"ErrorCode":"InvalidArgument","ErrorMessage":"request headers are too large"}'),
        Answer(502, '{"ErrorCode":"BadResponse","ErrorMessage":"the response of the function is invalid"}'),
        900,
        Answer(504, '{"ErrorCode":"FunctionTimeout","ErrorMessage":"the function was over its time"}'),
        response=32 * 1024 * 1024,
    ),
    # Servers of one's own have limits of their own: these are hypercorn's and tornado's for headers (2026-11). They
    # wait as long as the app does.
    "asgi": _SERVER,
    "wsgi": _SERVER,
    "azure": _AZURE,
    "azure_stream": _AZURE,
}


_OF_VARIANTS = {"aws_edge:origin-request": LIMITS["aws_edge"]._replace(timeout=30)}


def patience(name: str) -> float:
    """Seconds that the gateway of the format, or of WebSockets, *name* waits; nobody does before a source's function."""
    if name in SOCKET_LIMITS:
        return SOCKET_LIMITS[name].timeout
    return limits_of(name).timeout if name.partition(":")[0] in LIMITS else LONGEST


def limits_of(spelling: str) -> Limits:
    """The row for one of `formats.spellings`."""
    return _OF_VARIANTS.get(spelling) or LIMITS[spelling.partition(":")[0]]


SOCKET_LIMITS: dict[str, SocketLimits] = {
    # .../developerguide/apigateway-execution-service-websocket-limits-table.html (2026-11): 29 seconds, ten minutes, two
    # hours. What a client hears of a message that failed: aws/aws-cdk#18208. Not verified: both statuses, the code 1001.
    "aws_websocket": SocketLimits(
        29,
        600,
        7200,
        Answer(502, '{"message": "Internal server error"}'),
        Answer(504, '{"message": "Endpoint request timed out"}'),
        True,
    ),
    # The service has ended, and its pages say none of this: not verified, but for the function's own 900 seconds.
    "tencent_websocket": SocketLimits(
        900, 600, 7200, Answer(500, "Internal Server Error", "text/plain"), Answer(504, "Timeout", "text/plain"), False
    ),
}
