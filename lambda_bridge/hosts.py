"""Hosts that speak WSGI or ASGI themselves, or want more than a result for an event.

Here is what formats may not do: read a body from a stream, start a response, send messages. The
line in the middle is the same as for every other platform.
"""

from __future__ import annotations

from functools import partial
from io import BytesIO
from os import environ as process_environ

from lambda_bridge.errors import StartupFailed, UnknownEvent
from lambda_bridge.headers import is_shown
from lambda_bridge.recognize import HOST, recognize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from lambda_bridge.handler import Line
    from lambda_bridge.messages import AsyncChunks


def answer_host(line: Line, name: str, event: Any, context: Any, args: tuple[Any, ...]) -> Any:
    """What the host of the format *name* wants to be returned."""
    if name == "fn":
        # The FDK awaits a coroutine, on its loop; there a synchronous function cannot run another one.
        return line.aio(name, event, context) if line.runner.interface == "asgi" else line.run(name, event, context)
    if name == "gcp_aio":
        # functions-framework calls what it gets as an ASGI app.
        return partial(serve_asgi, line, name=name, context=context)
    if name == "azure_stream":
        from lambda_bridge.azure import asgi_response

        return asgi_response(partial(serve_asgi, line, name=name, context=context))
    what, serve, wanted = ("ASGI scope", serve_asgi, 3) if name == "asgi" else ("WSGI environ", serve_wsgi, 2)
    # A server gives callables with it; a dict with such keys may also be somebody's JSON.
    if len(args) != wanted or not all(map(callable, args[1:])):
        raise UnknownEvent(f"an {what} without the {wanted - 1} callable(s) that a server calls with")
    return serve(line, *args)


# --- WSGI


def serve_wsgi(line: Line, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The app as a WSGI app."""
    event = {**environ, "wsgi.input": BytesIO(read_input(environ))}
    if _VERCELS_OWN in process_environ:
        event[HOST] = "vercel"
    name, _, _ = recognize((event,), {})
    call = partial(line.run, name, event, environ.get("fc.context"))
    status, headers, chunks = _in_thread(call) if line.runner.interface == "asgi" and _is_loop_running() else call()
    start_response(status, headers)
    return chunks  # type: ignore[no-any-return]


def _is_loop_running() -> bool:
    import asyncio

    return asyncio._get_running_loop() is not None


def _in_thread(call: Callable[[], Any]) -> Any:
    """The result of *call*, complete, for a server that calls WSGI apps on the thread of its loop.

    As tornado's WSGIContainer does, which waits meanwhile. No thread can run two loops.
    """
    import contextvars
    from concurrent.futures import ThreadPoolExecutor

    def run() -> Any:
        status, headers, chunks = call()
        return status, headers, [b"".join(chunks)]

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(contextvars.copy_context().run, run).result()


# vercel_runtime/vc_init.py ends without it, and `vercel dev`, whose server has not the same faults, does without.
_VERCELS_OWN = "__VC_HANDLER_ENTRYPOINT"


def read_input(environ: dict[str, Any]) -> bytes:
    """The whole body, as far as the server allows to read."""
    stream, length = environ["wsgi.input"], environ.get("CONTENT_LENGTH") or ""
    if environ.get("wsgi.input_terminated") or isinstance(stream, BytesIO):
        return stream.read(-1)  # type: ignore[no-any-return]
    # PEP 3333: nobody may read past the length, which a server has checked.
    return stream.read(int(length)) if length.isdigit() else b""


# --- ASGI


async def serve_asgi(
    line: Line,
    scope: dict[str, Any],
    receive: Callable[..., Any],
    send: Callable[..., Any],
    *,
    name: str = "asgi",
    context: Any = None,
) -> None:
    """The app as an ASGI app, for a host of the format *name*."""
    if scope["type"] == "lifespan":
        await _serve_lifespan(line, receive, send)
    elif scope["type"] == "websocket":
        headers = [header for header in scope["headers"] if is_shown(header[0].decode("latin-1"))]
        await line.runner.websocket({**scope, "headers": headers}, receive, send)
    else:
        body = await receive_body(receive)
        if body is None:
            return
        call = line.receive(name, {**scope, "body": body}, context)
        response = await line.respond_aio(call)
        for message in line.answer(call, response):
            await send(message)
        if response.chunks is not None:
            await _send_chunks(response.chunks, receive, send)  # type: ignore[arg-type]


async def _serve_lifespan(line: Line, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    await receive()
    try:
        await line.runner.startup()
    except StartupFailed as error:
        await send({"type": "lifespan.startup.failed", "message": _with_cause(error)})
        return
    await send({"type": "lifespan.startup.complete"})
    await receive()
    await line.runner.shutdown()
    await send({"type": "lifespan.shutdown.complete"})


def _with_cause(error: StartupFailed) -> str:
    """What the server will log: with the traceback of what the app has raised."""
    if error.__cause__ is None:
        return str(error)
    from traceback import format_exception

    cause = error.__cause__
    return f"{error}\n{''.join(format_exception(type(cause), cause, cause.__traceback__))}"


async def receive_body(receive: Callable[..., Any]) -> bytes | None:
    """The whole body; None when the client has gone before its end."""
    parts, more = [], True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def _send_chunks(chunks: AsyncChunks, receive: Callable[..., Any], send: Callable[..., Any]) -> None:
    """Send a body in parts, until it ends or the client goes."""
    import asyncio

    sending = asyncio.ensure_future(_send_parts(chunks, send))
    gone = asyncio.ensure_future(_wait_for_disconnect(receive))
    try:
        await asyncio.wait({sending, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (sending, gone):
            task.cancel()
        await asyncio.wait({sending, gone})
        await chunks.aclose()
    if not sending.cancelled():
        sending.result()


async def _send_parts(parts: AsyncChunks, send: Callable[..., Any]) -> None:
    async for part in parts:
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _wait_for_disconnect(receive: Callable[..., Any]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
