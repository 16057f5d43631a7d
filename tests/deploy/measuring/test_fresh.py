"""Fresh processes: which interpreter, what they see, and that nothing of them stays."""

from __future__ import annotations

import os
import select
import sys
from pathlib import Path

import pytest

from lambda_bridge.deploy.measuring import fresh
from lambda_bridge.errors import ConfigurationError


def code(text: str) -> list[str]:
    return [sys.executable, *fresh.ISOLATED, "-c", text]


def test_interpreter_by_version_name_and_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """The version of this one is this one."""
    monkeypatch.setenv("PATH", os.path.dirname(sys.executable))
    version = f"3.{sys.version_info[1]}"
    name = os.path.basename(sys.executable)

    assert [sys.executable] * 3 == [fresh.find_python(each) for each in (version, name, sys.executable)]


@pytest.mark.parametrize(("name", "said"), [("3.99", "no Python 3.99"), ("no-python", "no interpreter 'no-python'")])
def test_interpreter_that_is_not_here(name: str, said: str) -> None:
    """One sentence, with the way out."""
    with pytest.raises(ConfigurationError, match=rf"there is {said} here: .* --python"):
        fresh.find_python(name)


def test_what_an_interpreter_says_of_itself() -> None:
    """Its version, and how it names its bytecode."""
    found = fresh.ask_python(sys.executable)

    assert (sys.executable, ".".join(map(str, sys.version_info[:3]))) == (found.path, found.version)
    assert sys.implementation.cache_tag == found.tag


def test_program_that_is_no_python(tmp_path: Path) -> None:
    """It starts, and says nothing."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    with pytest.raises(ConfigurationError, match="is no Python that runs"):
        fresh.ask_python(str(program))


def test_python_that_is_too_old(tmp_path: Path) -> None:
    """Our handler does not run on it."""
    program = tmp_path / "python"
    program.write_text("#!/bin/sh\necho 3.8.18 cpython-38\n")
    program.chmod(0o755)
    with pytest.raises(ConfigurationError, match=r"is Python 3\.8\.18: lambda-bridge runs on 3\.9"):
        fresh.ask_python(str(program))


def test_status_and_outputs(tmp_path: Path) -> None:
    """Apart, with escapes for what is no text; the folder is the working one, the variables are added."""
    program = "import os, sys; sys.stdout.buffer.write(b'\\xff'); sys.stderr.write(os.getcwd() + os.environ['A']); sys.exit(3)"
    done = fresh.run(code(program), tmp_path, 60, {"A": "!"})

    assert (3, "\\xff", f"{os.path.realpath(tmp_path)}!") == (done.status, done.output, done.errors)


def test_variables_for_python_have_no_effect(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor do packages that are installed: a cloud has neither."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = fresh.run(code("import sys; print(*sys.path, sep='\\n')"), tmp_path, 60)

    assert str(tmp_path) not in done.output
    assert "site-packages" not in done.output


def test_program_that_is_not_there(tmp_path: Path) -> None:
    """Said as such."""
    with pytest.raises(ConfigurationError, match=r"'no-such' cannot be started \(No such file"):
        fresh.run(["no-such"], tmp_path, 1)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no process groups either")
def test_children_end_with_it(tmp_path: Path) -> None:
    """Even those that it did not wait for, and which hold its outputs open."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    child = "import threading; file = open('fifo', 'w'); print('up', flush=True); threading.Event().wait()"
    program = (
        f"import os, subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {child!r}], stdout=-1);"
        "child.stdout.readline(); os._exit(0)"
    )
    done = fresh.run(code(program), tmp_path, 60)
    try:
        # It can be read, and has nothing, when nobody has it open any more.
        ready, _, _ = select.select([reader], [], [], 30)
        assert (0, [reader], b"") == (done.status, ready, os.read(reader, 1))
    finally:
        os.close(reader)


def test_driver_that_comes_to_nothing(tmp_path: Path) -> None:
    """The process has ended before anything was written down."""
    (tmp_path / "function.py").write_text("import os, sys\nprint('no', file=sys.stderr, flush=True)\nos._exit(3)")
    task = {"paths": [str(tmp_path)], "module": "function", "mark": "--"}

    done, told = fresh.drive(sys.executable, task, tmp_path, 60)

    assert (3, None) == (done.status, told)
    assert "no" == fresh.last_line(done.errors)


def test_last_line_of_nothing() -> None:
    """A process may have written nothing, or empty lines."""
    assert ["", ""] == [fresh.last_line(""), fresh.last_line("\n\n")]
