"""What Azure Functions wants beside a handler."""

from __future__ import annotations

import asyncio
import inspect
import json
import subprocess
import sys
import threading
import typing
from typing import TYPE_CHECKING, Any

import pytest
from azure.functions import AuthLevel, FunctionApp
from starlette.requests import Request as StarletteRequest

from lambda_bridge import make_handler
from lambda_bridge.azure import function_app, route_prefix
from lambda_bridge.emulate.asgi import exchange
from lambda_bridge.errors import ConfigurationError
from tests.builders import azure, azure_stream
from tests.checkers import checked, validated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tests.checkers import Message, Receive, Send


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the function app, without a host.json, and with nothing of it in the environment."""
    monkeypatch.setenv("AzureWebJobsScriptRoot", str(tmp_path))
    return tmp_path


def wsgi_app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{environ['SCRIPT_NAME']} {environ['PATH_INFO']}".encode()]


async def asgi_app(scope: Message, receive: Receive, send: Send) -> None:
    await receive()
    if scope["type"] == "lifespan":
        scope["state"]["thread"] = threading.current_thread()
        await send({"type": "lifespan.startup.complete"})
        await receive()  # until the worker's loop ends
    else:
        here = scope["state"]["thread"] is threading.current_thread()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": f"{scope['path']} {here}".encode()})


def the_function(functions: FunctionApp) -> Any:
    """The only function, as the worker finds it."""
    (function,) = functions.get_functions()
    return function


def ask(functions: FunctionApp, event: Any) -> bytes:
    """The body of the answer, called as the worker does."""
    call = the_function(functions).get_user_function()
    result = call(req=event, context=None)
    if inspect.isawaitable(result):
        result = asyncio.run(_wait_for(result))
    body: bytes = result.get_body()
    return body


async def _wait_for(awaitable: Any) -> Any:
    return await awaitable


def test_one_function_for_every_path_and_method() -> None:
    """Its route takes all that no other has; without methods it is for each of them."""
    function = the_function(function_app(wsgi_app))
    trigger, answer = function.get_bindings()

    assert (function.get_function_name(), trigger.name, answer.name) == ("http", "req", "$return")
    assert (trigger.type, trigger.route, trigger.methods) == ("httpTrigger", "{*route}", None)


@pytest.mark.parametrize(
    ("given", "level"),
    [
        ({}, AuthLevel.FUNCTION),
        ({"auth_level": "anonymous"}, AuthLevel.ANONYMOUS),
        ({"auth_level": "ADMIN"}, AuthLevel.ADMIN),
    ],
)
def test_key_is_asked_for_unless_told_otherwise(given: dict[str, Any], level: AuthLevel) -> None:
    """Azure's own default: an app is open to everybody only when its author says so."""
    function = the_function(function_app(wsgi_app, **given))

    assert function.get_bindings()[0].auth_level == level


@pytest.mark.parametrize(("app", "is_async"), [(wsgi_app, False), (asgi_app, True)])
def test_entry_has_what_the_worker_looks_at(app: Any, is_async: bool) -> None:
    """A plain function of two parameters without annotations: in a thread for WSGI, on the worker's loop for ASGI."""
    entry = the_function(function_app(app)).get_user_function()

    assert inspect.iscoroutinefunction(entry) is is_async
    assert list(inspect.signature(entry).parameters) == ["req", "context"]
    assert typing.get_type_hints(entry) == {}


def test_handler_itself_has_no_annotations() -> None:
    """The worker evaluates them, and takes each for the type of a binding: a handler may be a function of its own."""
    assert typing.get_type_hints(make_handler(wsgi_app)) == {}


def test_lifespan_and_requests_are_on_the_workers_loop() -> None:
    """Whatever an app makes at its start belongs to the loop that serves it."""
    assert ask(function_app(checked(asgi_app)), azure("https://h/api/x")) == b"/api/x True"


def test_stream_is_answered_by_an_asgi_app() -> None:
    """With the extension the worker hands over Starlette's request, and sends what it gets."""
    for app in (checked(asgi_app), validated(wsgi_app)):
        event = azure_stream("/api/x")
        entry = the_function(function_app(app)).get_user_function()

        async def serve(entry: Any = entry, event: Any = event) -> bytes:
            req = StarletteRequest({name: value for name, value in event.items() if name != "body"})
            answer = entry(req=req, context=None)
            sent = await exchange(await answer if inspect.isawaitable(answer) else answer, event)
            return b"".join(message.get("body", b"") for message in sent)

        assert asyncio.run(serve()) in {b"/api/x True", b"/api /x"}


def test_ready_handler() -> None:
    """What make_handler returned is taken as it is, with its own options."""
    functions = function_app(make_handler(wsgi_app, base_path="/api/x"))

    assert ask(functions, azure("https://h/api/x/y")) == b"/api/x /y"


def test_more_functions_can_be_added() -> None:
    """It is a FunctionApp like any other: a timer may stand beside."""
    functions = function_app(wsgi_app)

    @functions.timer_trigger(schedule="0 0 * * * *", arg_name="timer")
    def hourly(timer: Any) -> None: ...

    assert [each.get_function_name() for each in functions.get_functions()] == ["http", "hourly"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"app": wsgi_app, "auth_level": "nobody"}, "auth_level='nobody'"),
        ({"app": make_handler(wsgi_app), "base_path": "/api"}, "base_path: these options go to make_handler"),
        ({"app": 7}, "7 is not an app"),
    ],
)
def test_what_is_not_usable(given: dict[str, Any], problem: str) -> None:
    """Said when the module is loaded, not at the first request."""
    with pytest.raises(ConfigurationError, match=problem):
        function_app(**given)


# --- the prefix of routes


@pytest.mark.parametrize(
    ("host", "prefix"),
    [
        (None, "api"),
        ({"version": "2.0"}, "api"),
        ({"extensions": {"http": {}}}, "api"),
        ({"extensions": {"http": {"routePrefix": ""}}}, ""),
        ({"extensions": {"http": {"routePrefix": "v1/web"}}}, "v1/web"),
    ],
)
def test_prefix_of_host_json(folder: Path, host: Any, prefix: str) -> None:
    """``api`` where nothing else is said, as the host has it."""
    if host is not None:
        (folder / "host.json").write_text("\ufeff" + json.dumps(host), encoding="utf-8")

    assert route_prefix() == prefix


def test_prefix_of_the_environment_goes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An application setting overrides host.json, in any case of its letters."""
    (folder / "host.json").write_text('{"extensions": {"http": {"routePrefix": "one"}}}')
    monkeypatch.setenv("AZUREFUNCTIONSJOBHOST__extensions__http__routeprefix", "two")

    assert route_prefix() == "two"


def test_prefix_of_the_current_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no setting names the folder of the app."""
    (folder / "host.json").write_text('{"extensions": {"http": {"routePrefix": "here"}}}')
    monkeypatch.delenv("AzureWebJobsScriptRoot")
    monkeypatch.chdir(folder)

    assert route_prefix() == "here"


@pytest.mark.parametrize("text", ["// a comment\n{}", "[]", '{"extensions": 7}'])
def test_host_json_that_cannot_be_read(folder: Path, text: str) -> None:
    """No guess: the error says what to give instead."""
    (folder / "host.json").write_text(text)

    with pytest.raises(ConfigurationError, match=r"host\.json cannot be read as JSON: give base_path"):
        function_app(wsgi_app)
    function_app(wsgi_app, base_path="/api")


def test_app_is_mounted_under_the_prefix(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below it the app has its own paths; an option of the author's goes first."""
    event = azure("https://h/api/hello")

    assert ask(function_app(validated(wsgi_app)), event) == b"/api /hello"
    assert ask(function_app(wsgi_app, base_path=""), event) == b" /api/hello"
    monkeypatch.setenv("LAMBDA_BRIDGE_BASE_PATH", "/api/hello")
    assert ask(function_app(wsgi_app), event) == b"/api/hello /"


# --- imports


def test_starlette_is_needed_for_streams_only() -> None:
    """Apps without it have function_app; who asks for anything else that is not there hears so."""
    source = """
import sys
sys.modules["starlette"] = None
from lambda_bridge.azure import function_app
function_app(lambda environ, start_response: [])
assert "fastapi" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=False)

    assert (done.stderr, done.returncode) == ("", 0)
