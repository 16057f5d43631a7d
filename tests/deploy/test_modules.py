"""What Python files say, without importing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambda_bridge.deploy.modules import file_of, imported, is_made_handler, module_of
from lambda_bridge.errors import ConfigurationError
from tests.deploy.trees import write_tree

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("file", "module"), [("a.py", "a"), ("a/b.py", "a.b"), ("a/__init__.py", "a"), ("__main__.py", "__main__")]
)
def test_file_and_module(file: str, module: str) -> None:
    """One is found by the other."""
    assert module == module_of(file)
    assert file == file_of(module, ["a", "c.py", file])


def test_module_without_a_file() -> None:
    """A folder is none."""
    assert file_of("a.b", ["a/b/c.py", "b.py"]) is None


def test_imports_are_absolute() -> None:
    """Relative ones are resolved from the file's own package; those in functions count."""
    source = b"import os.path\ndef f():\n    from . import b\n    from ..c import d\n"

    assert {"os.path", "x.y", "x.y.b", "x.c", "x.c.d"} == set(imported(source, "x/y/a.py"))
    assert {"os.path", "x.y", "x.y.b", "x.c", "x.c.d"} == set(imported(source, "x/y/__init__.py"))


def test_no_python_imports_nothing() -> None:
    """Such as the source of another version, or a template."""
    assert [] == list(imported(b"print 'a'", "a.py"))


@pytest.mark.parametrize(
    ("source", "is_handler"),
    [
        ("handler = make_handler(app)", True),
        ("handler = lambda_bridge.make_handler(app)", True),
        ("handler = Flask('x')", False),
        ("handler = make_handler(app)\nhandler = wrap(handler)", False),
        ("from .other import app, made as handler", True),
        ("from .other import app as handler", False),
        ("from elsewhere import handler", False),
        ("from .again import handler", False),
        ("", False),
    ],
)
def test_what_a_file_says_of_a_name(tmp_path: Path, source: str, is_handler: bool) -> None:
    """Imports are followed among the app's files, and never for ever."""
    files = {
        "pkg/web.py": source,
        "pkg/other.py": "app = Flask('x')\nmade = make_handler(app)",
        "pkg/again.py": "from .again import handler",
    }

    assert is_made_handler(write_tree(tmp_path, files), list(files), "pkg/web.py", "handler") is is_handler


def test_file_that_is_no_python(tmp_path: Path) -> None:
    """It is named."""
    write_tree(tmp_path, {"web.py": "print 'a'"})

    with pytest.raises(ConfigurationError, match=r"^web\.py is no Python that can be read here"):
        is_made_handler(tmp_path, ["web.py"], "web.py", "handler")
