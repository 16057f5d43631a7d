"""AWS Lambda function URL: payload 2.0 without stages, whose ``rawPath`` is the path as sent.

Recorded by localstack, test_lambda snapshots (8b9a79f), and hotsock/voker (2026-07-10).
"""

from __future__ import annotations

from lambda_bridge.encoding import read_path
from lambda_bridge.formats.aws_http import make_payload, make_result, max_result, read_payload, read_result

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lambda_bridge.messages import Request

__all__ = ["make_event", "make_result", "max_result", "read_event", "read_result"]

TITLE = "AWS Lambda function URL"
DOCS = "https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html"
VARIANTS: tuple[str, ...] = ()
STREAMS = False


def read_event(event: dict[str, Any], context: Any) -> Request:
    path, raw_path = read_path(event["rawPath"])
    return read_payload(event, path, raw_path, "")


def make_event(request: Request, variant: str | None = None) -> dict[str, Any]:
    return make_payload(
        request,
        request.raw_path.decode("ascii"),
        request.path,
        "abcdefghijklmnopqrstuvwxyz012345.lambda-url.us-east-1.on.aws",
        "$default",
    )
