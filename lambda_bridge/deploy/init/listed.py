"""requirements.txt of an app, and what it must have beside its own: the user's file, of which nothing is lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Optional

from lambda_bridge.deploy.requirements import OURS, name_of
from lambda_bridge.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME = "requirements.txt"


def extend(folder: Path, needs: Iterable[str], installs: bool) -> tuple[Optional[str], Optional[str]]:
    """(the text of the file with what of *needs* it has not, a note on what is left to the user), None for none of either.

    :param installs: whether the cloud installs the file; else `lambda-bridge package` reads it, or what is there instead
    """
    path = folder / NAME
    has_project = not path.exists() and any((folder / name).exists() for name in ("pyproject.toml", "uv.lock"))
    missing = [each for each in needs if name_of(each) not in named(path)]
    if not missing:
        return None, None
    if has_project and not installs:
        # Made anew, it would be read instead of the project's own. `lambda-bridge package` packs itself.
        others = ", ".join(each for each in missing if each != OURS)
        return None, f"add {others} to the dependencies in pyproject.toml" if others else None
    if not path.exists():
        note = f"the build installs {NAME} alone: write what pyproject.toml depends on there too"
        return "\n".join([*missing, ""]), note if has_project else None
    text = _read(path)
    if "--hash" in text:
        return None, f"{NAME} has hashes: add {', '.join(missing)} to what it is made of, and make it anew"
    end = "\r\n" if "\r\n" in text else "\n"
    if text and not text.endswith("\n"):
        text += end
    return text + "".join(each + end for each in missing), None


def named(path: Path, seen: tuple[Path, ...] = ()) -> set[str]:
    """The normalized names of what the file requires, with the files that it includes; none where it is not there."""
    if path in seen or not path.is_file():
        return set()
    names = set()
    for line in _read(path).splitlines():
        included = re.match(r"\s*(?:-r|--requirement)[ =]?\s*(\S+)", line)
        if included:
            names |= named(path.parent / included[1], (*seen, path))
        else:
            names.add(name_of(line.strip()) or "")
    return names - {""}


def _read(path: Path) -> str:
    try:
        # As bytes, which keeps the ends of its lines.
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} is not UTF-8: save it so, and try again") from error
