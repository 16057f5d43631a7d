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

from lambda_bridge import make_handler
from lambda_bridge.gateway.limits import LIMITS
from lambda_bridge.gateway.server import Gateway, RequestHandler
from lambda_bridge.testing import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

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


@contextmanager
def serving(handler: Callable[..., Any], format_name: str) -> Iterator[tuple[http.client.HTTPConnection, list[str]]]:
    """A connection to a gateway on a free port, and the lines that it has reported."""
    lines: list[str] = []
    gateway = Gateway(handler, format_name, lines.append)
    server = make_server("127.0.0.1", 0, gateway, threaded=True, request_handler=RequestHandler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    try:
        yield connection, lines
    finally:
        connection.close()
        server.shutdown()
        thread.join()
        server.server_close()


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
    assert seen["scheme"] == "http"
    assert seen["port"] == str(connection.port)
    assert not seen["forged"]
    assert sorted(response.headers.get_all("Set-Cookie") or []) == ["a=1; Path=/", "b=2; Path=/"]
    assert [line.split()[:3] for line in lines] == [["POST", "/a%20b/%E6%97%A5", "200"]]


@pytest.mark.parametrize("format_name", sorted(set(FORMATS) - {"scaleway", "tencent_url", "volcengine"}))
def test_every_byte_arrives_in_both_directions(format_name: str) -> None:
    """A binary upload and a binary answer keep each of the 256 bytes, where both are known to be carried."""
    with serving(make_handler(mirror), format_name) as (connection, _):
        _, data = ask(connection, "PUT", "/", EVERY_BYTE, [("Content-Type", "application/octet-stream")])
    with serving(make_handler(every_byte), format_name) as (connection, _):
        response, answer = ask(connection, "GET", "/")

    assert bytes(json.loads(data)["body"]) == EVERY_BYTE
    assert answer == EVERY_BYTE
    assert response.getheader("Content-Length") == "256"


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


def test_a_chunked_upload_arrives_whole() -> None:
    """A body without content-length reaches the app with its real length."""
    with serving(make_handler(mirror), "aws_http") as (connection, _):
        connection.request("POST", "/", iter([b"one", b"two"]), {"Transfer-Encoding": "chunked"}, encode_chunked=True)
        data = connection.getresponse().read()

    assert bytes(json.loads(data)["body"]) == b"onetwo"


@pytest.mark.parametrize("format_name", FORMATS)
def test_a_failing_function_is_the_gateways_own_error(format_name: str) -> None:
    """When the invocation fails the client gets what the real gateway says, and the terminal the traceback."""

    def broken(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        raise RuntimeError("the secret reason")

    with serving(make_handler(broken, on_error="raise"), format_name) as (connection, lines):
        response, data = ask(connection, "GET", "/")

    refused = LIMITS[format_name.partition(":")[0]].refused
    assert (response.status, data.decode()) == (refused.status, refused.body)
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


def test_head_has_the_length_of_get_and_no_body() -> None:
    """The content-length that the app gives to HEAD reaches the client; a body does not."""

    def sized(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
        return [b"hello"]

    with serving(make_handler(sized), "aws_http") as (connection, _):
        response, data = ask(connection, "HEAD", "/")

    assert (response.getheader("Content-Length"), data) == ("5", b"")


def test_no_content_has_neither_length_nor_body() -> None:
    """A 204 is sent bare, and the connection stays usable."""

    def empty(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        start_response("204 No Content", [])
        return []

    with serving(make_handler(empty), "aws_rest") as (connection, _):
        first, _ = ask(connection, "DELETE", "/")
        second, _ = ask(connection, "DELETE", "/")

    assert (first.status, second.status) == (204, 204)
    assert first.getheader("Content-Length") is None


def test_an_unknown_status_is_passed_on() -> None:
    """A status without a registered phrase still reaches the client."""

    def odd(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        start_response("299 Odd", [("Content-Type", "text/plain")])
        return [b"odd"]

    with serving(make_handler(odd), "aws_url") as (connection, _):
        response, data = ask(connection, "GET", "/")

    assert (response.status, data) == (299, b"odd")


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


def test_an_absolute_target_is_read_as_its_path() -> None:
    """A request line with a whole URL, as proxies send it, names the same path."""
    with serving(make_handler(mirror), "aws_url") as (connection, _):
        _, data = ask(connection, "GET", f"http://127.0.0.1:{connection.port}/a?b=c")

    seen = json.loads(data)
    assert (seen["path"], seen["query"]) == ("/a", "b=c")
