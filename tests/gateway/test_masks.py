"""What the console hides until it is clicked, and that nothing of it shows through elsewhere."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any

import pytest

from lambda_bridge.gateway.calls import BODY, Call, Trigger
from lambda_bridge.gateway.masks import Masks, hide_query, is_secret, read_text
from lambda_bridge.messages import Response
from lambda_bridge.testing import FORMATS, make_event, make_request

SECRETS = {
    "header": "Bearer eyJhbGciOi.J9-header",
    "key": "key-4711-of-the-api",
    "cookie": "8f14e45fceea167a",
    "query": "token-of-the-query",
    "body": 'pass"word\\of the body',
    "set": "new-session-0815",
}


def made_call(body: bytes, content_type: str, **changes: Any) -> Call:
    headers = [
        ("authorization", SECRETS["header"]),
        ("x-api-key", SECRETS["key"]),
        ("cookie", f"lang=zh; session={SECRETS['cookie']}"),
        ("content-type", content_type),
    ]
    request = make_request("POST", f"/login?next=%2F&access_token={SECRETS['query']}", headers=headers, body=body)
    response = Response(
        200,
        [("content-type", "application/json"), ("set-cookie", f"session={SECRETS['set']}; HttpOnly")],
        json.dumps({"ok": True, "credentials": {"value": SECRETS["body"]}}).encode(),
    )
    return Call(1, "aws_http", 0.0, request, response, body_size=(len(body), len(response.body)), **changes)


def shows(text: str) -> list[str]:
    """Which of the secrets can be read in *text*, as they are or as JSON spells them."""
    return [name for name, value in SECRETS.items() if value in text or json.dumps(value)[1:-1] in text]


@pytest.mark.parametrize(
    "name", ["Authorization", "HTTP_COOKIE", "set-cookie", "X-Api-Key", "accessKeyId", "csrf_token", "sid"]
)
def test_names_of_secrets(name: str) -> None:
    """Credentials go by many names, in any spelling."""
    assert is_secret(name)


@pytest.mark.parametrize("name", ["host", "accept", "author", "content-type", "path", "side", "x-request-id"])
def test_names_of_what_is_no_secret(name: str) -> None:
    """What everybody may see stays readable."""
    assert not is_secret(name)


@pytest.mark.parametrize("spelling", FORMATS)
def test_the_event_of_no_format_shows_a_secret(spelling: str) -> None:
    """Wherever a cloud puts headers, cookies, query and body, and however it encodes them, they are masked."""
    body = json.dumps({"user": "ada", "password": SECRETS["body"]}).encode()
    call = made_call(body, "application/json")
    event = make_event(spelling, "POST", "/login", headers=list(call.request.headers), body=body)
    call.event = json.dumps(event, indent=2, ensure_ascii=False, default=repr)

    hidden = Masks(call).hide(call.event)

    assert shows(hidden) == []
    assert base64.b64encode(body).decode()[:60] not in hidden


def test_a_form_is_masked_by_the_names_of_its_fields() -> None:
    """Fields of a form that are no secrets stay readable."""
    call = made_call(b"user=ada&password=hunter2&csrf_token=a%2Bb", "application/x-www-form-urlencoded")

    hidden = Masks(call).hide(call.request.body.decode(), "application/x-www-form-urlencoded")

    assert hidden.startswith("user=ada&password=⟦")
    assert "hunter2" not in hidden
    assert "a%2Bb" not in hidden


def test_parts_of_a_multipart_form_are_masked() -> None:
    """The part whose name says so, and no other."""
    body = (
        b'--x\r\nContent-Disposition: form-data; name="user"\r\n\r\nada\r\n'
        b'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nhunter2\r\n--x--\r\n'
    )
    kind = "multipart/form-data; boundary=x"

    hidden = Masks(made_call(body, kind)).hide(body.decode(), kind)

    assert "ada" in hidden
    assert "hunter2" not in hidden


def test_numbers_lists_and_short_secrets_of_json_are_masked() -> None:
    """A field hides whatever it holds: a number, each string of a list, two characters."""
    text = '{"pin": 5, "password": 1234, "pwd": "ab", "tokens": ["one", {"x": "two", "token": 77}], "secret": null}'

    # What stands in for a secret is random, and may have its digits.
    hidden = re.sub("⟦[0-9a-f]+⟧", "⟦⟧", Masks(made_call(text.encode(), "application/json")).hide(text))

    assert '"pin": 5' in hidden
    assert '"secret": null' in hidden
    for secret in ("1234", '"ab"', "one", "two", "77"):
        assert secret not in hidden


def test_json_that_is_cut_off_is_masked_too() -> None:
    """A secret at the very end of what is remembered does not escape."""
    call = made_call(b"{}", "application/json", event='{"headers": {"authorization": "Bearer xyz')

    assert "xyz" not in Masks(call).hide(call.event)


def test_log_lines_do_not_show_the_secrets_of_the_request() -> None:
    """The app may print what it has got."""
    masks = Masks(made_call(b"", "text/plain"))

    assert shows(masks.hide(f"got {SECRETS['key']} and {SECRETS['cookie']}, password=new")) == []
    assert "=new" not in masks.hide("password=new")


def test_what_a_page_is_made_of_is_no_field() -> None:
    """In HTML and programs, names of variables stay; the secrets of the request do not."""
    page = f"<script>let token=1; go('{SECRETS['key']}')</script>"

    hidden = Masks(made_call(b"", "text/plain")).hide(page, "text/html")

    assert hidden.startswith("<script>let token=1; go('⟦")


def test_marks_become_the_secrets_again() -> None:
    """What the console sends back after editing has the secrets in it; a mark that was not made stays as it is."""
    masks = Masks(made_call(b"", "text/plain"))
    hidden = masks.hide_header("authorization", SECRETS["header"])

    assert "Bearer" not in hidden
    assert masks.show(f"x {hidden}") == f"x {SECRETS['header']}"
    assert masks.show("⟦0123456789ab⟧") == "⟦0123456789ab⟧"


def test_the_same_secret_has_the_same_mark() -> None:
    """So that what is equal can be seen to be."""
    masks = Masks(made_call(b"", "text/plain"))

    assert masks.hide_header("cookie", "abcdef") == masks.hide_header("x-token", "abcdef")


def test_queries_of_the_list() -> None:
    """The list masks by name, without a mark to click on."""
    assert hide_query("a=1&access_token=abc&b=2") == "a=1&access_token=•••&b=2"


@pytest.mark.parametrize(
    ("body", "headers", "text"),
    [
        ("日".encode(), [], "日"),
        ("日".encode("gb18030"), [("content-type", "text/plain; charset=gb18030")], "日"),
        (gzip.compress(b"packed"), [("content-encoding", "gzip")], "packed"),
        (b"not packed", [("content-encoding", "gzip")], None),
        (b"packed", [("content-encoding", "br")], None),
        (b"\xff\xfe", [], None),
        (b"a\0b", [], None),
        (b"a", [("content-type", "text/plain; charset=nonsense")], None),
        (b"a", [("content-type", "text/plain; charset=base64")], None),
        ("日".encode() * (BODY // 3 + 1), [], None),
    ],
)
def test_bodies_that_can_be_read(body: bytes, headers: list[tuple[str, str]], text: str | None) -> None:
    """Text in its charset, decompressed; what is binary is None; a cut body may end inside a character."""
    if len(body) > BODY:
        body, text = body[:BODY], "日" * (BODY // 3)

    assert read_text(body, headers) == text


@pytest.mark.parametrize(
    "text",
    ['{"token":' * 30_000, 'name="x"\r\n' * 25_000, "a=" * 130_000, '"' * 260_000, "'a' : \\" * 30_000, "[" * 260_000],
)
def test_texts_that_are_made_to_take_long(text: str) -> None:
    """Masking takes a time in proportion to the text, whatever it is: this test ends."""
    for kind in ("application/json", "multipart/form-data"):
        Masks(made_call(text.encode(), kind, event=text)).hide(text, kind)


def test_a_bomb_is_not_unpacked() -> None:
    """However much a compressed body would become, it is read up to the limit."""
    text = read_text(gzip.compress(b"0" * 20 * BODY), [("content-encoding", "gzip")])

    assert text is not None
    assert len(text) == BODY


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_secrets_of_an_event_that_is_not_http(depth: int) -> None:
    """Wherever in it, in JSON inside JSON (a notice in a queue), and in what the app has made of it."""
    body = json.dumps({"password": SECRETS["body"], "else": "readable"})
    for _ in range(depth):
        body = json.dumps({"Message": body, "Timestamp": "2026"})
    text = json.dumps({"Records": [{"body": body}], "token": SECRETS["key"]})
    call = Call(1, "aws.sqs", 0.0, Trigger(text), event=text, result="null")
    masks = Masks(call)

    for shown in (text, f"a line of the log: {SECRETS['body']} {SECRETS['key']}"):
        assert shows(masks.hide(shown)) == []
        assert masks.show(masks.hide(shown)) == shown
    assert "readable" in masks.hide(text)
