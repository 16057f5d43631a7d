"""What the cloud calls: the user's handler, or a module that is made for the app."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from lambda_bridge.deploy.clouds import CLOUDS
from lambda_bridge.deploy.packing import entry
from lambda_bridge.errors import ConfigurationError

FILES = {
    "myapp.py": "def app(environ, start_response): ...\n",
    "function.py": "from lambda_bridge import make_handler\nfrom myapp import app\nhandler = make_handler(app)\n",
    "again.py": "from function import handler as again\n",
    "pkg/__init__.py": "from .web import handler\n",
    "pkg/web.py": "import lambda_bridge\nhandler = lambda_bridge.make_handler('myapp:app')\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("app", "setting"),
    [
        ("function:handler", "function.handler"),
        ("again:again", "again.again"),
        ("pkg:handler", "pkg.handler"),
        ("pkg.web:handler", "pkg/web.handler"),
    ],
)
def test_handler_of_the_user_is_called_as_it_is(folder: Path, app: str, setting: str) -> None:
    """Found without an import, also through other modules."""
    found = entry.find(app, CLOUDS["aws"], folder, FILES)

    assert (found.setting, found.made) == (setting, {})


@pytest.mark.parametrize("cloud", CLOUDS.values(), ids=lambda cloud: cloud.name)
def test_app_gets_the_module_that_the_cloud_calls(folder: Path, cloud: object) -> None:
    """It is Python, names the app, and has the attribute."""
    row = CLOUDS[cloud.name]  # type: ignore[attr-defined]
    found = entry.find("myapp:app", row, folder, [name for name in FILES if name != row.module])

    tree = ast.parse(found.made[row.module])
    assigned = {target.id for node in tree.body if isinstance(node, ast.Assign) for target in node.targets if isinstance(target, ast.Name)}  # fmt: skip
    assert row.attribute in assigned
    assert "@@" not in found.made[row.module]
    assert '"myapp:app"' in found.made[row.module]
    assert ("host.json" in found.made) == (row.name == "azure")


@pytest.mark.parametrize("name", ["azure", "gcp", "knative", "openwhisk", "vercel"])
def test_handler_in_another_file_than_the_platforms_is_imported_by_it(folder: Path, name: str) -> None:
    """Where the platform looks for one file only."""
    found = entry.find("function:handler", CLOUDS[name], folder, FILES)

    assert "from function import handler" in found.made[CLOUDS[name].module]
    ast.parse(found.made[CLOUDS[name].module])


@pytest.mark.parametrize(
    ("app", "said"),
    [
        ("myapp", "'myapp' names no app: use \"module:attribute\""),
        ("gone:app", r"there is no file gone.py among those of .*--folder"),
        ("myapp:app", r"function.py is there already, and AWS Lambda calls that file: .*--exclude function.py"),
        ("broken:app", "broken.py is no Python"),
    ],
)
def test_what_cannot_be_called_is_told(folder: Path, app: str, said: str) -> None:
    """One sentence, and what to do."""
    (folder / "broken.py").write_text("def x(:\n")

    with pytest.raises(ConfigurationError, match=said):
        entry.find(app, CLOUDS["aws"], folder, {*FILES, "broken.py"})


def test_bootstrap_serves_both_kinds_of_runtimes(folder: Path) -> None:
    """As a wrapper it is given the command of Python; on an OS-only runtime nothing."""
    text = entry.bootstrap(entry.find("pkg.web:handler", CLOUDS["aws"], folder, FILES))

    assert text.startswith("#!/bin/sh\n")
    assert text.endswith('exec "${1:-python3}" -m lambda_bridge.runtime pkg.web:handler\n')
