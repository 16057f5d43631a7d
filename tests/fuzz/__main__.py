"""``make fuzz``: try broken events and odd responses, guided by what they reach, for so many seconds in all.

What fails is a file in .fuzz/, with the command that tries it again. With ``--keep`` what has reached something new goes
into tests/fuzz/corpus, as little of it as reaches the same.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.fuzz.cases import CORPUS, TARGETS, corpus, sample_cases, seeds

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 40_000
"""Bytes of a case; in the corpus less."""
LONGEST_KEPT = 3_000
CORPUS_SIZE = 12_000
"""Bytes that the corpus of a target may have: the smallest cases that reach something new."""
HANGS = 10
"""Seconds after which a case is taken for one that never ends."""
MEMORY = 600
"""MB that one target may use; the interpreter, the package and the fuzzer's tables are some 150 of them."""


class Found(NamedTuple):
    """What has become of one target."""

    target: str
    status: int
    crashes: list[str]
    counts: dict[str, int]
    output: str


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {', '.join(TARGETS)}; all without any")
    parser.add_argument("--seconds", type=float, default=60, help="that it may take in all (60)")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="try one case again")
    parser.add_argument("--keep", action="store_true", help="put what was new into the corpus")
    parser.add_argument("--folder", type=Path, default=Path(".fuzz"), help="where crashes go (.fuzz)")
    arguments = parser.parse_args()
    if arguments.replay is not None:
        return replay(arguments.replay)
    unknown = set(arguments.targets) - set(TARGETS)
    if unknown:
        parser.error(f"there is no target {sorted(unknown)[0]!r}: use {', '.join(TARGETS)}")
    return search(arguments.targets or list(TARGETS), arguments.seconds, arguments.folder, arguments.keep)


def replay(path: Path) -> int:
    """Try the case in *path*; 1 where it fails."""
    from tests.fuzz.checks import check

    try:
        what = check(json.loads(path.read_text(encoding="utf-8")))
    except Exception:
        traceback.print_exc()
        return 1
    print(f"{path}: {what}")
    return 0


def search(targets: list[str], seconds: float, folder: Path, keep: bool) -> int:
    """Let the targets have *seconds*, side by side; 1 where something was found."""
    folder.mkdir(parents=True, exist_ok=True)
    end = time.time() + seconds
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(len(targets)) as pool:
        work = Path(name)
        all_found = list(pool.map(lambda target: run(target, end, work, folder), targets))
        if keep:
            list(pool.map(lambda target: minimise(target, work), targets))
    for found in all_found:
        tell(found)
    return 1 if any(found.status or not found.counts for found in all_found) else 0


def run(target: str, end: float, work: Path, folder: Path) -> Found:
    """Search until *end*, beginning with the samples and the corpus."""
    new, old, report = work / f"{target}-new", work / f"{target}-old", work / f"{target}.json"
    new.mkdir()
    write(old, seeds(target))
    done = engine(target, report, end, new, old, f"-artifact_prefix={folder}/{target}-")
    counts = json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}
    # Of this run only: libFuzzer names what it has written.
    crashes = re.findall(r"Test unit written to (\S+)", done.stdout)
    return Found(target, done.returncode, crashes, counts, done.stdout)


def engine(
    target: str, report: Path, end: float, *options: object, program: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """What libFuzzer does with *options*: folders of cases, and settings."""
    command = [sys.executable, "-m", "tests.fuzz.engine", target, report, end, *options]
    settings = (f"-max_len={LONGEST}", "-len_control=0", f"-timeout={HANGS}", f"-rss_limit_mb={MEMORY}")
    return subprocess.run(
        [*map(str, command), *settings],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([".", "tests/stand_ins"]),
            **({} if program is None else {"FUZZ_PROGRAM": str(program)}),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )


def write(folder: Path, cases: Iterable[object]) -> None:
    """Each case as a file, as libFuzzer wants them."""
    folder.mkdir()
    for number, case in enumerate(cases):
        (folder / f"{number:04}").write_text(json.dumps(case), encoding="utf-8")


def minimise(target: str, work: Path) -> None:
    """Put the smallest of the new cases which reach what the samples do not into the corpus, and of those in it before."""
    merged, new = work / f"{target}-merged", work / f"{target}-new"
    samples = sample_cases(target)
    write(merged, samples)
    for number, case in enumerate(corpus(target)):
        (new / f"before-{number}").write_text(json.dumps(case), encoding="utf-8")
    for path in new.iterdir():
        if path.stat().st_size > LONGEST_KEPT:
            path.unlink()
    program = work / f"{target}.sh"
    told = shlex.join(
        [sys.executable, "-m", "tests.fuzz.engine", target, str(work / "nothing"), str(time.time() + 600)]
    )
    program.write_text(f'#!/bin/sh\nexec {told} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    engine(
        target,
        work / "nothing",
        time.time() + 600,
        "-merge=1",
        f"-artifact_prefix={work}/",
        merged,
        new,
        program=program,
    )
    cases = sorted((path.read_text(encoding="utf-8") for path in sorted(merged.iterdir())[len(samples) :]), key=len)
    sizes = itertools.accumulate(len(case) for case in cases)
    kept = sorted(case for case, size in zip(cases, sizes) if size <= CORPUS_SIZE)
    (CORPUS / f"{target}.jsonl").write_text("".join(f"{case}\n" for case in kept), encoding="utf-8")


def tell(found: Found) -> None:
    """One line of what was tried; where it failed, how, and how to try that again."""
    kinds = {name: count for name, count in found.counts.items() if not name.startswith("=")}
    fewest = min(kinds, key=lambda name: kinds[name], default="")
    became = ", ".join(
        f"{count} {name[1:]}" for name, count in found.counts.items() if name[:1] == "=" and len(name) > 3
    )
    print(
        f"{found.target}: {found.counts.get('=', 0)} cases ({became}) of {len(kinds)} kinds, "
        f"{kinds.get(fewest, 0)} at least ({fewest}), {found.counts.get('=MB', 0)} MB"
    )
    if found.status or not found.counts:
        lines = [line for line in found.output.splitlines() if not line.startswith(("INFO:", "#"))]
        print("\n".join(lines[-60:]))
        for path in found.crashes:
            print(f"try it again: make fuzz REPLAY={path}")


if __name__ == "__main__":
    sys.exit(main())
