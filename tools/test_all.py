"""Run the test suite against the built wheel on every Python from 3.9 up that this machine has, or on those named.

    python tools/test_all.py [3.9 …]
    python tools/test_all.py --list

A Python is found by pyenv, or as pythonX.Y on PATH. Each gets a virtual environment of its own, two
run at a time. Exit status 1 when one fails; the Pythons that are not here are named. With --list,
those that are here are printed, one a line.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MINORS = range(9, 15)
# The package itself, so that only the wheel can be imported, and what a build leaves behind.
LEFT_OUT = {"lambda_bridge", "build", "dist"}


def find_pythons() -> dict[int, str]:
    """Minor version to interpreter; of pyenv's, the newest of each.

    Not by what `lambda-bridge package` finds Pythons with: this runs where nothing is installed.
    """
    found: dict[int, str] = {}
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for folder in sorted(pyenv.glob("3.*"), key=lambda folder: [int(part) for part in re.findall(r"\d+", folder.name)]):
        matched = re.match(r"3\.(\d+)", folder.name)
        interpreter = folder / "bin" / "python"
        if matched and interpreter.exists():
            found[int(matched[1])] = str(interpreter)
    for minor in MINORS:
        on_path = shutil.which(f"python3.{minor}")
        if minor not in found and on_path and works(on_path):
            found[minor] = on_path
    return {minor: found[minor] for minor in MINORS if minor in found}


def works(interpreter: str) -> bool:
    """Whether it starts: pyenv's shims are there for versions that are not chosen."""
    return subprocess.run([interpreter, "-c", ""], capture_output=True, check=False).returncode == 0


def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test(minor: int, interpreter: str, wheel: Path, work: Path) -> tuple[int, bool, str]:
    """(minor, passed, output) of the suite, run in a copy of the project without the package: only the wheel can be imported."""
    environment = work / f"venv-3.{minor}"
    python = str(environment / "bin" / "python")
    place = work / f"run-3.{minor}"
    place.mkdir()
    for source in ROOT.iterdir():
        if source.name in LEFT_OUT or source.name.startswith(".") or source.suffix == ".egg-info":
            continue
        if source.is_dir():
            shutil.copytree(source, place / source.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, place / source.name)
    for command in (
        [interpreter, "-m", "venv", str(environment)],
        [python, "-m", "pip", "install", "--quiet", "--upgrade", "pip"],
        [python, "-m", "pip", "install", "--quiet", f"{wheel}[test]"],
    ):
        done = run(command)
        if done.returncode:
            return minor, False, done.stdout
    # Two processes, as a process can have one Django: the tests', and the example's.
    runs = [
        run([python, "-X", "dev", "-bb", "-m", "pytest", "-q", suite], cwd=place) for suite in ("tests", "examples")
    ]
    passed = all(done.returncode == 0 for done in runs)
    return minor, passed, "\n".join(summary(done.stdout) if passed else done.stdout for done in runs)


def summary(output: str) -> str:
    """The line of what pytest printed that says how many passed; a test's app may have the last word."""
    return next(line for line in reversed(output.splitlines()) if " passed" in line)


def build(work: Path) -> Path:
    done = run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(work), str(ROOT)])
    if done.returncode:
        sys.exit(done.stdout)
    return next(work.glob("*.whl"))


def main(arguments: list[str]) -> None:
    here = {f"3.{minor}": (minor, interpreter) for minor, interpreter in find_pythons().items()}
    missing = [name for name in arguments or [f"3.{minor}" for minor in MINORS] if name not in here]
    if arguments == ["--list"]:
        print("\n".join(here))
        return
    if missing:
        print(f"not on this machine, so not tested: {', '.join(missing)}", flush=True)
    if not here or (arguments and missing):
        sys.exit(f"the Pythons from 3.9 up that are here: {', '.join(here) or 'none'}")
    failed = False
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(2) as pool:
        work = Path(name)
        wheel = build(work)
        asked = [here[name] for name in arguments or here]
        for minor, passed, output in pool.map(lambda row: test(*row, wheel, work), asked):
            print(f"3.{minor}: {'passed' if passed else 'FAILED'}\n{output}", flush=True)
            failed = failed or not passed
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
