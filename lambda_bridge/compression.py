"""The option ``compress``: content codings of RFC 9110, section 8.4, negotiated by section 12.5.3."""

from __future__ import annotations

from lambda_bridge.encoding import join_repeats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.headers import Pairs
    from lambda_bridge.messages import Request

# Bytes below which the header fields cost more than compression saves (nginx: 20; Apache and most
# frameworks: 500 and more).
SMALLEST = 500

# What is compressed already; svg is the one image that is not.
_DENSE = ("image/", "video/", "audio/", "font/woff", "application/zip", "application/gzip", "application/x-gzip",
          "application/pdf")  # fmt: skip


def compress(request: Request, status: int, headers: Pairs, body: bytes) -> tuple[Pairs, bytes]:
    """(headers, body), compressed where the client accepts it and the response is worth it."""
    found = join_repeats(headers)
    if not _is_worth_it(request, status, found, body):
        return headers, body
    headers = _with_vary(headers)
    coding, encode = choose(",".join(request.headers.all("accept-encoding")))
    if encode is None:
        return headers, body
    # A strong validator promises the same bytes, which these are not (RFC 9110 section 8.8.1).
    headers = [
        (name, "W/" + value if name == "etag" and not value.startswith("W/") else value)
        for name, value in headers
        if name != "content-length"
    ]
    packed = encode(body)
    return [*headers, ("content-encoding", coding), ("content-length", str(len(packed)))], packed


def _is_worth_it(request: Request, status: int, found: dict[str, str], body: bytes) -> bool:
    content_type = found.get("content-type", "").lower()
    return (
        len(body) >= SMALLEST
        and status != 206
        and "content-encoding" not in found
        and "content-range" not in found
        and "no-transform" not in found.get("cache-control", "").lower()
        and request.headers.get("range") is None
        and (not content_type.startswith(_DENSE) or content_type.startswith("image/svg"))
    )


def _with_vary(headers: Pairs) -> Pairs:
    """Caches must know that the answer depends on what the client accepts, also where it is plain."""
    varies = ",".join(value for name, value in headers if name == "vary").lower()
    if "accept-encoding" in varies or varies.strip() == "*":
        return headers
    return [*headers, ("vary", "Accept-Encoding")]


def choose(accept_encoding: str) -> tuple[str, Callable[[bytes], bytes] | None]:
    """The best coding that the client accepts and this process has; ("", None) for none."""
    weights = _weights(accept_encoding)
    anything = weights.get("*", 0.0)
    plain = weights.get("identity", 0.0)
    candidates = [(weights.get(coding, anything), coding) for coding in ("zstd", "br", "gzip")]
    for weight, coding in sorted(candidates, key=lambda candidate: -candidate[0]):
        encode = _encoder(coding) if 0 < weight >= plain else None
        if encode is not None:
            return coding, encode
    return "", None


def _weights(accept_encoding: str) -> dict[str, float]:
    weights = {}
    for item in accept_encoding.lower().split(","):
        coding, *parameters = [part.strip() for part in item.split(";")]
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        if coding:
            weights["gzip" if coding == "x-gzip" else coding] = weight
    return weights


def _encoder(coding: str) -> Callable[[bytes], bytes] | None:
    """A function that compresses; None where its package is not installed."""
    try:
        if coding == "br":
            import brotli

            return lambda body: bytes(brotli.compress(body, quality=5))
        if coding == "zstd":
            import zstandard

            return lambda body: bytes(zstandard.ZstdCompressor().compress(body))
    except ImportError:
        return None
    import gzip

    # No time stamp: the same body is the same bytes, as caches and tests like it.
    return lambda body: gzip.compress(body, compresslevel=6, mtime=0)
