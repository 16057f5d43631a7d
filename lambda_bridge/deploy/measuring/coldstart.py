"""How long a packaged function takes to start: fresh processes on a read-only copy, step by step.

A platform starts an interpreter, imports the function's module, which makes the handler, lets the app's lifespan start,
and hands over the first event. `driver` does the same, by the interpreter that is named, and sees what is in the package
and nothing else that is installed here.
"""

from __future__ import annotations

import os
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from lambda_bridge import formats
from lambda_bridge.deploy.measuring import fresh
from lambda_bridge.deploy.measuring.fresh import last_line
from lambda_bridge.errors import BridgeError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lambda_bridge.deploy.clouds import Cloud

STEPS = ("interpreter", "imports", "make_handler", "lifespan", "first event")


# The format of the first event, of clouds whose events are JSON; others get a request as from a server that speaks WSGI.
_FORMATS = {
    "aws": "aws_http",
    "tencent": "tencent_url",
    "aliyun": "aliyun",
    "huawei": "huawei",
    "openwhisk": "openwhisk",
    "yandex": "yandex",
    "scaleway": "scaleway",
}


class Site(NamedTuple):
    """An unpacked package, and how it is started."""

    folder: Path
    paths: tuple[Path, ...]
    """What sys.path has behind the folder: see `beside.paths_on`."""
    python: fresh.Python
    function: str
    """``"module:attribute"``."""
    format: str
    """Of the first event; empty for a request of a WSGI server."""
    timeout: float
    """Seconds for one start."""


class Start(NamedTuple):
    """One start of a function, or the medians of several."""

    steps: dict[str, float]
    """Seconds, by those of `STEPS` that there were."""
    status: Optional[int]
    """Of the response to the first event; None where it cannot be read."""
    interface: str = ""
    """The app's, ``"wsgi"`` or ``"asgi"``, where our handler has looked."""
    log: str = ""
    """The last line that it has written to standard error."""

    @property
    def total(self) -> float:
        return sum(self.steps.values())


class StartFailed(Exception):
    """The function has not started; ``traceback`` is the app's own."""

    def __init__(self, message: str, traceback: str = "") -> None:
        super().__init__(message)
        self.traceback = traceback


def format_for(cloud: Cloud) -> str:
    """The format of the first event on *cloud*; empty where its events are no JSON."""
    return _FORMATS.get(cloud.name, "")


def start(site: Site, adapter: str = "lambda_bridge") -> Start:
    """Start the function once; raises StartFailed."""
    task = {
        "paths": [str(path) for path in (site.folder, *site.paths)],
        "function": site.function,
        "adapter": adapter,
        "event": _make_event(site.format) if site.format else None,
        "is_aws": site.format.startswith("aws_"),
    }
    try:
        done, told = fresh.drive(site.python.path, task, site.folder, site.timeout)
    except ConfigurationError as error:
        raise StartFailed(f"{site.function!r} does not start: {error}") from None
    if told is None:
        reason = last_line(done.errors) or f"the process ended with status {done.status}"
        raise StartFailed(f"{site.function!r} does not start: {reason}", done.errors)
    if "error" in told:
        at = f" ({_shown(told['where'], site.folder)})" if told["where"] else ""
        step = f", at the step {told['step']!r}" if told["step"] else ""
        raise StartFailed(f"{site.function!r} does not start{step}: {told['error']}{at}", told["traceback"])
    steps = {"interpreter": told["up"] - done.began, **told["steps"]}
    steps = {step: steps[step] for step in STEPS if step in steps}
    return Start(steps, _status_of(told["answer"], site.format), told["interface"], last_line(done.errors))


def _shown(where: str, folder: Path) -> str:
    return where[len(str(folder)) + 1 :] if where.startswith(str(folder) + os.sep) else where


def _make_event(name: str) -> Any:
    from lambda_bridge.testing import make_event

    return make_event(name, "GET", "/")


def _status_of(answer: Any, name: str) -> Optional[int]:
    try:
        return formats.load(name).read_result(answer).status if name else int(answer["statusCode"])
    except BridgeError:
        return None


class Side(NamedTuple):
    """One of several that are compared."""

    title: str
    site: Site
    adapter: str = "lambda_bridge"


def measure(sides: Sequence[Side], rounds: int) -> dict[str, Start | StartFailed]:
    """The medians of *rounds* starts of each side by its title, in turns, after one start that is not counted.

    One that does not start has its error instead.
    """
    found: dict[str, Start | StartFailed] = {}
    starts: dict[str, list[Start]] = {side.title: [] for side in sides}
    for number in range(rounds + 1):
        for side in sides:
            if side.title in found:
                continue
            try:
                started = start(side.site, side.adapter)
            except StartFailed as error:
                found[side.title] = error
                continue
            if number:
                starts[side.title].append(started)
    return {side.title: found.get(side.title) or medians(starts[side.title]) for side in sides}


def medians(starts: Sequence[Start]) -> Start:
    """Of each step; all else is that of the last."""
    steps = {step: median(each.steps[step] for each in starts) for step in starts[-1].steps}
    return starts[-1]._replace(steps=steps)
