"""How the console shows a page: with its parts from memory, and nothing that could run or ask."""

from __future__ import annotations

import pytest

from lambda_bridge.gateway.calls import Call, Trigger
from lambda_bridge.gateway.preview import POLICY, make_page
from lambda_bridge.messages import Response
from lambda_bridge.testing import make_request

PNG = b"\x89PNG"
PNG_DATA = "data:image/png;base64,iVBORw=="


def got(url: str, content_type: str, body: bytes, status: int = 200, size: int | None = None) -> Call:
    response = Response(status, [("content-type", content_type)], body)
    request = make_request("GET", f"http://127.0.0.1:8000{url}")
    return Call(1, "aws_http", 0.0, request, response, body_size=(0, len(body) if size is None else size))


def page(text: str) -> str:
    calls = [
        got("/style.css?v=1", "text/css", b"p { background: url('dot.png') } i { background: url(none.png) }"),
        got("/dot.png", "image/png", PNG),
        got("/cut.png", "image/png", PNG, size=99),
        got("/gone.png", "image/png", PNG, status=404),
        got("/bad.css", "text/css", b"p::after { content: '</style><script>' }"),
        got("/page", "text/html", b"<p>"),
        Call(2, "aws.sqs", 0.0, Trigger("{}")),
    ]
    return make_page(text, got("/dir/page?x=1", "text/html", text.encode()), calls)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<img alt='' src=/dot.png>", f"<img alt='' src=\"{PNG_DATA}\">"),
        ('<IMG src="../dot.png" srcset="/dot.png 2x">', f'<IMG src="{PNG_DATA}">'),
        ('<img src="http://127.0.0.1:8000/dot.png">', f'<img src="{PNG_DATA}">'),
        ('<img src="http://other.example/dot.png">', "<img >"),
        ("<img src='/cut.png'>", "<img >"),
        ("<img src='/gone.png'>", "<img >"),
        ("<img src='data:image/gif,x'>", '<img src="data:image/gif,x">'),
        ("<img alt='none'>", "<img alt='none'>"),
        ('<link rel="icon" href="/dot.png">', ""),
        ('<link rel="stylesheet" href="/nothing.css">', ""),
        ('<link rel="stylesheet" href="/bad.css">', ""),
        ("<script>alert(1)</script ><p>text</p>", "<p>text</p>"),
        ('<meta http-equiv="refresh" content="0; url=/">', ""),
        ('<meta charset="utf-8">', '<meta charset="utf-8">'),
    ],
)
def test_parts_of_a_page(text: str, shown: str) -> None:
    """What is remembered whole is put in; references to anything else go."""
    assert page(text) == shown


@pytest.mark.parametrize("part", ["<script>", "<meta ", "<img ", "<link rel=", "<style>url(", "<img src='"])
def test_pages_that_are_made_to_take_long(part: str) -> None:
    """A page is shown in a time in proportion to its length, whatever it is: this test ends."""
    page(part * 20_000)


def test_style_sheets_with_their_pictures() -> None:
    """A sheet becomes a style element; of the pictures that it names, the remembered ones are in it."""
    assert page('<link href="/style.css?v=1" rel=stylesheet>') == (
        f'<style>p {{ background: url("{PNG_DATA}") }} i {{ background: url("data:,") }}</style>'
    )


def test_the_policy_lets_nothing_run_or_ask() -> None:
    """The frame is a sandbox without scripts, with no source but what is in the page itself."""
    directives = dict(part.strip().partition(" ")[::2] for part in POLICY.split(";"))

    assert directives["sandbox"] == ""
    assert directives["default-src"] == "'none'"
    assert {directives["img-src"], directives["font-src"]} == {"data:"}
    assert "script-src" not in directives
