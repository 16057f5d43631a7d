"""A package as a cloud unpacks it: a read-only folder, its bytecode, and where the function and its app are in it."""

from __future__ import annotations

import ast
import os
import stat
import zlib
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Optional
from zipfile import BadZipFile, ZipFile

from lambda_bridge.deploy.modules import module_of
from lambda_bridge.deploy.packing import bytecode
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lambda_bridge.deploy.clouds import Cloud
    from lambda_bridge.deploy.measuring import fresh


def unpack(archive: Path, folder: Path) -> None:
    """Into *folder*, with the times that the archive has, as bytecode may look at them; raises ConfigurationError."""
    if not archive.is_file():
        raise ConfigurationError(f"there is no file {str(archive)!r}")
    try:
        with ZipFile(archive) as file:
            for member in file.infolist():
                path = file.extract(member, folder)
                # Clouds unpack in UTC.
                time = datetime(*member.date_time, tzinfo=timezone.utc).timestamp()
                os.utime(path, (time, time))
    except BadZipFile as error:
        raise ConfigurationError(f"{str(archive)!r} is no zip that can be read ({error})") from error
    except (RuntimeError, NotImplementedError, ValueError, zlib.error) as error:  # encrypted, or by another method
        raise ConfigurationError(f"{str(archive)!r} cannot be unpacked ({error})") from error
    except OSError as error:
        raise ConfigurationError(f"{str(archive)!r} cannot be unpacked ({error.strerror or error})") from error


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """*folder* and all in it, as on a cloud; administrators write into it nevertheless."""
    places = [folder, *(path for path in folder.rglob("*") if not path.is_symlink())]
    for place in reversed(places):
        place.chmod(stat.S_IMODE(place.stat().st_mode) & ~0o222)
    try:
        yield
    finally:
        for place in places:
            place.chmod(stat.S_IMODE(place.stat().st_mode) | stat.S_IWUSR)


def count_bytecode(folder: Path, python: fresh.Python) -> tuple[int, int]:
    """(how many modules have bytecode that *python* takes, how many there are)."""
    sources = list(folder.rglob("*.py"))
    alone = [
        path
        for path in folder.rglob("*.pyc")
        if path.parent.name != "__pycache__" and not path.with_suffix(".py").exists()
    ]
    compiled = [path for path in sources if _is_compiled(path, python.tag)]
    return len(compiled) + len(alone), len(sources) + len(alone)


def _is_compiled(source: Path, tag: str) -> bool:
    """Whether there is bytecode that is taken without a look at the source, or that fits it (PEP 552)."""
    try:
        with open(source.parent / "__pycache__" / f"{source.stem}.{tag}.pyc", "rb") as file:
            header = file.read(16)
    except OSError:
        return False
    if len(header) < 16 or int.from_bytes(header[4:8], "little"):
        return len(header) == 16
    about = source.stat()
    fields = (int.from_bytes(header[8:12], "little"), int.from_bytes(header[12:16], "little"))
    return fields == (int(about.st_mtime) & 0xFFFFFFFF, about.st_size & 0xFFFFFFFF)


def compile_all(folder: Path, python: fresh.Python) -> None:
    """Bytecode for each module in *folder*; what is no Python stays as it is."""
    bytecode.compile_all(folder, [path.relative_to(folder).as_posix() for path in folder.rglob("*.py")], python.path)


# --- the function and its app


def find_function(folder: Path, cloud: Cloud) -> str:
    """The function's ``"module:attribute"`` where *cloud* looks for it; raises ConfigurationError."""
    # Without sources there is bytecode in their place.
    if not any((folder / name).is_file() for name in (cloud.module, f"{cloud.module}c")):
        raise ConfigurationError(
            f"there is no {cloud.module!r} in the package, where {cloud.name} looks for the function: say --cloud, or --handler MODULE:NAME"
        )
    return f"{module_of(cloud.module)}:{cloud.attribute}"


def find_app(folder: Path, function: str) -> Optional[str]:
    """The app that the module of *function* makes a handler of, as ``"module:attribute"``; None where that is not plain."""
    module = function.partition(":")[0]
    path = folder / module.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return None
    imported = {
        alias.asname or alias.name: f"{node.module}:{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and _name(node.func) == "make_handler":
            app = node.args[0]
            if isinstance(app, ast.Constant) and isinstance(app.value, str):
                return app.value
            if isinstance(app, ast.Name):
                return imported.get(app.id, f"{module}:{app.id}")
    return None


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
