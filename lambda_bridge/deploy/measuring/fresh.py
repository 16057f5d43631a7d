"""A fresh process of Python, as a cloud starts one: it sees a folder and the standard library, and nothing installed here."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, Optional

from lambda_bridge.deploy.packing import bytecode
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Isolated (no PYTHON* variables, no user's packages), without site-packages; nothing is compiled into the folder, as
# a function's is read-only.
ISOLATED = ("-I", "-S", "-B")
_DRIVER = str(Path(__file__).with_name("driver.py"))
# When this is read, the interpreter is up.
_PROGRAM = f"import time; up = time.monotonic(); exec(compile(open({_DRIVER!r}, encoding='utf-8').read(), {_DRIVER!r}, 'exec'))"


class Done(NamedTuple):
    """A process that has ended."""

    status: int
    """As subprocess has it: negative for a signal."""
    output: str
    errors: str
    began: float
    """`time.monotonic` right before it was started: one clock for all processes of a machine, but for Windows."""


def find_python(name: str) -> str:
    """The interpreter's path for a version, ``3.12``, a program's name, or a path; raises ConfigurationError."""
    version = re.fullmatch(r"3\.(\d{1,2})", name)
    found = bytecode.find_python(int(version[1])) if version else shutil.which(name)
    if found is None:
        what = f"no Python {name}" if version else f"no interpreter {name!r}"
        raise ConfigurationError(f"there is {what} here: install it, or name another one with --python")
    return os.path.abspath(found)


def run(
    command: Sequence[str], folder: str | Path, timeout: float, environ: Optional[Mapping[str, str]] = None
) -> Done:
    """Run *command* in *folder*, and end all that it has started; *environ* is added to ours.

    Raises ConfigurationError where it takes longer than *timeout* seconds, or cannot be started.
    """
    # Files rather than pipes: a grandchild that holds a pipe open would be waited for.
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.monotonic()
        try:
            process = subprocess.Popen(  # noqa: S603  # no shell, and what the user has named
                command,
                cwd=folder,
                env={**os.environ, **(environ or {})},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        except OSError as error:
            raise ConfigurationError(f"{command[0]!r} cannot be started ({error.strerror})") from error
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise ConfigurationError(
                f"it has not ended after {timeout:g} s: something waits, such as a connection or an input; --timeout gives it longer"
            ) from None
        finally:
            _end(process)
        return Done(status, _text(output), _text(errors), began)


def drive(
    python: str,
    task: Mapping[str, Any],
    folder: Path,
    timeout: float,
    *,
    flags: Sequence[str] = (),
    environ: Optional[Mapping[str, str]] = None,
) -> tuple[Done, Optional[dict[str, Any]]]:
    """Let `driver` do *task* in *folder*, in the interpreter *python* with *flags* more.

    Gives what `run` does, and what the driver has written down, as its docstring says; None where it could not.
    Raises ConfigurationError as `run` does.
    """
    with tempfile.TemporaryDirectory() as place:
        result = Path(place, "result.json")
        text = json.dumps({**task, "result": str(result)})
        done = run([python, *ISOLATED, *flags, "-c", _PROGRAM, text], folder, timeout, environ)
        return done, json.loads(result.read_text(encoding="utf-8")) if result.exists() else None


def last_line(text: str) -> str:
    """Of what a process has written; empty where it has written nothing."""
    return (text.strip().splitlines() or [""])[-1]


def _end(process: subprocess.Popen[bytes]) -> None:
    """The process, and its group, which what it started belongs to."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "backslashreplace")


class Python(NamedTuple):
    """An interpreter."""

    path: str
    version: str
    """``"3.12.1"``."""
    tag: str
    """What it puts into the names of its bytecode, ``"cpython-312"``."""


_ABOUT = "import platform, sys; print(platform.python_version(), sys.implementation.cache_tag)"


def ask_python(name: str) -> Python:
    """The interpreter of `find_python`, and what it says of itself; raises ConfigurationError."""
    path = find_python(name)
    done = run([path, *ISOLATED, "-c", _ABOUT], ".", 60)
    said = done.output.split()
    if done.status or len(said) != 2:
        raise ConfigurationError(f"{path!r} is no Python that runs: name another one with --python")
    if [int(part) for part in said[0].split(".")[:2]] < [3, 9]:
        raise ConfigurationError(f"{path!r} is Python {said[0]}: lambda-bridge runs on 3.9 and newer")
    return Python(path, said[0], said[1])
