"""A virtual environment for each runtime, because their pins conflict: `.venv-real/NAME`, made when it is needed."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from tools.test_all import find_pythons

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / ".venv-real"

# What the apps are made of, everywhere the same; the last of them is an example, with what it needs.
_EXAMPLE = (ROOT / "examples" / "fastapi_app" / "requirements.txt").read_text().split()
APPS = (
    *("asgiref>=3.7", "django>=5.2,<6.2", "fastapi==0.165.0", "flask==3.1.3"),
    *(each for each in _EXAMPLE if each != "lambda-bridge"),
)


class Runtime(NamedTuple):
    """What is installed, and on which minor versions of Python it works, the best first."""

    minors: tuple[int, ...]
    packages: tuple[str, ...]
    alone: tuple[str, ...] = ()
    """Packages of which only a file is wanted: installed without what they depend on."""
    npm: tuple[str, ...] = ()
    """Packages of npm, in `node_modules` of the environment's folder."""


RUNTIMES: dict[str, Runtime] = {
    # awslambdaric has wheels for these; the Runtime Interface Emulator is a program inside aws-sam-cli.
    "aws": Runtime((12, 13, 11, 10, 14), ("awslambdaric==4.2.2",), ("aws-sam-cli==1.170.0",)),
    "azure": Runtime(
        (13, 14),
        (
            "azure-functions==2.3.0",
            "azure-functions-runtime==1.3.0",
            "azure-functions-runtime-v1==1.2.0",
            "aiohttp==3.14.5",
            "grpcio==1.85.1",
            "protobuf==7.36.2",
        ),
    ),
    # Of its own: to have the extension installed changes nothing, to import it anywhere changes every function.
    "azure-stream": Runtime(
        (13, 14),
        (
            "azure-functions==2.3.0",
            "azure-functions-runtime==1.3.0",
            "azure-functions-runtime-v1==1.2.0",
            "azurefunctions-extensions-http-fastapi==1.0.1",
            "aiohttp==3.14.5",
            "grpcio==1.85.1",
            "protobuf==7.36.2",
        ),
    ),
    "fn": Runtime((11, 12, 10, 9), ("fdk==0.1.128",)),
    "gcp": Runtime((12, 11, 13, 10), ("functions-framework==3.10.2",)),
    "knative": Runtime((12, 11, 13, 10), ("func-python==0.8.1",)),
    # The plugin wants serverless 4 beside it, which fetches itself and asks for a key; osls is the same, and open.
    "offline": Runtime((12, 11, 13, 10), (), (), ("osls@4.3.1", "serverless-offline@14.8.2")),
    "openlambda": Runtime((12, 11, 13, 10), ("tornado==6.6.1",)),
    "openwhisk": Runtime((12, 11, 13, 10), ()),
    "scaleway": Runtime((12, 11, 13, 10), ("scaleway-functions-python==0.2.3",)),
    "vercel": Runtime((12, 13), ("vercel-runtime==0.24.1",)),
    "web": Runtime(
        (12, 11, 13, 10),
        ("uvicorn==0.54.0", "hypercorn==0.18.0", "granian==2.8.7", "gunicorn==27.0.1", "waitress==3.0.2"),
    ),
}


class NotInstalledError(Exception):
    """A runtime cannot be installed on this machine; says why."""


def make(name: str) -> Path:
    """The interpreter of the environment *name*, which is made or made anew where it is not as the table says."""
    runtime = RUNTIMES[name]
    pythons = find_pythons()
    minor = next((minor for minor in runtime.minors if minor in pythons), None)
    if minor is None:
        wanted = ", ".join(f"3.{each}" for each in sorted(runtime.minors))
        raise NotInstalledError(f"needs one of Python {wanted}, and none is here")
    folder = HOME / name
    python = folder / "bin" / "python"
    stamp = folder / ".made"
    as_wanted = hashlib.sha256(json.dumps([pythons[minor], runtime, APPS]).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == as_wanted:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    _run([pythons[minor], "-m", "venv", str(folder)])
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, *APPS, *runtime.packages])
    if runtime.alone:
        _run([*pip, "--no-deps", *runtime.alone])
    if runtime.npm:
        _install_npm(folder, runtime.npm)
    stamp.write_text(as_wanted)
    return python


def _install_npm(folder: Path, packages: tuple[str, ...]) -> None:
    if shutil.which("npm") is None:
        raise NotInstalledError("needs npm: install Node.js")
    options = ["--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps"]
    _run(["npm", "install", "--prefix", str(folder), *options, *packages])


def install_package(folder: Path) -> None:
    """Put lambda_bridge, built from this checkout, and nothing else into *folder*, as for a deployment."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "--no-deps", "--target", str(folder), str(ROOT)])


def may_skip() -> bool:
    """Whether a runtime that cannot be installed is not an error."""
    return os.environ.get("REAL_MAY_SKIP") == "1"


def _run(command: list[str]) -> None:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        reason = [
            line for line in done.stdout.splitlines() if "ERROR" in line or "npm error" in line
        ] or done.stdout.splitlines()[-1:]
        raise NotInstalledError(f"{' '.join(command[2:])} failed: {' '.join(reason)[:500]}")
