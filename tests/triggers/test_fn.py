"""Direct invocations of Fn."""

from __future__ import annotations

import asyncio
import json
from io import BytesIO
from typing import Any

import pytest

from lambda_bridge import make_handler


class InvokeContext:
    """As the FDK passes it, where the call did not come through the gateway."""

    def Method(self) -> None:  # noqa: N802
        return None

    def CallID(self) -> str:  # noqa: N802
        return "call-7"

    def Deadline(self) -> None:  # noqa: N802
        return None

    def __init__(self) -> None:
        self.headers: dict[str, str] = {}

    def GetResponseHeaders(self) -> dict[str, str]:  # noqa: N802
        return self.headers


InvokeContext.__module__ = "fdk.context"


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise AssertionError("the app was called")


def invoke(data: bytes, work: Any) -> tuple[Any, str]:
    """(result, content type) of a call whose function is *work*."""
    handler = make_handler(app)
    handler.on("fn.invoke")(work)
    context = InvokeContext()
    return handler(context, data=BytesIO(data)), context.headers["content-type"]


def test_context_comes_first_and_the_body_by_keyword() -> None:
    """JSON or not."""
    seen: list[Any] = []
    for body in (b'{"a": 1}', b"\xff"):
        invoke(body, lambda event: seen.extend([event.id, event.data]))
    assert seen == ["call-7", {"a": 1}, "call-7", b"\xff"]


@pytest.mark.parametrize("answer", [{"a": None}, [1, "文"], 0, False, {}])
def test_answers_are_json(answer: Any) -> None:
    """The FDK would write them as Python does, and an empty one as nothing."""
    result, kind = invoke(b"{}", lambda event: answer)
    assert (json.loads(result), kind) == (answer, "application/json")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("hello", "text/plain; charset=utf-8"), (b"\xff", "application/octet-stream"), (None, "")],
)
def test_text_and_bytes_go_back_as_they_are(answer: Any, kind: str) -> None:
    """And nothing as nothing; a content type that is not set would be written as None."""
    assert (answer, kind) == invoke(b"{}", lambda event: answer)


def test_response_of_the_fdk_goes_back_as_it_is() -> None:
    """A function may make one, with a status of its own."""

    class Response:
        pass

    Response.__module__ = "fdk.response"
    response = Response()
    handler = make_handler(app)
    handler.on("fn.invoke")(lambda event: response)
    assert handler(InvokeContext(), data=BytesIO(b"{}")) is response


def test_async_function_is_awaited_by_the_fdk() -> None:
    """On its loop, in which nobody else may wait."""
    handler = make_handler(app)

    @handler.on("fn.invoke")
    async def work(event: Any) -> Any:
        await asyncio.sleep(0)
        return event.data

    async def fdk() -> Any:
        return await handler(InvokeContext(), data=BytesIO(b"7"))

    assert asyncio.run(fdk()) == "7"
    handler.close()
