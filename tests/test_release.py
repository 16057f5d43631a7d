"""What must agree when a version is released."""

from __future__ import annotations

import re
from pathlib import Path

import lambda_bridge

ROOT = Path(__file__).resolve().parent.parent


def test_the_changelog_begins_with_this_version() -> None:
    """The newest heading of the changelog is the package's version."""
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)

    assert headings[0] == lambda_bridge.__version__


def test_the_public_names() -> None:
    """Everything that the package exports is listed, and there."""
    assert sorted(lambda_bridge.__all__) == ["__version__", "make_handler"]
    assert all(hasattr(lambda_bridge, name) for name in lambda_bridge.__all__)
