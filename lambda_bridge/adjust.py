"""What HTTP and the options make of a Request and of a Response; handler.py applies them."""

from __future__ import annotations

from lambda_bridge.encoding import drop_raw_prefix, split_prefix
from lambda_bridge.headers import split_port

TYPE_CHECKING = False
if TYPE_CHECKING:
    from lambda_bridge.messages import Request, Response

# --- the Request


def mount(request: Request, base_path: str) -> None:
    """Let *base_path* be the mount prefix, where the client's path has it; once, and whole segments."""
    if not base_path:
        request.root_path = ""
        return
    below = split_prefix(request.root_path + request.path, base_path)
    if below is not None and len(request.root_path) <= len(base_path):
        in_path = base_path[len(request.root_path) :]
    else:
        # A stage that is no part of the event's path may stand before the prefix.
        below, in_path = split_prefix(request.path, base_path), base_path
    if below is not None:
        request.raw_path = drop_raw_prefix(request.raw_path, in_path) or b"/"
        request.path = below
        request.root_path = base_path


def forwarded_client(request: Request, trusted_proxies: int) -> tuple[str, int] | None:
    """The client as the outermost trusted proxy saw it; what stands further left anybody can write."""
    entries = [entry.strip() for entry in ",".join(request.headers.all("x-forwarded-for")).split(",") if entry.strip()]
    if not entries or not trusted_proxies:
        return None
    address, port = split_port(entries[-min(trusted_proxies, len(entries))])
    return address, port or 0


def reaches(request: Request, route: str) -> bool:
    """Whether a framework could take the request for *route*, however its path is written."""
    from urllib.parse import unquote

    paths = [request.path, request.root_path + request.path]
    for _ in range(3):  # encoded again and again: one round more than any gateway decodes
        paths += [unquote(path) for path in paths[-2:]]
    return any(_segments(path) == _segments(route) for path in paths)


def _segments(path: str) -> list[str]:
    segments: list[str] = []
    # Not lower(): patterns that ignore case take ſ for s as well.
    for part in path.replace("\\", "/").casefold().split("/"):
        # A pattern that ends with $ lets a line break follow: Starlette's routes do.
        segment = part.strip()
        if segment == "..":
            del segments[-1:]
        elif segment not in {"", "."}:
            segments.append(segment)
    return segments


def is_event_by_nature(name: str, request: Request) -> bool:
    """Whether the platform itself sends its events as such requests: CloudEvents over HTTP.

    Knative's brokers do, and Eventarc's push to Cloud Run. There is nothing that tells them from a
    stranger's: who may send any is for the platform to say (ingress, IAM). K_SERVICE is how a
    process knows that it runs there (knative/specs, specs/serving/runtime-contract.md).
    """
    if name not in _BY_NATURE or request.method != "POST":
        return False
    from os import environ

    media = (request.headers.get("content-type") or "").lower()
    is_event = media.startswith("application/cloudevents") or all(map(request.headers.get, _NEEDED))
    return is_event and "K_SERVICE" in environ


_BY_NATURE = frozenset({"asgi", "gcp", "gcp_aio", "wsgi"})
_NEEDED = ("ce-specversion", "ce-id", "ce-source", "ce-type")


# --- the Response

# RFC 9110 section 7.6.1 and RFC 2616 section 13.5.1: about one connection, which is not ours.
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
    }
)


def finish(request: Request, response: Response, dropped: frozenset[str], compress: bool) -> int:
    """Make *response* what HTTP and the options want it to be; gives how many bytes its body and its headers' values have.

    *dropped* are the names of headers to leave out; with *compress* the body is compressed, where the client takes that.
    """
    status = response.status
    length: str | None = None
    if status == 204 or status == 304:
        # RFC 9110 sections 15.3.5 and 15.4.5: no content, and no length of one.
        response.body = b""
    elif request.method == "HEAD":
        response.body = b""
        length = response.header("content-length")
    elif response.chunks is not None:
        length = response.header("content-length")
    else:
        if compress and response.body:
            from lambda_bridge.compression import compress as compress_body

            response.headers, response.body = compress_body(request, status, response.headers, response.body)
        length = str(len(response.body))
    size = len(response.body)
    headers = []
    for header in response.headers:
        name, value = header
        if name == "content-length":
            if length is not None:
                headers.append((name, length))
        elif name not in dropped:
            headers.append(header)
            size += len(value)
    response.headers = headers
    return size
