"""The browser, which all of these tests share. Without playwright, which `make e2e` installs, none is collected."""

from __future__ import annotations

import os
from contextlib import ExitStack
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.chromium import find

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    from tests.e2e.windows import Watch

collect_ignore = [] if find_spec("playwright") else ["test_browser.py", "test_chat.py", "test_report.py"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    arguments = [
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
        "--disable-background-networking",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def open_window(browser: Browser) -> Iterator[Callable[..., Watch]]:
    """Makes windows; at the end none of them has an error, or has asked another host."""
    from tests.e2e.windows import Watch

    with ExitStack() as stack:
        made: list[Watch] = []

        def make(**options: Any) -> Watch:
            watch = Watch(browser, **options)
            stack.callback(watch.context.close)
            made.append(watch)
            return watch

        yield make
        assert [watch.errors for watch in made] == [[]] * len(made)
        assert [watch.strays for watch in made] == [[]] * len(made)
