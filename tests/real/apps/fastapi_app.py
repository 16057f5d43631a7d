"""The app in FastAPI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse

from . import said

started: list[bool] = []


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    started.append(True)
    yield
    print(said.GOODBYE, flush=True)


app = FastAPI(lifespan=lifespan)
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@app.api_route("/echo", methods=METHODS)
@app.api_route("/echo/{rest:path}", methods=METHODS)
async def echo(request: Request) -> dict[str, object]:
    mount = request.scope.get("root_path", "")
    return said.seen(
        request.method,
        request.scope["path"][len(mount) :],
        request.scope["query_string"].decode(),
        list(request.headers.items()),
        request.cookies,
        await request.body(),
        mount,
        request.client and request.client.host,
        request.scope["lambda_bridge.format"],
        len(started),
    )


@app.post("/events")
async def events(request: Request) -> JSONResponse:
    status, answer = said.take(request.headers.items(), await request.body(), request.scope["lambda_bridge.format"])
    return JSONResponse(answer, status)


@app.api_route("/text", methods=["GET", "HEAD"])
async def text() -> Response:
    return Response(said.TEXT, media_type="text/plain")


@app.get("/page")
async def page() -> Response:
    return Response(said.TEXT, media_type="text/html")


@app.get("/json")
async def json() -> Response:
    return Response(said.JSON, media_type="application/json")


@app.get("/bytes/{times}")
async def every_byte(times: int) -> Response:
    return Response(said.EVERY_BYTE * times, media_type="application/octet-stream")


@app.post("/bytes")
async def bytes_back(request: Request) -> Response:
    return Response(await request.body(), media_type="application/octet-stream")


@app.get("/gzip")
async def gzipped() -> Response:
    return Response(said.GZIPPED, media_type="text/plain", headers={"Content-Encoding": "gzip"})


@app.get("/cookies")
async def cookies() -> Response:
    response = Response("", media_type="text/html")
    response.set_cookie("first", "1", path="/", samesite="lax")
    response.set_cookie("second", "2", path="/", samesite="lax", expires=said.EXPIRES, httponly=True)
    return response


@app.get("/repeats")
async def repeats() -> Response:
    response = Response("")
    for value in said.REPEATED:
        response.headers.append("X-Battery-Down", value)
    return response


@app.get("/status/{status}")
async def status(status: int) -> Response:
    return Response(said.ERROR if status >= 400 else "", status, media_type="text/plain")


@app.get("/redirect")
async def elsewhere() -> Response:
    return RedirectResponse("/echo?x=1", 303)


@app.get("/crash")
async def crash() -> str:
    raise RuntimeError(said.SECRET)


@app.get("/stream")
async def stream(gate: str) -> StreamingResponse:
    async def parts() -> AsyncIterator[str]:
        yield "first\n"
        await asyncio.to_thread(said.wait_at, gate)
        yield "last\n"

    return StreamingResponse(parts(), media_type="text/plain")


@app.post("/tell")
async def tell(request: Request) -> Response:
    await said.tell_all((await request.body()).decode())
    return Response("")


@app.websocket(said.SOCKET)
async def talk(socket: WebSocket) -> None:
    query = socket.query_params
    if "deny" in query:
        await socket.send_denial_response(PlainTextResponse(said.ERROR, int(query["deny"])))
        return
    if "refuse" in query:
        await socket.close()
        return
    await socket.accept((socket.scope["subprotocols"] or [None])[-1])
    try:
        while True:
            await reply(socket, await socket.receive_text())
    except WebSocketDisconnect as gone:
        if "name" in query:
            await said.tell_all(f"{query['name']} left: {gone.code}", but=socket.scope["lambda_bridge.connection"])


async def reply(socket: WebSocket, text: str) -> None:
    if text == said.CLOSE:
        await socket.close(4000)
    elif text == said.CRASH:
        raise RuntimeError(said.SECRET)
    elif text == said.BYTES:
        await socket.send_bytes(said.EVERY_BYTE)
    elif text.startswith(said.ALL):
        await said.tell_all(text)
    else:
        await socket.send_text(said.seen_of_handshake(socket.scope) if text == said.SEE else text)
