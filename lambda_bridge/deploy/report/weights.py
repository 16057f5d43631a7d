"""What of a package weighs how much: by distribution, and by kind of file."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambda_bridge.deploy.packing.zips import Packed

# The kinds of files, in the order of the legend, and what they are called there.
KINDS = {
    "source": "Python",
    "bytecode": "bytecode",
    "native": "native code",
    "metadata": "metadata",
    "data": "other files",
}


class Weight(NamedTuple):
    """A distribution, or the app."""

    owner: str
    size: int
    """Bytes, unzipped."""
    stored: int
    """Bytes, zipped."""
    files: list[Packed]
    """The heaviest first."""


def weigh(files: Iterable[Packed]) -> list[Weight]:
    """Each owner of *files*, the heaviest first."""
    owned: dict[str, list[Packed]] = {}
    for file in files:
        owned.setdefault(file.owner, []).append(file)
    weights = [
        Weight(
            owner,
            sum(file.size for file in found),
            sum(file.stored for file in found),
            sorted(found, key=lambda file: (-file.size, file.name)),
        )
        for owner, found in owned.items()
    ]
    return sorted(weights, key=lambda weight: (-weight.size, weight.owner))


def kind_of(name: str) -> str:
    """The key of `KINDS` for a file of this name in a package."""
    parts = name.split("/")
    last = parts[-1].lower()
    if any(part.endswith((".dist-info", ".egg-info")) for part in parts):
        return "metadata"
    if last.endswith(".py"):
        return "source"
    if last.endswith(".pyc"):
        return "bytecode"
    if last.endswith((".so", ".pyd", ".dll", ".dylib")) or ".so." in last:
        return "native"
    return "data"
