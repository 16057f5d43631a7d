"""Direct invocations of functions of Fn, which did not come through its HTTP gateway.

The body is whatever the caller likes; fdk-python 0.1.128, fdk/context.py, has the context.
"""

from __future__ import annotations

from lambda_bridge.triggers import CloudEvent, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _read(record: Any, event: Any) -> CloudEvent:
    kind = "application/octet-stream" if isinstance(event, bytes) else "application/json"
    return CloudEvent("", "fn:invoke", "io.fnproject.Invocation", event, content_type=kind)


SOURCES: tuple[Source, ...] = (
    Source(
        "fn.invoke",
        "Fn, direct invocations",
        "https://github.com/fnproject/docs/blob/master/fn/develop/function-format.md",
        holds=lambda event: True,
        read=_read,
        answers=True,
        by_context=lambda context: (
            (type(context).__module__, type(context).__qualname__) == ("fdk.context", "InvokeContext")
        ),
    ),
)
