"""Zip files that are the same whenever and wherever they are made."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from lambda_bridge.deploy.packing import archive
from lambda_bridge.errors import ConfigurationError


def accept(size: int, stored: dict[str, int]) -> None:
    """Any size."""


def test_zip_is_the_same_whatever_the_files_times_rights_and_order(tmp_path: Path) -> None:
    """Only their names, what is in them, and whether they can be executed."""
    digests = set()
    for number, rights in enumerate((0o600, 0o664)):
        folder = tmp_path / f"folder {number}"
        folder.mkdir()
        names = ["b.py", "a/我.txt"]
        for name in names if number else reversed(names):
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(name, encoding="utf-8")
            path.chmod(rights)
            os.utime(path, (number * 10**9, number * 10**9))
        archive.write(folder / "x.zip", {name: folder / name for name in names}, accept)
        digests.add(archive.sha256(folder / "x.zip"))

    assert len(digests) == 1
    with zipfile.ZipFile(folder / "x.zip") as opened:
        assert [(each.filename, each.external_attr >> 16, each.date_time[0]) for each in opened.infolist()] == [
            ("a/我.txt", 0o100644, 1980),
            ("b.py", 0o100644, 1980),
        ]


def test_programs_stay_programs(tmp_path: Path) -> None:
    """A bootstrap that cannot be executed is none."""
    (tmp_path / "bootstrap").write_text("#!/bin/sh\n")
    (tmp_path / "bootstrap").chmod(0o700)
    archive.write(tmp_path / "x.zip", {"bootstrap": tmp_path / "bootstrap"}, accept)

    with zipfile.ZipFile(tmp_path / "x.zip") as opened:
        assert opened.getinfo("bootstrap").external_attr >> 16 == 0o100755


def test_zip_that_is_refused_leaves_the_old_one(tmp_path: Path) -> None:
    """And nothing unfinished beside it."""
    (tmp_path / "a").write_bytes(b"a" * 1000)
    output = tmp_path / "dist" / "x.zip"
    output.parent.mkdir()
    output.write_bytes(b"old")

    def refuse(size: int, stored: dict[str, int]) -> None:
        assert stored == {"a": pytest.approx(20, abs=10)}
        raise ConfigurationError("too large")

    with pytest.raises(ConfigurationError, match="too large"):
        archive.write(output, {"a": tmp_path / "a"}, refuse)
    assert [path.name for path in output.parent.iterdir()] == ["x.zip"]
    assert output.read_bytes() == b"old"


def test_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """In one sentence."""
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigurationError, match=r"cannot write '.*file/x.zip' \("):
        archive.write(tmp_path / "file" / "x.zip", {}, accept)


def test_full_disk_is_told(tmp_path: Path) -> None:
    """Where there is a device that is always full."""
    if not os.path.exists("/dev/full"):
        pytest.skip("needs /dev/full")
    (tmp_path / "a").write_bytes(os.urandom(100_000))
    (tmp_path / f".x.zip.{os.getpid()}").symlink_to("/dev/full")

    with pytest.raises(ConfigurationError, match="No space left on device"):
        archive.write(tmp_path / "x.zip", {"a": tmp_path / "a"}, accept)
