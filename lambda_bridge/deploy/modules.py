"""What Python files say, without importing them: what an app needs may not be installed here."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Optional

from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

# What makes a handler, or what a platform takes for one.
_MAKERS = {"make_handler", "function_app", "make_new"}


def module_of(file: str) -> str:
    """The dotted name of the module in the posix path *file*: ``"pkg/__init__.py"`` is ``"pkg"``."""
    return file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def file_of(module: str, names: Collection[str]) -> Optional[str]:
    """The file among *names*, posix paths, of the dotted name *module*; None where there is none."""
    path = module.replace(".", "/")
    return next((name for name in (f"{path}.py", f"{path}/__init__.py") if name in names), None)


def imported(source: bytes, name: str) -> Iterator[str]:
    """The absolute names of what the *source* at the posix path *name* imports; none of what is no Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = _imported_from(node, name)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _imported_from(node: ast.ImportFrom, name: str) -> str:
    """The absolute name of the module that *node*, in the file *name*, imports from."""
    package = PurePosixPath(name).parent.parts
    base = package[: len(package) - node.level + 1] if node.level else ()
    return ".".join([*base, *([node.module] if node.module else [])])


def is_made_handler(folder: Path, names: Collection[str], file: str, attribute: str, depth: int = 5) -> bool:
    """Whether the last that *file* says of *attribute* is that it is made by `make_handler` or the like.

    An import of it is followed through *names*, the posix paths of the app's files in *folder*, *depth* times.
    Raises ConfigurationError for a file that is no Python.
    """
    source = (folder / file).read_bytes()
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError) as error:
        raise ConfigurationError(f"{file} is no Python that can be read here ({error})") from error
    found = False
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == attribute for target in node.targets
        ):
            called = node.value.func if isinstance(node.value, ast.Call) else None
            found = getattr(called, "id", getattr(called, "attr", "")) in _MAKERS
        elif isinstance(node, ast.ImportFrom) and depth:
            for alias in node.names:
                if (alias.asname or alias.name) == attribute:
                    target = file_of(_imported_from(node, file), names)
                    found = target is not None and is_made_handler(folder, names, target, alias.name, depth - 1)
    return found
