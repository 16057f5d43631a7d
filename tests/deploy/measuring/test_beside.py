"""What is installed here and copied beside a package: what was named, and what that requires."""

from __future__ import annotations

from pathlib import Path

import pytest

from lambda_bridge.deploy import clouds
from lambda_bridge.deploy.measuring.beside import gather, paths_on
from tests.deploy.trees import write_tree


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed distributions: outer requires inner, and extras, and what is not there."""
    site = tmp_path / "site"
    outer = "Metadata-Version: 2.1\nName: Outer_One\nVersion: 1\nRequires-Dist: inner>=1; python_version>'3'\n"
    outer += "Requires-Dist: extra-only; extra == 'x'\nRequires-Dist: absent\n"
    write_tree(
        site,
        {
            "outer/__init__.py": "",
            "outer_one-1.dist-info/METADATA": outer,
            "outer_one-1.dist-info/RECORD": "outer/__init__.py,,\nouter/gone.py,,\n../../bin/outer,,\nouter_one-1.dist-info/METADATA,,\n",
            "inner.py": "",
            "inner-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: inner\nVersion: 1\nRequires-Dist: Outer.One\n",
            "inner-1.dist-info/RECORD": "inner.py,,\n",
            "extra_only.py": "",
            "extra_only-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: extra-only\nVersion: 1\n",
            "extra_only-1.dist-info/RECORD": "extra_only.py,,\n",
        },
    )
    monkeypatch.syspath_prepend(str(site))
    return site


def found_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@pytest.mark.usefixtures("installed")
def test_what_is_named_and_what_that_requires(tmp_path: Path) -> None:
    """In a circle too; no scripts, no extras, nothing else that is installed."""
    missing = gather(["outer-one", "never-heard-of"], tmp_path / "target")

    assert ["never-heard-of"] == missing
    assert ["inner.py", "outer/__init__.py", "outer_one-1.dist-info/METADATA"] == found_in(tmp_path / "target")


@pytest.mark.usefixtures("installed")
def test_paths_on_a_cloud(tmp_path: Path) -> None:
    """Its folder of packages, and what its runtime has; what is missing here is told, where it is always left out."""
    cloud = clouds.CLOUDS["azure"]._replace(has=("inner", "never-heard-of"), has_with_them=("neither",))
    with paths_on(cloud, tmp_path / "root") as paths:
        packages, runtime = paths.folders

        assert tmp_path / "root" / cloud.packages == packages
        assert "inner.py" in found_in(runtime)
        assert ("never-heard-of",) == paths.absent
    assert not runtime.exists()
