from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.errors import UnknownEvent
from lambda_bridge.testing import make_request
from lambda_bridge.unclaimed import deliver, deliver_aio
from lambda_bridge.websockets import Message, aws

if TYPE_CHECKING:
    from lambda_bridge.handler import Handler

URL = "https://abc.execute-api.eu-central-1.amazonaws.com/prod"
CONNECT = aws.make_event(Message("connect", "a=", URL, make_request("GET", "/", root_path="/prod")))
SQS = {
    "Records": [
        {
            "messageId": "1",
            "body": "x",
            "attributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:eu-central-1:1:queue",
        }
    ]
}
PROBLEM = UnknownEvent("a dict")


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.accept"})
    await receive()


def handler_for(**options: Any) -> Handler:
    return make_handler(app, lifespan="off", **options)


def delivered(handler: Handler, is_aio: bool, *args: Any, **keywords: Any) -> Any:
    if is_aio:
        return asyncio.run(deliver_aio(handler.line, args, keywords, PROBLEM))
    return deliver(handler.line, args, keywords, PROBLEM)


@pytest.mark.parametrize("is_aio", [False, True])
@pytest.mark.parametrize(
    ("args", "keywords"),
    [
        ((CONNECT, None), {}),
        ((CONNECT,), {}),
        ((json.dumps(CONNECT), None), {}),
        ((json.dumps(CONNECT).encode(), None), {}),
        ((), {"event": CONNECT, "context": None}),
        ((), {"req": CONNECT}),
    ],
)
def test_event_of_a_gateway_goes_to_the_conversation(
    args: tuple[Any, ...], keywords: dict[str, Any], is_aio: bool
) -> None:
    """By position or by name, as a dict or as JSON."""
    handler = handler_for()
    assert 200 == delivered(handler, is_aio, *args, **keywords)["statusCode"]
    handler.close()


@pytest.mark.parametrize("is_aio", [False, True])
def test_gateway_that_is_not_accepted_is_refused(is_aio: bool) -> None:
    """The option formats names gateways of WebSockets too."""
    with pytest.raises(UnknownEvent, match=r"'aws_websocket'; make_handler accepts formats=\['aws_http'\] only"):
        delivered(handler_for(formats=["aws_http"]), is_aio, CONNECT, None)


@pytest.mark.parametrize("is_aio", [False, True])
def test_event_of_a_source_goes_to_its_function(is_aio: bool) -> None:
    """A call need not have a context."""
    bodies = []
    handler = handler_for(partial_failures=False)
    handler.on("aws.sqs")(lambda event: bodies.append(event.data))
    delivered(handler, is_aio, SQS)
    assert [b"x"] == bodies


@pytest.mark.parametrize("is_aio", [False, True])
@pytest.mark.parametrize("args", [({"a": 1},), (b"{",), ("[" * 100_000,), (None,), ()])
def test_event_of_nobodys_is_the_problem_that_it_was(args: tuple[Any, ...], is_aio: bool) -> None:
    """Whatever it is: the error says what recognize has seen."""
    with pytest.raises(UnknownEvent) as caught:
        delivered(handler_for(), is_aio, *args)
    assert PROBLEM is caught.value
