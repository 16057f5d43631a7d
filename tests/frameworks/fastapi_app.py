"""FastAPI, through ASGI: it finds out from annotations what parameters mean."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, List  # noqa: UP035  FastAPI reads the annotations on Python 3.9 too

import fastapi
from fastapi.responses import StreamingResponse

from tests.frameworks import said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


async def resource() -> Any:
    """A dependency that is closed after its page."""
    yield "open"


def make_app(events: list[str]) -> Any:
    @contextlib.asynccontextmanager
    async def lifespan(app: fastapi.FastAPI) -> AsyncIterator[None]:
        events.append("up")
        yield
        events.append("down")

    app = fastapi.FastAPI(lifespan=lifespan)

    @app.middleware("http")
    async def hooks(request: fastapi.Request, call_next: Any) -> fastapi.Response:
        response: fastapi.Response = await call_next(request)
        response.headers["x-hooks"] = "before,after"
        return response

    @app.get("/")
    def index(request: fastapi.Request) -> fastapi.Response:
        return fastapi.Response(str(request.url_for("hello", name="ada")), media_type="text/plain")

    @app.get("/hello/{name}")
    async def hello(
        name: str,
        request: fastapi.Request,
        q: List[str] = fastapi.Query([]),  # noqa: B008, UP006
        state: str = fastapi.Depends(resource),
    ) -> Any:
        assert state == "open"
        client = request.client and request.client.host
        return said.seen(name, q, request.headers.get("user-agent"), client, str(request.url))

    @app.post("/form")
    def form(title: str = fastapi.Form(), tag: List[str] = fastapi.Form()) -> Any:  # noqa: B008, UP006
        return said.form(title, tag)

    @app.post("/json")
    def json(got: Any = fastapi.Body()) -> Any:  # noqa: B008
        return {"got": got}

    @app.post("/upload")
    def upload(file: bytes = fastapi.File(), title: str = fastapi.Form()) -> fastapi.Response:
        return fastapi.Response(file, media_type=said.BINARY, headers={"x-title": ascii(title)})

    @app.get("/cookies")
    def cookies(request: fastapi.Request, response: fastapi.Response) -> Any:
        response.set_cookie("a", "1", secure=True, samesite="none")
        response.headers.append("set-cookie", f"b=2; expires={said.EXPIRES}; Path=/")
        return request.cookies

    @app.get("/redirect")
    def redirect(request: fastapi.Request) -> fastapi.Response:
        return fastapi.Response(status_code=302, headers={"location": request.url_for("hello", name="ada").path})

    @app.get("/binary")
    def binary() -> fastapi.Response:
        return fastapi.Response(said.EVERY_BYTE, media_type=said.BINARY)

    @app.get("/stream")
    def stream() -> StreamingResponse:
        return StreamingResponse(iter(said.PARTS), media_type="text/plain")

    @app.get("/fail")
    def fail() -> None:
        raise ValueError(said.REASON)

    return app
