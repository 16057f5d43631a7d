"""Who may drive the console, and what is taken of what it posts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.gateway.test_console import ask, post, read, sent

if TYPE_CHECKING:
    from werkzeug.test import Client

    from lambda_bridge.gateway.server import Gateway


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_its_own_names_are_answered(client: Client, host: str) -> None:
    """The page comes under each name of the loopback interface."""
    response = ask(client, "", environ_overrides={"HTTP_HOST": host})

    assert response.status_code == 200
    assert response.mimetype == "text/html"


@pytest.mark.parametrize(
    "host", ["evil.example:8000", "localhost:8001", "localhost", "localhost.evil.example:8000", "192.168.0.7:8000", ""]
)
@pytest.mark.parametrize("path", ["", "static/main.js", "api/calls", "api/events", "api/har", "nothing"])
def test_other_hosts_are_refused(client: Client, host: str, path: str) -> None:
    """A name that somebody has pointed at this machine (DNS rebinding) gets nothing at all."""
    response = ask(client, path, environ_overrides={"HTTP_HOST": host, "SERVER_PORT": "8000"})

    assert response.status_code == 403


def test_the_port_that_needs_no_saying(client: Client) -> None:
    """On port 80 a browser leaves the port out."""
    assert ask(client, "", base="http://localhost").status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "http://localhost:8001", "https://localhost:8000", "http://127.0.0.1:8000"],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "api/send"),
        ("POST", "api/trigger"),
        ("GET", "api/samples/aws.sqs"),
        ("POST", "api/calls/1/replay"),
        ("POST", "api/calls/1/compare"),
        ("DELETE", "api/calls"),
        ("GET", "api/calls"),
    ],
)
def test_other_origins_are_refused(client: Client, gateway: Gateway, origin: str, method: str, path: str) -> None:
    """No page of another site can drive the app through the console, or read what it shows."""
    sent(gateway)
    response = ask(client, path, method, json={} if method == "POST" else None, headers={"Origin": origin})

    assert response.status_code == 403
    assert "Access-Control-Allow-Origin" not in response.headers
    assert len(gateway.calls.all()) == 1


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_what_a_form_can_post_is_refused(client: Client, gateway: Gateway, content_type: str) -> None:
    """Old browsers send no Origin with a form; a form cannot send JSON."""
    call = sent(gateway)
    response = ask(client, f"api/calls/{call.id}/replay", "POST", data=b"{}", content_type=content_type)

    assert response.status_code == 415
    assert len(gateway.calls.all()) == 1


def test_inclusion_by_other_sites_is_refused(client: Client) -> None:
    """Another site may link to the page, and cannot include a part of it as a script, an image or a frame."""
    cross = {"Sec-Fetch-Site": "cross-site"}

    assert ask(client, "", headers={**cross, "Sec-Fetch-Mode": "navigate"}).status_code == 200
    assert ask(client, "", headers={**cross, "Sec-Fetch-Mode": "no-cors"}).status_code == 403
    assert ask(client, "api/calls", headers={**cross, "Sec-Fetch-Mode": "navigate"}).status_code == 403
    assert ask(client, "api/calls", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_a_request_of_nothing_but_a_path(client: Client, gateway: Gateway) -> None:
    """It goes to the gateway's own format; a body may be bytes; two slashes are a path, not a host."""
    asked = {"method": "POST", "target": "//a//", "headers": [], "base64": "AP8="}

    assert read(post(client, "api/send", asked))["format"] == "aws_http"
    (call,) = gateway.calls.all()
    assert (call.request.raw_path, call.request.body, call.request.server) == (b"//a//", b"\0\xff", ("localhost", 8000))


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "GE T"},
        {"method": None},
        {"target": "http://evil.example/"},
        {"target": "/a b"},
        {"target": "/a#b"},
        {"headers": [["a b", "c"]]},
        {"headers": [["a", "b\r\nc: d"]]},
        {"headers": ["a"]},
        {"headers": None},
        {"base64": "%"},
        {"format": "nothing"},
        {"from": 99},
    ],
)
def test_what_cannot_be_sent_is_refused(client: Client, gateway: Gateway, changes: dict[str, Any]) -> None:
    """With a sentence for the page, and without a call."""
    response = post(client, "api/send", {"method": "GET", "target": "/", "headers": [], **changes})

    assert response.status_code in (400, 404)
    assert json.loads(response.data)["error"]
    assert gateway.calls.all() == []


@pytest.mark.parametrize("name", ["method", "target", "headers"])
def test_what_is_missing_is_named(client: Client, gateway: Gateway, name: str) -> None:
    """Whoever writes to the API by hand reads it."""
    whole = {"method": "GET", "target": "/", "headers": []}
    response = post(client, "api/send", {key: value for key, value in whole.items() if key != name})

    assert (response.status_code, json.loads(response.data)) == (400, {"error": f"the request has no {name!r}"})
    assert gateway.calls.all() == []


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"1"])
def test_what_is_no_object_is_refused(client: Client, gateway: Gateway, data: bytes) -> None:
    """The API takes objects of JSON only."""
    sent(gateway)

    assert ask(client, "api/calls/1/replay", "POST", data=data, content_type="application/json").status_code == 400
