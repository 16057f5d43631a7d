"""Azure Functions, without streams."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest
from azure.functions import HttpRequest, HttpResponse
from azure.functions.http import HttpResponseConverter

from lambda_bridge import make_handler
from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats.azure import call, make_event, make_result, max_result, read_event, read_result
from lambda_bridge.messages import Request, Response
from lambda_bridge.recognize import recognize
from tests.builders import azure
from tests.checkers import see_environ, see_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


# --- the call


def test_worker_calls_by_keywords() -> None:
    """Both models take the names of the parameters from the signature, and refuse what is no plain function."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("201 Created", [("Content-Type", "text/plain")])
        return [str(environ["lambda_bridge.context"]).encode()]

    handler = make_handler(app)

    assert type(handler).__name__ == "function"
    assert list(inspect.signature(handler).parameters) == ["req", "context"]
    result = call(handler, azure(), "the context")
    assert (result.status_code, result.get_body()) == (201, b"the context")


def test_recognized_by_its_class_alone() -> None:
    """A subclass, as the worker makes it, is as good; the context may come or not."""

    class WorkersRequest(HttpRequest):
        """What azure.functions.http has."""

    event = WorkersRequest("GET", "https://h/", body=b"")

    assert recognize((), {"req": event, "context": 7}) == ("azure", event, 7)
    assert recognize((event,), {}) == ("azure", event, None)


# --- events


@pytest.mark.parametrize(
    ("url", "path", "raw_path", "query"),
    [
        ("https://h/api/a%2Fb", "/api/a/b", b"/api/a%2Fb", ""),
        ("https://h/api/caf%C3%A9?x=1&x=2&e=&f", "/api/café", b"/api/caf%C3%A9", "x=1&x=2&e=&f"),
        ("https://h", "/", b"/", ""),
        ("https://h?a=b", "/", b"/", "a=b"),
        ("https://h//x//", "//x//", b"//x//", ""),
        ("https://h/x?u=https://other/?y", "/x", b"/x", "u=https://other/?y"),
        ("https://[2001:db8::1]:8443/x", "/x", b"/x", ""),
    ],
)
def test_path_and_query_are_those_of_the_url(url: str, path: str, raw_path: bytes, query: str) -> None:
    """The path is encoded again by the host, the query as it came; params has lost repeats and empty values."""
    request = read_event(azure(url, params={"x": "1,2"} if query else {}), None)

    assert (request.path, request.raw_path, request.query) == (path, raw_path, query)


def test_path_reaches_wsgi_decoded_once() -> None:
    """PATH_INFO has the bytes of the path."""
    assert see_environ(azure("https://h/api/caf%C3%A9/x"))["PATH_INFO"].encode("latin-1") == "/api/café/x".encode()


def test_prefix_stays_in_the_path_unless_told() -> None:
    """Nothing in the event says where the prefix of routes ends; base_path does."""
    event = azure("https://h/api/hello", route_params={"route": "hello"})

    environ, mounted = see_environ(event), see_environ(event, base_path="/api")

    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("", "/api/hello")
    assert (mounted["SCRIPT_NAME"], mounted["PATH_INFO"]) == ("/api", "/hello")
    assert see_environ(azure("https://h/api"), base_path="/api")["PATH_INFO"] == "/"


def test_client_is_the_last_forwarded_one() -> None:
    """The front end appends address and port to what the client may have sent."""
    event = azure(headers={"x-forwarded-for": "198.51.100.3, 203.0.113.9:51234"})

    assert see_scope(event)["client"] == ("203.0.113.9", 51234)
    assert see_scope(azure(headers={"x-forwarded-for": "[2001:db8::9]:51234"}))["client"] == ("2001:db8::9", 51234)
    assert see_scope(azure())["client"] is None


@pytest.mark.parametrize(
    ("url", "forwarded", "scheme", "server"),
    [
        ("https://h.example/", None, "https", ("h.example", 443)),
        ("http://localhost:7071/", None, "http", ("localhost", 7071)),
        ("http://h.example/", "https", "https", ("h.example", 443)),
        ("https://h.example/", "http", "http", ("h.example", 80)),
        ("https://h.example/", "gopher", "https", ("h.example", 443)),
    ],
)
def test_scheme_and_server(url: str, forwarded: str | None, scheme: str, server: tuple[str, int]) -> None:
    """The URL has what the client asked for; the scheme, only where the host knows of the front end."""
    request = read_event(azure(url, headers={"x-forwarded-proto": forwarded} if forwarded else {}), None)

    assert (request.scheme, request.server) == (scheme, server)


def test_request_of_somebodys_own_test() -> None:
    """Azure's guide makes requests with a path, params and no body: they are read as they are meant."""
    event = HttpRequest("GET", "/api/hello", params={"name": "you & me"}, body=None)  # type: ignore[arg-type]

    request = read_event(event, None)

    assert (request.path, request.query, request.body) == ("/api/hello", "name=you%20%26%20me", b"")
    assert (request.scheme, request.server) == ("https", ("localhost", 443))


def test_header_texts_become_native_strings() -> None:
    """Kestrel decodes headers from UTF-8."""
    assert read_event(azure(headers={"x-name": "café"}), None).headers.get("x-name") == "café".encode().decode(
        "latin-1"
    )


def test_made_event_is_as_the_worker_has_it() -> None:
    """Repeats are joined in headers and params; the tail of the route is there; the body is bytes."""
    request = Request(
        "POST", "/a b", b"/a%20b", "x=1&x=2&e=", [("x-m", "1"), ("x-m", "2")], b"\xff", client=("203.0.113.9", 0)
    )

    event = make_event(request)

    assert (event.url, event.method, event.get_body()) == ("https://localhost/a%20b?x=1&x=2&e=", "POST", b"\xff")
    assert (event.headers["X-M"], event.headers["x-forwarded-for"]) == ("1,2", "203.0.113.9")
    assert (dict(event.params), dict(event.route_params)) == ({"x": "1,2"}, {"route": "a b"})


# --- results


@pytest.mark.parametrize("status", [200, 404, 500, 503])
def test_body_reaches_the_client_for_every_status(status: int) -> None:
    """Bytes as they are; of an app's own error page too."""
    result = make_result(Response(status, [("content-type", "text/html")], b"<p>\xff"), azure())

    assert isinstance(result, HttpResponse)
    assert (result.status_code, result.get_body()) == (status, b"<p>\xff")
    assert read_result(result) == Response(status, [("content-type", "text/html")], b"<p>\xff")


def test_repeated_headers_are_joined_but_cookies() -> None:
    """Of one name the host takes one value."""
    response = Response(200, [("x-m", "1"), ("set-cookie", "a=1"), ("x-m", "2"), ("set-cookie", "b=2")])

    result = make_result(response, azure())

    assert result.headers.get_all("x-m") == ["1, 2"]
    assert result.headers.get_all("set-cookie") == ["a=1", "b=2"]


def test_no_content_type_is_none() -> None:
    """The worker would say text/plain; an empty one is what the host takes away."""
    result = make_result(Response(200, [], b"x"), azure())

    assert HttpResponseConverter.encode(result, expected_type=None).value["headers"]["content-type"].value == ""
    assert read_result(make_result(Response(200, [], b"x"), azure())).headers == []


def test_header_that_kestrel_would_refuse() -> None:
    """What is not visible ASCII is percent-encoded: it would make the whole answer a 500."""
    response = Response(200, [("location", "/caf\xc3\xa9"), ("x-control", "a\x01b\tc")])

    assert read_result(make_result(response, azure())).headers == [
        ("location", "/caf%C3%A9"),
        ("x-control", "a%01b\tc"),
    ]


def test_no_limit_of_its_own() -> None:
    """A result is no JSON, and no limit of responses is documented."""
    assert max_result(azure()) is None


def test_reading_a_result_leaves_it_as_it_is() -> None:
    """The worker's conversion takes the cookies away: it gets a copy."""
    result = make_result(Response(200, [("set-cookie", "a=1"), ("set-cookie", "b=x/y")]), azure())

    assert read_result(result) == read_result(result)


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        ({"statusCode": 200}, "of the class dict"),
        (None, "of the class NoneType"),
        (HttpResponse("x", status_code=99), "99"),
        (HttpResponse("x", headers={"x-name": "café"}), "x-name"),
        (HttpResponse("x", headers={"set-cookie": "a@b=1"}), "name of a cookie"),
        (HttpResponse("x", headers={"set-cookie": "a:b=1"}), "name of a cookie"),
        (HttpResponse("x", headers={"set-cookie": "a=1; Max-Age=abc"}), "Max-Age"),
        (HttpResponse("x", headers={"set-cookie": "a=1; Expires=Wed, 21-Oct-2026 07:28:00 GMT"}), "Expires"),
        (HttpResponse("x", headers={"set-cookie": "a=1; Expires=0"}), "Expires"),
    ],
    ids=str,
)
def test_what_worker_or_host_refuse(result: Any, problem: str) -> None:
    """Each of these is a 500 on Azure."""
    with pytest.raises(RefusedResult, match=problem):
        read_result(result)


def test_cookies_of_others_vanish_as_they_do_there() -> None:
    """What http.cookies cannot read is not sent at all, and unknown attributes become cookies."""
    result = HttpResponse("", headers={"set-cookie": 'a={"x":1}'}, mimetype="")
    another = HttpResponse("", headers={"set-cookie": "a=1; Priority=High"}, mimetype="")

    assert read_result(result).headers == []
    assert [value for _, value in read_result(another).headers] == [
        "a=1; domain=; path=",
        "Priority=High; domain=; path=",
    ]
