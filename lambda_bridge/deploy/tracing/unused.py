"""Which distributions and folders of a package none of the files that were used belongs to."""

from __future__ import annotations

import re
from glob import escape
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from lambda_bridge.deploy.report.weights import kind_of, weigh
from lambda_bridge.deploy.requirements import OURS, normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from lambda_bridge.deploy.packing.zips import Packed

# Bytes; smaller folders are not worth a word each.
_SMALLEST = 16 * 1024


class Unused(NamedTuple):
    """A distribution, or a folder of one, of which no file was imported or opened."""

    name: str
    """The distribution's name, or the folder's posix path in the package."""
    owner: str
    """The distribution, or ``"app"``."""
    patterns: tuple[str, ...]
    """What `package --exclude` takes, one each."""
    size: int
    """Bytes, unzipped."""
    stored: int
    """Bytes, zipped."""


def find_unused(files: Sequence[Packed], touched: Iterable[str]) -> tuple[list[Unused], int]:
    """(what no file of *touched*, posix paths, belongs to, the heaviest first; how many folders are too small for a row).

    Of ours nothing is proposed, nor metadata: the first is pruned already, the second is read for others.
    """
    keys = {source_of(name) for name in touched}
    unused: list[Unused] = []
    for weight in weigh(files):
        own = [file for file in weight.files if kind_of(file.name) != "metadata"]
        if normalize(weight.owner) == OURS or not own:
            continue
        is_used = any(source_of(file.name) in keys for file in own)
        left = {
            file.name: file
            for file in own
            if source_of(file.name) not in keys and not (is_used and _is_linked(file.name))
        }
        patterns = cover(left, {file.name for file in files})
        if not is_used and weight.owner != "app":
            unused.append(_row(weight.owner, weight.owner, tuple(patterns), left.values()))
            continue
        for folder in patterns:
            below = [file for name, file in left.items() if name.startswith(f"{folder}/")]
            if below:
                unused.append(_row(folder, weight.owner, (folder,), below))
    unused.sort(key=lambda row: (-row.size, row.name))
    # Only folders can be small: a distribution is one decision, whatever its size.
    shown = [row for row in unused if row.size >= _SMALLEST or row.name == row.owner]
    return [row._replace(patterns=tuple(map(escape, row.patterns))) for row in shown], len(unused) - len(shown)


def _row(name: str, owner: str, patterns: tuple[str, ...], files: Iterable[Packed]) -> Unused:
    found = list(files)
    return Unused(name, owner, patterns, sum(file.size for file in found), sum(file.stored for file in found))


def source_of(name: str) -> str:
    """The source of bytecode, as only one of the two is read; any other file's own path."""
    found = re.fullmatch(r"(.*/)?__pycache__/([^/]+?)\.[^/.]+(?:\.opt-\d)?\.pyc", name)
    if found:
        return f"{found[1] or ''}{found[2]}.py"
    return name[:-1] if name.endswith(".pyc") else name


def _is_linked(name: str) -> bool:
    """Whether it is a library that others are linked to: those are loaded without a word to Python."""
    last = name.rpartition("/")[2]
    is_extension = re.search(r"\.(?:cpython-|abi3\.|cp3\d|pypy)[^/]*$|\.pyd$", last)
    return kind_of(name) == "native" and not is_extension


def cover(names: Iterable[str], everything: Iterable[str]) -> list[str]:
    """The largest folders of which all files of *everything* are in *names*, and those of *names* that are in none."""
    wanted = set(names)
    spoilt = {parent for name in everything if name not in wanted for parent in PurePosixPath(name).parents}
    found: set[str] = set()
    for name in wanted:
        whole = [parent for parent in PurePosixPath(name).parents if parent.name and parent not in spoilt]
        found.add(whole[-1].as_posix() if whole else name)
    return sorted(found)
