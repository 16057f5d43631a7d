"""``lambda-bridge init``: the function module, and the files of the cloud's own tools."""

from __future__ import annotations

import re
from pathlib import Path

import click

from lambda_bridge.commands.arguments import from_here
from lambda_bridge.deploy.clouds import CLOUDS
from lambda_bridge.deploy.init.files import Plan, find_app, make_files, write_files
from lambda_bridge.deploy.init.tools import TOOLS, Tool, find
from lambda_bridge.errors import ConfigurationError


def _list_tools(context: click.Context, _: click.Parameter, is_wanted: bool) -> None:
    if is_wanted and not context.resilient_parsing:
        width = max(len(each.name) for each in TOOLS)
        for each in TOOLS:
            click.echo(f"{each.cloud:<10} {each.name:<{width}} {each.sentence}")
        context.exit()


def _read_python(_: click.Context, __: click.Parameter, text: str | None) -> int | None:
    if text is None:
        return None
    found = re.fullmatch(r"3\.(\d{1,2})", text)
    if found is None:
        raise click.BadParameter(f"{text!r} is no version: write 3.12")
    return int(found[1])


@click.command("init")
@click.argument("app", metavar="MODULE:APP")
@click.option("--cloud", type=click.Choice(list(CLOUDS)), required=True, help="Where the app is to run.")
@click.option("--with", "tool", metavar="TOOL", help="The tool that deploys it; --list names them. Default: the first.")
@click.option("--python", metavar="3.X", callback=_read_python, help="Default: this one, or the next older.")
@click.option(
    "-o",
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    help="Where to write; default: here.",
)
@click.option("--dry-run", is_flag=True, help="Print the files, and write nothing.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
@click.option("--list", is_flag=True, is_eager=True, expose_value=False, callback=_list_tools, help="List the tools.")
def command(
    app: str, cloud: str, tool: str | None, python: int | None, folder: Path, dry_run: bool, force: bool
) -> None:
    """Write the function module for MODULE:APP, and what a tool of the cloud needs to deploy it.

    The files are small, commented and yours to edit. None that is there is overwritten without
    --force; then nothing is written. Only requirements.txt gets lines more. What to type next is
    printed.

    \b
    Examples:
      lambda-bridge init --list
      lambda-bridge init --cloud aws myapp:app
      lambda-bridge init --cloud aws --with sam-url myapp:app
      lambda-bridge init --cloud tencent --with web project.wsgi:application --dry-run
    """
    try:
        chosen = find(cloud, tool)
        here = folder.resolve()
        find_app(app, here)
        plan = make_files(chosen, app, here, _interface_of(app) if chosen.is_server else "", python)
        if dry_run:
            _show(plan)
            return
        written = write_files(plan.files, here, force=force)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"cannot use {error.filename!r} ({error.strerror}): nothing is written") from error
    _tell(chosen, plan, written)


def _interface_of(app: str) -> str:
    """``"wsgi"`` or ``"asgi"``: which server is needed, only the app itself can tell."""
    from lambda_bridge.gateway.function import load_handler

    with from_here(app):
        handler = load_handler(app)
    handler.close()
    return handler.interface


def _show(plan: Plan) -> None:
    for each in plan.files:
        click.secho(f"--- {each.path}{' (executable)' if each.is_program else ''}", bold=True)
        click.echo(each.text)


def _tell(tool: Tool, plan: Plan, written: list[str]) -> None:
    click.echo(f"{tool.cloud}, {tool.sentence}:")
    for each in plan.files:
        what = "as it was" if each.path not in written else "extended" if each.extends else "written"
        click.echo(f"  {each.path} ({what})")
    if plan.note is not None:
        click.echo(f"Note: {plan.note}.")
    click.echo("Look into the files, then:")
    for line in plan.then:
        click.echo(f"  {line}")
