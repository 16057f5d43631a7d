"""lambda-bridge init: what is written, what is said, and what is refused in one sentence."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import Result

from lambda_bridge.deploy.init.tools import TOOLS
from tests.commands.runner import run

SHOP = """
from lambda_bridge import make_handler

def app(environ, start_response):
    start_response("200 OK", [])
    return [b""]

async def asgi(scope, receive, send):
    pass

handler = make_handler(app)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The working folder, with an app; sys.path and modules as they were afterwards."""
    (tmp_path / "init_shop.py").write_text(SHOP, encoding="utf-8")
    (tmp_path / "init_broken.py").write_text("import no_such_module\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    yield tmp_path
    for name in ("init_shop", "init_broken"):
        sys.modules.pop(name, None)


def init(*arguments: str) -> Result:
    return run("init", *arguments)


def made(folder: Path) -> list[str]:
    """What init has written."""
    return sorted(name for name in os.listdir(folder) if not name.startswith(("init_", "__pycache__")))


def test_files_are_written_and_named(folder: Path) -> None:
    """With what to type next."""
    shown = init("--cloud", "aws", "--python", "3.12", "init_shop:app")

    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout == (
        "aws, SAM template: API Gateway HTTP API:\n"
        "  function.py (written)\n"
        "  requirements.txt (written)\n"
        "  template.yaml (written)\n"
        "Look into the files, then:\n"
        "  lambda-bridge package function:handler --cloud aws --python 3.12 --arch arm64 -o dist/app.zip\n"
        "  sam deploy --guided\n"
    )
    assert made(folder) == ["function.py", "requirements.txt", "template.yaml"]
    assert "init_shop" not in sys.modules


def test_a_second_tool_says_what_is_as_it_was(folder: Path) -> None:
    """The function module is the same."""
    init("--cloud", "aws", "init_shop:app")
    shown = init("--cloud", "aws", "--with", "terraform", "init_shop:app")

    assert (shown.exit_code, shown.stdout.splitlines()[1:3]) == (
        0,
        ["  function.py (as it was)", "  main.tf (written)"],
    )


def test_requirements_are_extended_and_said_to_be(folder: Path) -> None:
    """The user's own file."""
    (folder / "requirements.txt").write_text("flask\n", encoding="utf-8")

    assert "  requirements.txt (extended)\n" in init("--cloud", "aws", "init_shop:app").stdout


def test_what_is_left_to_do_is_a_note(folder: Path) -> None:
    """One line each."""
    (folder / "requirements.txt").write_text("flask==3.1.3 --hash=sha256:00\n", encoding="utf-8")

    assert (
        "Note: requirements.txt has hashes: add lambda-bridge to what it is made of, and make it anew.\n"
        in init("--cloud", "aws", "init_shop:app").stdout
    )


def test_dry_run_prints_and_writes_nothing(folder: Path) -> None:
    """Each file with its name; also where files are in the way."""
    (folder / "scf_bootstrap").write_text("mine", encoding="utf-8")
    shown = init("--cloud", "tencent", "--with", "web", "--dry-run", "init_shop:app")

    assert shown.exit_code == 0
    assert "--- scf_bootstrap (executable)\n#!/bin/bash\n" in shown.stdout
    assert "--- serverless.yml\n" in shown.stdout
    assert made(folder) == ["scf_bootstrap"]


def test_another_folder(folder: Path) -> None:
    """It is made; the app is found where the command is called."""
    shown = init("--cloud", "gcp", "-o", "there/it is", "init_shop:app")

    assert shown.exit_code == 0, shown.stderr
    assert made(folder) == ["there"]
    assert made(folder / "there" / "it is") == [".gcloudignore", "deploy.sh", "main.py", "requirements.txt"]


@pytest.mark.parametrize(("app", "server"), [("app", "gunicorn"), ("asgi", "uvicorn"), ("handler", "gunicorn")])
def test_the_server_is_one_for_the_apps_interface(app: str, server: str, folder: Path) -> None:
    """Only the app can tell: it is imported."""
    shown = init("--cloud", "knative", "--with", "image", f"init_shop:{app}")

    assert shown.exit_code == 0, shown.stderr
    assert (folder / "requirements.txt").read_text(encoding="utf-8") == f"lambda-bridge\n{server}\n"


def test_files_in_the_way_are_named(folder: Path) -> None:
    """Exit status 1, and --force is the way out."""
    (folder / "template.yaml").write_text("mine", encoding="utf-8")
    shown = init("--cloud", "aws", "init_shop:app")

    assert (shown.exit_code, shown.stdout) == (1, "")
    assert shown.stderr == "Error: template.yaml: there already, so nothing is written; --force overwrites\n"
    assert made(folder) == ["template.yaml"]
    assert init("--cloud", "aws", "--force", "init_shop:app").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["init_shop:app"], 2, "Missing option '--cloud'"),
        (["--cloud", "moon", "init_shop:app"], 2, "'moon' is not one of 'aws'"),
        (["--cloud", "aws"], 2, "Missing argument 'MODULE:APP'"),
        (["--cloud", "aws", "--with", "nix", "init_shop:app"], 1, "'nix' is no tool of aws: use one of sam, "),
        (["--cloud", "aws", "--python", "3", "init_shop:app"], 2, "'3' is no version: write 3.12"),
        (["--cloud", "aws", "--python", "3.8", "init_shop:app"], 1, "--python 3.8: AWS Lambda has 3."),
        (["--cloud", "aws", "init_shp:app"], 1, "'init_shp:app': there is no module 'init_shp' in "),
        (["--cloud", "aws", "init_shop"], 1, "'init_shop' names no app: use \"module:attribute\""),
        (["--cloud", "tencent", "--with", "web", "init_shop:ap"], 1, "the module 'init_shop' has no attribute 'ap'"),
        (["--cloud", "tencent", "--with", "web", "init_shop:SHOP"], 1, "has no attribute 'SHOP'"),
        (["--cloud", "tencent", "--with", "web", "init_broken:app"], 1, "'init_broken:app' cannot be imported: Mod"),
        (["--cloud", "aws", "-o", "init_shop.py", "init_shop:app"], 2, "'init_shop.py' is a file"),
    ],
)
def test_what_is_wrong_is_one_sentence(arguments: list[str], code: int, said: str, folder: Path) -> None:
    """And nothing is written."""
    shown = init(*arguments)

    assert (shown.exit_code, shown.stdout, made(folder)) == (code, "", [])
    assert said in shown.stderr


def test_a_file_where_a_folder_should_be(folder: Path) -> None:
    """One sentence, and nothing is written."""
    (folder / "api").write_text("mine", encoding="utf-8")
    shown = init("--cloud", "vercel", "init_shop:app")

    assert (shown.exit_code, made(folder)) == (1, ["api"])
    assert shown.stderr.startswith("Error: cannot use ")


def test_the_list_has_every_tool() -> None:
    """Without a cloud, and without an app."""
    shown = init("--list")

    assert shown.exit_code == 0
    assert [line.split()[:2] for line in shown.stdout.splitlines()] == [[each.cloud, each.name] for each in TOOLS]
