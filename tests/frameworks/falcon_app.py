"""Falcon, through WSGI and through ASGI. It has no routes by name: `Request.prefix` begins its URLs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import falcon
import falcon.asgi

from tests.frameworks import said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Pages:
    """Every page that reads no body: one responder for each suffix."""

    def on_get_index(self, req: Any, resp: Any) -> None:
        resp.text = f"{req.prefix}/hello/ada"
        resp.content_type = "text/plain"

    def on_get_hello(self, req: Any, resp: Any, name: str) -> None:
        query = req.get_param_as_list("q") or []
        resp.media = said.seen(name, query, req.get_header("user-agent"), req.remote_addr, req.url)

    def on_get_cookies(self, req: Any, resp: Any) -> None:
        resp.media = req.cookies
        resp.set_cookie("a", "1", secure=True, same_site="None")
        resp.append_header("set-cookie", f"b=2; expires={said.EXPIRES}; Path=/")

    def on_get_redirect(self, req: Any, resp: Any) -> None:
        raise falcon.HTTPFound(f"{req.root_path}/hello/ada")

    def on_get_binary(self, req: Any, resp: Any) -> None:
        resp.data = said.EVERY_BYTE
        resp.content_type = said.BINARY

    def on_get_stream(self, req: Any, resp: Any) -> None:
        resp.content_type = "text/plain"
        resp.stream = (part.encode() for part in said.PARTS)

    def on_get_fail(self, req: Any, resp: Any) -> None:
        raise ValueError(said.REASON)

    def on_post_form(self, req: Any, resp: Any) -> None:
        fields = req.get_media()
        resp.media = said.form(fields["title"], _values(fields["tag"]))

    def on_post_json(self, req: Any, resp: Any) -> None:
        resp.media = {"got": req.get_media()}

    def on_post_upload(self, req: Any, resp: Any) -> None:
        parts = {part.name: part.stream.read() for part in req.get_media()}
        _answer_upload(resp, parts)


def _values(field: str | list[str]) -> list[str]:
    """A field of a form is a list where it has several values."""
    return [field] if isinstance(field, str) else field


def _answer_upload(resp: Any, parts: dict[str, bytes]) -> None:
    resp.data, resp.content_type = parts["file"], said.BINARY
    resp.set_header("x-title", ascii(parts["title"].decode()))


def _asynchronous(method: Any) -> Any:
    async def responder(self: Any, req: Any, resp: Any, **parameters: Any) -> None:
        method(self, req, resp, **parameters)

    return responder


class AsyncPages:
    """The same for ASGI, where responders are coroutines."""

    async def on_get_stream(self, req: Any, resp: Any) -> None:
        async def parts() -> AsyncIterator[bytes]:
            for part in said.PARTS:
                yield part.encode()

        resp.content_type = "text/plain"
        resp.stream = parts()

    async def on_post_form(self, req: Any, resp: Any) -> None:
        fields = await req.get_media()
        resp.media = said.form(fields["title"], _values(fields["tag"]))

    async def on_post_json(self, req: Any, resp: Any) -> None:
        resp.media = {"got": await req.get_media()}

    async def on_post_upload(self, req: Any, resp: Any) -> None:
        _answer_upload(resp, {part.name: await part.stream.read() async for part in await req.get_media()})


for _name, _method in vars(Pages).copy().items():
    if _name.startswith("on_") and _name not in vars(AsyncPages):
        setattr(AsyncPages, _name, _asynchronous(_method))


class Hooks:
    def process_request(self, req: Any, resp: Any) -> None:
        req.context.hooks = "before"

    def process_response(self, req: Any, resp: Any, resource: Any, req_succeeded: bool) -> None:
        resp.set_header("x-hooks", f"{req.context.hooks},after")


class AsyncHooks:
    def __init__(self, events: list[str]) -> None:
        self.events = events

    async def process_startup(self, scope: Any, event: Any) -> None:
        self.events.append("up")

    async def process_shutdown(self, scope: Any, event: Any) -> None:
        self.events.append("down")

    async def process_request(self, req: Any, resp: Any) -> None:
        req.context.hooks = "before"

    async def process_response(self, req: Any, resp: Any, resource: Any, req_succeeded: bool) -> None:
        resp.set_header("x-hooks", f"{req.context.hooks},after")


def _add_routes(app: Any, pages: Any) -> Any:
    # An answer of Falcon's own to what fails goes to wsgi.errors, or to its logger.
    app.add_route("/", pages, suffix="index")
    app.add_route("/hello/{name}", pages, suffix="hello")
    for suffix in ("form", "json", "upload", "cookies", "redirect", "binary", "stream", "fail"):
        app.add_route(f"/{suffix}", pages, suffix=suffix)
    return app


def make_app(events: list[str]) -> Any:
    return _add_routes(falcon.App(middleware=[Hooks()]), Pages())


def make_asgi_app(events: list[str]) -> Any:
    return _add_routes(falcon.asgi.App(middleware=[AsyncHooks(events)]), AsyncPages())
