"""The web console as a person uses it: chromium, the real gateway, the Valentine page."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from lambda_bridge import formats
from lambda_bridge.gateway.calls import AT_MOST, Calls
from lambda_bridge.gateway.console import Console
from lambda_bridge.messages import Response
from lambda_bridge.testing import make_request
from lambda_bridge.triggers import MODULES
from lambda_bridge.websockets import NAMES
from tests.e2e.windows import HERE, ROOT, Watch, rows, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CARD = {"to": "小雨", "from": "大山", "message": "第一场雪 ❤️"}


@pytest.fixture(scope="module")
def hostile() -> Iterator[str]:
    with serving("hostile:app", HERE, "aws_http") as address:
        yield address


@pytest.fixture
def window(open_window: Callable[..., Watch]) -> Watch:
    return open_window(permissions=["clipboard-read", "clipboard-write"])


def send_card(watch: Watch, address: str) -> Page:
    """Fill the form of the Valentine page as a person does; the card's page."""
    page = watch.context.new_page()
    page.goto(address)
    for name, text in CARD.items():
        page.fill(f"#{name}", text)
    page.click("form button[type=submit]")
    page.wait_for_url("**/card/*")
    expect(page.locator("body")).to_contain_text(CARD["message"][:4])
    return page


def get(address: str, path: str) -> None:
    try:
        urlopen(address + path).close()  # noqa: S310
    except HTTPError as error:  # an answer too
        error.close()


@pytest.mark.parametrize("spelling", ["tencent_url", "aws_alb:multi", "aliyun_apigw"])
def test_a_call_from_the_form_to_the_comparison(window: Watch, spelling: str) -> None:
    """Under each gateway: the form is sent, the console has the call, shows it, replays it elsewhere, compares."""
    with serving("valentine:app", ROOT / "examples" / "flask_app", spelling) as address:
        console = window.console(address)
        expect(console.locator("#empty")).to_contain_text("Waiting for the first call")
        send_card(window, address)

        posted = rows(console, "POST")
        expect(posted).to_have_count(1)
        expect(posted).to_contain_text("303")
        expect(posted).to_contain_text(spelling)
        posted.click()
        detail = console.locator("#detail")
        expect(detail.locator("h2")).to_have_text("POST /")
        expect(detail.locator(".headers")).to_contain_text("/card/")
        expect(detail.locator(".time figcaption")).to_contain_text("app")
        console.locator("#tab-request").click()
        expect(detail.locator("#part")).to_contain_text("message=")
        console.locator("#tab-event").click()
        expect(detail.locator("pre.code .key").first).to_be_visible()
        console.locator("#tab-result").click()
        expect(detail.locator("pre.code")).to_contain_text("/card/")

        console.locator("#do-send_as").click()
        console.keyboard.type("yandex gateway")
        console.keyboard.press("Enter")
        expect(detail.locator(".facts")).to_contain_text("Yandex")
        expect(detail.locator(".badge")).to_have_text("303")
        expect(rows(console, "yandex")).to_have_count(1)
        console.locator("#do-replay").click()
        expect(rows(console, "yandex")).to_have_count(2)

        console.locator("#do-compare").click()
        matrix = console.locator("dialog .matrix")
        count = len(formats.spellings())
        expect(console.locator("dialog .state")).to_contain_text(f"{count} formats", timeout=90_000)
        expect(matrix.locator("tbody tr[data-format]")).to_have_count(count)
        expect(matrix.locator("tbody tr[data-format]").first.locator(".measure").first).to_be_visible()
        expect(matrix.locator("tr[data-format=gcp] .cannot, tr[data-format=gcp] .cell").first).to_be_visible()
        matrix.locator("tr[data-format=tencent_url] .toggle").click()
        matrix.locator("tr[data-format=tencent_url] + .more button", has_text="Open call").click()
        expect(console.locator("dialog")).to_have_count(0)
        expect(detail.locator(".facts")).to_contain_text("Tencent")


def test_secrets_are_shown_when_clicked(window: Watch, hostile: str) -> None:
    """One by one, or all of a call; not before, nowhere."""
    console = window.console(hostile)
    get(hostile, "/json?token=tok-1234567")
    rows(console, "/json?token").first.click()
    detail = console.locator("#detail")
    expect(detail.locator("pre.code")).to_contain_text('"list": [\n')
    expect(detail.locator("pre.code")).to_contain_text("2.50")
    assert "hunter22" not in console.content()
    assert "tok-1234567" not in console.content()

    detail.locator("pre.code .secret").click()
    expect(detail.locator("pre.code .revealed")).to_have_text("hunter22")
    detail.locator("h2 .secret").click()
    expect(detail.locator("h2")).to_contain_text("token=tok-1234567")

    console.locator("#tab-log").click()
    expect(detail.locator("#part")).to_contain_text("a line for the log")
    expect(detail.locator("#part")).to_contain_text("password=••••••")
    console.keyboard.press("s")
    expect(detail.locator("#part")).to_contain_text("password=hunter22")
    console.keyboard.press("s")
    expect(detail.locator("#part")).to_contain_text("password=••••••")


def test_keys_alone_are_enough(window: Watch, hostile: str) -> None:
    """From the filter through the list and the parts of a call, and back."""
    console = window.console(hostile)
    for path in ("/mirror?key1", "/mirror?key2", "/json?key3"):
        get(hostile, path)
    expect(rows(console, "key3")).to_have_count(1)
    detail = console.locator("#detail")

    console.keyboard.press("/")
    expect(console.locator("#filter")).to_be_focused()
    console.keyboard.type("key -json")
    expect(rows(console)).to_have_count(2)
    console.keyboard.press("ArrowDown")
    expect(console.locator("#list")).to_be_focused()
    expect(detail.locator("h2")).to_contain_text("key2")
    console.keyboard.press("ArrowDown")
    expect(detail.locator("h2")).to_contain_text("key1")
    assert console.locator("#list").get_attribute("aria-activedescendant")
    expect(console.locator("#list [aria-selected=true]")).to_contain_text("key1")
    console.keyboard.press("2")
    expect(console.locator("#tab-event")).to_have_attribute("aria-selected", "true")
    console.keyboard.press("ArrowRight")
    expect(console.locator("#tab-log")).to_have_attribute("aria-selected", "true")
    console.keyboard.press("Enter")
    expect(console.locator("#do-replay")).to_be_focused()
    console.keyboard.press("Escape")
    expect(detail.locator("h2")).to_have_text("Choose a call")
    expect(console.locator("#list")).to_be_focused()
    console.keyboard.press("?")
    expect(console.locator("dialog")).to_contain_text("Words of a filter")
    console.keyboard.press("Escape")
    expect(console.locator("dialog")).to_have_count(0)
    console.keyboard.press("/")
    console.keyboard.press("Escape")
    expect(rows(console, "key3")).to_have_count(1)


def test_edit_and_send_again(window: Watch, hostile: str) -> None:
    """Method, path, a header, the body and the cloud are other ones; what is wrong is said in the form."""
    console = window.console(hostile)
    get(hostile, "/mirror?edit")
    rows(console, "edit").first.click()
    console.locator("#do-edit").click()
    console.fill("#edit-method", "PUT")
    console.fill("#edit-target", "no path")
    console.locator("#edit-headers").press("Control+End")
    console.locator("#edit-headers").press_sequentially("\nX-Note: noted")
    console.fill("#edit-body", "日")
    console.select_option("#edit-format", "gcp")
    console.locator("dialog .main").click()
    expect(console.locator("dialog .problem")).to_contain_text("is no path")
    assert "400" in window.errors.pop()
    console.fill("#edit-target", "/mirror?edited")
    console.select_option("#edit-format", "scaleway")
    console.keyboard.press("Control+Enter")

    detail = console.locator("#detail")
    expect(detail.locator("h2")).to_contain_text("PUT /mirror?edited")
    expect(detail.locator(".badge")).to_have_text("201")
    expect(detail.locator("pre.code")).to_have_text("PUT noted 日")


def test_events_that_are_not_http(window: Watch) -> None:
    """By keys alone: a sample is edited and sent, looked into, edited again; what is wrong is said; failures are told."""
    with serving("worker:handler", HERE, "aws_http") as address:
        console = window.console(address)
        detail = console.locator("#detail")
        text = console.get_by_label("Event JSON")
        sample = re.compile(r'"body": "\{')

        console.keyboard.press("n")
        expect(console.get_by_label("Source")).to_be_focused()
        expect(console.locator("#event-source optgroup")).to_have_count(len(MODULES) + len(NAMES))
        expect(text).to_have_value(sample)
        console.keyboard.press("Tab")
        expect(text).to_be_focused()
        edited = text.input_value().replace("7}", '7, \\"token\\": \\"tok-1234567\\"}')
        text.fill("{")
        console.keyboard.press("Control+Enter")
        expect(console.locator("dialog .problem")).to_contain_text("no JSON")
        assert "400" in window.errors.pop()
        text.fill(edited)
        console.keyboard.press("Control+Enter")

        expect(detail.locator("h2")).to_have_text("EVENT aws.sqs")
        expect(detail.locator(".badge")).to_have_text("done")
        expect(rows(console, "aws.sqs")).to_contain_text("Amazon SQS")
        expect(detail.locator(".tab")).to_have_text(["Event", re.compile("App"), "Result"])
        expect(detail.locator(".actions button")).to_have_text(["Replay", "Edit", "Reveal secrets"])
        expect(detail.locator("pre.code")).to_contain_text("batchItemFailures")
        console.keyboard.press("ArrowRight")
        expect(detail.locator("pre.code")).to_contain_text("arn:aws:sqs")
        console.keyboard.press("ArrowRight")
        expect(detail.locator("pre.code")).to_have_text("order 7 password=••••••\n")
        assert "tok-1234567" not in console.content()

        console.keyboard.press("c")
        console.keyboard.press("e")
        expect(console.locator("dialog")).to_have_count(1)
        expect(text).to_have_value(re.compile("⟦"))
        text.fill(text.input_value().replace('order\\": 7', 'order\\": -7'))
        console.keyboard.press("Control+Enter")
        expect(detail.locator(".badge")).to_have_text("failed")
        expect(detail.locator(".problem")).to_contain_text("ValueError: on purpose")
        console.keyboard.press("2")
        console.keyboard.press("s")
        expect(detail.locator("pre.code")).to_contain_text("tok-1234567")
        console.keyboard.press("r")
        expect(rows(console, "aws.sqs")).to_have_count(3)

        console.locator("#send-event").click()
        console.get_by_label("Source").select_option("huawei.timer")
        expect(text).to_have_value(re.compile("trigger"))
        console.locator("dialog .main").click()
        expect(detail.locator(".problem")).to_have_text("instance 1 has ended with status 3 during the call")
        console.locator("#send-event").click()
        console.get_by_label("Source").select_option("aws.sns")
        expect(text).to_have_value(re.compile("Sns"))
        console.locator("dialog .main").click()
        expect(detail.locator(".problem")).to_contain_text('make_handler(events="/route") or @handler.on("aws.sns")')


def test_what_can_be_taken_away(window: Watch, hostile: str) -> None:
    """A command line on the clipboard, a test case, a HAR file; secrets only where asked for."""
    console = window.console(hostile)
    get(hostile, "/json?token=tok-1234567")
    rows(console, "/json?token").first.click()

    console.locator("#do-curl").click()
    expect(console.locator("#toast")).to_contain_text("redacted")
    assert "token=REDACTED" in console.evaluate("navigator.clipboard.readText()")
    console.locator("#toast button").click()
    expect(console.locator("#toast")).to_have_text("Copied")
    assert "token=tok-1234567" in console.evaluate("navigator.clipboard.readText()")

    console.locator("#do-save_test").click()
    expect(console.locator("dialog pre")).to_contain_text("from hostile import app")
    with console.expect_download() as saved:
        console.locator("dialog button", has_text="Download").click()
    compile(saved.value.path().read_text(encoding="utf-8"), "test_call.py", "exec")
    console.keyboard.press("Escape")

    console.locator("#export").click()
    with console.expect_download() as archive:
        console.locator("dialog .main").click()
    assert archive.value.suggested_filename == "lambda-bridge.har"
    text = archive.value.path().read_text(encoding="utf-8")
    assert json.loads(text)["log"]["entries"]
    assert "tok-1234567" not in text


def test_bytes_and_failures(window: Watch, hostile: str) -> None:
    """Binary bodies as a hex dump, more of it when asked for; why the gateway has answered itself."""
    console = window.console(hostile)
    get(hostile, "/bytes")
    rows(console, "/bytes").first.click()
    dump = console.locator("#detail pre.hex")
    expect(dump).to_contain_text("000010  10 11 12 13 14 15 16 17  18 19 1a 1b 1c 1d 1e 1f  ················")
    expect(dump).not_to_contain_text("0027f0")
    dump.locator(".more").click()
    expect(dump.locator(".more")).to_be_visible()
    dump.locator(".more").click()
    expect(dump).to_contain_text("0027f0")

    get(hostile, "/fails")
    failed = rows(console, "/fails").first
    expect(failed).to_contain_text("500")
    failed.click()
    console.locator("#tab-log").click()
    expect(console.locator("#detail")).to_contain_text("on purpose")


def test_a_hostile_page_can_do_nothing(open_window: Callable[..., Watch], browser: Browser, hostile: str) -> None:
    """In the preview no script runs, nothing is loaded, nothing is sent, and no link leads anywhere."""
    watch = Watch(browser)  # the browser says what it has refused, as errors
    console = watch.console(hostile)
    get(hostile, "/evil")
    rows(console, "/evil").first.click()
    frame = console.frame_locator("iframe.preview")
    expect(frame.locator("#text")).to_have_text("harmless text")
    calls = rows(console).count()
    assert console.locator("iframe.preview").get_attribute("sandbox") == ""

    frame.locator("#submit").click()
    frame.locator("#out").click()
    frame.locator("#in").click()
    get(hostile, "/after")

    expect(rows(console, "/after")).to_have_count(1)
    assert rows(console).count() == calls + 1
    assert "hostile:app" in console.title()
    assert console.url.startswith(f"{hostile}/_bridge/")
    assert watch.strays == []
    watch.context.close()


def test_both_languages(open_window: Callable[..., Watch], hostile: str) -> None:
    """The browser's language decides until somebody chooses; the choice stays. The button speaks the other one."""
    watch = open_window(locale="zh-CN")
    console = watch.console(hostile)
    expect(console.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(console.locator("#export")).to_have_text("导出 HAR")
    expect(console.locator("#language")).to_have_attribute("lang", "en")
    console.locator("#language").click()
    expect(console.locator("#export")).to_have_text("Export HAR")
    console.reload()
    expect(console.locator("#export")).to_have_text("Export HAR")
    expect(console.locator("html")).to_have_attribute("lang", "en")


def test_ten_thousand_calls(window: Watch) -> None:
    """The list stays quick: few rows are elements, and filters, jumps and new calls are shown at once."""

    class Busy:
        calls = Calls()
        spelling = "aws_http"
        app = "busy:app"

    def add(path: str) -> None:
        call = Busy.calls.begin("aws_http", make_request("GET", f"http://127.0.0.1{path}"))
        call.response = Response(200, [("content-type", "text/plain")])
        call.seconds = 0.001 * (1 + call.id % 97)
        call.is_cold = call.id % 500 == 1
        Busy.calls.show(call)

    for number in range(AT_MOST):
        add(f"/number/{number}")
    server = make_server("127.0.0.1", 0, Console(Busy()), threaded=True)  # type: ignore[arg-type]
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        console = window.console(f"http://127.0.0.1:{server.server_port}")
        expect(console.locator("#count")).to_have_text("10000 calls")
        began = time.perf_counter()
        console.locator("#list").focus()
        console.keyboard.press("End")
        expect(rows(console, "/number/0")).to_have_count(1)
        assert rows(console).count() < 100
        console.fill("#filter", "/number/77 -/number/770")
        expect(console.locator("#count")).to_have_text("100 of 10000")
        console.fill("#filter", "cold")
        expect(console.locator("#count")).to_have_text("20 of 10000")
        console.fill("#filter", "")
        for number in range(100):
            add(f"/new/{number}")
        console.keyboard.press("Escape")
        console.keyboard.press("Home")
        expect(rows(console, "/new/99")).to_have_count(1)
        expect(console.locator("#count")).to_have_text("10000 calls")
        assert time.perf_counter() - began < 10
    finally:
        window.context.close()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture(open_window: Callable[..., Watch], tmp_path: Path, scheme: str) -> None:
    """What the READMEs show; it is kept where PICTURES says (`make e2e PICTURES=docs`)."""
    folder = Path(os.environ.get("PICTURES") or tmp_path)
    watch = open_window(color_scheme=scheme, device_scale_factor=1.5, reduced_motion="reduce")
    with serving("valentine:app", ROOT / "examples" / "flask_app", "tencent_url", "--instances", "2") as address:
        console = watch.console(address)
        for round_ in range(7):
            send_card(watch, address).close()
            get(address, "/nowhere" if round_ % 3 == 1 else "/static/heart.svg")
        for cloud in ("aws_rest", "huawei", "yandex"):
            rows(console, "POST").first.click()
            console.locator("#do-send_as").click()
            console.keyboard.type(cloud)
            console.keyboard.press("Enter")
            expect(rows(console, cloud).first).to_be_visible()
        send_card(watch, address).close()
        rows(console, "/card/").nth(1).click()
        expect(console.frame_locator("iframe.preview").locator("body")).to_contain_text("第一场雪")
        console.locator("#list").focus()
        console.screenshot(path=folder / ("console.png" if scheme == "light" else "console-dark.png"))
        assert (folder / ("console.png" if scheme == "light" else "console-dark.png")).stat().st_size > 50_000
