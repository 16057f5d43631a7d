"""Bytecode for the target's Python, so that a read-only file system never compiles again."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Optional

from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection


def find_python(minor: int) -> Optional[str]:
    """An interpreter of Python 3.*minor*: the running one, pyenv's, one on PATH, or one of uv's; None where none is here."""
    if sys.version_info[:2] == (3, minor) and sys.implementation.name == "cpython":
        return sys.executable
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [
        str(folder / "bin" / "python") for folder in sorted(pyenv.glob(f"3.{minor}.*"), key=_by_patch, reverse=True)
    ]
    on_path = shutil.which(f"python3.{minor}")
    uv = shutil.which("uv")
    if on_path:
        candidates.append(on_path)
    if uv:
        found = subprocess.run(  # noqa: S603  # no shell, and our own words
            [uv, "python", "find", "--no-python-downloads", f"cpython@3.{minor}"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        candidates += found.stdout.split("\n")[:1] if found.returncode == 0 else []
    return next((each for each in candidates if _is(each, minor)), None)


def _by_patch(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", folder.name)]


def _is(interpreter: str, minor: int) -> bool:
    """Whether it starts, and is what its name says: pyenv's shims are there for versions that are not chosen."""
    code = "import sys; print(sys.implementation.name, *sys.version_info[:2])"
    try:
        done = subprocess.run([interpreter, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    except OSError:
        return False
    return done.stdout.split() == ["cpython", "3", str(minor)]


# One process, in one order, with one seed: what marshal writes depends on what was compiled before.
_COMPILE = """\
import sys
sys.path[:] = filter(None, sys.path)  # not the app's modules
import json, py_compile
from importlib.util import cache_from_source
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
broken = []
for name, target, level in json.load(sys.stdin):
    try:
        target = target or cache_from_source(name, optimization="")
        py_compile.compile(name, cfile=target, dfile=name, doraise=True, optimize=level, invalidation_mode=mode)
    except (py_compile.PyCompileError, ValueError, RecursionError, MemoryError):
        broken.append(name)
json.dump(broken, sys.stdout)
"""


def compile_all(
    folder: Path, names: Collection[str], interpreter: str, alone: Collection[str] = (), bare: Collection[str] = ()
) -> list[str]:
    """Compile the files *names* of *folder*, posix paths; give those that are no source of that Python.

    The bytecode says what its source's name is in *folder*, and nothing of this machine; that its source has not
    changed is never looked at (PEP 552, unchecked hashes). That of the names in *alone* stands beside the source, ``x.pyc``,
    from where Python imports it without the source; else in ``__pycache__``. That of the names in *bare* has no docstrings
    and no asserts, as with ``-OO``.
    """
    rows = [(name, f"{name}c" if name in alone else "", 2 if name in bare else 0) for name in sorted(names)]
    # Isolated but for the variables, because of the seed.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(  # noqa: S603
        [interpreter, "-s", "-S", "-X", "utf8", "-W", "ignore", "-c", _COMPILE],
        input=json.dumps(rows), capture_output=True, encoding="utf-8", cwd=folder,
        env={**kept, "PYTHONHASHSEED": "0"}, check=False,
    )  # fmt: skip
    if done.returncode:
        raise ConfigurationError(f"{interpreter} cannot compile the package: {done.stderr.strip()[-500:]}")
    broken: list[str] = json.loads(done.stdout)
    return broken


def name_of(source: str, minor: int) -> str:
    """The posix path at which CPython 3.*minor* looks for the bytecode of *source*."""
    path = PurePosixPath(source)
    return str(path.parent / "__pycache__" / f"{path.stem}.cpython-3{minor}.pyc")
