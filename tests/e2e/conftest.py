"""Without playwright, which `make e2e` installs, there is nothing to be collected here."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = [] if find_spec("playwright") else ["test_browser.py"]
