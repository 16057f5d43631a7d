"""A streamed response as the Runtime API of AWS Lambda wants it; pure: who sends it is `runtime.api`.

The body of one chunked upload: a prelude in JSON, eight NUL bytes, the response's own bytes as they
come; and where the app fails midway, trailers that say so
(docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html, and apigateway's
response-transfer-mode-lambda.html, read in 2026-11).
"""

from __future__ import annotations

from json import dumps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

# What makes Lambda look for a prelude; without it the client gets all of the bytes as the body.
CONTENT_TYPE = "application/vnd.awslambda.http-integration-response"
TRAILERS = ("Lambda-Runtime-Function-Error-Type", "Lambda-Runtime-Function-Error-Body")

# Formats whose integration may be set to stream; nothing in the event says whether it is.
_FORMATS = frozenset({"aws_rest", "aws_url"})
_KEYS = ("statusCode", "headers", "multiValueHeaders", "cookies")
_DELIMITER = bytes(8)
# A REST API answers 500 when the delimiter has not come by then (read in 2026-11). Not verified: that a
# function URL has no such limit.
_MAX_PRELUDE = {"aws_rest": 16_384}

END = b"0\r\n\r\n"


def can_stream(name: str, event: Mapping[str, Any]) -> bool:
    """Whether the gateway behind an event of the format *name* can be set to stream."""
    # An HTTP API that is set to payload 1.0 cannot; it alone of the two says its version.
    return name in _FORMATS and event.get("version") != "1.0"


def make_prelude(result: Mapping[str, Any]) -> bytes:
    """What comes before the body, from the format's result for a response without one.

    A REST API takes lists of values too, ``multiValueHeaders``; a function URL has ``cookies`` for that.
    """
    head = {key: result[key] for key in _KEYS if key in result}
    # As ASCII it holds no NUL, whatever is in a header.
    return dumps(head, separators=(",", ":")).encode("ascii") + _DELIMITER


def max_prelude(name: str) -> int | None:
    """The most bytes of a prelude that the gateway of the format *name* takes; None where no limit is known."""
    return _MAX_PRELUDE.get(name)


def make_chunk(part: bytes) -> bytes:
    """*part*, which is not empty, as a chunk of RFC 9112, section 7.1."""
    return b"%x\r\n%b\r\n" % (len(part), part)


def make_failed_end(error_type: str, error: bytes) -> bytes:
    """The last chunk of a body that has no good end; *error* is JSON as for an invocation that failed.

    *error_type* is printable ASCII.
    """
    from binascii import b2a_base64

    values = (error_type.encode("ascii"), b2a_base64(error, newline=False))
    fields = [b"%b: %b\r\n" % (name.encode("ascii"), value) for name, value in zip(TRAILERS, values)]
    return b"0\r\n" + b"".join(fields) + b"\r\n"
