"""Log lines as JSON for `lambda_bridge.runtime`, where AWS_LAMBDA_LOG_FORMAT asks for that: the keys are awslambdaric's.

In plain text, which is the default, logging belongs to the app alone.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Optional

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lambda_bridge.runtime.context import Context

_current: ContextVar[Optional[Context]] = ContextVar("lambda_bridge_context", default=None)
# The same where there is one call at a time: threads that an app starts have no context variables of it.
_only: list[Context] = []

_LEVELS = {"TRACE": "DEBUG", "FATAL": "CRITICAL"}
# What every record has; the rest is the app's, by `extra`.
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def set_up(environ: Mapping[str, str]) -> None:
    """Make the root logger write JSON to standard output, from AWS_LAMBDA_LOG_LEVEL on."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.addHandler(handler)
    level = environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = _LEVELS.get(level, level)
    if level in ("DEBUG", "INFO", "WARNING", "WARN", "ERROR", "CRITICAL"):
        root.setLevel(level)


def remember(context: Context, alone: bool) -> None:
    """What is logged from now on belongs to the call of *context*, which has the process *alone* or shares it."""
    _current.set(context)
    _only[:] = [context] if alone else []


class JsonFormatter(logging.Formatter):
    """One object in one line; awslambdaric's keys (4.2.2, lambda_runtime_log_utils.py, read in 2026-11)."""

    def format(self, record: logging.LogRecord) -> str:
        context = _current.get() or (_only[0] if _only else None)
        line: dict[str, Any] = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.msg if isinstance(record.msg, dict) and not record.args else record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[0] is not None:
            import traceback

            kind, error, trace = record.exc_info
            line["errorType"] = kind.__name__
            line["errorMessage"] = str(error)
            line["stackTrace"] = traceback.format_tb(trace)
            line["location"] = f"{record.pathname}:{record.funcName}:{record.lineno}"
        if context is not None:
            line["requestId"] = context.aws_request_id
            if context.tenant_id is not None:
                line["tenantId"] = context.tenant_id
        own = {key: value for key, value in vars(record).items() if key not in _USUAL and value is not None}
        return json.dumps({**own, **line}, ensure_ascii=False, default=str)
