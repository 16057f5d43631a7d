"""The documentation is executed, and its tables are those of the code."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import pytest

from lambda_bridge import formats
from lambda_bridge.options import OPTIONS
from lambda_bridge.recognize import NAMES
from lambda_bridge.testing import Client
from tests.real.drivers import platforms
from tests.real.venvs import RUNTIMES
from tools import trigger_table

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh-CN.md")
PAGES = (*READMES, *[path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").rglob("*.md"))])


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def code_blocks(name: str) -> list[str]:
    """Those of Python, also inside of a list, and the new side of each difference."""
    text = read(name)
    blocks = re.findall(r"^( *)```python\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == len(re.findall(r"^\s*(?:`{3,}|~{3,}) *py", text, re.MULTILINE | re.IGNORECASE))
    changed = re.findall(r"^```diff\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    new = ["\n".join(line[1:] for line in block.splitlines() if line[:1] != "-") for block in changed]
    return [dedent(block) for _, block in blocks] + new


def table_rows(text: str, mark: str) -> list[list[str]]:
    """The cells of the table behind the comment *mark*, without its two head rows."""
    table = text.split(f"<!-- {mark}:", 1)[1].split("\n\n", 2)[1]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]]


@pytest.fixture
def my_app(monkeypatch: pytest.MonkeyPatch) -> None:
    """The module myapp that the READMEs speak of: a Flask app that greets; and that of the tutorials."""
    monkeypatch.syspath_prepend(str(ROOT / "examples" / "flask_app"))
    from flask import Flask, request

    app = Flask("myapp")
    app.add_url_rule("/hello", "hello", lambda: f"hello {request.args['name']}")
    module = ModuleType("myapp")
    module.__dict__["app"] = app
    monkeypatch.setitem(sys.modules, "myapp", module)


@pytest.fixture
def hooks_of_snapstart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of their own for what a block registers, which the runtime's tests must not meet."""
    for name in ("before_snapshot", "after_restore"):
        monkeypatch.setattr(f"snapshot_restore_py._{name}_registry", [])


@pytest.mark.usefixtures("my_app", "hooks_of_snapstart")
@pytest.mark.parametrize("name", PAGES)
def test_the_code_of_the_documentation_runs(name: str, pytester: pytest.Pytester) -> None:
    """Each Python block runs, and the tests in one pass."""
    blocks = code_blocks(name)
    assert blocks
    tests = {f"test_{number}.py": block for number, block in enumerate(blocks) if "def test_" in block}
    for file, block in tests.items():
        (pytester.path / file).write_text(block, encoding="utf-8")
    if tests:
        result = pytester.runpytest("-p", "no:randomly", *tests)
        assert (result.ret, len(result.parseoutcomes())) == (pytest.ExitCode.OK, 1), "all of them have passed"
    for block in blocks:
        if block not in tests.values():
            exec(compile(block, name, "exec"), {"__name__": "function"})  # noqa: S102


def test_the_table_of_formats_is_complete() -> None:
    """The README has one row for each format, with the title that its module has."""
    rows = table_rows(read("README.md"), "formats")

    assert {name: formats.load(name).TITLE for name in NAMES} == {row[0].strip("`"): row[1] for row in rows}


def test_what_a_format_is_proved_on_is_what_runs() -> None:
    """A package that the README names is one that `make real` runs for that format, and the other way round."""
    proved = {row[0].strip("`"): row[-1] for row in table_rows(read("README.md"), "formats")}
    runs: dict[str, set[str]] = {name: set() for name in NAMES}
    for platform in platforms():
        for package in RUNTIMES[platform.runtime].packages:
            name, version = package.split("==")
            runs[platform.format].add(f"{name} {'.'.join(version.split('.')[:2])}")

    for name, said in proved.items():
        named = set(re.findall(r"\b[a-z][a-z0-9-]* \d+\.\d+", said))
        assert named <= runs[name]
        assert bool(named) == bool(runs[name])


def test_the_table_of_options_is_the_one_of_the_code() -> None:
    """The README's options, defaults and sentences are those of options.py, in order."""
    rows = table_rows(read("README.md"), "options")

    assert [[f"`{o.name}`", f"`{o.default!r}`", o.sentence] for o in OPTIONS.values()] == rows


def test_the_table_of_sources_is_what_the_rows_make_of_the_samples() -> None:
    """`python -m tools.trigger_table --write` writes it."""
    said = read("docs/triggers.md").partition(trigger_table.BEGIN)[2].partition(trigger_table.END)[0]

    assert said.strip() == trigger_table.make_tables().strip()


# They print the data, and some of it is bytes.
@pytest.mark.filterwarnings("ignore::BytesWarning")
def test_the_examples_of_frameworks_take_events() -> None:
    """Those of the SDK of CloudEvents, as they stand there; the one for Django is a view alone."""
    blocks = [block for block in code_blocks("docs/triggers.md") if "from_http" in block]
    names = []
    for block in blocks:
        namespace: dict[str, Any] = {"__name__": "function"}
        exec(compile(block, "docs/triggers.md", "exec"), namespace)  # noqa: S102
        if "app" in namespace:
            with Client(namespace["app"], events="/events") as client:
                outcome = client.trigger("aws.sqs", data=[{"order": 7}, b"\xe6\x96\x87"])
            assert (outcome.failures, outcome.error) == ([], None)
            names.append(type(namespace["app"]).__name__)

    assert names == ["Flask", "FastAPI"]


@pytest.mark.parametrize("name", [*PAGES, "CONTRIBUTING.md", "CHANGELOG.md"])
def test_every_link_inside_the_project_leads_somewhere(name: str) -> None:
    """A link to a file of the project names one that is there, and one inside the page a heading of it."""
    text = read(name)
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", text)
    headings = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}

    assert [target for target in targets if not (ROOT / name).parent.joinpath(target).exists()] == []
    assert [mark for mark in re.findall(r"\]\(#([^)]+)\)", text) if mark not in headings] == []


@pytest.mark.parametrize("name", PAGES)
def test_the_commands_of_the_readmes_are_targets_of_make(name: str) -> None:
    """Each `make X` that a README names is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))

    assert set(re.findall(r"\bmake ([a-z-]+)", read(name))) <= targets
