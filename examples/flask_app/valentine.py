"""The Valentine page: write a card and share its link. The signed link is the only storage."""

from __future__ import annotations

import io
import os
from typing import NamedTuple
from urllib.parse import quote, unquote

import segno
from flask import Flask, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeSerializer
from werkzeug import Response

from valentine_texts import TEXTS

DEVELOPMENT_SECRET = "for development only: set VALENTINE_SECRET before you deploy"
# The longest card makes a link of about 2500 bytes; a QR code holds 2953.
LIMITS = {"to": 40, "from": 40, "message": 500}
NAME_COOKIE = "valentine_from"
LANGUAGE_COOKIE = "valentine_lang"
COOKIE_SECONDS = 180 * 24 * 60 * 60

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # The link is the card, so it must not leak to other sites.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


class Card(NamedTuple):
    to: str
    sender: str
    message: str


app = Flask(__name__)
app.config.update(MAX_CONTENT_LENGTH=64 * 1024, SEND_FILE_MAX_AGE_DEFAULT=3600)
app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}

secret = os.environ.get("VALENTINE_SECRET")
if not secret:
    app.logger.warning("VALENTINE_SECRET is not set: anybody can forge cards")
signer = URLSafeSerializer(secret or DEVELOPMENT_SECRET, salt="valentine-card")


@app.get("/")
def form() -> ResponseReturnValue:
    return render_form({"from": remembered_name()}, errors={})


@app.post("/")
def send() -> ResponseReturnValue:
    values = read_form()
    errors = find_errors(values)
    if errors:
        return render_form(values, errors), 422
    card = Card(values["to"], values["from"], values["message"])
    response = redirect(url_for("show_card", token=signer.dumps(card)), 303)
    # Cookie values are ASCII, names are not.
    remember(response, NAME_COOKIE, quote(card.sender, safe=""))
    return response


@app.get("/card/<token>")
def show_card(token: str) -> ResponseReturnValue:
    card = read_card(token)
    return render_template(
        "card.html",
        card=card,
        link=card_link(token),
        qr=url_for("qr_code", token=token),
        is_sender=card.sender == remembered_name(),
    )


@app.get("/card/<token>/qr.png")
def qr_code(token: str) -> ResponseReturnValue:
    read_card(token)
    return Response(qr_png(card_link(token)), mimetype="image/png")


@app.errorhandler(404)
def not_found(_: Exception) -> ResponseReturnValue:
    return render_template("404.html"), 404


@app.after_request
def finish(response: Response) -> Response:
    response.headers.update(PAGE_HEADERS)
    if response.mimetype == "text/html":
        response.cache_control.private = True
        response.vary.update(["Accept-Language", "Cookie"])
    if request.args.get("lang") in TEXTS:
        remember(response, LANGUAGE_COOKIE, request.args["lang"])
    return response


@app.context_processor
def page_context() -> dict[str, object]:
    language = choose_language()
    # Only a card has an address worth coming back to in the other language.
    on_card = request.endpoint == "show_card"
    here = url_for("show_card", **request.view_args or {}) if on_card else url_for("form")
    switch = {code: f"{here}?lang={code}" for code in TEXTS}
    return {"t": TEXTS[language], "texts": TEXTS, "language": language, "switch": switch}


def choose_language() -> str:
    for choice in (request.args.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if choice in TEXTS:
            return choice
    return request.accept_languages.best_match(TEXTS, default="en")


def render_form(values: dict[str, str], errors: dict[str, str]) -> str:
    return render_template("form.html", values=values, errors=errors, limits=LIMITS)


def read_form() -> dict[str, str]:
    values = {name: " ".join(request.form.get(name, "").split()) for name in ("to", "from")}
    # Browsers send line breaks as CRLF but count them as one character.
    values["message"] = request.form.get("message", "").replace("\r\n", "\n").strip()
    return values


def find_errors(values: dict[str, str]) -> dict[str, str]:
    t = TEXTS[choose_language()]
    errors = {}
    for name, limit in LIMITS.items():
        length = len(values[name])
        if length == 0:
            errors[name] = t[f"missing_{name}"]
        elif length > limit:
            errors[name] = t["too_long"].format(limit=limit, length=length)
    return errors


def read_card(token: str) -> Card:
    try:
        return Card(*signer.loads(token))
    except BadData:
        abort(404)


def card_link(token: str) -> str:
    return url_for("show_card", token=token, _external=True)


def qr_png(link: str) -> bytes:
    png = io.BytesIO()
    segno.make_qr(link).save(png, kind="png", scale=6, dark="#4a0d26", light="#ffffff")
    return png.getvalue()


def remembered_name() -> str:
    return unquote(request.cookies.get(NAME_COOKIE, ""))[: LIMITS["from"]]


def remember(response: Response, name: str, value: str) -> None:
    response.set_cookie(
        name,
        value,
        max_age=COOKIE_SECONDS,
        path=request.script_root or "/",
        secure=request.is_secure,
        httponly=True,
        samesite="Lax",
    )
