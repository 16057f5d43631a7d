"""The staged tree: files are copied, made, removed and merged."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from lambda_bridge.deploy.packing import tree
from lambda_bridge.deploy.paths import list_files
from lambda_bridge.errors import ConfigurationError
from tests.deploy.trees import write_tree

if TYPE_CHECKING:
    from pathlib import Path


def test_copy_of_a_read_only_program(tmp_path: Path) -> None:
    """It can be executed as before, and be written over."""
    source = write_tree(tmp_path, {"run.sh": "#!/bin/sh\n"}) / "run.sh"
    source.chmod(0o555)

    tree.copy(source, tmp_path / "there" / "run.sh")

    assert 0o755 == stat.S_IMODE((tmp_path / "there" / "run.sh").stat().st_mode)


def test_what_cannot_be_copied_is_named(tmp_path: Path) -> None:
    """It may have gone meanwhile."""
    with pytest.raises(ConfigurationError, match=r"cannot copy '.*gone\.py' \(No such file or directory\)"):
        tree.copy(tmp_path / "gone.py", tmp_path / "there.py")


def test_made_files(tmp_path: Path) -> None:
    """A script is executable; ends of lines stay as they are."""
    tree.add_made(tmp_path, {"a/b.py": "x = 1\n", "bootstrap": "#!/bin/sh\n"})

    assert b"x = 1\n" == (tmp_path / "a" / "b.py").read_bytes()
    assert [0o644, 0o755] == [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("a/b.py", "bootstrap")]


def test_what_is_removed_may_have_gone(tmp_path: Path) -> None:
    """All else stays."""
    write_tree(tmp_path, {"a.py": "", "b.py": ""})

    tree.remove(tmp_path, ["a.py", "c.py"])

    assert ["b.py"] == list_files(tmp_path)


@pytest.mark.parametrize(("prefix", "moved", "hidden"), [("", ["b.py"], ["a.py"]), ("lib/", ["a.py", "b.py"], [])])
def test_merge_leaves_what_is_there(tmp_path: Path, prefix: str, moved: list[str], hidden: list[str]) -> None:
    """The file in *folder* is the app's, which wins."""
    folder = write_tree(tmp_path / "folder", {"a.py": "the app's"})
    site = write_tree(tmp_path / "site", {"a.py": "a package's", "b.py": ""})

    assert (moved, hidden) == tree.merge(site, folder, prefix)
    assert sorted(["a.py", *(prefix + name for name in moved)]) == list_files(folder)
    assert "the app's" == (folder / "a.py").read_text()
