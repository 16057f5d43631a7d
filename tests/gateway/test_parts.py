"""A call whose platform streams, up to whoever takes the parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.gateway.function import Function
from lambda_bridge.messages import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Taker:
    """Takes *wanted* parts."""

    def __init__(self, wanted: int = 1000) -> None:
        self.wanted = wanted
        self.heads: list[Response] = []
        self.parts: list[bytes] = []

    def begin(self, head: Response, leave: Callable[[], None]) -> None:
        self.heads.append(head)

    def send(self, part: bytes) -> bool:
        self.parts.append(part)
        return len(self.parts) < self.wanted


def app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    start_response("201 Created", [("Content-Type", "text/plain"), ("X-Note", "1")])
    try:
        yield from (b"one", b"", b"two", b"three")
    finally:
        CLOSED.append(environ["PATH_INFO"])


CLOSED: list[str] = []


@pytest.mark.parametrize("spelling", ["wsgi", "asgi", "gcp", "vercel", "aws_rest", "aws_url"])
def test_head_and_parts_are_handed_over(spelling: str) -> None:
    """There is no response besides; of what is shown, the app's view and the result are part."""
    taker = Taker()
    function = Function(make_handler(app, stream=True))
    outcome = function.call(Request("GET", f"/{spelling}"), spelling, taker=taker)
    function.close()

    (head,) = taker.heads
    assert (head.status, head.header("x-note"), head.body, head.chunks) == (201, "1", b"", None)
    assert taker.parts == [b"one", b"two", b"three"]
    assert (outcome.response, outcome.answer, outcome.problem) == (None, "", None)
    assert '"bytes": 11' in outcome.result
    assert outcome.seen["path"] == f"/{spelling}"
    assert CLOSED.count(f"/{spelling}") == 1


@pytest.mark.parametrize(("spelling", "parts"), [("wsgi", 1), ("aws_url", 3)])
def test_who_wants_no_more_is_told_where_the_platform_does(spelling: str, parts: int) -> None:
    """The app is closed either way."""
    taker = Taker(wanted=1)
    before = len(CLOSED)
    outcome = Function(make_handler(app, stream=True)).call(Request("GET", "/"), spelling, taker=taker)

    assert len(taker.parts) == parts
    assert (outcome.answer, len(CLOSED)) == ("", before + 1)


@pytest.mark.parametrize("spelling", ["aws_rest:http_1.0", "aws_http", "aliyun_wsgi", "tencent_url"])
def test_what_cannot_stream_is_collected(spelling: str) -> None:
    """Whoever takes parts, and whatever is set."""
    taker = Taker()
    outcome = Function(make_handler(app, stream=True)).call(Request("GET", "/"), spelling, taker=taker)

    assert taker.heads == []
    assert outcome.response is not None
    assert outcome.response.body == b"onetwothree"


def test_a_refused_head_is_the_platforms_answer() -> None:
    """Nothing has gone to the client by then."""

    def odd(environ: Any, start_response: Any) -> list[bytes]:
        start_response("20 Odd", [])
        return [b"x"]

    taker = Taker()
    outcome = Function(odd).call(Request("GET", "/"), "wsgi", taker=taker)

    assert (taker.heads, outcome.answer) == ([], "refused")
    assert (outcome.problem or "").startswith("wsgi refuses the result: ")
