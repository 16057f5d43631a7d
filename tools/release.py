"""Build the wheel and the source archive, into a folder that is named or else for a look only, and let others judge them.

twine: what an index would refuse. check-wheel-contents: what does not belong into a wheel, and what is missing of the
package. check-manifest: whether the source archive has what version control has. And of our own: the wheel that the source
archive makes is the one that the tree makes, file by file, and not larger than it may be. Exit status 1 when one complains.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

MOST_BYTES = 590_000
"""Of the wheel: 575 kB in 2026-11. Whoever raises it says in the commit what the bytes are for."""


def build(folder: Path, *what: str) -> list[Path]:
    """What the standard front end builds of the tree; without *what*, the wheel out of the source archive."""
    run("build", "--no-isolation", *what, "--outdir", str(folder), str(ROOT))
    return sorted([*folder.glob("*.whl"), *folder.glob("*.tar.gz")])


def run(module: str, *arguments: str) -> None:
    """Run a tool; end with what it has printed when it complains."""
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\n{module} complains")


def find_differences(one: Path, other: Path) -> list[str]:
    """Names of the files that are not in both wheels, or not the same there."""
    contents = []
    for path in (one, other):
        with zipfile.ZipFile(path) as archive:
            contents.append({name: archive.read(name) for name in archive.namelist()})
    first, second = contents
    return sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name))


def check_size(wheel: Path, most: int) -> str | None:
    """A complaint, or None."""
    size = wheel.stat().st_size
    return None if size <= most else f"{wheel.name} has {size:,} bytes, and {most:,} is the most (tools/release.py)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, help="where to leave them")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = asked.folder or Path(name, "dist")
        for old in folder.glob("lambda_bridge-*"):
            old.unlink()
        built = build(folder)
        (wheel,) = (path for path in built if path.suffix == ".whl")
        (of_tree,) = build(Path(name, "of_tree"), "--wheel")
        run("twine", "check", "--strict", *map(str, built))
        run("check_wheel_contents", str(wheel))
        run("check_manifest", "--no-build-isolation")
        differences = find_differences(wheel, of_tree)
        if differences:
            sys.exit(f"the source archive makes another wheel than the tree: {', '.join(differences[:10])}")
        complaint = check_size(wheel, MOST_BYTES)
        if complaint:
            sys.exit(complaint)
        for path in built:
            print(f"{path.name}: {path.stat().st_size:,} bytes, in order")


if __name__ == "__main__":
    main()
