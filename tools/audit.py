"""Is a hole known in anything that `pip install 'lambda-bridge[dev]'` brings? Asked by pip-audit, of PyPI and then of OSV.

A service that cannot be reached, or does not know packages (as mirrors of PyPI do not), finds no hole either, and
pip-audit then says that all is well. So an old version with a known hole is asked about too: where that is not found,
nothing has been audited, which is said loudly. Exit status 1 for holes, for packages of which the service knows
nothing while it knows that one, and with AUDIT_REQUIRED=1 where nothing was audited.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib.metadata import distribution
from pathlib import Path
from typing import Any, NamedTuple, Optional

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
NAME = "lambda-bridge"
EXTRA = "dev"
# CVE-2019-11324, in every database of Python's holes.
CANARY = ("urllib3", "1.24.1")
SERVICES = ("pypi", "osv")


class Verdict(NamedTuple):
    """What a service has said of all packages."""

    holes: list[str]
    """``"name version: identifiers"``."""
    unknown: list[str]
    """Names of packages of which it knows nothing."""


def find_installed(name: str, extra: str) -> dict[str, str]:
    """Name to version of all that *name* with *extra* brings, as it is installed beside this program."""
    found: dict[str, str] = {}
    waiting = [(name, extra)]
    while waiting:
        each, with_extra = waiting.pop()
        for line in distribution(each).requires or ():
            required = Requirement(line)
            if required.marker is not None and not required.marker.evaluate({"extra": with_extra}):
                continue
            needed = canonicalize_name(required.name)
            if needed not in found:
                found[needed] = distribution(needed).version
                waiting += [(needed, wanted) for wanted in ("", *required.extras)]
    return found


def ask(service: str, versions: list[tuple[str, str]]) -> str:
    """What pip-audit prints as JSON; anything else where the service cannot be reached."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "requirements.txt")
        file.write_text("".join(f"{name}=={version}\n" for name, version in versions), encoding="utf-8")
        command = [sys.executable, "-m", "pip_audit", "--vulnerability-service", service, "--requirement", str(file)]
        options = ["--no-deps", "--disable-pip", "--format", "json", "--progress-spinner", "off", "--timeout", "15"]
        return subprocess.run([*command, *options], capture_output=True, text=True, check=False).stdout


def judge(printed: str) -> Optional[Verdict]:
    """None where nothing has been audited: the output is no report, or the canary's hole is not in it."""
    try:
        rows: list[dict[str, Any]] = json.loads(printed)["dependencies"]
    except (ValueError, LookupError, TypeError):
        return None
    canaries = [row for row in rows if row["name"] == CANARY[0]]
    if not any(row.get("vulns") for row in canaries):
        return None
    others = [row for row in rows if row not in canaries]
    return Verdict(
        [
            f"{row['name']} {row['version']}: {', '.join(hole['id'] for hole in row['vulns'])}"
            for row in others
            if row.get("vulns")
        ],
        [row["name"] for row in others if "skip_reason" in row],
    )


def main() -> int:
    installed = find_installed(NAME, EXTRA)
    for service in SERVICES:
        verdict = judge(ask(service, [*installed.items(), CANARY]))
        if verdict is None:
            continue
        for hole in verdict.holes:
            print(f"a hole is known in {hole}", file=sys.stderr)
        for name in verdict.unknown:
            print(f"{service} knows nothing of {name}", file=sys.stderr)
        if not verdict.holes and not verdict.unknown:
            print(f"{service} knows of no hole in {', '.join(f'{name} {each}' for name, each in installed.items())}")
        return 1 if verdict.holes or verdict.unknown else 0
    print(
        f"*** NOT AUDITED ***  none of the services {', '.join(SERVICES)} could be asked for holes in {', '.join(installed)}."
        "\n*** NOT AUDITED ***  run `make check` where pypi.org can be reached; AUDIT_REQUIRED=1 makes this an error.",
        file=sys.stderr,
    )
    return 1 if os.environ.get("AUDIT_REQUIRED") == "1" else 0


if __name__ == "__main__":
    sys.exit(main())
