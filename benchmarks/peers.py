"""Our handler and its peers, each in processes of its own: per call, per MB, cold start, memory.

What is measured is the adapter: the app behind it says hello. A process imports one adapter alone, handles one event
(cold start, memory), and then many. What every instance of the platform has imported before (json on AWS,
azure.functions on Azure, Flask on Google Cloud) is there before the clock starts. Each answer is looked at: a peer that
loses a byte of a body gets no time for it.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple, Optional

from benchmarks.child import NEEDS

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 5


class Side(NamedTuple):
    """An adapter with an app of one interface on one platform."""

    name: str
    interface: str
    platform: str
    """Key of `child.PLATFORMS`."""
    packages: tuple[str, ...]
    code: str
    """Given ``app``, it makes ``handler``, which is called with the event and a context."""


OURS = "from lambda_bridge import make_handler\nhandler = make_handler(app)"
SIDES = (
    Side("lambda_bridge", "WSGI", "aws", (), OURS),
    Side(
        "apig-wsgi",
        "WSGI",
        "aws",
        ("apig-wsgi",),
        "from apig_wsgi import make_lambda_handler\nhandler = make_lambda_handler(app, binary_support=True)",
    ),
    Side(
        "serverless-wsgi",
        "WSGI",
        "aws",
        ("serverless-wsgi",),
        "from serverless_wsgi import handle_request\nhandler = lambda event, context: handle_request(app, event, context)",
    ),
    Side("lambda_bridge", "WSGI", "azure", (), OURS),
    Side(
        "azure.functions.WsgiMiddleware",
        "WSGI",
        "azure",
        ("azure-functions",),
        "from azure.functions import WsgiMiddleware\nhandler = WsgiMiddleware(app).main",
    ),
    Side("the bare app", "WSGI", "none", (), "handler = call_wsgi(app)"),
    Side("lambda_bridge", "ASGI", "aws", (), OURS),
    Side("mangum", "ASGI", "aws", ("mangum",), "from mangum import Mangum\nhandler = Mangum(app)"),
    Side(
        "mangum, lifespan off",
        "ASGI",
        "aws",
        ("mangum",),
        "from mangum import Mangum\nhandler = Mangum(app, lifespan='off')",
    ),
    Side(
        "apig-wsgi with a2wsgi",
        "ASGI",
        "aws",
        ("apig-wsgi", "a2wsgi"),
        "from apig_wsgi import make_lambda_handler\nfrom a2wsgi import ASGIMiddleware\n"
        "handler = make_lambda_handler(ASGIMiddleware(app), binary_support=True)",
    ),
    Side("lambda_bridge", "ASGI", "azure", (), OURS),
    Side(
        "azure.functions.AsgiMiddleware",
        "ASGI",
        "azure",
        ("azure-functions",),
        "from azure.functions import AsgiMiddleware\nhandler = AsgiMiddleware(app).main",
    ),
    Side("lambda_bridge", "ASGI", "gcp", (), OURS),
    Side(
        "vellox",
        "ASGI",
        "gcp",
        ("vellox",),
        "from vellox import Vellox\nadapter = Vellox(app)\nhandler = lambda request, context: adapter.handler(request)",
    ),
    Side("the bare app", "ASGI", "none", (), "handler = call_asgi(app)"),
)


def measure(side: Side) -> dict[str, Any]:
    """What one process of *side* has measured (see `child.main`)."""
    paths = [str(ROOT), *(path for path in sys.path if path)]
    asked = {"paths": paths, "interface": side.interface, "platform": side.platform, "code": side.code}
    # Without site.py, whose work is the same for all.
    command = [sys.executable, "-I", "-S", str(ROOT / "benchmarks" / "child.py"), json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{side.name} on {side.platform} has failed:\n{done.stderr}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def best(found: list[dict[str, Any]]) -> dict[str, Optional[float]]:
    """The least of each figure; None where the answers were not right."""
    return {
        name: None if any(each[name] is None for each in found) else min(each[name] for each in found)
        for name in found[0]
    }


def machine() -> dict[str, str]:
    """What the figures hold for."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = [line for line in cpuinfo.read_text(encoding="utf-8").splitlines() if line.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else model
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "cpu": f"{model}, {os.cpu_count()} cores",
        "os": f"{platform.system()} {platform.release().partition('-')[0]} {platform.machine()}",
    }


def compare(date: str) -> dict[str, Any]:
    """All sides in turns, as docs/benchmarks.json has them. *date* is YYYY-MM-DD."""
    found: list[list[dict[str, Any]]] = [[] for _ in SIDES]
    for _ in range(ROUNDS):
        for results, side in zip(found, SIDES):
            results.append(measure(side))
    rows = [
        {
            "name": side.name,
            "interface": side.interface,
            "platform": side.platform,
            "versions": " ".join(f"{name} {version(name)}" for name in side.packages),
            **best(results),
        }
        for side, results in zip(SIDES, found)
    ]
    return {"date": date, "machine": machine(), "needs": NEEDS, "rows": rows}
