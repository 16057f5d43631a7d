"""From an app's folder to the zip that a cloud takes: its files, its packages for the target, bytecode, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Callable, NamedTuple, Optional

from lambda_bridge.deploy import clouds, requirements
from lambda_bridge.deploy.packing import archive, bytecode, entry, ours, prune, sources, wheels
from lambda_bridge.deploy.units import show_bytes
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lambda_bridge.deploy.clouds import Cloud
    from lambda_bridge.deploy.packing.entry import Entry

APP = "app"
BOOTSTRAP = "bootstrap"


class Plan(NamedTuple):
    """What is asked for."""

    app: str
    """``"module:attribute"``: an app, or a handler."""
    cloud: str
    minor: int
    """Of Python 3."""
    output: Path
    folder: Path = Path()
    """The app's folder."""
    arch: str = "x86_64"
    requirements: Optional[Path] = None
    """None: the first of `requirements.FILES` that is in the app's folder."""
    layer: bool = False
    own_runtime: bool = False
    keep_sdk: bool = False
    """Whether packages that the runtime has are packed too."""
    sources: str = "all"
    """Which are packed beside their bytecode: ``"all"``, ``"app"`` or ``"none"``."""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    find_links: tuple[Path, ...] = ()
    glibc: Optional[int] = None
    """Minor version of the C library 2.x; None: the cloud's."""
    uv: Optional[str] = None
    """The program; None: pip."""


class Packed(NamedTuple):
    """A file of the package."""

    name: str
    """Its posix path where the function finds it: in the zip, or from a layer's folder of packages."""
    size: int
    """Bytes."""
    stored: int
    """Compressed bytes."""
    owner: str
    """The distribution's name, or ``"app"``."""


class Package(NamedTuple):
    """What has been made."""

    archive: Path
    layer: Optional[Path]
    files: list[Packed]
    folder: Path
    """The staged tree: all files, a layer's too, as they lie where the function runs."""
    packages: str
    """The folder in that tree in which packages lie; ``""``: beside the app."""
    entry: Entry
    cloud: Cloud
    target: wheels.Target
    interpreter: Optional[str]
    """The Python of the target's version that has compiled it; None where there is none."""
    left: dict[str, list[str]]
    """What is left out: the reason to posix paths, or to names of distributions."""
    notes: list[str]
    """What the user should know."""


def build(plan: Plan, work: Path, say: Callable[[str], None] = print) -> Package:
    """Make the package; *work* is an empty folder, in which its tree stays. Raises ConfigurationError."""
    cloud = clouds.find(plan.cloud)
    _check(plan, cloud)
    library = plan.glibc if plan.glibc is not None else clouds.glibc_of(cloud, plan.minor)
    target = wheels.Target(plan.minor, plan.arch, library)
    notes: list[str] = []
    if plan.minor not in cloud.pythons:
        known = ", ".join(f"3.{minor}" for minor in cloud.pythons)
        notes.append(f"{cloud.title} had Python {known} in 2026-11, and not 3.{plan.minor}")
    found = plan.requirements or requirements.find(plan.folder)
    layer = plan.output.with_name(f"{plan.output.stem}-layer.zip") if plan.layer else None
    outputs = {plan.output, plan.output.with_name(f"{plan.output.stem}-layer.zip"), *([found] if found else [])}

    # The app.
    folder, site = work / "staged", work / "site"
    files = sources.find_files(plan.folder, plan.include, outputs | _unpacked(plan.output))
    names = [name for name in files.packed if not prune.matches(name, plan.exclude)]
    keys = sources.find_keys(names)
    if keys:
        notes.append(
            f"{', '.join(keys[:5])} may hold secrets, and whoever may read the function's code can read them: leave them "
            "out with --exclude, or by .gitignore"
        )
    made = entry.find(plan.app, cloud, plan.folder, names)
    if plan.own_runtime and BOOTSTRAP in names:
        raise ConfigurationError(
            f"{BOOTSTRAP} is there already: leave --runtime out, or it out with --exclude {BOOTSTRAP}"
        )
    if plan.own_runtime:
        made = made._replace(made={**made.made, BOOTSTRAP: entry.bootstrap(made)})
    _stage(plan.folder, names, made.made, folder)
    left: dict[str, list[str]] = {}
    for name, reason in files.left.items():
        left.setdefault(f"{reason} files of the app" if reason == "hidden" else "tests", []).append(name)

    # Its packages.
    required = requirements.read(found)
    site.mkdir()
    if required.lines:
        wheels.install(required, target, site, work / "wheels", uv=plan.uv, find_links=plan.find_links, say=say)
    if found is None:
        notes.append(f"no {', '.join(requirements.FILES)} in {str(plan.folder)!r}: no packages but ours are in")
    distributions = prune.read_distributions(site)
    if not plan.keep_sdk:
        for each in prune.find_in_runtime(distributions, required.names, cloud.has, cloud.has_with_them):
            _remove(site, each.files)
            left.setdefault(f"what {cloud.title}'s runtime has (--keep-sdk packs it)", []).append(each.name)
    owners = {file: each.name for each in distributions for file in each.files}
    for name, path in ours.find_needed([*ours.core(cloud.name, plan.own_runtime), *_named_in(folder)]).items():
        _copy(path, site / name)
        owners[name] = requirements.OURS
    prefix = f"{cloud.packages}/" if cloud.packages else ""
    excluded = [name for name in prune.list_files(site) if prune.matches(prefix + name, plan.exclude)]
    _remove(site, excluded)
    if plan.exclude:
        left["what --exclude names"] = [*(name for name in files.packed if name not in set(names)), *excluded]
    unneeded = prune.find_unneeded(site, distributions, folder)
    _remove(site, unneeded)
    for name, reason in unneeded.items():
        left.setdefault(reason, []).append(prefix + name)
    of = _merge(site, folder, prefix, owners, notes)

    interpreter = _compile(plan, folder, of, notes)
    packed = _write(plan, cloud, folder, of, prefix, layer)
    _tell_of_upload(cloud, [plan.output, *([layer] if layer else [])], notes)
    return Package(plan.output, layer, packed, folder, cloud.packages, made, cloud, target, interpreter, left, notes)


def _unpacked(output: Path) -> set[Path]:
    """The folder beside the zip into which tools want it unpacked: a package of ours stands in it, or it is the app's."""
    folder = output.with_suffix("")
    is_ours = any((folder / cloud.packages / "lambda_bridge").is_dir() for cloud in clouds.CLOUDS.values())
    return {folder} if is_ours else set()


def _check(plan: Plan, cloud: Cloud) -> None:
    """Raise ConfigurationError for what does not go together."""
    if not plan.folder.is_dir():
        raise ConfigurationError(f"there is no folder {str(plan.folder)!r}")
    if plan.arch not in cloud.arches:
        raise ConfigurationError(f"{cloud.title} has no {plan.arch}: use --arch {' or '.join(cloud.arches)}")
    if plan.layer and cloud.layer is None:
        raise ConfigurationError(f"{cloud.title} has no layers: leave --layer out")
    if plan.own_runtime and cloud.name != "aws":
        raise ConfigurationError(
            f"our runtime is AWS Lambda's, not that of {cloud.title}: leave --runtime out; where a web server is "
            "wanted, a file of the app starts python -m lambda_bridge.web"
        )
    if plan.output.suffix != ".zip":
        raise ConfigurationError(f"{str(plan.output)!r} is no name of a zip: write -o dist/app.zip")


# --- the tree


def _stage(source: Path, names: Iterable[str], made: dict[str, str], folder: Path) -> None:
    folder.mkdir()
    for name in names:
        _copy(source / name, folder / name)
    for name, text in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        path.chmod(0o755 if name == BOOTSTRAP else 0o644)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        shutil.copy(source, target)
        # So that it can be removed, and written over, whatever it was.
        target.chmod(target.stat().st_mode | 0o600)
    except OSError as error:
        raise ConfigurationError(f"cannot copy {str(source)!r} ({error.strerror})") from error


def _remove(folder: Path, names: Iterable[str]) -> None:
    for name in names:
        (folder / name).unlink(missing_ok=True)


def _named_in(folder: Path) -> set[str]:
    """Our modules that files of the app name."""
    named: set[str] = set()
    for name in prune.list_files(folder):
        data = (folder / name).read_bytes()
        if b"lambda_bridge" in data:
            named |= ours.find_named(data.decode("utf-8", "replace"), name.endswith(".py"))
    return named


def _merge(site: Path, folder: Path, prefix: str, owners: dict[str, str], notes: list[str]) -> dict[str, str]:
    """Move the packages of *site* to their place in *folder*; give the owner of each file there."""
    found = dict.fromkeys(prune.list_files(folder), APP)
    hidden = []
    for name in prune.list_files(site):
        if prefix + name in found:
            hidden.append(prefix + name)
            continue
        target = folder / (prefix + name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(site / name, target)
        # What no distribution claims was made by an installer for all.
        found[prefix + name] = owners.get(name, PurePosixPath(name).parts[0])
    if hidden:
        notes.append(f"files of the app stand in the place of packages' own: {', '.join(hidden[:5])}")
    return found


def _compile(plan: Plan, folder: Path, of: dict[str, str], notes: list[str]) -> Optional[str]:
    """Add bytecode to *folder* and *of*; give the interpreter that made it."""
    names = [name for name in of if name.endswith(".py")]
    interpreter = bytecode.find_python(plan.minor)
    if interpreter is None:
        notes.append(
            f"no bytecode is in: there is no Python 3.{plan.minor} here (pyenv, PATH and uv were looked at), so the "
            f"function compiles {len(names)} files at each cold start; a FastAPI app took 0.76 s instead of 0.43 s to start. "
            f"Install it (uv python install 3.{plan.minor}, or pyenv), and run this again"
        )
        return None
    kept = {name for name in names if plan.sources == "all" or (plan.sources == "app" and of[name] == APP)}
    broken = set(bytecode.compile_all(folder, names, interpreter, alone=set(names) - kept))
    for name in names:
        if name in broken:
            continue
        path = PurePosixPath(name)
        if name in kept:
            of[str(path.parent / "__pycache__" / f"{path.stem}.cpython-3{plan.minor}.pyc")] = of[name]
        else:
            of[f"{name}c"] = of.pop(name)
            (folder / name).unlink()
    mine = sorted(name for name in broken if of[name] == APP)
    if mine:
        notes.append(f"no Python 3.{plan.minor}, so not compiled: {', '.join(mine[:5])}")
    return interpreter


# --- the zip


def _write(
    plan: Plan, cloud: Cloud, folder: Path, of: dict[str, str], prefix: str, layer: Optional[Path]
) -> list[Packed]:
    """Write the zips; give the files of both."""
    sizes = {name: (folder / name).stat().st_size for name in of}
    unzipped = sum(sizes.values())
    if cloud.unzipped is not None and unzipped > cloud.unzipped:
        raise ConfigurationError(_too_large(cloud, "unzipped", unzipped, cloud.unzipped, of, sizes))

    def write(path: Path, tree_names: dict[str, str]) -> None:
        """The zip *path* of what is called so in it, and so in the tree."""

        def check(size: int, in_zip: dict[str, int]) -> None:
            stored.update((tree_names[name], each) for name, each in in_zip.items())
            if cloud.zipped is not None and size > cloud.zipped:
                raise ConfigurationError(_too_large(cloud, "zipped", size, cloud.zipped, of, stored))

        archive.write(path, {name: folder / tree_name for name, tree_name in tree_names.items()}, check)

    stored: dict[str, int] = {}
    rest = list(of)
    if layer is not None:
        into = f"{cloud.layer}/" if cloud.layer else ""
        write(layer, {into + name[len(prefix) :]: name for name in of if of[name] != APP})
        rest = [name for name in of if of[name] == APP]
    write(plan.output, {name: name for name in rest})
    return [Packed(name, sizes[name], stored[name], of[name]) for name in sorted(of)]


def by_owner(of: dict[str, str], sizes: dict[str, int]) -> list[tuple[str, int]]:
    """(distribution, bytes) of each, the heaviest first."""
    found: dict[str, int] = {}
    for name, size in sizes.items():
        found[of[name]] = found.get(of[name], 0) + size
    return sorted(found.items(), key=lambda row: (-row[1], row[0]))


def _too_large(cloud: Cloud, kind: str, size: int, limit: int, of: dict[str, str], sizes: dict[str, int]) -> str:
    heaviest = "".join(f"\n  {show_bytes(each):>10}  {owner}" for owner, each in by_owner(of, sizes)[:10])
    return (
        f"the package is too large for {cloud.title}: {show_bytes(size)} {kind}, and {show_bytes(limit)} is the most "
        f"({cloud.docs}). Leave out what the app does not need (--exclude), or deploy a container "
        f"image. The heaviest:{heaviest}"
    )


def _tell_of_upload(cloud: Cloud, zips: Iterable[Path], notes: list[str]) -> None:
    for path in zips:
        size = path.stat().st_size
        if cloud.direct is not None and size > cloud.direct:
            notes.append(
                f"{path.name} is too large to be uploaded as it is ({show_bytes(size)}, at most "
                f"{show_bytes(cloud.direct)}): put it into a bucket of {cloud.title} first"
            )
