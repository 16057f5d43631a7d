from __future__ import annotations

import asyncio
import base64
import copy
import gc
import gzip
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import formats, make_handler
from lambda_bridge.emulate import Platform
from lambda_bridge.errors import (
    ConfigurationError,
    EventError,
    MalformedEvent,
    ResultTooLarge,
    UnknownEvent,
)
from lambda_bridge.recognize import NAMES
from lambda_bridge.testing import FORMATS, Client, make_event
from tests.builders import (
    BINARY_FORMATS,
    COMPRESSED_FORMATS,
    JSON_FORMATS,
    OWN_LENGTH,
    WITH_CONTEXT,
    spellings_but,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PLAIN = [("Content-Type", "text/plain; charset=utf-8")]
EXECUTE_API = "abcdefghij.execute-api.us-east-1.amazonaws.com"


def answering(body: bytes = b"ok", status: str = "200 OK", headers: Any = PLAIN) -> Callable[..., Any]:
    """A WSGI app that always answers the same."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response(status, list(headers))
        return [body]

    return app


def showing(*keys: str) -> Callable[..., Any]:
    """A WSGI app that answers with these keys of its environ, as JSON; null for an object."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps([environ.get(key) for key in keys], default=lambda value: None).encode()]

    return app


def failing(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise ValueError("the reason")


def in_asgi(app: Any) -> Any:
    """The same WSGI app as an ASGI app."""
    from asgiref.wsgi import WsgiToAsgi

    adapted: Any = WsgiToAsgi(app)  # type: ignore[no-untyped-call]

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await adapted(scope, receive, send)

    return application


def sent_by(response: Any) -> str:
    """All that a platform and its client get, to be searched."""
    return f"{response.result} {response.headers} {response.body!r}"


def contents(event: Any) -> Any:
    """What can be compared of an event: of a dict all, with what a stream holds in its place."""
    if not isinstance(event, dict):
        return event
    return copy.deepcopy({key: value.getvalue() if key == "wsgi.input" else value for key, value in event.items()})


# --- what a platform sees


@pytest.mark.parametrize(
    "call",
    [
        lambda handler, event: handler(event, None),
        lambda handler, event: handler(event),
        lambda handler, event: handler(req=event, context=None),
        lambda handler, event: handler(event=event, context=None),
        lambda handler, event: handler(event, context=None),
        lambda handler, event: handler(json.dumps(event), None),
        lambda handler, event: handler(json.dumps(event).encode(), None),
        lambda handler, event: handler(bytearray(json.dumps(event).encode()), None),
    ],
)
def test_event_is_found_however_it_is_handed_over(call: Callable[..., Any]) -> None:
    """By position or by name, as a dict or as JSON."""
    assert "ok" == call(make_handler(answering()), make_event("aws_http", "GET", "/"))["body"]


@pytest.mark.parametrize("format_", FORMATS)
def test_event_and_context_stay_as_they_are(format_: str) -> None:
    """A platform may log or reuse them."""
    name = format_.partition(":")[0]
    event = make_event(format_, "POST", "/a?b=c", headers={"cookie": "a=1; b=2"}, body=b"text")
    read_event = formats.load(name).read_event
    before, request = contents(event), read_event(event, None)
    context = {"request_id": "x"}
    handler = make_handler(answering())
    # Platform hands over a copy of JSON.
    call = handler if format_ in JSON_FORMATS else Platform(handler, name).invoke
    call(event, context)
    assert (before, request, {"request_id": "x"}) == (contents(event), read_event(event, None), context)


def test_one_handler_takes_every_format_in_turn() -> None:
    """A function may stand behind several gateways."""
    handler = make_handler(showing("lambda_bridge.format"))
    for format_ in (*FORMATS, *reversed(FORMATS)):
        assert [format_.partition(":")[0]] == Client(handler, format_).get("/").json()


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_app_finds_event_context_and_format(format_: str, interface: str, handler_for: Callable[..., Any]) -> None:
    """In its environ or scope; under AWS the keys of older adapters too, so that apps move over unchanged."""
    found: list[dict[str, Any]] = []

    def wsgi(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        found.append(environ)
        return list(answering()(environ, start_response))

    async def asgi(scope: dict[str, Any], receive: Any, send: Any) -> None:
        found.append(scope)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]})
        await send({"type": "http.response.body"})

    handler = handler_for(wsgi if interface == "wsgi" else asgi, lifespan="off")
    name = format_.partition(":")[0]
    event, context = make_event(format_, "GET", "/"), object()
    Platform(handler, name).invoke(event, context)
    seen = {key: value for key, value in found[0].items() if key.startswith("lambda_bridge.")}
    # Fn's context is a part of the event; other platforms without one have none to show.
    expected = context if format_ in WITH_CONTEXT else event[0] if name == "fn" else None
    assert (name, expected) == (seen["lambda_bridge.format"], seen["lambda_bridge.context"])
    # A host may have a key of its own in an environ.
    told = contents(seen["lambda_bridge.event"])
    assert contents(event) == ({key: told[key] for key in event} if isinstance(event, dict) else told)
    legacy = {
        "wsgi": ("serverless.event", "serverless.context", "apig_wsgi.full_event", "apig_wsgi.context"),
        "asgi": ("aws.event", "aws.context"),
    }
    expected_keys = {
        key: seen["lambda_bridge.event" if "event" in key else "lambda_bridge.context"]
        for key in legacy[interface]
        if name.startswith("aws_")
    }
    assert expected_keys == {key: found[0][key] for keys in legacy.values() for key in keys if key in found[0]}


@pytest.mark.parametrize("format_", JSON_FORMATS)
def test_event_and_context_are_no_copies(format_: str) -> None:
    """The app gets the very objects that the platform made."""
    found: list[Any] = []

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        found.extend([environ["lambda_bridge.event"], environ["lambda_bridge.context"]])
        return answering()(environ, start_response)

    event, context = make_event(format_, "GET", "/"), object()
    make_handler(app)(event, context)
    assert [True, True] == [found[0] is event, found[1] is context]


def test_two_handlers_share_no_state(handler_for: Callable[..., Any]) -> None:
    """Two apps with two sets of options in one process."""
    one = handler_for(answering(b"one", headers=[("X-A", "1")]), exclude_headers=["x-a"])
    two = handler_for(answering(b"two", headers=[("X-A", "1")]))
    event = make_event("aws_http", "GET", "/")
    assert [("one", {}), ("two", {"x-a": "1"}), ("one", {})] == [
        (result["body"], result["headers"]) for result in (one(event, None), two(event, None), one(event, None))
    ]


def test_threads_see_their_own_event_under_every_format() -> None:
    """All at once, each with another format."""
    handler = make_handler(showing("PATH_INFO", "lambda_bridge.format", "lambda_bridge.context"))
    results: dict[str, Any] = {}

    def work(format_: str) -> None:
        client = Client(handler, format_, f"context {format_}")
        found = [client.get(f"/{format_}").json() for _ in range(10)]
        results[format_] = found[0] if found == found[:1] * 10 else "mixed up"

    threads = [threading.Thread(target=work, args=(format_,)) for format_ in FORMATS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert {
        format_: [f"/{format_}", format_.partition(":")[0], f"context {format_}" if format_ in WITH_CONTEXT else None]
        for format_ in FORMATS
    } == results


# --- events that are none


@pytest.mark.parametrize("on_error", ["respond", "raise"])
@pytest.mark.parametrize(
    "event",
    [None, {}, [], 42, 4.2, True, object(), b"[1]", "null", b"42", {"a": {"b": [{}]}}, {"requestContext": 42},
     {"requestContext": {"http": {}}}, {"Records": []}, {"Records": [None]}, {"Records": [{"cf": None}]},
     {"Records": {"cf": {}}}, {"httpMethod": "GET", "path": "/"}, {"version": "2.0", "rawPath": "/"}],
)  # fmt: skip
def test_unknown_event_is_raised(event: Any, on_error: str) -> None:
    """There is no gateway that an answer could be made for: never a guess, and never an app that is asked."""
    with pytest.raises(UnknownEvent, match="no HTTP format claims this event"):
        make_handler(failing, on_error=on_error)(event, None)


@pytest.mark.parametrize("event", ["text", "", b"", b"\xff", b"{", bytearray(b"{]")])
def test_event_that_is_no_json_is_raised(event: Any) -> None:
    """It belongs to no format, so nobody could be answered."""
    with pytest.raises(EventError):
        make_handler(failing)(event, None)


def test_call_without_any_event_is_raised() -> None:
    """The message says what came."""
    with pytest.raises(UnknownEvent, match="a NoneType, not a dict"):
        make_handler(failing)()


def test_unknown_event_names_its_keys_and_a_way_out_but_no_value() -> None:
    """That is enough to know the sender, and no secret reaches the log."""
    with pytest.raises(UnknownEvent, match=r"'first', 'second'.*events=\"/route\"") as caught:
        make_handler(failing)({"second": "secret", "first": {"third": "secret"}}, None)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("format_", FORMATS)
def test_format_that_is_not_accepted_is_refused(format_: str) -> None:
    """It says which are; those are served."""
    name = format_.partition(":")[0]
    other = next(each for each in NAMES if each != name)
    with pytest.raises(UnknownEvent, match=rf"'{name}'; make_handler accepts formats=\['{other}'\] only"):
        Client(make_handler(answering(), formats=[other]), format_).get("/")
    assert "ok" == Client(make_handler(answering(), formats=[other, name]), format_).get("/").text


BROKEN: list[tuple[str, dict[str, Any]]] = [
    ("aws_http", {"body": "secret!", "isBase64Encoded": True}),
    ("aws_http", {"headers": ["secret"]}),
    ("aws_http", {"headers": 42}),
    ("aws_http", {"rawPath": 42}),
    ("aws_http", {"body": 42}),
    ("aws_http", {"body": ["secret"]}),
    ("aws_http", {"cookies": [42]}),
    ("aws_url", {"body": "secret!", "isBase64Encoded": True}),
    ("aws_url", {"rawPath": None}),
    ("aws_rest", {"body": "secret!", "isBase64Encoded": True}),
    ("aws_rest", {"multiValueHeaders": "secret"}),
    ("aws_rest", {"path": ["secret"]}),
    ("aws_alb", {"body": "secret!", "isBase64Encoded": True}),
    ("aws_alb", {"path": None}),
    ("aws_lattice", {"body": "secret!", "isBase64Encoded": True}),
    ("aws_lattice", {"headers": "secret"}),
    ("tencent_apigw", {"body": "secret!", "isBase64Encoded": True}),
    ("tencent_apigw", {"path": {"secret": 1}}),
    ("tencent_url", {"headers": "secret"}),
    ("tencent_url", {"queryString": "secret"}),
]


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
@pytest.mark.parametrize(("format_", "changes"), BROKEN)
def test_event_that_cannot_be_read_is_a_400(
    format_: str,
    changes: dict[str, Any],
    interface: str,
    handler_for: Callable[..., Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The client hears it, the log too without its contents; with on_error="raise" the invocation fails."""
    app = failing if interface == "wsgi" else in_asgi(failing)
    event = {**make_event(format_, "POST", "/", body=b"x"), **changes}
    response = formats.load(format_).read_result(handler_for(app)(event, None))
    assert (400, b"Bad Request") == (response.status, response.body)
    assert 1 == len(caplog.messages)
    assert "secret" not in caplog.text
    with pytest.raises(MalformedEvent):
        handler_for(app, on_error="raise")(event, None)


def test_request_that_cloudfront_has_cut_is_a_413(caplog: pytest.LogCaptureFixture) -> None:
    """A part of an upload is never taken for the upload."""
    event = make_event("aws_edge", "POST", "/", body=b"x")
    event["Records"][0]["cf"]["request"]["body"]["inputTruncated"] = True
    result = make_handler(failing)(event, None)
    assert ("413", "Content Too Large") == (result["status"], result["body"])
    assert "cut the request's body" in caplog.text


# --- errors of the app


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_error_of_the_app_is_a_bare_500_and_a_traceback_in_the_log(
    format_: str, interface: str, handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The client gets no text of it."""
    handler = handler_for(failing if interface == "wsgi" else in_asgi(failing))
    response = Client(handler, format_).get("/")
    assert (500, "Internal Server Error") == (response.status, response.text)
    assert "the reason" not in sent_by(response)
    assert "ValueError: the reason" in caplog.text
    assert "test_handler.py" in caplog.text


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_on_error_raise_raises_the_apps_own_error(
    format_: str, interface: str, handler_for: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """The invocation fails and the platform logs it, so the package does not."""
    handler = handler_for(failing if interface == "wsgi" else in_asgi(failing), on_error="raise")
    with pytest.raises(ValueError, match="the reason"):
        Client(handler, format_).get("/")
    assert [] == caplog.records


@pytest.mark.parametrize("format_", FORMATS)
def test_error_page_of_the_app_is_passed_on(format_: str, caplog: pytest.LogCaptureFixture) -> None:
    """A 503 with its body and Retry-After is an answer like any other, also with on_error="raise"."""
    app = answering(b"later", "503 Service Unavailable", [*PLAIN, ("Retry-After", "7")])
    for on_error in ("respond", "raise"):
        response = Client(make_handler(app, on_error=on_error), format_).get("/")
        assert (503, "later", "7") == (response.status, response.text, response.header("retry-after"))
    assert [] == caplog.records


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("path", ["/ok", "/fail", "/bad", "/none", "/events"])
def test_no_header_and_no_body_reaches_a_log(format_: str, path: str, caplog: pytest.LogCaptureFixture) -> None:
    """Cookies, tokens, passwords, pages: whatever happens, the log has none of it."""

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        if environ["PATH_INFO"] == "/fail":
            raise ValueError("the reason")
        if environ["PATH_INFO"] == "/none":
            return []
        value = "secret\n" if environ["PATH_INFO"] == "/bad" else "secret"
        start_response("200 OK", [("X-Token", value)])
        return [b"secret"]

    client = Client(make_handler(app, events="/events"), format_)
    client.post(f"{path}?token=secret", headers={"authorization": "secret", "cookie": "session=secret"}, body=b"secret")
    assert "secret" not in caplog.text


def test_error_of_configuration_found_in_a_call_is_raised(handler_for: Callable[..., Any]) -> None:
    """It is the deployer's, whom a 500 would tell nothing."""

    async def app(scope: Any, receive: Any, send: Any) -> None: ...

    async def scenario() -> None:
        handler_for(app)(make_event("aws_http", "GET", "/"), None)

    with pytest.raises(ConfigurationError):
        asyncio.run(scenario())


def test_import_error_of_the_app_passes_through() -> None:
    """The cold start fails, which the platform reports and retries."""
    with pytest.raises(ConfigurationError, match="no module 'no_such_module'"):
        make_handler("no_such_module:app")


# --- limits


@pytest.mark.parametrize("format_", JSON_FORMATS)
@pytest.mark.parametrize("kind", ["text", "base64", "escaped"])
def test_result_over_the_limit_is_a_500_with_the_sizes_in_the_log(
    format_: str, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The platform would answer with a riddle; what counts is the size of the JSON, not that of the body."""
    module = formats.load(format_.partition(":")[0])
    event = make_event(format_, "GET", "/")
    limit = module.max_result(event) or 0
    # Sizes just over the limit; each fits easily before it is encoded.
    content_type, body = {
        "text": ("text/plain", b"x" * limit),
        "base64": ("application/octet-stream", b"\xff" * (limit * 3 // 4)),
        "escaped": ("text/plain", b"\n" * (limit // 2)),
    }[kind]
    app = answering(body, headers=[("Content-Type", content_type)])
    response = module.read_result(make_handler(app)(event, None))
    assert (500, b"Internal Server Error") == (response.status, response.body)
    (message,) = caplog.messages
    assert f"(its body {len(body)} before encoding), the limit of this format is {limit}: send less" in message
    with pytest.raises(ResultTooLarge) as caught:
        make_handler(app, on_error="raise")(event, None)
    assert (limit, len(body)) == (caught.value.limit, caught.value.body)
    assert limit < caught.value.size < limit + 2000


@pytest.mark.parametrize("format_", FORMATS)
def test_only_a_result_of_json_has_a_limit(format_: str) -> None:
    """What is handed to a server or as an object is not counted by anybody."""
    limit = formats.load(format_.partition(":")[0]).max_result(make_event(format_, "GET", "/"))
    assert (format_ in JSON_FORMATS) == (limit is not None)


@pytest.mark.parametrize("format_", JSON_FORMATS)
def test_result_at_the_limit_is_passed_on(format_: str, caplog: pytest.LogCaptureFixture) -> None:
    """The last byte that the platform takes may be used."""
    module = formats.load(format_.partition(":")[0])
    event = make_event(format_, "GET", "/")
    limit = module.max_result(event) or 0

    def size_of(length: int) -> int:
        return len(json.dumps(make_handler(answering(b"x" * length))(event, None)))

    length = 5000 + limit - size_of(5000)
    assert (limit, []) == (size_of(length), caplog.records)
    assert size_of(length + 1) < 1000


def test_headers_alone_can_be_too_large() -> None:
    """CloudFront counts them: 40 KB in all for the answer to a viewer request."""
    event = make_event("aws_edge", "GET", "/")
    result = make_handler(answering(b"ok", headers=[("X-Big", "x" * 45_000)]))(event, None)
    assert "500" == result["status"]


# --- the response as HTTP wants it


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_status_without_content_has_none(format_: str, status: str) -> None:
    """No body, no length of one, and no content-type is added."""
    app = answering(b"ignored", status, [("ETag", '"1"'), ("Content-Length", "7")])
    response = Client(make_handler(app), format_).get("/")
    assert (int(status[:3]), b"", '"1"', None, None) == (
        response.status,
        response.body,
        response.header("etag"),
        response.header("content-length"),
        response.header("content-type"),
    )


@pytest.mark.parametrize("format_", FORMATS)
def test_head_has_the_headers_of_get_and_no_body(format_: str) -> None:
    """Also the content-length of GET, where the gateway lets a function say it (CloudFront does not)."""
    client = Client(make_handler(answering(b"four", headers=[*PLAIN, ("Content-Length", "4")])), format_)
    get, head = client.get("/"), client.head("/")
    others = [[header for header in each.headers if header[0] != "content-length"] for each in (get, head)]
    assert (get.status, others[0], b"four", b"") == (head.status, others[1], get.body, head.body)
    assert (None if format_.startswith("aws_edge") else "4") == head.header("content-length")


@pytest.mark.parametrize("format_", FORMATS)
def test_headers_of_a_connection_are_dropped(format_: str) -> None:
    """They are about a connection that the gateway has, not the app; a chunked response is no error."""
    names = ["Connection", "Keep-Alive", "Transfer-Encoding", "Upgrade", "TE", "Trailer", "Proxy-Authenticate"]
    app = answering(headers=[*PLAIN, *((name, "x") for name in names), ("X-Kept", "1")])
    response = Client(make_handler(app), format_).get("/")
    assert ["content-type", "x-kept"] == sorted(name for name, _ in response.headers)


@pytest.mark.parametrize("format_", spellings_but(OWN_LENGTH))
@pytest.mark.parametrize("declared", ["999", "1", "007", "x", "2"])
def test_wrong_content_length_is_corrected(format_: str, declared: str) -> None:
    """The bytes are there: what they are is not a matter of opinion."""
    app = answering(b"ok", headers=[*PLAIN, ("Content-Length", declared)])
    assert "2" == Client(make_handler(app), format_).get("/").header("content-length")


@pytest.mark.parametrize("format_", FORMATS)
def test_excluded_headers_are_dropped_in_every_spelling(format_: str) -> None:
    """Also a second cookie, which one of the formats can only send in another spelling."""
    headers = [
        *PLAIN,
        ("X-Powered-By", "a"),
        ("SERVER", "b"),
        ("Set-Cookie", "a=1"),
        ("set-cookie", "b=2"),
        ("X-Kept", "1"),
    ]
    handler = make_handler(answering(headers=headers), exclude_headers=["X-POWERED-by", "server", "Set-Cookie"])
    response = Client(handler, format_).get("/")
    assert ["content-type", "x-kept"] == sorted(name for name, _ in response.headers)
    assert "set-cookie" not in sent_by(response).lower()


@pytest.mark.parametrize("format_", COMPRESSED_FORMATS)
def test_compressed_response_unpacks_to_what_the_app_sent(format_: str) -> None:
    """For clients that accept it, and only for them; caches are told."""
    text = "Grüße " * 500
    app = answering(text.encode(), headers=[*PLAIN, ("Content-Length", str(len(text.encode()))), ("ETag", '"1"')])
    client = Client(make_handler(app, compress=True), format_)
    plain = client.get("/")
    packed = client.get("/", headers={"Accept-Encoding": "gzip"})
    assert (text, None, '"1"', "Accept-Encoding") == (
        plain.text,
        plain.header("content-encoding"),
        plain.header("etag"),
        plain.header("vary"),
    )
    assert (text, "gzip", 'W/"1"', "Accept-Encoding") == (
        gzip.decompress(packed.body).decode(),
        packed.header("content-encoding"),
        packed.header("etag"),
        packed.header("vary"),
    )
    assert packed.header("content-length") in {str(len(packed.body)), None}
    assert b"" == client.head("/", headers={"Accept-Encoding": "gzip"}).body


def test_without_the_option_nothing_is_compressed() -> None:
    """Most gateways compress themselves."""
    response = Client(make_handler(answering(b"x" * 5000))).get("/", headers={"Accept-Encoding": "gzip"})
    assert (b"x" * 5000, None) == (response.body, response.header("content-encoding"))


# --- the mount prefix


def http_event(raw_path: str, stage: str = "$default", domain: str = EXECUTE_API) -> dict[str, Any]:
    event: dict[str, Any] = make_event("aws_http", "GET", "/")
    event["rawPath"] = raw_path
    event["requestContext"].update(stage=stage, domainName=domain)
    return event


def rest_event(path: str, stage: str = "dev", domain: str = EXECUTE_API, **keys: Any) -> dict[str, Any]:
    event = {**make_event("aws_rest", "GET", "/"), "path": path, "resource": "/{proxy+}", **keys}
    event["requestContext"].update(stage=stage, domainName=domain, path=f"/{stage}{path}")
    return event


def tencent_event(path: str, host: str, stage: str = "release") -> dict[str, Any]:
    event: dict[str, Any] = make_event("tencent_apigw", "GET", path, headers={"host": host})
    event["requestContext"]["stage"] = stage
    return event


MOUNTS = showing("SCRIPT_NAME", "PATH_INFO")


def mounted(event: dict[str, Any], base_path: str | None) -> list[str]:
    """(SCRIPT_NAME, PATH_INFO) that the app sees."""
    found: list[str] = json.loads(make_handler(MOUNTS, base_path=base_path)(event, None)["body"])
    return found


@pytest.mark.parametrize(
    ("expected", "event"),
    [
        (["", "/foo"], http_event("/foo")),
        (["/dev", "/foo"], http_event("/dev/foo", "dev")),
        (["/dev", "/"], http_event("/dev", "dev")),
        (["/dev", "/"], http_event("/dev/", "dev")),
        (["", "/develop"], http_event("/develop", "dev")),
        (["", "/foo"], http_event("/dev/foo", "dev", "api.example.com")),
        (["", "/foo"], http_event("/foo", "dev", "api.example.com")),
        (["", "/products/1"], http_event("/products/1", "prod", "api.example.com")),
        (["/dev", "/devices"], rest_event("/devices")),
        (["/dev", "/"], rest_event("/")),
        (["/release", "/test/value"], tencent_event("/test/value", "service-x.gz.apigw.tencentcs.com")),
        (["", "/test/value"], tencent_event("/test/value", "api.example.com")),
    ],
)
def test_without_base_path_the_event_says_the_prefix(expected: list[str], event: dict[str, Any]) -> None:
    """A stage is a part of the client's URL, and no part of the app's path."""
    assert expected == mounted(event, None)


@pytest.mark.parametrize(
    ("expected", "path", "base_path"),
    [
        (["/api", "/x"], "/api/x", "/api"),
        (["/api", "/x"], "/api/x", "api"),
        (["/api", "/x"], "/api/x", "/api/"),
        (["/api", "/"], "/api", "/api"),
        (["/api", "/"], "/api/", "/api"),
        (["/api", "/api/x"], "/api/api/x", "/api"),
        (["/api", "//x"], "/api//x", "/api"),
        (["", "/apiv2/x"], "/apiv2/x", "/api"),
        (["", "/API/x"], "/API/x", "/api"),
        (["", "/other"], "/other", "/api"),
        (["", "/"], "/", "/api"),
        (["/api/v1", "/x"], "/api/v1/x", "/api/v1"),
        (["", "/api/x"], "/api/x", "/api/v1"),
        (["", "/api/x"], "/api/x", ""),
        (["", "/api/x"], "/api/x", "/"),
        (["/caf\xc3\xa9", "/x"], "/caf%C3%A9/x", "/café"),
        (["/a b", "/x"], "/a%20b/x", "/a b"),
    ],
)
def test_base_path_is_taken_off_once_and_as_whole_segments(expected: list[str], path: str, base_path: str) -> None:
    """Where the path has it; where not, the request was not meant for the prefix and stays as it is."""
    handler = make_handler(MOUNTS, base_path=base_path)

    seen = {format_: Client(handler, format_).get(path).json() for format_ in FORMATS}

    assert dict.fromkeys(FORMATS, expected) == seen


@pytest.mark.parametrize(
    ("expected", "event", "base_path"),
    [
        # A stage that the event's path has, and one that it has not.
        (["/dev", "/foo"], http_event("/dev/foo", "dev"), "/dev"),
        (["", "/foo"], http_event("/dev/foo", "dev"), ""),
        (["/dev/api", "/foo"], http_event("/dev/api/foo", "dev"), "/dev/api"),
        (["/api", "/foo"], http_event("/dev/api/foo", "dev"), "/api"),
        (["/dev", "/foo"], rest_event("/foo"), "/dev"),
        (["", "/foo"], rest_event("/foo"), ""),
        (["/v1", "/payment"], rest_event("/v1/payment", domain="api.example.com", resource="/payment"), "/v1"),
        (["/v1", "/payment"], rest_event("/v1/payment", domain="api.example.com"), "/v1"),
    ],
)
def test_base_path_against_a_stage(expected: list[str], event: dict[str, Any], base_path: str) -> None:
    """What the option says wins over what the event says."""
    assert expected == mounted(event, base_path)


def test_custom_domains_mapping_is_found_in_the_resource() -> None:
    """A REST API behind a mapping tells its prefix, so that nothing need be configured."""
    event = rest_event("/v1/payment", domain="api.example.com", resource="/payment", pathParameters=None)
    event["requestContext"]["path"] = "/v1/payment"
    assert ["/v1", "/payment"] == mounted(event, None)


@pytest.mark.parametrize(
    ("expected", "path"),
    [
        (["/api", "/api/x", "/api/x"], "/api/x"),
        (["/api", "/api/", "/api/"], "/api"),
        (["/api", "/api/api/x", "/api/api/x"], "/api/api/x"),
        (["/api", "/api/é", "/api/%C3%A9"], "/api/%C3%A9"),
        (["", "/x", "/x"], "/x"),
    ],
)
@pytest.mark.parametrize("format_", ["aws_http", "aws_url", "aws_rest", "aws_alb", "tencent_apigw"])
def test_path_of_a_scope_has_the_base_path(
    expected: list[str], path: str, format_: str, handler_for: Callable[..., Any]
) -> None:
    """ASGI's path begins with its root_path, and never is empty."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        value = [scope["root_path"], scope["path"], scope["raw_path"].decode()]
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": json.dumps(value).encode()})

    assert expected == Client(handler_for(app, lifespan="off", base_path="/api"), format_).get(path).json()


# --- the client's address


@pytest.mark.parametrize(
    ("expected", "trusted_proxies", "forwarded"),
    [
        ("203.0.113.7", 1, "198.51.100.7, 203.0.113.7"),
        ("198.51.100.7", 2, "198.51.100.7, 203.0.113.7"),
        ("198.51.100.7", 9, "198.51.100.7, 203.0.113.7"),
        ("", 0, "198.51.100.7, 203.0.113.7"),
        ("203.0.113.7", 1, "203.0.113.7:1234"),
        ("2001:db8::1", 1, "[2001:db8::1]:1234"),
        ("2001:db8::1", 1, "2001:db8::1"),
        ("203.0.113.7", 1, " 203.0.113.7 , "),
        ("", 1, ""),
        ("", 1, ","),
    ],
)
@pytest.mark.parametrize("format_", ["aws_alb", "aws_alb:multi", "aws_lattice", "aws_lattice:v1"])
def test_forwarded_address_is_believed_as_far_as_said(
    expected: str, trusted_proxies: int, forwarded: str, format_: str
) -> None:
    """From the right: what stands further left any client can write."""
    handler = make_handler(showing("REMOTE_ADDR"), trusted_proxies=trusted_proxies)
    assert [expected] == Client(handler, format_).get("/", headers={"X-Forwarded-For": forwarded}).json()


def test_platforms_own_address_wins() -> None:
    """Where there is one, a header of the client's changes nothing."""
    handler = make_handler(showing("REMOTE_ADDR"), trusted_proxies=2)
    for format_ in ("aws_http", "aws_url", "aws_rest", "aws_edge", "tencent_apigw"):
        assert ["127.0.0.1"] == Client(handler, format_).get("/", headers={"X-Forwarded-For": "6.6.6.6"}).json()


# --- the route of events

DISGUISES = [
    "/events",
    "/events/",
    "//events",
    "/events//",
    "/./events",
    "/x/../events",
    "/events/.",
    "/events/x/..",
    "/%65vents",
    "/event%73",
    "/%2565vents",
    "/%252565vents",
    "/EVENTS",
    "/Events/",
    "/%2e/events",
    "/x/%2e%2e/events",
    "/%2Fevents",
    "/events%2F",
    "/x%2F..%2Fevents",
    "/\\events",
    "/x\\..\\events",
    "/%5Cevents",
    "/../events",
    "/events?x=1",
    "/events%0A",
    "/events%20",
]


@pytest.mark.parametrize("format_", FORMATS)
def test_no_request_reaches_the_route_of_events(format_: str) -> None:
    """However its path is written: what the app does for a trigger, no stranger may ask for."""
    asked = []

    def app(environ: dict[str, Any], start_response: Any) -> Any:
        asked.append(environ["PATH_INFO"])
        return answering()(environ, start_response)

    client = Client(make_handler(app, events="/events"), format_)
    answers = {}
    for path in DISGUISES:
        for method in ("POST", "GET"):
            response = client.request(method, f"https://localhost{path}")
            answers[method, path] = (response.status, response.text)

    assert dict.fromkeys(answers, (404, "Not Found")) == answers
    assert [] == asked


@pytest.mark.parametrize(
    "path", ["/", "/event", "/eventss", "/events.json", "/x/events", "/events/x", "/events%3F", "/év"]
)
@pytest.mark.parametrize("format_", FORMATS)
def test_other_routes_stay_reachable(format_: str, path: str) -> None:
    """Only the one route is closed."""
    assert 200 == Client(make_handler(answering(), events="/events"), format_).get(path.replace("é", "%C3%A9")).status


@pytest.mark.parametrize("path", ["/dev/events", "/dev/%65vents", "/dev//events/"])
def test_route_of_events_is_closed_behind_a_prefix_too(path: str) -> None:
    """With the prefix and without it, as frameworks differ in what they look at."""
    handler = make_handler(answering(), events="/events")
    assert [404, 404, 404] == [
        handler(http_event(path, "dev"), None)["statusCode"],
        make_handler(answering(), events="/events", base_path="/dev")(http_event(path), None)["statusCode"],
        make_handler(answering(), events="/dev/events")(http_event(path, "dev"), None)["statusCode"],
    ]


@pytest.mark.parametrize("format_", FORMATS)
def test_variable_of_the_environment_acts_as_the_argument_does(format_: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """End to end, for one of them."""
    monkeypatch.setenv("LAMBDA_BRIDGE_EXCLUDE_HEADERS", "x-a, x-b")
    app = answering(headers=[*PLAIN, ("X-A", "1"), ("X-B", "2"), ("X-C", "3")])
    assert ["content-type", "x-c"] == sorted(name for name, _ in Client(make_handler(app), format_).get("/").headers)


@pytest.mark.parametrize("format_", FORMATS)
def test_binary_body_goes_through_unchanged(format_: str) -> None:
    """All 256 bytes in both directions, where the format carries them."""
    data = bytes(range(256))

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return [environ["wsgi.input"].read() or data]

    client = Client(make_handler(app), format_)
    assert data == client.get("/").body
    if format_ in BINARY_FORMATS:
        assert data == client.post("/", body=data).body
        assert base64.b64encode(data) == client.post("/", body=base64.b64encode(data)).body


@pytest.mark.parametrize("interface", ["wsgi", "asgi"])
def test_calls_leave_nothing_for_the_garbage_collector(interface: str, handler_for: Callable[..., Any]) -> None:
    """Bodies and events are freed when the call ends, not when the collector comes by."""

    async def asgi_app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"ok"})

    handler = handler_for(asgi_app if interface == "asgi" else answering(), lifespan="off")
    event = make_event("aws_http", "POST", "/", body=b"body")
    for _ in range(3):
        handler(event, None)
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            handler(event, None)
        # One circle for each call would be 20 objects and more; other threads of the test may leave some.
        assert gc.collect() < 20
    finally:
        gc.enable()


@pytest.mark.parametrize("format_", ["aliyun", "aliyun_apigw", "azure", "baidu", "volcengine"])
def test_what_a_platform_takes_away_is_logged_once(format_: str, caplog: pytest.LogCaptureFixture) -> None:
    """With names of cookies, never with a value."""
    cookies = [("Set-Cookie", "first=very secret; Path=/"), ("Set-Cookie", "second=more secret; Priority=High")]
    client = Client(answering(headers=[*PLAIN, *cookies]), format_)

    client.get("/")
    client.get("/")

    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert len(warnings) == 1
    assert "second" in warnings[0]
    assert "secret" not in warnings[0]
