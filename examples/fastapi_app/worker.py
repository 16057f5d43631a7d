"""What the guest book does when nobody asks: thumbnails of new pictures in a bucket, and a digest by mail.

The cloud's events reach the app as CloudEvents over HTTP: lambda_bridge makes a POST to /events of
each. Any 2xx says that it is done; after anything else the cloud tries again. So each event may
come twice, and both tasks are made such that the second time does no harm.
"""

import json
import logging
import os
import smtplib
import ssl
import tempfile
from asyncio import to_thread
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, unquote_plus, urlsplit

import fsspec
from fastapi import Depends, Header, HTTPException, Request
from PIL import Image, ImageOps

from guestbook import Database, Entry, app

logger = logging.getLogger("guestbook.worker")

PICTURES = "pictures/"
# Not below the pictures: else each thumbnail would be a new picture, and that without end.
THUMBNAILS = "thumbnails/"
THUMBNAIL_SIZE = (256, 256)
# No more than a small function has room for.
MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 25_000_000
# Nothing else that Pillow could open: some formats start programs.
FORMATS = ("GIF", "JPEG", "PNG", "WEBP")

# Whose events this app takes, and what they say; Cloud Scheduler of Google's sends them through Pub/Sub.
SOURCES = {
    "aws.s3",
    "aws.schedule",
    "azure.blob",
    "azure.timer",
    "google.pubsub",
    "google.storage",
    "tencent.cos",
    "tencent.timer",
}
NEW_OBJECT = (
    "com.amazonaws.s3.ObjectCreated:",
    "com.microsoft.azure.storage.blob",
    "com.tencentcloud.cos.ObjectCreated:",
    "google.cloud.storage.object.v1.finalized",
)
TIME_FOR_DIGEST = {
    "Scheduled Event",
    "com.microsoft.azure.functions.timer",
    "com.tencentcloud.scf.timer",
    "google.cloud.pubsub.topic.v1.messagePublished",
}

# In a folder on disk, make what a bucket does not need: the folders around a file.
fsspec.config.conf["file"] = {"auto_mkdir": True}


async def trusted_source(request: Request) -> str:
    # Only lambda_bridge sets this, and no HTTP request reaches the route past it. But where the
    # cloud's own events are HTTP requests (Knative, Cloud Run), a stranger's look the same: there
    # it names a format of HTTP. Under uvicorn it is not there at all.
    source: str = request.scope.get("lambda_bridge.format", "")
    if source not in SOURCES:
        raise HTTPException(403, "events are not taken from everybody")
    return source


@app.post("/events", status_code=204, include_in_schema=False)
async def take_event(
    request: Request,
    db: Database,
    source: Annotated[str, Depends(trusted_source)],
    ce_type: Annotated[str, Header()],
    ce_subject: Annotated[str, Header()] = "",
) -> None:
    """Do what the event is about; of other events, such as a picture's end, there is nothing to do."""
    # CloudEvents over HTTP quote whatever a header could not carry, were it only a space.
    kind, subject = unquote(ce_type), unquote(ce_subject)
    if kind.startswith(NEW_OBJECT):
        key = object_key(source, subject, await request.body())
        if is_picture(key):
            # Azure brings the picture along, the others only say where it is.
            data = await request.body() if source == "azure.blob" else await to_thread(read_picture, key)
            await to_thread(save_thumbnail, key, data)
    elif kind in TIME_FOR_DIGEST:
        await send_digest(db)


# --- thumbnails


def object_key(source: str, subject: str, body: bytes) -> str:
    """The name of the object in its bucket."""
    if source == "google.storage":
        return str(json.loads(body)["name"])
    # S3 quotes the keys in its events itself, as a form does.
    return unquote_plus(subject) if source == "aws.s3" else subject


def is_picture(key: str) -> bool:
    # A key may be anything: "pictures/../…" must not lead out of a folder on disk, and one that ends
    # with a slash only looks like a folder.
    return key.startswith(PICTURES) and not key.endswith("/") and ".." not in key.split("/")


def storage() -> tuple[fsspec.AbstractFileSystem, str]:
    """Where pictures and thumbnails are: a file system of fsspec's, and the path in it."""
    default = Path(tempfile.gettempdir()) / "guestbook"
    found: tuple[fsspec.AbstractFileSystem, str] = fsspec.url_to_fs(os.environ.get("GUESTBOOK_STORAGE") or str(default))
    return found


def read_picture(key: str) -> bytes:
    # What goes wrong here is raised, so that the cloud tries again: the storage may be back by then.
    # A picture that is not there may be gone, or GUESTBOOK_STORAGE be wrong; that must be seen.
    files, root = storage()
    with files.open(f"{root}/{key}", "rb") as file:
        data: bytes = file.read(MAX_BYTES + 1)
    return data


def save_thumbnail(key: str, data: bytes) -> None:
    try:
        thumbnail = make_thumbnail(data)
    except Exception as error:
        # The same bytes would fail every time: the event is done, there is no thumbnail.
        logger.warning("no thumbnail of %r: %s", key, type(error).__name__)
        return
    files, root = storage()
    # The same picture gets the same thumbnail, however often it is told of.
    files.pipe_file(f"{root}/{THUMBNAILS}{key[len(PICTURES) :]}.webp", thumbnail)


def make_thumbnail(data: bytes) -> bytes:
    """The picture in *data* as a small WebP, upright, without what the camera has written into it."""
    if len(data) > MAX_BYTES:
        raise ValueError(f"a picture has at most {MAX_BYTES} bytes")
    with Image.open(BytesIO(data), formats=FORMATS) as image:
        if image.width * image.height > MAX_PIXELS:
            raise ValueError(f"a picture has at most {MAX_PIXELS} pixels")
        # A palette has no colours in between, which a small picture needs.
        small = image.convert("RGBA") if image.mode == "P" else image
        small.thumbnail(THUMBNAIL_SIZE)
        file = BytesIO()
        ImageOps.exif_transpose(small).save(file, "WEBP")
    return file.getvalue()


# --- the digest


async def send_digest(db: Database) -> None:
    """Mail the owner what is new since the last digest; where nothing is, or nobody to mail it to, do not."""
    await db.execute("INSERT OR IGNORE INTO counters (name, value) VALUES ('digested', 0)")
    # What is too much for one mail comes with the next one.
    sql = """SELECT * FROM entries WHERE id > (SELECT value FROM counters WHERE name = 'digested')
        ORDER BY id LIMIT 100"""
    async with db.execute(sql) as cursor:
        entries = [Entry(**dict(row)) async for row in cursor]
    server, owner = os.environ.get("GUESTBOOK_SMTP"), os.environ.get("GUESTBOOK_OWNER")
    if not entries:
        return
    if not server or not owner:
        logger.warning("digest of %d entries not sent: set GUESTBOOK_SMTP and GUESTBOOK_OWNER", len(entries))
        return
    await to_thread(send, make_digest(entries, owner), server)
    # Only now: if the mail server is down, the event fails, and the next try has all of them again.
    await db.execute("UPDATE counters SET value = max(value, ?) WHERE name = 'digested'", (entries[-1].id,))


def make_digest(entries: list[Entry], owner: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = mail["To"] = owner
    mail["Subject"] = f"New in the guest book: {len(entries)}"
    texts = [f"{entry.name}, {entry.created_at:%Y-%m-%d %H:%M}\n{entry.message}\n" for entry in entries]
    # Guests may write any character, also such as mail servers refuse.
    mail.set_content("\n".join(texts), cte="base64")
    return mail


def send(mail: EmailMessage, url: str) -> None:
    """Hand *mail* to the server at *url*, ``smtps://user:password@host:465``, or ``smtp://host:25`` nearby."""
    server = urlsplit(url)
    host, port = server.hostname or "", server.port or 0
    if server.scheme == "smtps":
        with smtplib.SMTP_SSL(host, port, timeout=10, context=ssl.create_default_context()) as connection:
            connection.login(unquote(server.username or ""), unquote(server.password or ""))
            connection.send_message(mail)
    else:
        with smtplib.SMTP(host, port, timeout=10) as connection:
            connection.send_message(mail)
