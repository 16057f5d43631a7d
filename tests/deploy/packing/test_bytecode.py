"""Bytecode of the target's Python."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lambda_bridge.deploy.packing import bytecode
from lambda_bridge.deploy.packing.archive import sha256
from lambda_bridge.errors import ConfigurationError

MINOR = sys.version_info[1]
CACHED = f"__pycache__/a.cpython-3{MINOR}.pyc"


def make(folder: Path) -> Path:
    """A folder with three modules, one of which is none."""
    folder.mkdir()
    (folder / "a.py").write_text("def f():\n    raise ValueError({'a', 'b', 'c'})\n", encoding="utf-8")
    (folder / "b.py").write_text("import a\n", encoding="utf-8")
    (folder / "old.py").write_text("print 'two'\n", encoding="utf-8")
    return folder


def test_bytecode_is_used_without_a_look_at_its_source(tmp_path: Path) -> None:
    """Its flags say so (PEP 552): 1 for a hash, and not 3 for one that is checked."""
    folder = make(tmp_path / "x")

    assert bytecode.compile_all(folder, ["a.py", "b.py", "old.py"], sys.executable) == ["old.py"]
    assert (folder / CACHED).read_bytes()[4:8] == b"\1\0\0\0"
    (folder / "a.py").write_text("raise SystemExit('it was compiled again')\n")
    code = "import sys; sys.path.insert(0, '.'); import b; print('as it was')"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == "as it was\n"


def test_bytecode_is_the_same_wherever_and_whenever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No folder of this machine is in it, and no seed."""
    digests = set()
    for name, seed in (("one", "1"), ("another, 长", "2")):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        folder = make(tmp_path / name)
        os.utime(folder / "a.py", (1, 1))
        bytecode.compile_all(folder, ["b.py", "a.py"][:: 1 if seed == "1" else -1], sys.executable)
        digests.add(sha256(folder / CACHED))
        assert name.encode() not in (folder / CACHED).read_bytes()

    assert len(digests) == 1


def test_bare_bytecode_has_no_docstrings(tmp_path: Path) -> None:
    """It has the name of any other, so that it is taken without -OO."""
    for name in ("a.py", "b.py"):
        (tmp_path / name).write_text('"""What it is."""\ndef f():\n    """What it does."""\n')
    (tmp_path / "main.py").write_text("import a, b; print(a.__doc__, a.f.__doc__, b.__doc__, b.f.__doc__, sep='|')\n")

    assert bytecode.compile_all(tmp_path, ["a.py", "b.py"], sys.executable, bare=["a.py"]) == []
    done = subprocess.run([sys.executable, "main.py"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "None|None|What it is.|What it does.\n" == done.stdout


def test_bytecode_alone_is_imported_without_its_source(tmp_path: Path) -> None:
    """It lies where the source did."""
    folder = make(tmp_path / "x")
    bytecode.compile_all(folder, ["a.py"], sys.executable, alone=["a.py"])
    (folder / "a.py").unlink()

    code = "import sys; sys.path.insert(0, '.'); import a; print(a.f.__name__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)

    assert (done.stdout, (folder / "a.pyc").exists()) == ("f\n", True)


def test_modules_of_the_app_are_not_the_compilers(tmp_path: Path) -> None:
    """An app may call a module json."""
    folder = make(tmp_path / "x")
    (folder / "json.py").write_text("raise SystemExit('the app was imported')\n")

    assert bytecode.compile_all(folder, ["a.py", "json.py"], sys.executable) == []


def test_running_python_is_found_first() -> None:
    """No other has to be there."""
    assert bytecode.find_python(MINOR) == sys.executable


def test_pyenvs_newest_patch_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If it is what its folder says, and starts."""
    minor = 77
    for patch, says in (("9", "cpython 3 77"), ("10", "cpython 3 77"), ("11", "cpython 3 78")):
        program = tmp_path / "versions" / f"3.{minor}.{patch}" / "bin" / "python"
        program.parent.mkdir(parents=True)
        program.write_text(f"#!/bin/sh\necho {says}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))

    assert bytecode.find_python(minor) == str(tmp_path / "versions" / "3.77.10" / "bin" / "python")


@pytest.mark.parametrize(("program", "found"), [("python3.77", "python3.77"), ("uv", "of-uv")])
def test_python_on_path_or_of_uv_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str, found: str
) -> None:
    """After pyenv's."""
    (tmp_path / "of-uv").write_text("#!/bin/sh\necho cpython 3 77\n")
    script = f"#!/bin/sh\necho {tmp_path}/of-uv\n" if program == "uv" else "#!/bin/sh\necho cpython 3 77\n"
    (tmp_path / program).write_text(script)
    for path in tmp_path.iterdir():
        path.chmod(0o755)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", str(tmp_path))

    assert bytecode.find_python(77) == str(tmp_path / found)


def test_without_one_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shim of pyenv's that does not start is none either."""
    (tmp_path / "python3.77").write_text("#!/bin/sh\necho pyenv: not chosen >&2; exit 127\n")
    (tmp_path / "python3.77").chmod(0o755)
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))

    assert bytecode.find_python(77) is None


def test_interpreter_that_breaks_is_told(tmp_path: Path) -> None:
    """With its last words."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho broken >&2; exit 3\n")
    program.chmod(0o755)

    with pytest.raises(ConfigurationError, match="cannot compile the package: broken"):
        bytecode.compile_all(tmp_path, [], str(program))


def test_names_of_bytecode() -> None:
    """In the folder beside the source."""
    assert "a/__pycache__/b.cpython-312.pyc" == bytecode.name_of("a/b.py", 12)
    assert CACHED == bytecode.name_of("a.py", MINOR)
