"""What of installed packages a function never needs: tests that nothing imports, stubs, headers, scripts, docs, unread metadata.

Whatever is not certain stays.
"""

from __future__ import annotations

import ast
import csv
import re
from contextlib import suppress
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple, Optional

from lambda_bridge.deploy.modules import imported
from lambda_bridge.deploy.paths import CACHES, list_files
from lambda_bridge.deploy.requirements import name_of, normalize

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

# Sources and headers of extension modules, which have been compiled.
_HEADERS = (".h", ".hh", ".hpp", ".hxx", ".c", ".cc", ".cpp", ".cxx", ".pxd", ".pxi", ".pyx")
_TESTS = ("test", "tests")
_WORD = re.compile(rb"\btests?\b")
_IMPORTS = re.compile(rb"^\s*(?:from|import)\b(?:[^\n(]*|[^\n(]*\([^)]*)\btests?\b", re.MULTILINE)


class Distribution(NamedTuple):
    """What was installed of one."""

    name: str
    """As it is spelled in its metadata."""
    info: str
    """Its ``.dist-info`` folder."""
    files: frozenset[str]
    """Posix paths; those of its metadata too."""
    needs: frozenset[str]
    """Normalized names of what it requires, whatever the environment markers and extras say."""


def read_distributions(site: Path) -> list[Distribution]:
    """What is installed in *site*, sorted by name."""
    found = []
    for info in sorted(site.glob("*.dist-info")):
        metadata = _text(info / "METADATA").partition("\n\n")[0]
        name = re.search(r"^Name:\s*(\S+)", metadata, re.MULTILINE)
        rows = csv.reader(_text(info / "RECORD").splitlines())
        files = {row[0] for row in rows if row and not row[0].startswith("..")}
        files |= {path.relative_to(site).as_posix() for path in info.rglob("*") if path.is_file()}
        needs = filter(None, map(name_of, re.findall(r"^Requires-Dist:\s*(.+)$", metadata, re.MULTILINE)))
        found.append(
            Distribution(
                name[1] if name else info.name.partition("-")[0], info.name, frozenset(files), frozenset(needs)
            )
        )
    return sorted(found, key=lambda each: normalize(each.name))


def find_in_runtime(
    distributions: Iterable[Distribution], required: Collection[str], has: Iterable[str], with_them: Iterable[str]
) -> list[Distribution]:
    """The distributions that the runtime has: those in *has*; and those *with_them* that nothing else needs.

    :param required: normalized names that the app itself asks for
    """
    by_name = {normalize(each.name): each for each in distributions}
    left = {name for name in map(normalize, has) if name in by_name}
    candidates = (
        {name for name in map(normalize, with_them) if name in by_name and name not in required} if left else set()
    )
    # What is needed by something that stays, stays, and what that needs too.
    while True:
        needed = {need for name, each in by_name.items() if name not in left | candidates for need in each.needs}
        if not candidates & needed:
            break
        candidates -= needed
    return [by_name[name] for name in sorted(left | candidates)]


def find_unneeded(site: Path, distributions: Iterable[Distribution], app: Optional[Path] = None) -> dict[str, str]:
    """Each file of *site* that a function does not need, and why: ``"tests"``, ``"type stubs"``, …

    The sources of the folder *app* are looked at too: they may import tests, or read metadata.
    """
    names = list_files(site)
    found = {name: reason for name in names for reason in [_plain_reason(name)] if reason}
    sources = {name: site / name for name in names if name.endswith(".py")}
    if app is not None:
        sources.update((name, app / name) for name in list_files(app) if name.endswith(".py"))
    mentioning = _mentioning(sources)
    tests = [folder for folder in _test_folders(names) if not _is_mentioned(folder, mentioning)]
    for name in names:
        if any(name.startswith(f"{folder}/") for folder in tests):
            found.setdefault(name, "tests")
    found.update(dict.fromkeys(_mypy_plugins(site, names, sources), "plugins of mypy"))
    left = {name: path for name, path in sources.items() if name not in found}
    for name in _unread_metadata(site, list(distributions), left):
        found[name] = "metadata"
    return found


def _plain_reason(name: str) -> str:
    """Why a file is not needed that this can be told of by its name alone; ``""`` where it cannot."""
    path = PurePosixPath(name)
    if not set(CACHES).isdisjoint(path.parts):
        return "caches"
    if path.suffix == ".pyi" or path.name == "py.typed" or path.parts[0].endswith("-stubs"):
        return "type stubs"
    if path.suffix in _HEADERS:
        return "headers and sources of extensions"
    if path.parts[0] == "bin" or name == ".lock":
        return "scripts"
    if path.parts[:2] in (("share", "man"), ("share", "doc")):
        return "docs"
    return ""


# --- tests


def _test_folders(names: Iterable[str]) -> list[str]:
    """The folders of tests that are packages, or lie beside them."""
    packages = {PurePosixPath(name).parent for name in names if name.endswith("/__init__.py")}
    folders = {parent for name in names if name.endswith(".py") for parent in PurePosixPath(name).parents}
    return sorted(
        folder.as_posix()
        for folder in folders
        if folder.name in _TESTS and all(above in packages for above in folder.parents if above.name)
    )


def _mentioning(sources: Mapping[str, Path]) -> dict[str, tuple[bytes, frozenset[str]]]:
    """The sources with the word in them: posix path to (source, what of that it imports)."""
    found = {}
    for name, path in sources.items():
        source = path.read_bytes()
        if _WORD.search(source):
            modules = imported(source, name) if _IMPORTS.search(source) else ()
            found[name] = source, frozenset(modules)
    return found


def _is_mentioned(folder: str, mentioning: Mapping[str, tuple[bytes, frozenset[str]]]) -> bool:
    """Whether any source outside of the folder of tests imports it, or has its whole name in it."""
    module = folder.replace("/", ".")
    return any(
        # A folder at the top is called like anybody's.
        ("." in module and module.encode() in source)
        or any(each == module or each.startswith(f"{module}.") for each in modules)
        for name, (source, modules) in mentioning.items()
        if not name.startswith(f"{folder}/")
    )


def _mypy_plugins(site: Path, names: Iterable[str], sources: Iterable[str]) -> Iterator[str]:
    """The modules called mypy that import it first of all, where it is not packed: nothing can import them there."""
    if any(name.partition("/")[0] in ("mypy", "mypy.py") for name in sources):
        return
    for name in names:
        if name.endswith("/mypy.py") and _imports_mypy((site / name).read_bytes()):
            yield name


def _imports_mypy(source: bytes) -> bool:
    """Whether a statement of the module itself, which nothing can pass over, imports mypy."""
    with suppress(SyntaxError, ValueError):
        for node in ast.parse(source).body:
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                modules = [node.module or ""]
            if any(module.partition(".")[0] == "mypy" for module in modules):
                return True
    return False


# --- metadata

_READS = re.compile(rb"^\s*(?:import|from)\s+(?:importlib\.metadata|importlib_metadata|pkg_resources)\b|\bimportlib\.metadata\b|^\s*from\s+importlib\s+import\s+[^\n]*\bmetadata\b", re.MULTILINE)  # fmt: skip
# These look at every distribution, and at its files.
_READS_ALL = re.compile(rb"\bpkg_resources\b|\bpackages_distributions\b|\.locate_file\(|\bmetadata\.files\(")
_READERS = ("importlib_metadata/", "pkg_resources/", "setuptools/", "pip/")
_CONSOLE = {"console_scripts", "gui_scripts"}
_KEPT = ("METADATA", "entry_points.txt")
_KEPT_FOR_ALL = (*_KEPT, "RECORD", "top_level.txt")


def _unread_metadata(site: Path, distributions: list[Distribution], sources: Mapping[str, Path]) -> Iterator[str]:
    """The files of ``.dist-info`` folders that no source reads.

    What is read: entry points that are not commands, wherever something reads metadata at all; the metadata of
    distributions that a reader names, or that have a reader of their own; of all, where all are looked at.
    """
    readers = {name: path.read_bytes() for name, path in sources.items() if not name.startswith(_READERS)}
    readers = {name: source for name, source in readers.items() if _READS.search(source)}
    reads_all = any(_READS_ALL.search(source) for source in readers.values())
    owner = {file: each.name for each in distributions for file in each.files}
    reading = {owner.get(name, "") for name in readers}
    # Names may stand in another file of what reads them.
    named = _quoted(path.read_bytes() for name, path in sources.items() if owner.get(name, "") in reading)
    for each in distributions:
        groups = set(re.findall(r"^\[([^\]]+)\]", _text(site / each.info / "entry_points.txt"), re.MULTILINE))
        is_read = each.name in reading or normalize(each.name) in named or bool(readers and groups - _CONSOLE)
        kept = _KEPT_FOR_ALL if reads_all else _KEPT if is_read else ()
        for file in each.files:
            folder, _, rest = file.partition("/")
            if folder == each.info and rest not in kept:
                yield file


def drop_descriptions(site: Path) -> list[str]:
    """Cut each METADATA in *site* to its fields, which end at the first empty line; give the paths of those that were longer.

    Where RECORD has been left, which has its size, it stays.
    """
    cut = []
    for path in sorted(site.glob("*.dist-info/METADATA")):
        fields, _, description = re.split(rb"(\r?\n\r?\n|\Z)", path.read_bytes(), maxsplit=1)
        if description.strip() and not path.with_name("RECORD").exists():
            path.write_bytes(fields + b"\n")
            cut.append(path.relative_to(site).as_posix())
    return cut


def _quoted(sources: Iterable[bytes]) -> set[str]:
    """Every short text between quotes, normalized as a distribution's name."""
    found: set[str] = set()
    for source in sources:
        found.update(
            normalize(each.decode()) for each in re.findall(rb"[\"']([A-Za-z0-9][A-Za-z0-9._-]{0,60})[\"']", source)
        )
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
