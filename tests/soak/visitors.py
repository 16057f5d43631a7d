"""Visitors of the examples, each with a token of their own: every answer must have it, and no other's.

`ask` sends one request as one of several clouds would, some with a deadline. A visit is some requests, of which it says
how many there were; it raises AssertionError where an answer is another visitor's, or wrong.
"""

from __future__ import annotations

import json
import re
import runpy
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from lambda_bridge import formats
from lambda_bridge.messages import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.handler import Handler
    from lambda_bridge.messages import Response

    Visit = Callable[["Ask", str], int]

EXAMPLES = Path(__file__).resolve().parent.parent.parent / "examples"
SPELLINGS = (
    ("aws_http", None), ("aws_rest", None), ("aws_alb", "multi"), ("tencent_apigw", None), ("huawei", None), ("yandex", None),
)  # fmt: skip
_FORM = {"content-type": "application/x-www-form-urlencoded"}
_JSON = {"content-type": "application/json"}
TOKEN = re.compile(r"tok\d+x\d+end")


class Deadline:
    """A context that tells as much as AWS's of the time that is left."""

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


class Ask:
    """Calls *handler*; each request comes through another format than the one before."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._numbers = count()

    def __call__(self, token: str, method: str, path: str, headers: dict[str, str], body: str = "") -> Response:
        number = next(self._numbers)
        name, variant = SPELLINGS[number % len(SPELLINGS)]
        module = formats.load(name)
        path, _, query = path.partition("?")
        told = [("host", "localhost"), ("content-length", str(len(body))), *headers.items()]
        request = Request(method, path, path.encode(), query, told, body.encode(), "https", ("localhost", 443))
        result = self._handler(module.make_event(request, variant), Deadline() if number % 10 == 0 else None)
        response = module.read_result(result)
        seen = f"{response.headers}{response.body.decode('utf-8', 'replace')}"
        strangers = set(TOKEN.findall(seen)) - {token}
        assert not strangers, f"{method} {path} of {token} was answered with what is {strangers}'s"
        return response


def cookies(response: Response) -> str:
    """What a browser would send back."""
    return "; ".join(value.partition(";")[0] for name, value in response.headers if name == "set-cookie")


def text_of(response: Response, status: int, token: str) -> str:
    """The body, which has *token*."""
    text = response.body.decode()
    assert response.status == status, f"{response.status} instead of {status}"
    assert token in text, "an answer without its token"
    return text


# --- the examples


def send_card(ask: Ask, token: str) -> int:
    """The Valentine page: a card is written, and opened by its link."""
    form = urlencode({"to": token, "from": token, "message": f"for {token}"})
    sent = ask(token, "POST", "/", _FORM, form)
    assert (sent.status, token in cookies(sent)) == (303, True)
    text_of(ask(token, "GET", sent.header("location") or "", {"cookie": cookies(sent)}), 200, token)
    return 2


def sign_guestbook(ask: Ask, token: str) -> int:
    """The guest book: an entry is written, read, and taken away; the cookies say who it was."""
    written = ask(token, "POST", "/entries", _JSON, json.dumps({"name": token, "message": token}))
    text_of(written, 201, token)
    place = written.header("location") or ""
    text_of(ask(token, "GET", place, {}), 200, token)
    text_of(ask(token, "GET", "/me", {"cookie": cookies(written)}), 200, token)
    assert ask(token, "DELETE", place, {}).status == 204
    # With a background task.
    assert ask(token, "GET", "/entries?limit=1&before=1", {}).status == 200
    return 5


def write_note(ask: Ask, token: str) -> int:
    """The notes: a session that counts its visits, and a form with its CSRF token."""
    session = ""
    for visits in (1, 2, 3):
        page = ask(token, "GET", "/notes/?page=1", {"cookie": session})
        assert f"Visits in this session: {visits}<" in page.body.decode(), "another session's visits"
        session = session or cookies(page)
    form = ask(token, "GET", "/notes/new/", {})
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.body.decode())
    assert found
    fields = urlencode({"csrfmiddlewaretoken": found[1], "title": "a note", "body": token})  # titles are in the list
    told = {**_FORM, "cookie": cookies(form), "referer": "https://localhost/notes/new/"}
    sent = ask(token, "POST", "/notes/new/", told, fields)
    assert sent.status == 302, f"{sent.status} instead of 302"
    text_of(ask(token, "GET", sent.header("location") or "", {}), 200, token)
    return 6


def load(folder: Path) -> list[tuple[str, Visit, Handler, float]]:
    """(name, visit, handler, its part of all calls) of each example, whose data is in *folder*.

    A process can have one Django, which both of its handlers share.
    """
    import os

    os.environ.update(
        VALENTINE_SECRET="soak", GUESTBOOK_DB=str(folder / "guestbook.sqlite3"), DJANGO_DB=str(folder / "notes.sqlite3"),
        DJANGO_SETTINGS_MODULE="project.settings", DJANGO_SECRET_KEY="soak", DJANGO_ALLOWED_HOSTS="localhost",
    )  # fmt: skip

    def handler(example: str, file: str = "function.py") -> Any:
        sys.path.insert(0, str(EXAMPLES / example))
        return runpy.run_path(str(EXAMPLES / example / file))["handler"]

    notes = handler("django_app")
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    return [
        ("flask", send_card, handler("flask_app"), 0.48),
        ("fastapi", sign_guestbook, handler("fastapi_app"), 0.48),
        ("django", write_note, notes, 0.02),
        ("django, ASGI", write_note, handler("django_app", "function_asgi.py"), 0.02),
    ]
