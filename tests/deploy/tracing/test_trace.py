"""What a run of the app's tests, or of requests, does not reach."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lambda_bridge.deploy.paths import matches
from lambda_bridge.deploy.tracing.trace import Trace, describe, find_unused, read_requests
from lambda_bridge.deploy.tracing.unused import Unused
from lambda_bridge.errors import ConfigurationError
from tests.deploy.trees import packed, write_tree

if TYPE_CHECKING:
    from lambda_bridge.deploy.packing.zips import Packed

FUNCTION = """
import sys
from lambda_bridge import make_handler
import used

def app(environ, start_response):
    if environ["PATH_INFO"] == "/template":
        open(used.__path__[0] + "/templates/page.html").close()
    if environ["PATH_INFO"] == "/fail":
        raise RuntimeError("no database")
    start_response("200 OK", [])
    return [b""]

handler = make_handler(app)
"""

FILES = {
    "function.py": FUNCTION,
    "used/__init__.py": "",
    "used/templates/page.html": "",
    "used/locale/zh.mo": "",
    "never/__init__.py": "",
    "never/deep/x.py": "",
}
OWNERS = {"used": "used", "never": "never"}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Packed]:
    """The files of a staged package in the folder ``staged``; the working folder is the app's own."""
    write_tree(tmp_path / "staged", FILES, ours=True)
    write_tree(tmp_path / "project", {"function.py": FUNCTION})
    monkeypatch.chdir(tmp_path / "project")
    return [packed(name, 20_000, 10_000, OWNERS.get(name.partition("/")[0], "app")) for name in FILES]


def trace(tmp_path: Path, package: list[Packed], how: str) -> Trace:
    return find_unused(tmp_path / "staged", how, package, "function:handler", sys.executable)


def names(found: Trace) -> list[str]:
    return [row.name for row in found.unused]


def test_requests_of_a_file(tmp_path: Path, package: list[Packed]) -> None:
    """What they open is used, data too."""
    (tmp_path / "requests.txt").write_text("GET /\n")
    (tmp_path / "more.txt").write_text("GET /\n\n# with a page\nGET /template?x=1\n")

    assert ["never", "used/locale", "used/templates"] == names(trace(tmp_path, package, str(tmp_path / "requests.txt")))
    assert ["never", "used/locale"] == names(trace(tmp_path, package, str(tmp_path / "more.txt")))


def test_command_in_the_working_folder(tmp_path: Path, package: list[Packed]) -> None:
    """It imports the packages of the copy, in its child processes too; the app's files may be the folder's own."""
    program = "import function, subprocess, sys; subprocess.run([sys.executable, '-c', 'import never'], check=True)"
    found = trace(tmp_path, package, shlex.join([sys.executable, "-c", program]))

    assert ["never/deep", "used/locale", "used/templates"] == names(found)
    assert (3, 6) == (found.used, found.files)


def test_tests_have_all_of_ours(tmp_path: Path, package: list[Packed]) -> None:
    """A package has what a function needs, and would hide the test client and the plugin of pytest."""
    assert not (tmp_path / "staged" / "lambda_bridge" / "gateway").exists()
    shutil.rmtree(tmp_path / "staged" / "lambda_bridge" / "triggers")
    program = "import function, lambda_bridge; from lambda_bridge.testing import Client; Client(function.app).get('/')"
    program += "; assert 'package' in lambda_bridge.__file__"
    found = trace(tmp_path, package, shlex.join([sys.executable, "-c", program]))

    assert "never" in names(found)


def test_script_is_a_command(tmp_path: Path, package: list[Packed]) -> None:
    """A file that can be executed is no list of requests."""
    script = tmp_path / "project" / "run me.sh"
    script.write_text(f"#!/bin/sh\nexec {sys.executable} -c 'import function'\n")
    script.chmod(0o755)

    assert ["never", "used/locale", "used/templates"] == names(trace(tmp_path, package, "'./run me.sh'"))


def test_staged_tree_stays_as_it_is(tmp_path: Path, package: list[Packed]) -> None:
    """Tests may write wherever their packages lie."""
    program = "import used, os; open(os.path.join(used.__path__[0], 'written'), 'w').close()"
    trace(tmp_path, package, shlex.join([sys.executable, "-c", program]))

    assert not list((tmp_path / "staged").rglob("written"))
    assert not list((tmp_path / "staged" / "used").rglob("*.pyc"))


def test_folder_of_packages(tmp_path: Path) -> None:
    """Some clouds have one; what lies in it is of the copy."""
    write_tree(
        tmp_path / "staged", {"function.py": FUNCTION, "site/used/__init__.py": "", "site/never.py": ""}, ours=True
    )
    (tmp_path / "requests.txt").write_text("GET /\n")
    files = [packed("site/used/__init__.py", owner="used"), packed("site/never.py", owner="never")]
    paths = [tmp_path / "staged" / "site"]
    found = find_unused(
        tmp_path / "staged", str(tmp_path / "requests.txt"), files, "function:handler", sys.executable, paths=paths
    )

    assert [("never", ("site/never.py",))] == [(row.name, row.patterns) for row in found.unused]


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ("no-such-command -q", "'no-such-command' cannot be started (No such file or directory)"),
        ("'open", '"\'open" is no command (No closing quotation)'),
        ("  ", "--trace is empty: name a command, such as 'pytest -q', or a file of requests"),
    ],
)
def test_what_is_no_command(tmp_path: Path, package: list[Packed], how: str, problem: str) -> None:
    """One sentence."""
    with pytest.raises(ConfigurationError) as caught:
        trace(tmp_path, package, how)

    assert problem == str(caught.value)


def test_tests_that_fail_prove_nothing(tmp_path: Path, package: list[Packed]) -> None:
    """What they did not reach may be behind what failed; their last line says why."""
    program = "print('1 failed, 2 passed'); raise SystemExit(1)"
    with pytest.raises(ConfigurationError, match=r"fails on the package, with status 1, .*: 1 failed, 2 passed$"):
        trace(tmp_path, package, shlex.join([sys.executable, "-c", program]))


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("GET /\nget me\n", "line 2 of .* is no request: write GET /path, 'get me' is none"),
        ("# nothing\n\n", "there is no request in"),
        ("GET /fail\n", "GET /fail is answered with an error of the app, .*: no database"),
    ],
)
def test_requests_that_prove_nothing(tmp_path: Path, package: list[Packed], lines: str, problem: str) -> None:
    """One sentence."""
    (tmp_path / "requests.txt").write_text(lines)
    with pytest.raises(ConfigurationError, match=problem):
        trace(tmp_path, package, str(tmp_path / "requests.txt"))


def test_function_that_does_not_start(tmp_path: Path, package: list[Packed]) -> None:
    """Nothing can be told of it."""
    (tmp_path / "staged" / "used" / "__init__.py").unlink()
    (tmp_path / "staged" / "function.py").write_text("import no_such")
    (tmp_path / "requests.txt").write_text("GET /\n")
    with pytest.raises(ConfigurationError, match="'function:handler' does not start: ModuleNotFoundError"):
        trace(tmp_path, package, str(tmp_path / "requests.txt"))


def test_requests_that_are_no_text(tmp_path: Path) -> None:
    """A picture, by mistake."""
    (tmp_path / "a.png").write_bytes(b"\x89PNG")
    with pytest.raises(ConfigurationError, match=r"a\.png' is no list of requests"):
        read_requests(tmp_path / "a.png")


def test_proposal_is_ready_to_be_pasted() -> None:
    """With each row's bytes; the shell gives --exclude what was meant."""
    rows = [
        Unused("never", "never", ("never", "never.py"), 3 * 1024**2, 2048),
        Unused("used/it's a folder", "used", ("used/it's a folder",), 99_000, 10),
    ]
    text = describe(Trace(5, 9, rows, 2))
    _, _, options = text.partition("3.1 MB:\n\n")

    assert text.startswith("5 of 9 files were imported or opened.\n")
    assert "     3.0 MB     2.0 kB  never (distribution)\n" in text
    assert "and 2 smaller folders\n" in text
    patterns = [word for word in shlex.split(options.replace("\\\n", "")) if word != "--exclude"]
    assert ["never", "never.py", "used/it's a folder"] == patterns
    assert matches("used/it's a folder/x", patterns)


def test_nothing_to_propose() -> None:
    """Said as such, without options."""
    assert "9 of 9 files were imported or opened.\nThere is nothing to be left out." == describe(Trace(9, 9, [], 0))
