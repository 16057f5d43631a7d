"""The table of tools, and the templates beside it."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from lambda_bridge.deploy.clouds import CLOUDS
from lambda_bridge.deploy.init.files import Plan, make_files, write_files
from lambda_bridge.deploy.init.tools import TOOLS, Tool, find, tools_of
from lambda_bridge.errors import ConfigurationError
from tools.deploy_check import JUDGES

TEMPLATES = Path(str(files("lambda_bridge.deploy.init"))) / "templates"
ROOT = Path(__file__).resolve().parents[3]


def test_every_cloud_has_a_tool() -> None:
    """In the order of the clouds, and no tool twice."""
    assert list(dict.fromkeys(each.cloud for each in TOOLS)) == list(CLOUDS)
    assert len({(each.cloud, each.name) for each in TOOLS}) == len(TOOLS)


def test_the_first_is_the_default() -> None:
    """The others are found by their names."""
    assert find("aws") is tools_of("aws")[0]
    assert find("azure", "v1").sentence.endswith("(programming model v1)")


@pytest.mark.parametrize(
    ("cloud", "name", "sentence"),
    [
        ("aws", "nix", "'nix' is no tool of aws: use one of sam, sam-rest, "),
        ("moon", None, "'moon' is no cloud: use one of aws, tencent, "),
    ],
)
def test_unknown_names_are_one_sentence(cloud: str, name: str | None, sentence: str) -> None:
    """With those that there are."""
    with pytest.raises(ConfigurationError, match=re.escape(sentence)):
        find(cloud, name)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: f"{tool.cloud}-{tool.name}")
def test_every_python_of_a_tool_is_the_clouds(tool: Tool) -> None:
    """A tool may have fewer of them."""
    assert set(tool.pythons) <= set(CLOUDS[tool.cloud].pythons)


def test_every_template_is_used() -> None:
    """By the row of its folder, or by the rows that name it."""
    named = {name for tool in TOOLS for _, name in tool.shared}
    rows = {(each.cloud, each.name) for each in TOOLS}
    for path in TEMPLATES.rglob("*"):
        if path.is_file():
            name = path.relative_to(TEMPLATES).as_posix()
            assert name.endswith(".tmpl")
            assert tuple(name.split("/")[:2]) in rows or name[: -len(".tmpl")] in named


# What can have no comment: its source stands in tools.py.
WITHOUT_COMMENTS = (".json.tmpl",)
# Of these, the form is told by what reads them.
PLAIN = {"dockerignore", "funcignore", "gcloudignore", "handler.py", "function_app.py", "__init__.py", "index.py"}


@pytest.mark.parametrize(
    "path", sorted(TEMPLATES.rglob("*.tmpl")), ids=lambda path: path.relative_to(TEMPLATES).as_posix()
)
def test_every_template_says_where_its_form_is_from(path: Path) -> None:
    """And when that was read."""
    if path.name.endswith(WITHOUT_COMMENTS) or path.name[: -len(".tmpl")] in PLAIN:
        return
    text = " ".join(line.lstrip("# ") for line in path.read_text(encoding="utf-8").splitlines())
    assert re.search(r"https://\S+.*\(read in 20\d\d-\d\d\)", text)


def test_the_documentation_has_every_tool(tmp_path: Path) -> None:
    """With its sentence, in order, and with those who judge its files."""
    table = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8").split("<!-- tools:", 1)[1].split("\n\n", 2)[1]
    rows = [[cell.strip(" `") for cell in line.strip("|").split(" | ")] for line in table.splitlines()[2:]]

    assert rows == [[each.cloud, each.name, each.sentence, judges_of(each, tmp_path)] for each in TOOLS]


def judges_of(tool: Tool, above: Path) -> str:
    """The names of those that look at its files; ruff looks at all that is Python."""
    folder = above / f"{tool.cloud}-{tool.name}"
    files = [folder / each.path for each in plan_of(tool, folder, "shop").files]
    return ", ".join(
        each.name for each in JUDGES if each.name != "ruff" and any(each.fits(path, tool) for path in files)
    )


def plan_of(tool: Tool, folder: Path, name: str, python: int | None = None) -> Plan:
    """The files for an app in the module *name*, written."""
    folder.mkdir()
    (folder / f"{name}.py").write_text("app = None\n", encoding="utf-8")
    plan = make_files(tool, f"{name}:app", folder, "wsgi", python)
    write_files(plan.files, folder)
    return plan


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
def test_the_readmes_deploy_on_every_cloud(readme: str, tmp_path: Path) -> None:
    """With the default tool, as init says what to type next, and in eight lines at most."""
    heading = {"README.md": "## Deploy\n", "README.zh-CN.md": "## 部署\n"}[readme]
    block = (ROOT / readme).read_text(encoding="utf-8").split(heading)[1].split("```console\n")[1].split("\n```")[0]
    expected = []
    for cloud in CLOUDS:
        tool = find(cloud)
        (tmp_path / cloud).mkdir()
        newest = max(each for each in CLOUDS[cloud].pythons if each <= 13)
        then = plan_of(tool, tmp_path / cloud / "myapp", "myapp", newest).then
        expected.append([f"$ lambda-bridge init --cloud {cloud} myapp:app", *(f"$ {line}" for line in then)])

    assert [part.splitlines() for part in block.split("\n\n")] == expected
    assert max(map(len, expected)) <= 8
