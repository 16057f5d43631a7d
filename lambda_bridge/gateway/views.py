"""A call as it is shown: a line of the terminal, a row of the console's list, and all of it, with marks for its secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

from lambda_bridge.encoding import encode_base64, from_native
from lambda_bridge.gateway.calls import Trigger
from lambda_bridge.gateway.masks import Masks, hide_query, read_text
from lambda_bridge.messages import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambda_bridge.gateway.calls import Call, Stream


def tell(call: Call) -> str:
    """What the terminal says of a call: one line."""
    cold = f", cold start {call.stages['start'] * 1000:.1f} ms" if call.is_cold else ""
    took = f"{call.seconds * 1000:.1f} ms{cold}"
    if isinstance(call.asked, Trigger):
        kind = f" {call.asked.kind}" if call.asked.kind else ""
        return f"{call.format}{kind} {call.status} {took}"
    size = f"{call.body_size[1]} bytes{_in_parts(call.stream)}"
    return f"{call.asked.method} {call.asked.raw_path.decode('ascii')} {call.status} {size} {took}"


def _in_parts(stream: Optional[Stream]) -> str:
    if stream is None:
        return ""
    count = f"{stream.parts} part" if stream.parts == 1 else f"{stream.parts} parts"
    return f" in {count} from {stream.first * 1000:.1f} ms on{_ENDS[stream.state]},"


_ENDS = {"complete": "", "cut": ", cut", "left": ", the client has left"}


def summarize(call: Call) -> dict[str, Any]:
    """A row of the list."""
    return {
        "id": call.id,
        "began": round(call.began, 3),
        "format": call.format,
        "status": call.status,
        "ms": round(call.seconds * 1000, 2),
        "instance": call.instance,
        "cold": call.is_cold,
        "problem": call.problem,
        **(_summarize_event(call.asked) if isinstance(call.asked, Trigger) else _summarize_exchange(call)),
    }


_EVENT = {"is_event": True, "method": "EVENT", "path": "", "query": "", "size": 0, "type": "", "stream": None}


def _summarize_event(trigger: Trigger) -> dict[str, Any]:
    return {**_EVENT, "method": trigger.kind.upper()} if trigger.kind else _EVENT


def _summarize_exchange(call: Call) -> dict[str, Any]:
    request, response = call.request, call.response or Response(0)
    return {
        "method": request.method,
        "path": from_native((request.root_path or "") + request.path.encode("utf-8", "replace").decode("latin-1")),
        "query": hide_query(from_native(request.query)),
        "size": call.body_size[1],
        "type": (response.header("content-type") or "").partition(";")[0],
        "stream": None if call.stream is None else _summarize_stream(call.stream),
    }


def _summarize_stream(stream: Stream) -> dict[str, Any]:
    return {"first": round(stream.first * 1000, 2), "parts": stream.parts, "state": stream.state}


def describe(call: Call, reveal: bool) -> dict[str, Any]:
    """All that is known of a call, with marks for its secrets unless they are to be revealed."""
    if reveal:
        return _describe(call, lambda text, content_type="": text, lambda name, value: value)
    return describe_with(call, Masks(call))


def describe_with(call: Call, masks: Masks) -> dict[str, Any]:
    """The same with marks of *masks*, which knows them all afterwards."""
    return _describe(call, masks.hide, masks.hide_header)


def _describe(call: Call, hide: Callable[..., str], hide_header: Callable[..., str]) -> dict[str, Any]:
    asked = call.asked
    return {
        **summarize(call),
        "stages": call.stages,
        "event": hide(call.event),
        "result": hide(call.result),
        "log": [hide(line) for line in call.log],
        "problem": None if call.problem is None else hide(call.problem),
        **({"text": hide(asked.text)} if isinstance(asked, Trigger) else _describe_exchange(call, hide, hide_header)),
    }


def _describe_exchange(call: Call, hide: Callable[..., str], hide_header: Callable[..., str]) -> dict[str, Any]:
    request, response = call.request, call.response or Response(0)

    def side(headers: Iterable[tuple[str, str]], body: bytes, size: int) -> dict[str, Any]:
        pairs = list(headers)
        content_type = dict(pairs).get("content-type", "")
        text = read_text(body, pairs)
        return {
            "headers": [[name, hide_header(name, from_native(value))] for name, value in pairs],
            "type": content_type,
            "size": size,
            "cut": len(body) < size,
            **({"base64": encode_base64(body)} if text is None else {"text": hide(text, content_type.lower())}),
        }

    return {
        "query": hide(from_native(request.query)),
        "raw_path": request.raw_path.decode("ascii"),
        "scheme": request.scheme,
        "server": list(request.server),
        "client": request.client[0] if request.client else None,
        "http": request.http_version,
        "request": side(request.headers, request.body, call.body_size[0]),
        "response": side(response.headers, response.body, call.body_size[1]),
    }
