"""Log lines as JSON: the keys of awslambdaric, one object in one line, of the right call."""

from __future__ import annotations

import contextvars
import json
import logging
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.runtime import json_log
from lambda_bridge.runtime.context import Context
from lambda_bridge.runtime.json_log import JsonFormatter, remember, set_up

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _no_call() -> Iterator[None]:
    yield
    json_log._only.clear()


def context(name: str, tenant: str | None = None) -> Context:
    headers = {"lambda-runtime-aws-request-id": name}
    return Context(headers if tenant is None else {**headers, "lambda-runtime-aws-tenant-id": tenant})


def record(message: Any = "hello %s", *args: Any, **extra: Any) -> logging.LogRecord:
    return logging.getLogger("mine").makeRecord(
        "mine", logging.WARNING, "file.py", 7, message, args, extra.pop("exc_info", None), "function", extra
    )


def formatted(each: logging.LogRecord) -> Any:
    text = JsonFormatter().format(each)
    assert "\n" not in text
    return json.loads(text)


def test_line_has_the_keys_of_awslambdaric() -> None:
    """And what the app has added."""
    each = record("hello %s", "you", user="é")
    each.created = 0.5

    contextvars.copy_context().run(remember, context("the-id", "tenant"), True)

    assert formatted(each) == {
        "timestamp": "1970-01-01T00:00:00Z",
        "level": "WARNING",
        "message": "hello you",
        "logger": "mine",
        "requestId": "the-id",
        "tenantId": "tenant",
        "user": "é",
    }


@pytest.mark.parametrize("args", [(), ("x",)])
def test_awslambdaric_writes_the_same(args: tuple[Any, ...]) -> None:
    """Side by side, with an error."""
    theirs = pytest.importorskip("awslambdaric.lambda_runtime_log_utils")
    try:
        raise ValueError("boom")
    except ValueError:
        each = record("hello %s" if args else {"a": 1}, *args, exc_info=sys.exc_info(), user=7)
    each.__dict__["aws_request_id"] = "the-id"
    their_line = json.loads(theirs.JsonFormatter().format(each))
    del each.__dict__["aws_request_id"], each.__dict__["_frame_type"]

    contextvars.copy_context().run(remember, context("the-id"), True)

    assert formatted(each) == their_line


def test_what_is_no_json_is_written_as_text() -> None:
    """Rather than lose the line."""
    assert formatted(record(user={1}))["user"] == "{1}"


def test_before_the_first_call_there_is_no_request() -> None:
    """While the app is imported."""
    assert "requestId" not in formatted(record())


def test_thread_of_the_only_call_belongs_to_it() -> None:
    """Though it has no context variables of it."""
    lines: list[Any] = []
    contextvars.copy_context().run(remember, context("one"), True)
    thread = threading.Thread(target=lambda: lines.append(formatted(record())))
    thread.start()
    thread.join()
    assert lines[0]["requestId"] == "one"


def test_calls_side_by_side_are_told_apart() -> None:
    """By their context variables; a thread without them belongs to none."""
    first, second = contextvars.copy_context(), contextvars.copy_context()
    first.run(remember, context("one"), False)
    second.run(remember, context("two"), False)

    assert first.run(formatted, record())["requestId"] == "one"
    assert second.run(formatted, record())["requestId"] == "two"
    assert "requestId" not in formatted(record())


@pytest.mark.parametrize(
    ("setting", "level"),
    [("INFO", 20), ("debug", 10), ("TRACE", 10), ("FATAL", 50), ("WARN", 30), ("", None), ("nonsense", None)],
)
def test_level_is_that_of_the_setting(setting: str, level: int | None, capsys: pytest.CaptureFixture[str]) -> None:
    """TRACE and FATAL are Lambda's own names; without one, the level stays."""
    root = logging.getLogger()
    handlers, before = list(root.handlers), root.level
    try:
        set_up({"AWS_LAMBDA_LOG_LEVEL": setting})
        assert root.level == (before if level is None else level)
        logging.getLogger("mine").critical("hello")
    finally:
        root.handlers[:] = handlers
        root.setLevel(before)
    assert json.loads(capsys.readouterr().out)["message"] == "hello"
