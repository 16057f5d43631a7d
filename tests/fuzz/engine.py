"""One target under atheris, which looks where each case goes and keeps those that go somewhere new.

It runs in .venv-fuzz, in a process of its own: ``python -m tests.fuzz.engine TARGET REPORT END LIBFUZZER_OPTIONS``. It ends
at END, seconds since 1970. REPORT, a file, says how many cases there were of each kind, what became of them, and the
memory used.
"""

from __future__ import annotations

import json
import os
import pkgutil
import random
import resource
import sys
import time
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import atheris

with atheris.instrument_imports(include=["lambda_bridge"]):
    from lambda_bridge import formats, triggers, websockets

    # All that is loaded when it is needed, as only what is imported here is looked into.
    for package in (formats, triggers):
        for module in pkgutil.iter_modules(package.__path__):
            import_module(f"{package.__name__}.{module.name}")
    for name in (*websockets.MODULES, "delivery"):
        import_module(f"lambda_bridge.websockets.{name}")
    from tests.fuzz.checks import check

from tests.fuzz.cases import is_case, seeds, target_of
from tests.fuzz.mutate import mutate

ELSEWHERE = 0.1
"""How often a change begins with any of the samples, so that all of them have their turn."""
_REPORTED = 0.5
"""Seconds between two reports: nothing of ours runs after the last case."""


def main() -> None:
    target, report, end, *options = sys.argv[1:]
    known = seeds(target)
    counts: Counter[str] = Counter()
    told = 0.0

    def try_one(data: bytes) -> None:
        case = read(data, target)
        if case is None:
            return
        counts[case.get("format") or case["kind"]] += 1
        counts[f"={check(case)}"] += 1
        counts["="] += 1
        nonlocal told
        if time.monotonic() - told > _REPORTED:
            told = time.monotonic()
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            Path(report).write_text(json.dumps({**counts, "=MB": memory}), encoding="utf-8")

    def change(data: bytes, at_most: int, seed: int) -> bytes:
        dice = random.Random(seed)
        case = read(data, target)
        if case is None or dice.random() < ELSEWHERE:
            case = dice.choice(known)
        changed = json.dumps(mutate(case, dice, known)).encode()
        return changed if len(changed) <= at_most else data[:at_most]

    left = max(1, int(float(end) - time.time()))
    # Which libFuzzer starts anew where it merges.
    program = os.environ.get("FUZZ_PROGRAM", sys.argv[0])
    atheris.Setup([program, f"-max_total_time={left}", *options], try_one, custom_mutator=change)
    atheris.Fuzz()


def read(data: bytes, target: str) -> Any:
    """The case that *data* is; None where it is none of the target's."""
    try:
        case = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return case if is_case(case) and target_of(case) == target else None


if __name__ == "__main__":
    main()
