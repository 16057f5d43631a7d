from __future__ import annotations

import pytest

from lambda_bridge.errors import (
    AppError,
    ConfigurationError,
    DeadlineExceeded,
    MalformedEvent,
    NoResponse,
    ResultTooLarge,
    StartupFailed,
)
from lambda_bridge.failures import answer_failure, as_malformed, bare_answer


@pytest.mark.parametrize(
    ("status", "error", "logged", "has_traceback"),
    [
        (400, MalformedEvent("the event is broken"), "the event is broken", False),
        (413, MalformedEvent("the event was cut", 413), "the event was cut", False),
        (504, DeadlineExceeded(2.0), "the app was stopped after 2.0 seconds", False),
        (500, ResultTooLarge(9, 8, 7), "the result has 9 bytes", False),
        (500, NoResponse("the app ended without a response"), "the app ended without a response", True),
        (500, ValueError("a secret of the app's"), "the app failed", True),
    ],
)
def test_failure_is_told_to_the_log_and_not_to_the_client(
    status: int, error: Exception, logged: str, has_traceback: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """The traceback is there where no sentence of ours says all."""
    response = answer_failure(error, "respond")

    (record,) = caplog.records
    assert (status, response) == (response.status, bare_answer(status))
    assert record.getMessage().startswith(logged)
    assert has_traceback is bool(record.exc_info)


@pytest.mark.parametrize(
    ("error", "on_error"),
    [
        (ValueError(), "raise"),
        (MalformedEvent("the event is broken"), "raise"),
        (ConfigurationError("the store cannot be had"), "respond"),
        (StartupFailed("no database"), "respond"),
    ],
)
def test_failure_that_must_be_seen_fails_the_invocation(error: Exception, on_error: str) -> None:
    """What the option asks for, and what no client's request has to do with."""
    with pytest.raises(type(error)) as caught:
        answer_failure(error, on_error)
    assert error is caught.value


@pytest.mark.parametrize("status", [400, 404, 413, 500, 504, 418])
def test_bare_answer_is_a_short_text(status: int) -> None:
    """With a status that is nobody's, too."""
    response = bare_answer(status)
    assert (status, [("content-type", "text/plain; charset=utf-8")]) == (response.status, response.headers)
    assert response.body.replace(b" ", b"").isalpha()


def test_what_a_format_stumbles_over_is_a_malformed_event() -> None:
    """Its kind is told, and its text, which may quote the event, is not; ours stays as it is."""
    ours, theirs = MalformedEvent("the body is flagged as base64"), KeyError("a secret")
    malformed = as_malformed("aws_http", theirs)

    assert ours is as_malformed("aws_http", ours)
    assert "the event looks like aws_http but cannot be read (KeyError)" == str(malformed)
    assert theirs is malformed.__cause__
    assert not isinstance(malformed, AppError)
