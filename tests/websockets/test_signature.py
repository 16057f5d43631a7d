from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

from lambda_bridge.websockets import PushRequest, aws
from lambda_bridge.websockets.signature import Credentials, sign

NOW = datetime(2026, 11, 21, 12, 34, 56, tzinfo=timezone.utc)
URL = "https://abc123.execute-api.eu-central-1.amazonaws.com/prod"


def signed_by_botocore(request: PushRequest, credentials: Credentials) -> dict[str, str]:
    """What AWS's own signer makes of the same at the same time: the steps of its add_auth, but for the clock."""
    theirs = AWSRequest(request.method, request.url, dict(request.headers), request.body)
    signer: Any = SigV4Auth(BotocoreCredentials(*credentials), "execute-api", "eu-central-1")
    theirs.context["timestamp"] = NOW.strftime("%Y%m%dT%H%M%SZ")
    signer._modify_request_before_signing(theirs)
    to_sign = signer.string_to_sign(theirs, signer.canonical_request(theirs))
    signer._inject_signature_to_request(theirs, signer.signature(to_sign, theirs))
    return {name.lower(): value for name, value in theirs.headers.items()}


@pytest.mark.parametrize("token", [None, "a-token+/="])
@pytest.mark.parametrize(
    "request_",
    [
        aws.make_push(URL, "L0SM9cOFvHcCIhw=", "hällo"),
        aws.make_push(URL, "a/b c=", b"\xff\x00"),
        aws.make_close(URL, "L0SM9cOFvHcCIhw=", 1000, ""),
        PushRequest("GET", f"{URL}?b=2&a=%20&a=", {}, b""),
        PushRequest("GET", "http://localhost:4510", {"X-A": "  two   words "}, b""),
    ],
)
def test_signature_is_botocores(request_: PushRequest, token: Any) -> None:
    """Every header that AWS checks."""
    credentials = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", token)
    ours = sign(request_, credentials, "eu-central-1", "execute-api", NOW)
    theirs = signed_by_botocore(request_, credentials)
    checked = ["authorization", "x-amz-date", *["x-amz-security-token"] * (token is not None)]
    assert {name: theirs[name] for name in checked} == {name: ours[name] for name in checked}


def test_credentials_are_not_shown() -> None:
    """Tracebacks and logs show values of variables."""
    assert "<Credentials AKID>" == repr(Credentials("AKID", "secret", "token"))
