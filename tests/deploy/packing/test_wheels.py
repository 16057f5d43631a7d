"""Packages for another machine, out of a folder of wheels instead of an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from lambda_bridge.deploy.packing.wheels import Target, find_missing, install, tags
from lambda_bridge.deploy.requirements import Requirements
from lambda_bridge.errors import ConfigurationError
from tests.deploy.index import make_source, make_wheel, use_only

if TYPE_CHECKING:
    from pathlib import Path

ARM = Target(12, "arm64", 34)
OTHER = Target(9, "x86_64", 17)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All that pip can find."""
    folder = tmp_path / "index"
    folder.mkdir()
    use_only(folder, monkeypatch)
    return folder


class Installed:
    """What `install` has done with some lines."""

    def __init__(self, tmp_path: Path, target: Target, *lines: str) -> None:
        self.said: list[str] = []
        self.folder = tmp_path / "site"
        install(Requirements(lines), target, self.folder, tmp_path / "work", say=self.said.append)

    @property
    def modules(self) -> list[str]:
        """Names of the files beside the metadata."""
        return sorted(path.name for path in self.folder.glob("*.*") if not path.name.endswith(".dist-info"))


def test_wheels_are_the_targets_and_not_this_machines(tmp_path: Path, index: Path) -> None:
    """Of its architecture, its Python, and a C library that is no newer than its own."""
    for number, tag in enumerate(
        [
            "cp312-cp312-manylinux_2_17_aarch64.manylinux2014_aarch64",
            "cp312-cp312-manylinux_2_35_aarch64",
            "cp312-cp312-manylinux_2_17_x86_64",
            "cp39-cp39-manylinux_2_17_aarch64",
        ],
        start=1,
    ):
        make_wheel(index, "native", f"{number}.0", tag)

    done = Installed(tmp_path, ARM, "native")

    assert (done.folder / "native.py").read_text() == "VERSION = '1.0'\n"
    assert done.said == []


def test_abi3_wheels_of_an_older_python_are_taken(tmp_path: Path, index: Path) -> None:
    """That is what they are for."""
    make_wheel(index, "stable", "1.0", "cp38-abi3-manylinux_2_17_aarch64")

    assert Installed(tmp_path, ARM, "stable").modules == ["stable.py"]


@pytest.mark.parametrize(
    ("target", "expected"),
    [(ARM, ["main.py", "on_arm.py", "on_new.py"]), (OTHER, ["main.py", "on_old.py"])],
    ids=str,
)
def test_environment_markers_are_the_targets(tmp_path: Path, index: Path, target: Target, expected: list[str]) -> None:
    """pip looks at the Python that it runs in, on one of which both would be the same."""
    needs = (
        'on_new; python_version >= "3.10"',
        'on_old; python_version < "3.10"',
        'on_arm; platform_machine == "aarch64"',
        'on_windows; sys_platform == "win32"',
    )
    make_wheel(index, "main", needs=needs)
    for name in ("on_new", "on_old", "on_arm", "on_windows"):
        make_wheel(index, name)

    assert Installed(tmp_path, target, "main").modules == expected


def test_pure_package_without_a_wheel_is_built_and_told_of(tmp_path: Path, index: Path) -> None:
    """Also where another package asks for it."""
    make_source(index, "bare")
    make_wheel(index, "main", needs=("bare==1.0",))

    done = Installed(tmp_path, ARM, "main")

    assert done.modules == ["bare.py", "main.py"]
    assert [line.partition(" has no wheel for ")[0] for line in done.said] == ["bare==1.0"]
    assert done.said[0].endswith("CPython 3.12 on Linux arm64 with glibc 2.34: building one of its source")


def test_package_that_only_this_machine_could_run_is_one_error(tmp_path: Path, index: Path) -> None:
    """It names the package, the target and the ways out."""
    make_source(index, "native", tag="cp312-cp312-linux_x86_64")

    with pytest.raises(ConfigurationError) as raised:
        Installed(tmp_path, ARM, "native>=1")

    told = str(raised.value)
    assert told.startswith("native>=1 has no wheel for CPython 3.12 on Linux arm64 with glibc 2.34, and ")
    assert "runs on machines like this one only" in told or "none can be built" in told
    assert all(way in told for way in ("--python", "--arch", "--glibc", "--find-links"))


def test_package_that_is_nowhere_is_one_error(tmp_path: Path, index: Path) -> None:
    """pip's own sentence is in it."""
    with pytest.raises(ConfigurationError, match=r"no_such_package==7 has no wheel .* No matching distribution"):
        Installed(tmp_path, ARM, "no_such_package==7")


def test_versions_that_contradict_each_other_are_told(tmp_path: Path, index: Path) -> None:
    """What pip says of them."""
    make_wheel(index, "one", needs=("common==1.0",))
    make_wheel(index, "two", needs=("common==2.0",))
    for version in ("1.0", "2.0"):
        make_wheel(index, "common", version)

    with pytest.raises(ConfigurationError, match=r"pip cannot install what is required: ERROR: Cannot install"):
        Installed(tmp_path, ARM, "one", "two")


def test_folder_of_a_project_is_built(tmp_path: Path, index: Path) -> None:
    """As `-e .` in requirements.txt is read."""
    source = make_source(tmp_path, "local")

    assert Installed(tmp_path, ARM, str(source)).modules == ["local.py"]


def test_modules_of_the_working_folder_are_not_pips(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app may call a module json."""
    (tmp_path / "json.py").write_text("raise SystemExit('the app is no part of pip')\n")
    monkeypatch.chdir(tmp_path)
    make_wheel(index, "main")

    assert Installed(tmp_path, ARM, "main").modules == ["main.py"]


def test_without_an_installer_the_way_out_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment of uv has no pip."""
    monkeypatch.setattr("lambda_bridge.deploy.packing.wheels.find_spec", lambda name: None)

    with pytest.raises(ConfigurationError, match="neither uv nor pip is here"):
        Installed(tmp_path, ARM, "main")


def test_tags_go_from_the_newest_library_to_the_oldest() -> None:
    """With the names from before PEP 600."""
    assert tags(Target(12, "arm64", 18)) == [
        "manylinux_2_18_aarch64",
        "manylinux_2_17_aarch64",
        "manylinux2014_aarch64",
    ]
    assert tags(Target(12, "x86_64", 26))[:2] == ["manylinux_2_26_x86_64", "manylinux_2_25_x86_64"]
    assert tags(Target(12, "x86_64", 26))[-3:] == ["manylinux2014_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64"]


@pytest.mark.parametrize(
    ("output", "missing"),
    [
        ("ERROR: No matching distribution found for bare==1.0", "bare==1.0"),
        ("ERROR: No matching distribution found for bare>=1 (from main)", "bare>=1"),
        (
            "Additionally, some packages in these conflicts have no matching distributions available for your environment:\n    bare\n",
            "bare",
        ),
        ("  × No solution found\n  ╰─▶ Because only bare==1.0 is available and bare==1.0 has no usable wheels, we", "bare==1.0"),
        ("cause: Because all versions of bare have no usable wheels and you require bare, we can", "bare"),
        ("error: something else", None),
    ],
)  # fmt: skip
def test_what_an_installer_lacks(output: str, missing: str | None) -> None:
    """In the words of pip and of uv."""
    assert find_missing(output) == missing
