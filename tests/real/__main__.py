"""`python -m tests.real [PLATFORM …]`: run the battery, events, and WebSockets through the platforms' own software.

Makes the environments that are missing, two at a time, then starts each platform with each form of
the app, two at a time; at the end a table, what is not as it should be, and what could not be
installed. A runtime that cannot be installed is an error, unless REAL_MAY_SKIP=1.
"""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Optional, Union

from tests.real import losses, venvs
from tests.real.attempt import Outcome, run
from tests.real.drivers import ASGI, EXAMPLE, WSGI, Platform, Sockets, Triggers, platforms, sockets, triggers

Way = Union[Platform, Triggers, Sockets]
APPS = (*WSGI, *ASGI, EXAMPLE)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.real", description=__doc__)
    every: list[Way] = [*platforms(), *triggers(), *sockets()]
    parser.add_argument("platform", nargs="*", help=f"beginnings of names; all are {', '.join(p.name for p in every)}")
    parser.add_argument("--app", action="append", choices=APPS, help="only this form of the app")
    parser.add_argument("--case", help="only cases whose names contain this")
    options = parser.parse_args()
    chosen = [each for each in every if not options.platform or each.name.startswith(tuple(options.platform))]
    if not chosen:
        parser.error("no platform's name begins so")
    # A TERM ends it as Ctrl-C does: what has been started is ended too.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    began = time.monotonic()
    apps = options.app or APPS
    results, skipped = run_all(chosen, apps, options.case)
    print(table(chosen, apps, results))
    failed = sum(bool(outcome.problems) for outcomes in results.values() for outcome in outcomes)
    print(f"{sum(map(len, results.values()))} cases, {failed} failed, in {time.monotonic() - began:.0f} s")
    for name, reason in skipped.items():
        print(f"SKIPPED {name}: {reason}")
    if not results:
        print("nothing was run")
    uses_sam_cli = "aws" in {each.runtime for each in chosen} - skipped.keys()
    if failed or not results or (skipped and not venvs.may_skip()) or (uses_sam_cli and not sam_cli_agrees()):
        sys.exit(1)


def sam_cli_agrees() -> bool:
    """Whether our events are those that sam-cli makes of the same requests: judges.py, in its environment."""
    command = [str(venvs.make("aws")), "-m", "tests.real.judges"]
    return subprocess.run(command, cwd=venvs.ROOT, check=False).returncode == 0


def run_all(
    chosen: Sequence[Way], apps: Sequence[str], only: Optional[str]
) -> tuple[dict[tuple[str, str], list[Outcome]], dict[str, str]]:
    """(outcomes for each platform and form of the app, why for each runtime that cannot be installed)."""
    results, skipped = {}, {}
    with TemporaryDirectory(prefix="real-") as name, ThreadPoolExecutor(2) as pool:
        try:
            package = Path(name)
            pythons = dict(pool.map(install, sorted({each.runtime for each in chosen})))
            venvs.install_package(package)
            jobs = {}
            for platform in chosen:
                python = pythons[platform.runtime]
                if isinstance(python, Path):
                    for app in forms(platform, apps):
                        jobs[platform.name, app] = pool.submit(run, platform, python, app, package, only)
                else:
                    skipped[platform.runtime] = str(python)
            for key, job in jobs.items():
                results[key] = job.result()
                show_problems(*key, results[key])
        except BaseException:
            # What runs ends with its own stage; nothing more begins.
            pool.shutdown(cancel_futures=True)
            raise
    return results, skipped


def forms(platform: Way, apps: Sequence[str]) -> list[str]:
    """Those of *apps* that the platform can serve: the example, where it streams."""
    return [app for app in apps if app in platform.apps and (app != EXAMPLE or losses.streams(platform.name))]


def install(name: str) -> tuple[str, Union[Path, venvs.NotInstalledError]]:
    """(name, interpreter of its environment), or why there is none."""
    try:
        return name, venvs.make(name)
    except venvs.NotInstalledError as error:
        return name, error


def show_problems(platform: str, app: str, outcomes: Sequence[Outcome]) -> None:
    failed = [outcome for outcome in outcomes if outcome.problems]
    print(f"{platform} {app}: {'passed' if not failed else 'FAILED'}", flush=True)
    # What several cases suffer from is told once.
    sufferers: dict[str, list[str]] = {}
    for outcome in failed:
        for problem in outcome.problems:
            sufferers.setdefault(problem, []).append(outcome.case)
    for problem, cases in sufferers.items():
        print(f"  {', '.join(cases)}: {problem}", flush=True)


def table(chosen: Sequence[Way], apps: Sequence[str], results: dict[tuple[str, str], list[Outcome]]) -> str:
    """One row for each platform: passed/failed/lost with each form of the app; a dash for one that it cannot serve."""
    rows = [["passed/failed/lost", *apps]]
    for each in chosen:
        row = [each.name]
        for app in apps:
            outcomes = results.get((each.name, app))
            if outcomes is None:
                row.append("skipped" if app in forms(each, apps) else "-")
                continue
            failed = sum(bool(outcome.problems) for outcome in outcomes)
            lost = sum(not outcome.problems and outcome.loss is not None for outcome in outcomes)
            row.append(f"{len(outcomes) - failed - lost}/{failed}/{lost}")
        rows.append(row)
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows)


if __name__ == "__main__":
    main()
