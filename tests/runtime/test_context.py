"""The context object of our runtime, also beside that of the managed runtime's own client."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from lambda_bridge.runtime.context import Context
from tests.runtime.runtime_api import ARN

HEADERS = {"lambda-runtime-aws-request-id": "the-id"}


def test_without_headers_about_the_caller_there_is_nobody() -> None:
    """The identity is an object in any case, as code relies on it."""
    context = Context(HEADERS)

    assert (
        context.client_context is Context({**HEADERS, "lambda-runtime-client-context": "null"}).client_context is None
    )
    assert (context.identity.cognito_identity_id, context.identity.cognito_identity_pool_id) == (None, None)
    assert (context.tenant_id, context.xray_trace_id, context.w3c()) == (None, None, {})


@pytest.mark.parametrize(
    ("client", "expected"),
    [
        ("{}", (None, None, None)),
        ('{"client": null, "custom": {"a": 1}}', (None, {"a": 1}, None)),
        ('{"client": "odd", "env": []}', (None, None, [])),
        ('{"w3c": 7}', (None, None, None)),
    ],
)
def test_what_an_app_has_sent_about_itself_may_be_anything(client: str, expected: Any) -> None:
    """It comes from a phone."""
    found = Context({**HEADERS, "lambda-runtime-client-context": client}).client_context

    assert found is not None
    assert (found.client, found.custom, found.env) == expected


@pytest.mark.parametrize("text", ["{", "[]", "7"])
def test_header_that_is_no_object_is_an_error(text: str) -> None:
    """Whoever reads the event tells that."""
    with pytest.raises(ValueError):  # noqa: PT011
        Context({**HEADERS, "lambda-runtime-client-context": text})


def test_time_that_is_left_is_never_below_zero() -> None:
    """As awslambdaric has it."""
    past = str(int(time.time() * 1000) - 1000)
    assert Context({**HEADERS, "lambda-runtime-deadline-ms": past}).get_remaining_time_in_millis() == 0


def test_log_writes_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a line break of its own."""
    Context(HEADERS).log("hello\n")
    Context(HEADERS).log(7)
    assert capsys.readouterr().out == "hello\n7"


def test_repr_has_the_request_alone() -> None:
    """It ends up in logs."""
    assert repr(Context(HEADERS)) == "<Context the-id>"


# --- side by side with the managed runtime's own client


def test_awslambdaric_tells_the_handler_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every attribute that its context has, ours has with the same value; no more time is left than a second."""
    bootstrap = pytest.importorskip("awslambdaric.bootstrap")

    for name in ("FUNCTION_NAME", "FUNCTION_VERSION", "FUNCTION_MEMORY_SIZE", "LOG_GROUP_NAME", "LOG_STREAM_NAME"):
        monkeypatch.setenv(f"AWS_LAMBDA_{name}", f"the {name}")
    client = {
        "client": {"app_title": "t"},
        "custom": {"a": 1},
        "env": {"b": "c"},
        "w3c": {"traceparent": "p", "x": "y"},
    }
    identity = {"cognitoIdentityId": "i", "cognitoIdentityPoolId": "p"}
    deadline = int(time.time() * 1000) + 5000
    theirs = bootstrap.create_lambda_context(
        json.dumps(client), json.dumps(identity), deadline, "the-id", ARN, "tenant"
    )
    ours = Context(
        {
            "lambda-runtime-aws-request-id": "the-id",
            "lambda-runtime-invoked-function-arn": ARN,
            "lambda-runtime-deadline-ms": str(deadline),
            "lambda-runtime-client-context": json.dumps(client),
            "lambda-runtime-cognito-identity": json.dumps(identity),
            "lambda-runtime-aws-tenant-id": "tenant",
        }
    )

    plain = [name for name in vars(theirs) if not name.startswith("_") and isinstance(getattr(theirs, name), str)]
    assert {name: getattr(theirs, name) for name in plain} == {name: getattr(ours, name) for name in plain}
    assert len(plain) == 8
    for part in ("client_context", "identity"):
        names = [name for name in getattr(theirs, part).__slots__ if name != "client"]
        assert [getattr(getattr(theirs, part), name) for name in names] == [
            getattr(getattr(ours, part), name) for name in names
        ]
    their_client, our_client = theirs.client_context.client, getattr(ours.client_context, "client", None)
    names = their_client.__slots__
    assert [getattr(their_client, name) for name in names] == [getattr(our_client, name) for name in names]
    assert theirs.w3c() == ours.w3c() == {"traceparent": "p"}
    assert abs(theirs.get_remaining_time_in_millis() - ours.get_remaining_time_in_millis()) < 1000
