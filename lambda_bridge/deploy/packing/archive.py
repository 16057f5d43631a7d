"""Zip files that are the same, byte by byte, whenever and wherever they are made of the same files."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
from typing import TYPE_CHECKING, Callable

from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# The first date that a zip can have.
_DATE = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


def write(path: Path, files: Mapping[str, Path], check: Callable[[int, dict[str, int]], None]) -> None:
    """Write the zip *path* of *files*, posix name to what is read.

    The order, the dates and all rights but that to execute are always the same. It stands at *path* when it is whole,
    and *check*, which gets its size and the stored bytes of each file, has not raised anything.
    Raises ConfigurationError where it cannot be written.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(unfinished, "w") as archive:
            for name in sorted(files):
                _add(archive, name, files[name])
            stored = {info.filename: info.compress_size for info in archive.infolist()}
        check(unfinished.stat().st_size, stored)
        os.replace(unfinished, path)
    except OSError as error:
        raise ConfigurationError(f"cannot write {str(path)!r} ({error.strerror})") from error
    finally:
        if unfinished.exists():
            unfinished.unlink()


def _add(archive: zipfile.ZipFile, name: str, source: Path) -> None:
    info = zipfile.ZipInfo(name, _DATE)
    info.create_system = _UNIX
    rights = 0o755 if source.stat().st_mode & stat.S_IXUSR else 0o644
    info.external_attr = (stat.S_IFREG | rights) << 16
    archive.writestr(info, source.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)


def sha256(path: Path) -> str:
    """The file's, in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
