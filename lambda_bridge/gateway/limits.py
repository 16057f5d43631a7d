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
}
