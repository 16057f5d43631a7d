"""What a process holds, and whether it holds more than before."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable


class Reading(NamedTuple):
    """What the process holds; of some of it a few more are no leak, as `ALLOWED` says."""

    kilobytes: int
    """Of real memory; 0 where the system does not tell as Linux does."""
    objects: int
    """Those that the garbage collector knows."""
    descriptors: int
    threads: int
    tasks: int
    """Of asyncio, on the loops that are looked at."""


ALLOWED = Reading(kilobytes=6 * 1024, objects=3000, descriptors=4, threads=4, tasks=0)
"""How much more may be there after any number of calls: pools that fill as they are needed, pages that are half used."""


def read(loops: Iterable[asyncio.AbstractEventLoop] = ()) -> Reading:
    """What there is now, after the garbage has been collected."""
    gc.collect()
    return Reading(
        _resident(),
        len(gc.get_objects()),
        _descriptors(),
        threading.active_count(),
        sum(len(asyncio.all_tasks(loop)) for loop in loops),
    )


def grown(before: Reading, after: Reading) -> list[str]:
    """A sentence for each thing of which there is more than may be."""
    rows = zip(Reading._fields, before, after, ALLOWED)
    return [f"{name}: {old} became {new}, more than {most} more" for name, old, new, most in rows if new - old > most]


def _resident() -> int:
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    except OSError:
        return 0


def _descriptors() -> int:
    try:
        return len(os.listdir("/proc/self/fd"))
    except OSError:
        return 0
