"""What the stopwatch does to a handler; what it measures, test_function.py asks of every format."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.gateway.stopwatch import Stopwatch


def hello(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def test_a_stopwatch_leaves_no_trace() -> None:
    """Two of them can look at one handler, one after the other."""
    handler = make_handler(hello)
    event = {"httpMethod": "GET"}
    for _ in range(2):
        watch = Stopwatch(handler)
        watch.start()
        with pytest.raises(Exception, match="no HTTP format"):
            watch.handler(event, None)
        assert watch.stop(False)["read"] == 0

    assert "receive" not in vars(handler.line)


def test_it_tells_what_the_app_has_seen() -> None:
    """Of the last call, and nothing before one."""
    watch = Stopwatch(make_handler(hello))
    watch.start()
    before = watch.seen()
    watch.handler(
        {
            "httpMethod": "GET",
            "path": "/a",
            "headers": {"x": "1"},
            "multiValueHeaders": {"x": ["1"]},
            "requestContext": {"elb": {"targetGroupArn": "x"}},
        },
        None,
    )
    watch.stop(False)

    assert before == {}
    assert (watch.seen()["interface"], watch.seen()["path"]) == ("wsgi", "/a")
