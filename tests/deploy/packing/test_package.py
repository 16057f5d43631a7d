"""From a folder to a zip, with packages out of a folder instead of an index."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from lambda_bridge.deploy import clouds
from lambda_bridge.deploy.packing import archive, bytecode
from lambda_bridge.deploy.packing.package import Package, Plan, build
from lambda_bridge.errors import ConfigurationError
from tests.deploy.index import make_wheel, use_only

MINOR = sys.version_info[1]
PYC = f"cpython-3{MINOR}.pyc"
APP = """
import pkg

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [pkg.WORD.encode()]
"""


@pytest.fixture(scope="module")
def made_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What pip finds: a package with much that is not needed, and the SDK of AWS."""
    folder = tmp_path_factory.mktemp("index")
    files = {
        "pkg/__init__.py": "WORD = 'hello'\n",
        "pkg/__init__.pyi": "WORD: str\n",
        "pkg/tests/__init__.py": "",
        "pkg/data/big.bin": "0123456789" * 30_000,
    }
    make_wheel(folder, "pkg", files=files)
    make_wheel(folder, "boto3", files={"boto3.py": "sdk = 1\n"})
    return folder


@pytest.fixture
def project(tmp_path: Path, made_index: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An app that needs a package."""
    use_only(made_index, monkeypatch)
    folder = tmp_path / "my app 我"
    folder.mkdir()
    (folder / "myapp.py").write_text(APP, encoding="utf-8")
    (folder / "test_myapp.py").write_text("import myapp\n")
    (folder / "requirements.txt").write_text("lambda-bridge\npkg\nboto3\n")
    return folder


def make(project: Path, name: str = "app.zip", **more: Any) -> Package:
    work = project.parent / f"work of {name}"
    work.mkdir()
    plan = Plan("myapp:app", "aws", MINOR, project.parent / name, project)._replace(**more)
    return build(plan, work, lambda line: None)


def notes_of(package: Package) -> list[str]:
    """But the one that the cloud has no such Python, which depends on the one that runs."""
    return [note for note in package.notes if " had Python " not in note]


def names_in(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as opened:
        return set(opened.namelist())


def call(*folders: Path) -> str:
    """What the function in *folders* answers, in a process that has nothing else."""
    code = (
        "import sys; sys.path[:0] = sys.argv[1:]; import function\n"
        "event = {'version': '2.0', 'routeKey': '$default', 'rawPath': '/', 'rawQueryString': '', 'headers': {},\n"
        "    'requestContext': {'http': {'method': 'GET', 'path': '/', 'sourceIp': '203.0.113.9', 'protocol': 'HTTP/1.1'},\n"
        "    'domainName': 'a.execute-api.eu-west-1.amazonaws.com', 'stage': '$default'}, 'isBase64Encoded': False}\n"
        "print(function.handler(event, None)['body'])"
    )
    command = [sys.executable, "-I", "-S", "-B", "-c", code, *map(str, folders)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def unpack(path: Path) -> Path:
    folder = path.with_suffix("")
    with zipfile.ZipFile(path) as opened:
        opened.extractall(folder)
    return folder


def test_package_has_what_the_function_needs_and_answers(project: Path) -> None:
    """The app, its packages, ours, bytecode of each; and no more."""
    package = make(project)
    names = names_in(package.archive)

    assert {
        "function.py",
        "myapp.py",
        f"__pycache__/myapp.{PYC}",
        "pkg/__init__.py",
        f"pkg/__pycache__/__init__.{PYC}",
    } <= names
    assert {"lambda_bridge/handler.py", "lambda_bridge/formats/aws_http.py", "asgiref/sync.py"} <= names
    assert {name.partition("/")[0] for name in names} == {"__pycache__", "asgiref", "function.py", "lambda_bridge", "myapp.py", "pkg"}  # fmt: skip
    assert not {"pkg/__init__.pyi", "pkg/tests/__init__.py", "lambda_bridge/cli.py", "requirements.txt"} & names
    assert package.left["tests"] == ["test_myapp.py", "pkg/tests/__init__.py"]
    assert [why for why, those in package.left.items() if those == ["boto3"]] == [
        "what AWS Lambda's runtime has (--keep-sdk packs it)"
    ]
    assert package.entry.setting == "function.handler"
    assert {each.name for each in package.files} == names
    assert {each.owner for each in package.files} == {"app", "asgiref", "lambda-bridge", "pkg"}
    assert call(unpack(package.archive)) == "hello\n"


def test_an_unpacked_package_is_not_packed_again(project: Path) -> None:
    """Some tools want the zip unpacked beside it; a folder of the app's own by that name is the app's."""
    for name in ("dist/app/lambda_bridge/handler.py", "dist/app/myapp.py", "app/data.txt"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("")

    again = names_in(make(project, "1", output=project / "dist" / "app.zip").archive)
    beside = names_in(make(project, "2", output=project / "app.zip", exclude=("dist",)).archive)

    assert not [name for name in again if name.startswith("dist/")]
    assert "app/data.txt" in again & beside


def test_package_is_the_same_wherever_and_whenever(project: Path) -> None:
    """Another folder, another umask, other times: the same bytes."""
    first = archive.sha256(make(project).archive)
    other = project.parent / "another"
    shutil.copytree(project, other)
    for path in other.rglob("*"):
        os.utime(path, (10**9, 10**9))
        path.chmod(0o600)
    before = os.umask(0o077)
    try:
        second = archive.sha256(make(other, "again.zip").archive)
    finally:
        os.umask(before)

    assert first == second


def test_packages_of_a_layer_lie_in_a_zip_of_their_own(project: Path) -> None:
    """Below the folder that the cloud puts on Python's path; what is staged is whole."""
    package = make(project, layer=True)

    assert package.layer
    assert package.layer.name == "app-layer.zip"
    assert names_in(package.archive) == {"myapp.py", "function.py", f"__pycache__/myapp.{PYC}", f"__pycache__/function.{PYC}"}  # fmt: skip
    assert {name.partition("/")[0] for name in names_in(package.layer)} == {"python"}
    assert call(unpack(package.archive), unpack(package.layer) / "python") == "hello\n"
    assert call(package.folder) == "hello\n"


def test_packages_lie_where_the_cloud_looks_for_them(project: Path) -> None:
    """Scaleway in a folder, Azure in another one, with its host.json."""
    scaleway = names_in(make(project, cloud="scaleway").archive)
    azure = names_in(make(project, "azure.zip", cloud="azure").archive)

    assert {"handler.py", "myapp.py", "package/pkg/__init__.py", "package/lambda_bridge/handler.py"} <= scaleway
    assert {"host.json", "function_app.py", ".python_packages/lib/site-packages/lambda_bridge/azure.py"} <= azure
    # No SDK is in its runtime.
    assert "package/boto3.py" in scaleway


def test_own_runtime_and_kept_sdk(project: Path) -> None:
    """A program that starts it, and what is packed on request."""
    package = make(project, own_runtime=True, keep_sdk=True)

    assert {"lambda_bridge/runtime/__main__.py", "boto3.py"} <= names_in(package.archive)
    with zipfile.ZipFile(package.archive) as opened:
        assert opened.getinfo("bootstrap").external_attr >> 16 == 0o100755
        assert opened.read("bootstrap").endswith(b"-m lambda_bridge.runtime function:handler\n")


def test_bootstrap_of_the_users_is_not_written_over(project: Path) -> None:
    """It may be one that does more."""
    (project / "bootstrap").write_text("#!/bin/sh\n")

    with pytest.raises(ConfigurationError, match=r"bootstrap is there already: .*--exclude bootstrap"):
        make(project, own_runtime=True)


@pytest.mark.parametrize("sources", ["app", "none"])
def test_package_without_sources_answers(project: Path, sources: str) -> None:
    """Packages' own, or all."""
    package = make(project, sources=sources)

    left = {name for name in names_in(package.archive) if name.endswith(".py")}
    assert left == ({"myapp.py", "function.py"} if sources == "app" else set())
    assert call(unpack(package.archive)) == "hello\n"


def test_include_and_exclude(project: Path) -> None:
    """Patterns of paths in the zip."""
    (project / ".well-known").mkdir()
    (project / ".well-known" / "x").write_text("")
    package = make(project, include=(".well-known",), exclude=("pkg/data", "*.md"))

    assert ".well-known/x" in names_in(package.archive)
    assert package.left["what --exclude names"] == ["pkg/data/big.bin"]
    assert "pkg/data/big.bin" not in names_in(package.archive)


def test_without_the_targets_python_there_is_no_bytecode_and_that_is_said(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what it costs; the package is made."""
    monkeypatch.setattr(bytecode, "find_python", lambda minor: None)

    package = make(project)

    assert not any(name.endswith(".pyc") for name in names_in(package.archive))
    (note,) = notes_of(package)
    assert note.startswith(f"no bytecode is in: there is no Python 3.{MINOR} here")
    assert "0.76 s instead of 0.43 s" in note


@pytest.mark.parametrize("limit", ["unzipped", "zipped"])
def test_package_that_is_too_large_names_the_heaviest(
    project: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    """And is not written."""
    small: dict[str, Any] = {limit: 20_000}
    monkeypatch.setitem(clouds.CLOUDS, "aws", clouds.CLOUDS["aws"]._replace(**small))

    with pytest.raises(ConfigurationError) as raised:
        make(project)

    told = str(raised.value).splitlines()
    assert told[0].startswith("the package is too large for AWS Lambda: ")
    assert f" {limit}, and 19.5 kB is the most (https://docs.aws" in told[0]
    assert {line.split()[-1] for line in told[1:]} == {"lambda-bridge", "pkg", "app", "asgiref"}
    assert not (project.parent / "app.zip").exists()


def test_zip_for_which_a_bucket_is_needed_is_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no error: the bucket takes it."""
    monkeypatch.setitem(clouds.CLOUDS, "aws", clouds.CLOUDS["aws"]._replace(direct=1000))

    (note,) = notes_of(make(project))

    assert note.startswith("app.zip is too large to be uploaded as it is (")


def test_file_of_the_app_stands_in_the_place_of_a_packages(project: Path) -> None:
    """As where the app is developed: its folder comes first; that is said."""
    (project / "pkg").mkdir()
    (project / "pkg" / "__init__.py").write_text("WORD = 'mine'\n")

    package = make(project)

    assert notes_of(package) == ["files of the app stand in the place of packages' own: pkg/__init__.py"]
    assert call(unpack(package.archive)) == "mine\n"


def test_read_only_project_is_packed(project: Path) -> None:
    """Nothing is written into it."""
    (project / "myapp.py").chmod(0o444)
    project.chmod(0o555)
    before = sorted(project.iterdir())
    try:
        assert "myapp.py" in names_in(make(project).archive)
    finally:
        project.chmod(0o755)
    assert sorted(project.iterdir()) == before


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"cloud": "tencent", "arch": "arm64"}, "Tencent Cloud SCF has no arm64: use --arch x86_64"),
        ({"cloud": "gcp", "layer": True}, "Google Cloud Run functions has no layers: leave --layer out"),
        ({"cloud": "gcp", "own_runtime": True}, "our runtime is AWS Lambda's"),
        ({"output": Path("app.tar")}, "'app.tar' is no name of a zip"),
        ({"folder": Path("/no/such/folder")}, "there is no folder '/no/such/folder'"),
    ],
)
def test_what_does_not_go_together_is_told(project: Path, more: dict[str, Any], said: str) -> None:
    """Before anything is downloaded."""
    with pytest.raises(ConfigurationError) as raised:
        make(project, **more)
    assert said in str(raised.value)


def test_app_without_packages(project: Path) -> None:
    """Only what ours needs; a Python that the cloud does not have is no error, as tables age."""
    (project / "requirements.txt").unlink()
    (project / "myapp.py").write_text(APP.replace("import pkg", "class pkg: WORD = 'bare'"))
    (project / "Production.ENV").write_text("PASSWORD=1")

    package = make(project, cloud="aliyun", minor=MINOR)

    assert any(note.startswith("Production.ENV may hold secrets, ") for note in package.notes)
    assert any(note.startswith("no requirements.txt, uv.lock, pyproject.toml in ") for note in package.notes)
    assert {each.owner for each in package.files} == {"app", "asgiref", "lambda-bridge"}
