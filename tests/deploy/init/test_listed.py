"""requirements.txt of an app: extended by what is missing, and otherwise as it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from lambda_bridge.deploy.init.listed import NAME, extend, named
from lambda_bridge.errors import ConfigurationError

NEEDS = ["lambda-bridge", "functions-framework>=3"]
BOTH = "lambda-bridge\nfunctions-framework>=3\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, BOTH),
        ("", BOTH),
        ("flask", "flask\n" + BOTH),
        ("flask\r\n", "flask\r\nlambda-bridge\r\nfunctions-framework>=3\r\n"),
        ("\ufeffflask\n", "flask\n" + BOTH),
        ("Lambda_Bridge[dev] >= 0.1  # ours\nfunctions.framework==3.8.1\n", None),
        ("lambda-bridge-extra\n# lambda-bridge\n", "lambda-bridge-extra\n# lambda-bridge\n" + BOTH),
        ("lambda-bridge @ https://example.com/x.whl\n", "lambda-bridge @ https://example.com/x.whl\nfunctions-framework>=3\n"),
        ("-r base.txt\n", "-r base.txt\nfunctions-framework>=3\n"),
        ("--requirement=base.txt\n", "--requirement=base.txt\nfunctions-framework>=3\n"),
        ("-r none.txt\n-r requirements.txt\n", "-r none.txt\n-r requirements.txt\n" + BOTH),
    ],
)  # fmt: skip
def test_what_is_missing_is_added_once(before: str | None, after: str | None, tmp_path: Path) -> None:
    """With the line ends that are there; None where nothing is missing."""
    (tmp_path / "base.txt").write_text("lambda-bridge\n", encoding="utf-8")
    if before is not None:
        (tmp_path / NAME).write_bytes(before.encode())

    assert extend(tmp_path, NEEDS, installs=True) == (after, None)


def test_a_list_with_hashes_is_left_alone(tmp_path: Path) -> None:
    """pip would refuse a line without any."""
    (tmp_path / NAME).write_text("flask==3.1.3 --hash=sha256:00\n", encoding="utf-8")
    note = "requirements.txt has hashes: add lambda-bridge to what it is made of, and make it anew"

    assert extend(tmp_path, ["lambda-bridge"], installs=False) == (None, note)


@pytest.mark.parametrize("name", ["pyproject.toml", "uv.lock"])
def test_a_projects_own_list_is_not_hidden(name: str, tmp_path: Path) -> None:
    """A requirements.txt beside it would be read in its place; where only such a file is installed, a note says so."""
    (tmp_path / name).write_text("", encoding="utf-8")

    assert extend(tmp_path, ["lambda-bridge"], installs=False) == (None, None)
    assert extend(tmp_path, ["lambda-bridge", "gunicorn"], installs=False) == (
        None,
        "add gunicorn to the dependencies in pyproject.toml",
    )
    assert extend(tmp_path, NEEDS, installs=True) == (
        BOTH,
        "the build installs requirements.txt alone: write what pyproject.toml depends on there too",
    )


def test_another_encoding_is_one_sentence(tmp_path: Path) -> None:
    """Nothing is guessed."""
    (tmp_path / NAME).write_text("flask\n", encoding="utf-16")

    with pytest.raises(ConfigurationError, match=r"requirements\.txt is not UTF-8"):
        extend(tmp_path, NEEDS, installs=True)


def test_names_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    """None."""
    assert named(tmp_path / NAME) == set()
