"""AWS's Signature Version 4 of a request, with the standard library.

As docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html has it (read in 2026-11); the tests hold it
against botocore's.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, NamedTuple, Optional
from urllib.parse import parse_qsl, quote, urlsplit

if TYPE_CHECKING:
    from datetime import datetime

    from lambda_bridge.websockets import PushRequest


class Credentials(NamedTuple):
    """Of a role or a user."""

    key: str
    secret: str
    token: Optional[str] = None

    def __repr__(self) -> str:
        return f"<Credentials {self.key}>"


def sign(request: PushRequest, credentials: Credentials, region: str, service: str, now: datetime) -> dict[str, str]:
    """The headers of *request* with those that sign it; *now* is in UTC."""
    url = urlsplit(request.url)
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    headers = {**request.headers, "host": url.netloc, "x-amz-date": moment}
    if credentials.token:
        headers["x-amz-security-token"] = credentials.token
    names = sorted(name.lower() for name in headers)
    values = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    signed = ";".join(names)
    canonical = "\n".join(
        [
            request.method,
            # Of all services but S3 the path is encoded once more than on the wire.
            quote(url.path or "/", safe="/~"),
            _canonical_query(url.query),
            *[f"{name}:{values[name]}" for name in names],
            "",
            signed,
            hashlib.sha256(request.body).hexdigest(),
        ]
    )
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    to_sign = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{credentials.secret}".encode()
    for part in (moment[:8], region, service, "aws4_request"):
        key = _hmac(key, part)
    signature = _hmac(key, to_sign).hex()
    credential = f"{credentials.key}/{scope}"
    headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={signed}, Signature={signature}"
    )
    return headers


def _canonical_query(query: str) -> str:
    pairs = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in parse_qsl(query, True))
    return "&".join(f"{name}={value}" for name, value in pairs)


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()
