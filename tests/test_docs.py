"""The documentation is executed, and its tables are those of the code."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any

import click
import fastapi  # noqa: F401  # before pytester's runs, which forget the modules that they import: one half of Starlette, then
import pytest
import yaml

from lambda_bridge import formats
from lambda_bridge.cli import COMMANDS
from lambda_bridge.options import OPTIONS
from lambda_bridge.recognize import NAMES
from lambda_bridge.testing import Client
from lambda_bridge.web.__main__ import _parser
from tests.real.drivers import platforms
from tests.real.venvs import RUNTIMES
from tools import reference_pages, site, trigger_table

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

pytest_plugins = ["pytester"]

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh-CN.md")
PAGES = (*READMES, *[path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").rglob("*.md"))])

# What runs here, and what cannot: that is parsed, or its commands are looked up.
RUN = {"diff", "python"}
# Of YAML, whose tags may be a cloud's own, the syntax.
PARSED: dict[str, Callable[[str], Any]] = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.compose}
COMMANDS_OF = {"console", "sh"}
OTHERS = {
    "dockerfile": "Docker builds it",
    "text": "shows, and says nothing to a machine",
}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def fences(name: str) -> list[tuple[str, str]]:
    """(language, code) of every block of code, also inside of a list."""
    text = read(name)
    blocks = re.findall(r"^( *)```([^`\n]*)\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    marks = re.findall(r"^\s*(?:`{3,}|~{3,})", text, re.MULTILINE)
    assert 2 * len(blocks) == len(marks), f"{name} has a block of another form than is understood here"
    return [(language, dedent(code)) for _, language, code in blocks]


def code_blocks(name: str) -> list[str]:
    """Those of Python, and the new side of each difference."""
    found = fences(name)
    changed = [code for language, code in found if language == "diff"]
    new = ["\n".join(line[1:] for line in block.splitlines() if line[:1] != "-") for block in changed]
    return [code for language, code in found if language == "python"] + new


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
@pytest.mark.parametrize("name", [name for name in PAGES if code_blocks(name)])
def test_the_code_of_the_documentation_runs(name: str, pytester: pytest.Pytester) -> None:
    """Each Python block runs, and the tests in one pass."""
    blocks = code_blocks(name)
    tests = {f"test_{number}.py": block for number, block in enumerate(blocks) if "def test_" in block}
    for file, block in tests.items():
        (pytester.path / file).write_text(block, encoding="utf-8")
    if tests:
        result = pytester.runpytest("-p", "no:randomly", *tests)
        assert (result.ret, len(result.parseoutcomes())) == (pytest.ExitCode.OK, 1), "all of them have passed"
    for block in blocks:
        if block not in tests.values():
            exec(compile(block, name, "exec"), {"__name__": "function"})  # noqa: S102


@pytest.mark.parametrize("name", [*PAGES, "CONTRIBUTING.md"])
def test_every_block_of_code_is_looked_at(name: str) -> None:
    """It is of a language that runs here, is parsed, has commands that are there, or can do none of that."""
    for language, code in fences(name):
        assert language in RUN | PARSED.keys() | COMMANDS_OF | OTHERS.keys()
        if language in PARSED:
            assert PARSED[language](code)
        if language in COMMANDS_OF:
            for words in commands(code):
                assert unknown_words(words) == []


def commands(code: str) -> list[list[str]]:
    """The words of each command of ours: what a prompt stands before, or without any prompt, every line."""
    lines = code.replace("\\\n", " ").splitlines()
    typed = [line[2:] for line in lines if line.startswith("$ ")] or lines
    words = [shlex.split(part, comments=True) for line in typed for part in _PIPE.split(line)]
    return [found[found.index(ours) :] for found in words for ours in _OURS & set(found[:3])]


_PIPE = re.compile(r" (?:\||&&) ")
_OURS = {"lambda-bridge", "lambda_bridge.web", "lambda_bridge.runtime", "make"}


def unknown_words(words: list[str]) -> list[str]:
    """The command, options and values of choices among *words* that are not there."""
    program, *rest = words
    rest = rest[: rest.index("--")] if "--" in rest else rest
    if program == "make":
        return [word for word in rest if "=" not in word and word not in make_targets()]
    if program != "lambda-bridge":
        parser = _parser()
        known = {option: list(action.choices or ()) for action in parser._actions for option in action.option_strings}
    else:
        name = next((word for word in rest if not word.startswith("-")), None)
        if name is None:
            return [word for word in rest if word not in {"--help", "--version"}]
        if name not in COMMANDS:
            return [] if name == "COMMAND" else [name]
        rest = rest[rest.index(name) + 1 :]
        command: click.Command = import_module(f"lambda_bridge.commands.{name}").command
        known = {
            option: list(getattr(each.type, "choices", ()))
            for each in command.params
            for option in (*each.opts, *each.secondary_opts)
        }
    unknown = []
    for word, value in zip(rest, [*rest[1:], ""]):
        option, _, own = word.partition("=")
        if re.match(r"--?[a-z]", option) and option not in known and option != "--help":
            unknown.append(option)
        elif known.get(option) and (own or value) not in known[option] and not (own or value).isupper():
            unknown.append(own or value)
    return unknown


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z0-9-]+):", read("Makefile"), re.MULTILINE))


@pytest.mark.parametrize(
    ("expected", "command"),
    [
        ([], "lambda-bridge dev myapp:app --format aws_rest --port=9000"),
        ([], "python -m lambda_bridge.web myapp:app --platform tencent"),
        ([], "lambda-bridge manage --function NAME -- migrate --noinput"),
        (["--formt"], "lambda-bridge dev myapp:app --formt aws_rest"),
        (["aws_rst"], "lambda-bridge dev myapp:app --format aws_rst"),
        (["serve"], "cd app && lambda-bridge serve myapp:app"),
        (["pluto"], "$ python3 -m lambda_bridge.web myapp:app --platform pluto"),
        (["tset"], "make tset PORT=1"),
    ],
)
def test_a_command_that_is_not_there_is_seen(expected: list[str], command: str) -> None:
    """So the test above can fail."""
    (words,) = commands(command)

    assert expected == unknown_words(words)


@pytest.mark.parametrize("name", reference_pages.PAGES)
def test_the_generated_pages_are_those_of_the_code(name: str) -> None:
    """`python -m tools.reference_pages --write` writes them."""
    assert reference_pages.generated(name).strip() == reference_pages.PAGES[name]().strip()


def test_every_option_has_a_page() -> None:
    """The last table of docs/options.md says where to read more, of each once."""
    rows = re.findall(r"^\| (`.*`) \| \[", read("docs/options.md"), re.MULTILINE)

    assert sorted(OPTIONS) == sorted(re.findall(r"`(\w+)`", " ".join(rows)))


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
    headings = {site.slug(heading) for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)}

    assert [target for target in targets if not (ROOT / name).parent.joinpath(target).exists()] == []
    assert [mark for mark in re.findall(r"\]\(#([^)]+)\)", text) if mark not in headings] == []


@pytest.mark.parametrize("name", PAGES)
def test_the_tests_that_show_a_claim_are_there(name: str) -> None:
    """Each `pytest PATH -k WORDS` names files and folders, and each of the words a test in them."""
    for command in re.findall(r"`pytest ([^`]*tests/[^`]*)`", read(name)):
        words = shlex.split(command)
        paths = [ROOT / word for word in words if word.startswith("tests/")]
        assert [path for path in paths if not path.exists()] == []
        if "-k" in words:
            files = [file for path in paths for file in ([path] if path.is_file() else path.rglob("test_*.py"))]
            tests = " ".join(
                re.findall(r"def (test_\w+)", " ".join(file.read_text(encoding="utf-8") for file in files))
            )
            chosen = set(words[words.index("-k") + 1].split()) - {"and", "not", "or"}
            assert [word for word in chosen if word not in tests] == []


@pytest.mark.parametrize("name", PAGES)
def test_the_commands_of_the_readmes_are_targets_of_make(name: str) -> None:
    """Each `make X` that a README names is a target of the Makefile."""
    assert set(re.findall(r"(?:`|^\$ )make ([a-z0-9-]+)", read(name), re.MULTILINE)) <= make_targets()
