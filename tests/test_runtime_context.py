"""The context object of our runtime; its comparison with awslambdaric's is in test_runtime.py."""

from __future__ import annotations

import time
from typing import Any

import pytest

from lambda_bridge.runtime_context import Context

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
