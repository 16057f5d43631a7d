"""From an app's folder to the zip that a cloud takes: its files, its packages for the target, bytecode, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Callable, NamedTuple, Optional

from lambda_bridge.deploy import clouds, requirements
from lambda_bridge.deploy.packing import bytecode, entry, ours, prune, sources, tree, wheels, zips
from lambda_bridge.deploy.paths import list_files, matches
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection

    from lambda_bridge.deploy.clouds import Cloud
    from lambda_bridge.deploy.packing.entry import Entry
    from lambda_bridge.deploy.requirements import Requirements

BOOTSTRAP = "bootstrap"
_EXCLUDED = "what --exclude names"


class Plan(NamedTuple):
    """What is asked for."""

    app: str
    """``"module:attribute"``: an app, or a handler."""
    cloud: str
    """A name in `clouds.CLOUDS`."""
    minor: int
    """Of Python 3."""
    output: Path
    """The zip; a layer's stands beside it."""
    folder: Path = Path()
    """The app's folder."""
    arch: str = "x86_64"
    """Or ``"arm64"``."""
    requirements: Optional[Path] = None
    """None: the first of `requirements.FILES` that is in the app's folder."""
    layer: bool = False
    """Whether packages go into a second zip."""
    own_runtime: bool = False
    """Whether what starts our runtime of AWS Lambda is packed too."""
    keep_sdk: bool = False
    """Whether packages that the runtime has are packed too."""
    sources: str = "all"
    """Which are packed beside their bytecode: ``"all"``, ``"app"`` or ``"none"``."""
    include: tuple[str, ...] = ()
    """Patterns of `paths.matches`: files of the app that are packed though they are hidden, ignored by git, or tests."""
    exclude: tuple[str, ...] = ()
    """Patterns of paths in the zip that are left out."""
    find_links: tuple[Path, ...] = ()
    """Folders with wheels."""
    glibc: Optional[int] = None
    """Minor version of the C library 2.x; None: the cloud's."""
    uv: Optional[str] = None
    """The program; None: pip."""


class Package(NamedTuple):
    """What has been made."""

    archive: Path
    layer: Optional[Path]
    files: list[zips.Packed]
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
    folder, site = work / "staged", work / "site"
    notes: list[str] = []
    left: dict[str, list[str]] = defaultdict(list)
    if plan.minor not in cloud.pythons:
        known = ", ".join(f"3.{minor}" for minor in cloud.pythons)
        notes.append(f"{cloud.title} had Python {known} in 2026-11, and not 3.{plan.minor}")

    file = plan.requirements or requirements.find(plan.folder)
    layer = plan.output.with_name(f"{plan.output.stem}-layer.zip")
    made = _stage_app(plan, cloud, folder, {plan.output, layer, *([file] if file else [])}, left, notes)

    required = requirements.read(file)
    site.mkdir()
    if required.lines:
        wheels.install(required, target, site, work / "wheels", uv=plan.uv, find_links=plan.find_links, say=say)
    if file is None:
        notes.append(f"no {', '.join(requirements.FILES)} in {str(plan.folder)!r}: no packages but ours are in")
    prefix = f"{cloud.packages}/" if cloud.packages else ""
    distribution_of = _choose(plan, cloud, required, site, folder, prefix, left)

    owners = dict.fromkeys(list_files(folder), zips.APP)
    moved, hidden = tree.merge(site, folder, prefix)
    # What no distribution claims was made by an installer for all.
    owners.update((prefix + name, distribution_of.get(name, PurePosixPath(name).parts[0])) for name in moved)
    if hidden:
        named = ", ".join(prefix + name for name in hidden[:5])
        notes.append(f"files of the app stand in the place of packages' own: {named}")

    interpreter = _compile(plan, folder, owners, notes)
    packed = zips.write(cloud, folder, owners, plan.output, layer if plan.layer else None, prefix)
    notes += zips.notes_on_upload(cloud, [plan.output, *([layer] if plan.layer else [])])
    return Package(
        plan.output, layer if plan.layer else None, packed, folder, cloud.packages, made, cloud, target, interpreter,
        dict(left), notes,
    )  # fmt: skip


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


def _stage_app(
    plan: Plan, cloud: Cloud, folder: Path, outputs: Collection[Path], left: dict[str, list[str]], notes: list[str]
) -> Entry:
    """Make *folder*, with the app's files but *outputs*, and what the cloud calls; add to *left* and *notes*."""
    files = sources.find_files(plan.folder, plan.include, {*outputs, *_unpacked(plan.output)})
    names = [name for name in files.packed if not matches(name, plan.exclude)]
    if plan.exclude:
        left[_EXCLUDED] += sorted({*files.packed}.difference(names))
    for name, reason in files.left.items():
        left[f"{reason} files of the app" if reason == "hidden" else "tests"].append(name)
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
    folder.mkdir()
    for name in names:
        tree.copy(plan.folder / name, folder / name)
    tree.add_made(folder, made.made)
    return made


def _unpacked(output: Path) -> set[Path]:
    """The folder beside the zip into which tools want it unpacked: a package of ours stands in it, or it is the app's."""
    folder = output.with_suffix("")
    is_ours = any((folder / cloud.packages / "lambda_bridge").is_dir() for cloud in clouds.CLOUDS.values())
    return {folder} if is_ours else set()


def _choose(
    plan: Plan,
    cloud: Cloud,
    required: Requirements,
    site: Path,
    folder: Path,
    prefix: str,
    left: dict[str, list[str]],
) -> dict[str, str]:
    """Bring *site*, in which wheels are unpacked, to what the app in *folder* needs: ours are added, others removed.

    Gives the distribution of each file, and adds what is removed to *left*.
    """
    distributions = prune.read_distributions(site)
    if not plan.keep_sdk:
        for each in prune.find_in_runtime(distributions, required.names, cloud.has, cloud.has_with_them):
            tree.remove(site, each.files)
            left[f"what {cloud.title}'s runtime has (--keep-sdk packs it)"].append(each.name)
    distribution_of = {file: each.name for each in distributions for file in each.files}
    for name, path in ours.find_needed([*ours.core(cloud.name, plan.own_runtime), *_named_in(folder)]).items():
        tree.copy(path, site / name)
        distribution_of[name] = requirements.OURS
    excluded = [name for name in list_files(site) if matches(prefix + name, plan.exclude)]
    tree.remove(site, excluded)
    if plan.exclude:
        left[_EXCLUDED] += excluded
    unneeded = prune.find_unneeded(site, distributions, folder)
    tree.remove(site, unneeded)
    for name, reason in unneeded.items():
        left[reason].append(prefix + name)
    cut = prune.drop_descriptions(site)
    if cut:
        left["descriptions in metadata"] += [prefix + name for name in cut]
    return distribution_of


def _named_in(folder: Path) -> set[str]:
    """Our modules that files of the app name."""
    named: set[str] = set()
    for name in list_files(folder):
        data = (folder / name).read_bytes()
        if b"lambda_bridge" in data:
            named |= ours.find_named(data.decode("utf-8", "replace"), name.endswith(".py"))
    return named


def _compile(plan: Plan, folder: Path, owners: dict[str, str], notes: list[str]) -> Optional[str]:
    """Add bytecode to *folder* and *owners*; give the interpreter that made it."""
    names = [name for name in owners if name.endswith(".py")]
    interpreter = bytecode.find_python(plan.minor)
    if interpreter is None:
        notes.append(
            f"no bytecode is in: there is no Python 3.{plan.minor} here (pyenv, PATH and uv were looked at), so the "
            f"function compiles {len(names)} files at each cold start; a FastAPI app took 0.76 s instead of 0.43 s to start. "
            f"Install it (uv python install 3.{plan.minor}, or pyenv), and run this again"
        )
        return None
    kept = {name for name in names if plan.sources == "all" or (plan.sources == "app" and owners[name] == zips.APP)}
    bare = {
        name
        for name in names
        if owners[name] == requirements.OURS and not ours.reads_docstrings((folder / name).read_bytes())
    }
    broken = set(bytecode.compile_all(folder, names, interpreter, alone=set(names) - kept, bare=bare))
    for name in names:
        if name in broken:
            continue
        if name in kept:
            owners[bytecode.name_of(name, plan.minor)] = owners[name]
        else:
            owners[f"{name}c"] = owners.pop(name)
            (folder / name).unlink()
    mine = sorted(name for name in broken if owners[name] == zips.APP)
    if mine:
        notes.append(f"no Python 3.{plan.minor}, so not compiled: {', '.join(mine[:5])}")
    return interpreter
