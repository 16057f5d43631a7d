"""Folders with a handler or an app in them, as the commands find it where they are called."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.runner import APP

FUNCTION = """
from lambda_bridge import make_handler

def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/fail" or environ["wsgi.input"].read() == b"broken":
        raise RuntimeError("broken")
    if path == "/exit":
        raise SystemExit(7)
    if path == "/odd":
        start_response("299 Odd", [])
        return []
    start_response("404 Not Found" if path == "/gone" else "200 OK", [("Content-Type", "text/html; charset=utf-8")])
    return [bytes(range(256)) if path == "/bytes" else "<h1>你好</h1>".encode()]

handler = make_handler(app)
strict = make_handler(app, on_error="raise")
only_gcp = make_handler(app, formats=["gcp"])
number = 42

@handler.on("aws.invoke")
def work(event):
    return {"got": event.data}

def refused(event, context):
    return {"statusCode": "x"}

refused.aio = refused.close = lambda: None
"""


@pytest.fixture
def function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder, with the module called_function; sys.path and modules as they were afterwards."""
    (tmp_path / "called_function.py").write_text(FUNCTION, encoding="utf-8")
    (tmp_path / "called_broken.py").write_text("import no_such_module\n")
    (tmp_path / "called_wrong.py").write_text("def x(:\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    yield tmp_path
    for name in ("called_function", "called_broken", "called_wrong"):
        sys.modules.pop(name, None)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working folder with a module that has an app; sys.path as it was afterwards."""
    (tmp_path / "served_app.py").write_text(APP)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    yield tmp_path
    sys.modules.pop("served_app", None)
