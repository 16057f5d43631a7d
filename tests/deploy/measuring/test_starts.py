"""All starts of one package."""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from lambda_bridge.deploy import clouds
from lambda_bridge.deploy.measuring import fresh
from lambda_bridge.deploy.measuring.coldstart import Start, StartFailed
from lambda_bridge.deploy.measuring.starts import OURS, Found, Task, measure
from lambda_bridge.deploy.packing import bytecode
from lambda_bridge.errors import ConfigurationError
from tests.deploy.measuring.test_driver import PEERS
from tests.deploy.trees import WSGI, write_tree, zip_tree

FUNCTION = "from lambda_bridge import make_handler\nfrom web import app\nhandler = make_handler(app)\n"
WEB = WSGI.partition("handler = ")[0].replace("from lambda_bridge import make_handler\n", "")


def measured(tmp_path: Path, files: dict[str, str], *, compiled: bool = True, **changes: Any) -> Found:
    """One counted start of a package of *files*."""
    root = write_tree(tmp_path / "in", files, ours=True, compiled=False)
    if compiled:
        names = [path.relative_to(root).as_posix() for path in root.rglob("*.py")]
        bytecode.compile_all(root, names, sys.executable)
    archive = zip_tree(root, tmp_path / "app.zip")
    python = fresh.ask_python(sys.executable)
    task = Task("app.zip", archive, clouds.CLOUDS["aws"], None, None, python, 60, 1, False)._replace(**changes)
    with ExitStack() as stack:
        (tmp_path / "work").mkdir()
        return measure(task, tmp_path / "work", stack)


def test_package_with_bytecode(tmp_path: Path) -> None:
    """It is started as it is, and its imports are looked at."""
    found = measured(tmp_path, {"function.py": FUNCTION, "web.py": WEB})

    assert [OURS] == list(found.starts)
    assert ("function:handler", True, 0) == (found.function, found.is_compiled, found.compiled[1] - found.compiled[0])
    assert {"function", "web", "lambda_bridge"} <= {group.name for group in found.imports}
    assert (tmp_path / "app.zip").stat().st_size == found.size


def test_package_without_bytecode(tmp_path: Path) -> None:
    """It is started with it, too: what is missing is the difference."""
    found = measured(tmp_path, {"function.py": FUNCTION, "web.py": WEB}, compiled=False)
    without, with_it = found.starts.values()

    assert [OURS, "with bytecode"] == list(found.starts)
    assert isinstance(without, Start)
    assert isinstance(with_it, Start)
    assert without.steps["imports"] > with_it.steps["imports"]
    assert (0, False) == (found.compiled[0], found.is_compiled)


def test_where_a_cloud_has_its_packages(tmp_path: Path) -> None:
    """They are found there."""
    cloud = clouds.CLOUDS["scaleway"]
    found = measured(tmp_path, {"handler.py": FUNCTION, "package/web.py": WEB}, cloud=cloud)

    assert isinstance(found.starts[OURS], Start)


def test_packages_in_a_layer(tmp_path: Path) -> None:
    """They are where the cloud unpacks it; one that has none says so."""
    layer = zip_tree(write_tree(tmp_path / "of_layer", {"python/web.py": WEB}), tmp_path / "layer.zip")
    found = measured(tmp_path, {"function.py": FUNCTION}, layer=layer)

    assert isinstance(found.starts[OURS], Start)


def test_layer_that_is_not_named(tmp_path: Path) -> None:
    """The zip alone has no lambda_bridge: the sentence says what may be missing."""
    layerless = zip_tree(write_tree(tmp_path / "alone", {"function.py": FUNCTION}), tmp_path / "alone.zip")
    with pytest.raises(StartFailed, match=r"No module named 'lambda_bridge'.*; .* with --layer$"):
        measured(tmp_path, {}, archive=layerless)


def test_cloud_without_layers(tmp_path: Path) -> None:
    """One sentence."""
    with pytest.raises(ConfigurationError, match=r"Google Cloud Run functions has no layers: leave --layer out"):
        measured(tmp_path, {"main.py": FUNCTION}, layer=tmp_path / "layer.zip", cloud=clouds.CLOUDS["gcp"])


def test_package_of_the_runtime_that_is_not_here(tmp_path: Path) -> None:
    """It is left out of the zip, and the cloud has it: the sentence says what to do."""
    cloud = clouds.CLOUDS["aws"]._replace(has=("never-heard-of", "never_heard"), has_with_them=())
    with pytest.raises(
        StartFailed, match=r"No module named 'never_heard'.*this machine has not: pip install never_heard$"
    ):
        measured(tmp_path, {"function.py": "import never_heard"}, cloud=cloud)


@pytest.fixture
def peers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand-ins of three of the peers are installed, of which one fails; aws-wsgi is hidden."""
    site = tmp_path / "site"
    answer = json.dumps({"statusCode": 200, "headers": {}, "body": "", "isBase64Encoded": False}).replace(
        "false", "False"
    )
    for name in ("mangum", "apig-wsgi", "serverless-wsgi"):
        file, source = PEERS[name]
        head, _, _ = source.rpartition("{")
        text = f"{head}{answer}" if name != "serverless-wsgi" else "raise RuntimeError('broken')"
        folder = name.replace("-", "_") + "-1.dist-info"
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n"
        write_tree(site, {file: text, f"{folder}/METADATA": metadata, f"{folder}/RECORD": f"{file},,\n"})
    monkeypatch.setattr(sys, "path", [str(site)])


@pytest.mark.usefixtures("peers")
def test_peers_that_take_the_app(tmp_path: Path) -> None:
    """Those that are installed are started with the same app; what is missing or broken is told."""
    found = measured(tmp_path, {"function.py": FUNCTION, "web.py": WEB}, compare=True)
    broken = found.starts["serverless-wsgi"]

    assert [OURS, "apig-wsgi", "serverless-wsgi"] == list(found.starts)
    assert ["aws-wsgi"] == found.missing
    assert [200, 200] == [each.status for each in found.starts.values() if isinstance(each, Start)]
    assert isinstance(broken, StartFailed)
    assert "RuntimeError: broken" in str(broken)


def test_comparison_wants_the_app(tmp_path: Path) -> None:
    """Which is found by reading the function's module."""
    source = f"{FUNCTION}\nhandler = make_handler(*[app])".replace("make_handler(app)", "None")
    with pytest.raises(ConfigurationError, match=r"--compare needs make_handler\(app\) there"):
        measured(tmp_path, {"function.py": source, "web.py": WEB}, compare=True)
