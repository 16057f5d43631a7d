"""All starts of one package: as it is, with bytecode where it has none, and with the peer adapters."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple, Optional, Union

from lambda_bridge.deploy.measuring import beside, coldstart, importtime, unpacked
from lambda_bridge.deploy.measuring.coldstart import Side, Site, Start, StartFailed
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import ExitStack
    from pathlib import Path

    from lambda_bridge.deploy.clouds import Cloud
    from lambda_bridge.deploy.measuring.fresh import Python
    from lambda_bridge.deploy.measuring.importtime import Group

OURS = "lambda-bridge"
"""The title of the start with our handler."""
# Distribution -> the interface of the apps that it takes.
_PEERS = {"mangum": "asgi", "apig-wsgi": "wsgi", "serverless-wsgi": "wsgi", "aws-wsgi": "wsgi"}


class Task(NamedTuple):
    """What is to be measured."""

    package: str
    """As it was named."""
    archive: Path
    cloud: Cloud
    layer: Optional[Path]
    """The zip of its layer, where its packages are in one."""
    handler: Optional[str]
    """None: where the cloud looks for it."""
    python: Python
    timeout: float
    rounds: int
    compare: bool


class Found(NamedTuple):
    """What has been measured."""

    task: Task
    size: int
    """Bytes of the zip."""
    function: str
    compiled: tuple[int, int]
    """How many modules have bytecode for this Python, and how many there are."""
    starts: dict[str, Union[Start, StartFailed]]
    imports: list[Group]
    missing: list[str]
    """Peers that are not installed."""

    @property
    def is_compiled(self) -> bool:
        """Whether at least half of the modules have bytecode."""
        return 2 * self.compiled[0] >= self.compiled[1]


def measure(task: Task, folder: Path, stack: ExitStack) -> Found:
    """Unpack, start and look at the imports; *folder* is empty, and *stack* ends before it goes.

    Raises ConfigurationError, and StartFailed where the function itself does not start.
    """
    root = folder / "package"
    unpacked.unpack(task.archive, root)
    compiled = unpacked.count_bytecode(root, task.python)
    function = task.handler or unpacked.find_function(root, task.cloud)
    paths = stack.enter_context(beside.paths_on(task.cloud, root))
    if task.layer is not None:
        paths = paths._replace(folders=(_unpack_layer(task.layer, task.cloud, folder / "layer"), *paths.folders))
    format_name = "aws_rest" if task.compare else coldstart.format_for(task.cloud)
    site = Site(root, paths.folders, task.python, function, format_name, task.timeout)
    found = Found(task, task.archive.stat().st_size, function, compiled, {}, [], [])
    sides = [Side(OURS, site)]
    if not found.is_compiled:
        sides.append(Side("with bytecode", _compiled_copy(site, folder / "compiled")))
    for side in sides:
        stack.enter_context(unpacked.read_only(side.site.folder))
    try:
        first = coldstart.start(site)
    except StartFailed as error:
        raise _hinted(error, site, paths.absent) from None
    missing: list[str] = []
    if task.compare:
        peers, missing = _find_peers(sides[-1].site, first.interface, folder / "peers")
        sides += peers
    starts = coldstart.measure(sides, task.rounds)
    return found._replace(starts=starts, imports=_measure_imports(site, task.rounds), missing=missing)


def _unpack_layer(layer: Path, cloud: Cloud, folder: Path) -> Path:
    """Where its packages are then."""
    if cloud.layer is None:
        raise ConfigurationError(f"{cloud.title} has no layers: leave --layer out")
    unpacked.unpack(layer, folder)
    return folder / cloud.layer


def _measure_imports(site: Site, rounds: int) -> list[Group]:
    """Those of the run whose total is the median."""
    module = site.function.partition(":")[0]
    runs = [
        importtime.measure(site.folder, module, site.python.path, paths=site.paths, timeout=site.timeout)
        for _ in range(rounds)
    ]
    runs.sort(key=lambda imports: sum(each.total for each in imports))
    return importtime.by_package(runs[rounds // 2])


def _compiled_copy(site: Site, root: Path) -> Site:
    shutil.copytree(site.folder, root)
    unpacked.compile_all(root, site.python)
    paths = (root / path.relative_to(site.folder) if site.folder in path.parents else path for path in site.paths)
    return site._replace(folder=root, paths=tuple(paths))


def _hinted(error: StartFailed, site: Site, absent: Iterable[str]) -> StartFailed:
    """With what to do about a package that is not in the zip, as the cloud's runtime or a layer has it."""
    hint = ""
    for name in absent:
        if f"'{name}'" in str(error):
            hint = f"; the cloud's runtime has it, and this machine has not: pip install {name}"
    if not any((folder / "lambda_bridge").is_dir() for folder in (site.folder, *site.paths)):
        hint = "; where packages are in a layer, name its zip with --layer"
    return StartFailed(f"{error}{hint}", error.traceback)


def _find_peers(site: Site, interface: str, folder: Path) -> tuple[list[Side], list[str]]:
    """(those that are installed and take the app, those that take it and are not installed)."""
    app = unpacked.find_app(site.folder, site.function)
    if app is None:
        raise ConfigurationError(
            f"the app of {site.function!r} cannot be found by reading its module: --compare needs make_handler(app) there"
        )
    names = [name for name, takes in _PEERS.items() if takes == interface]
    missing = beside.gather(names, folder)
    unpacked.compile_all(folder, site.python)
    peers = site._replace(function=app, paths=(*site.paths, folder))
    return [Side(name, peers, name) for name in names if name not in missing], missing
