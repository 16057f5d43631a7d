"""The web console's API: who may use it, what it shows, what it sends."""

from __future__ import annotations

import base64
import json
import re
import threading
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.test import Client, TestResponse

from lambda_bridge import __version__, make_handler, websockets
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.gateway import console
from lambda_bridge.gateway.calls import AT_MOST, BODY, Asked, Call, Calls, Trigger
from lambda_bridge.gateway.console import STATIC, Console
from lambda_bridge.gateway.server import Gateway
from lambda_bridge.messages import Response
from lambda_bridge.testing import FORMATS, make_request
from lambda_bridge.triggers import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BASE = "http://localhost:8000"


def mirror(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Answers with what it saw."""
    seen = {
        "method": environ["REQUEST_METHOD"],
        "url": environ["PATH_INFO"].encode("latin-1").decode() + "?" + environ["QUERY_STRING"],
        "note": environ.get("HTTP_X_NOTE"),
        "key": environ.get("HTTP_X_API_KEY"),
        "host": environ.get("HTTP_HOST"),
        "body": environ["wsgi.input"].read().decode("latin-1"),
    }
    print("line of", environ["PATH_INFO"], "with", environ.get("HTTP_X_API_KEY"))
    start_response("200 OK", [("Content-Type", "application/json"), ("Set-Cookie", "session=abcdef0123; Path=/")])
    return [json.dumps(seen).encode()]


def ask(client: Client, path: str, method: str = "GET", base: str = BASE, **options: Any) -> TestResponse:
    return client.open(f"/_bridge/{path}", method=method, base_url=base, **options)


def post(client: Client, path: str, value: Any) -> TestResponse:
    return ask(client, path, "POST", json=value, headers={"Origin": BASE})


def sent(gateway: Gateway, method: str = "GET", url: str = "/", **options: Any) -> Call:
    return gateway.send(make_request(method, f"{BASE}{url}", **options))


def read(response: TestResponse) -> Any:
    assert response.status_code == 200, response.text
    return json.loads(response.data)


def read_event(stream: Iterator[Any]) -> Any:
    """The next call of a stream."""
    return json.loads(next(stream).decode().partition("data: ")[2])


def test_the_page_may_load_from_here_only(client: Client) -> None:
    """The policy of the page names nothing but this server, and nobody may frame it."""
    policy = ask(client, "").headers["Content-Security-Policy"]

    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "frame-src http://localhost:8000/_bridge/;" in policy
    assert "unsafe" not in policy


# --- static files


def test_every_file_of_the_page_is_there(client: Client) -> None:
    """What the page, its modules and its style sheet refer to is served, with its type."""
    names = {each.name for each in STATIC.iterdir()}
    texts = {name: (STATIC / name).read_text(encoding="utf-8") for name in names}
    wanted = {
        found for text in texts.values() for found in re.findall(r"""(?:/_bridge/static/|from "\./)([\w.-]+)""", text)
    }

    assert wanted | {"index.html"} == names
    for name in wanted:
        response = ask(client, f"static/{name}")
        assert response.status_code == 200
        assert (response.mimetype or "").split("/")[0] in ("text", "image", "application")
        assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_no_file_of_the_page_names_another_host() -> None:
    """No CDN, no font, no counter of somebody else's."""
    for each in STATIC.iterdir():
        addresses = re.findall(r"https?://[\w.]+", each.read_text(encoding="utf-8"))
        assert set(addresses) <= {"http://www.w3.org"}  # the namespace of SVG


@pytest.mark.parametrize("name", ["nothing.js", "..%2Fserver.py", "%2e%2e/server.py", "__init__.py", ""])
def test_no_other_file_is_served(client: Client, name: str) -> None:
    """Only what lies in the folder."""
    assert ask(client, f"static/{name}").status_code == 404


def test_both_languages_say_everything() -> None:
    """English and Chinese have the same texts, with the same places to be filled in, and the page uses no other."""
    texts = json.loads((STATIC / "texts.json").read_text(encoding="utf-8"))

    assert texts["en"].keys() == texts["zh"].keys()
    for name, text in texts["en"].items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", texts["zh"][name])), name
    code = "".join(each.read_text(encoding="utf-8") for each in STATIC.iterdir() if each.name != "texts.json")
    used = set(re.findall(r"""\bt\("(\w+)"|data-t(?:-\w+)?="(\w+)"|"(key_\w+)\"""", code))
    assert {name for names in used for name in names if name} <= texts["en"].keys()


def test_the_short_address_leads_to_the_page(client: Client) -> None:
    """Whoever leaves out the last slash arrives."""
    response = client.get("/_bridge", base_url=BASE)

    assert (response.status_code, response.headers["Location"]) == (308, "/_bridge/")


# --- what it shows


def test_the_state(client: Client) -> None:
    """The page knows the app, the gateway's format, and every other one with its title."""
    state = read(ask(client, "api/state"))

    assert (state["version"], state["format"]) == (__version__, "aws_http")
    spellings = [each["spelling"] for each in state["formats"]]
    assert set(FORMATS) <= set(spellings)
    assert all(each["title"] for each in state["formats"])


def test_the_list_masks_the_query(client: Client, gateway: Gateway) -> None:
    """Rows have what the list shows, oldest first."""
    sent(gateway, "POST", "/日?a=1&token=abcdef", body=b"x")
    sent(gateway)

    first, second = read(ask(client, "api/calls"))

    assert (first["id"], second["id"]) == (1, 2)
    assert (first["method"], first["path"], first["query"]) == ("POST", "/日", "a=1&token=•••")
    assert (first["status"], first["format"], first["type"]) == (200, "aws_http", "application/json")
    assert first["ms"] > 0


def test_a_call_has_its_parts(client: Client, gateway: Gateway) -> None:
    """Request, event, result, response, log lines and stages of one call."""
    sent(gateway, "PUT", "/a?b=c", body=b'{"x": 1}', headers={"Content-Type": "application/json", "X-Note": "hé"})

    call = read(ask(client, "api/calls/1"))

    assert json.loads(call["event"])["rawPath"] == "/a"
    assert json.loads(call["result"])["statusCode"] == 200
    assert ["x-note", "hé"] in call["request"]["headers"]
    assert call["request"]["text"] == '{"x": 1}'
    assert json.loads(call["response"]["text"])["method"] == "PUT"
    assert {"recognize", "read", "app", "make"} <= call["stages"].keys()
    assert call["response"]["size"] == len(call["response"]["text"])


def test_a_binary_body_comes_as_base64(client: Client, gateway: Gateway) -> None:
    """Bytes that are no text arrive at the page as they are."""
    sent(gateway, "POST", body=b"\0\xff\xfe")

    assert base64.b64decode(read(ask(client, "api/calls/1"))["request"]["base64"]) == b"\0\xff\xfe"


def test_secrets_are_masked_until_they_are_asked_for(client: Client, gateway: Gateway) -> None:
    """No part of a call shows a secret; each mark can be exchanged for it, and all at once."""
    secrets = ["key-0815-xyz", "abcdef0123", "hunter22"]
    sent(gateway, "POST", "/", body=b'{"password": "hunter22"}', headers={"X-Api-Key": "key-0815-xyz"})

    hidden = ask(client, "api/calls/1").text
    shown = ask(client, "api/calls/1?reveal").text

    assert [secret for secret in secrets if secret in hidden] == []
    assert [secret for secret in secrets if secret in shown] == secrets
    headers = dict(json.loads(hidden)["request"]["headers"])
    mark = headers["x-api-key"].strip("⟦⟧")
    assert read(ask(client, f"api/calls/1/secret/{mark}")) == {"secret": "key-0815-xyz"}
    assert ask(client, "api/calls/1/secret/0123456789ab").status_code == 404


@pytest.mark.parametrize(
    "path", ["api/calls/1/curl", "api/calls/1/test", "api/har", "api/calls", "api/calls/1/preview"]
)
def test_nothing_else_shows_a_secret_unless_asked(client: Client, gateway: Gateway, path: str) -> None:
    """Command lines, test cases and archives are made to be given away."""
    sent(gateway, "POST", "/?token=tok-1234567", body=b"password=hunter22", headers={"Authorization": "Basic YWJj"})

    text = ask(client, path).text

    for secret in ("hunter22", "YWJj", "tok-1234567", "abcdef0123"):
        assert secret not in text


@pytest.mark.parametrize("path", ["", "/secret/0123456789ab", "/preview", "/curl", "/test"])
def test_a_call_that_is_forgotten(client: Client, path: str) -> None:
    """The answer says so."""
    response = ask(client, f"api/calls/99{path}")

    assert response.status_code == 404
    assert "99" in json.loads(response.data)["error"]


def test_clear_forgets_all(client: Client, gateway: Gateway) -> None:
    """The list is empty afterwards."""
    sent(gateway)

    assert ask(client, "api/calls", "DELETE", headers={"Origin": BASE}).status_code == 200
    assert gateway.calls.all() == []


def test_previews_can_do_nothing(client: Client, gateway: Gateway) -> None:
    """HTML and pictures come with a policy that makes them a sandbox; anything else has no preview."""
    kinds = {
        "text/html; charset=utf-8": (b"<h1>hi</h1><script>x()</script>", "text/html", b"<h1>hi</h1>"),
        "image/png": (b"\x89PNG", "image/png", b"\x89PNG"),
        "image/svg+xml": (b"<svg><script/></svg>", "image/svg+xml", b"<svg><script/></svg>"),
        "text/javascript": (b"x()", "text/html", b""),
    }
    for content_type, (body, kind, shown) in kinds.items():
        call = gateway.calls.begin("aws_http", make_request("GET", BASE + "/"))
        call.response, call.body_size = Response(200, [("content-type", content_type)], body), (0, len(body))
        gateway.calls.show(call)
        response = ask(client, f"api/calls/{call.id}/preview")
        assert (response.mimetype, response.data) == (kind, shown)
        assert response.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none';")


def test_the_har_file_is_a_download(client: Client, gateway: Gateway) -> None:
    """The whole session, one entry a call."""
    sent(gateway)
    sent(gateway, "POST", body=b"x")

    response = ask(client, "api/har")

    assert "lambda-bridge.har" in response.headers["Content-Disposition"]
    assert [each["request"]["method"] for each in json.loads(response.data)["log"]["entries"]] == ["GET", "POST"]


# --- the stream


def test_calls_come_as_they_end(client: Client, gateway: Gateway) -> None:
    """The stream says when it is ready, and has every call that ends from then on."""
    response = ask(client, "api/events", buffered=False)
    stream = iter(response.response)

    assert response.mimetype == "text/event-stream"
    assert next(stream) == b"event: ready\ndata:\n\n"
    sent(gateway, "GET", "/later")
    summary = read_event(stream)
    assert (summary["id"], summary["path"]) == (1, "/later")
    response.close()


def test_a_stream_that_nobody_reads_any_more_is_let_go(client: Client, gateway: Gateway) -> None:
    """A closed page costs no memory."""
    response = ask(client, "api/events", buffered=False)
    next(iter(response.response))
    assert len(gateway.calls._listeners) == 1

    response.close()

    assert len(gateway.calls._listeners) == 0


def test_calls_of_several_threads_all_arrive(client: Client, gateway: Gateway) -> None:
    """None is lost or doubled, in whatever order they end."""
    response = ask(client, "api/events", buffered=False)
    stream = iter(response.response)
    next(stream)
    threads = [threading.Thread(target=sent, args=(gateway,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    ids = [read_event(stream)["id"] for _ in threads]

    assert sorted(ids) == list(range(1, 9))
    response.close()


# --- what it sends


def test_replay(client: Client, gateway: Gateway) -> None:
    """The same request, as the same format or another one, becomes a new call."""
    sent(gateway, "POST", "/a?b=c", body=b"x", headers={"X-Note": "n"})

    again = read(post(client, "api/calls/1/replay", {}))
    other = read(post(client, "api/calls/1/replay", {"format": "tencent_url"}))

    assert (again["id"], again["format"]) == (2, "aws_http")
    assert (other["id"], other["format"]) == (3, "tencent_url")
    first, *more = [json.loads(each.response.body) for each in gateway.calls.all() if each.response]
    assert more == [first, first]


def test_edited_requests_get_their_secrets_back(client: Client, gateway: Gateway) -> None:
    """What is sent has the edits, and the secrets for their marks."""
    sent(
        gateway, "POST", "/?token=tok-1234567", body=b'{"password": "hunter22"}', headers={"X-Api-Key": "key-0815-xyz"}
    )
    call = read(ask(client, "api/calls/1"))
    edited = {
        "from": 1,
        "method": "PUT",
        "target": f"/new%20path?{call['query']}",
        "headers": [*call["request"]["headers"], ["X-Note", " new "]],
        "body": call["request"]["text"].replace("password", "passwort"),
        "format": "aws_rest",
    }

    summary = read(post(client, "api/send", edited))

    last = gateway.calls.all()[-1]
    assert last.response is not None
    seen = json.loads(last.response.body)
    assert (summary["format"], summary["method"]) == ("aws_rest", "PUT")
    assert seen["url"] == "/new path?token=tok-1234567"
    assert (seen["note"], seen["key"], seen["host"]) == ("new", "key-0815-xyz", "localhost:8000")
    assert seen["body"] == '{"passwort": "hunter22"}'
    assert last.request.headers.get("content-length") == "24"


def test_what_is_remembered_in_part_is_not_sent_again(client: Client, gateway: Gateway) -> None:
    """Half a body would be another request."""
    sent(gateway, "POST", body=b"x" * (BODY + 1))

    for action in ("replay", "compare"):
        response = post(client, f"api/calls/1/{action}", {})
        assert response.status_code == 409
        assert str(BODY) in json.loads(response.data)["error"]
    assert read(ask(client, "api/calls/1"))["request"]["cut"]


def test_compare_sends_it_through_every_format(client: Client, gateway: Gateway) -> None:
    """A row for each format, the measure first; what differs is named, and the secrets in it are masked."""
    sent(gateway, "POST", "/?q=1&q=2&token=tok-1234567", body=b"text", headers={"Content-Type": "text/plain"})

    rows = [json.loads(line) for line in post(client, "api/calls/1/compare", {}).text.splitlines()]

    assert [row["format"] for row in rows[:1]] == ["wsgi"]
    assert rows[0]["differences"] == []
    assert {row["format"] for row in rows} >= set(FORMATS)
    by_name = {row["format"]: row for row in rows}
    assert not [each for each in by_name["aws_http"]["differences"] if each["field"].startswith("got.")]
    # A load balancer hands over one value of a name.
    assert {"seen.query", "got.body"} <= {each["field"] for each in by_name["aws_alb"]["differences"]}
    assert "tok-1234567" not in json.dumps(rows)
    assert len(gateway.calls.all()) == 1 + len(rows)


def test_an_asgi_app_is_measured_by_its_own_interface() -> None:
    """Which of the two it is, the first call tells."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["raw_path"]})

    handler = make_handler(app, lifespan="off")
    gateway = Gateway(handler, "aws_rest", lambda _: None)
    sent(gateway, "GET", "/a%2Fb")

    rows = [json.loads(line) for line in post(Client(Console(gateway)), "api/calls/1/compare", {}).text.splitlines()]

    gateway.close()
    handler.close()
    assert rows[0]["format"] == "asgi"
    decoded = {row["format"] for row in rows for each in row["differences"] if each["field"] == "seen.raw_path"}
    assert "aws_http" in decoded
    assert "aws_rest" not in decoded


# --- events that are not HTTP


def send_event(client: Client, source: str, **changes: Any) -> Any:
    """Send the form of this source as it comes, or with changes; the summary of the call."""
    text = read(ask(client, f"api/samples/{source}"))["text"]
    return read(post(client, "api/trigger", {"source": source, "text": text, **changes}))


@pytest.fixture
def worker() -> Iterator[Client]:
    """The console of an app that has a route for events."""
    handler = make_handler(mirror, events="/events")
    gateway = Gateway(handler, "aws_http", lambda _: None)
    yield Client(Console(gateway))
    gateway.close()
    handler.close()


def test_an_event_of_a_websocket(client: Any) -> None:
    """Has a sample, and is handed over; the app here is none that could take it, which is said."""
    sample = read(ask(client, "api/samples/aws_websocket"))
    sent = read(post(client, "api/trigger", {"source": "aws_websocket", "text": sample["text"]}))

    assert json.loads(sample["text"])["requestContext"]["eventType"] == "MESSAGE"
    assert (sample["is_data"], sent["format"], sent["is_event"]) == (False, "aws_websocket", True)
    assert (sent["status"], "use an ASGI app" in sent["problem"]) == ("failed", True)


def test_the_state_names_every_source(client: Client) -> None:
    """With its title, those of one cloud together."""
    sources = read(ask(client, "api/state"))["sources"]

    assert [each["name"] for each in sources] == [*NAMES, *websockets.NAMES]
    assert all(each["title"] for each in sources)


def test_a_sample_for_every_source(client: Client) -> None:
    """JSON; that of Azure is the data of the objects that its worker makes, but for a custom handler, which gets JSON."""
    for name in NAMES:
        sample = read(ask(client, f"api/samples/{name}"))
        json.loads(sample["text"])
        assert sample["is_data"] == (name.startswith("azure.") and name != "azure.custom")
    assert ask(client, "api/samples/aws.nothing").status_code == 404


def test_a_sample_whose_package_is_missing_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The form shows the sentence."""

    def refuse(source: str) -> str:
        raise ConfigurationError("the package is missing")

    monkeypatch.setattr(console, "sample_text", refuse)
    response = ask(client, "api/samples/azure.queue")

    assert (response.status_code, json.loads(response.data)) == (400, {"error": "the package is missing"})


@pytest.mark.parametrize("source", ["aws.sqs", "azure.timer", "openwhisk.invoke"])
def test_an_event_becomes_a_call(worker: Client, source: str) -> None:
    """It is listed, can be looked into, and sent again as it was."""
    row = send_event(worker, source)
    again = read(post(worker, "api/calls/1/replay", {}))
    call = read(ask(worker, "api/calls/2"))

    assert read(ask(worker, "api/calls")) == [row, again]
    assert (row["id"], row["format"], row["status"], row["is_event"]) == (1, source, "done", True)
    assert (again["id"], again["format"], again["status"]) == (2, source, "done")
    assert call["event"]
    assert json.loads(call["text"])
    assert call["stages"]["app"] > 0


def test_an_edited_event_gets_its_secrets_back(worker: Client) -> None:
    """Marks of the call that it was made of become what they stand for."""
    send_event(worker, "aws.invoke", text='{"password": "hunter22", "n": 1}')
    text = read(ask(worker, "api/calls/1"))["text"]
    assert "hunter22" not in text

    send_event(worker, "aws.invoke", text=text.replace('"n"', '"m"'), **{"from": 1})

    call = read(ask(worker, "api/calls/2?reveal"))
    assert json.loads(call["event"])["password"] == "hunter22"
    assert "hunter22" not in ask(worker, "api/calls/2").text


@pytest.mark.parametrize("path", ["curl", "test", "preview"])
def test_what_makes_no_sense_for_an_event_is_refused(worker: Client, path: str) -> None:
    """With a sentence; so are other formats."""
    send_event(worker, "aws.sns")
    responses = [
        ask(worker, f"api/calls/1/{path}"),
        post(worker, "api/calls/1/compare", {}),
        post(worker, "api/calls/1/replay", {"format": "aws_rest"}),
    ]

    assert [response.status_code for response in responses] == [409] * 3
    assert "call 1 is an event of aws.sns" in json.loads(responses[0].data)["error"]
    assert json.loads(ask(worker, "api/har").data)["log"]["entries"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"source": "aws.nothing"},
        {"source": None},
        {"source": ["aws.sqs"]},
        {"text": None},
        {"text": {}},
        {"text": "{"},
        {"text": "[" * 100_000},
        {"from": 99},
    ],
)
def test_an_event_that_cannot_be_sent_is_refused(client: Client, gateway: Gateway, changes: dict[str, Any]) -> None:
    """With a sentence for the form, and without a call."""
    response = post(client, "api/trigger", {"source": "aws.sqs", "text": "{}", **changes})

    assert response.status_code in (400, 404)
    assert json.loads(response.data)["error"]
    assert gateway.calls.all() == []


def test_an_event_that_is_remembered_in_part_is_not_sent_again(client: Client, gateway: Gateway) -> None:
    """Half of it would be another one."""
    gateway.send(Trigger(json.dumps({"x": "x" * BODY})), "aws.invoke")

    assert post(client, "api/calls/1/replay", {}).status_code == 409


# --- memory


class Busy:
    """A gateway that has had many calls."""

    def __init__(self) -> None:
        self.calls = Calls()
        self.spelling = "aws_http"
        self.app = "busy:app"

    def send(self, asked: Asked, spelling: str | None = None) -> Call:
        raise AssertionError("nobody sends here")


def test_ten_thousand_calls_are_listed_and_no_more() -> None:
    """The oldest calls are forgotten; the whole list is a few hundred bytes a call."""
    busy = Busy()
    request, response = (
        make_request("GET", BASE + "/a/path?with=a&few=fields"),
        Response(200, [("content-type", "text/html")]),
    )
    for _ in range(AT_MOST + 10):
        call = busy.calls.begin("aws_http", request)
        call.response = response
        busy.calls.show(call)

    listed = ask(Client(Console(busy)), "api/calls")

    ids = [call["id"] for call in read(listed)]
    assert (len(ids), ids[0], ids[-1]) == (AT_MOST, 11, AT_MOST + 10)
    assert len(listed.data) < 300 * AT_MOST


def test_too_much_is_not_read(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    """A body over the limit is refused before it is parsed."""
    monkeypatch.setattr(console, "_LARGEST", 100)

    assert post(client, "api/send", {"body": "x" * 100}).status_code == 413
