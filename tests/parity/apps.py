"""The app under test, as WSGI and as ASGI: it notes what it saw, and answers what its request's number says.

What it saw is JSON: bytes are native strings of PEP 3333 there, one byte a character. A server that has a process of
its own finds seed and place of the notes in its environment, and the app as `tests.parity.apps:wsgi`, `:asgi`.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

from tests.parity.generator import NUMBER, make_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Seen = dict[str, Any]


def make_wsgi(seed: int, note: Callable[[Seen], Any]) -> Callable[..., Iterable[bytes]]:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read()
        note(
            {
                "method": environ["REQUEST_METHOD"],
                "path": environ["PATH_INFO"],
                "query": environ["QUERY_STRING"],
                "root_path": environ["SCRIPT_NAME"],
                "scheme": environ["wsgi.url_scheme"],
                "version": environ["SERVER_PROTOCOL"],
                "client": environ["REMOTE_ADDR"],
                "headers": _environ_headers(environ),
                "body": digest(body),
            }
        )
        answer = make_answer(seed, int(environ["HTTP_" + NUMBER.upper().replace("-", "_")]))
        start_response(f"{answer.status} Status", answer.headers)
        return iter(answer.parts) if len(answer.parts) > 1 else answer.parts

    return app


def make_asgi(seed: int, note: Callable[[Seen], Any]) -> Callable[..., Any]:
    async def app(scope: dict[str, Any], receive: Callable[..., Any], send: Callable[..., Any]) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        note(
            {
                "method": scope["method"],
                "path": scope["path"],
                "raw_path": scope["raw_path"].decode("latin-1"),
                "query": scope["query_string"].decode("latin-1"),
                "root_path": scope["root_path"],
                "scheme": scope["scheme"],
                "version": scope["http_version"],
                "client": scope["client"][0] if scope["client"] else None,
                "headers": _scope_headers(scope),
                "body": digest(body),
            }
        )
        answer = make_answer(seed, int(dict(scope["headers"])[NUMBER.encode()]))
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        for part in answer.parts[:-1]:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": answer.parts[-1]})

    return app


def digest(body: bytes) -> str:
    return f"{len(body)} bytes, SHA-256 {hashlib.sha256(body).hexdigest()[:16]}"


def _environ_headers(environ: dict[str, Any]) -> dict[str, list[str]]:
    """Name to values, of which an environ has one; PEP 3333 tells no empty type or length from none."""
    headers = {}
    for key, value in environ.items():
        if key.startswith("HTTP_"):
            headers[key[5:].lower().replace("_", "-")] = [value]
        elif key in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value:
            headers[key.lower().replace("_", "-")] = [value]
    return headers


def _scope_headers(scope: dict[str, Any]) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
    return headers


def _write(seen: Seen) -> None:
    with open(os.environ["PARITY_NOTES"], "a", encoding="ascii") as notes:
        notes.write(json.dumps(seen) + "\n")


def __getattr__(name: str) -> Any:
    make: dict[str, Any] = {"wsgi": make_wsgi, "asgi": make_asgi}
    if name not in make:
        raise AttributeError(name)
    return make[name](int(os.environ["PARITY_SEED"]), _write)
