"""What weighs how much: owners and kinds of files."""

from __future__ import annotations

import pytest

from lambda_bridge.deploy.report.weights import KINDS, kind_of, weigh
from tests.deploy.trees import packed


def test_owners_with_their_files_the_heaviest_first() -> None:
    """Both sums, and the files in the order of their bytes."""
    files = [packed("a.py", 5, 3), packed("p/x.py", 10, 9, "p"), packed("p/y.py", 20, 1, "p"), packed("b.py", 5, 3)]
    shown = [(each.owner, each.size, each.stored, [file.name for file in each.files]) for each in weigh(files)]

    assert [("p", 30, 10, ["p/y.py", "p/x.py"]), ("app", 10, 6, ["a.py", "b.py"])] == shown


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("app.py", "source"),
        ("p/__pycache__/x.cpython-312.pyc", "bytecode"),
        ("p/x.cpython-312-x86_64-linux-gnu.so", "native"),
        ("numpy.libs/libopenblas.so.0", "native"),
        ("p-1.0.dist-info/licenses/LICENSE.py", "metadata"),
        ("p/templates/页.html", "data"),
        ("README", "data"),
    ],
)
def test_kinds(name: str, kind: str) -> None:
    """By the name alone."""
    assert (kind, True) == (kind_of(name), kind in KINDS)
