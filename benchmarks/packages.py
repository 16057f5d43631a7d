"""Packages of `lambda-bridge package` and of ``pip install -t``: how large they are, and how fast they start.

Each lies in a folder of its own into which no process writes, as in a function.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple, Optional

from benchmarks.runtime_api import APIG, FASTAPI, FLASK, MANGUM
from lambda_bridge.deploy.packing.package import Plan, build

APPS = {
    # App to (its source, what it requires, the peer's package, the peer's module).
    "flask_app": (FLASK, "flask", "apig-wsgi==2.20.0", APIG.format("flask_app", "app")),
    "fastapi_app": (FASTAPI, "fastapi", "mangum==0.22.0", MANGUM.format("fastapi_app", "app", "auto")),
}


class Made(NamedTuple):
    """A package."""

    folder: Path
    """Unpacked."""
    size: int
    """Bytes of the zip."""
    module: str
    """Of the function, whose attribute is ``handler``."""


def make_ours(app: str, work: Path, sources: str = "all") -> Made:
    """The package of *app* that `lambda-bridge package` makes for the Python that runs."""
    folder = work / f"{app}-of-ours-{sources}"
    folder.mkdir(parents=True)
    source, requires, _, _ = APPS[app]
    (folder / f"{app}.py").write_text(source, encoding="utf-8")
    (folder / "requirements.txt").write_text(f"lambda-bridge\n{requires}\n", encoding="utf-8")
    output = work / f"{app}-{sources}.zip"
    arch = "arm64" if os.uname().machine in ("arm64", "aarch64") else "x86_64"
    plan = Plan(f"{app}:app", "aws", sys.version_info[1], output, folder, arch, own_runtime=True, sources=sources)
    package = build(plan, _new(work / f"{app}-{sources}-work"), lambda line: None)
    return Made(_unpack(output), output.stat().st_size, package.entry.module)


def make_theirs(app: str, work: Path) -> Made:
    """What its peer's README says: ``pip install -t``, the app and the handler beside it, zipped."""
    source, requires, peer, module = APPS[app]
    folder = _new(work / f"{app}-installed")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--target", str(folder), requires, peer], check=True)
    (folder / f"{app}.py").write_text(source, encoding="utf-8")
    (folder / "function.py").write_text(module, encoding="utf-8")
    output = work / f"{app}-of-theirs.zip"
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            archive.write(path, path.relative_to(folder))
    return Made(_unpack(output, times_of=folder), output.stat().st_size, "function")


def without_bytecode(made: Made) -> Made:
    """A copy in which there is none, as AWS's page on packages advises (lambda/latest/dg/python-package.html, 2026-11)."""
    folder = made.folder.with_name(f"{made.folder.name}-bare")
    shutil.copytree(made.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return made._replace(folder=folder)


def _new(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _unpack(archive: Path, times_of: Optional[Path] = None) -> Path:
    """Its folder; with the times that the files of another one have, by which their bytecode knows them."""
    folder = archive.with_suffix("")
    with zipfile.ZipFile(archive) as opened:
        opened.extractall(folder)
    if times_of is not None:
        for path in folder.rglob("*.py"):
            times = (times_of / path.relative_to(folder)).stat()
            os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    return folder
