"""Run in a process as its ``sitecustomize``: writes down every file below some folders that it imports or opens.

It imports nothing but os and sys, and then the ``sitecustomize`` that it stands before. What is to be watched it finds in
the environment, which its child processes have as well.
"""

from __future__ import annotations

import os
import sys

NAME = "_LAMBDA_BRIDGE_TRACE"
"""The variable: the file to write to, then the folders, with os.pathsep between."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Audit event -> where in its arguments the file is (docs.python.org/3/library/audit_events.html). Sources and bytecode
# are opened; extension modules are told of by "import".
_EVENTS = {"open": 0, "import": 1, "ctypes.dlopen": 0, "sqlite3.connect": 0}


def make_hook(log: str, folders: list[str]) -> Callable[[str, tuple[Any, ...]], None]:
    """An audit hook that adds each new file below one of *folders* to *log*: its path from there, and NUL."""
    # Tests may put others in the place of these.
    open_file, write, close, decode, absolute = os.open, os.write, os.close, os.fsdecode, os.path.abspath
    roots = tuple(os.path.join(absolute(folder), "") for folder in folders)
    seen: set[Any] = {log}

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event not in _EVENTS:
            return
        path = args[_EVENTS[event]]
        if not isinstance(path, (str, bytes)) or path in seen:
            return
        seen.add(path)
        try:
            whole = absolute(decode(path))
            for root in roots:
                if whole.startswith(root):
                    file = open_file(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
                    try:
                        write(file, os.fsencode(whole[len(root) :]) + b"\0")
                    finally:
                        close(file)
                    return
        except (OSError, ValueError):
            # What cannot be written down must not fail in the app.
            return

    return hook


def import_next(folder: str) -> None:
    """The ``sitecustomize`` that would have been imported without the one in *folder*, where there is one."""
    from importlib.machinery import PathFinder
    from importlib.util import module_from_spec

    others = [path for path in sys.path if os.path.abspath(path) != folder]
    spec = PathFinder.find_spec("sitecustomize", others)
    if spec is not None and spec.loader is not None:
        spec.loader.exec_module(module_from_spec(spec))


if __name__ == "sitecustomize" and NAME in os.environ:
    _log, *_folders = os.environ[NAME].split(os.pathsep)
    sys.addaudithook(make_hook(_log, _folders))
    import_next(os.path.dirname(os.path.abspath(__file__)))
