"""The zips of a package, and the cloud's limits for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Optional

from lambda_bridge.deploy.packing import archive
from lambda_bridge.deploy.units import show_bytes
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from lambda_bridge.deploy.clouds import Cloud

APP = "app"
"""The owner of the app's own files."""


class Packed(NamedTuple):
    """A file of the package."""

    name: str
    """Its posix path where the function finds it: in the zip, or from a layer's folder of packages."""
    size: int
    """Bytes."""
    stored: int
    """Compressed bytes."""
    owner: str
    """The distribution's name, or `APP`."""


def write(
    cloud: Cloud, folder: Path, owners: Mapping[str, str], output: Path, layer: Optional[Path] = None, prefix: str = ""
) -> list[Packed]:
    """Write the zip *output* of the staged *folder*, and *layer*, where one is wanted; give the files of both.

    :param owners: posix path in *folder* to the distribution's name, or `APP`: those files are written
    :param layer: the zip that gets all but the app's files
    :param prefix: what the names of packages begin with in *folder*, and not in a layer

    Raises ConfigurationError where the cloud takes no package as large as that: then neither zip is there, or only the layer.
    """
    sizes = {name: (folder / name).stat().st_size for name in owners}
    unzipped = sum(sizes.values())
    if cloud.unzipped is not None and unzipped > cloud.unzipped:
        raise ConfigurationError(_too_large(cloud, "unzipped", unzipped, cloud.unzipped, owners, sizes))
    stored: dict[str, int] = {}

    def write_one(path: Path, names: Mapping[str, str]) -> None:
        """The zip *path* of *names*: what a file is called in it, to what it is called in *folder*."""

        def check(size: int, in_zip: dict[str, int]) -> None:
            stored.update((names[name], each) for name, each in in_zip.items())
            if cloud.zipped is not None and size > cloud.zipped:
                raise ConfigurationError(_too_large(cloud, "zipped", size, cloud.zipped, owners, stored))

        archive.write(path, {name: folder / in_folder for name, in_folder in names.items()}, check)

    if layer is None:
        write_one(output, {name: name for name in owners})
    else:
        into = f"{cloud.layer}/" if cloud.layer else ""
        write_one(layer, {into + name[len(prefix) :]: name for name in owners if owners[name] != APP})
        write_one(output, {name: name for name in owners if owners[name] == APP})
    return [Packed(name, sizes[name], stored[name], owners[name]) for name in sorted(owners)]


def _too_large(
    cloud: Cloud, kind: str, size: int, limit: int, owners: Mapping[str, str], sizes: Mapping[str, int]
) -> str:
    total: dict[str, int] = {}
    for name, each in sizes.items():
        total[owners[name]] = total.get(owners[name], 0) + each
    rows = sorted(total.items(), key=lambda row: (-row[1], row[0]))[:10]
    heaviest = "".join(f"\n  {show_bytes(each):>10}  {owner}" for owner, each in rows)
    return (
        f"the package is too large for {cloud.title}: {show_bytes(size)} {kind}, and {show_bytes(limit)} is the most "
        f"({cloud.docs}). Leave out what the app does not need (--exclude), or deploy a container "
        f"image. The heaviest:{heaviest}"
    )


def notes_on_upload(cloud: Cloud, zips: Iterable[Path]) -> Iterator[str]:
    """A sentence on each of the *zips* that must come out of a bucket."""
    for path in zips:
        size = path.stat().st_size
        if cloud.direct is not None and size > cloud.direct:
            yield (
                f"{path.name} is too large to be uploaded as it is ({show_bytes(size)}, at most "
                f"{show_bytes(cloud.direct)}): put it into a bucket of {cloud.title} first"
            )
