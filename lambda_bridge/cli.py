"""The command ``lambda-bridge``; needs the extra ``[dev]``. Each of its commands is a module of `lambda_bridge.commands`."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any, Optional

from lambda_bridge import __version__

try:
    import click
except ModuleNotFoundError as missing:
    message = "lambda-bridge needs its extra: pip install 'lambda-bridge[dev]'"
    raise SystemExit(message) from missing

# Each is a module of its name in `lambda_bridge.commands`.
COMMANDS = {
    "dev": "Serve an app behind an emulated cloud gateway, on loopback only.",
    "compare": "Send one request to an app through every cloud's format, and show where a cloud differs.",
    "event": "Print the event that a cloud sends, for its console's test page.",
    "invoke": "Call a handler with one event, and show the result and what the client gets of it.",
    "init": "Write the function module, and what a tool of the cloud needs to deploy it.",
    "package": "Pack an app with its packages into the zip that a cloud takes, without Docker.",
    "manage": "Run a command of Django or Flask in a function, or here.",
    "coldstart": "Start a packaged function in fresh processes, and show how long each step takes.",
    "formats": "List every format, every gateway of WebSockets, and every source of events that are not HTTP.",
}


class LazyCommand(click.Command):
    """A command that is imported when it is called: the help and completion wait for none."""

    def make_context(
        self, info_name: Optional[str], args: list[str], parent: Optional[click.Context] = None, **extra: Any
    ) -> click.Context:
        """That of the command itself."""
        command: click.Command = import_module(f"lambda_bridge.commands.{self.name}").command
        return command.make_context(info_name, args, parent, **extra)


@click.group(commands=[LazyCommand(name, short_help=sentence) for name, sentence in COMMANDS.items()])
@click.version_option(__version__, prog_name="lambda-bridge")
@click.pass_context
def main(context: click.Context) -> None:
    """Run a Python web app as a cloud function, on this machine.

    \b
    Examples:
      lambda-bridge dev myapp:app --format aws_http
      lambda-bridge event aws_http GET / | lambda-bridge invoke function:handler -
      lambda-bridge COMMAND --help

    \b
    Completion of commands, options and formats, in bash (or zsh_source, fish_source):
      eval "$(_LAMBDA_BRIDGE_COMPLETE=bash_source lambda-bridge)"
    """
    # https://no-color.org; where the output is no terminal, click leaves colours out itself.
    if os.environ.get("NO_COLOR"):
        context.color = False
