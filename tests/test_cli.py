"""The command lambda-bridge: its help, completion, colours, and what it imports."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

from lambda_bridge import __version__
from lambda_bridge.cli import COMMANDS, main


def test_version() -> None:
    """The version is the package's."""
    assert CliRunner().invoke(main, ["--version"]).output == f"lambda-bridge, version {__version__}\n"


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_every_help_has_examples(name: str) -> None:
    """They begin with the command as it is typed."""
    shown = CliRunner().invoke(main, [*name.split(), "--help"])

    assert shown.exit_code == 0
    assert f"Examples:\n    lambda-bridge {name}".rstrip() in shown.output


def test_shell_completion() -> None:
    """Click's own: of commands, options and formats."""

    def completed(words: str) -> list[str]:
        told = {"_LAMBDA_BRIDGE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
        shown = CliRunner().invoke(main, [], env=told, prog_name="lambda-bridge")
        return [line.partition(",")[2] for line in shown.output.splitlines()]

    assert completed("lambda-bridge in") == ["init", "invoke"]
    assert completed("lambda-bridge event tencent_u") == ["tencent_url"]
    assert completed("lambda-bridge dev --format aws_alb") == ["aws_alb", "aws_alb:multi"]
    assert "bash_source lambda-bridge" in CliRunner().invoke(main, ["--help"]).output


def test_commands_import_what_they_need_when_they_run() -> None:
    """--help, and completion at every key, wait for nothing."""
    source = (
        "import sys; from lambda_bridge.cli import main; main(['--help'], standalone_mode=False); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)

    ours = {name for name in done.stdout.split() if name.startswith("lambda_bridge.")}
    assert ours == {"lambda_bridge.cli"}
