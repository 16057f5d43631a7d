"""The Runtime API's client, where the API does not do what it should."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from lambda_bridge.errors import PlatformError
from lambda_bridge.runtime.api import RuntimeApi as Client
from lambda_bridge.runtime.api import register_extension
from tests.runtime.runtime_api import Call, Refusal, RuntimeApi

if TYPE_CHECKING:
    from collections.abc import Callable

BROKEN = Refusal(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")


def slept() -> tuple[list[float], Callable[[float], None]]:
    """What is slept, and what sleeps: not at all."""
    seconds: list[float] = []
    return seconds, seconds.append


@pytest.mark.parametrize(
    "refusal", [Refusal(500, b"{}"), Refusal(503), Refusal(), BROKEN], ids=["500", "503", "closed", "without an id"]
)
def test_event_is_asked_for_again_with_back_off(refusal: Refusal) -> None:
    """An API that comes back is served."""
    seconds, sleep = slept()
    with RuntimeApi(refusal, refusal, Call({})) as api, closing(Client(api.address, sleep)) as client:
        invocation = client.next()
        client.respond(invocation, b"{}")

    assert invocation.body == b"{}"
    assert seconds == [0.1, 0.2]


@pytest.mark.parametrize(
    ("refusal", "message"),
    [
        (Refusal(500, b'{"errorType":"Container"}'), 'gives no event: 500 {"errorType":"Container"}, 6 times in a row'),
        (Refusal(), "cannot be asked for an event: the connection was closed before the end of an answer, 6 times"),
        (BROKEN, "gives no event: 200 {}, 6 times in a row"),
    ],
    ids=["500", "closed", "without an id"],
)
def test_api_that_stays_broken_ends_the_process(refusal: Refusal, message: str) -> None:
    """With a sentence, after three seconds, and never in a circle."""
    seconds, sleep = slept()
    caught = pytest.raises(PlatformError, match=re.escape(message))
    with RuntimeApi(*[refusal] * 6) as api, closing(Client(api.address, sleep)) as client, caught:
        client.next()

    assert seconds == [0.1, 0.2, 0.4, 0.8, 1.6]


def test_api_that_is_not_there_ends_the_process() -> None:
    """The same; the sentence has its address."""
    with RuntimeApi() as api:
        address = api.address
    seconds, sleep = slept()
    with closing(Client(address, sleep)) as client, pytest.raises(PlatformError, match=f"at {address} cannot be asked"):
        client.next()
    assert len(seconds) == 5


@pytest.mark.parametrize("status", [400, 403, 404])
def test_refusal_is_not_asked_for_again(status: int) -> None:
    """It would be the same."""
    seconds, sleep = slept()
    refused = pytest.raises(PlatformError, match=f"refuses to give an event: {status} why")
    with RuntimeApi(Refusal(status, b"why")) as api, closing(Client(api.address, sleep)) as client, refused:
        client.next()
    assert seconds == []


def test_result_goes_over_another_connection_where_the_kept_one_was_closed() -> None:
    """As while the sandbox was frozen."""
    call = Call({})
    with RuntimeApi(call) as api, closing(Client(api.address)) as client:
        invocation = client.next()
        api.hang_up()
        client.respond(invocation, b"{}")
        assert (call.kind, api.connections) == ("response", 2)


def test_stream_begins_on_another_connection_where_the_kept_one_was_closed() -> None:
    """Later, that could not be mended."""
    call = Call({})
    with RuntimeApi(call) as api, closing(Client(api.address)) as client:
        invocation = client.next()
        api.hang_up()
        upload = client.begin_stream(invocation, b'{"statusCode":200}' + bytes(8))
        upload.send(b"x")
        upload.end()
        assert (call.streamed, api.connections) == (b"x", 2)


def test_api_that_dies_takes_no_result(caplog: pytest.LogCaptureFixture) -> None:
    """That is logged; the next event is not asked for in vain."""
    with RuntimeApi(Call({})) as api, closing(Client(api.address, lambda seconds: None)) as client:
        invocation = client.next()
        api.close()
        client.respond(invocation, b"{}")
        with pytest.raises(PlatformError):
            client.next()
    assert "has not taken /invocation/" in caplog.text


def test_extension_waits_for_an_event_that_never_comes() -> None:
    """On a connection that is kept for that."""
    with RuntimeApi() as api:
        connection = register_extension(api.address)
        assert connection is not None
        assert api.is_waited_for.wait(20)
        assert not connection.has_answered()
        connection.close()


def test_extension_that_is_refused_or_cannot_be_told_is_gone_without() -> None:
    """An emulator may not know of any."""
    with RuntimeApi(extensions=False) as api:
        assert register_extension(api.address) is None
        address = api.address
    assert register_extension(address) is None
