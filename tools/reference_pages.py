"""`python -m tools.reference_pages`: docs/options.md and docs/commands.md, made of options.py and of the commands themselves.

So the pages cannot say otherwise than the code does. tests/test_docs.py compares them; `--write`
writes the generated parts anew.
"""

from __future__ import annotations

import sys
from argparse import Action
from collections.abc import Iterator
from importlib import import_module
from inspect import cleandoc
from pathlib import Path

import click

from lambda_bridge.cli import COMMANDS
from lambda_bridge.options import OPTIONS, Option
from lambda_bridge.web.__main__ import _parser as make_parser

DOCS = Path(__file__).resolve().parent.parent / "docs"
BEGIN, END = "<!-- made by python -m tools.reference_pages --write -->\n", "<!-- end -->\n"
# A default that is not the same on every machine.
_OURS = f"3.{sys.version_info[1]}"


def make_options() -> str:
    """The table of options."""
    rows = [("option", "default", "meaning"), ("---",) * 3, *map(_option_row, OPTIONS.values())]
    return _table(rows)


def _option_row(option: Option) -> tuple[str, ...]:
    return f"`{option.name}`", f"`{option.default!r}`", option.sentence


def make_commands() -> str:
    """A heading, the description and the options of each command."""
    return "\n".join([*map(_make_command, COMMANDS), _make_web()])


def _make_command(name: str) -> str:
    command: click.Command = import_module(f"lambda_bridge.commands.{name}").command
    context = click.Context(command, info_name=f"lambda-bridge {name}")
    usage = command.get_usage(context).partition(": ")[2]
    parts = [
        f"## lambda-bridge {name}\n",
        f"```text\n{' '.join(usage.split())}\n```\n",
        *_paragraphs(command.help or ""),
    ]
    options = [
        parameter for parameter in command.params if isinstance(parameter, click.Option) and not parameter.hidden
    ]
    rows = [("option", "meaning"), ("---",) * 2, *map(_parameter_row, options)]
    return "\n".join([*parts, _table(rows)])


def _make_web() -> str:
    """The same for the command that argparse reads, as the function has no click."""
    parser = make_parser()
    options = [action for action in parser._actions if action.option_strings and action.dest != "help"]
    rows = [("option", "meaning"), ("---",) * 2, *map(_argument_row, options)]
    return f"## {parser.prog}\n\n{parser.description} {parser.epilog}.\n\n{_table(rows)}"


def _argument_row(action: Action) -> tuple[str, str]:
    value = " or ".join(f"`{choice}`" for choice in action.choices or ()) or f"*{action.metavar or 'TEXT'}*"
    return f"`{action.option_strings[0]}`{'' if action.nargs == 0 else ' ' + value}", action.help or ""


def _paragraphs(text: str) -> Iterator[str]:
    r"""The paragraphs of a help text; behind the mark ``\b`` stand lines to be kept, which are commands."""
    for paragraph in cleandoc(text).split("\n\n"):
        if not paragraph.startswith("\b"):
            yield " ".join(paragraph.split()) + "\n"
            continue
        title, *lines = paragraph.lstrip("\b\n").splitlines()
        commands = "\n".join(f"$ {line.strip()}" for line in lines)
        yield f"{title}\n\n```console\n{commands}\n```\n"


def _parameter_row(option: click.Option) -> tuple[str, str]:
    names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    value = "" if option.is_flag else f" {_value(option)}"
    default = f" Default: {_default(option)}." if option.show_default else ""
    return f"{names}{value}", f"{(option.help or '').replace('|', chr(92) + '|')}{default}"


def _value(option: click.Option) -> str:
    if isinstance(option.type, click.Choice) and option.metavar is None:
        return " or ".join(f"`{choice}`" for choice in option.type.choices)
    name = option.metavar or ("NUMBER" if "range" in option.type.name else option.type.name.upper())
    return f"*{name}*".replace("|", " or ")


def _default(option: click.Option) -> str:
    if option.default == _OURS:
        return "the Python that runs the command"
    if option.secondary_opts:
        return f"`{(option.opts if option.default else option.secondary_opts)[0]}`"
    return f"`{option.default}`"


def _table(rows: list[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


PAGES = {"options.md": make_options, "commands.md": make_commands}


def generated(name: str) -> str:
    """What the page *name* has between its marks."""
    return (DOCS / name).read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]


def write() -> None:
    """Put the generated parts into the pages."""
    for name, make in PAGES.items():
        path = DOCS / name
        before, _, rest = path.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        path.write_text(f"{before}{BEGIN}\n{make()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write()
    else:
        print("\n".join(make() for make in PAGES.values()))
