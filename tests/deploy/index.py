"""A folder of small packages in the place of an index: wheels, and sources of wheels, made in no time."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Optional

import pytest

# Builds the wheel of its folder itself, so that nothing has to be downloaded for it.
_BACKEND = """
import zipfile

def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "{file}"
    with zipfile.ZipFile(f"{{wheel_directory}}/{{name}}", "w") as archive:
        for path, text in {files!r}.items():
            archive.writestr(path, text)
    return name
"""


def make_wheel(
    folder: Path,
    name: str,
    version: str = "1.0",
    tag: str = "py3-none-any",
    files: Optional[dict[str, str]] = None,
    needs: tuple[str, ...] = (),
    more: Optional[dict[str, str]] = None,
) -> Path:
    """A wheel in *folder*; *files* are its modules (one of its name by default), *more* those of its metadata."""
    path, contents = _wheel(name, version, tag, files, needs, more or {})
    with zipfile.ZipFile(folder / path, "w") as archive:
        for inside, text in contents.items():
            archive.writestr(inside, text)
    return folder / path


def make_source(folder: Path, name: str, version: str = "1.0", tag: str = "py3-none-any") -> Path:
    """A source archive in *folder*, out of which a wheel with *tag* is built."""
    file, contents = _wheel(name, version, tag, None, (), {})
    metadata = contents[f"{name}-{version}.dist-info/METADATA"]
    project = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    inside = {"PKG-INFO": metadata, "pyproject.toml": project, "backend.py": _BACKEND.format(file=file, files=contents)}
    path = folder / f"{name}-{version}.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for each, text in inside.items():
            info = tarfile.TarInfo(f"{name}-{version}/{each}")
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    return path


def _wheel(
    name: str,
    version: str,
    tag: str,
    files: Optional[dict[str, str]],
    needs: tuple[str, ...],
    more: dict[str, str],
) -> tuple[str, dict[str, str]]:
    info = f"{name}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Dist: {need}" for need in needs]
    contents = dict(files if files is not None else {f"{name}.py": f"VERSION = {version!r}\n"})
    contents[f"{info}/METADATA"] = "\n".join(lines) + "\n\nSome words on it.\n"
    contents[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: {tag}\n"
    contents.update((f"{info}/{path}", text) for path, text in more.items())
    record = "".join(f"{path},,\n" for path in [*contents, f"{info}/RECORD"])
    return f"{name}-{version}-{tag}.whl", {**contents, f"{info}/RECORD": record}


def use_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let pip look nowhere but in *folder*; there is an asgiref, which lambda-bridge needs."""
    make_wheel(folder, "asgiref", "3.8", files={"asgiref/__init__.py": "", "asgiref/sync.py": ""})
    for name, value in {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(folder),
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }.items():
        monkeypatch.setenv(name, value)
