"""How long each import takes: one fresh process of Python with ``-X importtime``, read as a tree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Optional

from lambda_bridge.deploy.measuring import fresh
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path


class Import(NamedTuple):
    """A module, and those that were first imported while it was."""

    name: str
    own: int
    """Microseconds of its own code."""
    total: int
    """Microseconds with its children."""
    children: tuple[Import, ...] = ()


class Group(NamedTuple):
    """All modules of one top-level package."""

    name: str
    own: int
    """Microseconds of the code of all of them."""
    modules: int


_MARK = "-- lambda-bridge: the interpreter is up"


def measure(
    folder: Path,
    module: str,
    python: str,
    *,
    paths: Sequence[Path] = (),
    timeout: float = 60,
    environ: Optional[Mapping[str, str]] = None,
) -> list[Import]:
    """What *python* imports for *module* out of *folder*, in order; the last one is *module* itself (but ``__main__``).

    The process sees *folder*, then *paths* (those of `beside.paths_on`), and the standard library: nothing that is
    installed here. `json` and what the interpreter itself needs are there already, as in every runtime. Raises
    ConfigurationError where the import fails or takes longer than *timeout* seconds.
    """
    task = {"paths": [str(path) for path in (folder, *paths)], "module": module, "mark": _MARK}
    interpreter, flags = fresh.find_python(python), ("-X", "importtime")
    done, told = fresh.drive(interpreter, task, folder, timeout, flags=flags, environ=environ)
    lines = done.errors.partition(_MARK)[2].splitlines()
    if told is None or "error" in told:
        others = [line for line in lines if line and not _LINE.search(line)]
        reason = told["error"] if told else others[-1] if others else f"the process ended with status {done.status}"
        raise ConfigurationError(f"{module!r} cannot be imported from the package: {reason}")
    return parse(lines)


# import time: self [us] | cumulative | imported package; two spaces for each level (docs.python.org, -X importtime).
_LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| ( *)(\S.*)$")


def parse(lines: Iterable[str]) -> list[Import]:
    """The trees that *lines* of ``-X importtime`` tell; what an app has printed between them is passed over.

    A module stands below those that it imports, and is one level less deep.
    """
    # The modules of each level for which no parent has come yet.
    waiting: dict[int, list[Import]] = {}
    for line in lines:
        found = _LINE.search(line)
        if found is None:
            continue
        level = len(found[3]) // 2
        children = tuple(waiting.pop(level + 1, ()))
        waiting.setdefault(level, []).append(Import(found[4], int(found[1]), int(found[2]), children))
    return waiting.get(0, [])


def walk(imports: Iterable[Import]) -> Iterator[Import]:
    """Each module of the trees."""
    waiting = list(imports)
    while waiting:
        found = waiting.pop()
        yield found
        waiting += found.children


def by_package(imports: Iterable[Import]) -> list[Group]:
    """What each top-level package takes with all of its modules, the slowest first."""
    own: dict[str, int] = {}
    modules: dict[str, int] = {}
    for found in walk(imports):
        name = found.name.partition(".")[0]
        own[name] = own.get(name, 0) + found.own
        modules[name] = modules.get(name, 0) + 1
    groups = [Group(name, microseconds, modules[name]) for name, microseconds in own.items()]
    return sorted(groups, key=lambda group: (-group.own, group.name))
