"""Where a runtime runs: a folder like a deployment's, and the processes in it, which end with the test."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, Optional, Union

from tests.real.drivers import EXAMPLE

HERE = Path(__file__).parent

# What a user writes, whatever the cloud.
FUNCTION = """\
from apps.{app} import app as web_app

from lambda_bridge import make_handler

handler = make_handler(web_app, events="/events")
"""
READY_SECONDS = 60
# Below those that systems choose themselves: a platform takes a second to bind its own, which somebody else could get meanwhile.
_PORTS = range(20_000, 32_000)
_given: set[int] = set()


class Stage:
    """A folder with the app, in which the interpreter *python* runs; what it starts ends with it.

    :param app: str, a module in apps/
    :param package: Path of the folder that lambda_bridge can be imported from
    """

    def __init__(self, python: Path, app: str, package: Path) -> None:
        self.python = str(python)
        self.app = app
        self._package = package
        self._temporary = tempfile.TemporaryDirectory(prefix="real-")
        # Short, because the name of a unix socket must be.
        self.folder = Path(self._temporary.name)
        self.processes: list[subprocess.Popen[bytes]] = []
        self.resources = ExitStack()
        shutil.copytree(HERE / "apps", self.folder / "apps", ignore=shutil.ignore_patterns("__pycache__"))
        if app == EXAMPLE:
            example = HERE.parents[1] / "examples" / "fastapi_app"
            ignored = shutil.ignore_patterns("__pycache__", "test_*", "*.md", "*.txt")
            shutil.copytree(example, self.folder, ignore=ignored, dirs_exist_ok=True)

    def write(self, name: str, more: str = "", function: str = FUNCTION) -> Path:
        """The file *name* with the three lines that make the handler, and *more*."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(function.format(app=self.app) + more)
        return path

    def bin(self, name: str) -> Path:
        """A program of the runtime's environment."""
        return Path(self.python).parent / name

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LAMBDA_BRIDGE_", "PYTHON"))}
        paths = os.pathsep.join([str(self.folder), str(self._package)])
        return {**kept, "PYTHONPATH": paths, "PYTHONUNBUFFERED": "1", **more}

    def start(
        self,
        command: Sequence[object],
        environment: Optional[Mapping[str, str]] = None,
        pass_fds: Sequence[int] = (),
        stdin: int = subprocess.DEVNULL,
    ) -> subprocess.Popen[bytes]:
        """A process of its own group in the folder; what it prints goes to `log`."""
        with open(self.folder / "log", "ab") as log:
            process = subprocess.Popen(
                [str(each) for each in command],
                cwd=self.folder,
                env=dict(environment or self.environment()),
                start_new_session=True,
                pass_fds=pass_fds,
                stdin=stdin,
                stdout=log,
                stderr=log,
            )
        self.processes.append(process)
        return process

    def log(self) -> str:
        path = self.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def wait_for(self, process: subprocess.Popen[bytes], address: Union[int, Path]) -> None:
        """Until *process* listens on a port or unix socket; raises RuntimeError when it ends before."""
        until = time.monotonic() + READY_SECONDS
        while not _listens(address):
            try:
                status = process.wait(timeout=0.02)
            except subprocess.TimeoutExpired:
                status = None
            if status is not None:
                raise RuntimeError(f"the runtime ended with status {status}: {self.log()[-3000:]}")
            if time.monotonic() > until:
                raise RuntimeError(f"the runtime does not listen on {address}: {self.log()[-3000:]}")

    def close(self) -> None:
        """End what runs, and remove the folder."""
        for process in reversed(self.processes):
            end(process)
        self.resources.close()
        self._temporary.cleanup()


class LineProcess:
    """A process that answers each line of JSON with one: *host* is a program in hosts/."""

    def __init__(self, stage: Stage, host: str, environment: Mapping[str, str], *arguments: str) -> None:
        reading, writing = os.pipe()
        # On a descriptor of its own, because standard output is the function's.
        command = [stage.python, HERE / "hosts" / host, *arguments, str(writing)]
        self._process = stage.start(command, environment, pass_fds=[writing], stdin=subprocess.PIPE)
        os.close(writing)
        self._answers = stage.resources.enter_context(os.fdopen(reading, "rb"))
        self._stage = stage

    def ask(self, value: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(value).encode() + b"\n")
        self._process.stdin.flush()
        line = self._answers.readline()
        if not line:
            raise RuntimeError(f"the process has ended: {self._stage.log()[-3000:]}")
        return json.loads(line)


def end(process: subprocess.Popen[bytes]) -> None:
    """End *process* and what it has started: politely, and then not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            break
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            continue
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()


@contextmanager
def listening(path: Path) -> Iterator[socket.socket]:
    """A unix socket that listens at *path*."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        yield listener


def free_port() -> int:
    """A port of this machine that nobody uses at the moment, and that nobody else was given."""
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if port not in _given:
                _given.add(port)
                return port


def _listens(address: Union[int, Path]) -> bool:
    with socket.socket(socket.AF_UNIX if isinstance(address, Path) else socket.AF_INET) as probe:
        probe.settimeout(1)
        return probe.connect_ex(str(address) if isinstance(address, Path) else ("127.0.0.1", address)) == 0
