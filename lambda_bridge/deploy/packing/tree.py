"""The staged tree of a package: a folder with all files as they lie where the function runs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from lambda_bridge.deploy.paths import list_files
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def copy(source: Path, target: Path) -> None:
    """Copy the file, its right to be executed too; raises ConfigurationError where it cannot be read."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copy(source, target)
        # So that it can be removed, and written over, whatever it was.
        target.chmod(target.stat().st_mode | 0o600)
    except OSError as error:
        raise ConfigurationError(f"cannot copy {str(source)!r} ({error.strerror})") from error


def add_made(folder: Path, made: dict[str, str]) -> None:
    """Write files that are made for the package, posix path to text; a script is executable."""
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        path.chmod(0o755 if text.startswith("#!") else 0o644)


def remove(folder: Path, names: Iterable[str]) -> None:
    """Remove those of the files, posix paths, that are there."""
    for name in names:
        (folder / name).unlink(missing_ok=True)


def merge(site: Path, folder: Path, prefix: str = "") -> tuple[list[str], list[str]]:
    """Move the files of *site* into *folder*, where *prefix*, such as ``"package/"``, comes before their names.

    Gives the names in *site* of what was moved, and of what was not, as another file stands in its place.
    """
    there = set(list_files(folder))
    moved, hidden = [], []
    for name in list_files(site):
        if prefix + name in there:
            hidden.append(name)
            continue
        target = folder / (prefix + name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(site / name, target)
        moved.append(name)
    return moved, hidden
