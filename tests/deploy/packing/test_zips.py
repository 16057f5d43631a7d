"""The zips of a package, and what is said of their sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest

from lambda_bridge.deploy.clouds import CLOUDS, Cloud
from lambda_bridge.deploy.packing.zips import Packed, notes_on_upload, write
from lambda_bridge.errors import ConfigurationError
from tests.deploy.trees import write_tree

if TYPE_CHECKING:
    from pathlib import Path

OWNERS = {"app.py": "app", "lib/a.py": "x", "lib/b.py": "y", "lib/c.py": "y", "lib/d.py": "w"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tree(
        tmp_path / "folder",
        {"app.py": "1", "lib/a.py": "333", "lib/b.py": "1", "lib/c.py": "22", "lib/d.py": "4444"},
    )


def cloud(**limits: int) -> Cloud:
    return CLOUDS["aws"]._replace(**{"unzipped": None, "zipped": None, "direct": None, **limits})  # type: ignore[arg-type]


def test_one_zip(folder: Path, tmp_path: Path) -> None:
    """With the sizes of each file, sorted by name."""
    files = write(cloud(), folder, OWNERS, tmp_path / "app.zip")

    with ZipFile(tmp_path / "app.zip") as archive:
        stored = {info.filename: info.compress_size for info in archive.infolist()}
    assert sorted(OWNERS) == list(stored)
    assert files == [
        Packed(name, size, stored[name], OWNERS[name]) for name, size in zip(sorted(OWNERS), [1, 3, 1, 2, 4])
    ]


def test_layer_has_all_but_the_app(folder: Path, tmp_path: Path) -> None:
    """The layer's folder takes the place of the packages' one; the names that are given are the tree's."""
    files = write(cloud(), folder, OWNERS, tmp_path / "app.zip", tmp_path / "layer.zip", "lib/")

    assert ["app.py"] == ZipFile(tmp_path / "app.zip").namelist()
    assert [f"python/{name}.py" for name in "abcd"] == ZipFile(tmp_path / "layer.zip").namelist()
    assert sorted(OWNERS) == [file.name for file in files]


@pytest.mark.parametrize("kind", ["unzipped", "zipped"])
def test_too_large(folder: Path, tmp_path: Path, kind: str) -> None:
    """The heaviest come first, those of the same weight by name; no zip is left."""
    with pytest.raises(ConfigurationError) as caught:
        write(cloud(**{kind: 10}), folder, OWNERS, tmp_path / "app.zip")

    first, *rows = str(caught.value).splitlines()
    assert f" {kind}, and 10 B is the most" in first
    assert {"unzipped": ["w", "x", "y", "app"], "zipped": ["y", "w", "x", "app"]}[kind] == [
        row.split()[-1] for row in rows
    ]
    assert ["folder"] == [path.name for path in tmp_path.iterdir()]


def test_zip_for_a_bucket(tmp_path: Path) -> None:
    """Only the one that is too large is named."""
    write_tree(tmp_path, {"a.zip": "12", "b.zip": "123"})

    assert ["b.zip is too large to be uploaded as it is (3 B, at most 2 B): put it into a bucket of AWS Lambda first"] == [
        *notes_on_upload(cloud(direct=2), [tmp_path / "a.zip", tmp_path / "b.zip"])
    ]  # fmt: skip
