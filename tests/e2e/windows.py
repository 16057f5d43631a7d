"""What these tests share: the command that serves an app, and windows of the browser."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


@contextmanager
def serving(app: str, folder: Path, spelling: str, *options: str) -> Iterator[str]:
    """The address of `lambda-bridge dev`, which is ended by Ctrl-C."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable,
        "-u",
        "-m",
        "lambda_bridge",
        "dev",
        app,
        "--format",
        spelling,
        "--port",
        str(port),
        *options,
    ]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8"
    )
    assert process.stdout is not None
    lines: list[str] = []
    # What it prints must go somewhere, or it would wait.
    reader = threading.Thread(target=lambda: lines.extend(process.stdout or ()))
    try:
        for line in process.stdout:
            lines.append(line)
            if f"http://127.0.0.1:{port}/" in line:
                break
        else:
            pytest.fail("".join(lines))
        reader.start()
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(10)
        if reader.ident is not None:
            reader.join()
        process.stdout.close()


class Watch:
    """A browser window of its own, and all that went wrong or went out in it."""

    def __init__(self, browser: Browser, **options: Any) -> None:
        self.errors: list[str] = []
        self.strays: list[str] = []
        self.context: BrowserContext = browser.new_context(
            **{"viewport": {"width": 1360, "height": 860}, "locale": "en-GB", **options}
        )
        self.context.set_default_timeout(15_000)
        self.context.on("request", lambda request: self._look(request.url))
        self.context.on("requestfailed", self._forgive)
        self.context.on("weberror", lambda error: self.errors.append(str(error.error)))
        self.context.on("console", self._listen)

    def _look(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.hostname not in ("127.0.0.1", "localhost"):
            self.strays.append(url)

    def _forgive(self, request: Any) -> None:
        """What a page wanted, and its policy did not let it: nothing has gone out."""
        if request.failure == "csp" and request.url in self.strays:
            self.strays.remove(request.url)

    def _listen(self, message: Any) -> None:
        if message.type in ("error", "warning") and "/_bridge/" in (message.page.url if message.page else "/_bridge/"):
            self.errors.append(message.text)

    def console(self, address: str) -> Page:
        """The console's page, when it hears of calls."""
        page = self.context.new_page()
        page.goto(f"{address}/_bridge/")
        expect(page.locator("#live")).to_have_class(re.compile(r"\bon\b"))
        return page


def rows(page: Page, text: str = "") -> Any:
    return page.locator("#list .row", has_text=text)
