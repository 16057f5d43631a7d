"""`lambda-bridge init`: the files that a tool of a cloud wants beside an app, made of templates.

`make_files` makes them, `write_files` writes them: all of them or none.
"""

from __future__ import annotations

import os
import re
import string
import sys
from importlib import invalidate_caches
from importlib.machinery import PathFinder
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Optional

from lambda_bridge.deploy import clouds, requirements
from lambda_bridge.deploy.init import listed
from lambda_bridge.deploy.modules import is_made_handler, module_of
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from importlib.machinery import ModuleSpec
    from importlib.resources.abc import Traversable

    from lambda_bridge.deploy.init.tools import Tool

_TEMPLATES = files("lambda_bridge.deploy.init") / "templates"
_SUFFIX = ".tmpl"

# The best server first, and what else serves such an app: docs/web-functions.md.
_SERVERS = {"asgi": ("uvicorn", "hypercorn", "granian"), "wsgi": ("gunicorn", "waitress")}


class File(NamedTuple):
    """One to be written."""

    path: str
    """Below the folder, with slashes."""
    text: str
    extends: bool = False
    """Whether it is the user's own file, with lines more."""

    @property
    def is_program(self) -> bool:
        """Whether it must be executable."""
        return self.text.startswith("#!")


class Plan(NamedTuple):
    """What `init` does."""

    files: tuple[File, ...]
    then: tuple[str, ...]
    """What to type afterwards."""
    note: Optional[str]
    """What is left to the user, if anything."""


class Template(string.Template):
    """With ``@@{name}``, which no tool's own files have."""

    delimiter = "@@"


def make_files(tool: Tool, app: str, folder: Path, interface: str = "", python: Optional[int] = None) -> Plan:
    """The files of *tool* for *app*, ``"module:attribute"``, in *folder*.

    :param interface: str, ``"wsgi"`` or ``"asgi"``; only a tool that starts a web server looks at it
    :param python: int, the minor version; None for this interpreter's, or the newest before it that the cloud has

    Raises ConfigurationError for an app that names no module in *folder* or on sys.path, or is a handler elsewhere than
    in the file that the cloud calls; for a Python that the cloud has not; and where the app's own file is that file.
    """
    cloud = clouds.find(tool.cloud)
    path, attribute = tool.entry or (cloud.module, cloud.attribute)
    source = find_app(app, folder)
    is_entry = not tool.is_server and app == f"{module_of(path)}:{attribute}"
    if not tool.is_server and not is_entry and source == folder / path:
        raise ConfigurationError(
            f"{path} is the file that {cloud.title} calls, and the app's own: rename it,"
            f" or make {attribute} in it (see the README) and say {module_of(path)}:{attribute}"
        )
    if not tool.is_server and not is_entry and _is_handler(app, folder, source):
        raise ConfigurationError(
            f"{app!r} is a handler already: name its app, or move it into {path}, which {cloud.title} calls,"
            f" and say {module_of(path)}:{attribute}"
        )
    values = _values(tool, app, folder, source, python)
    made = {name: text for name, text in _render(tool, values) if not (is_entry and name == path)}
    needs = [requirements.OURS, *tool.needs]
    if tool.is_server and not set(_SERVERS[interface]) & listed.named(folder / listed.NAME):
        needs.append(_SERVERS[interface][0])
    written = [File(name, text) for name, text in made.items()]
    text, note = listed.extend(folder, needs, tool.installs)
    if text is not None:
        written.append(File(listed.NAME, text, extends=(folder / listed.NAME).exists()))
    then = tuple(Template(line).substitute(values) for line in tool.then)
    return Plan(tuple(sorted(written)), then, note)


def choose_python(tool: Tool, python: Optional[int] = None) -> int:
    """The minor version of Python; None for this interpreter's, or what comes next to it; raises ConfigurationError."""
    # Older ones than this package's are no choice.
    offered = [each for each in tool.pythons or clouds.find(tool.cloud).pythons if each >= 9]
    if python is None:
        return max((each for each in offered if each <= sys.version_info.minor), default=offered[0])
    if python not in offered:
        names = ", ".join(f"3.{each}" for each in offered)
        raise ConfigurationError(f"--python 3.{python}: {clouds.find(tool.cloud).title} has {names}")
    return python


def find_app(app: str, folder: Path) -> Optional[Path]:
    """The file of *app*'s module, found without importing it, in *folder*, here, or on sys.path; None for what has none.

    Raises ConfigurationError for what is no ``"module:attribute"``, and where there is no such module.
    """
    module, colon, attribute = app.partition(":")
    parts = module.split(".")
    if not colon or not all(each.isidentifier() for each in [*parts, *attribute.split(".")]):
        raise ConfigurationError(f'{app!r} names no app: use "module:attribute", such as "myapp:app"')
    invalidate_caches()
    paths: Optional[Sequence[str]] = [str(folder), os.getcwd(), *sys.path]
    spec: Optional[ModuleSpec] = None
    for number in range(len(parts)):
        name = ".".join(parts[: number + 1])
        spec = PathFinder.find_spec(name, paths) if paths is not None else None
        if spec is None:
            raise ConfigurationError(f"{app!r}: there is no module {name!r} in {folder} or on sys.path")
        paths = spec.submodule_search_locations
    return Path(spec.origin).resolve() if spec is not None and spec.origin else None


def _is_handler(app: str, folder: Path, source: Optional[Path]) -> bool:
    """Whether *source*, a file below *folder*, says so: a handler around it would lose the functions of its `handler.on`."""
    if source is None or source.suffix != ".py" or folder not in source.parents:
        return False
    file = source.relative_to(folder).as_posix()
    return is_made_handler(folder, [file], file, app.partition(":")[2])


def _values(tool: Tool, app: str, folder: Path, source: Optional[Path], python: Optional[int]) -> dict[str, str]:
    """What stands for the names in templates."""
    cloud = clouds.find(tool.cloud)
    path, handler = tool.entry or (cloud.module, cloud.attribute)
    minor = choose_python(tool, python)
    arch = "arm64" if "arm64" in cloud.arches and tool.cloud == "aws" else "x86_64"
    module = module_of(path)
    packed = app if tool.is_server else f"{module}:{handler}"
    more = "" if arch == "x86_64" else f" --arch {arch}"
    return {
        "app": app,
        "title": cloud.title,
        "name": _name(folder),
        "file": path,
        "module": module,
        "handler": handler,
        "entry": f"{module}.{handler}",
        "python": f"3.{minor}",
        "python_tag": f"3{minor}",
        "debian": "10" if minor == 10 else "11",
        "arch": arch,
        "platform": f', "--platform", "{tool.platform}"' if tool.platform else "",
        "source": _source(app, folder, source),
        "package": f"lambda-bridge package {packed} --cloud {cloud.name} --python 3.{minor}{more} -o dist/app.zip",
    }


def _name(folder: Path) -> str:
    """The function's: what every cloud takes, lower-case letters, digits and single hyphens between, at most 30."""
    words = re.findall(r"[a-z0-9]+", folder.resolve().name.lower())
    name = "-".join(words)[:30].strip("-")
    return name if name[:1].isalpha() else f"web-{name}".rstrip("-")


def _source(app: str, folder: Path, source: Optional[Path]) -> str:
    """The file or folder of the app's top-level module, below *folder* where it is there."""
    if source is not None and folder in source.parents:
        return source.relative_to(folder).parts[0]
    return app.partition(":")[0].partition(".")[0]


def _render(tool: Tool, values: dict[str, str]) -> Iterator[tuple[str, str]]:
    """(path, text) of each of its files."""
    for path, name in tool.shared:
        yield Template(path).substitute(values), fill(name, values)
    for path in _walk(_TEMPLATES / tool.cloud / tool.name):
        yield path, fill(f"{tool.cloud}/{tool.name}/{path}", values)


def fill(name: str, values: Mapping[str, str]) -> str:
    """The template *name*, its posix path below ``templates`` without the suffix, with *values* for its names."""
    template = _TEMPLATES.joinpath(*f"{name}{_SUFFIX}".split("/"))
    return Template(template.read_text(encoding="utf-8")).substitute(values)


def _walk(folder: Traversable, above: str = "") -> Iterator[str]:
    """The posix paths of the templates in *folder*, without their suffix."""
    for each in folder.iterdir():
        if each.is_dir():
            yield from _walk(each, f"{above}{each.name}/")
        elif each.name.endswith(_SUFFIX):
            yield above + each.name[: -len(_SUFFIX)]


# --- writing


def write_files(written: Sequence[File], folder: Path, *, force: bool = False) -> list[str]:
    """Write all of them below *folder*, or none; returns the paths of those that were not there as they are now.

    Raises ConfigurationError, naming the files that are in the way, and OSError.
    """
    new = [each for each in written if not _is_same(folder / each.path, each)]
    in_the_way = [each.path for each in new if os.path.lexists(folder / each.path) and not each.extends]
    if in_the_way and not force:
        raise ConfigurationError(f"{', '.join(in_the_way)}: there already, so nothing is written; --force overwrites")
    beside: list[tuple[Path, Path]] = []
    try:
        for each in new:
            path = folder / each.path
            if each.extends:
                path = path.resolve()  # a link stays one
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_name(f".{path.name}.new")
            beside.append((temporary, path))
            temporary.write_bytes(each.text.encode("utf-8"))
            if each.is_program:
                temporary.chmod(0o755)
            elif each.extends:
                temporary.chmod(path.stat().st_mode)
        for temporary, path in beside:
            temporary.replace(path)
    finally:
        for temporary, _ in beside:
            temporary.unlink(missing_ok=True)
    return [each.path for each in new]


def _is_same(path: Path, file: File) -> bool:
    return path.is_file() and path.read_bytes() == file.text.encode("utf-8")
