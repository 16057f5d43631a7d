"""What the module for users' own tests offers."""

from __future__ import annotations

from lambda_bridge import testing
from tests.test_docs import ROOT


def test_every_public_name_is_documented() -> None:
    """The page of the reference has what can be imported, and nothing else."""
    page = (ROOT / "docs/reference/testing.md").read_text(encoding="utf-8")
    documented = [line.rpartition(".")[2] for line in page.splitlines() if line.startswith(":::")]

    assert sorted(testing.__all__) == sorted(documented)
    assert all(hasattr(testing, name) for name in testing.__all__)
