"""Which of our own modules a function needs: those that the handler imports, and what the app's files name."""

from __future__ import annotations

import ast
import re
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Optional

import lambda_bridge
from lambda_bridge import triggers
from lambda_bridge.recognize import NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HERE = Path(lambda_bridge.__file__).resolve().parent
_NAME = HERE.name
# Formats beside those that are called as the cloud: others that run its software, and of every server.
_MORE_FORMATS = {"openwhisk": ("digitalocean", "ibm")}
_SERVERS = ("asgi", "wsgi")
# What a cloud wants beside a handler.
_MORE = {"azure": ("azure",), "knative": ("knative",)}


def formats_of(cloud: str) -> list[str]:
    """The formats whose events come on the cloud."""
    more = (*_MORE_FORMATS.get(cloud, ()), *_SERVERS)
    return [name for name in NAMES if name in more or name.partition("_")[0] == cloud]


def core(cloud: str, own_runtime: bool = False) -> list[str]:
    """The modules from which `find_needed` sets out: those that are imported by a name out of a table.

    All sources of events, as each is asked for its own.
    """
    return [
        f"{_NAME}.handler",
        *(f"{_NAME}.formats.{name}" for name in formats_of(cloud)),
        *(f"{_NAME}.triggers.{name}" for name in triggers.MODULES),
        *(f"{_NAME}.{name}" for name in _MORE.get(cloud, ())),
        *([f"{_NAME}.runtime.__main__"] if own_runtime else []),
    ]


def find_needed(roots: Iterable[str]) -> dict[str, Path]:
    """The files of *roots*, names of modules, and of all that they import: posix path in a zip to the file."""
    found: dict[str, Path] = {}
    waiting = [*roots]
    while waiting:
        module = waiting.pop()
        file = _file_of(module)
        if module in found or file is None:
            continue
        found[module] = file
        # A package comes before its module.
        waiting.append(module.rpartition(".")[0])
        waiting += _names_of(file)
    return {f"{_NAME}/{file.relative_to(HERE).as_posix()}": file for file in found.values()}


def find_named(text: str, is_python: bool) -> set[str]:
    """The names of our modules in a file of the app: in its imports, and as ``python -m`` is given them."""
    named = {each for each in re.findall(rf"\b{_NAME}(?:\.\w+)+", text) if _file_of(each)}
    named |= {f"{each}.__main__" for each in named if _file_of(f"{each}.__main__")}
    if is_python and _NAME in text:
        with suppress(SyntaxError, ValueError):  # of another Python, or a template
            named |= {each for each in _names_in(ast.parse(text)) if _file_of(each)}
    return named


def reads_docstrings(source: bytes) -> bool:
    """Whether a module of ours needs its docstrings when it runs: it says so, or its commands are click's."""
    return b"__doc__" in source or b"import click" in source


def _file_of(module: str) -> Optional[Path]:
    """The source of one of our modules; None where there is none of that name."""
    first, *rest = module.split(".")
    if first != _NAME:
        return None
    path = HERE.joinpath(*rest)
    candidates = (path / "__init__.py", *([path.with_suffix(".py")] if rest else ()))
    return next((each for each in candidates if each.is_file()), None)


@cache
def _names_of(file: Path) -> tuple[str, ...]:
    return tuple(_names_in(ast.parse(file.read_text(encoding="utf-8"))))


def _names_in(tree: ast.AST) -> Iterator[str]:
    """What it imports anywhere, but for type checkers; and whole strings, with which modules are imported by name."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING":
            waiting += node.orelse
            continue
        waiting += ast.iter_child_nodes(node)
