from __future__ import annotations

import asyncio
import json
import logging
import re
import runpy
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from lambda_bridge.testing import FORMATS, Client

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent

# Each test with a lambda_client runs under every format.
pytestmark = pytest.mark.formats

# These events carry text only: the platforms have no way to say that a body is base64, so a picture
# cannot come in.
TEXT_ONLY_FORMATS = {"scaleway", "tencent_url", "volcengine"}
binary_formats = pytest.mark.formats(*(each for each in FORMATS if each not in TEXT_ONLY_FORMATS))

# Those that send each part of a response on as the app makes it.
streaming_formats = pytest.mark.formats("asgi", "azure_stream", "gcp", "gcp_aio", "vercel", "wsgi")

# Formats of gateways that have stages, each with a domain whose URLs begin with the stage.
STAGED = [
    ("aws_http", "abc123.execute-api.eu-west-1.amazonaws.com"),
    ("aws_rest", "abc123.execute-api.eu-west-1.amazonaws.com"),
    ("tencent_apigw", "service-abc123.gz.apigw.tencentcs.com"),
]

PICTURE = bytes(range(256))


@pytest.fixture
def lambda_app(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> Iterator[Any]:
    caplog.set_level(logging.INFO, logger="guestbook")
    monkeypatch.setenv("GUESTBOOK_DB", str(tmp_path / "guestbook.sqlite3"))
    monkeypatch.syspath_prepend(str(FOLDER))
    handler = runpy.run_path(str(FOLDER / "function.py"))["handler"]
    yield handler
    handler.close()


def create(lambda_client: Client, name: str = "Ada", message: str = "Hello!") -> dict[str, Any]:
    response = lambda_client.post("/entries", json={"name": name, "message": message})
    assert response.status == 201, response.text
    entry: dict[str, Any] = response.json()
    return entry


def upload(lambda_client: Client, entry_id: int, data: bytes, content_type: str = "image/png") -> Any:
    return lambda_client.put(f"/entries/{entry_id}/picture", files={"picture": ("a.png", data, content_type)})


def test_created_entry_can_be_read(lambda_client: Client) -> None:
    """What was posted is found at the address in Location, non-ASCII text included."""
    response = lambda_client.post("/entries", json={"name": "Zoë", "message": "Grüße, 你好 🎈"})
    assert response.status == 201
    location = response.header("location")
    path = f"/entries/{response.json()['id']}"
    assert location is not None
    assert location.endswith(path)
    entry = lambda_client.get(path)
    assert entry.status == 200
    assert entry.json() == response.json()
    assert entry.json()["message"] == "Grüße, 你好 🎈"


def test_list_goes_from_the_newest_page_by_page(lambda_client: Client) -> None:
    """The query string chooses the page, and the newest entry comes first."""
    ids = [create(lambda_client, message=f"number {number}")["id"] for number in range(3)]
    newest = lambda_client.get("/entries?limit=2").json()
    assert [entry["id"] for entry in newest] == [ids[2], ids[1]]
    older = lambda_client.get(f"/entries?limit=2&before={ids[1]}").json()
    assert [entry["id"] for entry in older] == [ids[0]]


@pytest.mark.parametrize("name", ["", "x" * 81])
def test_invalid_entry_is_refused(lambda_client: Client, name: str) -> None:
    """An entry that breaks the model's rules gets 422 and says which field is wrong."""
    response = lambda_client.post("/entries", json={"name": name, "message": "Hello!"})
    assert response.status == 422
    assert response.json()["detail"][0]["loc"] == ["body", "name"]


@pytest.mark.parametrize("path", ["/entries/1", "/entries/1/picture", "/no/such/page"])
def test_unknown_thing_is_not_found(lambda_client: Client, path: str) -> None:
    """What is not there gets 404 with a JSON explanation."""
    response = lambda_client.get(path)
    assert response.status == 404
    assert response.header("content-type") == "application/json"


def test_deleted_entry_is_gone(lambda_client: Client) -> None:
    """Deleting answers 204 without a body, and 404 the second time."""
    path = f"/entries/{create(lambda_client)['id']}"
    response = lambda_client.delete(path)
    assert (response.status, response.body) == (204, b"")
    assert lambda_client.get(path).status == 404
    assert lambda_client.delete(path).status == 404


@binary_formats
def test_picture_comes_back_as_it_was_sent(lambda_client: Client) -> None:
    """Every byte of an uploaded picture survives both ways, with its content type."""
    entry = create(lambda_client)
    assert upload(lambda_client, entry["id"], PICTURE).status == 204
    response = lambda_client.get(f"/entries/{entry['id']}/picture")
    assert response.status == 200
    assert response.body == PICTURE
    assert response.header("content-type") == "image/png"


@binary_formats
def test_known_picture_is_not_sent_again(lambda_client: Client) -> None:
    """If-None-Match with the picture's ETag gets 304 without a body."""
    entry_id = create(lambda_client)["id"]
    upload(lambda_client, entry_id, PICTURE)
    path = f"/entries/{entry_id}/picture"
    etag = lambda_client.get(path).header("etag")
    assert etag
    response = lambda_client.get(path, headers={"if-none-match": f'"other", W/{etag}'})
    assert (response.status, response.body) == (304, b"")
    assert response.header("etag") == etag
    assert lambda_client.get(path, headers={"if-none-match": '"other"'}).status == 200


@binary_formats
def test_refused_pictures(lambda_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture gets 413 over the limit, 415 when it is none, and 404 without an entry."""
    monkeypatch.setattr("guestbook.MAX_PICTURE_BYTES", len(PICTURE))
    entry_id = create(lambda_client)["id"]
    assert upload(lambda_client, entry_id, PICTURE + b"!").status == 413
    assert upload(lambda_client, entry_id, b"<svg/>", "image/svg+xml").status == 415
    assert upload(lambda_client, entry_id + 1, PICTURE).status == 404
    assert lambda_client.get(f"/entries/{entry_id}/picture").status == 404


def test_streamed_export_is_complete(lambda_client: Client) -> None:
    """The streamed lines arrive whole and in order, one JSON object each."""
    entries = [create(lambda_client, message=f"line\n{number} é") for number in range(5)]
    response = lambda_client.get("/entries.ndjson")
    assert response.status == 200
    assert response.header("content-type") == "application/x-ndjson"
    assert [json.loads(line) for line in response.text.splitlines()] == entries


def write_story(lambda_client: Client) -> list[str]:
    """Entries for a story, and its words."""
    create(lambda_client, name="Zoë", message="Grüße,\n你好 🎈")
    create(lambda_client, message="data: \\n end")
    return ["Zoë", "wrote:", "Grüße,", "你好", "🎈", "Ada", "wrote:", "data:", "\\n", "end"]


def read_events(text: str) -> list[str]:
    """The words in server-sent events, whose end must be told."""
    *events, end, rest = text.split("\n\n")
    assert (end, rest) == ("event: end\ndata: {}", "")
    return [json.loads(event.removeprefix("data: ")) for event in events]


def test_story_is_told_word_by_word(lambda_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each word is an event, in order, and the last event says that there are no more."""

    async def no_time() -> None:
        pass

    monkeypatch.setattr("guestbook.pause", no_time)
    words = write_story(lambda_client)
    response = lambda_client.get("/story")
    assert response.status == 200
    assert response.headers.get_all("content-type") == ["text/event-stream; charset=utf-8"]
    assert response.header("cache-control") == "no-cache"
    assert read_events(response.text) == words


def test_story_of_an_empty_book_ends_at_once(lambda_client: Client) -> None:
    """A browser is told of the end there too."""
    assert read_events(lambda_client.get("/story").text) == []


@streaming_formats
def test_word_is_sent_before_the_next_is_made(
    lambda_client: Client,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The first word is there while the app makes the second, and a client that leaves then ends it."""

    async def for_ever() -> None:
        await asyncio.Event().wait()

    words = write_story(lambda_client)
    monkeypatch.setattr("guestbook.pause", for_ever)
    with lambda_client.stream("GET", "/story") as response:
        assert next(iter(response.chunks)) == 'data: "Zoë"\n\n'.encode()
    assert f"told 1 of {len(words)} words" in caplog.messages


def test_background_task_is_done_before_the_next_call(lambda_client: Client) -> None:
    """A visit that is counted after the response shows in the following call."""
    for visits in range(3):
        assert lambda_client.get("/stats").json()["visits"] == visits
        lambda_client.get("/entries")


def test_guest_is_remembered_by_cookies(lambda_client: Client) -> None:
    """Both cookies of one response arrive, and sent back they say who wrote the last entry."""
    name = "Zoë; née O'Hara"
    assert lambda_client.get("/me").status == 404
    response = lambda_client.post("/entries", json={"name": name, "message": "Hello!"})
    assert len(response.headers.get_all("set-cookie")) == 2
    assert lambda_client.get("/me").json() == {"name": name, "last_entry": response.json()["id"]}
    lambda_client.cookies.clear()
    assert lambda_client.get("/me").status == 404


def test_front_page_leads_to_the_chat(lambda_client: Client) -> None:
    """The front page redirects to the page that is live; what that loads is there, by relative addresses."""
    page = lambda_client.get("/", follow_redirects=True)
    assert [redirect.status for redirect in page.history] == [307]
    assert urlsplit(page.url).path == "/chat"
    assert page.header("content-type") == "text/html; charset=utf-8"
    assert "{" not in page.text
    loaded = set(re.findall(r'(?:src|href)="([^"]+)"', page.text))
    assert loaded == {"static/book.svg", "static/chat.css", "static/chat.js"}
    assert {lambda_client.get(f"/{path}").status for path in loaded} == {200}


def test_docs_load_the_schema(lambda_client: Client) -> None:
    """The interactive docs load the schema that the app serves."""
    docs = lambda_client.get("/docs")
    assert docs.header("content-type") == "text/html; charset=utf-8"
    assert "url: '/openapi.json'" in docs.text
    assert "/entries/{entry_id}" in lambda_client.get("/openapi.json").json()["paths"]


@pytest.mark.parametrize(("staged_format", "host"), STAGED)
def test_front_page_and_docs_work_behind_a_stage(lambda_app: Any, staged_format: str, host: str) -> None:
    """What they lead to and load is where the client finds it, which is below the stage."""
    client = Client(lambda_app, staged_format, base_url=f"https://{host}", root_path="/prod")
    assert client.get("/prod/").header("location") == "/prod/chat"
    assert "url: '/prod/openapi.json'" in client.get("/prod/docs").text
    assert "/entries/{entry_id}" in client.get("/prod/openapi.json").json()["paths"]


def test_app_starts_once_and_stops_on_close(
    lambda_app: Any,
    lambda_client: Client,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Several calls share one start of the app, which ends when the handler is closed."""
    instances = {lambda_client.get("/stats").json()["instance"] for _ in range(3)}
    lambda_app.close()
    assert len(instances) == 1
    records = caplog.get_records("setup") + caplog.get_records("call")
    events = [record.getMessage() for record in records if record.name == "guestbook"]
    assert [event.split()[0] for event in events] == ["opened", "closed"]


def test_requests_may_come_at_once(lambda_client: Client) -> None:
    """Requests handled at the same time do not mix, and none is lost."""

    def write(number: int) -> tuple[str, dict[str, Any]]:
        assert lambda_client.get("/entries").status == 200
        return f"guest {number}", create(lambda_client, name=f"guest {number}")

    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(write, range(16)))
    assert all(name == entry["name"] for name, entry in written)
    assert len({entry["id"] for _, entry in written}) == 16
    stats = lambda_client.get("/stats").json()
    assert (stats["entries"], stats["visits"]) == (16, 16)
