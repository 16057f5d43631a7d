"""A package as a cloud unpacks it."""

from __future__ import annotations

import os
import py_compile
import sys
import zipfile
from pathlib import Path

import pytest

from lambda_bridge.deploy import clouds
from lambda_bridge.deploy.measuring import fresh
from lambda_bridge.deploy.measuring.unpacked import (
    compile_all,
    count_bytecode,
    find_app,
    find_function,
    read_only,
    unpack,
)
from lambda_bridge.errors import ConfigurationError
from tests.deploy.trees import write_tree, zip_tree

PYTHON = fresh.Python(sys.executable, "", sys.implementation.cache_tag)


def test_files_with_their_times(tmp_path: Path) -> None:
    """Of the archive, in UTC, whatever this machine's zone: bytecode may look at them."""
    path = tmp_path / "一 b.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo("目录/a b.py", (2001, 2, 3, 4, 5, 6)), "x = 1")
    unpack(path, tmp_path / "out")
    file = tmp_path / "out" / "目录" / "a b.py"

    assert ("x = 1", 981173106) == (file.read_text(), file.stat().st_mtime)


def test_names_that_lead_out_stay_inside(tmp_path: Path) -> None:
    """Whoever made the archive."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../../escaped.txt", "")
    unpack(tmp_path / "a.zip", tmp_path / "deep" / "out")

    assert [tmp_path / "deep" / "out" / "escaped.txt"] == list(tmp_path.rglob("escaped.txt"))


@pytest.mark.parametrize(
    ("content", "problem"),
    [(None, "there is no file"), (b"hello", "is no zip that can be read"), (b"", "is no zip that can be read")],
)
def test_what_is_no_zip(tmp_path: Path, content: bytes | None, problem: str) -> None:
    """One sentence, with its name."""
    path = tmp_path / "app.zip"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        unpack(path, tmp_path / "out")

    assert problem in str(caught.value)
    assert "app.zip" in str(caught.value)


def test_zip_that_is_damaged(tmp_path: Path) -> None:
    """A byte of a file has another value."""
    path = zip_tree(write_tree(tmp_path / "in", {"a.py": "x = 12345"}), tmp_path / "a.zip")
    path.write_bytes(path.read_bytes().replace(b"12345", b"12346"))
    with pytest.raises(ConfigurationError, match=r"a\.zip' is no zip that can be read \(Bad CRC"):
        unpack(path, tmp_path / "out")


def test_read_only_and_then_not(tmp_path: Path) -> None:
    """Files and folders; afterwards they can be removed."""
    root = write_tree(tmp_path / "root", {"a/b.py": ""})
    with read_only(root):
        assert [0, 0, 0] == [path.stat().st_mode & 0o222 for path in (root, root / "a", root / "a" / "b.py")]
    assert all(os.access(path, os.W_OK) for path in (root, root / "a", root / "a" / "b.py"))
    assert all(path.stat().st_mode & 0o200 for path in (root, root / "a", root / "a" / "b.py"))


def test_bytecode_that_is_taken(tmp_path: Path) -> None:
    """By its hash, or with the time and size of its source; of this Python, or alone without a source."""
    root = write_tree(
        tmp_path, dict.fromkeys(["hashed.py", "timed.py", "stale.py", "none.py", "alone.py", "odd.py"], "x = 1")
    )
    modes = py_compile.PycInvalidationMode
    py_compile.compile(str(root / "hashed.py"), invalidation_mode=modes.UNCHECKED_HASH)
    for name in ("timed.py", "stale.py"):
        py_compile.compile(str(root / name), invalidation_mode=modes.TIMESTAMP)
    os.utime(root / "stale.py", (1, 1))
    (root / "__pycache__" / "odd.cpython-27.pyc").write_bytes(bytes(20))
    py_compile.compile(str(root / "alone.py"), cfile=str(root / "alone.pyc"))
    (root / "alone.py").unlink()

    assert (3, 6) == count_bytecode(root, PYTHON)


def test_everything_compiled(tmp_path: Path) -> None:
    """What is no Python stays as it is."""
    root = write_tree(tmp_path, {"a.py": "", "b/c.py": "", "bad.py": "def x(:"})
    compile_all(root, PYTHON)

    assert (2, 3) == count_bytecode(root, PYTHON)


def test_function_without_its_source(tmp_path: Path) -> None:
    """Of a package that has bytecode only."""
    assert "function:handler" == find_function(write_tree(tmp_path, {"function.pyc": ""}), clouds.CLOUDS["aws"])


def test_function_where_the_cloud_looks_for_it(tmp_path: Path) -> None:
    """In a folder too; one sentence where it is not."""
    root = write_tree(tmp_path, {"function.py": "", "api/index.py": "", "function/__init__.py": ""})

    assert "function:new" == find_function(root, clouds.CLOUDS["knative"])
    assert "function:handler" == find_function(root, clouds.CLOUDS["aws"])
    assert "api.index:app" == find_function(root, clouds.CLOUDS["vercel"])
    with pytest.raises(ConfigurationError, match=r"there is no 'main.py' in the package, .* --cloud, or --handler"):
        find_function(root, clouds.CLOUDS["gcp"])


@pytest.mark.parametrize(
    ("source", "app"),
    [
        ("from lambda_bridge import make_handler\nhandler = make_handler('pkg.web:app')", "pkg.web:app"),
        (
            "import lambda_bridge\nfrom pkg.web import app as it\nhandler = lambda_bridge.make_handler(it, lifespan='off')",
            "pkg.web:app",
        ),
        ("handler = make_handler(app)", "function:app"),
        ("handler = make_handler(create_app())", None),
        ("handler = 1", None),
        ("def x(:", None),
    ],
)
def test_app_of_a_function(tmp_path: Path, source: str, app: str | None) -> None:
    """As its module has it, without running that; None where it takes more than reading."""
    root = write_tree(tmp_path, {"function.py": source})

    assert app == find_app(root, "function:handler")


def test_app_of_a_function_that_is_a_package(tmp_path: Path) -> None:
    """Its folder's first module has it."""
    root = write_tree(tmp_path, {"pkg/sub/__init__.py": "from web import app\nhandler = make_handler(app)"})

    assert "web:app" == find_app(root, "pkg.sub:handler")
