"""Direct invocations of functions of Fn, which did not come through its HTTP gateway.

The body is whatever the caller likes; fdk-python 0.1.128, fdk/context.py, has the context.
"""

from __future__ import annotations

from lambda_bridge.triggers import CloudEvent, Source
from lambda_bridge.triggers.call import is_fn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _read(record: Any, event: Any) -> CloudEvent:
    kind = "application/octet-stream" if isinstance(event, bytes) else "application/json"
    return CloudEvent("", "fn:invoke", "io.fnproject.Invocation", event, content_type=kind)


def _make_result(answer: Any, context: Any) -> Any:
    """*answer* as JSON, which the FDK would write as Python does: it takes str() of everything but bytes.

    fdk-python 0.1.128, fdk/response.py; async_http/response.py writes a missing content type as "None".
    """
    told = context.GetResponseHeaders()
    if type(answer).__module__.partition(".")[0] == "fdk":
        return answer
    if answer is None or isinstance(answer, (bytes, bytearray)):
        told.setdefault("content-type", "application/octet-stream" if answer else "")
        return answer
    if isinstance(answer, str):
        told.setdefault("content-type", "text/plain; charset=utf-8")
        return answer
    from json import dumps

    told.setdefault("content-type", "application/json")
    return dumps(answer)


SOURCES: tuple[Source, ...] = (
    Source(
        "fn.invoke",
        "Fn, direct invocations",
        "https://github.com/fnproject/docs/blob/master/fn/develop/function-format.md",
        holds=lambda event: True,
        read=_read,
        answers=True,
        result=_make_result,
        by_context=is_fn,
    ),
)
