"""Distributions that are installed here, copied to where a function can see them: they alone, and not all that is installed.

Those are what a cloud's runtime has besides a package, and the peers that a package is compared with.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Optional

from lambda_bridge.deploy.requirements import name_of, normalize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lambda_bridge.deploy.clouds import Cloud


class Paths(NamedTuple):
    """What a function's sys.path has behind the package's folder."""

    folders: tuple[Path, ...]
    absent: tuple[str, ...] = ()
    """Distributions that the cloud's runtime has, and this machine has not."""


@contextmanager
def paths_on(cloud: Cloud, root: Path) -> Iterator[Paths]:
    """For a package that lies in *root*: its folder of packages, where *cloud* has one, and what its runtime has."""
    with tempfile.TemporaryDirectory() as name:
        absent = gather(cloud.has, Path(name))
        gather(cloud.has_with_them, Path(name))
        packages = (root / cloud.packages,) if cloud.packages else ()
        yield Paths((*packages, Path(name)), tuple(absent))


def gather(names: Iterable[str], folder: Path) -> list[str]:
    """Copy the distributions *names*, and what they require, into *folder*; gives those of *names* that are not here."""
    installed = {name: _find(name) for name in names}
    waiting = [found for found in installed.values() if found is not None]
    seen: set[str] = set()
    while waiting:
        found = waiting.pop()
        name = normalize(found.metadata["Name"])
        if name in seen:
            continue
        seen.add(name)
        _copy(found, folder)
        waiting += _required(found)
    return [name for name, found in installed.items() if found is None]


def _find(name: str) -> Optional[Distribution]:
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def _required(found: Distribution) -> list[Distribution]:
    """Those that are installed; of what is not, the import tells, where it is needed."""
    names = [name_of(line) for line in found.requires or () if "extra ==" not in line]
    return [each for name in names if name for each in [_find(name)] if each is not None]


def _copy(found: Distribution, folder: Path) -> None:
    for file in found.files or ():
        source = found.locate_file(file)
        # Scripts lie outside of where packages are.
        if ".." in file.parts or not source.is_file():  # type: ignore[attr-defined]
            continue
        target = folder / str(file)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(str(source), target)
