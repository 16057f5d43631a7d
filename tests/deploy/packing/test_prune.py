"""What of installed packages is not needed."""

from __future__ import annotations

import zipfile
from importlib.metadata import distributions
from pathlib import Path
from typing import Optional

import pytest

from lambda_bridge.deploy.packing import prune
from lambda_bridge.deploy.paths import list_files
from tests.deploy.index import make_wheel

READER = "from importlib.metadata import version\n"


def install(site: Path, name: str, files: dict[str, str], needs: tuple[str, ...] = (), **more: str) -> None:
    """As pip would."""
    wheels = site.parent / "wheels"
    wheels.mkdir(exist_ok=True)
    site.mkdir(exist_ok=True)
    told = {path.replace("__", "."): text for path, text in more.items()}
    with zipfile.ZipFile(make_wheel(wheels, name, files=files, needs=needs, more=told)) as archive:
        archive.extractall(site)


def unneeded(site: Path, app: Optional[Path] = None) -> dict[str, str]:
    return prune.find_unneeded(site, prune.read_distributions(site), app)


def test_what_no_function_reads(tmp_path: Path) -> None:
    """By its name, wherever it lies in packages."""
    files = {
        "pkg/__init__.py": "",
        "pkg/__init__.pyi": "",
        "pkg/py.typed": "",
        "pkg/fast.c": "",
        "pkg/include/fast.h": "",
        "pkg/__pycache__/x.pyc": "",
        "pkg/data.txt": "",
        "pkg-stubs/__init__.pyi": "",
        "bin/pkg": "",
        "share/man/man1/pkg.1": "",
        "share/pkg/data": "",
    }
    install(tmp_path / "site", "pkg", files)

    found = unneeded(tmp_path / "site")

    assert {name: why for name, why in found.items() if why != "metadata"} == {
        "pkg/__init__.pyi": "type stubs",
        "pkg/py.typed": "type stubs",
        "pkg-stubs/__init__.pyi": "type stubs",
        "pkg/fast.c": "headers and sources of extensions",
        "pkg/include/fast.h": "headers and sources of extensions",
        "pkg/__pycache__/x.pyc": "caches",
        "bin/pkg": "scripts",
        "share/man/man1/pkg.1": "docs",
    }


@pytest.mark.parametrize(
    ("source", "stays"),
    [
        ("import pkg\n", False),
        ("# pytest runs the tests of a test\n", False),
        ("import pkg.tests\n", True),
        ("import pkg.tests.data\n", True),
        ("from . import tests\n", True),
        ("from .tests import data\n", True),
        ("from pkg import (\n    x,\n    tests,\n)\n", True),
        ("RUNNER = 'pkg.tests.Runner'\n", True),
        ("def x(: tests\n", False),
    ],
)
def test_tests_stay_where_something_imports_or_names_them(tmp_path: Path, source: str, stays: bool) -> None:
    """Django's settings name django.test.runner; data beside tests goes with them."""
    files = {"pkg/__init__.py": source, "pkg/tests/__init__.py": "", "pkg/tests/a.py": "import pkg.tests\n", "pkg/tests/a.json": ""}  # fmt: skip
    install(tmp_path / "site", "pkg", files)

    tests = {name for name, why in unneeded(tmp_path / "site").items() if why == "tests"}

    assert tests == (set() if stays else {"pkg/tests/__init__.py", "pkg/tests/a.py", "pkg/tests/a.json"})


def test_tests_stay_where_the_app_imports_them(tmp_path: Path) -> None:
    """It is a source like any other."""
    install(tmp_path / "site", "pkg", {"pkg/__init__.py": "", "pkg/test/__init__.py": ""})
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.py").write_text("from pkg.test import x\n")

    assert "tests" not in unneeded(tmp_path / "site", tmp_path / "app").values()


def test_folder_of_templates_called_tests_stays(tmp_path: Path) -> None:
    """Only packages have tests."""
    install(tmp_path / "site", "pkg", {"pkg/__init__.py": "", "pkg/templates/tests/a.py": "", "pkg/tests.py": ""})

    assert "tests" not in unneeded(tmp_path / "site").values()


def metadata_left(site: Path, app: Optional[Path] = None) -> set[str]:
    """The files of metadata that stay."""
    gone = unneeded(site, app)
    return {name for name in list_files(site) if ".dist-info/" in name and name not in gone}


def test_metadata_that_nothing_reads_goes(tmp_path: Path) -> None:
    """All of it, also the entry points of commands and plugins."""
    install(tmp_path / "site", "pkg", {"pkg.py": ""}, entry_points__txt="[some.plugins]\na = pkg\n")

    assert metadata_left(tmp_path / "site") == set()


@pytest.mark.parametrize(
    "reader",
    [
        "from importlib.metadata import version\nversion('pkg')\n",
        "import importlib.metadata\nNAMES = ['Pkg']\n",
        "from importlib import metadata\nmetadata.version('pkg')\n",
        "try:\n    import importlib_metadata as m\nexcept ImportError:\n    m = None\nm.version('pkg')\n",
    ],
)
def test_metadata_that_a_reader_names_stays(tmp_path: Path, reader: str) -> None:
    """The name and version; who reads may be the app."""
    site, app = tmp_path / "site", tmp_path / "app"
    install(site, "pkg", {"pkg.py": ""}, INSTALLER="pip")
    install(site, "other", {"other.py": ""})
    app.mkdir()
    (app / "main.py").write_text(reader)

    assert metadata_left(site, app) == {"pkg-1.0.dist-info/METADATA"}


def test_metadata_of_a_reader_stays(tmp_path: Path) -> None:
    """It asks for its own version by __name__; who names another one does so in any of its files."""
    install(tmp_path / "site", "pkg", {"pkg/__init__.py": READER + "version(__name__)", "pkg/table.py": "['other']"})
    install(tmp_path / "site", "other", {"other.py": ""})
    install(tmp_path / "site", "third", {"third.py": "['pkg']"})

    assert metadata_left(tmp_path / "site") == {"pkg-1.0.dist-info/METADATA", "other-1.0.dist-info/METADATA"}


def test_entry_points_of_plugins_stay_where_something_reads_metadata(tmp_path: Path) -> None:
    """Who asks for a group names no distribution; those of commands are nobody's business."""
    install(tmp_path / "site", "reader", {"reader.py": READER})
    install(tmp_path / "site", "plugin", {"plugin.py": ""}, entry_points__txt="[some.plugins]\na = plugin\n")
    install(tmp_path / "site", "tool", {"tool.py": ""}, entry_points__txt="[console_scripts]\na = tool:main\n")

    assert metadata_left(tmp_path / "site") == {
        "reader-1.0.dist-info/METADATA",
        "plugin-1.0.dist-info/METADATA",
        "plugin-1.0.dist-info/entry_points.txt",
    }


def test_where_all_distributions_are_looked_at_all_stay(tmp_path: Path) -> None:
    """With the lists of their files, but without what only installers read."""
    install(tmp_path / "site", "reader", {"reader.py": "import pkg_resources\npkg_resources.require('x')"})
    install(tmp_path / "site", "pkg", {"pkg.py": ""}, INSTALLER="pip", top_level__txt="pkg\n")

    assert metadata_left(tmp_path / "site") == {
        "reader-1.0.dist-info/METADATA",
        "reader-1.0.dist-info/RECORD",
        "pkg-1.0.dist-info/METADATA",
        "pkg-1.0.dist-info/RECORD",
        "pkg-1.0.dist-info/top_level.txt",
    }


@pytest.mark.parametrize(
    ("required", "gone"),
    [
        ({"boto3"}, ["boto3", "botocore", "urllib3"]),
        ({"boto3", "requests"}, ["boto3", "botocore"]),
        ({"boto3", "urllib3"}, ["boto3", "botocore"]),
        ({"requests"}, []),
    ],
)
def test_what_the_runtime_has_goes_unless_something_else_needs_it(
    tmp_path: Path, required: set[str], gone: list[str]
) -> None:
    """The SDK always, what it depends on only where it came for the SDK's sake."""
    site = tmp_path / "site"
    site.mkdir()
    if "boto3" in required:
        install(site, "boto3", {"boto3.py": ""}, ("botocore<2",))
        install(site, "botocore", {"botocore.py": ""}, ("urllib3>1",))
    if "requests" in required:
        install(site, "requests", {"requests.py": ""}, ("urllib3 (>=1)",))
    install(site, "urllib3", {"urllib3.py": ""})

    found = prune.find_in_runtime(prune.read_distributions(site), required, ("boto3", "botocore"), ("urllib3", "six"))

    assert [each.name for each in found] == gone


PLUGIN = "from mypy.plugin import Plugin\n"


@pytest.mark.parametrize(
    ("files", "gone"),
    [
        ({"pkg/mypy.py": PLUGIN}, ["pkg/mypy.py"]),
        ({"pkg/mypy.py": "import mypy.nodes as nodes\n"}, ["pkg/mypy.py"]),
        ({"pkg/mypy.py": PLUGIN, "mypy/__init__.py": ""}, []),
        ({"pkg/mypy.py": "try:\n    import mypy\nexcept ImportError:\n    mypy = None\n"}, []),
        ({"pkg/mypy.py": "from .mypy import x\n"}, []),
        ({"pkg/mypy.py": "import x from y\n"}, []),
        ({"pkg/other.py": PLUGIN}, []),
    ],
)
def test_plugins_of_mypy_go_where_it_is_not(tmp_path: Path, files: dict[str, str], gone: list[str]) -> None:
    """Only what could not be imported there anyway."""
    install(tmp_path, "pkg", files)

    assert gone == [name for name, reason in unneeded(tmp_path).items() if reason == "plugins of mypy"]


def test_mypy_of_the_app_counts(tmp_path: Path) -> None:
    """It may lie beside its packages."""
    install(tmp_path / "site", "pkg", {"pkg/mypy.py": PLUGIN})
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "mypy.py").write_text("")

    assert "pkg/mypy.py" not in unneeded(tmp_path / "site", tmp_path / "app")


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_descriptions_go_and_fields_stay(tmp_path: Path, end: str) -> None:
    """What reads metadata finds all of its fields."""
    info = tmp_path / "pkg-1.0.dist-info"
    info.mkdir()
    text = f"Metadata-Version: 2.1{end}Name: pkg{end}Version: 1.0{end}License: a{end}        b{end}{end}# pkg{end}{end}Words.{end}"
    (info / "METADATA").write_bytes(text.encode())

    assert ["pkg-1.0.dist-info/METADATA"] == prune.drop_descriptions(tmp_path)
    (found,) = distributions(path=[str(tmp_path)])
    assert ("pkg", "1.0") == (found.metadata["Name"], found.version)
    assert found.metadata["License"].split() == ["a", "b"]
    assert "Words" not in (info / "METADATA").read_text()
    assert [] == prune.drop_descriptions(tmp_path)


def test_description_stays_where_the_files_are_looked_at(tmp_path: Path) -> None:
    """RECORD says how long it is."""
    info = tmp_path / "pkg-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: pkg\n\nWords.\n")
    (info / "RECORD").write_text("")

    assert [] == prune.drop_descriptions(tmp_path)
