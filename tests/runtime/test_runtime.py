"""Our runtime of AWS Lambda from its start to its end, in this process and in ones of its own."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.runtime.__main__ import find_app, run
from lambda_bridge.testing import make_event
from tests.runtime.runtime_api import Call, RuntimeApi

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

EVENT = make_event("aws_url", "POST", "/a?b=c", body="hello", headers={"content-type": "text/plain"})


def echo(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["REQUEST_METHOD"].encode(), b" ", environ["wsgi.input"].read()]


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A module named ``hosted``, for what is to be named."""
    hosted = ModuleType("hosted")
    monkeypatch.setitem(sys.modules, "hosted", hosted)
    return hosted


def start(api: RuntimeApi, *arguments: str, **environ: str) -> int:
    return run(list(arguments), {"AWS_LAMBDA_RUNTIME_API": api.address, **environ})


# --- what is served


def test_app_or_handler_is_served_by_its_name(module: ModuleType) -> None:
    """A handler has its options already."""
    module.app, module.handler = echo, make_handler(echo, exclude_headers=["content-type"])  # type: ignore[attr-defined]
    results = []
    for name in ("hosted:app", "hosted:handler"):
        call = Call(EVENT)
        with RuntimeApi(call) as api:
            assert start(api, name) == 1
        results.append(sorted(call.result["headers"]))

    assert results == [["content-type"], []]


@pytest.mark.parametrize(
    ("arguments", "setting", "expected"),
    [
        (["myapp:app"], "other.app", "myapp:app"),
        ([], "myapp:app", "myapp:app"),
        ([], "myapp.app", "myapp:app"),
        ([], "src/web/myapp.app", "src.web.myapp:app"),
        (["/var/lang/bin/python3.13", "/var/runtime/bootstrap.py"], "myapp.app", "myapp:app"),
        (["/var/runtime/bootstrap"], "myapp.app", "myapp:app"),
        (["/var/lang/bin/python3.13", "-m", "awslambdaric", "myapp.app"], "myapp.app", "myapp:app"),
    ],
)
def test_app_is_named_by_the_argument_or_the_setting(arguments: list[str], setting: str, expected: str) -> None:
    """A wrapper script hands over the command of the managed runtime, which is not meant."""
    assert find_app(arguments, {"_HANDLER": setting}) == expected


@pytest.mark.parametrize("environ", [{}, {"_HANDLER": ""}, {"_HANDLER": "app"}, {"_HANDLER": ".app"}])
def test_setting_that_names_no_app_is_refused(environ: dict[str, str]) -> None:
    """In one sentence, with its value."""
    with pytest.raises(ConfigurationError, match=r"^_HANDLER='.*' names no app: use module:app, or module.app$"):
        find_app([], environ)


@pytest.mark.parametrize(
    ("name", "error_type", "message"),
    [
        ("nosuchmodule:app", "Runtime.ImportModuleError", "there is no module 'nosuchmodule'"),
        ("hosted:nothing", "Runtime.HandlerNotFound", "has no attribute 'nothing'"),
        ("hosted", "ConfigurationError", "names no app"),
        ("hosted:number", "ConfigurationError", "42 is not an app"),
        ("tests.apps.nosuch:app", "Runtime.ImportModuleError", "there is no module"),
    ],
)
def test_app_that_cannot_be_had_is_an_init_error(
    module: ModuleType, caplog: pytest.LogCaptureFixture, name: str, error_type: str, message: str
) -> None:
    """The API is told, the log has the traceback, and the process ends with 1."""
    module.number = 42  # type: ignore[attr-defined]
    with RuntimeApi() as api:
        assert start(api, name) == 1
        ((told, error),) = api.init_errors
    assert told == error["errorType"] == error_type
    assert message in error["errorMessage"]
    assert error["stackTrace"]
    assert "the function cannot be started" in caplog.text
    assert "Traceback" in caplog.text


def test_start_up_that_fails_is_an_init_error(module: ModuleType, caplog: pytest.LogCaptureFixture) -> None:
    """Before the first event, so that no client waits for it."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    module.app = app  # type: ignore[attr-defined]
    with RuntimeApi() as api:
        assert start(api, "hosted:app") == 1
        ((told, error),) = api.init_errors

    assert (told, error["errorMessage"]) == ("StartupFailed", "the app's start-up failed: no database")


@pytest.mark.parametrize("setting", ["0", "-1", "many", "²"])
def test_concurrency_that_is_no_number_is_an_init_error(module: ModuleType, setting: str) -> None:
    """In one sentence."""
    with RuntimeApi() as api:
        assert start(api, "hosted:app", AWS_LAMBDA_MAX_CONCURRENCY=setting) == 1
        assert api.init_errors[0][1]["errorMessage"].startswith(f"AWS_LAMBDA_MAX_CONCURRENCY={setting!r} is not usable")


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({}, "AWS_LAMBDA_RUNTIME_API is not set: this runs inside of AWS Lambda, or under aws-lambda-rie"),
        ({"AWS_LAMBDA_RUNTIME_API": "nowhere"}, "AWS_LAMBDA_RUNTIME_API='nowhere' is not usable: use host:port"),
        ({"AWS_LAMBDA_RUNTIME_API": "a:b"}, "AWS_LAMBDA_RUNTIME_API='a:b' is not usable: use host:port"),
    ],
)
def test_without_a_runtime_api_a_sentence_says_so(
    environ: dict[str, str], message: str, caplog: pytest.LogCaptureFixture
) -> None:
    """And the process ends with 1."""
    assert run(["hosted:app"], environ) == 1
    assert [record.getMessage() for record in caplog.records] == [message]


# --- several calls at once


def meeting(count: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """A WSGI and an ASGI app that answer only when *count* calls are there together."""
    barrier = threading.Barrier(count, timeout=20)
    arrived: list[asyncio.Event] = []

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        barrier.wait()
        return respond(environ["PATH_INFO"], environ["lambda_bridge.context"], start_response)

    def respond(path: str, context: Any, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if path == "/fails":
            raise SystemExit(3)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{path} {context.aws_request_id} {context.xray_trace_id}".encode()]

    async def async_app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise NotImplementedError
        mine = asyncio.Event()
        arrived.append(mine)
        if len(arrived) == count:
            for each in arrived:
                each.set()
        await asyncio.wait_for(mine.wait(), 20)
        parts = respond(scope["path"], scope["lambda_bridge.context"], lambda *args: None)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"".join(parts)})

    return app, async_app


@pytest.mark.parametrize("kind", [0, 1], ids=["wsgi", "asgi"])
@pytest.mark.parametrize("stream", [False, True], ids=["buffered", "streamed"])
def test_calls_are_served_side_by_side(module: ModuleType, kind: int, stream: bool) -> None:
    """Each sees its own event and context; one that fails, or wants to end the process, touches no other."""
    paths = ["/a", "/fails", "/b", "/c"]
    calls = [
        Call(make_event("aws_url", "GET", path), {"Lambda-Runtime-Trace-Id": f"Root={path}"})
        for path in (*paths, "/later")
    ]
    module.handler = make_handler(meeting(4)[kind], stream=stream)  # type: ignore[attr-defined]
    lonely = calls.pop()
    with RuntimeApi(*calls, concurrency=4) as api:
        assert start(api, "hosted:handler", AWS_LAMBDA_MAX_CONCURRENCY="4") == 1
        module.handler.close()

    assert lonely.kind == ""
    for path, call in zip(paths, calls):
        if path == "/fails":
            assert (call.kind, call.error_type) == ("error", "SystemExit")
        else:
            body = call.streamed.decode() if stream else call.result["body"]
            assert (call.kind, body) == ("stream" if stream else "response", f"{path} {call.id} Root={path}")


# --- processes


APP = """
import asyncio
print("imported", flush=True)

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        print("shut down", flush=True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/endless":
        await send({"type": "http.response.body", "body": b"x", "more_body": True})
        await asyncio.sleep(60)
    await send({"type": "http.response.body", "body": b"ok"})

def plain(environ, start_response):
    start_response("200 OK", [])
    print("no line break is needed:", environ["PATH_INFO"])
    return [b"ok"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "hosted.py").write_text(APP, encoding="utf-8")
    return tmp_path


def spawn(folder: Path, api: RuntimeApi, *arguments: str, **environ: str) -> subprocess.Popen[str]:
    package = str(Path(sys.modules["lambda_bridge"].__file__ or "").parent.parent)
    return subprocess.Popen(
        [sys.executable, "-m", "lambda_bridge.runtime", *arguments],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": package,
            "AWS_LAMBDA_RUNTIME_API": api.address,
            **environ,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=30)
    return process.returncode, out, err


def test_wrapper_script_hands_over_the_command(folder: Path) -> None:
    """AWS_LAMBDA_EXEC_WRAPPER: what Lambda would have run is not run, _HANDLER says what is."""
    call = Call(EVENT)
    with RuntimeApi(call) as api:
        process = spawn(folder, api, "/var/lang/bin/python3.13", "/var/runtime/bootstrap.py", _HANDLER="hosted.plain")
        status, out, err = ended(process)

    assert (status, call.result["body"]) == (1, "ok")
    assert out == "imported\nno line break is needed: /a\n"
    assert "refuses to give an event: 403" in err


def test_app_of_the_task_root_is_found(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A container may be started in another folder."""
    call = Call(EVENT)
    with RuntimeApi(call) as api:
        process = spawn(tmp_path_factory.mktemp("other"), api, "hosted:plain", LAMBDA_TASK_ROOT=str(folder))
        assert ended(process)[0] == 1
    assert call.kind == "response"


CONCURRENT = {"AWS_LAMBDA_MAX_CONCURRENCY": "3"}


@pytest.mark.parametrize("environ", [{}, CONCURRENT], ids=["one", "three"])
def test_sigterm_shuts_the_lifespan_down(folder: Path, environ: dict[str, str]) -> None:
    """Lambda sends it where an extension is registered, so one is: it asks for its next event, and waits."""
    call = Call(EVENT)
    with RuntimeApi(call, concurrency=3, ends=False) as api:
        process = spawn(folder, api, "hosted:app", **environ)
        assert call.done.wait(20)
        assert api.is_waited_for.wait(20)
        process.send_signal(signal.SIGTERM)
        status, out, err = ended(process)

    assert (status, out, err) == (128 + signal.SIGTERM, "imported\nshut down\n", "")


@pytest.mark.parametrize("environ", [{}, CONCURRENT], ids=["one", "three"])
def test_sigterm_in_the_middle_of_a_stream_does_not_wait_for_its_end(folder: Path, environ: dict[str, str]) -> None:
    """Lambda would not wait either."""
    begun = threading.Event()
    # Before each chunk: the prelude's, that of the first part, and one that never comes.
    arrived = iter([threading.Event(), begun, threading.Event()])
    call = Call(make_event("aws_url", "GET", "/endless"), hold=lambda: next(arrived).set())
    with RuntimeApi(call, concurrency=3, ends=False) as api:
        process = spawn(folder, api, "hosted:app", LAMBDA_BRIDGE_STREAM="1", **environ)
        assert begun.wait(20)
        process.send_signal(signal.SIGTERM)
        status, out, _ = ended(process)

    assert (status, out) == (128 + signal.SIGTERM, "imported\nshut down\n")


@pytest.mark.parametrize(
    ("name", "environ", "extensions", "registered"),
    [
        ("app", {}, True, True),
        ("app", {}, False, True),
        ("plain", {}, True, False),
        ("app", {"LAMBDA_BRIDGE_LIFESPAN": "off"}, True, False),
        ("app", {"AWS_LAMBDA_INITIALIZATION_TYPE": "lambda-managed-instances"}, True, False),
    ],
    ids=["ASGI", "refused", "WSGI", "no lifespan", "managed instances"],
)
def test_extension_is_registered_where_it_is_of_use(
    folder: Path, name: str, environ: dict[str, str], extensions: bool, registered: bool
) -> None:
    """Where that is refused, as in an emulator, it goes without, and without a word."""
    call = Call(EVENT)
    with RuntimeApi(call, extensions=extensions) as api:
        _, _, err = ended(spawn(folder, api, f"hosted:{name}", **environ))
        asked = [line for line in api.requests if "extension" in line]

    assert call.kind == "response"
    assert len(err.splitlines()) == 1, "only that there are no more events"
    waits = ["GET /2020-01-01/extension/event/next"] if extensions else []
    assert asked == (["POST /2020-01-01/extension/register", *waits] if registered else [])


def test_app_whose_import_fails_is_an_init_error(folder: Path) -> None:
    """With its traceback on standard error, in a real process."""
    (folder / "broken.py").write_text("def f():\n    1 / 0\nf()\n", encoding="utf-8")
    (folder / "typo.py").write_text("def f(:\n", encoding="utf-8")
    (folder / "leaves.py").write_text("raise SystemExit(0)\n", encoding="utf-8")
    for name, expected in [
        ("broken", "ZeroDivisionError"),
        ("typo", "Runtime.UserCodeSyntaxError"),
        ("leaves", "SystemExit"),
    ]:
        with RuntimeApi() as api:
            status, _, err = ended(spawn(folder, api, f"{name}:app"))
            ((told, error),) = api.init_errors
        assert (status, told) == (1, expected)
        assert f"{name}.py" in err + "".join(error["stackTrace"])


def test_log_lines_are_json_where_that_is_asked_for(folder: Path) -> None:
    """One object a line, with the request's id and the traceback."""
    (folder / "logs.py").write_text(
        "import logging\n"
        "logging.basicConfig(format='plain %(message)s')\n"
        "def app(environ, start_response):\n"
        "    logging.getLogger('mine').info('hello', extra={'user': 7})\n"
        "    raise ValueError('boom')\n",
        encoding="utf-8",
    )
    call = Call(EVENT)
    with RuntimeApi(call) as api:
        environ = {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "INFO"}
        _, out, err = ended(spawn(folder, api, "logs:app", **environ))
    mine, failed, *_ = (json.loads(line) for line in out.splitlines())

    assert err == ""
    assert (mine["level"], mine["message"], mine["logger"], mine["user"]) == ("INFO", "hello", "mine", 7)
    assert (failed["level"], failed["errorType"], failed["errorMessage"]) == ("ERROR", "ValueError", "boom")
    assert mine["requestId"] == failed["requestId"] == call.id


# --- SnapStart


@pytest.fixture
def hooks(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The platform's module, as far as a runtime asks for it (snapshot-restore-py 1.0.0)."""
    before: list[Any] = []
    after: list[Any] = []
    module = SimpleNamespace(
        get_before_snapshot=lambda: before,
        get_after_restore=lambda: after,
        register_before_snapshot=lambda function, *args, **keywords: before.append((function, args, keywords)),
        register_after_restore=lambda function, *args, **keywords: after.append((function, args, keywords)),
    )
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", module)
    return module


SNAP_START = {"AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start"}


def test_hooks_run_around_the_snapshot(module: ModuleType, hooks: SimpleNamespace) -> None:
    """Those before it in reverse, those after it in order."""
    module.app = echo  # type: ignore[attr-defined]
    ran: list[str] = []
    for number in (1, 2):
        hooks.register_before_snapshot(ran.append, f"before {number}")
        hooks.register_after_restore(ran.append, f"after {number}")
    call = Call(EVENT)
    with RuntimeApi(call) as api:
        start(api, "hosted:app", **SNAP_START)
        requests = [line.rpartition("/runtime/")[2] for line in api.requests]

    assert ran == ["before 2", "before 1", "after 1", "after 2"]
    assert requests[:2] == ["restore/next", "invocation/next"]
    assert call.kind == "response"


def test_lifespan_runs_again_where_hooks_ask_for_it(module: ModuleType, hooks: SimpleNamespace) -> None:
    """handler.close before the snapshot, handler.start after it: no connection is in the snapshot."""
    seen = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            seen.append((await receive())["type"])
            await send({"type": "lifespan.startup.complete"})
            seen.append((await receive())["type"])
            await send({"type": "lifespan.shutdown.complete"})

    before = signal.getsignal(signal.SIGTERM)
    module.handler = handler = make_handler(app)  # type: ignore[attr-defined]
    hooks.register_before_snapshot(handler.close)
    hooks.register_after_restore(handler.start)
    with RuntimeApi() as api:
        start(api, "hosted:handler", **SNAP_START)
    handler.close()
    signal.signal(signal.SIGTERM, before)

    assert seen == ["lifespan.startup", "lifespan.shutdown"] * 2


def test_hook_that_fails_ends_the_process(module: ModuleType, hooks: SimpleNamespace) -> None:
    """With the statuses that the managed runtime has for it."""
    module.app = echo  # type: ignore[attr-defined]
    hooks.register_after_restore(divide, 1)
    with RuntimeApi() as api:
        assert start(api, "hosted:app", **SNAP_START) == 65
        assert [told for told, _ in api.restore_errors] == ["Runtime.AfterRestoreError"]
    hooks.register_before_snapshot(divide, 1)
    with RuntimeApi() as api:
        assert start(api, "hosted:app", **SNAP_START) == 64
        assert [told for told, _ in api.init_errors] == ["Runtime.BeforeSnapshotError"]


def divide(number: int) -> None:
    number / 0


def test_snapshot_without_the_module_is_waited_for(module: ModuleType) -> None:
    """Nobody has registered a hook then."""
    module.app = echo  # type: ignore[attr-defined]
    call = Call(EVENT)
    with RuntimeApi(call) as api:
        start(api, "hosted:app", **SNAP_START)
    assert call.kind == "response"


def test_the_package_configures_no_logging_in_plain_text(folder: Path) -> None:
    """That is the app's own matter, unless JSON is asked for."""
    (folder / "quiet.py").write_text(
        "import logging\n"
        "def app(environ, start_response):\n"
        "    start_response('200 OK', [])\n"
        "    return [str(logging.getLogger().handlers).encode()]\n",
        encoding="utf-8",
    )
    call = Call(EVENT)
    with RuntimeApi(call) as api:
        ended(spawn(folder, api, "quiet:app"))
    assert call.result["body"] == "[]"
    assert logging.getLogger("lambda_bridge").handlers == []
