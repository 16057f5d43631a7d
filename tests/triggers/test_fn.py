"""Direct invocations of Fn."""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

from lambda_bridge import make_handler


class InvokeContext:
    """As the FDK passes it, where the call did not come through the gateway."""

    def Method(self) -> None:  # noqa: N802
        return None

    def CallID(self) -> str:  # noqa: N802
        return "call-7"

    def Deadline(self) -> None:  # noqa: N802
        return None


InvokeContext.__module__ = "fdk.context"


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise AssertionError("the app was called")


def test_context_comes_first_and_the_body_by_keyword() -> None:
    """JSON or not."""
    handler = make_handler(app)
    handler.on("fn.invoke")(lambda event: [event.id, event.data])
    assert ["call-7", {"a": 1}] == handler(InvokeContext(), data=BytesIO(b'{"a": 1}'))
    assert ["call-7", b"\xff"] == handler(InvokeContext(), data=BytesIO(b"\xff"))


def test_async_function_is_awaited_by_the_fdk() -> None:
    """On its loop, in which nobody else may wait."""
    handler = make_handler(app)

    @handler.on("fn.invoke")
    async def work(event: Any) -> Any:
        await asyncio.sleep(0)
        return event.data

    async def fdk() -> Any:
        return await handler(InvokeContext(), data=BytesIO(b"7"))

    assert asyncio.run(fdk()) == 7
    handler.close()
