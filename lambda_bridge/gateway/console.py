"""The web console of the local gateway, at ``/_bridge/``: calls as they come, looked into, sent again, compared.

Events and bodies hold secrets, and whoever drives the console drives the app: so it answers only
requests whose Host is this machine's own name and whose Origin is the console's, which no page of
another site can send. The app that is served shares the origin, and is trusted.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Callable, Optional, Protocol

from werkzeug.exceptions import BadRequest, Conflict, HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request as HttpRequest
from werkzeug.wrappers import Response as HttpResponse

from lambda_bridge import __version__, formats, triggers, websockets
from lambda_bridge.compare import Row, describe_response, find_differences
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.gateway.calls import BODY, Trigger
from lambda_bridge.gateway.delivery import sample_text
from lambda_bridge.gateway.export import View, make_curl, make_test
from lambda_bridge.gateway.har import make_har
from lambda_bridge.gateway.masks import Masks
from lambda_bridge.gateway.posted import check_origin, read_json, read_request, read_spelling
from lambda_bridge.gateway.preview import PICTURES, POLICY, make_page
from lambda_bridge.gateway.views import describe, describe_with, summarize
from lambda_bridge.messages import Response
from lambda_bridge.triggers.samples import takes_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lambda_bridge.gateway.calls import Asked, Call, Calls

    class Gateway(Protocol):
        """What the console uses of the gateway."""

        calls: Calls
        spelling: str
        app: str

        def send(self, asked: Asked, spelling: Optional[str] = None) -> Call: ...


STATIC = files("lambda_bridge.gateway") / "static"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_SOURCES = (*triggers.NAMES, *websockets.NAMES)
# The largest event of all clouds is Azure's; whoever edits more than this by hand has another tool.
_LARGEST = 32 * 1024 * 1024
# Nothing but this server: no inline script or style either.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src {0}/_bridge/; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_ROUTES = Map(
    [
        Rule("/_bridge", endpoint="to_page", methods=["GET"]),
        Rule("/_bridge/", endpoint="page", methods=["GET"]),
        Rule("/_bridge/static/<name>", endpoint="static", methods=["GET"]),
        Rule("/_bridge/api/state", endpoint="state", methods=["GET"]),
        Rule("/_bridge/api/calls", endpoint="list_calls", methods=["GET"]),
        Rule("/_bridge/api/calls", endpoint="clear", methods=["DELETE"]),
        Rule("/_bridge/api/events", endpoint="events", methods=["GET"]),
        Rule("/_bridge/api/calls/<int:number>", endpoint="show", methods=["GET"]),
        Rule("/_bridge/api/calls/<int:number>/secret/<mark>", endpoint="secret", methods=["GET"]),
        Rule("/_bridge/api/calls/<int:number>/preview", endpoint="preview", methods=["GET"]),
        Rule("/_bridge/api/calls/<int:number>/curl", endpoint="curl", methods=["GET"]),
        Rule("/_bridge/api/calls/<int:number>/test", endpoint="test", methods=["GET"]),
        Rule("/_bridge/api/calls/<int:number>/replay", endpoint="replay", methods=["POST"]),
        Rule("/_bridge/api/calls/<int:number>/compare", endpoint="compare", methods=["POST"]),
        Rule("/_bridge/api/send", endpoint="send", methods=["POST"]),
        Rule("/_bridge/api/samples/<source>", endpoint="sample", methods=["GET"]),
        Rule("/_bridge/api/trigger", endpoint="trigger", methods=["POST"]),
        Rule("/_bridge/api/har", endpoint="har", methods=["GET"]),
    ],
    merge_slashes=False,
    redirect_defaults=False,
    strict_slashes=False,
)


class Console:
    """A WSGI application for the paths under ``/_bridge``."""

    def __init__(self, gateway: Gateway) -> None:
        self.gateway = gateway
        self.calls = gateway.calls

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        http = HttpRequest(environ)
        http.max_content_length = _LARGEST
        try:
            check_origin(environ)
            endpoint, arguments = _ROUTES.bind_to_environ(environ).match()
            response = getattr(self, f"_{endpoint}")(http, **arguments)
        except HTTPException as error:
            response = _json({"error": error.description or error.name}, error.code or 500)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Referrer-Policy"] = "no-referrer"
        answer: Iterable[bytes] = response(environ, start_response)
        return answer

    def _to_page(self, http: HttpRequest) -> HttpResponse:
        return HttpResponse(status=308, headers={"Location": "/_bridge/"})

    def _page(self, http: HttpRequest) -> HttpResponse:
        policy = _POLICY.format(f"{http.scheme}://{http.environ['HTTP_HOST']}")
        return _static("index.html", {"Content-Security-Policy": policy})

    def _static(self, http: HttpRequest, name: str) -> HttpResponse:
        return _static(name)

    def _state(self, http: HttpRequest) -> HttpResponse:
        return _json(
            {
                "version": __version__,
                "app": self.gateway.app,
                "format": self.gateway.spelling,
                "formats": [
                    {"spelling": each, "title": formats.load(each.partition(":")[0]).TITLE}
                    for each in formats.spellings()
                ],
                "sources": [{"name": each.name, "title": each.title} for each in triggers.table()]
                + [{"name": each, "title": websockets.load(each).TITLE} for each in websockets.NAMES],
            }
        )

    def _list_calls(self, http: HttpRequest) -> HttpResponse:
        return _json([summarize(call) for call in self.calls.all()])

    def _clear(self, http: HttpRequest) -> HttpResponse:
        self.calls.clear()
        return _json({})

    def _events(self, http: HttpRequest) -> HttpResponse:
        def stream() -> Iterator[bytes]:
            began = True
            for call in self.calls.listen():
                if call is not None:
                    yield f"data: {_dumps(summarize(call))}\n\n".encode()
                else:
                    # A comment keeps the connection known to be there; the first tells that none is missed from now.
                    yield b"event: ready\ndata:\n\n" if began else b":\n\n"
                began = False

        return HttpResponse(stream(), content_type="text/event-stream")

    def _show(self, http: HttpRequest, number: int) -> HttpResponse:
        return _json(describe(self._call(number), "reveal" in http.args))

    def _secret(self, http: HttpRequest, number: int, mark: str) -> HttpResponse:
        masks = _marked(self._call(number))
        shown = masks.show(f"⟦{mark}⟧")
        if shown == f"⟦{mark}⟧":
            raise NotFound("no such secret")
        return _json({"secret": shown})

    def _preview(self, http: HttpRequest, number: int) -> HttpResponse:
        """The response's body for a frame that can do nothing."""
        call = self._exchange(number)
        response = call.response or Response(0)
        content_type = (response.header("content-type") or "").partition(";")[0].strip().lower()
        body, kind = b"", "text/html; charset=utf-8"
        if content_type in PICTURES:
            body, kind = response.body, content_type
        elif content_type in ("text/html", "application/xhtml+xml"):
            text = View(call, "reveal" in http.args).body(response.body, response.headers) or ""
            body = make_page(text, call, self.calls.all()).encode("utf-8", "replace")
        return HttpResponse(body, content_type=kind, headers={"Content-Security-Policy": POLICY})

    def _curl(self, http: HttpRequest, number: int) -> HttpResponse:
        return _text(make_curl(self._exchange(number), "reveal" in http.args))

    def _test(self, http: HttpRequest, number: int) -> HttpResponse:
        return _text(make_test(self._exchange(number), self.gateway.app, "reveal" in http.args))

    def _har(self, http: HttpRequest) -> HttpResponse:
        pieces = make_har(self.calls.all(), "reveal" in http.args)
        disposition = 'attachment; filename="lambda-bridge.har"'
        return HttpResponse(
            (piece.encode("utf-8", "replace") for piece in pieces),
            content_type="application/json",
            headers={"Content-Disposition": disposition},
        )

    def _replay(self, http: HttpRequest, number: int) -> HttpResponse:
        asked = read_json(http)
        spelling = asked.get("format")
        call = _whole(self._call(number) if spelling is None else self._exchange(number))
        return _json(summarize(self.gateway.send(call.asked, read_spelling(spelling, call.format))))

    def _send(self, http: HttpRequest) -> HttpResponse:
        """Send what was edited; marks of the call that it was made of become the secrets again."""
        asked = read_json(http)
        request = read_request(asked, f"{http.scheme}://{http.environ['HTTP_HOST']}", self._shower(asked))
        return _json(summarize(self.gateway.send(request, read_spelling(asked.get("format"), self.gateway.spelling))))

    def _sample(self, http: HttpRequest, source: str) -> HttpResponse:
        """What the form begins with: an event of the source, or where that is an object, its data."""
        if source not in _SOURCES:
            raise NotFound(f"there is no source {source!r}")
        try:
            is_data = source in triggers.NAMES and not takes_json(source)
            return _json({"text": sample_text(source), "is_data": is_data})
        except ConfigurationError as error:
            raise BadRequest(str(error)) from error

    def _trigger(self, http: HttpRequest) -> HttpResponse:
        """Hand over an event as it was written; marks become secrets as for `_send`."""
        asked = read_json(http)
        source, text = asked.get("source"), asked.get("text")
        if source not in _SOURCES:
            raise BadRequest(f"{source!r} is no source")
        if not isinstance(text, str):
            raise BadRequest("the event's text is wanted")
        text = self._shower(asked)(text)
        try:
            json.loads(text)
        except (ValueError, RecursionError) as error:
            raise BadRequest(f"this is no JSON: {error}") from error
        return _json(summarize(self.gateway.send(Trigger(text), source)))

    def _compare(self, http: HttpRequest, number: int) -> HttpResponse:
        """One line of JSON for each format, as soon as it is known; the measure first."""
        read_json(http)
        call = _whole(self._exchange(number))

        def rows() -> Iterator[bytes]:
            measure: Optional[Row] = None
            interface = call.seen.get("interface", "wsgi")
            for spelling in sorted(formats.spellings(), key=lambda spelling: spelling != interface):
                sent = self.gateway.send(call.request, spelling)
                row = make_row(sent)
                found = [] if measure is None else list(find_differences(measure, row))
                measure = measure or row
                masks = Masks(sent)
                differences = [{"field": each.field, "text": masks.hide(each.text)} for each in found]
                yield (_dumps({**summarize(sent), "differences": differences}) + "\n").encode()

        return HttpResponse(rows(), content_type="application/x-ndjson")

    def _call(self, number: int) -> Call:
        call = self.calls.get(number)
        if call is None:
            raise NotFound(f"call {number} is unknown or forgotten")
        return call

    def _exchange(self, number: int) -> Call:
        """A call over HTTP."""
        call = self._call(number)
        if isinstance(call.asked, Trigger):
            raise Conflict(f"call {number} is an event of {call.format}, and no request")
        return call

    def _shower(self, asked: dict[str, Any]) -> Callable[[str], str]:
        """What puts the secrets of the call that was edited in the place of their marks."""
        return _marked(self._call(asked["from"])).show if isinstance(asked.get("from"), int) else str


def _whole(call: Call) -> Call:
    if not call.is_whole():
        raise Conflict(f"of what was sent only the first {BODY} bytes are remembered: it cannot be sent again")
    return call


def _marked(call: Call) -> Masks:
    """Masks that know every mark which `describe` has made."""
    masks = Masks(call)
    describe_with(call, masks)
    return masks


def make_row(call: Call) -> Row:
    """What a format made of the request, to be compared."""
    seen = {field: value for field, value in call.seen.items() if field != "interface"}
    return Row(call.format, call.problem, seen, describe_response(call.response or Response(0)), [])


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _json(value: Any, status: int = 200) -> HttpResponse:
    return HttpResponse(_dumps(value), status, content_type="application/json")


def _text(text: str) -> HttpResponse:
    return HttpResponse(text.encode("utf-8", "replace"), content_type="text/plain; charset=utf-8")


def _static(name: str, headers: Optional[dict[str, str]] = None) -> HttpResponse:
    kind = _TYPES.get(name[name.rfind(".") :])
    if kind is None or name not in [each.name for each in STATIC.iterdir()]:
        raise NotFound("no such file")
    data = (STATIC / name).read_bytes()
    return HttpResponse(data, content_type=kind, headers={"Cache-Control": "no-cache", **(headers or {})})
