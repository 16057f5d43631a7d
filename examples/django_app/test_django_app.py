from __future__ import annotations

import getpass
import json
import logging
import os
import re
import runpy
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.testing import Client, Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FOLDER = Path(__file__).parent
# Formats of gateways that have stages, each with a domain whose URLs begin with the stage.
STAGED = [
    ("aws_http", "abc123.execute-api.eu-west-1.amazonaws.com"),
    ("aws_rest", "abc123.execute-api.eu-west-1.amazonaws.com"),
    ("tencent_apigw", "service-abc123.gz.apigw.tencentcs.com"),
]
KEY = "0123456789abcdef of the tests"
USER, PASSWORD = "ada", "correct horse"

pytestmark = [
    # Each test with a lambda_client runs under every format.
    pytest.mark.formats,
    # whitenoise answers with plain files; under ASGI Django says that it has to read them in a thread.
    pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume synchronous"),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The project with a database of its own that has one user, an administrator."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        patch.setenv("DJANGO_SETTINGS_MODULE", "project.settings")
        patch.setenv("DJANGO_SECRET_KEY", "of the tests")
        patch.setenv("DJANGO_ALLOWED_HOSTS", ",".join(["localhost", *(host for _, host in STAGED)]))
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


@pytest.fixture
def no_notes(project: None) -> None:
    """None of the tests before: a list of theirs would be more than CloudFront lets a function send."""
    from notes.models import Note

    Note.objects.all().delete()


@pytest.fixture
def lambda_app(handler: Any, no_notes: None) -> Any:
    return handler


def post(client: Client, path: str, form: dict[str, str]) -> Response:
    """Send a form as a browser does, which names the page that it comes from."""
    return client.post(path, data=form, headers={"referer": client.base_url + path})


def submit(client: Client, path: str, **fields: str) -> Response:
    """Open the form at *path*, fill it in and send it."""
    page = client.get(path)
    assert page.status == 200
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token
    return post(client, path, {"csrfmiddlewaretoken": token[1], **fields})


def test_saved_note_is_shown_and_listed(lambda_client: Client) -> None:
    """A form sent with its CSRF token and cookie saves a note and redirects to its page."""
    response = submit(lambda_client, "/notes/new/", title="Zoë & co", body="Grüße, 你好 🎈")
    assert response.status == 302
    path = response.header("location")
    note = lambda_client.get(path)
    assert note.status == 200
    assert "<h1>Zoë &amp; co</h1>" in note.text
    assert "Grüße, 你好 🎈" in note.text
    notes = lambda_client.get("/notes/")
    assert notes.header("content-type") == "text/html; charset=utf-8"
    assert f'<a href="{path}">Zoë &amp; co</a>' in notes.text


def test_incomplete_note_comes_back(lambda_client: Client) -> None:
    """A note without a title is not saved: the form is shown again, with the error in it."""
    response = submit(lambda_client, "/notes/new/", title="", body="nameless")
    assert response.status == 200
    assert "This field is required." in response.text
    assert "nameless" in response.text


def test_form_without_its_csrf_token_is_refused(lambda_client: Client) -> None:
    """The cookie alone does not let a POST through, and neither does the token alone."""
    page = lambda_client.get("/notes/new/")
    assert post(lambda_client, "/notes/new/", {"title": "forged"}).status == 403
    lambda_client.cookies.clear()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
    assert token
    form = {"csrfmiddlewaretoken": token[1], "title": "forged"}
    assert post(lambda_client, "/notes/new/", form).status == 403


def test_session_counts_visits(lambda_client: Client) -> None:
    """The session lasts from call to call for as long as its cookie comes with them."""
    for visits in (1, 2, 3):
        assert f"Visits in this session: {visits}<" in lambda_client.get("/notes/").text
    lambda_client.cookies.clear()
    assert "Visits in this session: 1<" in lambda_client.get("/notes/").text


def test_admin_asks_for_a_login(lambda_client: Client) -> None:
    """A stranger is sent to the login page, and stays there with a wrong password."""
    response = lambda_client.get("/admin/")
    assert response.status == 302
    assert response.header("location") == "/admin/login/?next=/admin/"
    refused = submit(lambda_client, "/admin/login/", username=USER, password="wrong")
    assert refused.status == 200
    assert "sessionid" not in lambda_client.cookies


def test_administrator_manages_notes(lambda_client: Client) -> None:
    """A login to the admin is kept by its cookie, and notes can be added there."""
    login = lambda_client.get("/admin/notes/note/").header("location")
    response = submit(lambda_client, login, username=USER, password=PASSWORD)
    assert response.status == 302
    assert response.header("location") == "/admin/notes/note/"
    assert submit(lambda_client, "/admin/notes/note/add/", title="By the admin", body="").status == 302
    listing = lambda_client.get("/admin/notes/note/")
    assert listing.status == 200
    assert "was added successfully" in listing.text
    assert ">By the admin</a>" in listing.text


def test_static_file_of_a_page_is_served(lambda_client: Client) -> None:
    """The stylesheet that a page names is sent byte for byte, and 304 when it is known."""
    link = re.search(r'<link rel="stylesheet" href="([^"]+)">', lambda_client.get("/notes/").text)
    assert link
    response = lambda_client.get(link[1])
    assert response.status == 200
    assert response.header("content-type") == 'text/css; charset="utf-8"'
    assert response.body == (FOLDER / "notes/static/notes/notes.css").read_bytes()
    headers = {"if-none-match": response.header("etag")}
    known = lambda_client.get(link[1], headers=headers)
    assert (known.status, known.body) == (304, b"")


def test_admin_finds_its_static_files(lambda_client: Client) -> None:
    """Static files of installed apps are served without a collectstatic step."""
    response = lambda_client.get("/static/admin/css/login.css")
    assert response.status == 200
    assert b".login" in response.body


@pytest.mark.parametrize("path", ["/no/such/page", "/notes/0/", "/static/no.css"])
def test_unknown_page_is_not_found(lambda_client: Client, path: str) -> None:
    """What is not there gets 404."""
    assert lambda_client.get(path).status == 404


@pytest.mark.parametrize(("path", "target"), [("/", "/notes/"), ("/notes/new", "/notes/new/")])
def test_redirects(lambda_client: Client, path: str, target: str) -> None:
    """The front page and a forgotten slash lead to the right page."""
    response = lambda_client.get(path)
    assert response.status in (301, 302)
    assert response.header("location") == target


def test_foreign_host_is_refused(lambda_client: Client) -> None:
    """A Host that is not in ALLOWED_HOSTS gets 400."""
    assert lambda_client.get("/notes/", headers={"host": "evil.example"}).status == 400


@pytest.mark.parametrize(("wire_format", "host"), STAGED)
def test_links_hold_behind_a_stage(handler: Any, wire_format: str, host: str) -> None:
    """A page behind a stage names its pages and its stylesheet below the stage, and they open."""

    client = Client(handler, wire_format, base_url=f"https://{host}", root_path="/prod")
    links = re.findall(r'href="([^"]+)"', client.get("/prod/notes/").text)
    assert {"/prod/static/notes/notes.css", "/prod/notes/new/", "/prod/admin/"} <= set(links)
    assert all(client.get(link).status in (200, 302) for link in links)


# --- commands inside the function


@pytest.fixture
def run(handler: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Calls the function with a command, as `lambda-bridge manage` does; gives its exit code and both outputs."""
    monkeypatch.setenv("LAMBDA_BRIDGE_COMMANDS", KEY)

    def run(*arguments: str) -> tuple[int, str, str]:
        result = handler({"lambda_bridge.command": list(arguments), "lambda_bridge.key": KEY}, None)
        texts = {"stdout": "", "stderr": ""}
        for stream, text in result["output"]:
            texts[stream] += text
        return result["exit_code"], texts["stdout"], texts["stderr"]

    return run


def test_commands_of_the_project_are_run(run: Callable[..., Any]) -> None:
    """Migrations, and a command's own options and exit codes."""
    code, out, err = run("migrate", "--noinput")
    assert (code, err) == (0, "")
    assert "No migrations to apply." in out
    assert run("makemigrations", "--check", "--dry-run") == (0, "No changes detected\n", "")
    assert run("check") == (0, "System check identified no issues (0 silenced).\n", "")
    code, out, _ = run("help")
    assert (code, "migrate" in out) == (0, True)
    code, out, _ = run("help", "migrate")
    assert (code, out.startswith("usage: manage.py migrate")) == (0, True)


def test_data_of_a_command_is_the_app_s(run: Callable[..., Any], no_notes: None) -> None:
    """It asks the same database."""
    from notes.models import Note

    Note.objects.create(title="Zoë & co", body="你好")
    code, out, err = run("dumpdata", "notes.note", "--format", "jsonl")

    assert (code, err) == (0, "")
    assert json.loads(out)["fields"]["title"] == "Zoë & co"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["no_such"], 1, "Unknown command: 'no_such'"),
        (["migrate", "no_such"], 1, "CommandError: No installed app with label 'no_such'."),
        (["migrate", "--nonsense"], 2, "manage.py migrate: error: unrecognized arguments: --nonsense"),
        (["flush"], 1, "nobody can answer a command's questions in a function: see its options"),
        (["changepassword", USER], 1, "nobody can answer a command's questions in a function: see its options"),
        (["shell", "-c", "1"], 2, "'shell' is not run in a function: all commands of Django are but dbshell, "),
        (["dbshell"], 2, "'dbshell' is not run in a function"),
        (["runserver"], 2, "'runserver' is not run in a function"),
        (["testserver"], 2, "'testserver' is not run in a function"),
        (["--settings=os", "shell"], 1, "Unknown command: '--settings=os'"),
    ],
)
# getpass warns of a terminal that there is not.
@pytest.mark.filterwarnings("ignore::getpass.GetPassWarning")
def test_command_that_fails_says_why(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, said: str
) -> None:
    """On its standard error, with its own exit code; the settings stay those of the app."""
    # What getpass does where there is no terminal, as in a function.
    monkeypatch.setattr("getpass.getpass", getpass.fallback_getpass)
    found, _, err = run(*arguments)

    assert (found, said in err) == (code, True)
    assert os.environ["DJANGO_SETTINGS_MODULE"] == "project.settings"


def test_command_leaves_the_app_as_it_was(run: Callable[..., Any], handler: Any) -> None:
    """The next request is served, and the log is the function's."""
    streams = [handler.stream for handler in logging.getLogger().handlers if hasattr(handler, "stream")]
    assert run("migrate", "--noinput", "--settings", "nonsense", "--pythonpath", "/nonsense")[0] == 0

    assert (os.environ["DJANGO_SETTINGS_MODULE"], "/nonsense" in sys.path) == ("project.settings", False)
    assert [each.stream for each in logging.getLogger().handlers if hasattr(each, "stream")] == streams
    with Client(handler) as client:
        assert client.get("/notes/").status == 200
