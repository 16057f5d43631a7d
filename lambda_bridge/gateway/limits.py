"""What each real gateway refuses, and what it then answers: one table, each row with its source.

"Not verified" stands where no public source tells; the figure is then the provider's general limit.
"""

from __future__ import annotations

from typing import NamedTuple


class Answer(NamedTuple):
    """What a gateway says by itself."""

    status: int
    body: str
    content_type: str = "application/json"


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
    """When the function failed, or its result is not one that the gateway passes on."""


# Lambda's own limit for a synchronous invocation: 6 MB and 100 bytes, as its Runtime API says.
_INVOKE = 6_291_556

_ALB_PAGE = (
    "<html>\r\n<head><title>{0}</title></head>\r\n<body>\r\n<center><h1>{0}</h1></center>\r\n</body>\r\n</html>\r\n"
)


def _page(status: int, phrase: str) -> Answer:
    return Answer(status, _ALB_PAGE.format(f"{status} {phrase}"), "text/html")


# learn.microsoft.com, "Azure Functions HTTP trigger" (2026): 100 MB; KestrelServerLimits of ASP.NET Core:
# 32 KB of headers, and its statuses. A function that fails is a 500 (azure-functions-host). The
# bodies, which are empty there, and what App Service's front end refuses before are not verified.
_AZURE = Limits(
    100 * 1024 * 1024,
    32_768,
    Answer(413, "Request Entity Too Large", "text/plain"),
    Answer(431, "Request Header Fields Too Large", "text/plain"),
    Answer(500, "Internal Server Error", "text/plain"),
)

LIMITS: dict[str, Limits] = {
    # Quotas and "Important notes" of the API Gateway guide (2026): 10,240 bytes for all headers. The 502
    # was recorded by localstack (8b9a79f), the 413 is that of aws/aws-lambda-dotnet's test tool; the 431
    # is not verified.
    "aws_rest": Limits(
        _INVOKE,
        10_240,
        Answer(413, '{"message":"Request Too Long"}'),
        Answer(431, '{"message":"Request Header Fields Too Large"}'),
        Answer(502, '{"message": "Internal server error"}'),
    ),
    # The same guide; the 500 recorded by aws/aws-lambda-dotnet (2025-04-14), the 413 in its test tool.
    "aws_http": Limits(
        _INVOKE,
        10_240,
        Answer(413, '{"message":"Request Entity Too Large"}'),
        Answer(431, '{"message":"Request Header Fields Too Large"}'),
        Answer(500, '{"message":"Internal Server Error"}'),
    ),
    # The 502 recorded by localstack (test_lambda, url_invocation); its 413 is not verified, nor is a
    # limit of headers, which is API Gateway's.
    "aws_url": Limits(
        _INVOKE,
        10_240,
        Answer(413, '{"Message":"Request Entity Too Large"}'),
        Answer(431, '{"Message":"Request Header Fields Too Large"}'),
        Answer(502, "Internal Server Error", "text/plain"),
    ),
    # "Lambda functions as targets" and the quotas of the ELB guide (2026): 1 MB each way; headers
    # 64 KB in all.
    "aws_alb": Limits(
        1024 * 1024,
        65_536,
        _page(413, "Request Entity Too Large"),
        _page(400, "Bad Request"),
        _page(502, "Bad Gateway"),
    ),
    # The VPC Lattice guide (2026): 6 MB; a limit of headers, and which status a wrong result gives, are
    # not verified.
    "aws_lattice": Limits(
        _INVOKE,
        65_536,
        Answer(413, "Request Entity Too Large", "text/plain"),
        Answer(431, "Request Header Fields Too Large", "text/plain"),
        Answer(500, "Internal Server Error", "text/plain"),
    ),
    # Quotas of the CloudFront guide (2025): 20,480 bytes for a request without its body, over which
    # "Request and response behavior for custom origins" says 413. A body that is too large is cut,
    # which the event says.
    "aws_edge": Limits(
        _INVOKE,
        20_480,
        _page(413, "Request Entity Too Large"),
        _page(413, "Request Entity Too Large"),
        _page(502, "Bad Gateway"),
    ),
    # cloud.tencent.com/document/product/583/11637 (6 MB), 583/40714 (the error); its HTTP status as
    # in tencentyun/scfcli. The limit of headers is not verified.
    "tencent_apigw": Limits(
        6 * 1024 * 1024,
        65_536,
        Answer(413, '{"errno":406,"error":"Request body too large"}'),
        Answer(431, '{"errno":431,"error":"Request header too large"}'),
        Answer(403, '{"errno":403,"error":"Invalid scf response format. please check your scf response format."}'),
    ),
    # tencentcloud.com/document/product/583/35311 (2024-12-02): 406 RequestTooLarge, 430 for a function
    # that fails. That these are the HTTP statuses of a function URL is not verified.
    "tencent_url": Limits(
        6 * 1024 * 1024,
        65_536,
        Answer(406, '{"errorCode":406,"errorMessage":"Request body too large"}'),
        Answer(431, '{"errorCode":431,"errorMessage":"Request header too large"}'),
        Answer(430, '{"errorCode":430,"errorMessage":"User code exception caught"}'),
    ),
    # docs.cloudbase.net/error-code/service/EXCEED_MAX_PAYLOAD_SIZE: 6 MB, and 100 KB for text, which is not
    # emulated. The statuses, and a limit of headers, are not verified.
    "tencent_cloudbase": Limits(
        6 * 1024 * 1024,
        65_536,
        Answer(413, '{"code":"EXCEED_MAX_PAYLOAD_SIZE","message":"Request body size exceeds the limit"}'),
        Answer(431, '{"message":"Request header fields too large"}'),
        Answer(500, '{"code":"FUNCTION_INVOCATION_FAILED","message":"Function invocation failed"}'),
    ),
    # support.huaweicloud.com: functiongraph_01_0150 (4 MB through APIG), functiongraph_03_0290 (500 for a
    # result of another form), the gateway's error codes (APIG.0201). All else is not verified.
    "huawei": Limits(
        4 * 1024 * 1024,
        65_536,
        Answer(413, '{"error_msg":"Request entity too large.","error_code":"APIG.0201"}'),
        Answer(431, '{"error_msg":"Request header fields too large."}'),
        Answer(500, '{"error_msg":"Invalid response of the function."}'),
    ),
    # cloud.baidu.com/doc/CFC/s/Vlw0ana7r (2024-07-05): 6 MB. All else is not verified.
    "baidu": Limits(
        6 * 1024 * 1024,
        65_536,
        Answer(413, '{"message":"Request Entity Too Large"}'),
        Answer(431, '{"message":"Request Header Fields Too Large"}'),
        Answer(502, '{"message":"Bad Gateway"}'),
    ),
    # A function that fails is a 500 without a body (volcengine/vefaas-golang-runtime, utils/response.go, which
    # tells the reason in headers). All else is not verified.
    "volcengine": Limits(
        6 * 1024 * 1024,
        65_536,
        Answer(413, "Request Entity Too Large", "text/plain"),
        Answer(431, "Request Header Fields Too Large", "text/plain"),
        Answer(500, "Internal Server Error", "text/plain"),
    ),
    # cloud.tencent.com/document/product/583/11637 (6 MB), 583/52635 (the error). Its HTTP status, taken from
    # tencent_apigw, and a limit of headers are not verified.
    "tencent_clb": Limits(
        6 * 1024 * 1024,
        65_536,
        Answer(413, '{"errno":413,"error":"Request body too large"}'),
        Answer(431, '{"errno":431,"error":"Request header too large"}'),
        Answer(403, '{"errno":403,"error":"Analyse scf response failed."}'),
    ),
    # help.aliyun.com/document_detail/191345 (2025-08-04): 400 InvalidArgument over 8 KB of headers or 32 MB of
    # body, 502 BadResponse; written of custom runtimes, and the texts are not verified.
    "aliyun": Limits(
        32 * 1024 * 1024,
        8192,
        Answer(400, '{"ErrorCode":"InvalidArgument","ErrorMessage":"request body is too large"}'),
        Answer(400, '{"ErrorCode":"InvalidArgument","ErrorMessage":"request headers are too large"}'),
        Answer(502, '{"ErrorCode":"BadResponse","ErrorMessage":"the response of the function is invalid"}'),
    ),
    # help.aliyun.com/document_detail/85208 (read in 2026): 503 for a result of another form. The limits are
    # those of the function and not verified.
    "aliyun_apigw": Limits(
        32 * 1024 * 1024,
        8192,
        Answer(413, "Request Entity Too Large", "text/plain"),
        Answer(431, "Request Header Fields Too Large", "text/plain"),
        Answer(503, "Service Unavailable", "text/plain"),
    ),
    # yandex.cloud/en/docs/functions: 3.5 MB of JSON each way, 502 for a result of another form
    # (concepts/function-invoke). All else is not verified.
    "yandex": Limits(
        3_670_016,
        65_536,
        Answer(413, '{"message":"Request entity too large"}'),
        Answer(431, '{"message":"Request header fields too large"}'),
        Answer(502, '{"errorMessage":"Incorrect format of the response","errorType":"ProxyIntegrationError"}'),
    ),
    # scaleway.com/en/docs/serverless-functions/reference-content/functions-limitations (2025-09-02): 6 MiB; a
    # function that fails is a 500 (scaleway/scaleway-functions-runtimes). All else is not verified.
    "scaleway": Limits(
        6 * 1024 * 1024,
        65_536,
        Answer(413, "Request Entity Too Large", "text/plain"),
        Answer(431, "Request Header Fields Too Large", "text/plain"),
        Answer(500, "Internal Server Error", "text/plain"),
    ),
    # apache/openwhisk (1fae641a): 1 MB of parameters, 413 over it and 400 for a result of another form
    # (WebActions.scala). The texts, and a limit of headers, are not verified.
    "openwhisk": Limits(
        1024 * 1024,
        65_536,
        Answer(413, '{"error":"The request content length is too large."}'),
        Answer(431, "Request Header Fields Too Large", "text/plain"),
        Answer(400, '{"error":"Response is not valid \'message/http\'."}'),
    ),
    # cloud.ibm.com/docs/codeengine, fun-exchanging-data (2026-01-27): 400 for a result of another form. All
    # else is not verified.
    "ibm": Limits(
        5 * 1024 * 1024,
        65_536,
        Answer(413, '{"error":"Request Entity Too Large"}'),
        Answer(431, '{"error":"Request Header Fields Too Large"}'),
        Answer(400, '{"error":"Bad Request"}'),
    ),
    # Its controller descends from OpenWhisk's, whose figures these are: not verified.
    "digitalocean": Limits(
        1024 * 1024,
        65_536,
        Answer(413, '{"error":"The request content length is too large."}'),
        Answer(431, "Request Header Fields Too Large", "text/plain"),
        Answer(400, '{"error":"Response is not valid \'message/http\'."}'),
    ),
    "azure": _AZURE,
    "azure_stream": _AZURE,
}
