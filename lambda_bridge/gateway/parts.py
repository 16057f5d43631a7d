"""A call whose platform sends each part of the response on as the app makes it. This runs where the app runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from lambda_bridge.errors import RefusedResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.emulate import Platform
    from lambda_bridge.gateway.function import Outcome
    from lambda_bridge.gateway.limits import Limits
    from lambda_bridge.messages import Response

    class Taker(Protocol):
        """Whoever gets the response: `client.Client`, or `relay.FarClient` in its place."""

        def begin(self, head: Response, leave: Callable[[], None]) -> None: ...
        def send(self, part: bytes) -> bool: ...


def send_parts(outcome: Outcome, platform: Platform, event: Any, context: Any, taker: Taker, limits: Limits) -> Any:
    """Call the function, and hand its response to *taker*; gives what is to be shown as the result.

    A response that has no body goes into *outcome* instead. Raises what the app raises; a platform's refusal
    stands in *outcome*.
    """
    try:
        _, response = platform.stream(event, context)
        return _send(outcome, platform, response, taker, limits)
    except RefusedResult as error:
        outcome.answer, outcome.problem = "refused", f"{platform.name} refuses the result: {error}"
        return None


def _send(outcome: Outcome, platform: Platform, response: Response, taker: Taker, limits: Limits) -> Any:
    chunks: Any = response.chunks
    response.chunks = None
    shown = {"status": response.status, "headers": response.headers}
    size = parts = 0
    try:
        if response.status in (204, 304):
            response.body = b"".join(chunks)
            outcome.response = response
            return shown
        # Lambda does not tell a function that its client has gone (docs.aws.amazon.com/lambda/latest/dg/
        # configuration-response-streaming.html, read in 2026-11): it runs to its end.
        tells_end = always = platform.format.STREAMS
        # Who is never set to stream takes a body of known length as it takes a whole one.
        limit = limits.response if always and response.header("content-length") else limits.streamed
        taker.begin(response, chunks.leave)
        for part in chunks:
            parts += 1
            size += len(part)
            if size > limit:
                raise RefusedResult(f"the body in parts is over {limit} bytes")
            if not taker.send(part) and tells_end:
                break
    finally:
        chunks.close()
    return {**shown, "parts": parts, "bytes": size}
