"""``lambda-bridge package``: the zip that a cloud takes, without Docker."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from lambda_bridge.deploy.clouds import CLOUDS
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from lambda_bridge.deploy.packing.package import Package

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("package")
@click.argument("app", metavar="MODULE:APP")
@click.option("--cloud", required=True, type=click.Choice(list(CLOUDS)), help="Where it is to run.")
@click.option(
    "--python",
    default=f"3.{sys.version_info[1]}",
    show_default=True,
    metavar="3.N",
    help="The Python of the function's runtime.",
)
@click.option(
    "--arch",
    type=click.Choice(["x86_64", "arm64"]),
    default="x86_64",
    show_default=True,
    help="The function's architecture.",
)
@click.option(
    "-r",
    "--requirements",
    type=_FILE,
    help="requirements.txt, pyproject.toml or uv.lock. Default: the first of them in the app's folder.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("dist/app.zip"),
    show_default=True,
    help="The zip.",
)
@click.option("--folder", type=_FOLDER, default=Path(), help="The app's folder. Default: this one.")
@click.option("--layer", is_flag=True, help="Put packages into a second zip, for a layer: dist/app-layer.zip.")
@click.option(
    "--runtime",
    type=click.Choice(["managed", "own"]),
    default="managed",
    show_default=True,
    help="own: pack what starts our runtime on AWS Lambda, which streams (docs/streaming.md).",
)
@click.option("--keep-sdk", is_flag=True, help="Pack packages that the cloud's runtime has already, as boto3 on AWS.")
@click.option(
    "--sources",
    type=click.Choice(["all", "app", "none"]),
    default="all",
    show_default=True,
    help="Whose .py files are packed beside their bytecode. Without, the zip is smaller, and tracebacks show no code.",
)
@click.option("--include", multiple=True, metavar="GLOB", help="Pack these files of the app though they are hidden, ignored by git, or tests; repeatable.")  # fmt: skip
@click.option("--exclude", multiple=True, metavar="GLOB", help="Leave these paths of the zip out, as 'babel/locale-data/[!e]*'; repeatable.")  # fmt: skip
@click.option("--find-links", multiple=True, type=_FOLDER, help="A folder with wheels of your own; repeatable.")
@click.option(
    "--glibc", metavar="2.N", help="The C library that wheels may need. Default: that of the cloud's runtime."
)
@click.option("--installer", type=click.Choice(["uv", "pip"]), help="What downloads packages. Default: uv where it is installed.")  # fmt: skip
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write an HTML page on what weighs how much and takes how long.")  # fmt: skip
@click.option("--trace", metavar="COMMAND|FILE", help="Run the app's tests ('pytest -q'), or a file with 'GET /path' a line, and propose what to exclude.")  # fmt: skip
def command(
    app: str,
    cloud: str,
    python: str,
    arch: str,
    requirements: Path | None,
    output: Path,
    folder: Path,
    layer: bool,
    runtime: str,
    keep_sdk: bool,
    sources: str,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    find_links: tuple[Path, ...],
    glibc: str | None,
    installer: str | None,
    report: Path | None,
    trace: str | None,
) -> None:
    """Pack MODULE:APP with its packages for CLOUD, on any machine and without Docker.

    Wheels of the function's Python and architecture are downloaded, what the cloud's runtime has and what no
    function needs is left out, bytecode is compiled. The same input gives the same zip, byte by byte.

    \b
    Examples:
      lambda-bridge package myapp:app --cloud aws --python 3.12 --arch arm64
      lambda-bridge package function:handler --cloud tencent -r requirements.txt -o dist/app.zip
      lambda-bridge package myapp:app --cloud aws --runtime own --layer
      lambda-bridge package myapp:app --cloud aws --report dist/report.html --trace 'pytest -q'
    """
    from lambda_bridge.deploy.packing.package import Plan, build

    if installer == "uv" and not shutil.which("uv"):
        raise click.BadParameter("uv is not on PATH: pip install uv, or leave --installer out")
    with tempfile.TemporaryDirectory(prefix="lambda-bridge-") as name:
        try:
            package = build(
                Plan(
                    app=app,
                    cloud=cloud,
                    minor=_minor(python, 3, "--python"),
                    output=output,
                    folder=folder,
                    arch=arch,
                    requirements=requirements,
                    layer=layer,
                    own_runtime=runtime == "own",
                    keep_sdk=keep_sdk,
                    sources=sources,
                    include=include,
                    exclude=exclude,
                    find_links=tuple(path.resolve() for path in find_links),
                    glibc=None if glibc is None else _minor(glibc, 2, "--glibc"),
                    uv=None if installer == "pip" else shutil.which("uv"),
                ),
                Path(name).resolve(),
                lambda line: click.echo(line, err=True),
            )
            for line in describe(package):
                click.echo(line)
            if trace is not None:
                _trace(package, trace)
            if report is not None:
                _report(package, report)
        except ConfigurationError as error:
            raise click.ClickException(str(error)) from error


def _minor(text: str, major: int, option: str) -> int:
    """The minor version in ``"3.12"``."""
    found = re.fullmatch(rf"{major}\.(\d{{1,2}})", text)
    if found is None:
        raise click.BadParameter(f"{text!r} is no version: write {option} {major}.{12 if major == 3 else 28}")
    return int(found[1])


def describe(package: Package) -> list[str]:
    """What has been made, in lines for a terminal."""
    from lambda_bridge.deploy.packing.archive import sha256
    from lambda_bridge.deploy.report.weights import weigh
    from lambda_bridge.deploy.units import show_bytes

    cloud, lines = package.cloud, []
    for path in filter(None, (package.archive, package.layer)):
        limit = f" of {show_bytes(cloud.zipped)}" if cloud.zipped else ""
        lines += [f"{path}  {show_bytes(path.stat().st_size)}{limit}  sha256 {sha256(path)}"]
    limit = f" of {show_bytes(cloud.unzipped)}" if cloud.unzipped else ""
    lines.append(
        f"unzipped   {show_bytes(sum(each.size for each in package.files))}{limit}, {len(package.files)} files"
    )
    lines.append(f"for        {package.target}")
    lines.append(f"handler    {package.entry.setting}" + (f" ({', '.join(package.entry.made)} made)" if package.entry.made else ""))  # fmt: skip
    heaviest = weigh(package.files)[:5]
    lines.append("heaviest   " + ", ".join(f"{each.owner} {show_bytes(each.size)}" for each in heaviest))
    for reason, names in sorted(package.left.items()):
        shown = f": {', '.join(sorted(names))}" if len(names) <= 5 else ""
        lines.append(f"left out   {reason}, {len(names)}{shown}")
    if package.interpreter:
        lines.append(f"bytecode   of Python 3.{package.target.minor}, never checked against its sources")
    return lines + [f"note       {note}" for note in package.notes]


def _trace(package: Package, how: str) -> None:
    from lambda_bridge.deploy.measuring.beside import paths_on
    from lambda_bridge.deploy.tracing import trace

    if package.interpreter is None:
        raise ConfigurationError(f"--trace runs the package, for which Python 3.{package.target.minor} must be here")
    handler = f"{package.entry.module}:{package.entry.attribute}"
    with paths_on(package.cloud, package.folder) as beside:
        found = trace.find_unused(
            package.folder, how, package.files, handler, package.interpreter, paths=beside.folders
        )
    click.echo(trace.describe(found))


def _report(package: Package, path: Path) -> None:
    from lambda_bridge.deploy.measuring import importtime
    from lambda_bridge.deploy.measuring.beside import paths_on
    from lambda_bridge.deploy.report import page

    imports = []
    if package.interpreter is None:
        click.echo(f"the report has no times of imports: there is no Python 3.{package.target.minor} here", err=True)
    else:
        try:
            with paths_on(package.cloud, package.folder) as beside:
                imports = importtime.measure(
                    package.folder, package.entry.module, package.interpreter, paths=beside.folders
                )
        except ConfigurationError as error:
            # Of another machine's packages, or an app that needs its variables.
            click.echo(f"the report has no times of imports: {error}", err=True)
    page.write(package, imports, path)
    click.echo(f"report     {path}")
