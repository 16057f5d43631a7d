"""A CloudEvent that came as an HTTP request, for a function of ``handler.on``.

Knative's brokers and Eventarc's push send events so, to the route of the option ``events``; what
nobody has registered a function for goes on to the app as the request that it is. All three modes of
the HTTP binding of CloudEvents 1.0.2 (cloudevents/spec, cloudevents/bindings/http-protocol-binding.md,
section 3): binary, structured, and batched.
"""

from __future__ import annotations

from lambda_bridge.errors import MalformedEvent
from lambda_bridge.messages import Response
from lambda_bridge.triggers import find
from lambda_bridge.triggers.delivery import deliver_to, deliver_to_aio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lambda_bridge.apps import Origin
    from lambda_bridge.handler import Line
    from lambda_bridge.messages import Request


class HttpEventRunner:
    """The runner for such requests: a function's where there is one, else the app's.

    The answer of a function that has returned is 204; one that has raised is an error like any of
    the app's, so that the sender tries again.
    """

    def __init__(self, line: Line) -> None:
        self._line = line

    def run(self, request: Request, origin: Origin, seconds: float | None, streams: bool = False) -> Response:
        event = read_event(request)
        source = find(event)
        if source is None or source.name not in self._line.functions:
            return self._line.runner.run(request, origin, seconds, streams)
        deliver_to(self._line, source, event, origin[2])
        return Response(204)

    async def aio(self, request: Request, origin: Origin, seconds: float | None, streams: bool = False) -> Response:
        """`run` inside a running event loop."""
        event = read_event(request)
        source = find(event)
        if source is None or source.name not in self._line.functions:
            return await self._line.runner.aio(request, origin, seconds, streams)
        await deliver_to_aio(self._line, source, event, origin[2])
        return Response(204)


def read_event(request: Request) -> Any:
    """The CloudEvent, or the list of a batch, in the JSON format's form; raises MalformedEvent."""
    from json import loads

    content_type = request.headers.get("content-type") or ""
    media_type = content_type.partition(";")[0].strip().lower()
    is_structured = media_type.startswith("application/cloudevents")
    data: Any = request.body
    if is_structured or media_type == "application/json" or media_type.endswith("+json"):
        try:
            data = loads(request.body) if request.body else None
        except (ValueError, RecursionError) as error:
            raise MalformedEvent("the body of the CloudEvent is no JSON, which its content type says it is") from error
    if is_structured:
        return data
    event = {name[3:]: _decode(value) for name, value in request.headers if name.startswith("ce-")}
    if content_type:
        event["datacontenttype"] = content_type
    return {**event, "data": data} if request.body else event


def _decode(value: str) -> str:
    """The attribute in the header *value*: section 3.1.3.2, percent-encoded, and quoted by some senders."""
    from urllib.parse import unquote

    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1]
    return unquote(value)
