"""What an app depends on: requirements.txt, pyproject.toml or uv.lock as one file for pip, without lambda-bridge itself.

lambda-bridge is packed as the version that runs, whatever a file says.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, NamedTuple, Optional

from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Where none is named, the first of these that is there.
FILES = ("requirements.txt", "uv.lock", "pyproject.toml")
OURS = "lambda-bridge"
# What ours needs at run time; pyproject.toml has it, tests compare.
OUR_NEEDS = ("asgiref>=3.7",)


class Requirements(NamedTuple):
    """What is to be installed."""

    lines: tuple[str, ...]
    """Those of a requirements file: each has one requirement or option; paths are absolute."""
    hashed: bool = False
    """Whether the lines have hashes; then nothing without one can be added."""

    @property
    def names(self) -> frozenset[str]:
        """The distributions that are named, normalized."""
        return frozenset(filter(None, map(name_of, self.lines)))


def normalize(name: str) -> str:
    """A distribution's name as the packaging specifications compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def name_of(line: str) -> Optional[str]:
    """The normalized name at the beginning of a requirement; None for an option, a path or a URL."""
    found = re.match(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:$|[\[;@<>=!~( ])", line)
    return normalize(found[1]) if found else None


def find(folder: Path) -> Optional[Path]:
    """The file in *folder* that says what its app depends on."""
    return next((folder / name for name in FILES if (folder / name).is_file()), None)


def read(path: Optional[Path]) -> Requirements:
    """The requirements of the file, with what lambda-bridge needs; raises ConfigurationError."""
    if path is None:
        lines: list[str] = []
    elif path.name == "uv.lock":
        lines = list(_of_text(_export(path), path.parent, ()))
    elif path.suffix == ".toml":
        lines = _of_project(path)
    else:
        lines = list(_of_file(path, ()))
    hashed = any("--hash=" in line for line in lines)
    lines = [line for line in lines if name_of(line) != OURS]
    return Requirements(tuple(lines if hashed else [*lines, *OUR_NEEDS]), hashed)


def _of_file(path: Path, seen: tuple[Path, ...]) -> Iterator[str]:
    path = path.resolve()
    if path in seen:
        raise ConfigurationError(f"{path} includes itself: remove its line from {seen[-1].name}")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise ConfigurationError(f"cannot read the requirements {str(path)!r} ({reason})") from error
    return _of_text(text, path.parent, (*seen, path))


_INCLUDED = re.compile(r"(?:-r|--requirement)(?:\s+|=)(.+)|-r(\S+)")
_CONSTRAINTS = re.compile(r"(?:-c|--constraint)(?:\s+|=)(.+)|-c(\S+)")
_EDITABLE = re.compile(r"(?:-e|--editable)(?:\s+|=)(.+)")
_FOLDERS = re.compile(r"(-f|--find-links)(?:\s+|=)(.+)")


def _of_text(text: str, folder: Path, seen: tuple[Path, ...]) -> Iterator[str]:
    """The lines that pip would read, with the files that they include in their place."""
    for line in _lines(text):
        included, constraints = _INCLUDED.fullmatch(line), _CONSTRAINTS.fullmatch(line)
        editable, folders = _EDITABLE.fullmatch(line), _FOLDERS.fullmatch(line)
        if included:
            yield from _of_file(folder / (included[1] or included[2]), seen)
        elif constraints:
            yield f"--constraint {_absolute(constraints[1] or constraints[2], folder)}"
        elif folders:
            yield f"--find-links {_absolute(folders[2], folder)}"
        elif editable:
            # It is packed as it is now: a function's folder is no checkout.
            yield _absolute(editable[1], folder)
        elif line.startswith((".", "/")) or re.match(r"[\w./\\-]+\.whl\b", line):
            yield _absolute(line, folder)
        else:
            yield line


def _lines(text: str) -> Iterator[str]:
    """Without comments, and with a line that a backslash continues as one (pip.pypa.io, requirements file format)."""
    for line in re.sub(r"[ \t]*\\\r?\n\s*", " ", text).splitlines():
        bare = re.sub(r"(^|\s)#.*$", "", line).strip()
        if bare:
            yield bare


def _absolute(path: str, folder: Path) -> str:
    if re.match(r"[a-z+]+://|[a-z+]+:/", path):
        return path
    marker = re.search(r"(\[[^\]]*\])?\s*(;.*)?$", path)
    bare, rest = (path[: marker.start()], path[marker.start() :]) if marker else (path, "")
    return f"{(folder / bare).resolve()}{rest}"


def _of_project(path: Path) -> list[str]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        project = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {})
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"cannot read {str(path)!r} ({error})") from error
    if "dependencies" not in project:
        raise ConfigurationError(
            f"{str(path)!r} has no dependencies in [project]: name a requirements.txt with -r, which poetry export, "
            "pdm export or pip freeze write"
        )
    return [" ".join(line.split()) for line in project["dependencies"]]


def _export(lock: Path) -> str:
    """What uv makes of its lock file: it alone knows all that stands there."""
    uv = shutil.which("uv")
    if uv is None:
        raise ConfigurationError(
            f"{str(lock)!r} is read by uv, which is not on PATH: pip install uv, or name a requirements.txt with -r"
        )
    command = [uv, "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--format", "requirements-txt"]
    done = subprocess.run(command, cwd=lock.parent, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise ConfigurationError(f"uv cannot read {str(lock)!r}: {done.stderr.strip()[-500:]}")
    return done.stdout
