"""Responses in parts: what the client has before the app goes on, and what the app hears of the client."""

from __future__ import annotations

import asyncio
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.apps import _streaming
from lambda_bridge.apps.asgi import AsgiRunner
from lambda_bridge.errors import DeadlineExceeded, NoResponse
from lambda_bridge.messages import Request, Response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

START = {"type": "http.response.start", "status": 200, "headers": [(b"a", b"1")]}
GET = Request("GET", "/")
ORIGIN = ("asgi", None, None)


def part(body: bytes, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": body, "more_body": more}


class Recorder:
    """An app that sends three parts, and keeps what has happened in ``log``."""

    def __init__(self) -> None:
        self.log: list[str] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send(START)
        try:
            for number in range(3):
                await send(part(b"%d" % number))
                self.log.append(f"sent {number}")
            await send(part(b"", more=False))
        except OSError as error:
            self.log.append(type(error).__name__)
            self.log.append((await receive())["type"])
            raise


@pytest.fixture
def runner_for() -> Iterator[Any]:
    runners = []

    def make(app: Any) -> AsgiRunner:
        runners.append(AsgiRunner(app, "off"))
        return runners[-1]

    yield make
    for runner in runners:
        runner.close()


def test_parts_come_one_by_one(runner_for: Any) -> None:
    """The app makes a part when the one before has been taken: no sooner, no later."""
    app = Recorder()

    response = runner_for(app).run(GET, ORIGIN, None, True)
    seen = []
    for chunk in response.chunks:
        seen.append((chunk, list(app.log)))

    assert (response.status, response.headers, response.body) == (200, [("a", "1")], b"")
    assert seen == [(b"0", []), (b"1", ["sent 0"]), (b"2", ["sent 0", "sent 1"])]
    assert app.log == ["sent 0", "sent 1", "sent 2"]


@pytest.mark.parametrize("method", ["HEAD", "GET"])
def test_a_whole_body_is_no_stream(runner_for: Any, method: str) -> None:
    """One message, or a method that has no body: the response is complete, with its length."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send(START)
        if method == "HEAD":
            await send(part(b"a"))
        await send(part(b"b", more=False))

    response = runner_for(app).run(Request(method, "/"), ORIGIN, None, True)

    assert response.chunks is None
    assert response.body == (b"ab" if method == "HEAD" else b"b")


def test_without_streaming_it_is_collected(runner_for: Any) -> None:
    """Platforms that buffer get the same app's body in one piece."""
    response = runner_for(Recorder()).run(GET, ORIGIN, None)

    assert (response.chunks, response.body) == (None, b"012")


def test_app_hears_that_the_client_has_gone(runner_for: Any) -> None:
    """close() makes send raise OSError and receive give the disconnect, as the spec has it since HTTP 2.4."""
    app = Recorder()

    response = runner_for(app).run(GET, ORIGIN, None, True)
    next(response.chunks)
    response.chunks.close()
    response.chunks.close()

    assert app.log == ["ClientGone", "http.disconnect"]


@pytest.mark.parametrize("seconds", [None, 0.05])
def test_app_that_hears_nothing_is_ended(runner_for: Any, monkeypatch: pytest.MonkeyPatch, seconds: Any) -> None:
    """It waits for something else than its client: by its deadline, or after as long as its tasks have."""
    monkeypatch.setattr(_streaming, "LEFT_TASKS", 0.01)
    log = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send(START)
        with suppress(OSError):
            await send(part(b"a"))
        try:
            await asyncio.Event().wait()
        finally:
            log.append("ended")

    chunks = runner_for(app).run(GET, ORIGIN, seconds, True).chunks
    assert next(chunks) == b"a"
    chunks.close()

    assert log == ["ended"]


def test_generators_end_when_the_client_has_gone(runner_for: Any) -> None:
    """As frameworks have them, in circles of errors: the function may be frozen until the next call."""
    log = []

    async def words() -> AsyncIterator[bytes]:
        try:
            yield b"one"
            yield b"two"
        finally:
            await asyncio.sleep(0)
            log.append("ended")

    async def framework(scope: dict[str, Any], receive: Any, send: Any) -> None:
        body = words()
        await send(START)
        try:
            async for word in body:
                await send(part(word))
        except OSError as error:
            kept = error
            raise RuntimeError("the client has gone") from kept

    response = runner_for(framework).run(GET, ORIGIN, None, True)
    assert next(response.chunks) == b"one"
    response.chunks.close()

    assert log == ["ended"]


def test_error_in_the_middle_reaches_the_server(runner_for: Any) -> None:
    """The server must cut the connection: a client would take the parts for the whole."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send(START)
        await send(part(b"a"))
        raise ValueError("no more")

    response = runner_for(app).run(GET, ORIGIN, None, True)

    assert next(response.chunks) == b"a"
    with pytest.raises(ValueError, match="no more"):
        next(response.chunks)


def test_response_without_an_end_is_an_error(runner_for: Any) -> None:
    """An app that returns in the middle of its body has not answered."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send(START)
        await send(part(b"a"))

    response = runner_for(app).run(GET, ORIGIN, None, True)

    with pytest.raises(NoResponse, match="a part of the response"):
        list(response.chunks)


def test_deadline_ends_a_stream(runner_for: Any) -> None:
    """An endless response is cut when its time is over."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send(START)
        await send(part(b"a"))
        await asyncio.Event().wait()

    response = runner_for(app).run(GET, ORIGIN, 0.05, True)

    assert next(response.chunks) == b"a"
    with pytest.raises(DeadlineExceeded):
        next(response.chunks)


def test_last_part_does_not_wait_for_background_work(runner_for: Any) -> None:
    """The client has everything; the stream ends when the app has."""
    gates: list[asyncio.Event] = []
    log = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send(START)
        await send(part(b"a"))
        await send(part(b"b", more=False))
        log.append("background")
        gates.append(asyncio.Event())  # before Python 3.10 it belongs to the loop that runs
        await gates[0].wait()

    runner = runner_for(app)
    chunks = runner.run(GET, ORIGIN, None, True).chunks
    taken = [next(chunks), next(chunks)]
    runner.own_loop().loop.call_soon_threadsafe(gates[0].set)

    assert taken == [b"a", b"b"]
    assert list(chunks) == []
    assert log == ["background"]


def test_streams_of_several_threads_go_on_side_by_side(runner_for: Any) -> None:
    """While one client takes its time, the others get theirs."""
    runner = runner_for(Recorder())
    slow = runner.run(GET, ORIGIN, None, True)
    bodies: list[bytes] = []

    def read() -> None:
        bodies.append(b"".join(runner.run(GET, ORIGIN, None, True).chunks))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    first = next(slow.chunks)
    for thread in threads:
        thread.join(10)

    assert bodies == [b"012"] * 8
    assert [first, *slow.chunks] == [b"0", b"1", b"2"]


def test_memory_holds_one_part(runner_for: Any) -> None:
    """The app cannot run ahead of the client."""
    ahead = [0]

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send(START)
        for _ in range(50):
            ahead[0] += 1
            await send(part(bytes(1000)))
        await send(part(b"", more=False))

    for taken, chunk in enumerate(runner_for(app).run(GET, ORIGIN, None, True).chunks, start=1):
        assert len(chunk) == 1000
        assert ahead[0] == taken


# --- on the loop of a host


def test_parts_on_the_hosts_loop() -> None:
    """The same, asynchronously."""
    app = Recorder()

    async def serve() -> list[tuple[bytes, list[str]]]:
        response = await AsgiRunner(app, "off").aio(GET, ORIGIN, None, True)
        chunks: Any = response.chunks
        return [(chunk, list(app.log)) async for chunk in chunks]

    assert [chunk for chunk, _ in asyncio.run(serve())] == [b"0", b"1", b"2"]
    assert app.log == ["sent 0", "sent 1", "sent 2"]


def test_client_that_leaves_the_hosts_loop() -> None:
    """aclose() is the host's word for a client that has gone."""
    app = Recorder()

    async def serve() -> None:
        response: Response = await AsgiRunner(app, "off").aio(GET, ORIGIN, None, True)
        chunks: Any = response.chunks
        await chunks.__anext__()
        await chunks.aclose()

    asyncio.run(serve())

    assert app.log == ["ClientGone", "http.disconnect"]


def test_from_another_loop_it_goes_through_threads() -> None:
    """An app belongs to one loop; a call from a second one is handed to the first."""
    runner = AsgiRunner(Recorder(), "off")
    with closing(runner):
        runner.run(GET, ORIGIN, None)

        async def serve() -> bytes:
            response = await runner.aio(GET, ORIGIN, None, True)
            chunks: Any = response.chunks
            return b"".join([part async for part in chunks])

        assert asyncio.run(serve()) == b"012"
