"""``make soak``: very many invocations of the examples in one process, by several threads at once.

After a tenth of the calls, and at the end, it is measured what the process holds: memory, objects, descriptors, threads,
tasks. More of any than `meter.ALLOWED` is a failure, and so is an answer that is wrong, or another visitor's.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.soak.meter import Reading, grown, read
from tests.soak.visitors import Ask, load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.soak.visitors import Visit

    Example = tuple[str, Visit, Ask, float]

THREADS = 4
TURNS = 10
"""How often it is measured; the first of them is the warm-up."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=200_000)
    calls = parser.parse_args().calls
    logging.basicConfig(level=logging.ERROR)
    with tempfile.TemporaryDirectory(dir=_in_memory()) as folder:
        examples = load(Path(folder))
        try:
            return soak([(name, visit, Ask(handler), part) for name, visit, handler, part in examples], calls, [
                handler for _, _, handler, _ in examples
            ])  # fmt: skip
        finally:
            for _, _, handler, _ in examples:
                handler.close()


def soak(examples: list[Example], calls: int, handlers: Iterable[Any]) -> int:
    """Make *calls*; 1 where something has grown. Raises what a visit raises."""
    began, used = time.monotonic(), time.process_time()
    numbers: Counter[str] = Counter()
    readings: list[Reading] = []
    for turn in range(TURNS):
        work(examples, calls * (turn + 1) // TURNS, numbers)
        readings.append(read(loops_of(handlers)))
        print(f"{sum(numbers.values()):>8} calls: {describe(readings[-1])}", flush=True)
    took, used = time.monotonic() - began, time.process_time() - used
    made = sum(numbers.values())
    print(", ".join(f"{name} {count}" for name, count in numbers.items()))
    print(f"{made} calls in {took:.0f} s, {used:.0f} s of the processor, {used / made * 1e3:.2f} ms each")
    problems = grown(readings[0], readings[-1])
    for problem in problems:
        print(f"grown: {problem}")
    return 1 if problems else 0


def work(examples: list[Example], until: int, numbers: Counter[str]) -> None:
    """Let THREADS visit until there were *until* calls in all; each example has its part."""
    mutex = threading.Lock()

    def visit_again_and_again(thread: int) -> None:
        made = 0
        while True:
            with mutex:
                total = sum(numbers.values())
                if total >= until:
                    return
                # The one that is furthest behind; counted before, so that no two threads choose alike.
                name, visit, ask, _ = min(examples, key=lambda row: numbers[row[0]] / row[3])
                numbers[name] += 1
            made += 1
            count = visit(ask, f"tok{thread}x{until + made}end")
            with mutex:
                numbers[name] += count - 1

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(visit_again_and_again, thread) for thread in range(THREADS)]:
            done.result()


def loops_of(handlers: Iterable[Any]) -> list[Any]:
    """The event loops that the handlers have started."""
    loops = [getattr(handler.line.runner, "_loop", None) for handler in handlers]
    return [loop for loop in loops if loop is not None]


def describe(reading: Reading) -> str:
    return ", ".join(f"{value} {name}" for name, value in reading._asdict().items())


def _in_memory() -> str | None:
    """Where files cost no disk: the databases of the examples write through."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


if __name__ == "__main__":
    sys.exit(main())
