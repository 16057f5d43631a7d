"""The command: what it serves, and what it says when it cannot."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lambda_bridge.web.__main__ import main, make_front
from lambda_bridge.web.platforms import LOCAL, find_platform
from tests.web.test_servers import ROOT, SECONDS, Started, free_port


@pytest.mark.parametrize(
    ("arguments", "environ", "sentence"),
    [
        (["nowhere:app"], {}, "'nowhere:app': there is no module 'nowhere' on sys.path"),
        (["tests.web.served:nothing"], {}, "'tests.web.served:nothing': the module 'tests.web.served' has no attribute 'nothing'"),
        (["tests.web.served"], {}, "'tests.web.served' names no app: use \"module:attribute\", such as \"myapp:app\""),
        (["tests.web.served:BODY"], {}, "is not an app: WSGI and ASGI apps are callables"),
        (["tests.web.served:wsgi"], {"PORT": "abc"}, "PORT='abc' is no port: use a number from 1 to 65535"),
        (["tests.web.served:wsgi", "--port", "99999"], {}, "--port='99999' is no port: use a number from 1 to 65535"),
        (["tests.web.served:wsgi", "--server", "uvicorn"], {}, "--server uvicorn serves no WSGI app"),
        (["tests.web.served:wsgi"], {"LAMBDA_BRIDGE_COMPRESS": "perhaps"}, "LAMBDA_BRIDGE_COMPRESS='perhaps' is not usable"),
    ],
)  # fmt: skip
def test_what_cannot_begin_is_one_sentence(
    arguments: list[str],
    environ: dict[str, str],
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """And status 1."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    assert main(arguments) == 1

    error = capsys.readouterr().err
    assert error.startswith("lambda_bridge.web: ")
    assert sentence in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["a:b", "--threads", "0"], ["a:b", "--platform", "nowhere"]])
def test_wrong_usage_is_status_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """As of every command."""
    with pytest.raises(SystemExit) as end:
        main(arguments)

    assert (end.value.code, "usage: python -m lambda_bridge.web" in capsys.readouterr().err) == (2, True)


def test_app_that_cannot_be_imported_shows_its_traceback(tmp_path: Path) -> None:
    """And status 1."""
    (tmp_path / "broken.py").write_text('raise RuntimeError("at import")\n', encoding="utf-8")
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "lambda_bridge.web", "broken:app"],
        cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr.splitlines()[-1]) == (1, "RuntimeError: at import")


def test_handler_is_served_as_it_is() -> None:
    """With its options and its functions; an app gets a handler, whose options are the environment's."""
    from tests.web import served

    assert make_front("tests.web.served:handler", LOCAL, events=False).handler is served.handler
    assert make_front("tests.web.served:asgi", LOCAL, events=False).handler.interface == "asgi"


def test_azures_prefix_is_that_of_its_routes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forwarded request has it in its path; below it no event is believed."""
    (tmp_path / "host.json").write_text(json.dumps({"extensions": {"http": {"routePrefix": "v1"}}}), encoding="utf-8")
    monkeypatch.setenv("AzureWebJobsScriptRoot", str(tmp_path))

    front = make_front("tests.web.served:wsgi", find_platform({}, "azure"), events=True)

    assert (front.prefix, front.handler.line.options.base_path) == ("v1", "/v1")


def test_event_of_a_timer_in_a_whole_process() -> None:
    """As Alibaba's custom runtime is started, by its environment; and an event while a client asks for the same."""
    pytest.importorskip("gunicorn")
    port = free_port()
    environ = {"FC_FUNCTION_NAME": "f", "FC_SERVER_PORT": str(port)}
    old = dict(os.environ)
    os.environ.update(environ)
    try:
        server = Started("-m", "lambda_bridge.web", "tests.web.served:handler", "--host", "127.0.0.1", port=port)
    finally:
        os.environ.clear()
        os.environ.update(old)
    timer = json.dumps({"triggerTime": "2026-03-04T10:11:12Z", "triggerName": "nightly", "payload": ""}).encode()
    headers: Any = {"x-fc-request-id": "r-1", "content-type": "application/octet-stream"}
    try:
        begun = server.ask("POST", "/initialize", b"", headers)
        event = server.ask("POST", "/invoke", timer, {**headers, "x-fc-control-path": "/invoke"})
        client = server.ask("POST", "/invoke", timer, {**headers, "x-fc-control-path": "/http-invoke"})
        stopped = server.ask("GET", "/pre-stop", None, headers)
        code, out, error = server.end()
    finally:
        server.close()

    assert [begun[0], event[0], client[0], stopped[0], code] == [200, 200, 201, 200, 0]
    assert out == "timer nightly/2026-03-04T10:11:12Z r-1\n"
    assert error == (
        f"lambda_bridge.web: tests.web.served:handler on 127.0.0.1:{port} by gunicorn, "
        "for Alibaba Cloud Function Compute custom runtime\n"
    )
