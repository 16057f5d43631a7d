"""The app's own files: what git would commit of its folder, or all but what is hidden, made or a virtual environment."""

from __future__ import annotations

import os
import re
import subprocess
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from lambda_bridge.deploy.modules import imported
from lambda_bridge.deploy.paths import CACHES, list_files, matches
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

_MADE = {*CACHES, "node_modules", ".venv", "venv"}
# Azure's: the settings of the developer's machine, secrets among them, which Core Tools do not publish either.
_SETTINGS = "local.settings.json"
_TEST_FOLDERS = {"test", "tests"}
# Names under which keys and passwords commonly lie; hidden files, such as .env, are left out anyway.
_KEYS = (
    "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.kdbx", "*.env", "*.tfvars", "*.tfstate", "id_rsa*", "id_ed25519*",
    "credentials*.json", "service-account*.json", "service_account*.json", "secrets.*",
)  # fmt: skip
_TEST_FILE = re.compile(r"(test_.*|.*_test|conftest)\.py")


class Files(NamedTuple):
    """Posix paths in the app's folder, sorted."""

    packed: list[str]
    left: dict[str, str]
    """Why a file is left out: ``"hidden"``, ``"tests"``."""
    by_git: bool
    """Whether git has said what belongs to the app."""


def find_files(folder: Path, include: Sequence[str] = (), without: Collection[Path] = ()) -> Files:
    """What of *folder* is packed.

    :param include: patterns of files that are packed although they are hidden, tests, or ignored by git
    :param without: files and folders that are not the app's, such as the zip itself
    """
    of_git = _ask_git(folder)
    names = _walk(folder) if of_git is None else of_git
    if include:
        names = sorted({*names, *(name for name in list_files(folder) if matches(name, include))})
    outside = {path.resolve() for path in without}.difference((folder.resolve(), *folder.resolve().parents))
    names = [name for name in names if not _is_below((folder / name).resolve(), outside)]
    left = {name: "hidden" for name in names if _is_hidden(PurePosixPath(name))}
    left.update((name, "tests") for name in _tests(folder, [name for name in names if name not in left]))
    left = {name: why for name, why in left.items() if not matches(name, include)}
    for name in names:
        if not _is_utf8(name):
            raise ConfigurationError(
                f"{os.fsencode(name)!r} is no name in UTF-8, which those in a zip are: rename it, or move it away"
            )
    return Files([name for name in names if name not in left], left, of_git is not None)


def _is_below(path: Path, outside: Collection[Path]) -> bool:
    """Whether *path* is one of *outside*, or lies in one."""
    return any(each in outside for each in (path, *path.parents))


def find_keys(names: Sequence[str]) -> list[str]:
    """Those of the posix paths *names* whose names say that they may hold secrets."""
    return [name for name in names if any(fnmatchcase(PurePosixPath(name).name.lower(), each) for each in _KEYS)]


def _is_hidden(path: PurePosixPath) -> bool:
    return path.name == _SETTINGS or any(part.startswith(".") for part in path.parts)


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _ask_git(folder: Path) -> list[str] | None:
    """What git tracks or would; None where it is no work tree, or all of it is ignored."""
    command = ["git", "-C", str(folder), "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "."]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    except FileNotFoundError:
        return None
    if done.returncode:
        return None
    names = [os.fsdecode(name) for name in done.stdout.split(b"\0") if name]
    found: set[str] = set()
    for name in names:
        path = folder / name
        if path.is_dir():  # a submodule, or a link to a folder
            found.update(f"{name}/{below}" for below in _walk(path))
        elif path.is_file():  # not: deleted, and not yet committed
            found.add(name)
    return sorted(found) or None


def _walk(folder: Path) -> list[str]:
    """All files but those of virtual environments, caches and hidden folders."""
    return sorted(_below(folder, ""))


def _below(folder: Path, prefix: str) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise ConfigurationError(f"cannot read the folder {str(folder)!r} ({error.strerror})") from error
    for entry in entries:
        if entry.is_dir():
            is_made = entry.name in _MADE or entry.name.startswith(".") or entry.name.endswith(".egg-info")
            if not is_made and not Path(entry.path, "pyvenv.cfg").exists() and not _is_above(entry, folder):
                yield from _below(Path(entry.path), f"{prefix}{entry.name}/")
        elif entry.is_file() and not entry.name.endswith(".pyc"):
            yield prefix + entry.name


def _is_above(entry: os.DirEntry[str], folder: Path) -> bool:
    """Whether it is a link to a folder that it lies in."""
    return entry.is_symlink() and folder.resolve().is_relative_to(Path(entry.path).resolve())


def _tests(folder: Path, names: Sequence[str]) -> Iterator[str]:
    """The tests that no other file of the app imports."""
    tests = [
        name
        for name in names
        if not _TEST_FOLDERS.isdisjoint(PurePosixPath(name).parts[:-1])
        or _TEST_FILE.fullmatch(PurePosixPath(name).name)
    ]
    others = set(names).difference(tests)
    modules = {
        module for name in others if name.endswith(".py") for module in imported((folder / name).read_bytes(), name)
    }
    # A package of tests that is imported stays as a whole.
    needed = {".".join(module.split(".")[: depth + 1]) for module in modules for depth in range(module.count(".") + 1)}
    for name in tests:
        parts = PurePosixPath(name.removesuffix(".py")).parts
        packages = {".".join(parts[: depth + 1]) for depth, part in enumerate(parts[:-1]) if part in _TEST_FOLDERS}
        if ".".join(parts) not in needed and packages.isdisjoint(needed):
            yield name
