"""HTTP functions of Alibaba Cloud Function Compute 2."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.formats.aliyun_wsgi import call, read_event, read_result
from lambda_bridge.recognize import recognize
from tests.builders import SAMPLES, environ, event_of, read_sample
from tests.checkers import validated


def function(path: str = "/", uri: str | None = None, **others: Any) -> dict[str, Any]:
    told = {"SERVER_NAME": "FCRUNTIME", "SERVER_PORT": "9000", "HTTP": "on", "fc.request_uri": uri or path}
    event: dict[str, Any] = environ(path, format_name="aliyun_wsgi", **{**told, **others})
    return event


def test_call_below_the_default_domain() -> None:
    """Only the URI that the client sent has the prefix, with the version; the bytes of its path are there too."""
    request = read_event(event_of("aliyun_wsgi", read_sample(SAMPLES / "aliyun_wsgi/default_domain.json")), None)

    assert request.root_path == "/2016-08-15/proxy/shop.LATEST/orders"
    assert (request.path, request.raw_path) == ("/hello/你/a/b", b"/hello/%E4%BD%A0/a%2Fb")
    assert (request.client, request.body) == (("203.0.113.9", 0), b"\x00\x01\x02\x80\xff")
    assert request.server == ("1111222233334444.cn-hangzhou.fc.aliyuncs.com", 80)


def test_call_below_a_domain_of_ones_own() -> None:
    """There is no prefix, and the header tells the scheme that the environ does not."""
    request = read_event(event_of("aliyun_wsgi", read_sample(SAMPLES / "aliyun_wsgi/custom_domain.json")), None)

    assert (request.root_path, request.path) == ("", "/hello")
    assert (request.scheme, request.server) == ("https", ("www.example.com", 443))


@pytest.mark.parametrize("qualifier", ["", ".LATEST", ".staging"])
def test_two_qualifiers_in_one_process(qualifier: str) -> None:
    """The prefix is that of the call, not of the first one."""
    event = function("/x", f"/2016-08-15/proxy/shop{qualifier}/orders/x")

    assert read_event(event, None).root_path == f"/2016-08-15/proxy/shop{qualifier}/orders"


@pytest.mark.parametrize(
    ("path", "uri", "root_path", "raw_path"),
    [
        ("/", "/2016-08-15/proxy/s/f/", "/2016-08-15/proxy/s/f", b"/"),
        ("/", "/2016-08-15/proxy/s/f", "/2016-08-15/proxy/s/f", b"/"),
        ("/", "/2016-08-15/proxy/s/f?x=/y", "/2016-08-15/proxy/s/f", b"/"),
        ("/a/b", "/2016-08-15/proxy/s/f/a%2Fb", "/2016-08-15/proxy/s/f", b"/a%2Fb"),
        ("/rewritten", "/other", "", b"/rewritten"),
    ],
)
def test_uris(path: str, uri: str, root_path: str, raw_path: bytes) -> None:
    """The prefix ends without a slash, as PEP 3333 wants; a URI that means another path is not taken."""
    request = read_event(function(path, uri), None)

    assert (request.root_path, request.path, request.raw_path) == (root_path, path, raw_path)


def test_recognized_by_what_the_runtime_adds() -> None:
    """Any other WSGI server has no fc.request_uri."""
    assert recognize((function(),), {})[0] == "aliyun_wsgi"
    assert recognize((environ(),), {})[0] == "wsgi"


def test_variables_of_the_process_are_no_headers_that_matter() -> None:
    """The runtime copies os.environ into the environ: an HTTP_PROXY there is no header of the client's."""
    request = read_event(function(HTTP_PROXY="http://proxy.example", PATH="/bin", HTTP="on"), None)

    assert [name for name, _ in request.headers] == ["host"]


def test_whole_call_with_the_context_of_the_function() -> None:
    """handler(environ, start_response); the context stands in the environ, and tells the time there is."""
    seen = {}

    def app(given: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        seen.update(given)
        start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return [b"hello"]

    context = SimpleNamespace(function=SimpleNamespace(timeout=60), request_id="1")
    event = function("/x", "/2016-08-15/proxy/s/f/x")

    response = read_result(call(make_handler(validated(app)), event, context))

    assert response.body == b"hello"
    assert [value for name, value in response.headers if name == "set-cookie"] == ["a=1", "b=2"]
    assert (seen["SCRIPT_NAME"], seen["PATH_INFO"]) == ("/2016-08-15/proxy/s/f", "/x")
    assert (seen["lambda_bridge.context"], seen["lambda_bridge.format"]) == (context, "aliyun_wsgi")
