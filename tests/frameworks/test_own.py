"""What only one framework has, and works as it does under gunicorn or uvicorn."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import fastapi
import pytest

from lambda_bridge import formats
from lambda_bridge.testing import FORMATS, Client, make_event
from tests.frameworks import django_app, said
from tests.frameworks.frameworks import make
from tests.frameworks.test_pages import STAGED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lambda_bridge.messages import Response


@pytest.fixture
def django_settings() -> Iterator[None]:
    with django_app.configured():
        yield


def get_staged(handler: Any, format_: str, host: str, path: str) -> Response:
    """The answer to a request for *path* below the stage dev."""
    event = make_event(format_, "GET", f"/dev{path}", headers={"host": host, "user-agent": "tests/1"}, root_path="/dev")
    return formats.load(format_).read_result(handler(event, None))


@pytest.mark.parametrize(("format_", "host"), STAGED)
def test_fastapi_docs_below_a_stage(format_: str, host: str, handler_for: Callable[..., Any]) -> None:
    """The page of the documentation finds the schema, and the schema its server."""
    handler = handler_for(make("fastapi", []))
    assert b"'/dev/openapi.json'" in get_staged(handler, format_, host, "/docs").body
    assert b'"servers":[{"url":"/dev"}]' in get_staged(handler, format_, host, "/openapi.json").body


@pytest.mark.parametrize("base_path", ["/api", None])
def test_fastapi_docs_below_a_base_path(base_path: str | None, handler_for: Callable[..., Any]) -> None:
    """The option does for a custom domain what the stage does for the gateway's own."""
    client = Client(handler_for(make("fastapi", []), base_path=base_path))
    prefix = base_path or ""
    assert f"'{prefix}/openapi.json'" in client.get(f"{prefix}/docs").text


def test_route_that_repeats_the_base_path_is_found(handler_for: Callable[..., Any]) -> None:
    """Starlette takes the root_path off once: the rest is the app's own, however it begins."""
    from starlette.applications import Starlette
    from starlette.responses import PlainTextResponse
    from starlette.routing import Mount, Route

    async def show(request: Any) -> PlainTextResponse:
        return PlainTextResponse(str(request.url))

    client = Client(handler_for(Starlette(routes=[Mount("/api", routes=[Route("/x", show)])]), base_path="/api"))
    assert "https://localhost/api/api/x" == client.get("/api/api/x").text


def test_flask_session_lives_in_its_cookie(handler_for: Callable[..., Any]) -> None:
    """What one answer sets the next request brings back."""
    import flask

    app = flask.Flask("session")
    app.secret_key = "of the tests"

    @app.get("/")
    def count() -> str:
        flask.session["count"] = flask.session.get("count", 0) + 1
        return str(flask.session["count"])

    handler = handler_for(app)
    for format_ in FORMATS:
        client = Client(handler, format_)
        first = client.get("/")
        second = client.get("/", headers={"Cookie": (first.header("set-cookie") or "").partition(";")[0]})
        assert ["1", "2"] == [first.text, second.text]


def test_flask_streams_and_sends_files(handler_for: Callable[..., Any]) -> None:
    """Generators, ranges and validators work as they do on a server."""
    import io

    import flask

    app = flask.Flask("files")

    @app.get("/stream")
    def stream() -> Any:
        return flask.Response((f"{number} " for number in range(3)), mimetype="text/plain")

    @app.get("/file")
    def file() -> Any:
        return flask.send_file(io.BytesIO(said.EVERY_BYTE), mimetype="image/png", etag="v1")

    client = Client(handler_for(app))
    part = client.get("/file", headers={"Range": "bytes=1-3"})
    unchanged = client.get("/file", headers={"If-None-Match": '"v1"'})
    assert "0 1 2 " == client.get("/stream").text
    assert (said.EVERY_BYTE, str(len(said.EVERY_BYTE))) == (
        (whole := client.get("/file")).body,
        whole.header("content-length"),
    )
    assert (206, b"\x01\x02\x03", "bytes 1-3/256") == (part.status, part.body, part.header("content-range"))
    assert (304, b"") == (unchanged.status, unchanged.body)


@pytest.mark.parametrize("framework", ["django", "django_asgi"])
def test_django_fires_request_finished_once(
    framework: str, django_settings: None, handler_for: Callable[..., Any]
) -> None:
    """It closes database connections; also after an error."""
    from django.core.signals import request_finished, request_started

    seen: list[str] = []

    def started(sender: Any, **_: Any) -> None:
        seen.append("started")

    def finished(sender: Any, **_: Any) -> None:
        seen.append("finished")

    request_started.connect(started)
    request_finished.connect(finished)
    try:
        client = Client(handler_for(make(framework, [])))
        for path in ("/", "/fail", "/no-such-page"):
            client.get(path)
    finally:
        request_started.disconnect(started)
        request_finished.disconnect(finished)
    assert ["started", "finished"] * 3 == seen


def test_django_under_aio(django_settings: None, handler_for: Callable[..., Any]) -> None:
    """Hosts that run an event loop get the same answer."""

    async def scenario() -> Any:
        handler = handler_for(make("django_asgi", []))
        result = await handler.aio(make_event("aws_http", "GET", "/"), None)
        handler.close()
        return result["body"]

    assert "https://localhost/hello/ada" == asyncio.run(scenario())


def test_fastapis_dependency_is_closed_before_the_result(handler_for: Callable[..., Any]) -> None:
    """What comes after its yield belongs to the request."""
    events = ["begin"]
    app = fastapi.FastAPI()

    async def resource() -> Any:
        yield "open"
        events.append("closed")

    @app.get("/")
    def index(state: str = fastapi.Depends(resource)) -> str:
        return state

    assert "open" == Client(handler_for(app)).get("/").json()
    assert ["begin", "closed"] == events
