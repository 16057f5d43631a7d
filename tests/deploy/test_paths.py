"""Files below a folder, and patterns for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambda_bridge.deploy.paths import list_files, matches
from tests.deploy.trees import write_tree

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("pattern", "matched"),
    [("a", True), ("a/", True), ("a/b", True), ("a/b/*.py", True), ("*.py", True), ("b", False), ("*/c.py", True), ("a/[!b]*", False)],
)  # fmt: skip
def test_patterns_hold_for_files_and_the_folders_above(pattern: str, matched: bool) -> None:
    """As in a shell, but that a star goes on over slashes."""
    assert matches("a/b/c.py", [pattern]) is matched


def test_files_are_sorted_and_folders_are_none(tmp_path: Path) -> None:
    """With slashes, whatever the machine has."""
    assert ["a/b/c", "a/d", "e"] == list_files(write_tree(tmp_path, {"e": "", "a/d": "", "a/b/c": ""}))
