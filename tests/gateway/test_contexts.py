"""The contexts of the platforms: their names, and the time that is left."""

from __future__ import annotations

import os
import time
from typing import Optional

import pytest

from lambda_bridge.deadline import WITHOUT_CONTEXT, seconds_left
from lambda_bridge.gateway.contexts import make_context, told
from lambda_bridge.recognize import NAMES
from lambda_bridge.triggers import NAMES as SOURCES

# Platforms whose context tells the time that is left, or all the time of the call.
TELLS_TIME = {name for name in NAMES if name.startswith(("aws_", "tencent_", "aliyun"))} | {
    "digitalocean",
    "huawei",
    "yandex",
}


@pytest.mark.parametrize("name", NAMES)
def test_the_handler_reads_the_time_that_is_left(name: str) -> None:
    """Where the platform tells it; whole seconds at some."""
    context = make_context(name, 7.5, 256)
    left = seconds_left(context) if context is not None else None

    assert (left is not None) == (name in TELLS_TIME)
    assert left is None or 6.5 < left <= 7.5


def test_time_runs_out() -> None:
    """It counts down, and ends at 0."""
    context = make_context("aws_http", 0.0, 128)

    assert context.get_remaining_time_in_millis() == 0


def test_each_call_has_an_id_of_its_own() -> None:
    """As logs are searched by it."""
    first, second = (make_context("aws_rest", 1, 128) for _ in range(2))

    assert first.aws_request_id != second.aws_request_id
    assert make_context("tencent_url", 1, 128)["request_id"]


def test_memory_is_told_as_each_platform_does() -> None:
    """AWS says it in text."""
    assert make_context("aws_alb", 1, 256).memory_limit_in_mb == "256"
    assert make_context("tencent_apigw", 1, 256)["memory_limit_in_mb"] == 256
    assert make_context("aliyun", 1, 256).function.memory == 256
    assert make_context("huawei", 1, 256).getMemorySize() == 256
    assert make_context("scaleway", 1, 256)["memoryLimitInMb"] == 256


def test_servers_have_none() -> None:
    """Nor do functions that take one argument."""
    assert [make_context(name, 1, 128) for name in ("wsgi", "asgi", "gcp", "openwhisk", "fn")] == [None] * 5


@pytest.mark.parametrize("before", [None, "1"])
def test_openwhisk_tells_the_deadline_in_the_environment(
    before: Optional[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In milliseconds since 1970, and no longer than the call."""
    monkeypatch.delenv("__OW_DEADLINE", raising=False)
    if before is not None:
        monkeypatch.setenv("__OW_DEADLINE", before)

    with told("openwhisk", 60):
        deadline = int(os.environ["__OW_DEADLINE"])
        left = seconds_left(None)
    with told("aws_http", 60):
        during = os.environ.get("__OW_DEADLINE")

    assert {"openwhisk"} == WITHOUT_CONTEXT
    assert 50_000 < deadline - time.time() * 1000 <= 60_000
    assert 50 < (left or 0) <= 60
    assert before == during == os.environ.get("__OW_DEADLINE")


@pytest.mark.parametrize("name", SOURCES)
def test_a_source_has_the_context_of_its_cloud(name: str) -> None:
    """With the time that is left, where the platform tells it in a context."""
    context = make_context(name, 7.5, 256)
    left = seconds_left(context) if context is not None else None

    tells = name.startswith(("aws.", "tencent.", "aliyun.", "huawei.", "yandex.", "fn."))
    assert (left is not None) == tells
    assert left is None or 6.5 < left <= 7.5


def test_openwhisk_tells_its_events_by_the_environment() -> None:
    """An id, which no other platform writes."""
    with told("openwhisk.invoke", 60):
        during = os.environ.get("__OW_ACTIVATION_ID")
        left = seconds_left(None)

    assert during
    assert 50 < (left or 0) <= 60
    assert "__OW_ACTIVATION_ID" not in os.environ
