"""One request through every format: what the report says, and that it tells the truth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import formats
from lambda_bridge.compare import Row, compare, find_differences
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.testing import make_request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    return [b"hello " + body]


async def async_hello(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    body = (await receive())["body"]
    headers = [(b"content-type", b"text/plain"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello " + body})


def rows_for(app: Any, method: str = "GET", url: str = "/", **request: Any) -> dict[str, Row]:
    url = url if "://" in url else f"https://www.example.com{url}"
    rows = compare(app, make_request(method, url, client=("203.0.113.9", 0), **request))
    assert [row.format for row in rows[:1]] == ["wsgi" if app is hello else "asgi"]
    assert sorted(row.format for row in rows) == sorted(formats.spellings())
    return {row.format: row for row in rows}


@pytest.mark.parametrize("app", [hello, async_hello])
def test_every_format_has_a_row(app: Any) -> None:
    """The app answers on every cloud whose packages are installed, and the report says so."""
    rows = rows_for(app, "POST", "/a?b=c", body=b"world", headers={"Content-Type": "text/plain"})

    for row in rows.values():
        if row.problem is not None:
            assert row.problem.endswith("is not installed")
            continue
        assert (row.seen["method"], row.got["status"]) == ("POST", 200)
        assert row.got["body"] == rows["wsgi"].got["body"]


def test_differences_are_told() -> None:
    """Of a repeated name, ALB keeps the last value only where it hands over single ones."""
    rows = rows_for(hello, "GET", "/a%2Fb?q=1&q=2")

    assert rows["wsgi"].differences == []
    assert "the app sees query 'q=2' instead of 'q=1&q=2'" in rows["aws_alb"].differences
    assert not [each for each in rows["aws_rest"].differences if "query" in each]
    assert [each for each in rows["aws_url"].differences if "sees also" in each] == [
        "the app sees also x-forwarded-for, x-forwarded-port, x-forwarded-proto"
    ]


def test_what_only_time_makes_is_no_difference() -> None:
    """The second cookie expires a moment after the first; any other attribute counts."""

    def row(*cookies: str) -> Row:
        return Row("wsgi", None, {}, {"headers": {"set-cookie": list(cookies), "date": [str(cookies)]}}, [])

    first = row("a=1; Expires=Thu, 20 May 2027 11:25:30 GMT; Path=/")

    assert not list(find_differences(first, row("a=1; expires=Thu, 20 May 2027 11:25:31 GMT; Path=/")))
    assert [each.field for each in find_differences(first, row("a=1; Path=/b"))] == ["got.headers"]


def test_differences_have_fields() -> None:
    """What a table marks: which field, of which side, and what is but added."""
    measure = Row("wsgi", None, {"query": "q=1", "headers": {}}, {"status": 200}, [])
    other = Row("x", None, {"query": "", "headers": {"x-a": ["1"]}}, {"status": 201}, [])

    found = {each.field for each in find_differences(measure, other)}

    assert found == {"seen.query", "seen.added", "got.status"}
    assert [each.field for each in find_differences(measure, other._replace(problem="no"))] == ["problem"]


def test_raw_path_is_told_where_there_is_one() -> None:
    """HTTP APIs decode the path before the function sees it; WSGI has no raw path to compare."""
    rows = rows_for(async_hello, "GET", "/a%2Fb")

    assert "the app sees raw_path '/a/b' instead of '/a%2Fb'" in rows["aws_http"].differences
    assert "raw_path" not in rows_for(hello)["aws_http"].seen


def test_request_that_cannot_be_carried_is_a_row_too() -> None:
    """A function URL of Tencent carries text only."""
    row = rows_for(hello, "POST", body=b"\xff\xfe")["tencent_url"]

    assert row.problem is not None
    assert "text" in row.problem
    assert (row.differences, row.seen, row.got) == ([row.problem], {}, {})


def test_what_is_no_app_is_refused() -> None:
    """The same error as that of make_handler."""
    with pytest.raises(ConfigurationError, match="no module 'nothing_here'"):
        compare("nothing_here:app", make_request("GET", "/"))
