"""What the developer reads of a call: why the function has failed, and an event or a result as text."""

from __future__ import annotations

import json
import traceback
from io import BytesIO
from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge.errors import BridgeError, EventError
from lambda_bridge.gateway.calls import BODY

if TYPE_CHECKING:
    from types import TracebackType


def explain(error: BaseException) -> str:
    """Why a function has failed: a sentence for what we say ourselves, else the traceback from the first line of theirs."""
    if isinstance(error, EventError):
        return f"the handler refuses the event: {error}"
    if isinstance(error, BridgeError):
        return str(error)
    found = None if isinstance(error, SyntaxError) else error.__traceback__
    return "".join(traceback.format_exception(type(error), error, _theirs(found))).rstrip()


def _theirs(found: Optional[TracebackType]) -> Optional[TracebackType]:
    """The traceback without the frames above the app's: ours, and those of the import system."""
    first = found
    while first is not None and (
        first.tb_frame.f_globals.get("__name__", "").startswith(_NOT_THEIRS)
        or first.tb_frame.f_code.co_filename.startswith("<frozen importlib")
    ):
        first = first.tb_next
    return first or found


_NOT_THEIRS = ("lambda_bridge.", "importlib", "concurrent.futures", "asyncio")


def as_text(value: Any) -> str:
    """An event or a result as JSON, indented, where it is JSON or nearly so; else as text; at most BODY characters."""
    if value is None:
        return "null"
    return json.dumps(value, indent=2, ensure_ascii=False, default=_plain)[:BODY]


def _plain(value: Any) -> Any:
    """What is shown of an object that JSON has no form for."""
    if isinstance(value, BytesIO):
        value = value.getvalue()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value[:BODY]).decode("utf-8", "backslashreplace")
    if hasattr(value, "method") and hasattr(value, "url"):
        return {"method": value.method, "url": str(value.url), "headers": list(value.headers.items())}
    return repr(value)[:BODY]
