"""-X importtime as a tree, and by package."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lambda_bridge.deploy.measuring.importtime import Group, Import, by_package, measure, parse, walk
from lambda_bridge.errors import ConfigurationError
from tests.deploy.trees import write_tree

# As CPython 3.9 to 3.14 write it: children before their parent, and two spaces deeper.
LINES = """
import time: self [us] | cumulative | imported package
import time:        10 |         10 |     b.c
an app prints this
import time:         5 |         15 |   b
import time:         7 |          7 |   d
import time:       100 |        122 | a
import time:         3 |          3 | e.f
""".splitlines()


def test_tree_of_its_lines() -> None:
    """In the order of time; what is no line of it is passed over."""
    expected = [
        Import("a", 100, 122, (Import("b", 5, 15, (Import("b.c", 10, 10),)), Import("d", 7, 7))),
        Import("e.f", 3, 3),
    ]
    assert expected == parse(LINES)


def test_every_module_once() -> None:
    """However deep."""
    assert {"a", "b", "b.c", "d", "e.f"} == {found.name for found in walk(parse(LINES))}


def test_packages_with_their_modules() -> None:
    """Without what they import from others, the slowest first."""
    assert [Group("a", 100, 1), Group("b", 15, 2), Group("d", 7, 1), Group("e", 3, 1)] == by_package(parse(LINES))


def test_measured_in_a_fresh_process(tmp_path: Path) -> None:
    """The module last, and what it imports below it; the sums are those of Python."""
    write_tree(
        tmp_path, {"一.py": "import helper.part\nprint('noise')\n", "helper/__init__.py": "", "helper/part.py": ""}
    )
    imports = measure(tmp_path, "一", sys.executable)

    assert ("一", "helper.part") == (imports[-1].name, imports[-1].children[-1].name)
    assert imports[-1].total >= imports[-1].own + sum(each.total for each in imports[-1].children) - 5
    assert not list(tmp_path.rglob("*.pyc"))


def test_file_that_openwhisk_wants(tmp_path: Path) -> None:
    """Under the name that the platform gives it: its own block for scripts does not run."""
    write_tree(tmp_path, {"__main__.py": "import helper\nassert __name__ == 'main__'\n", "helper.py": ""})

    assert "helper" in {found.name for found in measure(tmp_path, "__main__", sys.executable)}


def test_other_folders_come_behind(tmp_path: Path) -> None:
    """Where a cloud has packages besides."""
    write_tree(
        tmp_path,
        {
            "root/function.py": "import more, shared\n",
            "root/shared.py": "",
            "more/more.py": "",
            "more/shared.py": "1/0",
        },
    )
    imports = measure(tmp_path / "root", "function", sys.executable, paths=[tmp_path / "more"])

    assert {"more", "shared"} == {each.name for each in imports[-1].children}


def test_nothing_that_is_installed_here_is_seen(tmp_path: Path) -> None:
    """A package that lacks something says so, although this environment has it."""
    write_tree(tmp_path, {"function.py": "import pytest\n"})
    with pytest.raises(
        ConfigurationError, match=r"'function' cannot be .*: ModuleNotFoundError: No module named 'pytest'"
    ):
        measure(tmp_path, "function", sys.executable)


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("import os; os._exit(3)", "the process ended with status 3"),
        ("import os, sys; print('no memory', file=sys.stderr, flush=True); os._exit(3)", "no memory"),
        ("raise SystemExit('no setting')", "SystemExit: no setting"),
        ("def x(:", "SyntaxError: invalid syntax"),
    ],
)
def test_module_that_cannot_be_imported(tmp_path: Path, source: str, problem: str) -> None:
    """The last that it says is why."""
    write_tree(tmp_path, {"function.py": source})
    with pytest.raises(ConfigurationError) as caught:
        measure(tmp_path, "function", sys.executable)

    assert f"'function' cannot be imported from the package: {problem}" == str(caught.value)


def test_module_that_hangs(tmp_path: Path) -> None:
    """It is ended."""
    write_tree(tmp_path, {"function.py": "import threading; threading.Event().wait()"})
    with pytest.raises(ConfigurationError, match="it has not ended after 1 s"):
        measure(tmp_path, "function", sys.executable, timeout=1)
