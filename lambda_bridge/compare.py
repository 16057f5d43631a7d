"""One request through every format: what the app saw, what the client got, and where a cloud differs.

The measure is a server of the app's own interface, which loses nothing: its row stands first.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any, NamedTuple, Optional

from lambda_bridge import formats
from lambda_bridge.apps import find_interface, import_app
from lambda_bridge.emulate import Platform
from lambda_bridge.encoding import group
from lambda_bridge.errors import EventError, ResultError
from lambda_bridge.formats.asgi import read_event as read_scope
from lambda_bridge.formats.wsgi import read_environ
from lambda_bridge.handler import make_handler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from lambda_bridge.messages import Request, Response


class Difference(NamedTuple):
    """One thing that a cloud makes otherwise than the measure."""

    field: str
    """What differs: ``seen`` (by the app) or ``got`` (by the client) and its name, as in ``seen.query``.

    ``seen.added`` and ``got.added`` are headers that the measure does not have, ``problem`` is Row.problem.
    """
    text: str
    """A sentence on how."""


class Row(NamedTuple):
    """What one format made of the request."""

    format: str
    """Its spelling."""
    problem: Optional[str]
    """Why there is nothing else: the request cannot be carried, the result is refused, a package is missing."""
    seen: dict[str, Any]
    """What the app saw: method, path, query, headers (name to list of values), body, client, ..."""
    got: dict[str, Any]
    """What the client got: status, headers, body."""
    differences: list[str]
    """Sentences on what differs from the first row."""


def compare(app: Any, request: Request) -> list[Row]:
    """A row for every format, the one of a server that speaks the app's own interface first.

    *app* is a WSGI or ASGI app or ``"module:attribute"``; raises ConfigurationError for anything else.
    """
    if isinstance(app, str):
        app = import_app(app)
    interface = find_interface(app)
    witness = Witness(app, interface)
    rows: list[Row] = []
    for spelling in sorted(formats.spellings(), key=lambda spelling: spelling != interface):
        row = _send(witness, spelling, request)
        rows.append(row._replace(differences=[each.text for each in find_differences(rows[0], row)]) if rows else row)
    return rows


class Witness:
    """An app around another one, that keeps what it was called with."""

    def __init__(self, app: Callable[..., Any], interface: str) -> None:
        self.seen: Optional[Request] = None
        self._app = app
        self.interface = interface
        self.app = self._wsgi if interface == "wsgi" else self._asgi

    def _wsgi(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        self.seen = read_environ(environ, environ["wsgi.input"].getvalue())
        self.seen.client = (environ["REMOTE_ADDR"], 0)
        return self._app(environ, start_response)  # type: ignore[no-any-return]

    async def _asgi(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        message = await receive()
        self.seen = read_scope({**scope, "body": message["body"]}, None)
        self.seen.client = scope["client"]
        messages = [message]

        async def receive_again() -> Any:
            return messages.pop() if messages else await receive()

        await self._app(scope, receive_again, send)

    def describe(self) -> dict[str, Any]:
        """What the app saw; empty where it was not called."""
        return {} if self.seen is None else describe_request(self.seen, self.interface)


def describe_request(request: Request, interface: str) -> dict[str, Any]:
    """The fields of *request* that an app of this interface can see, each as something that JSON holds."""
    described = {
        "method": request.method,
        "origin": f"{request.scheme}://{request.server[0]}:{request.server[1]}",
        "root_path": request.root_path,
        "path": request.path,
        "raw_path": request.raw_path.decode("ascii"),
        "query": request.query,
        "client": request.client[0] if request.client else None,
        "headers": group(request.headers),
        "body": _describe_body(request.body),
    }
    if interface == "wsgi":
        del described["raw_path"]  # PEP 3333 has none
    return described


def describe_response(response: Response) -> dict[str, Any]:
    """The fields of *response*, each as something that JSON holds."""
    return {
        "status": response.status,
        "headers": group(response.headers),
        "body": _describe_body(response.body),
    }


def _describe_body(body: bytes) -> str:
    return f"{len(body)} bytes, SHA-256 {hashlib.sha256(body).hexdigest()[:16]}" if body else "empty"


def _send(witness: Witness, spelling: str, request: Request) -> Row:
    name, variant = formats.parse_spelling(spelling)
    witness.seen = None
    # One for each cloud, as start-up belongs to the platform's loop where it has one.
    handler = make_handler(witness.app, interface=witness.interface)
    platform = Platform(handler, name)
    problem, response = None, None
    try:
        event = platform.format.make_event(request, variant)
        response = platform.format.read_result(platform.invoke(event))
    except (EventError, ResultError) as error:
        problem = str(error)
    except ImportError as error:
        problem = f"the package {error.name!r} is not installed"
    finally:
        handler.close()
        platform.close()
    return Row(
        spelling,
        problem,
        witness.describe(),
        describe_response(response) if response is not None else {},
        [],
    )


def find_differences(measure: Row, row: Row) -> Iterator[Difference]:
    """What *row* has otherwise than *measure*; one difference where it has a problem."""
    if row.problem is not None:
        yield Difference("problem", row.problem)
        return
    yield from _between("seen", "the app sees", measure.seen, row.seen)
    yield from _between("got", "the client gets", measure.got, row.got)


def _between(side: str, who: str, measure: dict[str, Any], found: dict[str, Any]) -> Iterator[Difference]:
    for field, expected in measure.items():
        value = found.get(field)
        if field == "headers":
            yield from _between_headers(side, who, expected, value or {})
        elif value != expected:
            yield Difference(f"{side}.{field}", f"{who} {field} {value!r} instead of {expected!r}")


def _between_headers(
    side: str, who: str, measure: dict[str, list[str]], found: dict[str, list[str]]
) -> Iterator[Difference]:
    for name, expected in measure.items():
        values = found.get(name)
        if values is None:
            yield Difference(f"{side}.headers", f"{who} no header {name}")
        elif _timeless(name, values) != _timeless(name, expected):
            yield Difference(f"{side}.headers", f"{who} {name}: {_listed(values)} instead of {_listed(expected)}")
    added = sorted(found.keys() - measure.keys())
    if added:
        yield Difference(f"{side}.added", f"{who} also {', '.join(added)}")


def _timeless(name: str, values: list[str]) -> list[str]:
    """The values without what only tells that one request came after the other."""
    if name == "date":
        return []
    return [_EXPIRES.sub("", value) for value in values] if name == "set-cookie" else values


_EXPIRES = re.compile(r";\s*expires=[^;]*", re.IGNORECASE)


def _listed(values: list[str]) -> str:
    return " and ".join(repr(value) for value in values)
