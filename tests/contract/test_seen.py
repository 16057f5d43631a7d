"""What an app sees of a request is the same under every format."""

from __future__ import annotations

from urllib.parse import parse_qsl

import flask
import pytest

from lambda_bridge import formats
from lambda_bridge.errors import MalformedEvent
from lambda_bridge.messages import Request
from lambda_bridge.testing import FORMATS, Client, make_event
from tests.builders import JSON_FORMATS, WITH_CONTEXT
from tests.contract.carries import BINARY_FORMATS, CARRIES
from tests.contract.shared import EVERY_BYTE, load, see_environ_of, see_scope_of, wire


@pytest.mark.parametrize("spelling", BINARY_FORMATS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_binary_body_arrives_for_every_method(spelling: str, method: str) -> None:
    """All 256 bytes arrive as they were sent, whatever the method."""
    environ = see_environ_of(spelling, wire(make_event(spelling, method, "/", body=EVERY_BYTE)))

    assert environ["body"] == EVERY_BYTE
    assert environ["CONTENT_LENGTH"] == "256"


@pytest.mark.parametrize("spelling", BINARY_FORMATS)
def test_upload_arrives(spelling: str) -> None:
    """A framework reads an uploaded file as the client sent it."""
    app = flask.Flask("app")

    @app.post("/")
    def keep() -> bytes:
        uploaded: bytes = flask.request.files["file"].read()
        return uploaded

    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + EVERY_BYTE + b"\r\n--b--\r\n"

    response = Client(app, spelling).post("/", headers={"Content-Type": "multipart/form-data; boundary=b"}, body=part)

    assert response.body == EVERY_BYTE


def test_binary_body_is_refused_where_only_text_is_carried() -> None:
    """A function URL of Tencent has no flag for base64: the client of a test gets 415, not garbage."""
    with pytest.raises(MalformedEvent) as caught:
        make_event("tencent_url", "POST", "/", body=EVERY_BYTE)

    assert caught.value.status == 415


@pytest.mark.parametrize("spelling", FORMATS)
def test_content_length_is_that_of_the_decoded_body(spelling: str) -> None:
    """Two characters are three bytes: the length is corrected, in environ and headers, and there once."""
    event = wire(make_event(spelling, "POST", "/", body="hé".encode(), headers={"content-length": "2"}))

    environ, scope = see_environ_of(spelling, event), see_scope_of(spelling, event)

    assert environ["CONTENT_LENGTH"] == "3"
    assert [value for name, value in scope["headers"] if name == b"content-length"] == [b"3"]


@pytest.mark.parametrize("spelling", FORMATS)
def test_no_body(spelling: str) -> None:
    """Without a body, CONTENT_LENGTH is 0 and ASGI gets one empty message."""
    event = wire(make_event(spelling, "GET", "/"))

    environ, scope = see_environ_of(spelling, event), see_scope_of(spelling, event)

    assert environ["CONTENT_LENGTH"] == "0"
    assert environ["body"] == b""
    assert scope["messages"] == [{"type": "http.request", "body": b"", "more_body": False}]


@pytest.mark.parametrize("spelling", FORMATS)
def test_headers_that_no_app_may_see(spelling: str) -> None:
    """A client cannot set HTTP_PROXY, nor what a platform says or hides; the body is never chunked."""
    forbidden = {
        "Proxy": "http://evil.example",
        "Transfer-Encoding": "chunked",
        "x-amzn-request-context": "{}",
        "x-amzn-lambda-context": "{}",
        "X-Scf-Secret-Id": "a",
        "X-Scf-Secret-Key": "b",
        "X-Scf-Session-Token": "c",
        "X-Fc-Access-Key-Id": "n",
        "X-Fc-Access-Key-Secret": "o",
        "X-Fc-Security-Token": "p",
        "X-CFF-Auth-Token": "d",
        "X-CFF-Security-Access-Key": "e",
        "X-CFF-Security-Secret-Key": "f",
        "X-CFF-Security-Token": "g",
        "X-Faas-Access-Key-Id": "h",
        "X-Faas-Secret-Access-Key": "i",
        "X-Faas-Session-Token": "j",
        "X-Cfc-AccessKeyID": "k",
        "X-Cfc-AccessKeySecret": "l",
        "X-Cfc-SecurityToken": "m",
        "X-Vercel-Oidc-Token": "q",
        "X-Vercel-Sc-Headers": "r",
    }
    event = wire(make_event(spelling, "POST", "/", headers={**forbidden, "X-Kept": "yes"}, body=b"a"))

    environ, scope = see_environ_of(spelling, event), see_scope_of(spelling, event)

    assert {"HTTP_" + name.upper().replace("-", "_") for name in forbidden}.isdisjoint(environ)
    assert {name.lower().encode() for name in forbidden}.isdisjoint(name for name, _ in scope["headers"])
    assert environ["HTTP_X_KEPT"] == "yes"


@pytest.mark.parametrize("spelling", FORMATS)
def test_content_headers_have_one_key(spelling: str) -> None:
    """CONTENT_TYPE and CONTENT_LENGTH stand without HTTP_, and only so."""
    event = wire(make_event(spelling, "POST", "/", headers={"Content-Type": "text/plain"}, body=b"a"))

    environ = see_environ_of(spelling, event)

    assert environ["CONTENT_TYPE"] == "text/plain"
    assert {"HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH"}.isdisjoint(environ)


@pytest.mark.parametrize("spelling", FORMATS)
def test_cookies_are_one_header(spelling: str) -> None:
    """The app sees every cookie in one header, once; without cookies it sees none."""
    event = wire(make_event(spelling, "GET", "/", headers=[("cookie", "a=1; b=2")]))

    scope = see_scope_of(spelling, event)

    assert see_environ_of(spelling, event)["HTTP_COOKIE"] == "a=1; b=2"
    assert [value for name, value in scope["headers"] if name == b"cookie"] == [b"a=1; b=2"]
    assert "HTTP_COOKIE" not in see_environ_of(spelling, wire(make_event(spelling, "GET", "/")))


@pytest.mark.parametrize("spelling", FORMATS)
@pytest.mark.parametrize(
    ("host", "name", "port"),
    [
        ("example.com:8443", "example.com", 8443),
        ("[2001:db8::1]:8443", "2001:db8::1", 8443),
        ("192.0.2.7:8443", "192.0.2.7", 8443),
    ],
)
def test_server_is_what_the_client_asked_for(spelling: str, host: str, name: str, port: int) -> None:
    """Host and port come from the Host header, which stays as it was; brackets of IPv6 only in WSGI."""
    event = wire(make_event(spelling, "GET", f"https://{host}/"))

    environ, scope = see_environ_of(spelling, event), see_scope_of(spelling, event)

    assert scope["server"] == (name, port)
    assert environ["SERVER_NAME"] == (f"[{name}]" if ":" in name else name)
    assert environ["SERVER_PORT"] == str(port)
    assert environ["HTTP_HOST"] == host


@pytest.mark.parametrize("spelling", FORMATS)
def test_https_without_a_port_is_443(spelling: str) -> None:
    """A URL without a port is on the scheme's own."""
    environ = see_environ_of(spelling, wire(make_event(spelling, "GET", "https://example.com/")))

    assert (environ["wsgi.url_scheme"], environ["SERVER_PORT"]) == ("https", "443")


@pytest.mark.parametrize("spelling", FORMATS)
@pytest.mark.parametrize(
    "host", ["", "[", "[]", "[]:80", "]:80", ":8080", "a:b", "a:", "a:99999", "a:٣", "\x00", "é.example"]
)
def test_odd_hosts_make_valid_servers(spelling: str, host: str) -> None:
    """Clients write what they like into Host: SERVER_NAME is never empty and SERVER_PORT always a port."""
    event = wire(make_event(spelling, "GET", "/", headers={"host": host}))

    assert see_environ_of(spelling, event)["SERVER_NAME"]
    assert see_scope_of(spelling, event)["server"][0]


@pytest.mark.parametrize("spelling", FORMATS)
def test_path_is_decoded_once(spelling: str) -> None:
    """What a client has encoded twice is still encoded once in the app's path."""
    event = wire(make_event(spelling, "GET", "/a%2520b/caf%C3%A9/%E6%97%A5%E6%9C%AC"))

    environ, scope = see_environ_of(spelling, event), see_scope_of(spelling, event)

    assert environ["PATH_INFO"].encode("latin-1") == "/a%20b/café/日本".encode()
    assert scope["path"] == "/a%20b/café/日本"
    assert scope["raw_path"] == b"/a%2520b/caf%C3%A9/%E6%97%A5%E6%9C%AC"


@pytest.mark.parametrize("spelling", [spelling for spelling in FORMATS if CARRIES[spelling].raw_path])
def test_raw_path_keeps_an_encoded_slash(spelling: str) -> None:
    """raw_path is as the client sent it, so that an encoded slash can be told from a plain one."""
    scope = see_scope_of(spelling, wire(make_event(spelling, "GET", "/a%2Fb/c?x=1")))

    assert (scope["path"], scope["raw_path"]) == ("/a/b/c", b"/a%2Fb/c")


@pytest.mark.parametrize("spelling", FORMATS)
@pytest.mark.parametrize("path", ["/", "/a+b", "/a//b", "/a/", "/a;b=c", "/a@b:c", "/%3F%23", "/100%25"])
def test_paths_arrive(spelling: str, path: str) -> None:
    """Plus signs, double and trailing slashes and encoded delimiters are the app's, not ours."""
    decoded = path.replace("%3F", "?").replace("%23", "#").replace("%25", "%")

    assert see_environ_of(spelling, wire(make_event(spelling, "GET", path)))["PATH_INFO"] == decoded


@pytest.mark.parametrize("spelling", FORMATS)
def test_query_means_the_same(spelling: str) -> None:
    """Names and values parse to what the client meant, also where the gateway has decoded them."""
    query = "q=a%2Bb+c%26d%3De&empty=&k%5B%5D=1&%E5%90%8D=%E4%BD%A0"

    environ = see_environ_of(spelling, wire(make_event(spelling, "GET", "/?" + query)))

    expected = [("q", "a+b c&d=e"), ("empty", ""), ("k[]", "1"), ("名", "你")]
    assert expected == parse_qsl(environ["QUERY_STRING"], keep_blank_values=True)


@pytest.mark.parametrize("spelling", [spelling for spelling in FORMATS if CARRIES[spelling].repeated_query])
def test_repeated_query_names_arrive_in_order(spelling: str) -> None:
    """Every value of a name arrives, in order, where the platform has not dropped or joined them."""
    environ = see_environ_of(spelling, wire(make_event(spelling, "GET", "/?a=2&a=1&a=2")))

    assert parse_qsl(environ["QUERY_STRING"]) == [("a", "2"), ("a", "1"), ("a", "2")]


@pytest.mark.parametrize("spelling", FORMATS)
def test_query_name_without_value_is_kept(spelling: str) -> None:
    """`?flag` may become `flag=`, but is never lost."""
    environ = see_environ_of(spelling, wire(make_event(spelling, "GET", "/?flag")))

    assert environ["QUERY_STRING"] in {"flag", "flag="}


@pytest.mark.parametrize("spelling", FORMATS)
def test_no_query_is_an_empty_string(spelling: str) -> None:
    """Without a query the app sees an empty one."""
    event = wire(make_event(spelling, "GET", "/a"))

    assert see_environ_of(spelling, event)["QUERY_STRING"] == ""
    assert see_scope_of(spelling, event)["query_string"] == b""


@pytest.mark.parametrize("spelling", FORMATS)
@pytest.mark.parametrize("method", ["PROPFIND", "QUERY", "OPTIONS", "HEAD"])
def test_methods_pass(spelling: str, method: str) -> None:
    """A method is passed on as it is, known or not."""
    assert see_scope_of(spelling, wire(make_event(spelling, method, "/")))["method"] == method


@pytest.mark.parametrize("spelling", FORMATS)
def test_values_beyond_ascii_are_utf_8(spelling: str) -> None:
    """A header's text becomes the bytes that the client sent."""
    event = wire(make_event(spelling, "GET", "/", headers={"x-name": "Grüße 日本"}))

    assert dict(see_scope_of(spelling, event)["headers"])[b"x-name"] == "Grüße 日本".encode()
    assert see_environ_of(spelling, event)["HTTP_X_NAME"].encode("latin-1") == "Grüße 日本".encode()


@pytest.mark.parametrize("spelling", sorted(set(JSON_FORMATS) & set(WITH_CONTEXT)))
def test_each_call_sees_its_own_event_and_context(spelling: str) -> None:
    """Event, context and format are in environ and scope."""
    event, context = wire(make_event(spelling, "GET", "/")), {"request_id": "7"}

    for seen in (see_environ_of(spelling, event, context), see_scope_of(spelling, event, context)):
        assert seen["lambda_bridge.event"] == event
        assert seen["lambda_bridge.context"] is context
        assert seen["lambda_bridge.format"] == spelling.partition(":")[0]


@pytest.mark.parametrize("spelling", FORMATS)
def test_no_address_is_invented(spelling: str) -> None:
    """Where neither the platform nor a header tells the client's address, it is empty."""
    event = wire(formats.load(spelling.partition(":")[0]).make_event(Request("GET", "/"), load(spelling)[1]))
    expected = "127.0.0.1" if spelling.startswith("aws_edge") else ""

    assert see_environ_of(spelling, event)["REMOTE_ADDR"] == expected
