"""The audit hook: what it writes down, in a process of its own and in its children."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from lambda_bridge.deploy.measuring import fresh
from lambda_bridge.deploy.tracing import touched
from lambda_bridge.deploy.tracing.unused import source_of
from tests.deploy.trees import write_tree

PROGRAM = """
import json, os, sqlite3, subprocess, sys
import pkg.module
with open(os.path.join("data", "一 file.txt")) as file:
    file.read()
open(b"data/bytes.txt").close()
os.close(os.open("data/low.txt", os.O_RDONLY))
try:
    open("data/none.txt")
except OSError:
    pass
open(0, closefd=False)
sqlite3.connect("data/base.db").close()
if len(sys.argv) == 1:
    subprocess.run([sys.executable, __file__, "child"], check=True)
else:
    import pkg.child
"""


@pytest.fixture
def hooked(tmp_path: Path) -> dict[str, str]:
    """The variables of a process that is looked at, below the folder ``root``."""
    hook = tmp_path / "hook"
    hook.mkdir()
    shutil.copy(touched.__file__, hook / "sitecustomize.py")
    told = os.pathsep.join(map(str, [tmp_path / "log", tmp_path / "root"]))
    return {touched.NAME: told, "PYTHONPATH": str(hook), "PYTHONDONTWRITEBYTECODE": "1"}


def read(log: Path) -> list[str]:
    """Each file, of bytecode the source: whether there is any is looked at first."""
    return sorted({source_of(name.decode()) for name in log.read_bytes().split(b"\0") if name})


def test_imports_and_files_of_a_process_and_its_child(tmp_path: Path, hooked: dict[str, str]) -> None:
    """By whatever call; nothing of what lies elsewhere."""
    files = dict.fromkeys(["pkg/__init__.py", "pkg/module.py", "pkg/child.py", "pkg/never.py"], "")
    data = dict.fromkeys(["data/一 file.txt", "data/bytes.txt", "data/low.txt", "data/base.db", "data/never.txt"], "")
    root = write_tree(tmp_path / "root", {**files, **data, "main.py": PROGRAM})
    done = fresh.run([sys.executable, "main.py"], root, 60, hooked)
    expected = ["data/base.db", "data/bytes.txt", "data/low.txt", "data/none.txt", "data/一 file.txt", "main.py"]
    expected += ["pkg/__init__.py", "pkg/child.py", "pkg/module.py"]

    assert ("", 0) == (done.errors, done.status)
    assert expected == read(tmp_path / "log")


def test_another_sitecustomize_is_not_lost(tmp_path: Path, hooked: dict[str, str]) -> None:
    """Coverage and virtual environments have theirs."""
    write_tree(tmp_path / "other", {"sitecustomize.py": "print('theirs')"})
    write_tree(tmp_path / "root", {"main.py": ""})
    environ = {**hooked, "PYTHONPATH": os.pathsep.join([hooked["PYTHONPATH"], str(tmp_path / "other")])}
    done = fresh.run([sys.executable, "main.py"], tmp_path / "root", 60, environ)

    assert ("theirs\n", "", ["main.py"]) == (done.output, done.errors, read(tmp_path / "log"))


def test_log_that_cannot_be_written_is_no_error_of_the_app(tmp_path: Path) -> None:
    """The hook sees its own failure, and nobody else does."""
    hook = touched.make_hook(str(tmp_path / "none" / "log"), [str(tmp_path)])
    hook("open", (str(tmp_path / "file"), "r", 0))
    hook("open", ("\0", "r", 0))

    assert not (tmp_path / "none").exists()


def test_without_the_variable_nothing_is_looked_at(tmp_path: Path, hooked: dict[str, str]) -> None:
    """The file alone does nothing."""
    write_tree(tmp_path / "root", {"main.py": ""})
    fresh.run([sys.executable, "main.py"], tmp_path / "root", 60, {**hooked, touched.NAME: str(tmp_path / "log")})

    assert not (tmp_path / "log").exists()
