"""What of a package was never used, as the largest folders that can be left out."""

from __future__ import annotations

import pytest

from lambda_bridge.deploy.paths import matches
from lambda_bridge.deploy.tracing.unused import cover, find_unused, source_of
from tests.deploy.trees import packed

KB = 1024


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("a/b.py", "a/b.py"),
        ("a/b.pyc", "a/b.py"),
        ("a/__pycache__/b.cpython-312.pyc", "a/b.py"),
        ("a/__pycache__/b.c.cpython-312.opt-2.pyc", "a/b.c.py"),
        ("__pycache__/b.cpython-39.pyc", "b.py"),
        ("a/b.txt", "a/b.txt"),
    ],
)
def test_source_and_bytecode_are_one(name: str, module: str) -> None:
    """Only one of them is ever read."""
    assert module == source_of(name)


def test_largest_folders() -> None:
    """Of which nothing is wanted; single files where there is none."""
    everything = ["a/x.py", "a/b/y.py", "a/b/c/z.py", "d/e/f.py", "g.py", "h.py"]

    assert ["a/b", "d", "g.py"] == cover(["a/b/y.py", "a/b/c/z.py", "d/e/f.py", "g.py"], everything)


def test_distribution_that_is_never_used() -> None:
    """One row, whatever its size; its metadata stays, as others read that."""
    files = [
        packed("one/a.py", 3, 2, "one"),
        packed("one.py", 1, 1, "one"),
        packed("one-1.0.dist-info/METADATA", 9, 9, "one"),
        packed("function.py", 9, 9),
    ]
    rows, smaller = find_unused(files, ["function.py", "one-1.0.dist-info/METADATA"])

    assert [("one", "one", ("one", "one.py"), 4, 3)] == [tuple(row) for row in rows]
    assert 0 == smaller


def test_namespace_package_of_several_distributions() -> None:
    """What belongs to one that is used is not covered."""
    files = [packed("google/one/a.py", 5, 2, "one"), packed("google/two/b.py", 5, 2, "two")]
    rows, _ = find_unused(files, ["google/one/a.py"])

    assert [("two", ("google/two",))] == [(row.name, row.patterns) for row in rows]


def test_folders_of_what_is_used() -> None:
    """The heaviest first; those below 16 kB are counted only."""
    files = [
        packed("p/__init__.py", 1, 1, "p"),
        packed("p/large/a.py", 20 * KB, 9, "p"),
        packed("p/larger/a.py", 30 * KB, 9, "p"),
        packed("p/small/a.py", 15 * KB, 9, "p"),
        packed("static/big.js", 90 * KB, 9),
        packed("function.py", 1, 1),
        packed("lonely.py", 99 * KB, 9),
    ]
    rows, smaller = find_unused(files, ["function.py", "p/__init__.py"])

    assert ["static", "p/larger", "p/large"] == [row.name for row in rows]
    assert ["app", "p", "p"] == [row.owner for row in rows]
    assert 1 == smaller


def test_libraries_that_others_are_linked_to() -> None:
    """The loader reads them without a word: they are used when their distribution is. Extension modules are told of."""
    files = [
        packed("numpy/__init__.py", 1, 1, "numpy"),
        packed("numpy.libs/libopenblas.so", 99 * KB, 9, "numpy"),
        packed("numpy/fft/x.cpython-312-x86_64-linux-gnu.so", 88 * KB, 9, "numpy"),
    ]
    assert ["numpy/fft"] == [row.name for row in find_unused(files, ["numpy/__init__.py"])[0]]
    assert ["numpy"] == [row.name for row in find_unused(files, [])[0]]


def test_nothing_of_ours_is_proposed() -> None:
    """It is pruned by name already, and a run may go past it."""
    assert ([], 0) == find_unused([packed("lambda_bridge/x.py", 99 * KB, 9, "lambda-bridge")], [])


def test_patterns_are_what_exclude_takes() -> None:
    """Literally, whatever letters are in a name."""
    files = [packed("data[1]*/x.bin", 50 * KB, 9), packed("data1/x.bin", 50 * KB, 9), packed("function.py")]
    rows, _ = find_unused(files, ["function.py", "data1/x.bin"])

    assert [["data[1]*/x.bin"]] == [[file.name for file in files if matches(file.name, row.patterns)] for row in rows]
