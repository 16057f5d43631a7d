"""Calls as an HTTP archive, version 1.2 (w3c.github.io/web-performance/specs/HAR/Overview.html), which browsers open."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from lambda_bridge import __version__
from lambda_bridge.encoding import encode_base64
from lambda_bridge.gateway.calls import Trigger
from lambda_bridge.gateway.export import View
from lambda_bridge.messages import Response

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lambda_bridge.gateway.calls import Call


def make_har(calls: Iterable[Call], reveal: bool = False) -> Iterator[str]:
    """The calls over HTTP as an archive of those, version 1.2, in pieces of JSON."""
    creator = {"name": "lambda-bridge", "version": __version__}
    yield f'{{"log": {{"version": "1.2", "creator": {json.dumps(creator)}, "entries": ['
    separator = "\n"
    for call in calls:
        if isinstance(call.asked, Trigger):
            continue
        yield separator + json.dumps(_entry(View(call, reveal)), ensure_ascii=False)
        separator = ",\n"
    yield "\n]}}\n"


def _entry(view: View) -> dict[str, Any]:
    call = view.call
    request = call.request
    milliseconds = round(call.seconds * 1000, 3)
    version = f"HTTP/{request.http_version}"
    headers = view.headers(request.headers)
    sent: dict[str, Any] = {
        "method": request.method,
        "url": view.url(),
        "httpVersion": version,
        "cookies": view.cookies("cookie", request.headers),
        "headers": _named(headers),
        "queryString": _named(parse_qsl(view.text(request.query), keep_blank_values=True)),
        "headersSize": -1,
        "bodySize": call.body_size[0],
    }
    if request.body:
        text = view.body(request.body, request.headers)
        content_type = dict(request.headers).get("content-type", "")
        sent["postData"] = (
            {"mimeType": content_type, "text": text}
            if text is not None
            else {"mimeType": content_type, "text": encode_base64(request.body), "comment": "base64"}
        )
    return {
        "startedDateTime": datetime.fromtimestamp(call.began, timezone.utc).isoformat(timespec="milliseconds"),
        "time": milliseconds,
        "request": sent,
        "response": _entry_response(view, version),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "serverIPAddress": "127.0.0.1",
        "comment": call.problem or "",
        "_format": call.format,
        "_instance": call.instance,
        "_cold": call.is_cold,
        "_stages": call.stages,
    }


def _entry_response(view: View, version: str) -> dict[str, Any]:
    call = view.call
    response = call.response or Response(0)
    headers = view.headers(response.headers)
    text = view.body(response.body, response.headers)
    content: dict[str, Any] = {"size": call.body_size[1], "mimeType": response.header("content-type") or ""}
    if text is not None:
        content["text"] = text
    elif response.body:
        content.update(text=encode_base64(response.body), encoding="base64")
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = ""
    return {
        "status": response.status,
        "statusText": phrase,
        "httpVersion": version,
        "cookies": view.cookies("set-cookie", response.headers),
        "headers": _named(headers),
        "content": content,
        "redirectURL": response.header("location") or "",
        "headersSize": -1,
        "bodySize": call.body_size[1],
    }


def _named(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]
