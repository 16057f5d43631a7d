"""A guest book on FastAPI and SQLite, an API and a page that is live, written as for any ASGI server."""

import asyncio
import hashlib
import json
import logging
import os
import sqlite3
import tempfile
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from html import escape
from pathlib import Path as FilePath
from typing import Annotated, Any
from urllib.parse import quote, unquote, urlsplit

import aiosqlite
from fastapi import (
    BackgroundTasks,
    Cookie,
    Depends,
    FastAPI,
    Header,
    HTTPException,
    Path,
    Query,
    Request,
    Response,
    UploadFile,
    WebSocket,
)
from fastapi.requests import HTTPConnection
from fastapi.responses import HTMLResponse, RedirectResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field, ValidationError

import live

logger = logging.getLogger("guestbook")

HERE = FilePath(__file__).parent
PAGE = (HERE / "chat.html").read_text(encoding="utf-8")
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self' {gateway}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
MAX_PICTURE_BYTES = 512 * 1024
# No image/svg+xml: a browser would run the scripts inside it.
PICTURE_TYPES = {"image/gif", "image/jpeg", "image/png", "image/webp"}

SCHEMA = """
CREATE TABLE IF NOT EXISTS entries (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    message TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
);
CREATE TABLE IF NOT EXISTS pictures (
    entry_id INTEGER PRIMARY KEY REFERENCES entries (id) ON DELETE CASCADE,
    content_type TEXT NOT NULL,
    etag TEXT NOT NULL,
    data BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
INSERT OR IGNORE INTO counters (name, value) VALUES ('visits', 0);
"""


class NewEntry(BaseModel):
    name: str = Field(min_length=1, max_length=80)
    message: str = Field(min_length=1, max_length=2000)


class Entry(NewEntry):
    id: int
    created_at: datetime


class Guest(BaseModel):
    name: str
    last_entry: int


class Stats(BaseModel):
    entries: int
    visits: int
    instance: str


def database_path() -> str:
    default = FilePath(tempfile.gettempdir()) / "guestbook.sqlite3"
    return os.environ.get("GUESTBOOK_DB") or str(default)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, Any]]:
    path = database_path()
    # Requests running at once share this connection. With isolation_level=None every statement
    # commits by itself, so none of them can commit or roll back half of another's work.
    async with aiosqlite.connect(path, isolation_level=None) as db:
        db.row_factory = sqlite3.Row
        await db.execute("PRAGMA foreign_keys = ON")
        await db.executescript(SCHEMA)
        logger.info("opened %s", path)
        yield {"db": db, "instance": uuid.uuid4().hex}
    logger.info("closed %s", path)


async def connection(request: HTTPConnection) -> aiosqlite.Connection:
    db: aiosqlite.Connection = request.state.db
    return db


Database = Annotated[aiosqlite.Connection, Depends(connection)]
# SQLite's integers have 64 bits: a larger one in the path would be a server error.
EntryId = Annotated[int, Path(ge=1, lt=2**63)]

app = FastAPI(title="Guest book", lifespan=lifespan)
app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")


async def fetch_one(db: aiosqlite.Connection, sql: str, *args: object) -> sqlite3.Row:
    async with db.execute(sql, args) as cursor:
        row = await cursor.fetchone()
    if row is None:
        raise HTTPException(404, "no such entry or picture")
    return row


async def fetch_entry(db: aiosqlite.Connection, entry_id: object) -> Entry:
    return Entry(**dict(await fetch_one(db, "SELECT * FROM entries WHERE id = ?", entry_id)))


async def write_entry(db: aiosqlite.Connection, new: NewEntry) -> Entry:
    sql = "INSERT INTO entries (name, message) VALUES (?, ?)"
    async with db.execute(sql, (new.name, new.message)) as cursor:
        return await fetch_entry(db, cursor.lastrowid)


async def tell_of(entry: Entry) -> None:
    await live.tell_everybody(app, f'{{"entry":{entry.model_dump_json()}}}')


async def count_visit(db: aiosqlite.Connection) -> None:
    await db.execute("UPDATE counters SET value = value + 1 WHERE name = 'visits'")


async def entries_as_ndjson(db: aiosqlite.Connection) -> AsyncIterator[str]:
    async with db.execute("SELECT * FROM entries ORDER BY id") as cursor:
        async for row in cursor:
            yield json.dumps(dict(row), ensure_ascii=False) + "\n"


async def pause() -> None:
    """As long as a language model takes for a word."""
    await asyncio.sleep(0.05)


async def as_server_sent_events(words: Sequence[str]) -> AsyncIterator[str]:
    told = 0
    try:
        for word in words:
            if told:
                await pause()
            told += 1
            # JSON, as a line break would end the event.
            yield f"data: {json.dumps(word, ensure_ascii=False)}\n\n"
        # A browser that is not told of the end would connect again.
        yield "event: end\ndata: {}\n\n"
    finally:
        # Reached as well when the client leaves: nobody pays for words that nobody hears.
        logger.info("told %d of %d words", told, len(words))


def remember_guest(request: Request, response: Response, entry: Entry) -> None:
    # A cookie's value is ASCII without spaces or semicolons, a guest's name may be anything.
    cookies = {"guest": quote(entry.name, safe=""), "last_entry": str(entry.id)}
    for key, value in cookies.items():
        response.set_cookie(
            key,
            value,
            max_age=30 * 24 * 3600,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )


def is_fresh(if_none_match: str, etag: str) -> bool:
    tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
    return "*" in tags or etag in tags


@app.get("/", include_in_schema=False)
async def index(request: Request) -> RedirectResponse:
    # Only the path: behind a gateway or a CDN the browser knows the function by another host.
    return RedirectResponse(request.url_for("chat_page").path)


@app.get("/chat", include_in_schema=False)
async def chat_page() -> HTMLResponse:
    """The page; its WebSocket is at its own address, unless the gateway that has it is elsewhere."""
    url = os.environ.get("GUESTBOOK_SOCKET", "")
    policy = PAGE_POLICY.format(gateway="{0.scheme}://{0.netloc}".format(urlsplit(url)) if url else "")
    return HTMLResponse(PAGE.replace("{socket}", escape(url)), headers={"content-security-policy": policy})


@app.websocket("/chat")
async def chat(socket: WebSocket, db: Database) -> None:
    """Each message is an entry to be written; every entry goes to every window, that of its writer too."""
    await socket.accept()
    with live.listening(socket):
        while (message := await socket.receive())["type"] == "websocket.receive":
            await take_message(socket, db, message.get("text") or message.get("bytes") or "")


async def take_message(socket: WebSocket, db: aiosqlite.Connection, data: Any) -> None:
    try:
        new = NewEntry.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        await socket.send_json({"error": ": ".join([*map(str, first["loc"]), first["msg"]])})
    else:
        await tell_of(await write_entry(db, new))


@app.get("/entries")
async def list_entries(
    db: Database,
    background: BackgroundTasks,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    before: Annotated[int, Query(ge=1, lt=2**63)] = 2**63 - 1,
) -> list[Entry]:
    """The newest entries; `before` is the id to go on from."""
    background.add_task(count_visit, db)
    sql = "SELECT * FROM entries WHERE id < ? ORDER BY id DESC LIMIT ?"
    async with db.execute(sql, (before, limit)) as cursor:
        return [Entry(**dict(row)) async for row in cursor]


@app.get("/entries.ndjson")
async def export_entries(db: Database) -> StreamingResponse:
    """Every entry, one JSON object a line, oldest first."""
    return StreamingResponse(entries_as_ndjson(db), media_type="application/x-ndjson")


@app.get("/story")
async def tell_story(db: Database) -> StreamingResponse:
    """The five newest entries, word by word, as server-sent events."""
    sql = "SELECT name, message FROM entries ORDER BY id DESC LIMIT 5"
    rows = reversed(list(await db.execute_fetchall(sql)))
    words = [word for row in rows for word in f"{row['name']} wrote: {row['message']}".split()]
    return StreamingResponse(
        as_server_sent_events(words),
        media_type="text/event-stream",
        headers={"cache-control": "no-cache"},
    )


@app.post("/entries", status_code=201)
async def create_entry(
    new: NewEntry, db: Database, request: Request, response: Response, background: BackgroundTasks
) -> Entry:
    """Write an entry; cookies remember who wrote it."""
    entry = await write_entry(db, new)
    background.add_task(tell_of, entry)
    response.headers["location"] = request.url_for("read_entry", entry_id=entry.id).path
    remember_guest(request, response, entry)
    return entry


@app.get("/entries/{entry_id}")
async def read_entry(entry_id: EntryId, db: Database) -> Entry:
    return await fetch_entry(db, entry_id)


@app.delete("/entries/{entry_id}", status_code=204)
async def delete_entry(entry_id: EntryId, db: Database) -> None:
    """Delete an entry and its picture."""
    async with db.execute("DELETE FROM entries WHERE id = ?", (entry_id,)) as cursor:
        if not cursor.rowcount:
            raise HTTPException(404, "no such entry")


@app.put("/entries/{entry_id}/picture", status_code=204)
async def upload_picture(entry_id: EntryId, picture: UploadFile, db: Database) -> None:
    """Set the picture of an entry."""
    if picture.content_type not in PICTURE_TYPES:
        raise HTTPException(415, f"a picture is one of {', '.join(sorted(PICTURE_TYPES))}")
    data = await picture.read(MAX_PICTURE_BYTES + 1)
    if len(data) > MAX_PICTURE_BYTES:
        raise HTTPException(413, f"a picture has at most {MAX_PICTURE_BYTES} bytes")
    etag = f'"{hashlib.sha256(data).hexdigest()}"'
    sql = "INSERT OR REPLACE INTO pictures (entry_id, content_type, etag, data) VALUES (?, ?, ?, ?)"
    try:
        await db.execute(sql, (entry_id, picture.content_type, etag, data))
    except sqlite3.IntegrityError as error:
        raise HTTPException(404, "no such entry") from error


@app.get("/entries/{entry_id}/picture")
async def download_picture(
    entry_id: EntryId,
    db: Database,
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    row = await fetch_one(db, "SELECT * FROM pictures WHERE entry_id = ?", entry_id)
    headers = {"etag": row["etag"], "x-content-type-options": "nosniff"}
    if is_fresh(if_none_match, row["etag"]):
        return Response(status_code=304, headers=headers)
    return Response(row["data"], media_type=row["content_type"], headers=headers)


@app.get("/me")
async def read_guest(
    guest: Annotated[str, Cookie()] = "",
    last_entry: Annotated[int, Cookie()] = 0,
) -> Guest:
    """Who the cookies say you are."""
    if not guest:
        raise HTTPException(404, "you have not written an entry yet")
    return Guest(name=unquote(guest), last_entry=last_entry)


@app.get("/stats")
async def read_stats(db: Database, request: Request) -> Stats:
    """Totals, and which running instance of the function answered."""
    sql = "SELECT (SELECT count(*) FROM entries) AS entries, value AS visits FROM counters"
    row = await fetch_one(db, f"{sql} WHERE name = 'visits'")
    return Stats(instance=request.state.instance, **dict(row))
