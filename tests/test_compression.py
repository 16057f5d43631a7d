"""The option ``compress``."""

from __future__ import annotations

import gzip
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.compression import SMALLEST, choose, compress
from lambda_bridge.messages import Request
from lambda_bridge.testing import Client
from tests.builders import COMPRESSED_FORMATS, UNCOMPRESSED, spellings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambda_bridge.handler import Handler

TEXT = b"hello " * 200
HTML = [("content-type", "text/html"), ("content-length", str(len(TEXT)))]


@pytest.fixture(autouse=True)
def _no_other_codings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only gzip, whatever is installed where the tests run."""
    monkeypatch.setitem(sys.modules, "brotli", None)
    monkeypatch.setitem(sys.modules, "zstandard", None)


def asking(accept: str = "gzip", *others: tuple[str, str]) -> Request:
    return Request("GET", "/", headers=[("accept-encoding", accept), *others])


def test_text_is_compressed() -> None:
    """The body, its coding and its length change, and caches are told."""
    headers, body = compress(asking(), 200, HTML, TEXT)

    assert gzip.decompress(body) == TEXT
    assert headers == [
        ("content-type", "text/html"),
        ("vary", "Accept-Encoding"),
        ("content-encoding", "gzip"),
        ("content-length", str(len(body))),
    ]


def test_same_body_is_the_same_bytes() -> None:
    """There is no time stamp in it."""
    assert compress(asking(), 200, HTML, TEXT) == compress(asking(), 200, HTML, TEXT)


@pytest.mark.parametrize(
    "accept", ["", "identity", "gzip;q=0", "br", "*;q=0", "gzip;q=0, *", "gzip;q=x", "identity, gzip;q=0.5"]
)
def test_client_that_does_not_want_it(accept: str) -> None:
    """Plain for who accepts nothing else, or likes plain more; Vary all the same."""
    headers, body = compress(asking(accept), 200, HTML, TEXT)

    assert (headers, body) == ([*HTML, ("vary", "Accept-Encoding")], TEXT)


@pytest.mark.parametrize(
    "accept",
    ["gzip", "GZIP", "x-gzip", "*", "br, gzip;q=0.1", "identity;q=0.5, *", "gzip;q=1.0;a=b", " gzip ; q=0.5 ,"],
)
def test_client_that_wants_it(accept: str) -> None:
    """Weights, stars and spaces are read as RFC 9110 says."""
    assert dict(compress(asking(accept), 200, HTML, TEXT)[0])["content-encoding"] == "gzip"


def test_wish_in_two_headers() -> None:
    """Several Accept-Encoding headers are one list."""
    request = Request("GET", "/", headers=[("accept-encoding", "br"), ("accept-encoding", "gzip")])

    assert dict(compress(request, 200, HTML, TEXT)[0])["content-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, [("content-encoding", "br")], TEXT),
        (200, [("content-encoding", "identity")], TEXT),
        (200, [("cache-control", "public, No-Transform")], TEXT),
        (200, [("cache-control", "no-transform"), ("cache-control", "private")], TEXT),
        (206, [], TEXT),
        (200, [("content-range", "bytes 0-9/10")], TEXT),
        (200, [("content-type", "image/png")], TEXT),
        (200, [("content-type", "video/mp4")], TEXT),
        (200, [("content-type", "font/woff2")], TEXT),
        (200, [("content-type", "application/zip")], TEXT),
        (200, [], TEXT[: SMALLEST - 1]),
        (200, [], b""),
    ],
)
def test_what_is_not_worth_it(status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    """Coded, partial, dense, tiny or protected responses stay as they are."""
    assert compress(asking(), status, headers, body) == (headers, body)


def test_range_is_of_the_plain_bytes() -> None:
    """A request for a range is about the plain bytes."""
    assert compress(asking("gzip", ("range", "bytes=0-9")), 200, HTML, TEXT) == (HTML, TEXT)


@pytest.mark.parametrize("content_type", ["image/svg+xml", "application/json", "text/plain; charset=gbk"])
def test_what_is_worth_it(content_type: str) -> None:
    """Text in any charset, and the one image that is text."""
    headers, _ = compress(asking(), 200, [("content-type", content_type)], TEXT)

    assert dict(headers)["content-encoding"] == "gzip"


@pytest.mark.parametrize(("tag", "expected"), [('"a"', 'W/"a"'), ('W/"a"', 'W/"a"')])
def test_strong_tag_becomes_weak(tag: str, expected: str) -> None:
    """A strong validator promises the same bytes."""
    assert dict(compress(asking(), 200, [*HTML, ("etag", tag)], TEXT)[0])["etag"] == expected


@pytest.mark.parametrize(
    ("vary", "expected"),
    [
        (["Cookie"], ["Cookie", "Accept-Encoding"]),
        (["accept-encoding, Cookie"], ["accept-encoding, Cookie"]),
        (["Cookie", "Accept-Encoding"], ["Cookie", "Accept-Encoding"]),
        (["*"], ["*"]),
    ],
)
def test_vary_is_said_once(vary: list[str], expected: list[str]) -> None:
    """Vary is added where it does not say so already."""
    headers, _ = compress(asking(), 200, [*HTML, *(("vary", value) for value in vary)], TEXT)

    assert expected == [value for name, value in headers if name == "vary"]


def test_cookies_stay() -> None:
    """Headers that have nothing to do with it stay, repeats too."""
    cookies = [("set-cookie", "a=1"), ("set-cookie", "b=2")]

    assert [header for header in compress(asking(), 200, [*HTML, *cookies], TEXT)[0] if header in cookies] == cookies


def test_packages_that_are_there_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """br and zstd come from packages that the user has installed; at equal weight they win."""
    brotli, zstandard = ModuleType("brotli"), ModuleType("zstandard")
    brotli.compress = lambda body, quality: b"br"  # type: ignore[attr-defined]
    zstandard.ZstdCompressor = FakeZstd  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "brotli", brotli)
    monkeypatch.setitem(sys.modules, "zstandard", zstandard)

    assert compress(asking("gzip, br"), 200, HTML, TEXT)[1] == b"br"
    assert compress(asking("gzip, br, zstd"), 200, HTML, TEXT)[1] == b"zstd"
    assert choose("gzip, br;q=0.9, zstd;q=0")[0] == "gzip"


class FakeZstd:
    """What the package zstandard gives, as far as it is used."""

    def compress(self, body: bytes) -> bytes:
        return b"zstd"


def long_text(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(TEXT)))])
    return [TEXT]


@pytest.mark.parametrize("spelling", COMPRESSED_FORMATS)
def test_through_every_format(spelling: str, handler_for: Callable[..., Handler]) -> None:
    """With the option, clients that accept it get it, as base64 on the wire; others do not."""
    client = Client(handler_for(long_text, compress=True), spelling)

    packed = client.get("/", headers={"Accept-Encoding": "gzip"})

    assert packed.header("content-encoding") == "gzip"
    assert gzip.decompress(packed.body) == TEXT
    assert packed.header("content-length") in {str(len(packed.body)), None}
    assert client.get("/").body == TEXT
    assert client.head("/", headers={"Accept-Encoding": "gzip"}).header("content-encoding") is None


@pytest.mark.parametrize("spelling", spellings_of(UNCOMPRESSED))
def test_platforms_that_could_not_send_it_on(spelling: str, handler_for: Callable[..., Handler]) -> None:
    """There the client gets the plain text, whatever it accepts."""
    response = Client(handler_for(long_text, compress=True), spelling).get("/", headers={"Accept-Encoding": "gzip"})

    assert (response.header("content-encoding"), response.body) == (None, TEXT)


@pytest.mark.parametrize("status", [204, 304])
def test_nothing_to_compress(status: int, handler_for: Callable[..., Handler]) -> None:
    """Without content there is no coding."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(f"{status} Reason", [])
        return [TEXT]

    response = Client(handler_for(app, compress=True)).get("/", headers={"Accept-Encoding": "gzip"})

    assert (response.header("content-encoding"), response.body) == (None, b"")
