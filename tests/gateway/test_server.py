"""The local gateway, over real sockets."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable

import pytest
from werkzeug.serving import make_server

from lambda_bridge import formats, make_handler
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.gateway.calls import BODY, Trigger
from lambda_bridge.gateway.delivery import sample_text
from lambda_bridge.gateway.limits import limits_of
from lambda_bridge.gateway.server import Gateway
from lambda_bridge.gateway.wire import RequestHandler
from lambda_bridge.messages import Request
from lambda_bridge.testing import FORMATS
from tests.builders import BINARY_FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    Environ = dict[str, Any]

EVERY_BYTE = bytes(range(256))


def mirror(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
    """Answers with what it saw, as JSON, and with two cookies."""
    body = environ["wsgi.input"].read()
    seen = {
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"].encode("latin-1").decode(),
        "query": environ["QUERY_STRING"],
        "cookie": environ.get("HTTP_COOKIE"),
        "repeated": environ.get("HTTP_X_REPEATED"),
        "odd": environ.get("HTTP_X_ODD"),
        "client": environ["REMOTE_ADDR"],
        "scheme": environ["wsgi.url_scheme"],
        "port": environ["SERVER_PORT"],
        "body": list(body),
        "forged": environ.get("HTTP_X_SCF_REMOTE_ADDR") == "6.6.6.6",
    }
    start_response(
        "200 OK", [("Content-Type", "application/json"), ("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/")]
    )
    return [json.dumps(seen).encode()]


def every_byte(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return [EVERY_BYTE]


GATEWAYS: list[Gateway] = []
"""The one that is serving."""


@contextmanager
def serving(handler: Any, format_name: str, **options: Any) -> Iterator[tuple[http.client.HTTPConnection, list[str]]]:
    """A connection to a gateway on a free port, and the lines that it has reported."""
    lines: list[str] = []
    gateway = Gateway(handler, format_name, lines.append, **options)
    server = make_server("127.0.0.1", 0, gateway, threaded=True, request_handler=RequestHandler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    GATEWAYS[:] = [gateway]
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    try:
        yield connection, lines
    finally:
        connection.close()
        server.shutdown()
        thread.join()
        server.server_close()
        gateway.close()


def ask(
    connection: http.client.HTTPConnection,
    method: str,
    url: str,
    body: bytes | None = None,
    headers: list[tuple[str, str]] | None = None,
) -> tuple[http.client.HTTPResponse, bytes]:
    connection.putrequest(method, url)
    for name, value in headers or []:
        connection.putheader(name, value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    response = connection.getresponse()
    return response, response.read()


# Oracle's gateway serves nothing else, and no event of its says so.
HTTPS_ONLY = {"fn:oracle"}


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_request_travels_the_whole_line(format_name: str) -> None:
    """Path, query, cookies, address and text body reach the app; status and cookies reach the client."""
    with serving(make_handler(mirror), format_name) as (connection, lines):
        response, data = ask(
            connection,
            "POST",
            "/a%20b/%E6%97%A5?x=1&y=%20",
            "hé".encode(),
            [("Cookie", "c=3; d=4"), ("Content-Type", "text/plain"), ("X-Scf-Remote-Addr", "6.6.6.6")],
        )

    seen = json.loads(data)
    assert response.status == 200
    assert seen["method"] == "POST"
    assert seen["path"] == "/a b/日"
    assert seen["query"] in ("x=1&y=%20", "x=1&y=+")
    assert seen["cookie"] == "c=3; d=4"
    assert bytes(seen["body"]) == "hé".encode()
    assert seen["client"] == "127.0.0.1"
    assert seen["scheme"] == ("https" if format_name in HTTPS_ONLY else "http")
    assert seen["port"] == str(connection.port)
    assert not seen["forged"]
    # Azure's host writes cookies anew.
    sent = response.headers.get_all("Set-Cookie") or []
    cookies = [[part.strip().lower() for part in cookie.split(";")] for cookie in sent]
    assert sorted(cookie[0] for cookie in cookies) == ["a=1", "b=2"]
    assert all("path=/" in cookie for cookie in cookies)
    assert [line.split()[:3] for line in lines] == [["POST", "/a%20b/%E6%97%A5", "200"]]


@pytest.mark.parametrize("format_name", BINARY_FORMATS)
def test_every_byte_arrives_in_both_directions(format_name: str) -> None:
    """A binary upload and a binary answer keep each of the 256 bytes, where both are known to be carried."""
    with serving(make_handler(mirror), format_name) as (connection, _):
        _, data = ask(connection, "PUT", "/", EVERY_BYTE, [("Content-Type", "application/octet-stream")])
    with serving(make_handler(every_byte), format_name) as (connection, _):
        response, answer = ask(connection, "GET", "/")

    assert bytes(json.loads(data)["body"]) == EVERY_BYTE
    assert answer == EVERY_BYTE
    # Of a body in parts nobody knows the length before its end.
    assert response.getheader("Content-Length") == (
        None if formats.load(format_name.partition(":")[0]).STREAMS else "256"
    )


def test_what_the_format_cannot_carry_is_said() -> None:
    """A binary body for Tencent's function URL, which carries text, is refused with a reason."""
    with serving(make_handler(mirror), "tencent_url") as (connection, lines):
        response, data = ask(connection, "POST", "/", b"\xff\xfe")

    assert response.status == 415
    assert b"text" in data
    assert "tencent_url cannot carry this request" in lines[0]


def test_repeated_headers_are_kept_where_the_format_keeps_them() -> None:
    """REST events have lists: the app sees both values, in order."""
    with serving(make_handler(mirror), "aws_rest") as (connection, _):
        _, data = ask(connection, "GET", "/", headers=[("X-Repeated", "1"), ("X-Repeated", "2")])

    assert json.loads(data)["repeated"] == "1,2"


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_failing_function_is_the_gateways_own_error(format_name: str) -> None:
    """When the invocation fails the client gets what the real gateway says, and the terminal the traceback."""

    def broken(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        raise RuntimeError("the secret reason")

    with serving(make_handler(broken, on_error="raise"), format_name) as (connection, lines):
        response, data = ask(connection, "GET", "/")

    failed = limits_of(format_name).answer("failed")
    assert (response.status, data.decode()) == (failed.status, failed.body)
    assert "RuntimeError: the secret reason" in lines[0]


def test_a_refused_result_is_the_gateways_own_error() -> None:
    """A REST result with an unknown key is a 502, and the terminal says why."""
    with serving(lambda event, context: {"statusCode": 200, "cookies": []}, "aws_rest") as (connection, lines):
        response, data = ask(connection, "GET", "/")

    assert response.status == 502
    assert json.loads(data) == {"message": "Internal server error"}
    assert lines[0] == "aws_rest refuses the result: the result has the unknown keys ['cookies']"


def test_a_result_that_is_no_json_is_the_gateways_own_error() -> None:
    """A result that cannot be serialised never leaves the function."""
    with serving(lambda event, context: {"statusCode": 200, "body": b"bytes"}, "aws_url") as (connection, lines):
        response, _ = ask(connection, "GET", "/")

    assert response.status == 502
    assert "not JSON serializable" in lines[0]


def test_an_event_over_the_limit_is_refused_before_the_function() -> None:
    """A body over the load balancer's 1 MB is a 413; the function is not called."""
    calls: list[object] = []
    with serving(lambda event, context: calls.append(event), "aws_alb") as (connection, _):
        big, _ = ask(connection, "POST", "/", b"x" * (1024 * 1024 + 1))
        connection.close()
        encoded, _ = ask(connection, "POST", "/", b"\xff" * (800 * 1024), [("Content-Type", "image/png")])

    assert (big.status, encoded.status) == (413, 413)
    assert calls == []


def test_headers_over_the_limit_are_refused() -> None:
    """More than 10,240 bytes of headers never reach a function behind API Gateway."""
    with serving(make_handler(mirror), "aws_http") as (connection, _):
        response, _ = ask(connection, "GET", "/", headers=[("X-Big", "x" * 11_000)])

    assert response.status == 431


def test_a_client_that_leaves_early_harms_nobody() -> None:
    """A connection that breaks off inside its body is dropped; the next request is answered."""
    with serving(make_handler(mirror), "aws_http") as (connection, _):
        with socket.create_connection((connection.host, connection.port or 0)) as early:
            early.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
        response, _ = ask(connection, "GET", "/")

    assert response.status == 200


def test_an_event_that_the_handler_refuses_is_said() -> None:
    """A handler for another format refuses, and the terminal names it."""
    with serving(make_handler(mirror, formats=["aws_rest"]), "aws_http") as (connection, lines):
        response, _ = ask(connection, "GET", "/")

    assert response.status == 500
    assert lines[0].startswith("the handler refuses the event: ")


# --- the limits of what comes back


def test_headers_are_renamed_and_dropped_as_the_gateway_does() -> None:
    """REST APIs keep some names for themselves: a 401 challenge does not reach browsers."""

    def app(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        start_response("401 Unauthorized", [("WWW-Authenticate", "Basic"), ("Via", "app"), ("X-Kept", "1")])
        return [b""]

    with serving(make_handler(app), "aws_rest") as (connection, _):
        response, _ = ask(connection, "GET", "/")
    with serving(make_handler(app), "aws_http") as (connection, _):
        plain, _ = ask(connection, "GET", "/")

    assert response.getheader("x-amzn-remapped-www-authenticate") == "Basic"
    assert (response.getheader("www-authenticate"), response.getheader("via")) == (None, None)
    assert response.getheader("x-kept") == "1"
    assert plain.getheader("www-authenticate") == "Basic"


def test_a_result_over_the_limit_is_the_gateways_own_error() -> None:
    """Where the function has not seen to it."""
    result = {"statusCode": 200, "headers": {}, "body": "x" * 1024 * 1024}
    with serving(lambda event, context: result, "aws_alb") as (connection, lines):
        response, _ = ask(connection, "GET", "/")

    assert response.status == 502
    assert lines[0].startswith("aws_alb refuses the result: it has ")


# --- stages


@pytest.mark.parametrize("format_name", ["aws_http", "aws_rest", "wsgi", "asgi"])
def test_a_stage_is_the_first_segment_of_paths(format_name: str) -> None:
    """The app finds it as its mount; what is not below it is not found."""

    def app(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [])
        return [f"{environ['SCRIPT_NAME']} {environ['PATH_INFO']}".encode()]

    with serving(make_handler(app), format_name, stage="dev") as (connection, lines):
        answers = [ask(connection, "GET", path) for path in ("/dev/a%20b", "/dev", "/", "/develop")]

    assert [(response.status, data) for response, data in answers] == [
        (200, b"/dev /a b"),
        (200, b"/dev /"),
        (404, b'{"message":"Not Found"}'),
        (404, b'{"message":"Not Found"}'),
    ]
    assert "no stage has this path: the gateway serves below /dev/" in lines


@pytest.mark.parametrize("format_name", ["aws_url", "aws_alb", "tencent_url", "tencent_apigw", "aliyun"])
def test_a_stage_where_there_are_none_is_refused(format_name: str) -> None:
    """With a sentence."""
    with pytest.raises(ConfigurationError, match=f"{format_name} tells no app of a stage here: leave out stage='dev'"):
        Gateway(mirror, format_name, print, stage="dev")


def test_a_base_path_is_the_handlers() -> None:
    """As the option of make_handler: the demonstration app of the standard library prints its environ."""
    with serving("wsgiref.simple_server:demo_app", "aws_http", options={"base_path": "/api"}) as (connection, _):
        _, data = ask(connection, "GET", "/api/a")

    assert b"SCRIPT_NAME = '/api'\n" in data
    assert b"PATH_INFO = '/a'\n" in data


def test_instances_need_a_name() -> None:
    """A process cannot be handed a function."""
    with pytest.raises(ConfigurationError, match="name the app"):
        Gateway(make_handler(mirror), "aws_http", print, instances=1)


# --- what is remembered


def test_every_call_is_remembered() -> None:
    """With all that is known of it."""
    with serving(make_handler(mirror), "aws_http") as (connection, _):
        ask(connection, "POST", "/a?b=c", b"body", [("Content-Type", "text/plain")])
        (call,) = GATEWAYS[0].calls.all()

    assert (call.id, call.format, call.problem, call.instance, call.is_cold) == (1, "aws_http", None, 0, False)
    assert (call.request.method, call.request.path, call.request.query, call.request.body) == (
        "POST",
        "/a",
        "b=c",
        b"body",
    )
    assert call.response is not None
    assert call.response.status == 200
    assert json.loads(call.response.body)["path"] == "/a"
    assert json.loads(call.event)["rawPath"] == "/a"
    assert json.loads(call.result)["statusCode"] == 200
    assert call.body_size == (4, len(call.response.body))
    assert 0 < sum(call.stages.values()) < call.seconds


def test_bodies_are_remembered_in_part() -> None:
    """The client has them whole."""

    def app(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "image/png")])
        return [environ["wsgi.input"].read() * 2]

    sent = bytes(300_000)
    with serving(make_handler(app), "aws_http") as (connection, _):
        _, data = ask(connection, "POST", "/", sent, [("Content-Type", "image/png")])
        (call,) = GATEWAYS[0].calls.all()

    assert data == sent * 2
    assert call.response is not None
    assert (len(call.request.body), len(call.response.body)) == (BODY, BODY)
    assert call.body_size == (300_000, 600_000)


def test_what_is_refused_is_remembered_too() -> None:
    """With the reason, on one line of the terminal."""
    with serving(make_handler(mirror), "aws_alb") as (connection, lines):
        ask(connection, "POST", "/", bytes(1024 * 1024 + 1))
        connection.close()
        ask(connection, "GET", "/", headers=[("X-Big", "x" * 60_000), ("X-Bigger", "x" * 60_000)])
        calls = GATEWAYS[0].calls.all()

    problems = ["the body is over the 1048576 bytes of an event", "the headers are over 65536 bytes"]
    assert [call.problem for call in calls] == problems
    assert [line for line in lines if " bytes " not in line or line in problems] == problems


def test_a_request_can_be_sent_as_another_cloud() -> None:
    """By the console: it is remembered like every other, under that format."""
    gateway = Gateway(make_handler(mirror), "aws_http", print)
    request = Request("POST", "/", headers=[("host", "localhost")], body=b"body")
    calls = [gateway.send(request), gateway.send(request, "tencent_url"), gateway.send(request, "aws_rest:http_1.0")]
    gateway.close()

    assert [call.format for call in calls] == ["aws_http", "tencent_url", "aws_rest:http_1.0"]
    assert gateway.calls.all() == calls
    assert [call.response.status for call in calls if call.response] == [200, 200, 200]


# --- the console


def test_the_console_has_its_own_paths() -> None:
    """No others, and none when it is not wanted."""
    with serving(make_handler(mirror), "aws_http") as (connection, _):
        console = [ask(connection, "GET", path)[0].status for path in ("/_bridge/", "/_bridge")]
        app = [ask(connection, "GET", path)[0].status for path in ("/_bridges", "/a/_bridge/")]
        remembered = len(GATEWAYS[0].calls.all())
    with serving(make_handler(mirror), "aws_http", console=False) as (connection, _):
        _, data = ask(connection, "GET", "/_bridge/")

    assert (console, app, remembered) == ([200, 308], [200, 200], 2)
    assert json.loads(data)["path"] == "/_bridge/"


# --- processes


def test_instances_are_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What becomes of one is what a client of the real gateway sees; the line in the terminal tells a cold start."""
    (tmp_path / "served_by_instances.py").write_text(
        "import os\n"
        "def app(environ, start_response):\n"
        "    if environ['PATH_INFO'] == '/exit': os._exit(1)\n"
        "    start_response('200 OK', [])\n"
        "    return [b'ok']\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    with serving("served_by_instances:app", "aws_rest", instances=1) as (connection, lines):
        statuses = [ask(connection, "GET", path)[0].status for path in ("/", "/exit", "/")]
        calls = GATEWAYS[0].calls.all()

    assert statuses == [200, 502, 200]
    assert [call.is_cold for call in calls] == [True, False, True]
    assert "cold start" in lines[0]
    assert lines[1:3] == ["instance 1 has ended with status 1 during the call", lines[2]]
    assert lines[2].startswith("GET /exit 502 ")


def test_an_event_is_handed_over_and_remembered() -> None:
    """With its source in place of the format; the terminal says what became of it."""
    lines: list[str] = []
    handler = make_handler(mirror)
    handler.on("aws.sqs")(lambda event: None)
    gateway = Gateway(handler, "aws_http", lines.append, stage="dev")
    done, failed = [gateway.send(Trigger(sample_text(name)), name) for name in ("aws.sqs", "aws.sns")]
    gateway.close()

    assert gateway.calls.all() == [done, failed]
    assert (done.format, done.status, done.response) == ("aws.sqs", "done", None)
    assert json.loads(done.result) == {"batchItemFailures": []}
    assert done.seconds > 0
    assert (failed.format, failed.status) == ("aws.sns", "failed")
    assert lines[0].startswith("aws.sqs done ")
    assert 'handler.on("aws.sns")' in lines[1]
    assert lines[2].startswith("aws.sns failed ")


def test_a_gateway_that_cannot_be_made_leaves_nothing_behind() -> None:
    """No thread that answers for WebSockets, which are there before the app is."""
    before = set(threading.enumerate())
    with pytest.raises(ConfigurationError):
        Gateway("no_such_module_here:app", "aws_http", print)

    assert set(threading.enumerate()) <= before
