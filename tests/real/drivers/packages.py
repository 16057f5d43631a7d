"""What `lambda-bridge package` makes of the three examples: on AWS's emulator, under awslambdaric, and with our runtime.

The zip is unpacked into a folder into which nothing may be written, also not by Python; the process is one of the bare
interpreter, without an environment's packages.
"""

from __future__ import annotations

import atexit
import os
import platform as machine
import shutil
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Callable, NamedTuple

from tests.real.doors import Answer, EventDoor, Question
from tests.real.drivers import Platform, aws

if TYPE_CHECKING:
    from tests.real.doors import Door
    from tests.real.stage import Stage

ROOT = Path(__file__).resolve().parents[3]
# What the managed runtime has beside the function's packages.
_RUNTIME = ("awslambdaric", "runtime_client", "snapshot_restore_py", "simplejson")


class Example(NamedTuple):
    """One of examples/."""

    folder: str
    asked: tuple[tuple[str, bytes], ...]
    """Paths of pages, and what must be in each."""
    variables: dict[str, str]


EXAMPLES = {
    each.folder: each
    for each in (
        Example("flask_app", (("/", b"<html"), ("/static/valentine.css", b"{")), {}),
        Example(
            "fastapi_app",
            (("/entries", b"[]"), ("/openapi.json", b'"openapi"')),
            {"GUESTBOOK_DB": "{folder}/guestbook.sqlite3"},
        ),
        Example(
            "django_app",
            (("/static/notes/notes.css", b"{"), ("/no/such/page", b"Not Found")),
            {
                "DJANGO_SETTINGS_MODULE": "project.settings",
                "DJANGO_SECRET_KEY": "of the tests",
                "DJANGO_ALLOWED_HOSTS": "*",
                "DJANGO_DB": "{folder}/notes.sqlite3",
            },
        ),
    )
}

_mutex = threading.Lock()


@cache
def _zips() -> Path:
    """The folder of what has been packed in this run."""
    folder = tempfile.mkdtemp(prefix="real-packages-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def _make(source: Path, minor: int) -> Path:
    """The zip of the folder *source*, made by the command; once for all of its runs."""
    arch = "arm64" if machine.machine() in ("arm64", "aarch64") else "x86_64"
    path = _zips() / f"{source.parent.name}-{source.name}-3{minor}.zip"
    with _mutex:
        if not path.exists():
            command = [
                *(sys.executable, "-m", "lambda_bridge", "package", "function:handler", "--cloud", "aws"),
                *("--python", f"3.{minor}", "--arch", arch, "--runtime", "own", "--output", str(path)),
            ]
            done = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
            if done.returncode or "bytecode   of" not in done.stdout:
                raise RuntimeError(f"it cannot be packed: {done.stdout} {done.stderr}")
    return path


class Function:
    """A package in the folder of a stage, and how its process is started."""

    def __init__(self, stage: Stage, source: Path, variables: dict[str, str]) -> None:
        # Of the environment, which has packages of its own, only the interpreter itself.
        self.python = str(Path(stage.python).resolve())
        minor = int(subprocess.check_output([self.python, "-c", "import sys; print(sys.version_info[1])"]))
        self.folder = stage.folder / "task"
        with zipfile.ZipFile(_make(source, minor)) as opened:
            opened.extractall(self.folder)
        beside = stage.folder / "runtime"
        beside.mkdir()
        for name in _RUNTIME:
            for path in Path(stage.python).parents[1].glob(f"lib/python*/site-packages/{name}*"):
                (beside / path.name).symlink_to(path)
        self.variables = {
            "PYTHONPATH": os.pathsep.join([str(self.folder), str(beside)]),
            "LAMBDA_TASK_ROOT": str(self.folder),
            **{name: text.format(folder=stage.folder) for name, text in variables.items()},
        }
        self._files = self._list()
        _allow(self.folder, 0o555)
        stage.resources.callback(_allow, self.folder, 0o755)

    def _list(self) -> list[Path]:
        return sorted(self.folder.rglob("*"))

    def written(self) -> list[str]:
        """What is in the folder that was not: nobody keeps root from that. It would be bytecode that was made again."""
        return [str(path.relative_to(self.folder)) for path in self._list() if path not in self._files]


def _allow(folder: Path, rights: int) -> None:
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir():
            path.chmod(rights)


@contextmanager
def _on_emulator(stage: Stage, function: Function, runtime: tuple[str, ...]) -> Iterator[Door]:
    command = [function.python, *runtime]
    yield EventDoor("aws_http", aws.start_emulator(stage, command, function.variables))


@contextmanager
def _on_runtime_api(stage: Stage, function: Function, runtime: tuple[str, ...]) -> Iterator[Door]:
    with aws.runtime_api(stage, [function.python, *runtime], function.variables) as api:
        yield EventDoor("aws_http", lambda event: aws.result_of(api.call(event)))


WAYS: dict[str, Callable[[Stage, Function], Any]] = {
    "rie": partial(_on_emulator, runtime=aws.COMMAND),
    "ric": partial(_on_runtime_api, runtime=aws.COMMAND),
    "own": partial(_on_emulator, runtime=("-m", "lambda_bridge.runtime", "function:handler")),
}


@contextmanager
def _open(stage: Stage, way: str) -> Iterator[Door]:
    """The stage's own app, packed with its framework: the battery goes through it."""
    source = _zips() / stage.app
    with _mutex:
        if not source.exists():
            shutil.copytree(stage.folder / "apps", source / "apps")
            framework = stage.app.partition("_")[0]
            (source / "requirements.txt").write_text(f"lambda-bridge\n{framework}\n")
            shutil.copy(stage.write("function.py"), source)
            (stage.folder / "function.py").unlink()
    with WAYS[way](stage, Function(stage, source, {})) as door:
        yield door


def _check(example: str, way: str, stage: Stage) -> list[str]:
    """What is wrong with the pages of an example."""
    of = EXAMPLES[example]
    function = Function(stage, ROOT / "examples" / example, of.variables)
    problems = []
    with WAYS[way](stage, function) as door:
        for path, part in of.asked:
            answer: Answer = door.ask(Question("GET", path, [("Host", "localhost")]), lambda: None)
            if part not in answer.body:
                problems.append(f"{path}: {part!r} expected, got {answer.status} {answer.body[:300]!r}")
    written = function.written()
    return problems + ([f"written into the package: {', '.join(written[:5])}"] if written else [])


def _checks(way: str) -> tuple[Callable[[Stage], list[str]], ...]:
    found = []
    for example in EXAMPLES:
        check: Any = partial(_check, example, way)
        check.__name__ = f"examples/{example}"
        found.append(check)
    return tuple(found)


PLATFORMS = tuple(
    Platform(
        f"package-{way}", "aws", "aws_http", partial(_open, way=way), at_once=1, own=_checks(way), apps=("flask_app",)
    )
    for way in WAYS
)
