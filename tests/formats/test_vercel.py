"""Vercel's runtime where it is given a WSGI app: an environ with faults."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.formats.vercel import call, make_event, read_event, read_result
from lambda_bridge.messages import Request
from lambda_bridge.recognize import HOST, recognize
from tests.builders import SAMPLES, environ, event_of, read_sample
from tests.checkers import validated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def vercels(path: str = "/", **others: Any) -> dict[str, Any]:
    """An environ as the runtime makes it, marked as the process's environment lets it be marked."""
    told = {
        "CONTENT_LENGTH": "0",
        "CONTENT_TYPE": "",
        "REMOTE_ADDR": None,
        "SERVER_NAME": "shop.example.com",
        "SERVER_PORT": "80",
        "HTTP_HOST": "shop.example.com",
        "wsgi.url_scheme": "https",
        "wsgi.multithread": False,
        HOST: "vercel",
    }
    event: dict[str, Any] = environ(path, format_name="vercel", **{**told, **others})
    return event


def test_environ_of_the_runtime() -> None:
    """The path is decoded once, here; the client is where trusted_proxies looks for it."""
    event = event_of("vercel", read_sample(SAMPLES / "vercel/post.json"))
    request = read_event(event, None)

    assert recognize((event,), {})[0] == "vercel"
    assert (request.path, request.raw_path) == ("/a/b c/é", b"/a%2Fb%20c/%C3%A9")
    assert (request.scheme, request.server, request.client) == ("https", ("shop.example.com", 443), None)
    assert (request.body, request.query) == (b"\x00\x01\x02\x80\xff", "x=1&x=2")
    assert "x-vercel-oidc-token" not in request.headers.names.index


def test_prefix_of_a_service() -> None:
    """What Vercel strips is the mount point."""
    request = read_event(event_of("vercel", read_sample(SAMPLES / "vercel/service_prefix.json")), None)

    assert (request.root_path, request.path) == ("/_/shop", "/orders")
    assert request.server == ("shop.example.com", 8443)


@pytest.mark.parametrize(
    ("path_info", "path", "raw_path"),
    [
        ("/a%2520b", "/a%20b", b"/a%2520b"),
        ("/100%25", "/100%", b"/100%25"),
        ("/", "/", b"/"),
        ("*", "/*", b"/*"),
        # A client that sends é as it is: its two bytes were taken for characters, and encoded again.
        ("/é".encode().decode("latin-1").encode().decode("latin-1"), "/é", b"/%C3%A9"),
    ],
)
def test_path_is_decoded_once(path_info: str, path: str, raw_path: bytes) -> None:
    """PATH_INFO is as the client sent it."""
    request = read_event(vercels(path_info), None)

    assert (request.path, request.raw_path) == (path, raw_path)


def test_what_the_client_has_not_sent_is_not_there() -> None:
    """CONTENT_LENGTH and CONTENT_TYPE are always in the environ."""
    sent = vercels(HTTP_CONTENT_TYPE="text/plain", HTTP_CONTENT_LENGTH="0", CONTENT_TYPE="text/plain")

    assert list(read_event(vercels(), None).headers) == [("host", "shop.example.com")]
    assert sorted(read_event(sent, None).headers) == [
        ("content-length", "0"),
        ("content-type", "text/plain"),
        ("host", "shop.example.com"),
    ]


@pytest.mark.parametrize("forwarded", [None, "203.0.113.9", "198.51.100.7, 203.0.113.9"])
def test_whole_list_of_addresses_is_no_address(forwarded: str | None) -> None:
    """REMOTE_ADDR is x-forwarded-for as it came, or None."""
    more = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}

    assert read_event(vercels(REMOTE_ADDR=forwarded, **more), None).client is None


@pytest.mark.parametrize(
    ("scheme", "expected"), [("https", "https"), ("http", "http"), ("https,http", "https"), ("ws", "https")]
)
def test_scheme_is_one(scheme: str, expected: str) -> None:
    """It is the header x-forwarded-proto, whatever that says."""
    event = vercels(HTTP_X_FORWARDED_PROTO=scheme, **{"wsgi.url_scheme": scheme})

    assert read_event(event, None).scheme == expected


@pytest.mark.parametrize(("variable", "format_name"), [("__VC_HANDLER_ENTRYPOINT", "vercel"), ("VERCEL", "wsgi")])
def test_production_is_told_from_the_development_server(
    variable: str, format_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runtime cannot run without one variable; `vercel dev`, whose environs have no faults, sets another."""
    monkeypatch.setenv(variable, "api/index.py")
    event = vercels("/a%20b")
    del event[HOST]
    seen = {}

    def app(given: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        seen.update(given)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"hello"]

    result = call(make_handler(validated(app)).wsgi, {**event, "REMOTE_ADDR": ""}, None)

    assert read_result(result).body == b"hello"
    assert (seen["lambda_bridge.format"], seen["PATH_INFO"]) == (
        format_name,
        "/a b" if format_name == "vercel" else "/a%20b",
    )


def test_made_environ_has_the_faults() -> None:
    """So that a test sees what production would."""
    request = Request(
        "POST",
        "/a/b",
        b"/a%2Fb",
        headers=[("host", "h.example"), ("x-a", "1"), ("x-a", "2")],
        body=b"abc",
        server=("h.example", 443),
        client=("203.0.113.9", 0),
    )
    made = make_event(request)

    assert (made["PATH_INFO"], made["HTTP_X_A"], made["CONTENT_LENGTH"]) == ("/a%2Fb", "2", "3")
    assert (made["REMOTE_ADDR"], made["SERVER_NAME"], made["wsgi.url_scheme"]) == ("203.0.113.9", "h.example", "https")
