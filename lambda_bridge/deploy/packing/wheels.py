"""Packages for another machine: pip or uv unpack the wheels of the target's Python and C library; nothing runs there.

A package without such a wheel is built from its source here, if what comes of it runs anywhere.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Callable, NamedTuple, Optional

from lambda_bridge.deploy.requirements import Requirements, name_of
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_MACHINES = {"x86_64": "x86_64", "arm64": "aarch64"}
# uv's names for C libraries (uv help pip install, 0.13); a wheel for an older one runs on a newer one.
_UV_LIBRARIES = (17, 28, *range(31, 41))


class Target(NamedTuple):
    """What wheels must be for: CPython 3.*minor* on Linux."""

    minor: int
    arch: str
    """``"x86_64"`` or ``"arm64"``."""
    glibc: int
    """Minor version of the C library 2.x."""

    def __str__(self) -> str:
        return f"CPython 3.{self.minor} on Linux {self.arch} with glibc 2.{self.glibc}"


def tags(target: Target) -> list[str]:
    """The platform tags whose wheels run there, the best first (PEP 600, and those before it)."""
    machine = _MACHINES[target.arch]
    # The first C library for which wheels of this machine exist.
    first = 5 if target.arch == "x86_64" else 17
    found = [f"manylinux_2_{minor}_{machine}" for minor in range(target.glibc, first - 1, -1)]
    old = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
    return found + [f"{name}_{machine}" for minor, name in old.items() if first <= minor <= target.glibc]


def markers(target: Target) -> dict[str, str]:
    """The environment markers of the target (PEP 508)."""
    return {
        "implementation_name": "cpython",
        "implementation_version": f"3.{target.minor}.0",
        "os_name": "posix",
        "platform_machine": _MACHINES[target.arch],
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_system": "Linux",
        "platform_version": "",
        "python_full_version": f"3.{target.minor}.0",
        "python_version": f"3.{target.minor}",
        "sys_platform": "linux",
    }


def install(
    requirements: Requirements,
    target: Target,
    folder: Path,
    work: Path,
    *,
    uv: Optional[str] = None,
    find_links: Sequence[Path] = (),
    say: Callable[[str], None] = print,
) -> None:
    """Unpack what *requirements* ask for into *folder*.

    :param work: Path of an empty folder for what is made on the way
    :param uv: str, the program to use instead of pip; it does not read pip's settings
    :param find_links: folders with wheels, beside the index
    :param say: told of each package that is built from its source
    Raises ConfigurationError, which names the package that has no wheel.
    """
    if uv is None and find_spec("pip") is None:
        raise ConfigurationError(
            f"neither uv nor pip is here, which download packages: {sys.executable} -m ensurepip, or pip install uv"
        )
    built = work / "built"
    built.mkdir(parents=True)
    links = [*find_links, built]
    lines = [
        str(_build(line, target, built, find_links, say)) if _is_source(line) else line for line in requirements.lines
    ]
    file = work / "requirements.txt"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    command = _uv(uv, target, folder) if uv else _pip(target, folder)
    command += ["--requirement", str(file), *(f"--find-links={link}" for link in links)]
    tried: set[str] = set()
    while True:
        status, output = _run(command, built)
        if status == 0:
            return
        missing = find_missing(output)
        if missing is None or missing in tried:
            raise ConfigurationError(f"{'uv' if uv else 'pip'} cannot install what is required: {_tell(output)}")
        tried.add(missing)
        _build(missing, target, built, find_links, say)


# pip evaluates environment markers for the Python that it runs in, whatever --python-version says
# (github.com/pypa/pip/issues/11664): so it is told those of the target.
_PIP = """\
import json, runpy, sys
from pip._vendor.packaging import markers
target, here = json.loads(sys.argv.pop(1)), markers.default_environment
markers.default_environment = lambda: {**here(), **target}
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def _pip(target: Target, folder: Path) -> list[str]:
    return [
        *(sys.executable, "-c", _PIP, json.dumps(markers(target)), "install", "--target", str(folder)),
        *("--implementation", "cp", "--python-version", f"3.{target.minor}", "--only-binary=:all:", "--no-compile"),
        *("--no-warn-script-location", "--disable-pip-version-check", "--no-input", "--quiet"),
        *(f"--platform={tag}" for tag in tags(target)),
    ]


def _uv(uv: str, target: Target, folder: Path) -> list[str]:
    library = max(each for each in _UV_LIBRARIES if each <= max(target.glibc, 17))
    return [
        *(uv, "pip", "install", "--target", str(folder), "--python", sys.executable, "--link-mode=copy", "--quiet"),
        *("--python-version", f"3.{target.minor}", "--only-binary=:all:", "--no-compile-bytecode"),
        *("--python-platform", f"{_MACHINES[target.arch]}-manylinux_2_{library}"),
    ]


def _run(command: list[str], folder: Path) -> tuple[int, str]:
    """(status, what it prints); in *folder*, as Python would import modules of the working folder first."""
    # Of Python's own variables none is meant for pip: warnings as errors, modules of the app.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(  # noqa: S603
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=kept,
        cwd=folder,
        check=False,
    )
    return done.returncode, done.stdout


_MISSING = (
    re.compile(r"No matching distribution found for (.+)"),
    # Of a package that another one needs, pip tells in its own way (pip 25.1), and uv in a third (0.13).
    re.compile(r"no matching distributions available for your environment:\s+(\S+)"),
    re.compile(r"all versions of ([\w.-]+) have no (?:usable )?wheels"),
    re.compile(r"([\w.-]+(?:==[\w.*+!]+)?) has no (?:usable )?wheels"),
)


def find_missing(output: str) -> Optional[str]:
    """The requirement for which an installer has found no wheel, out of what it has printed."""
    for pattern in _MISSING:
        found = pattern.search(output)
        if found:
            return re.sub(r" \(from .*", "", found[1]).strip()
    return None


def _tell(output: str) -> str:
    """What an installer has said of its failure, without its own advice."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    begin = next((number for number, line in enumerate(lines) if line.startswith(("ERROR", "error", "×"))), 0)
    return " ".join(line for line in lines[begin:] if not line.startswith(("hint", "WARNING", "[notice]")))[:1500]


def _is_source(line: str) -> bool:
    """Whether the requirement is a folder, an archive or a repository rather than a distribution of an index."""
    bare = re.sub(r"\s*(;.*|--hash=.*)$", "", line)
    is_path = bare.startswith(os.sep) or bool(re.match(r"[A-Za-z]:\\", bare))
    return (is_path and not bare.endswith(".whl")) or bool(re.search(r"(^|@\s*)(git|hg|svn|bzr)\+", bare))


def _build(requirement: str, target: Target, built: Path, links: Sequence[Path], say: Callable[[str], None]) -> Path:
    """A wheel of the *requirement*'s source that runs anywhere; raises ConfigurationError where there comes none."""
    name = name_of(requirement)
    lacking = f"{requirement} has no wheel for {target}"
    if find_spec("pip") is None:
        raise ConfigurationError(f"{lacking}, and to build one of its source pip is needed: {_ways_out(name)}")
    say(f"{lacking}: building one of its source")
    before = set(built.glob("*.whl"))
    command = [
        *(sys.executable, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", str(built), "--quiet", "--no-input"),
        *("--disable-pip-version-check", *(f"--find-links={link}" for link in links)),
        *(["--no-binary", name] if name else []),
        requirement,
    ]
    status, output = _run(command, built)
    wheels = set(built.glob("*.whl")) - before
    if status or not wheels:
        raise ConfigurationError(f"{lacking}, and none can be built of its source ({_tell(output)}): {_ways_out(name)}")
    (wheel,) = wheels
    if not wheel.name.endswith("-none-any.whl"):
        wheel.unlink()
        raise ConfigurationError(
            f"{lacking}, and what its source builds here runs on machines like this one only: {_ways_out(name)}"
        )
    return wheel


def _ways_out(name: Optional[str]) -> str:
    return (
        f"choose a version of {name or 'it'} that has one, another --python or --arch, or a newer C library with --glibc "
        "if the runtime has it; or build a wheel on such a machine, and name its folder with --find-links"
    )
