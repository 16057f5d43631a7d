"""``lambda-bridge package``: what is said, and what is refused."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.commands.runner import APP, run
from tests.deploy.index import make_wheel, use_only

PYTHON = f"3.{sys.version_info[1]}"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with an app that needs a package."""
    index = tmp_path / "index"
    index.mkdir()
    make_wheel(index, "pkg")
    use_only(index, monkeypatch)
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "packed_app.py").write_text(APP)
    (folder / "requirements.txt").write_text("pkg\n")
    monkeypatch.chdir(folder)
    return folder


def test_package_says_what_it_has_made(project: Path) -> None:
    """Sizes beside limits, the handler's setting, what weighs most, what is left out, and the digest."""
    shown = run("package", "packed_app:app", "--cloud", "aws", "--python", PYTHON, "--installer", "pip", "--layer")
    lines = shown.stdout.splitlines()

    assert shown.exit_code == 0, shown.output
    assert [line.split()[0] for line in lines[:2]] == ["dist/app.zip", "dist/app-layer.zip"]
    assert all(len(line.partition("  sha256 ")[2]) == 64 for line in lines[:2])
    told = {line[:10].strip(): line[11:] for line in lines[2:]}
    assert " of 250.0 MB, " in told["unzipped"]
    assert told["for"].startswith(f"CPython {PYTHON} on Linux x86_64 with glibc 2.")
    assert told["handler"] == "function.handler (function.py made)"
    assert told["heaviest"].startswith("lambda-bridge ")
    assert told["left out"].startswith("metadata, ")
    assert told["bytecode"] == f"of Python {PYTHON}, never checked against its sources"
    assert (project / "dist" / "app.zip").exists()


def test_package_of_a_handler_calls_the_users_own(project: Path) -> None:
    """Nothing is made; the same input is the same zip, although the first one lies in the folder."""
    (project / "index.py").write_text("from lambda_bridge import make_handler\nmain = make_handler('packed_app:app')\n")
    command = ("package", "index:main", "--cloud", "tencent", "--python", PYTHON, "--installer", "pip")

    first, second = run(*command), run(*command)

    assert "handler    index.main\n" in first.stdout
    assert first.stdout == second.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["gone:app", "--cloud", "aws"], 1, "there is no file gone.py among those of '.'"),
        (["packed_app:app", "--cloud", "aws", "--python", "3"], 2, "'3' is no version: write --python 3.12"),
        (["packed_app:app", "--cloud", "aws", "--glibc", "new"], 2, "'new' is no version: write --glibc 2.28"),
        (["packed_app:app", "--cloud", "nowhere"], 2, "'nowhere' is not one of"),
        (["packed_app:app"], 2, "Missing option '--cloud'"),
        (["packed_app:app", "--cloud", "aws", "-r", "gone.txt"], 2, "'gone.txt' does not exist"),
        (["packed_app:app", "--cloud", "aws", "-o", "app.tar"], 1, "'app.tar' is no name of a zip"),
        (["packed_app:app", "--cloud", "vercel", "--layer"], 1, "Vercel has no layers"),
    ],
)
def test_package_says_what_is_wrong(project: Path, arguments: list[str], code: int, said: str) -> None:
    """One sentence, no traceback, no zip."""
    shown = run("package", *arguments)

    assert (shown.exit_code, type(shown.exception)) == (code, SystemExit)
    assert said in " ".join((shown.stdout + shown.stderr).split())
    assert not (project / "dist").exists()


def test_uv_is_asked_for_where_it_is_not(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not replaced in silence."""
    monkeypatch.setenv("PATH", str(project))

    shown = run("package", "packed_app:app", "--cloud", "aws", "--installer", "uv")

    assert (shown.exit_code, "uv is not on PATH" in shown.stderr) == (2, True)
