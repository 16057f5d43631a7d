"""``lambda-bridge coldstart``: how long a packaged function takes to start."""

from __future__ import annotations

import json
import platform
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Optional

import click

from lambda_bridge.deploy.clouds import CLOUDS
from lambda_bridge.deploy.measuring import coldstart, fresh
from lambda_bridge.deploy.measuring.coldstart import Start, StartFailed
from lambda_bridge.deploy.measuring.starts import OURS, Found, Task, measure
from lambda_bridge.deploy.packing.package import Plan, build
from lambda_bridge.deploy.units import show_bytes
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lambda_bridge.deploy.clouds import Cloud

_SLOWEST = 10


@click.command("coldstart")
@click.argument("package", metavar="MODULE:APP|APP.zip")
@click.option(
    "--cloud",
    type=click.Choice(list(CLOUDS)),
    default="aws",
    show_default=True,
    metavar="CLOUD",
    help=f"Whose function it is: {', '.join(CLOUDS)}.",
)
@click.option(
    "-r",
    "--requirements",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="What MODULE:APP depends on, as lambda-bridge package has it.",
)
@click.option(
    "--layer",
    type=click.Path(path_type=Path),
    metavar="ZIP",
    help="The zip of its layer, as package --layer makes one.",
)
@click.option(
    "--handler", metavar="MODULE:NAME", help="The function in the package; default: where the cloud looks for it."
)
@click.option(
    "--python",
    default=sys.executable,
    metavar="VERSION|PATH",
    help="The interpreter to start: 3.12, or a program. Default: the one that runs this.",
)
@click.option("--rounds", type=click.IntRange(1), default=5, show_default=True, help="Starts that are counted.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=60,
    show_default=True,
    metavar="SECONDS",
    help="What one start may take.",
)
@click.option(
    "--compare", is_flag=True, help="Start the same app with the peer adapters that are installed, too; on AWS."
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, for machines.")
def command(
    package: str,
    cloud: str,
    requirements: Optional[Path],
    layer: Optional[Path],
    handler: Optional[str],
    python: str,
    rounds: int,
    timeout: float,
    compare: bool,
    as_json: bool,
) -> None:
    """Start a packaged function in fresh processes, on a read-only copy, and show how long each step takes.

    It is a zip that lambda-bridge package has made, or MODULE:APP, which is packaged for that. The
    processes see the package and the standard library, and nothing that is installed here but what the
    cloud's runtime has as well. A package without bytecode is started with it, too.

    \b
    Examples:
      lambda-bridge coldstart dist/app.zip
      lambda-bridge coldstart myapp:app --python 3.12 --rounds 15
      lambda-bridge coldstart dist/app.zip --compare
      lambda-bridge coldstart dist/app.zip --cloud tencent --json
    """
    if compare and cloud != "aws":
        raise click.UsageError(f"the peers are adapters for AWS: --compare goes without --cloud {cloud}")
    try:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            interpreter = fresh.ask_python(python)
            if package.lower().endswith(".zip") or Path(package).is_file():
                archive = Path(package)
            else:
                archive, made = _pack(package, CLOUDS[cloud], requirements, interpreter, folder)
                handler = handler or made
            task = Task(package, archive, CLOUDS[cloud], layer, handler, interpreter, timeout, rounds, compare)
            found = measure(task, folder, stack)
    except StartFailed as error:
        if error.traceback:
            click.echo(error.traceback.rstrip(), err=True)
        raise click.ClickException(str(error)) from error
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(to_json(found))
    else:
        show(found)


def _pack(app: str, cloud: Cloud, requirements: Optional[Path], python: fresh.Python, folder: Path) -> tuple[Path, str]:
    """(a zip that is made of *app* for this machine, its function)."""
    if ":" not in app:
        raise ConfigurationError(f"{app!r} is no zip, and names no app: write MODULE:APP, such as myapp:app")
    minor = int(python.version.split(".")[1])
    arch = "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"
    plan = Plan(app, cloud.name, minor, folder / "app.zip", arch=arch, requirements=requirements, uv=shutil.which("uv"))
    work = folder / "work"
    work.mkdir()
    made = build(plan, work, lambda line: click.echo(line, err=True))
    for note in made.notes:
        click.echo(f"note: {note}", err=True)
    return made.archive, f"{made.entry.module}:{made.entry.attribute}"


# --- what is printed


def show(found: Found) -> None:
    """The table of steps, a column for each side; the slowest imports; what is missing."""
    task = found.task
    have, modules = found.compiled
    click.echo(
        f"{task.package}: {show_bytes(found.size)} zipped, {found.function}, bytecode for {have} of {modules} modules"
    )
    starts = "one start" if task.rounds == 1 else f"medians of {task.rounds} starts"
    click.echo(f"Python {task.python.version}, {starts}, in milliseconds\n")
    started = {title: start for title, start in found.starts.items() if isinstance(start, Start)}
    widths = {title: max(len(title), 9) + 2 for title in started}
    click.secho(f"{'':14}" + "".join(f"{title:>{width}}" for title, width in widths.items()), bold=True)
    for step in coldstart.STEPS:
        cells = [_milliseconds(start.steps.get(step)) for start in started.values()]
        click.echo(f"{step:14}" + "".join(f"{cell:>{width}}" for cell, width in zip(cells, widths.values())))
    for title, values in (
        ("total", [_milliseconds(start.total) for start in started.values()]),
        ("status", [str(start.status or "?") for start in started.values()]),
    ):
        click.echo(f"{title:14}" + "".join(f"{cell:>{width}}" for cell, width in zip(values, widths.values())))
    click.secho(f"\n{'imports':30}{'ms':>9}{'modules':>9}", bold=True)
    for group in found.imports[:_SLOWEST]:
        click.echo(f"{group.name:30}{_milliseconds(group.own / 1e6):>9}{group.modules:>9}")
    for line in _remarks(found):
        click.echo(f"\n{line}")


def _remarks(found: Found) -> Iterator[str]:
    for title, start in found.starts.items():
        if isinstance(start, StartFailed):
            yield f"{title}: {start}"
    if found.missing:
        names = " ".join(found.missing)
        yield f"not installed, and so not compared: {', '.join(found.missing)} (pip install {names})"
    ours = found.starts[OURS]
    if isinstance(ours, Start) and (ours.status is None or ours.status >= 500):
        log = f"; its log ends with: {ours.log}" if ours.log else ""
        yield f"The first event is answered with an error: the app may need settings, which come from this environment{log}"
    if not found.is_compiled:
        yield "A read-only package without bytecode is compiled again at each start: lambda-bridge package brings bytecode."


def _milliseconds(seconds: Optional[float]) -> str:
    return "-" if seconds is None else f"{seconds * 1000:.1f}"


def to_json(found: Found) -> str:
    """All of it; times are milliseconds."""
    told: dict[str, Any] = {
        "package": found.task.package,
        "bytes": found.size,
        "cloud": found.task.cloud.name,
        "python": found.task.python.version,
        "rounds": found.task.rounds,
        "function": found.function,
        "bytecode": {"modules": found.compiled[1], "compiled": found.compiled[0]},
        "starts": {},
        "imports": [
            {"package": group.name, "milliseconds": group.own / 1000, "modules": group.modules}
            for group in found.imports
        ],
        "not_installed": found.missing,
    }
    for title, start in found.starts.items():
        if isinstance(start, StartFailed):
            told["starts"][title] = {"problem": str(start)}
            continue
        steps = {step: round(seconds * 1000, 3) for step, seconds in start.steps.items()}
        told["starts"][title] = {**steps, "total": round(start.total * 1000, 3), "status": start.status}
    return json.dumps(told, indent=2)
