"""Oracle Cloud Functions and Fn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from fdk.context import InvokeContext
from fdk.response import Response as FnResponse

from lambda_bridge import make_handler
from lambda_bridge.errors import RefusedResult, UnknownEvent
from lambda_bridge.formats.fn import call, make_event, make_result, read_event, read_result
from lambda_bridge.messages import Request, Response
from lambda_bridge.recognize import recognize
from tests.builders import fn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambda_bridge.handler import Handler


def sent(result: Any) -> list[tuple[str, str]]:
    """The lines of headers that the FDK writes to its socket, but its own two."""
    lines = [(str(name), value) for name, value in result.context().GetResponseHeaders().items()]
    return [line for line in lines if not line[0].startswith("fn-fdk-")]


def test_context_comes_first_and_body_by_keyword() -> None:
    """The FDK calls handler(ctx, data=...)."""
    ctx, data = fn()

    assert recognize((ctx,), {"data": data}) == ("fn", (ctx, data), ctx)


@pytest.mark.parametrize("headers", [{}, {"content-type": "application/json"}])
def test_direct_invocation_is_no_request(headers: dict[str, str]) -> None:
    """Without a trigger there is neither method nor URL: refused, with what to do about it."""
    ctx = InvokeContext("app-id", "app", "fn-id", "fn", "call-id", headers=headers, method=None)

    with pytest.raises(UnknownEvent, match=r"direct invocation of a function of Fn.*events="):
        recognize((ctx,), {"data": None})


def test_intent_that_a_client_claims_changes_nothing() -> None:
    """A client's own Fn-Intent makes the FDK take the call for a direct one: status and headers arrive nevertheless."""
    event = fn(headers={"fn-intent": "cloudevent", "fn-http-method": "DELETE"})

    assert recognize((event[0],), {"data": event[1]})[0] == "fn"
    assert read_event(event, None).method == "GET"
    result = make_result(Response(404, [("a", "1")], b"x"), event)
    assert sent(result) == [("fn-http-status", "404"), ("fn-http-h-a", "1"), ("content-type", "")]


@pytest.mark.parametrize(
    ("url", "path", "raw_path", "query", "scheme", "server"),
    [
        ("http://h.example:8080/t/a%2Fb%20c?x=1&x", "/t/a/b c", b"/t/a%2Fb%20c", "x=1&x", "http", ("h.example", 8080)),
        ("https://h.example/", "/", b"/", "", "https", ("h.example", 443)),
        ("https://h.example//a//b", "//a//b", b"//a//b", "", "https", ("h.example", 443)),
        ("https://h.example?x=1", "/", b"/", "x=1", "https", ("h.example", 443)),
        ("http://[2001:db8::1]:81/a", "/a", b"/a", "", "http", ("2001:db8::1", 81)),
        ("/a%2Fb?u=http://x/?y", "/a/b", b"/a%2Fb", "u=http://x/?y", "https", ("localhost", 443)),
        ("//a//b", "//a//b", b"//a//b", "", "https", ("localhost", 443)),
        ("/a?", "/a", b"/a", "", "https", ("localhost", 443)),
    ],
)
def test_url_is_whole_or_a_path(
    url: str, path: str, raw_path: bytes, query: str, scheme: str, server: tuple[str, int]
) -> None:
    """Fn's trigger tells a whole URL, Oracle's gateway path and query; both as the client sent them."""
    request = read_event(fn(url, host=None), None)

    assert (request.path, request.raw_path, request.query) == (path, raw_path, query)
    assert (request.scheme, request.server) == (scheme, server)


def test_balancer_before_a_server_of_fn_tells_the_scheme() -> None:
    """A server of Fn says http behind a balancer that has ended TLS; Oracle's gateway is always https."""
    headers = {"x-forwarded-proto": "https"}

    assert read_event(fn("http://h.example/", headers=headers), None).scheme == "https"
    assert read_event(fn("/", headers={"x-forwarded-proto": "http"}), None).scheme == "https"


def test_content_type_without_prefix_and_with_it() -> None:
    """The trigger leaves Content-Type as it is, Oracle's gateway sends it in both ways: there is one."""
    plain = fn(call={"content-type": "text/plain"})
    both = fn(call={"content-type": "application/octet-stream"}, headers={"content-type": "text/plain"})

    for event in (plain, both):
        assert read_event(event, None).headers.all("content-type") == ["text/plain"]
    assert read_event(fn(), None).headers.get("content-type") is None


def test_headers_of_the_call_itself_stay_out() -> None:
    """Those of the agent and of Oracle's services have no prefix, and are not the client's."""
    event = fn(call={"user-agent": "lua", "oci-subject-id": "ocid1.x", "opc-request-id": "1"})

    assert list(read_event(event, None).headers) == [("host", "fn.example.com")]


def test_headers_are_utf_8() -> None:
    """The FDK decodes and encodes header values as UTF-8; ours are one character a byte."""
    event = fn(headers={"x-a": "grüße"})

    assert read_event(event, None).headers.get("x-a") == "grüße".encode().decode("latin-1")
    result = make_result(Response(200, [("x-b", "grüße".encode().decode("latin-1"))]), event)
    assert ("fn-http-h-x-b", "grüße") in sent(result)


def test_body_is_read_from_wherever_its_reader_stands() -> None:
    """And its position stays: the app finds the FDK's own object in lambda_bridge.event."""
    ctx, data = fn(body=b"\x00\xff and more")
    data.read(2)

    assert read_event((ctx, data), None).body == b"\x00\xff and more"
    assert data.tell() == 2


def test_repeated_headers_are_lines_of_their_own() -> None:
    """A dict can hold a name once, and a list would be sent as Python writes it: later ones get keys of another kind."""
    cookies = [("set-cookie", "a=1; Path=/"), ("set-cookie", "b=2"), ("set-cookie", "c=3")]

    result = make_result(Response(200, [*cookies, ("x-a", "1"), ("x-a", "2")]), fn())

    assert [(f"fn-http-h-{name}", value) for name, value in [*cookies, ("x-a", "1"), ("x-a", "2")]] == sent(result)[
        1:-1
    ]
    assert read_result(result).headers == [*cookies, ("x-a", "1"), ("x-a", "2")]


def test_second_answer_to_one_call_has_nothing_of_the_first() -> None:
    """An answer that is too large is given up for another; the FDK keeps headers with the call."""
    event = fn()
    make_result(Response(200, [("set-cookie", "a=1"), ("content-type", "text/plain")], b"too large"), event)

    assert sent(make_result(Response(500), event)) == [("fn-http-status", "500"), ("content-type", "")]


@pytest.mark.parametrize("status", [502, 504])
def test_status_that_would_be_taken_for_a_failed_call(status: int) -> None:
    """Fn drops the body of a call with such a status: the app's own goes in a header, as all others do."""
    result = make_result(Response(status, [], b"try later"), fn())

    assert isinstance(result, FnResponse)
    assert (result.status(), result.body_bytes()) == (200, b"try later")
    assert read_result(result) == Response(status, [], b"try later")


def test_response_without_a_content_type() -> None:
    """The FDK would write `Content-Type: None`; an empty one says nothing."""
    result = make_result(Response(302, [("location", "/a")]), fn())

    assert dict(sent(result))["content-type"] == ""
    assert read_result(result).headers == [("location", "/a")]


@pytest.mark.parametrize(("method", "expected"), [("GET", None), ("HEAD", "12")])
def test_length_is_for_the_fdk_to_tell(method: str, expected: str | None) -> None:
    """But for HEAD, where it is that of another body."""
    result = make_result(Response(200, [("content-length", "12")]), fn(method=method))

    assert dict(sent(result)).get("fn-http-h-content-length") == expected


def test_result_of_a_failed_call_is_refused() -> None:
    """What Fn makes of it is its own answer."""
    with pytest.raises(RefusedResult, match="502"):
        read_result(FnResponse(fn()[0], "failed", status_code=502))
    with pytest.raises(RefusedResult, match="status code"):
        read_result(make_result(Response(99), fn()))


def test_made_events_of_the_two_gateways() -> None:
    """Oracle's tells path and query, and Content-Type with a prefix too."""
    request = Request("POST", "/a", query="x=1", headers=[("host", "h.example"), ("content-type", "text/plain")])

    trigger, _ = make_event(request)
    oracle, _ = make_event(request, "oracle")

    assert (trigger.RequestURL(), oracle.RequestURL()) == ("https://localhost/a?x=1", "/a?x=1")
    assert ("content-type" in trigger.HTTPHeaders(), "content-type" in oracle.HTTPHeaders()) == (False, True)


# --- how the handler answers


def hello(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hello"]


def test_wsgi_app_answers_at_once_inside_the_running_loop() -> None:
    """The FDK calls synchronous functions on its loop, too."""
    handler = make_handler(hello)

    async def as_the_fdk() -> Any:
        return call(handler, fn(), None)

    assert read_result(asyncio.run(as_the_fdk())).body == b"hello"


def test_asgi_app_answers_with_a_coroutine_on_the_loop_of_the_fdk(handler_for: Callable[..., Handler]) -> None:
    """Where no other loop can run; lifespan starts once, on that loop."""
    seen = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        seen.append((scope["type"], asyncio.get_running_loop()))
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"hello"})

    handler = handler_for(app)

    async def as_the_fdk() -> tuple[Any, list[Any]]:
        results = [await call(handler, fn(), None) for _ in range(2)]
        handler.close()
        await asyncio.sleep(0)
        return asyncio.get_running_loop(), results

    loop, results = asyncio.run(as_the_fdk())

    assert [read_result(result).body for result in results] == [b"hello", b"hello"]
    assert seen == [("lifespan", loop), ("http", loop), ("http", loop)]


def test_app_finds_the_objects_of_the_fdk() -> None:
    """What the two arguments were is in the environ."""
    seen: dict[str, Any] = {}
    event = fn()

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        seen.update(environ)
        return hello(environ, start_response)

    call(make_handler(app), event, None)

    assert (seen["lambda_bridge.event"], seen["lambda_bridge.context"]) == (event, event[0])
