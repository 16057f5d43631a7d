"""Commands by direct invocation: whose are run, what comes back, and that no stranger's event ever is one."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from io import BytesIO
from types import SimpleNamespace
from typing import Any, Optional

import click
import pytest
from asgiref.wsgi import WsgiToAsgi
from flask import Flask, current_app
from werkzeug.middleware.proxy_fix import ProxyFix

from lambda_bridge import make_handler, management
from lambda_bridge.emulate import Platform
from lambda_bridge.errors import ConfigurationError, MalformedEvent, UnknownEvent
from lambda_bridge.gateway.contexts import make_context, told
from lambda_bridge.management import COMMAND, KEY, SWITCH
from lambda_bridge.runtime.context import Context
from lambda_bridge.testing import FORMATS, make_event
from lambda_bridge.triggers import NAMES
from lambda_bridge.triggers import samples as triggers
from tests.builders import OBJECTS, event_of, read_sample, sample_id, sample_paths

SECRET = "correct horse battery staple"


@pytest.fixture
def ran() -> list[str]:
    """What the command ``mark`` has been called with."""
    return []


@pytest.fixture
def app(ran: list[str]) -> Flask:
    """One with commands of its own."""
    app = Flask("noted")
    app.add_url_rule("/<path:path>", "any", lambda path: "ok", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    app.add_url_rule("/", "root", lambda: "ok", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])

    @app.cli.command("mark")
    @click.argument("name")
    def mark(name: str) -> None:
        ran.append(name)
        click.echo(f"{current_app.name} marks {name}")
        click.echo("careful", err=True)

    @app.cli.command("end")
    @click.argument("code")
    def end(code: str) -> None:
        raise SystemExit({"none": None, "text": "it is broken"}.get(code) or int(code) if code != "none" else None)

    @app.cli.command("ask")
    def ask() -> None:
        input("sure? ")

    @app.cli.command("fail")
    def fail() -> None:
        raise ValueError("no such table")

    @app.cli.command("wait")
    def wait() -> None:
        click.echo("waiting")
        time.sleep(60)

    @app.cli.command("much")
    def much() -> None:
        click.echo("文" * 3_000_000)

    return app


@pytest.fixture(params=["1", SECRET])
def switch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Commands are on, in both ways."""
    monkeypatch.setenv(SWITCH, request.param)
    return str(request.param)


@pytest.fixture
def with_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands are on, for those who know the key."""
    monkeypatch.setenv(SWITCH, SECRET)


def aws(mark: Any = True, left: Optional[int] = 60_000) -> Any:
    """AWS's context, with what the caller has put into the client context."""
    context = make_context("aws.invoke", 60, 128)
    context.client_context = SimpleNamespace(custom={COMMAND: mark}, env=None, client=None)
    context.get_remaining_time_in_millis = lambda: left
    return context


def command(*arguments: str) -> dict[str, Any]:
    """The event, with the key."""
    return {COMMAND: list(arguments), KEY: SECRET}


def run(app: Any, *arguments: str, left: int = 60_000) -> Any:
    """The result of a command on AWS."""
    return make_handler(app)(command(*arguments), aws(left=left))


def text_of(result: Any, name: str = "stderr") -> str:
    """All that went to a stream."""
    return "".join(text for stream, text in result["output"] if stream == name)


# --- who may


@pytest.mark.parametrize("value", [None, "", "0", "false", "OFF"])
def test_off_unless_the_environment_says_so(
    value: Optional[str], app: Flask, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then the event is a direct invocation like any other."""
    monkeypatch.delenv(SWITCH, raising=False)
    if value is not None:
        monkeypatch.setenv(SWITCH, value)
    handler = make_handler(app)
    with pytest.raises(UnknownEvent, match=r"one of aws\.invoke"):
        handler(command("mark", "x"), aws())
    seen: list[Any] = []
    handler.on("aws.invoke")(lambda event: seen.append(event.data))
    handler(command("mark", "x"), aws())

    assert (ran, seen) == ([], [command("mark", "x")])


def test_marked_call_of_aws_is_enough(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The mark stands in the client context, which the Invoke API alone sets."""
    monkeypatch.setenv(SWITCH, "1")

    assert make_handler(app)({COMMAND: ["mark", "x"]}, aws()) == {
        "exit_code": 0,
        "output": [["stdout", "noted marks x\n"], ["stderr", "careful\n"]],
    }


@pytest.mark.parametrize("runtime", ["awslambdaric", "lambda_bridge.runtime"])
def test_mark_is_found_where_the_runtimes_put_it(runtime: str, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS's own, and ours; and the value is no text."""
    monkeypatch.setenv(SWITCH, "1")
    handler = make_handler(app)
    for mark, expected in ((True, 0), ("true", None)):
        told = {"custom": {COMMAND: mark}}
        if runtime == "awslambdaric":
            module = pytest.importorskip("awslambdaric.lambda_context")
            context = module.LambdaContext("id", told, None, int(time.time() * 1000) + 60_000, "arn")
        else:
            headers = {"lambda-runtime-aws-request-id": "id", "lambda-runtime-client-context": json.dumps(told)}
            context = Context(headers)
        if expected is None:
            with pytest.raises(MalformedEvent):
                handler({COMMAND: ["mark", "x"]}, context)
        else:
            assert handler({COMMAND: ["mark", "x"]}, context)["exit_code"] == expected


@pytest.mark.parametrize(
    "context",
    [
        make_context("aws.invoke", 60, 128),
        aws(mark=False),
        aws(mark="true"),
        SimpleNamespace(client_context=SimpleNamespace(custom={COMMAND: True})),
        SimpleNamespace(invoked_function_arn="arn", client_context=SimpleNamespace(custom=None)),
        {"client_context": {"custom": {COMMAND: True}}},
        make_context("tencent_url", 60, 128),
        make_context("aliyun", 60, 128),
        make_context("huawei", 60, 128),
        make_context("yandex", 60, 128),
        None,
    ],
)
def test_event_alone_is_never_enough(context: Any, app: Flask, ran: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger chooses the whole of it through an API without proxy integration, ?integration=raw, or a message."""
    monkeypatch.setenv(SWITCH, "1")
    handler = make_handler(app)
    for event in (
        {COMMAND: ["mark", "x"]},
        json.dumps(command("mark", "x")),
        json.dumps(command("mark", "x")).encode(),
    ):
        with pytest.raises(MalformedEvent, match="a command is refused: it must come with the key"):
            handler(event, context)
    with pytest.raises(MalformedEvent, match="a command is refused"):
        asyncio.run(handler.aio({COMMAND: ["mark", "x"]}, context))

    assert ran == []


@pytest.mark.usefixtures("with_key")
@pytest.mark.parametrize(
    "key", [None, "", "1", "true", True, SECRET[:-1], SECRET + " ", SECRET.upper(), "文", "\ud800"]
)
def test_wrong_key(key: Any, app: Flask, ran: list[str]) -> None:
    """Not even in a marked call of AWS."""
    handler = make_handler(app)
    for context in (None, aws()):
        with pytest.raises(MalformedEvent, match="a command is refused"):
            handler({COMMAND: ["mark", "x"], KEY: key}, context)

    assert ran == []


@pytest.mark.usefixtures("with_key")
@pytest.mark.parametrize("name", ["aws.invoke", "tencent.timer", "aliyun.timer", "huawei.timer", "yandex.timer"])
def test_key_is_enough_on_every_cloud(name: str, app: Flask, ran: list[str]) -> None:
    """However the platform hands the event over."""
    handler = make_handler(app)
    context = make_context(name, 60, 128)
    for event in (command("mark", "x"), json.dumps(command("mark", "x")).encode()):
        assert handler(event, context)["exit_code"] == 0

    assert ran == ["x", "x"]


@pytest.mark.usefixtures("with_key")
def test_openwhisk_calls_with_the_event_alone(app: Flask) -> None:
    """The result is a dict, as it must be there, and of its size at most."""
    with told("openwhisk.invoke", 60):
        result = make_handler(app)(command("much"))

    assert 900_000 < len(json.dumps(result)) <= 1024 * 1024
    assert "characters of output are left out here" in text_of(result)


@pytest.mark.usefixtures("with_key")
@pytest.mark.parametrize("make", [lambda app: app, WsgiToAsgi])
def test_fn_gets_text(make: Any, app: Flask, ran: list[str]) -> None:
    """Its context comes first, it awaits what it gets, and it would write a dict as Python does."""
    fdk = pytest.importorskip("fdk.context")
    context = fdk.InvokeContext("app", "fn", "call", "", "", headers={}, method=None, request_url=None)

    async def host() -> Any:
        return await make_handler(make(app))(context, data=BytesIO(json.dumps(command("mark", "x")).encode()))

    assert json.loads(asyncio.run(host()))["exit_code"] == 0
    assert ran == ["x"]


def test_short_key_is_a_mistake(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence does not tell it."""
    monkeypatch.setenv(SWITCH, "secret")
    with pytest.raises(ConfigurationError, match="LAMBDA_BRIDGE_COMMANDS is neither 1 nor a key: use 16") as caught:
        make_handler(app)(command("mark", "x"), aws())

    assert "secret" not in str(caught.value)


# --- what strangers can send


@pytest.mark.usefixtures("switch")
@pytest.mark.parametrize("path", sample_paths(), ids=sample_id)
def test_no_http_event_is_a_command(path: Any, app: Flask, ran: list[str]) -> None:
    """With the command's own keys laid over, the key's right value, and AWS's mark: it goes to the app as before."""
    name = path.parent.name
    sample = read_sample(path)
    event = event_of(name, sample if name in OBJECTS else {**sample, **command("mark", "x")})
    if name in OBJECTS and isinstance(event, dict):
        event.update(command("mark", "x"))
    platform = Platform(make_handler(app), name)
    context = aws() if name.startswith("aws") else make_context(name, 60, 128)
    try:
        if name in KNOWN_BY_THEIR_KEYS:
            with pytest.raises(UnknownEvent):
                platform.invoke(event, context)
        else:
            assert platform.format.read_result(platform.invoke(event, context)).status < 500
    finally:
        platform.close()

    assert ran == []


# Formats that a further key makes another event of, and no client can add one.
KNOWN_BY_THEIR_KEYS = {"tencent_clb", "volcengine"}


@pytest.mark.usefixtures("switch")
@pytest.mark.parametrize("spelling", FORMATS)
def test_no_body_is_a_command(spelling: str, app: Flask, ran: list[str]) -> None:
    """Nor does the query, or a header, whatever a format makes of them."""
    name = spelling.partition(":")[0]
    platform = Platform(make_handler(app), name)
    told = json.dumps(command("mark", "x"))
    headers = [("content-type", "application/json"), (COMMAND, "mark"), ("x-amz-client-context", "e30=")]
    event = make_event(
        spelling, "POST", f"/?{COMMAND}=mark&{KEY}=correct+horse+battery+staple", headers=headers, body=told
    )
    try:
        result = platform.invoke(event, make_context(name, 60, 128))
    finally:
        platform.close()

    assert platform.format.read_result(result).status == 200
    assert ran == []


# What a client's own fields of a web action look like: they stand beside the platform's, which are always there.
@pytest.mark.usefixtures("with_key")
@pytest.mark.parametrize(
    "extra", ["__ow_method", "__ow_headers", "__ow_path", "__ce_method", "http", "userInfo", "body"]
)
def test_command_has_no_other_key(extra: str, app: Flask, ran: list[str]) -> None:
    """OpenWhisk, DigitalOcean and CloudBase mix a client's fields with their own."""
    with pytest.raises(UnknownEvent), told("openwhisk.invoke", 60):
        make_handler(app, formats=["aws_http"])({**command("mark", "x"), extra: {}})

    assert ran == []


@pytest.mark.usefixtures("with_key")
@pytest.mark.parametrize("name", [name for name in NAMES if triggers.takes_json(name) and not name.endswith(".invoke")])
def test_no_record_is_a_command(name: str, app: Flask, ran: list[str]) -> None:
    """What somebody has sent to a queue, uploaded or published stays data; so does an event with a command's keys in it."""
    handler = make_handler(app, events="/events")
    events = (
        [{**triggers.make_event(name), **command("mark", "x")}] if isinstance(triggers.make_event(name), dict) else []
    )
    if triggers.carries_text(name):
        events.append(triggers.make_event(name, [json.dumps(command("mark", "x"))]))
    for event in events:
        with suppress(UnknownEvent):
            handler(event, triggers.make_context(name))

    assert ran == []


# --- what comes back


@pytest.mark.usefixtures("switch")
@pytest.mark.parametrize(("code", "expected"), [("0", 0), ("3", 3), ("none", 0), ("text", 1)])
def test_exit_code(code: str, expected: int, app: Flask) -> None:
    """As Python would end: a text is printed, and 1."""
    result = run(app, "end", code)

    assert (result["exit_code"], text_of(result)) == (expected, "it is broken\n" if code == "text" else "")


@pytest.mark.usefixtures("switch")
def test_failed_command(app: Flask) -> None:
    """Its traceback, for who may run any command anyway, goes to no log."""
    result = run(app, "fail")

    assert result["exit_code"] == 1
    assert text_of(result).startswith("Traceback (most recent call last):\n")
    assert text_of(result).endswith("ValueError: no such table\n")
    assert "in _run\n" not in text_of(result)


@pytest.mark.usefixtures("switch")
def test_question_fails(app: Flask) -> None:
    """Nobody is there to answer."""
    result = run(app, "ask")

    assert (result["exit_code"], text_of(result, "stdout")) == (1, "sure? ")
    assert "Aborted!" in text_of(result)


@pytest.mark.usefixtures("switch")
def test_deadline_ends_a_command(app: Flask) -> None:
    """With what it has written so far, and a sentence."""
    result = run(app, "wait", left=300)

    assert (result["exit_code"], text_of(result, "stdout")) == (124, "waiting\n")
    assert text_of(result) == (
        "the command was stopped after 0.1 seconds, just before the platform's deadline: "
        "give the function more time, or let the command do less\n"
    )
    assert run(app, "mark", "x")["exit_code"] == 0


@pytest.mark.usefixtures("switch")
def test_one_command_at_a_time(app: Flask, ran: list[str]) -> None:
    """Another one meanwhile is refused, and so is one while an earlier one could not be ended."""
    entered, leave = threading.Event(), threading.Event()

    @app.cli.command("hold")
    def hold() -> None:
        entered.set()
        leave.wait(20)

    results: list[Any] = []
    # A thread that is not the main one has no alarm.
    first = threading.Thread(target=lambda: results.append(run(app, "hold", left=1000)))
    first.start()
    assert entered.wait(20)
    second = run(app, "mark", "x")
    first.join(20)
    third = run(app, "mark", "x")
    leave.set()
    deadline = time.monotonic() + 20
    while management._one_at_a_time.locked() and time.monotonic() < deadline:
        pass

    busy = "another command is still running in this process: wait for it\n"
    assert [(each["exit_code"], text_of(each)) for each in (second, third)] == [(2, busy), (2, busy)]
    assert (results[0]["exit_code"], "it could not be ended, and may go on" in text_of(results[0])) == (124, True)
    assert (run(app, "mark", "y")["exit_code"], ran) == (0, ["y"])


@pytest.mark.usefixtures("switch")
def test_too_much_output_is_cut(app: Flask) -> None:
    """To what the platform takes, as JSON."""
    result = run(app, "much")

    assert 6_000_000 < len(json.dumps(result)) <= 6_291_556
    assert "characters of output are left out here" in text_of(result)


@pytest.mark.usefixtures("switch")
def test_log_says_that_there_was_one(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    """Not which: arguments may be passwords, and so may the key."""
    run(app, "mark", "secret")

    assert [record.getMessage() for record in caplog.records] == ["a command is run by direct invocation"]


# --- which


@pytest.mark.usefixtures("switch")
@pytest.mark.parametrize(
    "arguments", [None, "mark x", [], ["mark", 1], [["mark"]], {"mark": "x"}, ("mark",), [b"mark"], ["mark", None]]
)
def test_command_is_a_list_of_texts(arguments: Any, app: Flask, ran: list[str]) -> None:
    """Nothing is split, and nothing is guessed."""
    result = make_handler(app)({COMMAND: arguments, KEY: SECRET}, aws())

    assert result == {
        "exit_code": 2,
        "output": [["stderr", 'a command is a list of texts, such as ["migrate", "--noinput"]\n']],
    }
    assert ran == []


@pytest.mark.usefixtures("switch")
@pytest.mark.parametrize(
    "arguments",
    [
        ["shell"],
        ["run"],
        ["run", "--port", "80"],
        ["--debug", "shell"],
        ["-A", "os:system", "routes"],
        ["-e", "/proc/self/environ", "routes"],
        ["mark; id"],
        ["app/../mark"],
        ["play"],
        ["mark\0"],
    ],
)
def test_no_shell_no_server_no_other_app(arguments: list[str], app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also not under another name."""
    from flask import cli

    app.cli.add_command(cli.shell_command, "play")
    monkeypatch.setattr(cli.shell_command, "callback", lambda: pytest.fail("a shell"))
    result = run(app, *arguments)

    assert result["exit_code"] == 2
    assert text_of(result)


@pytest.mark.usefixtures("switch")
def test_flask_s_own_commands_and_help(app: Flask) -> None:
    """Without those that there are not."""
    assert "/<path:path>" in text_of(run(app, "routes"), "stdout")
    shown = text_of(run(app, "--help"), "stdout")

    assert "mark" in shown
    assert "shell" not in shown
    assert "--app" not in shown


def made() -> Flask:
    """A factory's, as FlaskGroup gets them elsewhere."""
    app = Flask("made")
    app.cli.command("mark")(lambda: click.echo("made"))
    return app


@pytest.mark.usefixtures("switch")
@pytest.mark.parametrize(
    "wrap",
    [lambda app: app.wsgi_app, ProxyFix, WsgiToAsgi, lambda app: ProxyFix(ProxyFix(app.wsgi_app))],
)
def test_app_is_found_behind_middleware(wrap: Any) -> None:
    """And in other interfaces."""
    handler = make_handler(wrap(made()))

    assert text_of(handler(command("mark"), aws()), "stdout") == "made\n"


@pytest.mark.usefixtures("switch")
def test_async_functions_do_not_hide_the_app() -> None:
    """They run on the app's own loop, in front of it."""
    handler = make_handler(WsgiToAsgi(made()))  # type: ignore[no-untyped-call]

    @handler.on("aws.sqs")
    async def work(event: Any) -> None:
        pass

    handler(triggers.make_event("aws.sqs"), aws())
    try:
        assert text_of(handler(command("mark"), aws()), "stdout") == "made\n"
    finally:
        handler.close()


@pytest.mark.usefixtures("switch")
def test_inside_a_running_loop(app: Flask) -> None:
    """The command has a thread without one."""

    @app.cli.command("loop")
    def loop() -> None:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        click.echo("none")

    result = asyncio.run(make_handler(app).aio(command("loop"), aws()))

    assert result == {"exit_code": 0, "output": [["stdout", "none\n"]]}


def wsgi_app(environ: dict[str, Any], start_response: Any) -> Iterator[bytes]:
    """An app of no framework."""
    start_response("200 OK", [])
    return iter([b"ok"])


async def asgi_app(scope: Any, receive: Any, send: Any) -> None:
    """Another one."""


class Endless:
    """An app that seems to have one in it, and that too."""

    def __call__(self, environ: Any, start_response: Any) -> list[bytes]:
        return []

    @property
    def app(self) -> Endless:
        return Endless()


@pytest.mark.usefixtures("switch")
@pytest.mark.parametrize(
    ("app", "name"),
    [(wsgi_app, "builtins.function"), (asgi_app, "builtins.function"), (Endless(), f"{__name__}.Endless")],
)
def test_other_frameworks_have_none(app: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence says so."""
    monkeypatch.delitem(sys.modules, "django.apps", raising=False)

    assert run(app, "migrate") == {
        "exit_code": 2,
        "output": [["stderr", f"commands are Django's and Flask's: the app is {name}\n"]],
    }
