from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.testing import FORMATS, Client, make_event

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent
HOST = "notes.example"
# Formats of gateways that have stages, each with a domain whose URLs begin with the stage.
STAGED = [
    ("aws_http", "abc123.execute-api.eu-west-1.amazonaws.com"),
    ("aws_rest", "abc123.execute-api.eu-west-1.amazonaws.com"),
    ("tencent_apigw", "service-abc123.gz.apigw.tencentcs.com"),
]
USER, PASSWORD = "ada", "correct horse"

# whitenoise answers with plain files; under ASGI Django says that it has to read them in a thread.
pytestmark = pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The project with a database of its own that has one user, an administrator."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        patch.setenv("DJANGO_SETTINGS_MODULE", "project.settings")
        patch.setenv("DJANGO_SECRET_KEY", "of the tests")
        patch.setenv("DJANGO_ALLOWED_HOSTS", ",".join([HOST, *(host for _, host in STAGED)]))
        patch.setenv("DJANGO_DB", str(tmp_path_factory.mktemp("django") / "notes.sqlite3"))
        from django.conf import settings

        if settings.configured:
            pytest.fail("Django is set up already: run these tests in a process of their own")
        import django

        django.setup()
        from django.core.management import call_command
        from django.test import override_settings

        call_command("migrate", verbosity=0)
        # The real hashers are slow on purpose.
        with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
            create_administrator()
            yield


def create_administrator() -> None:
    from django.contrib.auth.models import User
    from django.db import connections

    User.objects.create_superuser(USER, password=PASSWORD)
    connections.close_all()


@pytest.fixture(scope="module", params=["function.py", "function_asgi.py"])
def handler(project: None, request: pytest.FixtureRequest) -> Iterator[Any]:
    handler = runpy.run_path(str(FOLDER / request.param))["handler"]
    yield handler
    handler.close()


class Browser:
    """Keeps cookies from call to call and names itself as the origin of a form."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Any:
        return self._keep_cookies(self.client.get(path, headers=self._headers()))

    def post(self, path: str, form: dict[str, str]) -> Any:
        headers = {**self._headers(), "referer": f"https://{HOST}{path}"}
        return self._keep_cookies(self.client.post(path, headers=headers, data=form))

    def submit(self, path: str, **fields: str) -> Any:
        """Open the form at *path*, fill it in and send it."""
        page = self.get(path)
        assert page.status == 200
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
        assert token
        return self.post(path, {"csrfmiddlewaretoken": token[1], **fields})

    def forget(self) -> None:
        """Go on without any cookie, as somebody else."""
        self.client = Client(self.client.handler, format=self.client.format)
        self.cookies.clear()

    def _headers(self) -> dict[str, str]:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"host": HOST, **({"cookie": cookie} if cookie else {})}

    def _keep_cookies(self, response: Any) -> Any:
        for name, value in response.headers:
            if name == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        return response


@pytest.fixture
def no_notes(project: None) -> None:
    """None of the tests before: a list of theirs would be more than CloudFront lets a function send."""
    from notes.models import Note

    Note.objects.all().delete()


@pytest.fixture(params=FORMATS)
def browser(handler: Any, no_notes: None, request: pytest.FixtureRequest) -> Browser:
    return Browser(Client(handler, format=request.param))


def test_saved_note_is_shown_and_listed(browser: Browser) -> None:
    """A form sent with its CSRF token and cookie saves a note and redirects to its page."""
    response = browser.submit("/notes/new/", title="Zoë & co", body="Grüße, 你好 🎈")
    assert response.status == 302
    path = response.header("location")
    note = browser.get(path)
    assert note.status == 200
    assert "<h1>Zoë &amp; co</h1>" in note.text
    assert "Grüße, 你好 🎈" in note.text
    notes = browser.get("/notes/")
    assert notes.header("content-type") == "text/html; charset=utf-8"
    assert f'<a href="{path}">Zoë &amp; co</a>' in notes.text


def test_incomplete_note_comes_back(browser: Browser) -> None:
    """A note without a title is not saved: the form is shown again, with the error in it."""
    response = browser.submit("/notes/new/", title="", body="nameless")
    assert response.status == 200
    assert "This field is required." in response.text
    assert "nameless" in response.text


def test_form_without_its_csrf_token_is_refused(browser: Browser) -> None:
    """The cookie alone does not let a POST through, and neither does the token alone."""
    page = browser.get("/notes/new/")
    assert browser.post("/notes/new/", {"title": "forged"}).status == 403
    browser.forget()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token
    form = {"csrfmiddlewaretoken": token[1], "title": "forged"}
    assert browser.post("/notes/new/", form).status == 403


def test_session_counts_visits(browser: Browser) -> None:
    """The session lasts from call to call for as long as its cookie comes with them."""
    for visits in (1, 2, 3):
        assert f"Visits in this session: {visits}<" in browser.get("/notes/").text
    browser.forget()
    assert "Visits in this session: 1<" in browser.get("/notes/").text


def test_admin_asks_for_a_login(browser: Browser) -> None:
    """A stranger is sent to the login page, and stays there with a wrong password."""
    response = browser.get("/admin/")
    assert response.status == 302
    assert response.header("location") == "/admin/login/?next=/admin/"
    refused = browser.submit("/admin/login/", username=USER, password="wrong")
    assert refused.status == 200
    assert "sessionid" not in browser.cookies


def test_administrator_manages_notes(browser: Browser) -> None:
    """A login to the admin is kept by its cookie, and notes can be added there."""
    login = browser.get("/admin/notes/note/").header("location")
    response = browser.submit(login, username=USER, password=PASSWORD)
    assert response.status == 302
    assert response.header("location") == "/admin/notes/note/"
    assert browser.submit("/admin/notes/note/add/", title="By the admin", body="").status == 302
    listing = browser.get("/admin/notes/note/")
    assert listing.status == 200
    assert "was added successfully" in listing.text
    assert ">By the admin</a>" in listing.text


def test_static_file_of_a_page_is_served(browser: Browser) -> None:
    """The stylesheet that a page names is sent byte for byte, and 304 when it is known."""
    link = re.search(r'<link rel="stylesheet" href="([^"]+)">', browser.get("/notes/").text)
    assert link
    response = browser.get(link[1])
    assert response.status == 200
    assert response.header("content-type") == 'text/css; charset="utf-8"'
    assert response.body == (FOLDER / "notes/static/notes/notes.css").read_bytes()
    headers = {"host": HOST, "if-none-match": response.header("etag")}
    known = browser.client.get(link[1], headers=headers)
    assert (known.status, known.body) == (304, b"")


def test_admin_finds_its_static_files(browser: Browser) -> None:
    """Static files of installed apps are served without a collectstatic step."""
    response = browser.get("/static/admin/css/login.css")
    assert response.status == 200
    assert b".login" in response.body


@pytest.mark.parametrize("path", ["/no/such/page", "/notes/0/", "/static/no.css"])
def test_unknown_page_is_not_found(browser: Browser, path: str) -> None:
    """What is not there gets 404."""
    assert browser.get(path).status == 404


@pytest.mark.parametrize(("path", "target"), [("/", "/notes/"), ("/notes/new", "/notes/new/")])
def test_redirects(browser: Browser, path: str, target: str) -> None:
    """The front page and a forgotten slash lead to the right page."""
    response = browser.get(path)
    assert response.status in (301, 302)
    assert response.header("location") == target


def test_foreign_host_is_refused(browser: Browser) -> None:
    """A Host that is not in ALLOWED_HOSTS gets 400."""
    assert browser.client.get("/notes/", headers={"host": "evil.example"}).status == 400


@pytest.mark.parametrize(("wire_format", "host"), STAGED)
def test_links_hold_behind_a_stage(handler: Any, wire_format: str, host: str) -> None:
    """A page behind a stage names its pages and its stylesheet below the stage, and they open."""

    def get(path: str) -> dict[str, Any]:
        event = make_event(wire_format, "GET", f"https://{host}{path}", root_path="/prod")
        result: dict[str, Any] = handler(event, None)
        return result

    links = re.findall(r'href="([^"]+)"', get("/prod/notes/")["body"])
    assert {"/prod/static/notes/notes.css", "/prod/notes/new/", "/prod/admin/"} <= set(links)
    assert all(get(link)["statusCode"] in (200, 302) for link in links)
