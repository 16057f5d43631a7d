from __future__ import annotations

import email
import email.policy
import runpy
import smtplib
import socket
import socketserver
import ssl
import threading
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

import fsspec
import pytest
from azure.functions.blob import InputStream
from PIL import Image

from lambda_bridge.testing import Client

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent

TIMERS = ["aws.schedule", "azure.timer", "google.pubsub", "tencent.timer"]
STORAGES = ["aws.s3", "azure.blob", "google.storage", "tencent.cos"]

KEY = "pictures/2026/a cat + 猫.png"
THUMBNAIL = "thumbnails/2026/a cat + 猫.png.webp"


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "bucket"
    monkeypatch.setenv("GUESTBOOK_STORAGE", str(path))
    return path


@pytest.fixture
def client(tmp_path: Path, bucket: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("GUESTBOOK_DB", str(tmp_path / "guestbook.sqlite3"))
    monkeypatch.syspath_prepend(str(FOLDER))
    handler = runpy.run_path(str(FOLDER / "function.py"))["handler"]
    with Client(handler) as client:
        yield client
    handler.close()


# --- thumbnails


def make_picture(size: tuple[int, int] = (800, 600), kind: str = "PNG", **options: Any) -> bytes:
    file = BytesIO()
    Image.new("RGB", size, "red").save(file, kind, **options)
    return file.getvalue()


def upload(bucket: Path, key: str, data: bytes) -> None:
    path = bucket / key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def tell(client: Client, source: str, key: str, data: bytes = b"", **more: Any) -> None:
    """Send the event of a new object; raise what the invocation fails with."""
    if source == "azure.blob":
        client.handler(InputStream(data=data, name=f"bucket/{key}", blob_properties={"ETag": "7"}), None)
        return
    record: dict[str, Any] = {
        "aws.s3": {"s3": {"object": {"key": quote_plus(key)}}},
        "google.storage": {"name": key},
        "tencent.cos": {"cos": {"cosObject": {"key": f"/1300000000/bridge/{key}"}}},
    }[source]
    outcome = client.trigger(source, data=[{**record, **more}])
    if outcome.error is not None:
        raise outcome.error


def files_in(bucket: Path) -> list[str]:
    return sorted(path.relative_to(bucket).as_posix() for path in bucket.rglob("*") if path.is_file())


@pytest.mark.parametrize("source", STORAGES)
def test_new_picture_gets_a_thumbnail(client: Client, bucket: Path, source: str) -> None:
    """The same route makes it on every cloud, of a key with any characters, and twice the same of an event told twice."""
    upload(bucket, KEY, make_picture())
    for _ in range(2):
        tell(client, source, KEY, make_picture())
        assert files_in(bucket) == [KEY, THUMBNAIL]
        with Image.open(bucket / THUMBNAIL) as thumbnail:
            assert (thumbnail.format, thumbnail.size) == ("WEBP", (256, 192))
            red, green, blue = thumbnail.convert("RGB").getpixel((100, 100))
            assert red > 240
            assert max(green, blue) < 16


@pytest.mark.parametrize("source", STORAGES)
def test_thumbnails_and_other_objects_are_left_alone(client: Client, bucket: Path, source: str) -> None:
    """Only what is below pictures/ gets a thumbnail: else each thumbnail would get one, too."""
    outside = bucket.parent / "outside.png"
    outside.write_bytes(make_picture())
    upload(bucket, THUMBNAIL, make_picture())
    for key in (THUMBNAIL, "outside.png", "pictures/", "pictures/2026/", "pictures/../../outside.png"):
        tell(client, source, key, make_picture())
    assert files_in(bucket.parent / "bucket") == [THUMBNAIL]
    assert not [path for path in bucket.parent.rglob("*.webp") if path != bucket / THUMBNAIL]


@pytest.mark.parametrize(
    ("source", "record"),
    [
        ("aws.s3", {"eventName": "ObjectRemoved:Delete"}),
        ("tencent.cos", {"event": {"eventName": "cos:ObjectRemove:Delete"}}),
    ],
)
def test_end_of_a_picture_is_none_of_its_business(
    client: Client, bucket: Path, source: str, record: dict[str, Any]
) -> None:
    """An event about a picture that is gone is done, and makes nothing."""
    tell(client, source, KEY, **record)
    assert files_in(bucket) == []


@pytest.mark.parametrize("source", STORAGES)
@pytest.mark.parametrize(
    "data",
    [b"", b"[1]", b"<svg/>", make_picture()[:-40], make_picture(kind="BMP"), make_picture((6000, 5000), "JPEG")],
    ids=["empty", "json", "svg", "cut off", "another format", "too many pixels"],
)
def test_what_is_no_picture_is_not_tried_again(
    client: Client, bucket: Path, caplog: pytest.LogCaptureFixture, source: str, data: bytes
) -> None:
    """It would be no picture the next time either: the event is done, and the log says so."""
    upload(bucket, KEY, data)
    tell(client, source, KEY, data)
    assert files_in(bucket) == [KEY]
    assert "no thumbnail of 'pictures/2026/a cat + 猫.png'" in caplog.text


@pytest.mark.parametrize("source", STORAGES)
def test_large_file_is_not_read_to_its_end(
    client: Client, bucket: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    """What is over the limit is no picture for this app, whatever it is."""
    monkeypatch.setattr("worker.MAX_BYTES", 100)
    upload(bucket, KEY, make_picture())
    tell(client, source, KEY, make_picture())
    assert files_in(bucket) == [KEY]


@pytest.mark.parametrize("source", ["aws.s3", "google.storage", "tencent.cos"])
def test_picture_that_cannot_be_read_fails_the_event(client: Client, bucket: Path, source: str) -> None:
    """The platform tries again, by when the storage may be back."""
    with pytest.raises(Exception, match="500"):
        tell(client, source, KEY)
    upload(bucket, KEY, make_picture())
    tell(client, source, KEY)
    assert files_in(bucket) == [KEY, THUMBNAIL]


@pytest.mark.parametrize("source", STORAGES)
def test_thumbnail_that_cannot_be_written_fails_the_event(client: Client, bucket: Path, source: str) -> None:
    """A thumbnail that is not there is never told to be done."""
    upload(bucket, KEY, make_picture())
    upload(bucket, "thumbnails", b"a file, where a folder should be")
    with pytest.raises(Exception, match="500"):
        tell(client, source, KEY, make_picture())


def test_every_picture_of_an_event_gets_a_thumbnail(client: Client, bucket: Path) -> None:
    """An event may tell of several objects; one that is no picture does not keep the others from theirs."""
    upload(bucket, "pictures/a.png", make_picture())
    upload(bucket, "pictures/b.png", b"no picture")
    upload(bucket, "pictures/c.gif", make_picture(kind="GIF"))
    records = [{"s3": {"object": {"key": f"pictures/{name}"}}} for name in ("a.png", "b.png", "c.gif")]
    assert client.trigger("aws.s3", data=records).error is None
    assert files_in(bucket / "thumbnails") == ["a.png.webp", "c.gif.webp"]


def test_thumbnail_is_upright_and_tells_nothing(client: Client, bucket: Path) -> None:
    """A picture is turned as its camera says, and what else that says, such as where it was, is left out."""
    about = Image.Exif()
    about[0x0112] = 6  # the orientation: to be turned by 90 degrees
    about[0x010E] = "at home"
    upload(bucket, "pictures/a.jpg", make_picture((800, 400), "JPEG", exif=about))
    tell(client, "aws.s3", "pictures/a.jpg")
    with Image.open(bucket / "thumbnails/a.jpg.webp") as thumbnail:
        assert thumbnail.size == (128, 256)
        assert dict(thumbnail.getexif()) == {}


def test_small_picture_stays_small(client: Client, bucket: Path) -> None:
    """A thumbnail is never larger than its picture."""
    upload(bucket, "pictures/dot.png", make_picture((3, 2)))
    tell(client, "aws.s3", "pictures/dot.png")
    with Image.open(bucket / "thumbnails/dot.png.webp") as thumbnail:
        assert thumbnail.size == (3, 2)


def test_storage_may_be_any_of_fsspec(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a URL in GUESTBOOK_STORAGE, pictures are where it says."""
    monkeypatch.setenv("GUESTBOOK_STORAGE", "memory://bucket")
    files = fsspec.filesystem("memory")
    files.pipe_file("/bucket/pictures/a.png", make_picture())
    tell(client, "aws.s3", "pictures/a.png")
    assert files.cat_file("/bucket/thumbnails/a.png.webp").startswith(b"RIFF")
    files.rm("/bucket", recursive=True)


# --- the digest


class MailServer(socketserver.ThreadingTCPServer):
    """Takes every mail, on a free port of this machine."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), MailSession)
        self.mails: list[Any] = []
        self.url = f"smtp://127.0.0.1:{self.server_address[1]}"


class MailSession(socketserver.StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.reply("220 mail.example.com")
        for line in self.rfile:
            command = line.split()[0].upper()
            if command == b"DATA":
                self.reply("354 go on")
                text = b"".join(iter(self.rfile.readline, b".\r\n"))
                self.server.mails.append(email.message_from_bytes(text, policy=email.policy.default))
            self.reply("221 bye" if command == b"QUIT" else "250 fine")

    def reply(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("GUESTBOOK_SMTP", server.url)
        monkeypatch.setenv("GUESTBOOK_OWNER", "owner@example.com")
        yield server
        server.shutdown()
        thread.join()


def write(client: Client, name: str, message: str = "Hello!") -> None:
    assert client.post("/entries", json={"name": name, "message": message}).status == 201


@pytest.mark.parametrize("source", TIMERS)
def test_timer_sends_a_digest_of_what_is_new(client: Client, mail_server: MailServer, source: str) -> None:
    """Each entry is in one digest, and where there is none, no mail is sent."""
    assert client.trigger(source).error is None
    assert mail_server.mails == []
    write(client, "Zoë", "Grüße,\r\n.\r\n你好 🎈\0")
    write(client, "Ada")
    for _ in range(2):
        assert client.trigger(source).error is None
    [mail] = mail_server.mails
    assert (mail["from"], mail["to"]) == ("owner@example.com", "owner@example.com")
    assert mail["subject"] == "New in the guest book: 2"
    assert "Grüße,\n.\n你好 🎈\0\n" in mail.get_content()
    assert "Ada, " in mail.get_content()
    write(client, "Bob")
    assert client.trigger(source).error is None
    assert "Bob, " in mail_server.mails[1].get_content()
    assert "Ada" not in mail_server.mails[1].get_content()


def test_digest_is_sent_when_the_mail_server_is_back(
    client: Client, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is down the event fails, so that the platform tries again, and nothing is left out."""
    write(client, "Ada")
    with monkeypatch.context() as patch, socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        patch.setenv("GUESTBOOK_SMTP", f"smtp://127.0.0.1:{nobody.getsockname()[1]}")
        assert client.trigger("aws.schedule").error is not None
    assert client.trigger("aws.schedule").error is None
    assert "Ada" in mail_server.mails[0].get_content()


def test_digest_without_a_mail_server_is_only_counted(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The log has the number of entries, and nothing that a guest has written."""
    monkeypatch.delenv("GUESTBOOK_SMTP", raising=False)
    write(client, "Ada", "a secret")
    assert client.trigger("aws.schedule").error is None
    assert "digest of 1 entries not sent" in caplog.text
    assert "Ada" not in caplog.text
    assert "a secret" not in caplog.text


def test_password_is_said_in_secret_only(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """With smtps:// the connection is encrypted, and the server's certificate looked at, before the password is said."""
    said: list[Any] = []

    class Connection:
        def login(self, user: str, password: str) -> None:
            said.append((user, password))

        def send_message(self, mail: Any) -> None:
            said.append(mail["to"])

    @contextmanager
    def connect(host: str, port: int, *, timeout: float, context: ssl.SSLContext) -> Iterator[Connection]:
        said.append((host, port, context.check_hostname))
        yield Connection()

    monkeypatch.setattr(smtplib, "SMTP_SSL", connect)
    monkeypatch.setenv("GUESTBOOK_SMTP", "smtps://ada%40example.com:a%2Fb@mail.example.com:465")
    monkeypatch.setenv("GUESTBOOK_OWNER", "owner@example.com")
    write(client, "Ada")
    assert client.trigger("aws.schedule").error is None
    secret = ("ada@example.com", "a/b")
    assert said == [("mail.example.com", 465, True), secret, "owner@example.com"]


# --- who may send events


EVENT = {
    "ce-specversion": "1.0",
    "ce-id": "1",
    "ce-source": "tencent:timer/nightly",
    "ce-type": "com.tencentcloud.scf.timer",
}


@pytest.mark.formats
def test_strangers_events_are_not_found(
    client: Client, lambda_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    """No HTTP request reaches the route, on any cloud."""
    assert lambda_client.post("/events", headers=EVENT).status == 404
    assert caplog.text == ""


@pytest.fixture
def lambda_app(client: Client) -> Any:
    return client.handler


@pytest.mark.parametrize("http_format", ["asgi", "gcp_aio"])
def test_strangers_events_are_refused_where_the_route_is_open(
    client: Client, monkeypatch: pytest.MonkeyPatch, http_format: str
) -> None:
    """On Knative and Cloud Run nothing tells them from the platform's, so this app takes none."""
    monkeypatch.setenv("K_SERVICE", "guestbook")
    assert Client(client.handler, http_format).post("/events", headers=EVENT).status == 403


def test_event_of_another_source_is_refused(client: Client) -> None:
    """An event that this app knows nothing about is not told to be done: somebody has set up a trigger for it."""
    assert client.trigger("aws.sns").error is not None
