"""Which files of a folder are the app's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lambda_bridge.deploy.packing.sources import find_files, find_keys
from lambda_bridge.errors import ConfigurationError

TREE = {
    "app.py": "import helpers\n",
    "helpers.py": "",
    "static/我的 style.css": "",
    ".env": "SECRET=1",
    "local.settings.json": "{}",
    ".github/workflow.yml": "",
    "conftest.py": "",
    "test_app.py": "import app\n",
    "tests/__init__.py": "",
    "tests/test_more.py": "",
    "__pycache__/app.cpython-312.pyc": "",
    "node_modules/a.js": "",
    ".venv/lib/a.py": "",
    "env/pyvenv.cfg": "",
    "env/lib/a.py": "",
    "my.egg-info/PKG-INFO": "",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make(tmp_path, TREE)
    return tmp_path


def make(folder: Path, tree: dict[str, str]) -> None:
    for name, text in tree.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def git(folder: Path, *words: str) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    told = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
    subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True, env={**kept, **told})


APP = ["app.py", "helpers.py", "static/我的 style.css"]


def test_folder_without_git(folder: Path) -> None:
    """All but what is hidden or made, virtual environments, and tests."""
    found = find_files(folder)

    assert (found.packed, found.by_git) == (APP, False)
    assert found.left == {
        ".env": "hidden",
        "conftest.py": "tests",
        "local.settings.json": "hidden",
        "test_app.py": "tests",
        "tests/__init__.py": "tests",
        "tests/test_more.py": "tests",
    }


def test_work_tree_of_git(folder: Path) -> None:
    """What it ignores is out, a file that is not yet added is in, and one that was deleted is not missed."""
    make(
        folder,
        {".gitignore": "data/\nenv/\nnode_modules/\n__pycache__\n.venv\n*.egg-info", "data/big": "", "gone.py": ""},
    )
    git(folder, "init", "-q")
    git(folder, "add", "app.py", "gone.py")
    (folder / "gone.py").unlink()

    found = find_files(folder)

    assert (found.packed, found.by_git) == (APP, True)
    assert find_files(folder, include=["data", ".env"]).packed == [".env", "app.py", "data/big", *APP[1:]]


def test_folder_that_git_ignores_as_a_whole(folder: Path) -> None:
    """It says nothing of what is in it."""
    make(folder, {".gitignore": "build\n"})
    make(folder / "build", {"app.py": ""})
    git(folder, "init", "-q")

    assert find_files(folder / "build") == (["app.py"], {}, False)


def test_folder_below_the_work_tree(folder: Path) -> None:
    """Its files only, with the names that they have in it."""
    git(folder, "init", "-q")

    assert find_files(folder / "static").packed == ["我的 style.css"]


def test_tests_that_the_app_imports_stay(tmp_path: Path) -> None:
    """As a whole, where it is a package."""
    make(tmp_path, {"app.py": "from tests.data import SAMPLE\nimport test_mode\n", "tests/__init__.py": "", "tests/data.py": "", "test_mode.py": "", "test_app.py": ""})  # fmt: skip

    assert find_files(tmp_path).packed == ["app.py", "test_mode.py", "tests/__init__.py", "tests/data.py"]


def test_what_was_made_is_not_packed_again(tmp_path: Path) -> None:
    """Or no zip would ever be the same."""
    make(tmp_path, {"app.py": "", "dist/app.zip": "old", "dist/data": ""})

    assert find_files(tmp_path, without=[tmp_path / "dist" / "app.zip"]).packed == ["app.py", "dist/data"]


@pytest.mark.skipif(sys.platform != "linux", reason="needs names of any bytes")
def test_a_folder_that_is_not_the_apps_is_left_out_and_one_above_is_not(tmp_path: Path) -> None:
    """An unpacked package is not packed again; the app's own folder, and those that it lies in, cannot be meant."""
    make(tmp_path, {"app.py": "", "dist/app/app.py": "", "dist/application.py": ""})
    without = [tmp_path / "dist" / "app", tmp_path, tmp_path.parent]

    assert find_files(tmp_path, without=without).packed == ["app.py", "dist/application.py"]


def test_name_that_no_zip_can_have_is_told(tmp_path: Path) -> None:
    """In one sentence."""
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.txt")).write_text("")

    with pytest.raises(ConfigurationError, match=r"b'\\xff.txt' is no name in UTF-8"):
        find_files(tmp_path)


def test_links_that_go_round_do_not_hold_it_up(tmp_path: Path) -> None:
    """A link to a folder above is left out, a link to a file is that file."""
    make(tmp_path, {"app.py": "", "a/b.py": ""})
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "link.py").symlink_to(tmp_path / "app.py")

    assert find_files(tmp_path).packed == ["a/b.py", "app.py", "link.py"]


def test_names_of_keys_and_passwords_are_seen() -> None:
    """So that the user is told of what goes into the zip; the names of code are none."""
    keys = [
        "certs/Server.PEM",
        "prod.env",
        "id_rsa",
        "a/credentials.json",
        "service-account-1.json",
        "x.tfvars",
        "secrets.yaml",
    ]
    code = ["app.py", "secret.py", "keys.py", "static/key.png", "environment.py", "my_secrets/__init__.py"]

    assert find_keys([*keys, *code]) == keys
