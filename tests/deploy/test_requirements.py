"""What an app depends on, out of three kinds of files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lambda_bridge.deploy import requirements
from lambda_bridge.deploy.requirements import name_of, read
from lambda_bridge.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[2]


def test_lines_of_a_file_without_ours(tmp_path: Path) -> None:
    """Comments and lambda-bridge go, what that needs comes; a line that goes on is one."""
    (tmp_path / "requirements.txt").write_text(
        "# all\nFlask>=3.0,<4  # the framework\nlambda_bridge[dev]==0.1\n\nsegno \\\n    >=1.6\n--pre\n",
        encoding="utf-8",
    )

    found = read(tmp_path / "requirements.txt")

    assert found.lines == ("Flask>=3.0,<4", "segno >=1.6", "--pre", "asgiref>=3.7")
    assert not found.hashed
    assert found.names == {"flask", "segno", "asgiref"}


def test_files_that_a_file_names_are_found_beside_it(tmp_path: Path) -> None:
    """Wherever the command is called; an editable project is packed as it is."""
    folder = tmp_path / "my app"
    folder.mkdir()
    (folder / "requirements.txt").write_text(
        "-r base.txt\n-c limits.txt\n-e ./lib[extra]\n--find-links wheels\n./own.whl\nhttps://host/a.whl\n"
    )
    (folder / "base.txt").write_text("flask\n")

    assert read(folder / "requirements.txt").lines == (
        "flask",
        f"--constraint {folder}/limits.txt",
        f"{folder}/lib[extra]",
        f"--find-links {folder}/wheels",
        f"{folder}/own.whl",
        "https://host/a.whl",
        "asgiref>=3.7",
    )


def test_file_with_hashes_gets_nothing_without_one(tmp_path: Path) -> None:
    """Or the installer refuses all of it."""
    (tmp_path / "requirements.txt").write_text(
        "flask==3.1.3 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\nlambda-bridge==0.1 --hash=sha256:22\n"
    )

    assert read(tmp_path / "requirements.txt") == (("flask==3.1.3 --hash=sha256:00 --hash=sha256:11",), True)


def test_dependencies_of_a_project(tmp_path: Path) -> None:
    """Those of [project]."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\ndependencies = ["flask >= 3", "lambda-bridge"]\n')

    assert read(tmp_path / "pyproject.toml").lines == ("flask >= 3", "asgiref>=3.7")


@pytest.mark.parametrize(
    ("text", "said"),
    [('[tool.poetry]\nname = "x"\n', "has no dependencies in [project]"), ("[project\n", "cannot read")],
)
def test_project_that_tells_none(tmp_path: Path, text: str, said: str) -> None:
    """And what to do."""
    (tmp_path / "pyproject.toml").write_text(text)

    with pytest.raises(ConfigurationError, match=re.escape(said)):
        read(tmp_path / "pyproject.toml")


def test_lock_file_is_read_by_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its own folder, without development groups and the project itself."""
    program = tmp_path / "uv"
    program.write_text(
        '#!/bin/sh\necho "$PWD" "$@" >&2\n[ -z "$FAILS" ] || exit 2\necho "flask==3.1.3 --hash=sha256:00"\n'
    )
    program.chmod(0o755)
    lock = tmp_path / "app" / "uv.lock"
    lock.parent.mkdir()
    lock.write_text("")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    assert read(lock) == (("flask==3.1.3 --hash=sha256:00",), True)
    monkeypatch.setenv("FAILS", "1")
    with pytest.raises(ConfigurationError, match=f"{tmp_path}/app export .*--no-dev --no-emit-project"):
        read(lock)


def test_lock_file_without_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence with two ways out."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ConfigurationError, match="is read by uv, which is not on PATH: pip install uv, or"):
        read(tmp_path / "uv.lock")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, in another encoding, or one that includes itself."""
    (tmp_path / "latin.txt").write_bytes("# Grüße\n".encode("latin-1"))
    (tmp_path / "circle.txt").write_text("-r circle.txt\n")

    for name, said in {"gone.txt": "No such file", "latin.txt": "no UTF-8", "circle.txt": "includes itself"}.items():
        with pytest.raises(ConfigurationError, match=said):
            read(tmp_path / name)


def test_first_file_of_the_folder(tmp_path: Path) -> None:
    """requirements.txt is the most explicit; without any there is nothing but what ours needs."""
    assert requirements.find(tmp_path) is None
    assert read(None) == (("asgiref>=3.7",), False)
    (tmp_path / "pyproject.toml").write_text("")
    assert requirements.find(tmp_path) == tmp_path / "pyproject.toml"
    (tmp_path / "requirements.txt").write_text("")
    assert requirements.find(tmp_path) == tmp_path / "requirements.txt"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        *(("Flask", "flask"), ("zope.interface==5", "zope-interface"), ("a_b[c]>=1; x", "a-b"), ("a @ https://h", "a")),
        *(("--pre", None), ("./a.whl", None), ("https://host/a.whl", None), ("-r a.txt", None), ("a/b", None)),
    ],
)
def test_name_of_a_requirement(line: str, name: str | None) -> None:
    """As distributions are compared."""
    assert name_of(line) == name


def test_what_ours_needs_is_what_its_project_says() -> None:
    """Two places, one truth."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    told = re.search(r"^dependencies = \[(.*)\]$", text, re.MULTILINE)

    assert told
    assert tuple(re.findall(r'"([^"]+)"', told[1])) == requirements.OUR_NEEDS
