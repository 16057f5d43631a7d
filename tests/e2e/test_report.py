"""The report on a package in a real browser: read, reached by keys, and harmless whatever is in the package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from lambda_bridge.deploy import clouds
from lambda_bridge.deploy.measuring.importtime import Import
from lambda_bridge.deploy.packing.entry import Entry
from lambda_bridge.deploy.packing.package import Package
from lambda_bridge.deploy.packing.wheels import Target
from lambda_bridge.deploy.report.page import write
from tests.deploy.trees import packed

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = "</text></svg><script>window.hacked = 1</script><img src=x onerror='window.hacked=1'>"
FILES = [
    packed("function.py", 30_000, 9_000),
    packed(f"static/{HOSTILE}.js", 300_000, 20_000),
    packed("big/lib.so", 900_000, 100_000, "big"),
    packed("big/data/北京.json", 500_000, 450_000, "big"),
]
IMPORTS = [Import("function", 2_000, 100_000, (Import("big", 60_000, 90_000, (Import("big.part", 30_000, 30_000),)), Import(HOSTILE, 8_000, 8_000)))]  # fmt: skip


@pytest.fixture
def page(tmp_path: Path, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The report, opened as a file; fails where it asks for anything, says anything, or something got into it."""
    (tmp_path / "app.zip").write_bytes(bytes(1000))
    cloud = clouds.CLOUDS["aws"]._replace(direct=500)
    entry = Entry("function", "handler", {})
    target = Target(12, "x86_64", 34)
    package = Package(tmp_path / "app.zip", None, FILES, tmp_path, "", entry, cloud, target, None, {}, [])
    write(package, IMPORTS, tmp_path / "report.html")
    url = (tmp_path / "report.html").as_uri()
    said: list[str] = []
    options = getattr(request, "param", {})
    context = browser.new_context(**{"viewport": {"width": 1200, "height": 900}, **options})
    context.on("console", lambda message: said.append(message.text))
    context.on("weberror", lambda error: said.append(str(error.error)))
    context.on("request", lambda asked: said.extend([asked.url] if asked.url != url else []))
    opened = context.new_page()
    opened.goto(url)
    yield opened
    if options.get("java_script_enabled", True):
        assert opened.evaluate("window.hacked") is None
    context.close()
    assert [] == said


def test_words_on_what_is_pointed_at(page: Page) -> None:
    """Below each picture, as text, whatever is in a name."""
    page.locator("#map-unzipped .native").hover()
    told = page.locator(".treemaps .told")
    expect(told).to_have_text("big/lib.so: 878.9 kB, zipped 97.7 kB")
    page.locator("#map-unzipped .tile", has_text="</text>").last.hover()
    expect(told).to_contain_text(f"static/{HOSTILE}.js")
    page.locator("h1").hover()
    expect(told).to_have_text("\u00a0")


def test_bytes_unzipped_or_zipped_by_keys(page: Page) -> None:
    """What is large and compresses well becomes small."""
    zipped, unzipped = page.locator("#map-zipped"), page.locator("#map-unzipped")
    expect(zipped).to_be_hidden()
    before = page.locator("#map-unzipped .native").bounding_box()
    page.get_by_label("unzipped", exact=True).focus()
    page.keyboard.press("ArrowRight")
    expect(zipped).to_be_visible()
    expect(unzipped).to_be_hidden()
    after = page.locator("#map-zipped .native").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] * after["height"] < before["width"] * before["height"] / 2


def test_everything_is_reached_by_keys(page: Page) -> None:
    """Each picture is one stop of Tab; arrow keys lead from box to box."""
    page.get_by_label("unzipped", exact=True).focus()
    page.keyboard.press("Tab")
    told = page.locator(".treemaps .told")
    expect(told).to_contain_text("big: 1.3 MB")
    page.keyboard.press("ArrowRight")
    expect(told).to_contain_text("big/lib.so")
    page.keyboard.press("End")
    expect(told).to_contain_text("function.py")
    page.keyboard.press("Tab")
    expect(page.locator("summary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="big", exact=True).first).to_be_visible()
    page.keyboard.press("Tab")
    told = page.locator("section .told").last
    expect(told).to_contain_text("function: 100.0 ms")
    for key, name in [
        ("ArrowDown", "big: "),
        ("ArrowRight", "</text>"),
        ("ArrowLeft", "big: "),
        ("ArrowDown", "big.part"),
    ]:
        page.keyboard.press(key)
        expect(told).to_contain_text(name)


def width(page: Page, name: str) -> float:
    """That of an import, as a share of the picture's."""
    whole = page.locator(".flame").bounding_box()
    frame = page.locator(".flame .frame").filter(has=page.locator(f'text[data-name="{name}"]')).bounding_box()
    assert whole is not None
    return round(frame["width"] / whole["width"], 2) if frame else 0.0


def test_closer_look_at_an_import(page: Page) -> None:
    """By Enter or a click as wide as the page, with those above it; and back."""
    assert (1.0, 0.9, 0.3) == (width(page, "function"), width(page, "big"), width(page, "big.part"))
    page.locator('.flame [data-name="big"]').locator("..").focus()
    page.keyboard.press("Enter")
    assert (1.0, 1.0, 0.33) == (width(page, "function"), width(page, "big"), width(page, "big.part"))
    expect(page.locator('.flame [data-name="big.part"]')).to_have_text("big.part")
    page.keyboard.press("Escape")
    assert 0.3 == width(page, "big.part")
    page.locator(".flame .frame").nth(2).click(position={"x": 5, "y": 8})
    assert 1.0 == width(page, "big.part")


def test_limit_that_is_passed_is_seen(page: Page) -> None:
    """In words, not in colour alone."""
    expect(page.locator(".limit.over")).to_contain_text("1000 B of 500 B, 200%: too large")
    assert 1 == page.locator(".limit.over").count()


SCHEMES = [{"color_scheme": scheme} for scheme in ("light", "dark")]

# The contrast of each pair of letters and ground (WCAG 2.2, 1.4.3), the least of them.
CONTRAST = """() => {
  const light = (text) => {
    const parts = text.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2];
  };
  const ratio = (one, other) => {
    const [more, less] = [light(one), light(other)].sort((a, b) => b - a);
    return (more + 0.05) / (less + 0.05);
  };
  const ratios = [...document.querySelectorAll(".tile text, .frame text")].map((text) =>
    ratio(getComputedStyle(text).fill, getComputedStyle(text.parentElement.querySelector("rect")).fill));
  const section = getComputedStyle(document.querySelector("section")).backgroundColor;
  for (const each of document.querySelectorAll("section p, section td, section th, section .soft"))
    if (!each.closest("svg")) ratios.push(ratio(getComputedStyle(each).color, section));
  return Math.min(...ratios);
}"""


@pytest.mark.parametrize("page", SCHEMES, indirect=True, ids=["light", "dark"])
def test_letters_can_be_read(page: Page) -> None:
    """In both colour schemes."""
    assert page.evaluate(CONTRAST) >= 4.5


@pytest.mark.parametrize("page", [{"viewport": {"width": 380, "height": 700}}], indirect=True, ids=["telephone"])
def test_narrow_page_does_not_scroll_sideways(page: Page) -> None:
    """Tables do, on their own."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True, ids=["no-script"])
def test_all_is_there_without_a_script(page: Page) -> None:
    """Pictures, tables, and the choice of bytes."""
    expect(page.locator('.flame [data-name="big"]')).to_have_text("big 90.0 ms")
    page.get_by_label("zipped", exact=True).check()
    expect(page.locator("#map-zipped")).to_be_visible()
    expect(page.get_by_role("row", name="big 2 1.3 MB")).to_be_visible()
