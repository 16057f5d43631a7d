"""Direct invocations of OpenWhisk's actions."""

from __future__ import annotations

import pytest

from lambda_bridge import make_handler
from lambda_bridge.triggers import OPENWHISK, find


@pytest.mark.parametrize("event", [{}, {"order": 7}])
def test_parameters_alone(event: dict[str, object]) -> None:
    """Whatever they are."""
    source = find(event, OPENWHISK)
    assert source is not None
    assert source.name == "openwhisk.invoke"


@pytest.mark.parametrize("event", [[], {"http": {}}, {"__ow_headers": {}}, {"__ce_method": "GET"}])
def test_what_a_client_may_have_written_is_none(event: object) -> None:
    """A web action's event has its platform's keys."""
    assert find(event, OPENWHISK) is None


def test_warm_up_has_a_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no dict would be a failed activation."""
    monkeypatch.setenv("__OW_ACTIVATION_ID", "7")
    handler = make_handler(lambda environ, start_response: [b""], warmup="warmer")
    assert handler({"warmer": True}) == {}
