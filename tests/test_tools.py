"""The project's own checks can fail."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from tools import audit, release

if TYPE_CHECKING:
    from pathlib import Path

CANARY: Any = {"name": audit.CANARY[0], "version": audit.CANARY[1], "vulns": [{"id": "PYSEC-2019-133"}]}
SOUND: Any = {"name": "asgiref", "version": "3.8.1", "vulns": []}


def printed(*rows: Any) -> str:
    return json.dumps({"dependencies": rows, "fixes": []})


def test_no_hole_is_known() -> None:
    """All rows are there, and the service knows what it is asked for."""
    assert audit.judge(printed(SOUND, CANARY)) == ([], [])


def test_hole_is_a_finding() -> None:
    """It is named; a package that the service does not know is, too."""
    bad = {"name": "werkzeug", "version": "2.0.0", "vulns": [{"id": "PYSEC-2023-58"}, {"id": "PYSEC-2023-57"}]}
    unknown = {"name": "click", "skip_reason": "Dependency not found on PyPI"}

    assert audit.judge(printed(bad, unknown, CANARY)) == (["werkzeug 2.0.0: PYSEC-2023-58, PYSEC-2023-57"], ["click"])


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Could not connect",
        "[]",
        printed(SOUND),
        printed(SOUND, {"name": "urllib3", "skip_reason": "Dependency not found on PyPI"}),
        printed(SOUND, {**CANARY, "vulns": []}),
    ],
)
def test_service_that_knows_nothing_has_audited_nothing(said: str) -> None:
    """That it finds no hole proves nothing, so it is not taken for an answer."""
    assert audit.judge(said) is None


@pytest.mark.parametrize(("required", "status"), [("", 0), ("1", 1)])
def test_audit_that_did_not_happen_is_said(
    required: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Loudly, and as an error where that is wanted."""
    monkeypatch.setattr(audit, "find_installed", lambda name, extra: {"asgiref": "3.8.1"})
    monkeypatch.setattr(audit, "ask", lambda service, versions: "")
    monkeypatch.setenv("AUDIT_REQUIRED", required)

    assert audit.main() == status
    assert "*** NOT AUDITED ***" in capsys.readouterr().err


def make_wheel(path: Path, **files: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_wheels_that_differ(tmp_path: Path) -> None:
    """By a file that one has not, or by what is in it; not by the order."""
    one = make_wheel(tmp_path / "1.whl", a="1", b="2", c="3")
    same = make_wheel(tmp_path / "2.whl", c="3", b="2", a="1")
    other = make_wheel(tmp_path / "3.whl", a="1", b="x", d="4")

    assert release.find_differences(one, same) == []
    assert release.find_differences(one, other) == ["b", "c", "d"]


def test_wheel_that_has_grown(tmp_path: Path) -> None:
    """One byte over what it may have."""
    wheel = make_wheel(tmp_path / "1.whl", a="1")
    size = wheel.stat().st_size

    assert release.check_size(wheel, size) is None
    assert (
        release.check_size(wheel, size - 1)
        == f"1.whl has {size:,} bytes, and {size - 1:,} is the most (tools/release.py)"
    )
