"""The Valentine page as a cloud function, under every HTTP format."""

from __future__ import annotations

import html
import importlib
import random
import re
import runpy
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from lambda_bridge.testing import FORMATS, Client

# Each test with a lambda_client runs under every format.
pytestmark = pytest.mark.formats

HERE = Path(__file__).parent
CARD = {
    "to": "小雨 & <b>",
    "from": 'Émile "大山"',
    "message": "第一场雪 ❤️\n<script>1 < 2</script>",
}
PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_END = b"IEND\xaeB`\x82"


@pytest.fixture(autouse=True)
def on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(HERE))


# Web actions that are not raw get query and form in one: which is which, nothing tells.
MERGED = {"digitalocean:web", "openwhisk:web"}


@pytest.fixture
def lambda_app() -> Any:
    return runpy.run_path(str(HERE / "function.py"))["handler"]


@pytest.fixture
def valentine() -> ModuleType:
    return importlib.import_module("valentine")


@pytest.fixture
def flask_client(valentine: ModuleType) -> FlaskClient:
    lambda_client: FlaskClient = valentine.app.test_client()
    return lambda_client


def send_card(lambda_client: Client, card: dict[str, str] = CARD) -> str:
    """The path of the new card."""
    location = lambda_client.post("/", data=card).header("location")
    assert location is not None
    return urlsplit(location).path


def link_on(page: str) -> str:
    """The absolute link that the card page offers for sharing."""
    found = re.search(r'<input id="link"[^>]* value="([^"]+)"', page)
    assert found is not None
    return html.unescape(found[1])


def addresses_on(page: str) -> list[str]:
    return re.findall(r'(?:href|src|action)="([^"#][^"]*)"', page)


def test_form_page(lambda_client: Client) -> None:
    """The front page is an HTML form that asks for both names and the message."""
    response = lambda_client.get("/")
    assert response.status == 200
    assert response.header("content-type") == "text/html; charset=utf-8"
    for name in CARD:
        assert f'<label for="{name}">' in response.text
        assert f'id="{name}" name="{name}"' in response.text


def test_post_redirects_to_the_card(lambda_client: Client) -> None:
    """A complete form is answered with 303 to the card and an ASCII cookie with the name."""
    response = lambda_client.post("/", data=CARD)
    assert response.status == 303
    assert urlsplit(response.header("location") or "").path.startswith("/card/")
    cookie = response.header("set-cookie") or ""
    assert cookie.startswith("valentine_from=%C3%89mile%20%22%E5%A4%A7%E5%B1%B1%22;")
    for attribute in ("HttpOnly", "SameSite=Lax", "Max-Age=15552000", "Path=/"):
        assert attribute in cookie.split("; ")


@pytest.mark.formats(*(each for each in FORMATS if each not in MERGED))
def test_two_cookies_in_one_response(lambda_client: Client) -> None:
    """A post that also chooses the language sets both cookies."""
    response = lambda_client.post("/?lang=zh", data=CARD)
    cookies = [value.split("=")[0] for value in response.headers.get_all("set-cookie")]
    assert sorted(cookies) == ["valentine_from", "valentine_lang"]


def test_card_page_shows_the_card(lambda_client: Client) -> None:
    """The link shows names and message, with Chinese, emoji and HTML characters as written."""
    page = lambda_client.get(send_card(lambda_client)).text
    for text in CARD.values():
        assert html.escape(text).replace("&quot;", "&#34;") in page
    assert "<script>1" not in page
    assert "<b>" not in page


def test_shared_link_is_absolute(lambda_client: Client) -> None:
    """The link offered for sharing is absolute and opens the same card."""
    path = send_card(lambda_client)
    link = urlsplit(link_on(lambda_client.get(path).text))
    assert link.scheme in ("http", "https")
    assert link.netloc
    assert link.path == path


def test_qr_code_is_an_intact_png(lambda_client: Client, valentine: ModuleType) -> None:
    """The QR code arrives byte for byte as the PNG that encodes the shared link."""
    path = send_card(lambda_client)
    link = link_on(lambda_client.get(path).text)
    response = lambda_client.get(f"{path}/qr.png")
    assert response.status == 200
    assert response.header("content-type") == "image/png"
    assert response.body.startswith(PNG_START)
    assert response.body.endswith(PNG_END)
    assert response.body == valentine.qr_png(link)


@pytest.mark.parametrize("name", ["valentine.css", "valentine.js", "heart.svg"])
def test_static_files(lambda_client: Client, name: str) -> None:
    """The form page links to static files, which arrive unchanged."""
    address = f"/static/{name}"
    assert address in addresses_on(lambda_client.get("/").text)
    response = lambda_client.get(address)
    assert response.status == 200
    assert response.body == (HERE / "static" / name).read_bytes()


def test_unknown_page(lambda_client: Client) -> None:
    """An unknown address gets the friendly 404 page."""
    response = lambda_client.get("/nowhere")
    assert response.status == 404
    assert "Return to sender" in response.text


@pytest.mark.parametrize("suffix", ["", "/qr.png"])
def test_tampered_link(lambda_client: Client, suffix: str) -> None:
    """A card under the signature of another card is not found."""
    payload, _ = send_card(lambda_client).rsplit(".", 1)
    _, signature = send_card(lambda_client, {**CARD, "message": "No."}).rsplit(".", 1)
    response = lambda_client.get(f"{payload}.{signature}{suffix}")
    assert response.status == 404
    assert "Return to sender" in response.text


def test_name_is_remembered(lambda_client: Client) -> None:
    """The form is prefilled with the sender's name from the cookie."""
    lambda_client.post("/", data=CARD)
    page = lambda_client.get("/", cookies={"theme": "dark"}).text
    assert 'value="Émile &#34;大山&#34;"' in page


def test_share_panel_opens_for_the_sender(lambda_client: Client) -> None:
    """The share panel is open for the sender and closed for everybody else."""
    card = lambda_client.post("/", data=CARD, follow_redirects=True)
    assert '<details class="share" open>' in card.text
    lambda_client.cookies.clear()
    assert '<details class="share">' in lambda_client.get(card.url).text


def test_head(lambda_client: Client) -> None:
    """HEAD answers like GET, without a body."""
    response = lambda_client.request("HEAD", "/")
    assert response.status == 200
    assert response.header("content-type") == "text/html; charset=utf-8"
    assert response.body == b""


@pytest.mark.parametrize(
    ("url", "headers", "language"),
    [
        ("/", {}, "en"),
        ("/", {"accept-language": "fr"}, "en"),
        ("/", {"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}, "zh-Hans"),
        ("/", {"accept-language": "en", "cookie": "valentine_lang=zh"}, "zh-Hans"),
        ("/?lang=en", {"accept-language": "zh", "cookie": "valentine_lang=zh"}, "en"),
        ("/?lang=xx", {"accept-language": "zh"}, "zh-Hans"),
    ],
)
def test_language_choice(lambda_client: Client, url: str, headers: dict[str, str], language: str) -> None:
    """The address chooses the language before the cookie, and the cookie before the browser."""
    assert f'<html lang="{language}">' in lambda_client.get(url, headers=headers).text


def test_language_switch(lambda_client: Client) -> None:
    """The switch on a card leads to the same card in the other language and is remembered."""
    path = send_card(lambda_client)
    assert f"{path}?lang=zh" in addresses_on(lambda_client.get(path).text)
    response = lambda_client.get(f"{path}?lang=zh")
    assert "亲爱的" in response.text
    assert (response.header("set-cookie") or "").startswith("valentine_lang=zh;")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"to": " "}, "Please say who the card is for."),
        ({"from": "大" * 41}, "Please use at most 40 characters (now 41)."),
        ({"message": "❤" * 501}, "Please use at most 500 characters (now 501)."),
    ],
)
def test_validation_error(lambda_client: Client, change: dict[str, str], error: str) -> None:
    """A wrong form comes back with 422, a message at the field, and what was typed."""
    response = lambda_client.post("/", data={**CARD, "message": "Still here", **change})
    (field,) = change
    assert response.status == 422
    assert f'<p class="error" id="{field}-error">{error}</p>' in response.text
    assert change[field].strip() in response.text
    assert response.header("set-cookie") is None


def test_length_limits_are_inclusive(lambda_client: Client) -> None:
    """Names of 40 and a message of 500 characters fit, a line break counting as one."""
    card = {"to": "你" * 40, "from": "我" * 40, "message": "爱\r\n" * 249 + "你！"}
    assert lambda_client.post("/", data=card).status == 303


def test_content_security_policy(lambda_client: Client) -> None:
    """Every page forbids inline code and foreign sources, and contains none."""
    for path in ("/", send_card(lambda_client), "/nowhere"):
        response = lambda_client.get(path)
        policy = response.header("content-security-policy") or ""
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert not re.search(r"<style|<script(?! src=)|\sstyle=|\son\w+=", response.text)
        assert all(address.startswith("/") for address in addresses_on(response.text))


def test_longest_card_has_a_qr_code(flask_client: FlaskClient) -> None:
    """Even the longest card of characters that compress badly fits into a QR code."""
    rare = random.Random(14)
    card = {
        name: "".join(chr(rare.randint(0x10000, 0x10FFFF)) for _ in range(limit))
        for name, limit in {"to": 40, "from": 40, "message": 500}.items()
    }
    path = flask_client.post("/", data=card).headers["location"]
    assert card["message"] in flask_client.get(path).text
    assert flask_client.get(f"{path}/qr.png").data.startswith(PNG_START)


def test_stage_prefix(flask_client: FlaskClient) -> None:
    """Under a stage prefix every link, the redirect and the cookie path carry the prefix."""
    stage = {"SCRIPT_NAME": "/dev"}
    sent = flask_client.post("/", data=CARD, environ_overrides=stage)
    path = sent.headers["location"]
    assert path.startswith("/dev/card/")
    assert "Path=/dev" in sent.headers["set-cookie"].split("; ")
    for inside in ("/", path[len("/dev") :], "/nowhere"):
        page = flask_client.get(inside, environ_overrides=stage).text
        assert addresses_on(page)
        assert all(address.startswith("/dev/") for address in addresses_on(page))
    page = flask_client.get(path[len("/dev") :], environ_overrides=stage).text
    assert link_on(page) == f"http://localhost{path}"
