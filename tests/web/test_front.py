"""What stands between a platform's server and the handler, in process: the platform's own calls, and its headers."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.formats import asgi, wsgi
from lambda_bridge.messages import Request, Response
from lambda_bridge.web.front import Front, read_cloud_event
from lambda_bridge.web.platforms import LOCAL, find_platform
from tests.checkers import validated
from tests.web import served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambda_bridge.handler import Handler

TIMER = json.dumps({"triggerTime": "2026-03-04T10:11:12Z", "triggerName": "nightly", "payload": "go"}).encode()
ALIYUN = {"x-fc-request-id": "r-1", "x-fc-access-key-secret": "geheim"}


def ask_wsgi(front: Front, asked: Asked) -> Response:
    """What a WSGI server gets."""
    return ask_environ(front, asked.environ())


def ask_environ(front: Front, environ: dict[str, Any]) -> Response:
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        started.append((status, headers))
        return lambda data: None

    with closing(validated(front.wsgi)(environ, start_response)) as chunks:  # type: ignore[type-var]
        body = b"".join(chunks)
    return wsgi.read_result((*started[0], [body]))


def ask_asgi(front: Front, asked: Asked) -> Response:
    """What an ASGI server gets."""
    return ask_scope(front, asked.scope())


def ask_scope(front: Front, scope: dict[str, Any]) -> Response:
    messages = iter([{"type": "http.request", "body": scope.pop("body")}])
    sent: list[Any] = []

    async def receive() -> Any:
        message = next(messages, None)
        if message is None:
            await asyncio.sleep(3600)
        return message

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(front.asgi(scope, receive, send))
    start, *parts = sent
    return asgi.read_result([start, *({"body": part.get("body", b"")} for part in parts)])


DOORS = [pytest.param(ask_wsgi, id="wsgi"), pytest.param(ask_asgi, id="asgi")]


Headers = dict[str, str]


class Asked:
    """A request to the server, from the platform's proxy; with headers that a Request would not hold."""

    def __init__(self, method: str, path: str, headers: Headers | None = None, body: bytes = b"") -> None:
        pairs = [("host", "example.com"), ("content-length", str(len(body)))]
        self.headers = headers or {}
        self.request = Request(method, path, headers=pairs, body=body, scheme="http", client=("169.254.8.129", 4711))

    def environ(self) -> dict[str, Any]:
        keys = {name: name.upper().replace("-", "_") for name in self.headers}
        extra = {key if key == "CONTENT_TYPE" else f"HTTP_{key}": self.headers[name] for name, key in keys.items()}
        return {"wsgi.errors": sys.stderr, **wsgi.make_event(self.request), **extra}

    def scope(self) -> dict[str, Any]:
        scope = asgi.make_event(self.request)
        scope["headers"] += [(name.encode(), value.encode()) for name, value in self.headers.items()]
        return scope


class Recorder:
    """A handler that remembers the events that its functions got."""

    def __init__(self) -> None:
        self.events: list[Any] = []
        self.handler: Handler = make_handler(served.wsgi)
        for name in ("aliyun.timer", "tencent.timer", "huawei.timer", "volcengine.timer", "azure.custom"):
            self.handler.on(name)(self.events.append)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder()
    yield recorder
    recorder.handler.close()


@pytest.mark.parametrize("ask", DOORS)
def test_event_of_alibaba_reaches_its_function(ask: Any, recorder: Recorder) -> None:
    """The header that marks it is one that no client can send."""
    front = Front(recorder.handler, find_platform({}, "aliyun"))

    answer = ask(front, Asked("POST", "/invoke", {**ALIYUN, "x-fc-control-path": "/invoke"}, TIMER))

    assert (answer.status, answer.header("content-type"), answer.body) == (200, "application/json", b"null")
    (event,) = recorder.events
    assert (event.type, event.data, event.context.request_id) == ("com.aliyun.fc.timer", b"go", "r-1")
    assert event.context.credentials.access_key_secret == "geheim"


@pytest.mark.parametrize("ask", DOORS)
@pytest.mark.parametrize(
    ("platform", "method", "path", "headers"),
    [
        ("aliyun", "POST", "/invoke", {}),
        ("aliyun", "POST", "/invoke", {"x-fc-control-path": "/http-invoke"}),
        ("aliyun", "POST", "/invoke/", {"x-fc-control-path": "/invoke"}),
        ("aliyun", "GET", "/invoke", {"x-fc-control-path": "/invoke"}),
        ("aliyun", "POST", "/initialize", {"x-fc-control-path": "/http-invoke"}),
        ("aliyun", "GET", "/pre-stop", {"x-fc-control-path": "/http-invoke"}),
        ("tencent", "POST", "/event-invoke", {"x-scf-request-id": "r-1"}),
        ("huawei", "POST", "/invoke", {"x-cff-request-id": "r-1"}),
        ("huawei", "POST", "/init", {"x-cff-request-id": "r-1"}),
        ("volcengine", "POST", "/", {"x-faas-event-type": "cloudevent"}),
        ("volcengine", "POST", "/v1/initialize", {}),
        ("azure", "POST", "/orders", {}),
        ("cloudrun", "POST", "/invoke", {}),
        ("local", "POST", "/invoke", {"x-fc-control-path": "/invoke"}),
    ],
)
def test_clients_request_goes_to_the_app(
    ask: Any, platform: str, method: str, path: str, headers: dict[str, str], recorder: Recorder
) -> None:
    """Whatever it looks like: it starts nothing, stops nothing, and delivers no event."""
    front = Front(recorder.handler, find_platform({}, platform), prefix="api")

    answer = ask(front, Asked(method, path, headers, TIMER))

    assert (answer.status, json.loads(answer.body)["path"]) == (201 if method == "POST" else 200, path)
    assert recorder.events == []


def test_header_that_came_twice_is_not_the_platforms_alone(recorder: Recorder) -> None:
    """One of the two could be a client's; WSGI servers join them."""
    front = Front(recorder.handler, find_platform({}, "aliyun"))
    asked = Asked("POST", "/invoke", {"x-fc-control-path": "/invoke"}, TIMER)
    environ, scope = asked.environ(), asked.scope()
    environ["HTTP_X_FC_CONTROL_PATH"] += ",/http-invoke"
    scope["headers"].append((b"x-fc-control-path", b"/http-invoke"))

    assert [ask_environ(front, environ).status, ask_scope(front, scope).status] == [201, 201]
    assert recorder.events == []


EVENTS: list[Any] = [
    (
        "tencent", "/event-invoke", {"x-scf-request-id": "r-1"}, "tencent.timer",
        {"Type": "Timer", "TriggerName": "nightly", "Time": "2026-03-04T10:11:12Z", "Message": "go"},
    ),
    (
        "huawei", "/invoke", {"x-cff-request-id": "r-1"}, "huawei.timer",
        {"version": "v1.0", "time": "2026-03-04T10:11:12+08:00", "trigger_type": "TIMER", "trigger_name": "nightly", "user_event": "go"},
    ),
    (
        "volcengine", "/", {"x-faas-event-type": "cloudevent", "content-type": "application/cloudevents+json"}, "volcengine.timer",
        {"specversion": "1.0", "id": "1", "source": "/faas/event/timer/w", "type": "faas.timer.event", "data": "go"},
    ),
    (
        "azure", "/orders", {"x-azure-functions-invocationid": "r-1"}, "azure.custom",
        {"Data": {"order": "7"}, "Metadata": {"sys": {"MethodName": "orders", "UtcNow": "2026-03-04T10:11:12Z"}}},
    ),
]  # fmt: skip


@pytest.mark.parametrize("ask", DOORS)
@pytest.mark.parametrize(("platform", "path", "headers", "source", "event"), EVENTS)
def test_event_function(
    ask: Any, platform: str, path: str, headers: dict[str, str], source: str, event: Any, recorder: Recorder
) -> None:
    """With --events, which says that no client's request comes, or none below the prefix of routes."""
    front = Front(recorder.handler, find_platform({}, platform), events=True, prefix="api")

    answer = ask(front, Asked("POST", path, headers, json.dumps(event).encode()))

    nothing: Any = {"Outputs": {}, "Logs": [], "ReturnValue": None} if platform == "azure" else None
    assert (answer.status, json.loads(answer.body)) == (200, nothing)
    assert len(recorder.events) == 1


@pytest.mark.parametrize(
    ("prefix", "path"), [("", "/orders"), ("api", "/api/orders"), ("api", "/API"), ("api", "/a/b"), ("api", "/")]
)
def test_azures_event_is_outside_of_the_prefix(prefix: str, path: str, recorder: Recorder) -> None:
    """Below it is what clients send, and without one that could be anywhere."""
    front = Front(recorder.handler, find_platform({}, "azure"), events=True, prefix=prefix)

    assert ask_asgi(front, Asked("POST", path, {}, json.dumps(EVENTS[-1][-1]).encode())).status == 201
    assert recorder.events == []


@pytest.mark.parametrize("ask", DOORS)
def test_http_event_of_an_event_function(ask: Any, recorder: Recorder) -> None:
    """A gateway's event is answered by the app, with the result that the gateway wants."""
    front = Front(recorder.handler, find_platform({}, "tencent"), events=True)
    event = {"httpMethod": "GET", "path": "/a", "queryString": {}, "headers": {"host": "example.com"}, "body": ""}

    answer = ask(front, Asked("POST", "/event-invoke", {}, json.dumps(event).encode()))

    result = json.loads(answer.body)
    assert (answer.status, result["statusCode"], json.loads(result["body"])["path"]) == (200, 200, "/a")


@pytest.mark.parametrize("ask", DOORS)
@pytest.mark.parametrize(
    "body", [b"no JSON", b"{}", b"[" * 100_000, b'{"asgi": {}, "type": "http"}', b'{"wsgi.input": 1}', b""]
)
def test_event_that_nobody_takes_has_failed(
    ask: Any, body: bytes, recorder: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    """Alibaba hears of it with 404: after a 500 it would start the instance anew. The log tells nothing of the body."""
    front = Front(recorder.handler, find_platform({}, "aliyun"))

    answer = ask(front, Asked("POST", "/invoke", {"x-fc-control-path": "/invoke"}, body))

    assert (answer.status, answer.header("x-fc-status"), answer.body) == (404, "404", b"")
    assert "a call of the platform's has failed" in caplog.text
    assert "no JSON\n" not in caplog.text.replace("are no JSON\n", "")


@pytest.mark.parametrize("ask", DOORS)
def test_function_that_raises_has_failed(ask: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The traceback is in the log, and nothing of it goes out."""
    handler = make_handler(served.wsgi)

    @handler.on("aliyun.timer")
    def work(event: Any) -> None:
        raise RuntimeError("geheim")

    answer = ask(
        Front(handler, find_platform({}, "aliyun")),
        Asked("POST", "/invoke", {"x-fc-control-path": "/invoke"}, TIMER),
    )

    assert (answer.status, answer.body) == (404, b"")
    assert "RuntimeError: geheim" in caplog.text


class App:
    """An ASGI app that remembers what happened to it."""

    def __init__(self) -> None:
        self.log: list[str] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await receive()
            self.log.append("up")
            await send({"type": "lifespan.startup.complete"})
            await receive()
            self.log.append("down")
            await send({"type": "lifespan.shutdown.complete"})
            return
        self.log.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def test_hooks_of_alibaba_start_once_and_stop() -> None:
    """Whether they have the control header or not, which no page tells; the server's own start and end too."""
    app = App()
    front = Front(make_handler(app), find_platform({}, "aliyun"))

    async def live() -> list[int]:
        started, ended = asyncio.Event(), asyncio.Event()

        async def receive() -> Any:
            if started.is_set():
                await ended.wait()
                return {"type": "lifespan.shutdown"}
            return {"type": "lifespan.startup"}

        async def send(message: Any) -> None:
            (ended if started.is_set() else started).set()

        lifespan = asyncio.ensure_future(front.asgi({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send))
        await started.wait()
        statuses = []
        for method, path, headers in [
            ("POST", "/initialize", []),
            ("POST", "/initialize", [(b"x-fc-control-path", b"/initialize")]),
            ("GET", "/a", [(b"x-fc-control-path", b"/http-invoke")]),
            ("GET", "/pre-freeze", []),
            ("GET", "/pre-stop", [(b"x-fc-control-path", b"/pre-stop")]),
        ]:
            sent: list[Any] = []
            scope = {**asgi.make_event(Request(method, path)), "headers": headers}

            async def ask() -> Any:
                return {"type": "http.request"}

            async def answer(message: Any, sent: list[Any] = sent) -> None:
                sent.append(message)

            await front.asgi(scope, ask, answer)
            statuses.append(sent[0]["status"])
        ended.set()
        await lifespan
        return statuses

    assert asyncio.run(live()) == [200] * 5
    assert app.log == ["up", "/a", "down"]


@pytest.mark.parametrize("method_and_path", [("POST", "/initialize"), ("GET", "/pre-freeze"), ("GET", "/pre-stop")])
def test_hooks_of_alibaba_in_a_wsgi_server(method_and_path: tuple[str, str], recorder: Recorder) -> None:
    """A WSGI app has nothing to start; its `/initialize` is only asked by clients."""
    front = Front(recorder.handler, find_platform({}, "aliyun"))

    answer = ask_wsgi(front, Asked(*method_and_path, ALIYUN))

    assert (answer.status, answer.body) == (200, b"")


def test_start_that_fails_is_told_to_the_platform() -> None:
    """So that no request comes."""
    handler = make_handler(served.failing, lifespan="on")

    assert ask_asgi(Front(handler, find_platform({}, "aliyun")), Asked("POST", "/initialize")).status == 404


def test_start_up_that_fails_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """Once, and not by the server again."""
    front = Front(make_handler(served.failing, lifespan="on"), LOCAL)
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "lifespan.startup"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(front.asgi({"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send))

    assert (sent, front.has_failed) == ([{"type": "lifespan.startup.failed"}], True)
    assert 'raise RuntimeError("no database")' in caplog.text


SECRETS = [
    "x-scf-secret-key", "x-scf-session-token", "x-fc-access-key-secret", "x-fc-security-token", "x-cff-auth-token",
    "x-cff-security-secret-key", "x-faas-secret-access-key", "x-faas-session-token", "proxy",
]  # fmt: skip


@pytest.mark.parametrize("ask", DOORS)
@pytest.mark.parametrize("platform", ["tencent", "local"])
def test_app_sees_no_credentials(ask: Any, platform: str) -> None:
    """Neither among the headers nor in anything else of its environ or scope, the raw event included."""
    app = served.wsgi if ask is ask_wsgi else served.asgi
    with closing(make_handler(app)) as handler:
        front = Front(handler, find_platform({}, platform))
        answer = ask(front, Asked("GET", "/", {**dict.fromkeys(SECRETS, "geheim"), "x-scf-name": "f"}))

    seen = json.loads(answer.body)
    assert (seen["secret"], seen["headers"]) == (False, ["host", "x-scf-name"])


@pytest.mark.parametrize("ask", DOORS)
@pytest.mark.parametrize(
    ("platform", "headers", "client", "scheme"),
    [
        ("cloudrun", {"x-forwarded-for": "198.51.100.1, 203.0.113.7", "x-forwarded-proto": "https"}, "203.0.113.7", "https"),
        ("cloudrun", {}, "169.254.8.129", "http"),
        ("cloudrun", {"x-scf-remote-addr": "198.51.100.1"}, "169.254.8.129", "http"),
        ("tencent", {"x-scf-remote-addr": "[2001:db8::7]:4711", "x-forwarded-for": "198.51.100.1"}, "2001:db8::7", "http"),
        ("tencent", {"x-scf-remote-addr": "198.51.100.1, 203.0.113.7"}, "203.0.113.7", "http"),
        ("huawei", {"x-real-ip": "203.0.113.7", "x-forwarded-proto": "https,http"}, "203.0.113.7", "https"),
        ("azure", {"x-forwarded-for": "203.0.113.7:4711", "x-forwarded-proto": "ftp"}, "203.0.113.7", "http"),
        # Nobody's proxy: then only a peer on this machine is believed.
        ("local", {"x-forwarded-for": "198.51.100.1", "x-forwarded-proto": "https"}, "169.254.8.129", "http"),
    ],
)  # fmt: skip
def test_client_and_scheme_are_what_the_platform_says(
    ask: Any, platform: str, headers: dict[str, str], client: str, scheme: str
) -> None:
    """The server's peer is the platform's proxy, whatever its address."""
    front = Front(make_handler(served.wsgi), find_platform({}, platform))

    seen = json.loads(ask(front, Asked("GET", "/", headers)).body)

    assert (seen["client"], seen["scheme"]) == (client, scheme)


def test_number_of_proxies_is_the_handlers_option() -> None:
    """With two, the last but one is the client."""
    front = Front(make_handler(served.wsgi, trusted_proxies=2), find_platform({}, "cloudrun"))

    seen = json.loads(ask_wsgi(front, Asked("GET", "/", {"x-forwarded-for": "1.1.1.1, 2.2.2.2, 3.3.3.3"})).body)

    assert seen["client"] == "2.2.2.2"


def test_websocket_gets_the_same() -> None:
    """The app itself is called, with the platform's client and without credentials."""
    scopes: list[Any] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        scopes.append(scope)

    headers = [
        (b"x-scf-secret-key", b"geheim"),
        (b"x-forwarded-proto", b"https"),
        (b"x-scf-remote-addr", b"203.0.113.7"),
    ]
    scope = {"type": "websocket", "scheme": "ws", "path": "/", "headers": headers, "client": ("169.254.8.129", 1)}
    front = Front(make_handler(app, lifespan="off"), find_platform({}, "tencent"))

    asyncio.run(front.asgi(scope, None, None))  # type: ignore[arg-type]

    (seen,) = scopes
    assert (seen["scheme"], seen["client"], len(seen["headers"])) == ("wss", ("203.0.113.7", 0), 2)


def test_client_that_goes_before_its_event_is_whole() -> None:
    """Nobody is answered, and nothing is delivered."""
    recorder = Recorder()
    front = Front(recorder.handler, find_platform({}, "aliyun"))

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    scope = Asked("POST", "/invoke", {"x-fc-control-path": "/invoke"}).scope()
    asyncio.run(front.asgi(scope, receive, None))  # type: ignore[arg-type]

    assert recorder.events == []


def test_cloud_event_in_headers() -> None:
    """Attributes are decoded; the data keeps its bytes."""
    headers = {"ce-id": "1", "ce-source": "a%20b", "ce-type": "faas.tos.event", "ce-specversion": "1.0"}

    assert read_cloud_event(headers.get, b"\xff", "image/png") == {
        "specversion": "1.0",
        "id": "1",
        "source": "a b",
        "type": "faas.tos.event",
        "datacontenttype": "image/png",
        "data_base64": "/w==",
    }
    assert read_cloud_event(headers.get, b"", "").keys() == {"specversion", "id", "source", "type"}


def test_body_of_an_event_is_read_as_far_as_the_server_allows() -> None:
    """Past its length a socket would wait for ever."""
    recorder = Recorder()
    front = Front(recorder.handler, find_platform({}, "aliyun"))
    environ = Asked("POST", "/invoke", {"x-fc-control-path": "/invoke"}, TIMER).environ()

    class Socket:
        def read(self, size: int) -> bytes:
            assert size == len(TIMER)
            return TIMER

    environ |= {"wsgi.input": Socket(), "wsgi.input_terminated": False}

    assert front.wsgi(environ, lambda status, headers: None) == [b"null"]
