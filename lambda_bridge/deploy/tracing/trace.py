"""What of a package is never used: the app's tests, or a list of requests, on a copy of it that writes down each file."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import lambda_bridge
from lambda_bridge.deploy.measuring import fresh
from lambda_bridge.deploy.measuring.fresh import last_line
from lambda_bridge.deploy.tracing import touched, unused
from lambda_bridge.deploy.units import show_bytes
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lambda_bridge.deploy.packing.zips import Packed
    from lambda_bridge.deploy.tracing.unused import Unused

_OURS = Path(lambda_bridge.__file__).resolve().parent


class Trace(NamedTuple):
    """What `find_unused` has seen."""

    used: int
    """How many files of the package were imported or opened."""
    files: int
    """How many it has."""
    unused: list[Unused]
    """The heaviest first."""
    smaller: int
    """How many folders more are too small to be named."""


def find_unused(
    folder: Path,
    how: str,
    files: Sequence[Packed],
    handler: str,
    python: str,
    *,
    paths: Sequence[Path] = (),
    timeout: float = 600,
) -> Trace:
    """Run *how* on a copy of the staged *folder*, whose *files* are those of the package.

    *how* is a file with a request a line, ``GET /path``, which go to *handler* (``"function:handler"``) in *python*; or
    a command, ``"pytest -q"``, which runs in the working folder, with the copy first in PYTHONPATH. A file that can be
    executed is a command. *paths* are those of `beside.paths_on`. Raises ConfigurationError where it fails, as nothing
    can be told then.
    """
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place, "package")
        shutil.copytree(folder, copy, symlinks=True)
        hook = Path(place, "hook")
        hook.mkdir()
        shutil.copy(touched.__file__, hook / "sitecustomize.py")
        log = Path(place, "touched")
        log.touch()
        # What lies in the folder is looked at in the copy.
        others = [copy / path.relative_to(folder) if folder in path.parents else path for path in paths]
        is_list = os.path.isfile(how) and not os.access(how, os.X_OK)
        # The app's own files are those of the working folder for a test runner that puts that first.
        roots = [copy] if is_list else [copy, Path.cwd()]
        environ = {
            touched.NAME: os.pathsep.join(map(str, [log, *roots])),
            "PYTHONPATH": os.pathsep.join(
                [*map(str, [hook, copy, *others]), *filter(None, [os.environ.get("PYTHONPATH")])]
            ),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if is_list:
            _send(read_requests(Path(how)), handler, python, [hook, copy, *others], environ, timeout)
        else:
            _complete_ours([copy, *others])
            _run(how, environ, timeout)
        names = {os.fsdecode(name).replace(os.sep, "/") for name in log.read_bytes().split(b"\0") if name}
    keys = {unused.source_of(name) for name in names}
    rows, smaller = unused.find_unused(files, names)
    return Trace(sum(unused.source_of(file.name) in keys for file in files), len(files), rows, smaller)


def _complete_ours(folders: Sequence[Path]) -> None:
    """Put all of lambda_bridge in the place of what a function needs: tests have its plugin of pytest, and its Client."""
    for folder in folders:
        if (folder / _OURS.name).is_dir():
            shutil.rmtree(folder / _OURS.name)
            shutil.copytree(_OURS, folder / _OURS.name, ignore=shutil.ignore_patterns("__pycache__"))


def read_requests(path: Path) -> list[tuple[str, str]]:
    """(method, path and query) of each line; empty ones and those that begin with # are passed over."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{str(path)!r} is no list of requests ({error})") from error
    requests = []
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = re.fullmatch(r"([A-Z]+)\s+(/\S*)", line.strip())
        if found is None:
            raise ConfigurationError(
                f"line {number} of {str(path)!r} is no request: write GET /path, {line.strip()!r} is none"
            )
        requests.append((found[1], found[2]))
    if not requests:
        raise ConfigurationError(f"there is no request in {str(path)!r}: write one a line, GET /path")
    return requests


def _run(how: str, environ: dict[str, str], timeout: float) -> None:
    try:
        words = shlex.split(how)
    except ValueError as error:
        raise ConfigurationError(f"{how!r} is no command ({error})") from error
    if not words:
        raise ConfigurationError("--trace is empty: name a command, such as 'pytest -q', or a file of requests")
    done = fresh.run(words, Path.cwd(), timeout, environ)
    if done.status:
        said = last_line(done.output) or last_line(done.errors)
        raise ConfigurationError(
            f"{how!r} fails on the package, with status {done.status}, so nothing can be told: {said or 'it says nothing'}"
        )


def _send(
    requests: list[tuple[str, str]],
    handler: str,
    python: str,
    paths: list[Path],
    environ: dict[str, str],
    timeout: float,
) -> None:
    task = {"paths": [str(path) for path in paths], "function": handler, "requests": requests}
    done, told = fresh.drive(fresh.find_python(python), task, paths[1], timeout, environ=environ)
    if told is None or "error" in told:
        raise ConfigurationError(f"{handler!r} does not start: {told['error'] if told else f'status {done.status}'}")
    failed = [f"{method} {url}" for (method, url), status in zip(requests, told["answer"]) if status >= 500]
    if failed:
        raise ConfigurationError(
            f"{failed[0]} is answered with an error of the app, so nothing can be told: its log says {last_line(done.errors)!r}"
        )


def describe(trace: Trace) -> str:
    """The proposal as lines for a terminal: each row with its bytes, and the options ready to be pasted."""
    lines = [f"{trace.used} of {trace.files} files were imported or opened."]
    if not trace.unused:
        return "\n".join([*lines, "There is nothing to be left out."])
    lines += ["Never imported or opened:", "", f"{'unzipped':>11}{'zipped':>11}"]
    for row in trace.unused:
        whose = "distribution" if row.name == row.owner else row.owner
        lines.append(f"{show_bytes(row.size):>11}{show_bytes(row.stored):>11}  {row.name} ({whose})")
    if trace.smaller:
        lines.append(f"{'':24}and {trace.smaller} smaller folder{'s' * (trace.smaller > 1)}")
    size = sum(row.size for row in trace.unused)
    lines += [
        "",
        f"Nothing is excluded by itself. What this run has not reached may be needed all the same; all of it is {show_bytes(size)}:",
        "",
        "  " + " \\\n  ".join(f"--exclude {shlex.quote(each)}" for row in trace.unused for each in row.patterns),
    ]
    return "\n".join(lines)
