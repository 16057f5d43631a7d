"""One call of a function: what becomes of it, what is shown of it, and where its time goes."""

from __future__ import annotations

import base64
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import make_handler, websockets
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.gateway.calls import Trigger
from lambda_bridge.gateway.delivery import sample_text
from lambda_bridge.gateway.function import Function, load_handler
from lambda_bridge.messages import Request
from lambda_bridge.testing import FORMATS
from lambda_bridge.triggers import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


async def asgi_hello(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        STARTS.append(scope["type"])
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"hello"})


STARTS: list[str] = []


@pytest.fixture
def function() -> Iterator[Function]:
    made = Function(make_handler(hello))
    yield made
    made.close()


@pytest.mark.parametrize("spelling", FORMATS)
def test_every_format_answers(function: Function, spelling: str) -> None:
    """With the response, and with event and result to be looked at."""
    outcome = function.call(Request("GET", "/path", headers=[("host", "localhost")]), spelling)

    assert outcome.response is not None
    assert (outcome.response.status, outcome.response.body) == (200, b"hello")
    assert (outcome.problem, outcome.answer) == (None, "")
    assert "/path" in outcome.event or spelling.startswith(("fn", "yandex"))
    assert "hello" in outcome.result or base64.b64encode(b"hello").decode() in outcome.result


@pytest.mark.parametrize("app", [hello, asgi_hello], ids=["wsgi", "asgi"])
@pytest.mark.parametrize("spelling", FORMATS)
def test_every_stage_has_its_time(app: Any, spelling: str) -> None:
    """In the order of the line; and afterwards the handler is as it was."""
    handler = make_handler(app)
    before = dict(vars(handler.line))
    function = Function(handler)
    outcome = function.call(Request("GET", "/"), spelling)
    function.close()

    assert list(outcome.stages) == ["recognize", "read", "app", "make"]
    assert all(seconds >= 0 for seconds in outcome.stages.values())
    assert outcome.stages["app"] > 0 < outcome.stages["read"]
    assert set(vars(handler.line)) == set(before)


def test_time_without_a_line_is_the_apps() -> None:
    """A function that we have not made has no stages of ours."""
    outcome = Function(lambda event, context: {"statusCode": 200}).call(Request("GET", "/"), "aws_rest")

    assert outcome.stages["app"] > 0
    assert outcome.stages["recognize"] == outcome.stages["read"] == outcome.stages["make"] == 0


def test_context_has_time_and_memory() -> None:
    """As the developer has said."""
    contexts = []
    Function(lambda event, context: contexts.append(context)).call(Request("GET", "/"), "aws_rest", 5, 512)

    assert 4 < contexts[0].get_remaining_time_in_millis() / 1000 <= 5
    assert contexts[0].memory_limit_in_mb == "512"


def test_a_start_up_belongs_to_one_platform_at_a_time() -> None:
    """Lifespan runs once for calls of one format, and again when another platform's loop takes over."""
    STARTS.clear()
    function = Function(make_handler(asgi_hello))
    for spelling in ("aws_http", "aws_http", "asgi", "gcp_aio", "aws_http"):
        response = function.call(Request("GET", "/"), spelling).response
        assert response is not None
        assert response.body == b"hello"
    function.close()

    assert 3 <= len(STARTS) <= 4


def test_what_cannot_be_carried_is_said_to_client_and_developer() -> None:
    """With the status that fits; the function is not called."""
    outcome = Function(lambda event, context: pytest.fail("called")).call(
        Request("POST", "/", body=b"\xff"), "tencent_url"
    )

    assert outcome.response is not None
    assert outcome.response.status == 415
    assert outcome.problem is not None
    assert outcome.problem.startswith("tencent_url cannot carry this request: ")


def test_a_missing_package_is_said(function: Function, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some platforms' objects are of packages that need not be there."""
    monkeypatch.setitem(sys.modules, "azure.functions", None)
    outcome = function.call(Request("GET", "/"), "azure")

    assert outcome.response is not None
    assert outcome.response.status == 501
    assert outcome.problem == "azure cannot be played here: the package 'azure.functions' is not installed"


def test_an_event_that_is_too_large_is_not_sent() -> None:
    """Nor made smaller."""
    outcome = Function(lambda event, context: pytest.fail("called")).call(
        Request("POST", "/", body=b"x" * 1024 * 1024), "aws_alb"
    )

    assert (outcome.answer, outcome.response) == ("too_large", None)
    assert outcome.event


@pytest.mark.parametrize("spelling", ["aws_http", "gcp", "asgi", "fn"])
def test_a_function_that_fails_is_explained(spelling: str) -> None:
    """By its traceback, without our frames."""

    def broken(environ: Any, start_response: Any) -> Any:
        raise RuntimeError("the reason")

    function = Function(make_handler(broken, on_error="raise"))
    outcome = function.call(Request("GET", "/"), spelling)
    function.close()

    assert (outcome.answer, outcome.response) == ("failed", None)
    assert outcome.problem is not None
    assert outcome.problem.startswith("Traceback")
    assert outcome.problem.endswith("RuntimeError: the reason")
    assert outcome.problem.splitlines()[1].endswith("in broken")
    assert list(outcome.stages) == ["recognize", "read", "app", "make"]


def test_a_result_that_is_refused_is_shown() -> None:
    """The gateway says why."""
    outcome = Function(lambda event, context: {"cookies": []}).call(Request("GET", "/"), "aws_rest")

    assert (outcome.answer, outcome.response) == ("refused", None)
    assert outcome.problem == "aws_rest refuses the result: the result has the unknown keys ['cookies']"
    assert json.loads(outcome.result) == {"cookies": []}


def test_a_result_over_the_limit_is_refused() -> None:
    """As JSON where it is JSON, by its body where it is none."""
    as_json = Function(lambda event, context: {"statusCode": 200, "headers": {}, "body": "é" * 600_000}).call(
        Request("GET", "/"), "aws_alb"
    )

    def large(environ: Any, start_response: Any) -> Any:
        start_response("200 OK", [])
        return [b"x" * 4_718_593]

    function = Function(make_handler(large))
    as_body = function.call(Request("GET", "/"), "vercel")
    function.close()

    assert (as_json.answer, as_body.answer) == ("refused", "refused")
    assert as_json.problem is not None
    assert "over 1048576" in as_json.problem
    assert as_body.problem == "vercel refuses the result: the body has 4718593 bytes, over 4718592"


def test_an_app_becomes_a_handler_and_a_handler_stays() -> None:
    """By name too; base_path goes into the one that is made here."""
    handler = make_handler(hello)

    assert load_handler(handler) is handler
    assert load_handler("wsgiref.simple_server:demo_app").interface == "wsgi"
    assert load_handler(hello, {"base_path": "/api"}).line.options.base_path == "/api"
    with pytest.raises(ConfigurationError, match="goes to make_handler"):
        load_handler(handler, {"base_path": "/api"})
    with pytest.raises(ConfigurationError, match="no module 'nothing_here'"):
        load_handler("nothing_here:app")


# --- events that are not HTTP


def say_source(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    print(environ["lambda_bridge.format"])
    start_response("204 No Content", [])
    return []


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"aws.authorizer"}))
def test_the_sample_of_every_source_reaches_the_app(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As its platform calls; the call has the event, the result and the time."""
    function = Function(make_handler(say_source, events="/events"))
    outcome = function.call(Trigger(sample_text(name)), name, 5)
    function.close()

    assert (outcome.problem, outcome.answer, outcome.response) == (None, "", None)
    assert capsys.readouterr().out == f"{name}\n"
    assert outcome.event
    assert json.loads(outcome.result) in (None, {}, {"batchItemFailures": []})
    assert list(outcome.stages) == ["app"]


def test_functions_of_the_handler_get_events() -> None:
    """What one of a source that waits for an answer returns is the result."""
    handler = make_handler(hello)
    handler.on("aws.authorizer")(lambda event: {"isAuthorized": True})
    outcome = Function(handler).call(Trigger(sample_text("aws.authorizer")), "aws.authorizer")

    assert json.loads(outcome.result) == {"isAuthorized": True}


def test_failed_records_are_a_failure() -> None:
    """The result names them, and the call says how many."""
    handler = make_handler(hello)

    @handler.on("aws.sqs")
    def work(event: Any) -> None:
        if event.json() > 1:
            raise ValueError("too many")

    event = {
        "Records": [
            {**json.loads(sample_text("aws.sqs"))["Records"][0], "messageId": str(n), "body": str(n)} for n in range(4)
        ]
    }
    outcome = Function(handler).call(Trigger(json.dumps(event)), "aws.sqs")

    assert json.loads(outcome.result) == {"batchItemFailures": [{"itemIdentifier": "2"}, {"itemIdentifier": "3"}]}
    assert outcome.problem == "2 records have failed, see the result: the platform sends what is named there again"


def test_a_function_that_fails_with_an_event_is_explained() -> None:
    """By its traceback; there is no result."""
    handler = make_handler(hello)

    @handler.on("tencent.timer")
    def work(event: Any) -> None:
        raise RuntimeError("the reason")

    outcome = Function(handler).call(Trigger(sample_text("tencent.timer")), "tencent.timer")

    assert (outcome.answer, outcome.result) == ("failed", "")
    assert outcome.problem is not None
    assert outcome.problem.endswith("RuntimeError: the reason")


def test_an_event_without_a_route_says_which_option_to_set(function: Function) -> None:
    """One sentence."""
    outcome = function.call(Trigger(sample_text("aws.sqs")), "aws.sqs")

    assert outcome.problem is not None
    assert outcome.problem.endswith('to take it, use make_handler(events="/route") or @handler.on("aws.sqs")')
    assert "\n" not in outcome.problem


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("aws.sqs", sample_text("aws.s3"), "it is one of aws.s3"),
        ("aws.sqs", "{", "Expecting property name"),
        ("azure.queue", "{}", "data is a list"),
        ("azure.queue", "[]", "data has no item"),
        ("aws.sqs", "[" * 100_000, "recursion"),
    ],
)
def test_what_is_no_event_of_the_source_is_said(function: Function, name: str, text: str, said: str) -> None:
    """The function is not called."""
    outcome = function.call(Trigger(text), name)

    assert outcome.answer == "failed"
    assert outcome.problem is not None
    assert outcome.problem.startswith(f"no event of {name} can be made of this: ")
    assert said in outcome.problem


def test_an_event_does_not_start_an_app_again_that_runs() -> None:
    """Requests and events of one platform come to the same process."""
    STARTS.clear()
    function = Function(make_handler(asgi_hello, events="/events"))
    for _ in range(2):
        assert function.call(Request("GET", "/"), "aws_rest").problem is None
        assert function.call(Trigger(sample_text("aws.sqs")), "aws.sqs").problem is None
    function.close()

    assert len(STARTS) == 1


def test_the_function_hears_how_long_it_may_take() -> None:
    """In the context of its platform."""
    left = []
    handler = make_handler(hello)
    handler.on("aws.sqs")(lambda event: left.append(event.context.get_remaining_time_in_millis()))
    Function(handler).call(Trigger(sample_text("aws.sqs")), "aws.sqs", 5)

    assert 4000 < left[0] <= 5000


async def asgi_denial(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "websocket.close"})


def connect_event(path: str = "/") -> Trigger:
    request = Request("GET", path, headers=[("host", "localhost")])
    message = websockets.Message("connect", "a=", "https://localhost/local", request)
    return Trigger(json.dumps(websockets.load("aws").make_event(message)), "connect")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "the handshake is denied with 403: the app saw the path '/', websocket_path= gives it another"),
        ({"websocket_path": "/chat"}, "the handshake is denied with 403"),
    ],
)
def test_a_denied_handshake_says_why(options: dict[str, Any], said: str) -> None:
    """Most often the app has no route at the path that AWS's events give it."""
    function = Function(make_handler(asgi_denial, **options))
    outcome = function.call(connect_event(), "aws_websocket")
    function.close()

    assert (outcome.problem, outcome.answer) == (said, "")
    assert outcome.response is not None
    assert outcome.response.status == 403
    assert json.loads(outcome.result)["statusCode"] == 403


def test_a_message_of_nobody_is_a_problem() -> None:
    """Whose handshake no instance has had: 410, and a closed connection, of which the output says more."""
    function = Function(make_handler(asgi_denial, push_url="http://127.0.0.1:9"))
    outcome = function.call(Trigger(sample_text("aws_websocket")), "aws_websocket")
    function.close()

    assert outcome.problem == "the function answers the message event with 410: see its output"


def test_what_a_gateway_of_websockets_refuses() -> None:
    """A result without a status, as any other error of the integration."""
    function = Function(lambda event, context: {"ok": True})
    outcome = function.call(connect_event(), "aws_websocket")
    function.close()

    assert (outcome.response, outcome.answer) == (None, "refused")
