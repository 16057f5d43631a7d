"""Commands as they are called in a terminal."""

from __future__ import annotations

from inspect import signature
from typing import Any, Optional

from click.testing import CliRunner, Result

from lambda_bridge.cli import main

APP = """
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"VERSION"]
"""


def run(*arguments: str, text: Optional[str] = None, color: bool = False) -> Result:
    """``lambda-bridge`` with *arguments*, and *text* on standard input; its two outputs are kept apart."""
    # Before click 8.2 they are one unless this is said, and since then it cannot be said.
    options: dict[str, Any] = {"mix_stderr": False} if "mix_stderr" in signature(CliRunner).parameters else {}
    return CliRunner(**options).invoke(main, arguments, input=text, color=color)
