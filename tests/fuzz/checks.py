"""What may never happen, whatever comes in: `check` raises where it does.

Of an event: an error that is none of ours, a change of the event, a result that is no JSON or that the gateway refuses, a
call that takes long. Of an app's response: a result that the gateway would not pass on.
"""

from __future__ import annotations

import json
import logging
import time
from base64 import b64decode
from contextlib import contextmanager, suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from lambda_bridge import formats, make_handler
from lambda_bridge.apps import websocket
from lambda_bridge.emulate import Platform
from lambda_bridge.errors import BridgeError, EventError, RefusedResult
from lambda_bridge.gateway.function import Function
from lambda_bridge.gateway.limits import limits_of
from lambda_bridge.messages import Request
from lambda_bridge.recognize import recognize
from lambda_bridge.triggers import NAMES, OPENWHISK
from lambda_bridge.websockets import find
from lambda_bridge.websockets.push import Pusher
from tests.builders import event_of
from tests.fuzz.cases import target_of
from tests.triggers.objects import trigger_event_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lambda_bridge.handler import Handler
    from tests.fuzz.cases import Case

SLOW = 2.0
"""Seconds of the processor that no call may take."""
_OPTIONS: dict[str, Any] = {"compress": True, "exclude_headers": ["x-gone"], "deadline_margin": 0}


class Wrong(AssertionError):
    """What may not happen has happened."""


def check(case: Case) -> str:
    """What has become of *case*: ``"result"``, ``"error"`` (of ours), or ``"none"`` where no such event can be.

    Raises Wrong, or an error that is none of ours.
    """
    began = time.thread_time()
    with _quiet():
        what = _CHECKS[target_of(case)](case)
    took = time.thread_time() - began
    if took > SLOW:
        raise Wrong(f"the call took {took:.1f} seconds")
    return what


@contextmanager
def _quiet() -> Iterator[None]:
    """Nothing is logged, and nobody waits for tasks beside the app's own, which starts none."""
    logger = logging.getLogger("lambda_bridge")
    before = logger.level, websocket.QUIET
    logger.setLevel(logging.CRITICAL + 1)
    websocket.QUIET = 0.0
    try:
        yield
    finally:
        logger.setLevel(before[0])
        websocket.QUIET = before[1]


# --- events


def _check_event(case: Case) -> str:
    """As a platform hands it over, that of JSON as bytes too: to a WSGI app, and to an ASGI app."""
    event = case["event"]
    before = json.dumps(event)
    outcomes = {_outcome(partial(handler, event, None)) for handler in (_wsgi(), _asgi())}
    if json.dumps(event) != before:
        raise Wrong("the event was changed")
    if not isinstance(event, str):
        outcomes.add(_outcome(partial(_wsgi(), before.encode(), None)))
    name = _format_of(event)
    for _, result in sorted(outcomes):
        if result and name:
            _read_result(name, json.loads(result))
    return _one(outcomes)


def _outcome(call: Callable[[], Any]) -> tuple[str, str]:
    """(what has become of it, the result as JSON); raises what is no error of ours."""
    try:
        result = call()
    except BridgeError as error:
        str(error)
        return "error", ""
    return "result", json.dumps(result, sort_keys=True)


def _one(outcomes: set[tuple[str, str]]) -> str:
    """The one outcome: who asks, and how, makes no difference."""
    kinds = {what for what, _ in outcomes}
    if len(kinds) > 1:
        raise Wrong(f"one event has several outcomes: {sorted(kinds)}")
    return kinds.pop()


def _format_of(event: Any) -> str | None:
    try:
        return recognize((event, None), {})[0]
    except EventError:
        return None


def _read_result(name: str, result: Any) -> None:
    try:
        formats.load(name).read_result(result)
    except RefusedResult as error:
        raise Wrong(f"{name} refuses the result: {error}") from error


def _check_object(case: Case) -> str:
    """As its platform calls the handler; some of these events are dicts, which stay as they are."""
    kind = case["kind"]
    try:
        event = event_of(kind, case["event"])
    except Exception:  # the platform's own software does not make it, or the sample describes none
        return "none"
    if isinstance(event, dict) and "scope" in case["event"] and event.get("type") != "http":
        return "none"
    if isinstance(event, dict) and _format_of(event) not in (kind, None):  # a mix of two, whose result this is not
        return "none"
    before = _seen(event)
    platform = _platform(kind)
    try:
        result = platform.invoke(event)
    except BridgeError as error:
        str(error)
        what = "error"
    else:
        what = "result"
        # A call of Fn's without a method is no HTTP, and its result is anything.
        if kind != "fn" or event[0].Method() is not None:
            _read_result(kind, result)
    if _seen(event) != before:
        raise Wrong("the event was changed")
    return what


def _seen(event: Any) -> Any:
    """What can be compared of *event*: streams are read, and objects have no equality."""
    if not isinstance(event, dict):
        return None
    return {name: repr(value) for name, value in event.items() if not hasattr(value, "read")}


def _check_trigger(case: Case) -> str:
    """To the app at the route of events, to a function for each record, and to one for the batch."""
    kind = case["kind"]
    try:
        event = trigger_event_of(case["event"])
    except BaseException as error:
        # The platform's own software does not make it; pytest's word for a class that is not there is no Exception.
        if isinstance(error, (SystemExit, KeyboardInterrupt)):
            raise
        return "none"
    is_json = event is case["event"]
    before = json.dumps(event) if is_json else ""
    context = _CONTEXTS.get(kind)
    outcomes = [_outcome(partial(handler, event, context)) for handler in _takers()]
    if is_json and json.dumps(event) != before:
        raise Wrong("the event was changed")
    return outcomes[0][0]


class _AwsContext:
    """As much as tells that it is AWS's."""

    invoked_function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:orders"
    aws_request_id = "0e1d2c3b-0000-4687-9786-a5b4c3d2e1f0"


_CONTEXTS: dict[str, Any] = {
    "aws.invoke": _AwsContext(),
    "openwhisk.invoke": OPENWHISK,
    "fn.invoke": type("InvokeContext", (), {"__module__": "fdk.context", "CallID": lambda self: "7", "GetResponseHeaders": lambda self: {}})(),
}  # fmt: skip


def _check_websocket(case: Case) -> str:
    """To an ASGI app that answers each message and remembers connections in memory; nothing goes over a network."""
    event = case["event"]
    before = json.dumps(event)
    handler = _socket_handler()
    what, result = _outcome(partial(handler, event, None))
    if json.dumps(event) != before:
        raise Wrong("the event was changed")
    if result:
        _read_socket_result(event, json.loads(result))
    return what


def _read_socket_result(event: Any, result: Any) -> None:
    """As whoever takes the result of *event*: a mix of two events is HTTP's, for the line asks HTTP's formats first."""
    name = _format_of(event)
    gateway = find(event)
    if name is not None:
        _read_result(name, result)
    elif gateway is not None:
        try:
            gateway.read_result(result)
        except RefusedResult as error:
            raise Wrong(f"{gateway.NAME} refuses the result: {error}") from error


# --- responses


def _check_response(case: Case) -> str:
    """Through the local gateway, whose limits are the cloud's."""
    try:
        body = b64decode(case.get("body") or "")
    except (TypeError, ValueError):
        return "none"
    answer = (case.get("status"), case.get("headers"), body)
    spelling, method = case["format"], case.get("method")
    method = method if method in ("GET", "HEAD", "POST") else "GET"
    _ANSWERS[:] = [answer]
    outcome = _function(case["interface"]).call(Request(method, "/", headers=[("host", "localhost")]), spelling)
    if outcome.response is None:
        raise Wrong(f"{spelling} answers itself ({outcome.answer}): {outcome.problem}")
    limit = limits_of(spelling).response
    if len(outcome.response.body) > limit:
        raise Wrong(f"the body is over the {limit} bytes of {spelling}")
    return "result"


# What the app under test answers: status, headers, body.
_ANSWERS: list[tuple[Any, Any, bytes]] = []


def _answers(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    status, headers, body = _ANSWERS[0]
    start_response(status, [tuple(each) for each in headers])
    return [body]


async def _answers_async(scope: dict[str, Any], receive: Any, send: Any) -> None:
    status, headers, body = _ANSWERS[0]
    pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    code = int(status[:3]) if isinstance(status, str) else status
    await send({"type": "http.response.start", "status": code, "headers": pairs})
    await send({"type": "http.response.body", "body": body})


# --- who is called


def _hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


async def _hello_async(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"hello"})


async def _echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        await _hello_async(scope, receive, send)
        return
    await receive()
    await send({"type": "websocket.accept", "subprotocol": next(iter(scope["subprotocols"]), None)})
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        await send({"type": "websocket.send", "text": message.get("text") or "bytes"})


@cache
def _wsgi() -> Handler:
    return make_handler(_hello, events="/events", **_OPTIONS)


@cache
def _asgi() -> Handler:
    return make_handler(_hello_async, events="/events", lifespan="off", **_OPTIONS)


@cache
def _platform(name: str) -> Platform:
    return Platform(_wsgi() if name in {"wsgi", "vercel", "aliyun_wsgi", "gcp"} else _asgi(), name)


@cache
def _takers() -> tuple[Handler, ...]:
    """Handlers of events that are not HTTP."""
    made = [_wsgi()]
    for batch in (False, True):
        handler = make_handler(_hello, **_OPTIONS)
        for name in NAMES:
            handler.on(name, batch=batch)(_read_all)
        made.append(handler)
    return tuple(made)


def _read_all(given: Any) -> Any:
    """What a function does with what it gets."""
    for event in given if isinstance(given, list) else [given]:
        with suppress(ValueError):  # what it is told of data that is no JSON
            event.json()
        repr(event)
    return {"policyDocument": {}, "principalId": "a"}


class _Nowhere(Pusher):
    """A client of the gateways' APIs that takes everything, and sends nothing."""

    def _deliver(self, *sent: Any) -> None:
        assert isinstance(sent[2].url, str)


@cache
def _socket_handler() -> Handler:
    handler = make_handler(_echo, lifespan="off", connections="memory", push_url="http://127.0.0.1:9/", **_OPTIONS)
    handler.line.sockets.pusher = _Nowhere("http://127.0.0.1:9/")
    return handler


@cache
def _function(interface: str) -> Function:
    options = {name: value for name, value in _OPTIONS.items() if name != "compress"}
    return Function(
        make_handler(_answers, **options)
        if interface == "wsgi"
        else make_handler(_answers_async, lifespan="off", **options)
    )


_CHECKS: dict[str, Callable[[Case], str]] = {
    "http": _check_event,
    "objects": _check_object,
    "triggers": _check_trigger,
    "websockets": _check_websocket,
    "responses": _check_response,
}
