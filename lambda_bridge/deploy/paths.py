"""Files below a folder, by their posix paths."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CACHES = ("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache")
"""Folders that Python and its tools make, wherever they run."""


def list_files(folder: Path) -> list[str]:
    """The posix paths of the files in *folder*, sorted."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern of a shell, such as ``pkg/locale`` or ``*.md``, holds for the posix path or a folder above it."""
    paths = [name, *(parent.as_posix() for parent in PurePosixPath(name).parents)][:-1] or [name]
    return any(fnmatchcase(path, pattern.rstrip("/")) for pattern in patterns for path in paths)
