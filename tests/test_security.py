"""What docs/security.md promises, tried; and each test that the page names is there."""

from __future__ import annotations

import ast
import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from lambda_bridge import make_handler
from lambda_bridge.cli import main
from lambda_bridge.testing import FORMATS, Client
from lambda_bridge.websockets.client import WebSocketDenied
from tests import builders
from tests.gateway.test_server import HTTPS_ONLY, ask, serving

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/security.md").read_text(encoding="utf-8")
THREATS = {section.partition("\n")[0]: section for section in PAGE.split("\n### ")[1:]}
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))


def mirror(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answers with all texts of its environ."""
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({key: value for key, value in environ.items() if isinstance(value, str)}).encode()]


# --- the page


@pytest.mark.parametrize("threat", THREATS)
def test_each_threat_is_answered_and_shown(threat: str) -> None:
    """What a stranger can do, what we do, what is left to the user; and a test at least."""
    labels = re.findall(r"^- \*\*(.+?):\*\*", THREATS[threat], re.MULTILINE)

    assert labels == ["A stranger", "We", "You", "Shown by"]
    assert re.search(r"`tests/[\w/]+\.py::\w+`", THREATS[threat].partition("**Shown by:**")[2])


@cache
def functions_in(file: str) -> dict[str, ast.FunctionDef]:
    body = ast.parse((ROOT / file).read_text(encoding="utf-8")).body
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_each_test_that_the_page_names_is_one(file: str, name: str) -> None:
    """A function that pytest collects, and that is not switched off."""
    marks = [ast.unparse(mark) for mark in functions_in(file)[name].decorator_list]

    assert name.startswith("test_")
    assert Path(file).name.startswith("test_")
    assert [mark for mark in marks if mark.startswith(("pytest.mark.skip", "pytest.mark.xfail"))] == []


# --- addresses and hosts, over the local gateway

# Names under which proxies tell an address, a host, a path or a method.
CLAIMS = {
    **dict.fromkeys(
        (
            "X-Forwarded-For", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP", "X-Scf-Remote-Addr",
            "X-Original-Forwarded-For", "X-Azure-ClientIP", "X-Envoy-External-Address", "X-Cluster-Client-Ip",
            "X-Vercel-Forwarded-For", "X-Appengine-User-Ip", "Client-IP",
        ),
        "6.6.6.6",
    ),
    "Forwarded": "for=6.6.6.6;proto=https;host=evil.example",
    **dict.fromkeys(("X-Forwarded-Proto", "X-Api-Scheme", "X-Client-Proto"), "https"),
    **dict.fromkeys(("X-Forwarded-Host", "X-Original-Host", "X-Host"), "evil.example"),
    **dict.fromkeys(("X-Uri", "X-Original-Url", "X-Rewrite-Url", "X-Forwarded-Path", "X-Forwarded-Prefix"), "/admin"),
    **dict.fromkeys(("X-Method", "X-Http-Method-Override"), "DELETE"),
    "Script-Name": "/admin",
    "Remote-User": "admin",
}  # fmt: skip


@pytest.mark.parametrize("format_", FORMATS)
def test_nothing_that_a_client_claims_is_believed(format_: str) -> None:
    """Address, scheme, host, path and method are the gateway's, whatever headers say."""
    with serving(make_handler(mirror), format_) as (connection, _):
        response, data = ask(connection, "GET", "/a?b=c", headers=list(CLAIMS.items()))
    seen = json.loads(data)

    assert response.status == 200
    assert seen["REMOTE_ADDR"] == "127.0.0.1"
    assert seen["wsgi.url_scheme"] == ("https" if format_ in HTTPS_ONLY else "http")
    assert (seen["SERVER_NAME"], seen["REQUEST_METHOD"]) == ("127.0.0.1", "GET")
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"], seen["QUERY_STRING"].rstrip("=")) == ("", "/a", "b=c")
    assert "REMOTE_USER" not in seen


# --- headers of raw events

WITH_BREAK = "a\r\nx-forged: 1"
ODD_EVENTS = {
    "aws_http": builders.aws_http(headers={"x-odd": WITH_BREAK}),
    "aws_rest": builders.aws_rest(headers={"host": ["h"], "X-Odd": [WITH_BREAK]}),
    "aws_alb": builders.aws_alb(headers={"x-odd": WITH_BREAK}),
    "aws_edge": builders.aws_edge(headers={"X-Odd": [WITH_BREAK]}),
    "aws_lattice": builders.aws_lattice(headers={"host": ["h"], "x-odd": [WITH_BREAK]}),
    "tencent_url": builders.tencent_url(headers={"x-odd": WITH_BREAK}),
    "tencent_apigw": builders.tencent_apigw(headers={"x-odd": WITH_BREAK}),
    "aliyun": builders.aliyun(headers={"X-Odd": WITH_BREAK}),
    "huawei": builders.huawei(headers={"x-odd": WITH_BREAK}),
    "baidu": builders.baidu(headers={"X-Odd": WITH_BREAK}),
}


@pytest.mark.parametrize("format_", ODD_EVENTS)
def test_no_value_of_an_event_has_a_line_break(format_: str) -> None:
    """An app may write it into a log, or into a request of its own."""
    seen: dict[str, Any] = {}

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.update(environ)
        return mirror(environ, start_response)

    make_handler(app)(ODD_EVENTS[format_], None)

    assert seen["lambda_bridge.format"] == format_
    assert seen["HTTP_X_ODD"] == "a  x-forged: 1"
    assert "HTTP_X_FORGED" not in seen


# --- compression


@pytest.mark.parametrize("format_", builders.BINARY_FORMATS)
def test_compressed_body_of_a_request_stays_packed(format_: str) -> None:
    """What would be unpacked to a thousand times of it reaches the app as it came; unpacking is the app's to limit."""
    packed = gzip.compress(bytes(1_000_000))
    seen = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(environ["wsgi.input"].read())
        return mirror(environ, start_response)

    headers = {"Content-Encoding": "gzip", "Content-Type": "application/octet-stream"}
    Client(app, format_).post("/", body=packed, headers=headers)

    assert seen == [packed]


# --- paths

# What is not below /api as it was sent, and would be after somebody has tidied it up.
OUTSIDE = ["/apix", "//api/x", "/./api/x", "/x/../api/y", "/API/x"]


@pytest.mark.parametrize("path", OUTSIDE)
def test_base_path_is_taken_literally(path: str) -> None:
    """No dots are resolved and no slashes joined: the app sees what a gateway that authorizes by paths has seen."""
    event = builders.aws_url(path)
    seen = json.loads(make_handler(mirror, base_path="/api")(event, None)["body"])

    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == ("", path)


@pytest.mark.parametrize("path", ["/api/../admin", "/api/%2e%2e/admin", "/api%2F..%2Fadmin"])
def test_dots_below_the_base_path_stay(path: str) -> None:
    """Nothing leads out of it: what follows is the app's own to route."""
    seen = json.loads(make_handler(mirror, base_path="/api")(builders.aws_url(path), None)["body"])

    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == ("/api", "/../admin")


# --- WebSockets


def test_app_can_refuse_a_page_of_another_site() -> None:
    """Browsers let any page open a WebSocket, with the cookies of its user: the app is told whose page it is."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
            is_ours = (b"origin", b"https://shop.example") in scope["headers"]
            await send({"type": "websocket.accept" if is_ours else "websocket.close"})
            if is_ours:
                await receive()

    with Client(app, lifespan="off") as client:
        with client.websocket("/", headers={"Origin": "https://shop.example"}):
            pass
        socket = client.websocket("/", headers={"Origin": "https://evil.example"})
        with pytest.raises(WebSocketDenied):
            socket.__enter__()


# --- the local gateway


def test_gateway_listens_on_loopback_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No option lets another machine in."""
    (tmp_path / "served_on_loopback.py").write_text("def app(environ, start_response): ...\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    hosts = []

    def make_server(host: str, *args: Any, **options: Any) -> Any:
        hosts.append(host)
        raise KeyboardInterrupt

    monkeypatch.setattr("werkzeug.serving.make_server", make_server)
    arguments = ["dev", "served_on_loopback:app", "--port", str(free_port()), "--instances", "0", "--no-reload"]
    CliRunner().invoke(main, arguments)

    assert hosts == ["127.0.0.1"]
    assert "--host" not in CliRunner().invoke(main, ["dev", "--help"]).output


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
