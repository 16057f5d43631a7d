"""Platforms as they call a handler: through JSON, by keyword, as a server, on a loop of their own."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import formats, make_handler
from lambda_bridge.emulate import Chunks, Platform, event_size, takes_json
from lambda_bridge.formats import asgi, aws_http, wsgi
from lambda_bridge.messages import Request
from lambda_bridge.recognize import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["lambda_bridge.format"].encode()]


def test_json_goes_both_ways() -> None:
    """What is no JSON would not reach the platform."""
    event = aws_http.make_event(Request("GET", "/"))
    seen = []

    def handler(event: Any, context: Any) -> Any:
        seen.append((event, context))
        return {"statusCode": 200, "body": (1, 2)}

    result = Platform(handler, "aws_http").invoke(event, "context")

    assert seen == [(event, "context")]
    assert seen[0][0] is not event
    assert result == {"statusCode": 200, "body": [1, 2]}
    with pytest.raises(TypeError):
        Platform(lambda event, context: b"bytes", "aws_http").invoke(event)


@pytest.mark.parametrize(("name", "format_"), [("wsgi", wsgi), ("asgi", asgi)])
def test_servers_call_in_their_own_way(name: str, format_: Any) -> None:
    """The result is what a server of that kind is given."""
    platform = Platform(make_handler(hello), name)

    response = format_.read_result(platform.invoke(format_.make_event(Request("GET", "/"))))
    platform.close()

    assert (response.status, response.body) == (200, name.encode())


def test_one_loop_for_all_calls() -> None:
    """A platform that owns a loop has one as long as it lives; afterwards nothing is left of it."""
    loops = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        loops.append(asyncio.get_running_loop())
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    before = set(threading.enumerate())
    platform = Platform(make_handler(app, lifespan="off"), "asgi")
    for _ in range(3):
        platform.invoke(asgi.make_event(Request("GET", "/")))
    during = set(threading.enumerate()) - before
    platform.close()
    platform.close()

    assert (len(set(loops)), len(during)) == (1, 1)
    assert not [thread for thread in during if thread.is_alive()]
    assert loops[0].is_closed()


def test_loop_ends_with_its_platform() -> None:
    """Who forgets close() leaves no thread behind."""
    before = set(threading.enumerate())
    platform = Platform(make_handler(hello), "asgi")
    platform.invoke(asgi.make_event(Request("GET", "/")))

    del platform
    gc.collect()

    assert set(threading.enumerate()) <= before


def test_loop_may_be_forgotten_inside_another_one() -> None:
    """The garbage collector comes by wherever it wants."""
    before = set(threading.enumerate())
    platform = Platform(make_handler(hello), "asgi")
    platform.invoke(asgi.make_event(Request("GET", "/")))
    forgotten = [platform]
    del platform

    async def scenario() -> None:
        forgotten.clear()
        gc.collect()

    asyncio.run(scenario())

    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(
    ("event", "size"),
    [({"a": "é"}, 11), ({}, 2), (wsgi.make_event(Request("GET", "/")), None), ({"body": b"a"}, None)],
)
def test_size_of_an_event(event: Any, size: Any) -> None:
    """Bytes of its JSON in UTF-8; what is no JSON has none."""
    assert event_size(event) == size


async def async_hello(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": scope["lambda_bridge.format"].encode()})


@pytest.mark.parametrize("app", [hello, async_hello], ids=["wsgi", "asgi"])
def test_one_handler_for_every_platform(app: Any) -> None:
    """The same object is called in each platform's own way, one after the other and back again."""
    handler = make_handler(app)
    platforms = {name: Platform(handler, name) for name in NAMES}

    for _ in range(2):
        for name, platform in platforms.items():
            event = platform.format.make_event(Request("GET", "/", headers=[("host", "example.com")]))
            response = platform.format.read_result(platform.invoke(event))
            assert (response.status, response.body) == (200, name.encode())
    handler.close()
    for platform in platforms.values():
        platform.close()


# --- streams


async def three_parts(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Ends when it hears that its client is gone."""
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-name", b"value")]})
    for part in (b"one", b"", b"two", b"three"):
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body"})


def stream(app: Any, name: str) -> tuple[Any, Any, Platform]:
    """(result, response, platform) of an app that is handed to the platform as its handler."""
    handler = make_handler(app, lifespan="off")
    platform = Platform(handler, name)
    result, response = platform.stream(platform.format.make_event(Request("GET", "/")))
    return result, response, platform


@pytest.mark.parametrize("name", [name for name in NAMES if formats.load(name).STREAMS])
def test_chunks_of_a_platform_that_streams(name: str) -> None:
    """Each as it comes, none empty, and there is no result."""
    result, response, platform = stream(three_parts, name)
    chunks = list(response.chunks)
    platform.close()

    assert (result, response.status, response.body) == (None, 200, b"")
    assert ("x-name", "value") in response.headers
    assert chunks == [b"one", b"two", b"three"]
    assert list(response.chunks) == []


def test_one_chunk_of_a_platform_that_does_not_stream() -> None:
    """And the result is there."""
    result, response, _ = stream(three_parts, "aws_http")

    assert result["body"] == "onetwothree"
    assert list(response.chunks) == [b"onetwothree"]


def test_no_chunk_of_an_empty_body() -> None:
    """Nothing is nothing."""

    def empty(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("204 No Content", [])
        return []

    for name in ("aws_http", "wsgi", "asgi", "gcp"):
        _, response, platform = stream(empty, name)
        assert (response.status, list(response.chunks)) == (204, [])
        platform.close()


def test_platform_that_ends_before_its_stream() -> None:
    """Neither close() waits for the other."""
    _, response, platform = stream(three_parts, "asgi")
    assert next(response.chunks) == b"one"

    platform.close()
    response.chunks.close()

    assert list(response.chunks) == []


def test_stream_of_a_handler_that_fails_at_once() -> None:
    """What it raises is raised where it is called, and nothing of it is left."""

    class Failing:
        async def asgi(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
            raise RuntimeError("broken")

    before = threading.active_count()
    platform = Platform(Failing(), "asgi")  # type: ignore[arg-type]  # all of a handler that is asked for
    with pytest.raises(RuntimeError, match="broken"):
        platform.stream(asgi.make_event(Request("GET", "/")))
    platform.close()

    assert threading.active_count() == before


def test_chunks_are_closed_once() -> None:
    """At the end, when they break, or before."""
    closed: list[str] = []

    def breaking() -> Iterable[bytes]:
        yield b"a"
        raise RuntimeError("broken")

    complete = Chunks([b"", b"a", b""], lambda: closed.append("complete"))
    assert list(complete) == [b"a"]
    complete.close()
    broken = Chunks(breaking(), lambda: closed.append("broken"))
    assert next(broken) == b"a"
    with pytest.raises(RuntimeError):
        next(broken)
    broken.close()
    left = Chunks([b"a"], lambda: closed.append("left"))
    left.leave()
    left.close()
    left.close()

    assert (closed, list(left)) == (["complete", "broken", "left"], [])


@pytest.mark.parametrize("spelling", ["aws_url", "aws_rest", "aws_rest:http_1.0", "aws_http"])
def test_lambda_streams_where_that_is_set(spelling: str) -> None:
    """With our runtime, for a gateway that can be set to stream."""
    name, _, variant = spelling.partition(":")
    event = formats.load(name).make_event(Request("GET", "/", headers=[("host", "localhost")]), variant or None)
    can_stream = spelling in ("aws_url", "aws_rest")
    plain, streaming = Platform(make_handler(hello), name), Platform(make_handler(hello, stream=True), name)
    result, response = streaming.stream(event)

    assert (plain.streams(event), streaming.streams(event)) == (False, can_stream)
    assert (result is None) == can_stream
    assert (response.status, response.header("content-type")) == (200, "text/plain")
    assert list(response.chunks) == [name.encode()]  # type: ignore[arg-type]


def test_formats_whose_events_are_json() -> None:
    """All but those of servers, and of platforms with objects of their own."""
    assert {name for name in NAMES if not takes_json(name)} == {
        *("aliyun_wsgi", "asgi", "azure", "azure_stream", "fn", "gcp", "gcp_aio", "vercel", "wsgi")
    }
