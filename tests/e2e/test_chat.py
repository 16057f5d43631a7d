"""The guest book's live page in two windows, at the local gateway; and what its console has of it."""

from __future__ import annotations

import json
import re
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.windows import ROOT, Watch, rows, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

EXAMPLE = ROOT / "examples" / "fastapi_app"
INJECTED = '</p><img src=x onerror="window.hacked = 1"><script>window.hacked = 1</script>'


@contextmanager
def serving_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *options: str, folder: Path = EXAMPLE
) -> Iterator[str]:
    monkeypatch.setenv("GUESTBOOK_DB", str(tmp_path / "guestbook.sqlite3"))
    with serving("function:handler", folder, "aws_http", *options) as address:
        yield address


def open_book(watch: Watch, address: str, name: str) -> Page:
    page = watch.context.new_page()
    page.goto(address)
    expect_state(page, "live")
    page.fill("#name", name)
    return page


def expect_state(page: Page, state: str) -> None:
    expect(page.locator("html")).to_have_attribute("data-state", state, timeout=30_000)


def write(page: Page, message: str) -> None:
    page.fill("#message", message)
    page.keyboard.press("Enter")


def write_by_api(address: str, message: str) -> None:
    asked = Request(f"{address}/entries", json.dumps({"name": "Zoë", "message": message}).encode())  # noqa: S310
    asked.add_header("content-type", "application/json")
    urlopen(asked, timeout=30).close()  # noqa: S310


def messages(page: Page) -> Any:
    return page.locator("#entries .message")


@pytest.mark.parametrize("instances", ["1", "3"])
def test_entries_are_in_every_window(
    open_window: Callable[..., Watch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instances: str
) -> None:
    """As they are written, in order, as text; and the console has handshakes, messages and ends."""
    with serving_book(tmp_path, monkeypatch, "--instances", instances) as address:
        first = open_book(open_window(), address, "Ada")
        other = open_window(locale="zh-CN", color_scheme="dark")
        second = open_book(other, address, "小雨")
        expect(second.locator("h1")).to_have_text("留言簿")
        expect(first.locator("#empty")).to_be_visible()

        write(first, INJECTED)
        expect(messages(second)).to_have_text([INJECTED])
        expect(first.locator("#empty")).to_be_hidden()
        write(second, "你好，世界 ❤️")
        expect(messages(first)).to_have_text([INJECTED, "你好，世界 ❤️"])
        expect(first.locator("#entries .name")).to_have_text(["Ada", "小雨"])
        write_by_api(address, "by the API")
        for page in (first, second):
            expect(messages(page)).to_have_count(3)

        quick = [f"quick {number}" for number in range(50)]
        for message in quick:
            write(first, message)
        expect(messages(second)).to_have_count(53, timeout=60_000)
        expect(messages(second)).to_have_text([INJECTED, "你好，世界 ❤️", "by the API", *quick])
        expect_state(first, "live")
        expect(messages(first)).to_have_count(53)
        expect(messages(first).last).to_be_in_viewport()

        console = open_window().console(address)
        expect(rows(console, "aws_websocket").first).to_contain_text("MESSAGE")
        other.context.close()
        expect(rows(console, "disconnect")).to_have_count(1)
        console.fill("#filter", "aws_websocket connect")
        expect(console.locator("#list .row")).to_contain_text(["DISCONNECT", "CONNECT", "CONNECT"])
        expect(rows(console, "done")).to_have_count(3)
        assert first.evaluate("window.hacked") is None


def test_a_window_outlives_an_edit_and_its_connection(
    open_window: Callable[..., Watch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next message meets the new code on the same connection; what a window has missed it gets when it is back."""
    folder = tmp_path / "app"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("test_*", "__pycache__"))
    with serving_book(tmp_path, monkeypatch, folder=folder) as address:
        page = open_book(open_window(), address, "Ada")
        page.evaluate("socket.isFirst = true")
        write(page, "before")
        expect(messages(page)).to_have_text(["before"])
        code = (folder / "guestbook.py").read_text(encoding="utf-8")
        (folder / "guestbook.py").write_text(code.replace("max_length=2000", "max_length=9"), encoding="utf-8")
        write(page, "ten letters")
        expect(page.locator("#problem")).to_have_text("message: String should have at most 9 characters")
        expect(page.locator("#message")).to_have_value("ten letters")
        write(page, "nine")
        expect(messages(page)).to_have_text(["before", "nine"])
        assert page.evaluate("socket.isFirst")

        page.evaluate("pause = 1e7; socket.close()")
        expect_state(page, "lost")
        expect(page.locator("#send")).to_be_disabled()
        write(page, "not yet")
        write_by_api(address, "missed")
        page.evaluate("dispatchEvent(new Event('online'))")
        expect_state(page, "live")
        expect(messages(page)).to_have_text(["before", "nine", "missed"])
        expect(page.locator("#message")).to_have_value("not yet")
        page.keyboard.press("Enter")
        expect(messages(page)).to_have_text(["before", "nine", "missed", "not yet"])


def test_what_is_no_entry_or_too_large(
    open_window: Callable[..., Watch], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is told to its writer, and stands in the field again; the window goes on, also where its connection was closed."""
    with serving_book(tmp_path, monkeypatch) as address:
        page = open_book(open_window(), address, "Ada")
        page.evaluate("document.querySelector('#message').removeAttribute('maxlength')")
        # This browser sends each message in one frame, and the gateway takes 32 KB of that.
        lost = re.compile("^The connection was lost")
        for size, said in (
            (2001, "message: String should have at most 2000 characters"),
            (40_000, lost),
            (140_000, lost),
        ):
            write(page, "x" * size)
            expect(page.locator("#problem")).to_have_text(said)
            expect_state(page, "live")
            expect(page.locator("#message")).to_have_value("x" * size)
        write(page, "x" * 2000)
        expect(messages(page)).to_have_text(["x" * 2000])
        expect(page.locator("#problem")).to_be_hidden()
        for nonsense in ("[]", "{", "\0"):
            page.evaluate("nonsense => socket.send(nonsense)", nonsense)
        write(page, "still here")
        expect(messages(page)).to_have_text(["x" * 2000, "still here"])
