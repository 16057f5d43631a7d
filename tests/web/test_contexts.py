"""The contexts of events: in the shape that each platform's own runtime has, and silent about credentials."""

from __future__ import annotations

import pytest

from lambda_bridge.deadline import seconds_left
from lambda_bridge.web import contexts

HEADERS = {
    "x-fc-request-id": "r-1",
    "x-fc-access-key-secret": "geheim",
    "x-fc-function-timeout": "60",
    "x-scf-request-id": "r-1",
    "x-scf-timeout": "60",
    "x-scf-name": "f",
    "x-cff-request-id": "r-1",
    "x-cff-security-secret-key": "geheim",
    "x-faas-request-id": "r-1",
    "x-azure-functions-invocationid": "r-1",
}


def test_alibaba() -> None:
    """Attributes; the time that the function has is known."""
    context = contexts.aliyun(HEADERS.get, "/invoke")

    assert (context.request_id, context.credentials.access_key_secret, seconds_left(context)) == ("r-1", "geheim", 60.0)


def test_tencent() -> None:
    """A dict; the time that the function has is told without a unit, so it is not known."""
    context = contexts.tencent(HEADERS.get, "/event-invoke")

    assert (context["request_id"], context["function_name"], seconds_left(context)) == ("r-1", "f", None)


def test_huawei() -> None:
    """Methods."""
    context = contexts.huawei(HEADERS.get, "/invoke")

    assert (context.getRequestID(), context.getSecuritySecretKey()) == ("r-1", "geheim")


def test_volcengine_and_azure() -> None:
    """The id of the invocation, and on Azure the name of the function."""
    assert contexts.volcengine(HEADERS.get, "/").request_id == "r-1"
    assert vars(contexts.azure(HEADERS.get, "/orders")) == {"invocation_id": "r-1", "function_name": "orders"}


@pytest.mark.parametrize("make", [contexts.aliyun, contexts.huawei])
def test_text_of_a_context_holds_no_credentials(make: object) -> None:
    """It may reach a log."""
    context = make(HEADERS.get, "/invoke")  # type: ignore[operator]

    assert "geheim" not in f"{context} {context!r}"
