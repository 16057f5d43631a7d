"""CloudEvents that Knative and Eventarc send as HTTP requests, and the functions that take them."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.errors import MalformedEvent
from lambda_bridge.messages import Request
from lambda_bridge.testing import Client
from lambda_bridge.triggers.over_http import read_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.triggers import CloudEvent

BINARY = {
    "ce-specversion": "1.0",
    "ce-id": "7",
    "ce-source": "urn:orders",
    "ce-type": "com.example.paid",
    "content-type": "application/json",
}
STRUCTURED = {"specversion": "1.0", "id": "7", "source": "urn:orders", "type": "com.example.paid", "data": {"total": 5}}


@pytest.fixture(autouse=True)
def on_knative(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("K_SERVICE", "orders")


def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("202 Accepted", [])
    return [b"the app"]


async def asgi_app(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    await send({"type": "http.response.start", "status": 202, "headers": []})
    await send({"type": "http.response.body", "body": b"the app"})


@pytest.fixture(params=["wsgi", "asgi", "gcp", "gcp_aio"])
def format_(request: pytest.FixtureRequest) -> str:
    needed = {"gcp": "flask", "gcp_aio": "starlette"}
    if request.param in needed:
        pytest.importorskip(needed[request.param])
    return str(request.param)


@pytest.mark.parametrize("kind", ["function", "coroutine"])
@pytest.mark.parametrize("app", [app, asgi_app], ids=["wsgi", "asgi"])
@pytest.mark.parametrize("mode", ["binary", "structured", "batched"])
def test_function_takes_it(format_: str, app: Any, kind: str, mode: str) -> None:
    """On every host whose events are HTTP, in each mode of the binding, at the route alone."""
    seen: list[CloudEvent] = []
    handler = make_handler(app, events="/events")
    handler.on("cloudevents.event")(seen.append if kind == "function" else note_in(seen))
    headers, body = {
        "binary": (BINARY, json.dumps({"total": 5})),
        "structured": ({"content-type": "application/cloudevents+json"}, json.dumps(STRUCTURED)),
        "batched": ({"content-type": "application/cloudevents-batch+json"}, json.dumps([STRUCTURED, STRUCTURED])),
    }[mode]
    with Client(handler, format_) as client:
        assert client.post("/events", headers=headers, body=body.encode()).status == 204
        assert client.post("/elsewhere", headers=headers, body=body.encode()).text == "the app"
    handler.close()
    assert len(seen) == (2 if mode == "batched" else 1)
    for event in seen:
        assert (event.id, event.source, event.type) == ("7", "urn:orders", "com.example.paid")
        assert event.json() == {"total": 5}


def note_in(seen: list[CloudEvent]) -> Callable[[CloudEvent], Any]:
    async def note(event: CloudEvent) -> None:
        await asyncio.sleep(0)
        seen.append(event)

    return note


def test_without_its_function_it_goes_to_the_app() -> None:
    """A function for another source is none for this one."""
    handler = make_handler(app, events="/events")
    handler.on("google.storage")(lambda event: None)
    response = Client(handler, "asgi").post("/events", headers=BINARY, body=b"{}")
    assert (response.status, response.text) == (202, "the app")


def test_function_of_the_cloud_that_it_is_of() -> None:
    """Eventarc's push of an object of Cloud Storage."""
    seen: list[CloudEvent] = []
    handler = make_handler(app, events="/events")
    handler.on("google.storage")(seen.append)
    headers = {
        **BINARY,
        "ce-source": "//storage.googleapis.com/projects/_/buckets/pictures",
        "ce-type": "google.cloud.storage.object.v1.finalized",
        "ce-subject": "objects/cat%20one.png",
    }
    with Client(handler, "wsgi") as client:
        assert client.post("/events", headers=headers, body=b'{"name": "cat one.png"}').status == 204
    assert [(event.subject, event.json()) for event in seen] == [("objects/cat one.png", {"name": "cat one.png"})]


def test_function_that_fails_asks_for_another_try(caplog: pytest.LogCaptureFixture) -> None:
    """500, and not a word to the sender."""

    def fail(event: CloudEvent) -> None:
        raise OSError("the disk is full")

    handler = make_handler(app, events="/events")
    handler.on("cloudevents.event")(fail)
    response = Client(handler, "wsgi").post("/events", headers=BINARY, body=b"{}")
    assert (response.status, response.text) == (500, "Internal Server Error")
    assert "the disk is full" in caplog.text


def test_event_that_cannot_be_read_is_a_bad_request() -> None:
    """Another try would not make it better."""
    handler = make_handler(app, events="/events")
    handler.on("cloudevents.event")(lambda event: None)
    with Client(handler, "wsgi") as client:
        assert client.post("/events", headers=BINARY, body=b"{").status == 400
        assert client.post("/events", headers={**BINARY, "content-type": "application/cloudevents+json"}).status == 202


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ({"ce-id": "7", "content-type": "image/png"}, b"\x89", {"id": "7", "datacontenttype": "image/png", "data": b"\x89"}),
        ({"ce-id": '"Gr%C3%BC%C3%9Fe"'}, b"", {"id": "Grüße"}),
        ({"content-type": "application/cloudevents+json"}, b"", None),
        ({"content-type": "application/vnd.order+json; charset=utf-8", "ce-id": "7"}, b"[1]",
         {"id": "7", "datacontenttype": "application/vnd.order+json; charset=utf-8", "data": [1]}),
    ],
)  # fmt: skip
def test_reading(headers: dict[str, str], body: bytes, expected: Any) -> None:
    assert read_event(Request("POST", "/", headers=list(headers.items()), body=body)) == expected


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000])
def test_body_that_is_no_json(body: bytes) -> None:
    with pytest.raises(MalformedEvent, match="no JSON"):
        read_event(Request("POST", "/", headers=[("content-type", "application/json")], body=body))
