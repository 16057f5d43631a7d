"""Where the browser is; as a program it installs one where it may.

The build that playwright itself would download comes from no package registry: Debian's does.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Optional

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# The second: for the Chinese letters on the pictures.
_PACKAGES = ("chromium", "fonts-noto-cjk")


def find() -> Optional[str]:
    """The program's path; the environment's CHROMIUM counts first."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in _NAMES for path in [shutil.which(name)] if path), None)


def main() -> None:
    if find() is None and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-q"], check=True, env=quiet)
        subprocess.run(["apt-get", "install", "-qy", "--no-install-recommends", *_PACKAGES], check=True, env=quiet)
    if find() is None:
        sys.exit(
            "no chromium is here: install it (Debian: apt-get install chromium), or name one: CHROMIUM=/path make e2e"
        )


if __name__ == "__main__":
    main()
