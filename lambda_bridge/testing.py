"""For users' own tests: call an app as a cloud would, under every format, without a network.

::

    from lambda_bridge.testing import FORMATS, Client

    response = Client(app, format="aws_http").get("/")
    assert response.status == 200
"""

from __future__ import annotations

import json as json_module
from typing import TYPE_CHECKING, Any, Optional, Union
from urllib.parse import urlencode, urlsplit

from lambda_bridge import formats, messages
from lambda_bridge.emulate import Platform
from lambda_bridge.encoding import native, read_path, split_prefix
from lambda_bridge.handler import make_handler
from lambda_bridge.headers import read_server

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["FORMATS", "Client", "Response", "make_event", "make_request"]

FORMATS = formats.spellings()
"""Every format, and ``format:variant`` for each further form of its events."""

HeadersLike = Union["Mapping[str, str]", "Iterable[tuple[str, str]]", None]


class Response(messages.Response):
    """What the client got, and what went over the wire on the way: ``event`` and ``result``."""

    __slots__ = ("event", "result")

    def __init__(self, response: messages.Response, event: Any, result: Any) -> None:
        super().__init__(response.status, response.headers, response.body)
        self.event = event
        self.result = result

    @property
    def text(self) -> str:
        """The body decoded from UTF-8."""
        return self.body.decode()

    def json(self) -> Any:
        """The body parsed as JSON."""
        return json_module.loads(self.body)


class Client:
    """Sends requests to an app, or to a handler, as one format of one cloud does.

    *app* is a WSGI or ASGI app, or what make_handler returned; *format* one of `FORMATS`. *context*
    is handed to the handler as the platform's. Raises ConfigurationError for what is no app.
    """

    def __init__(self, app: Any, format: str = "aws_http", context: Any = None) -> None:  # noqa: A002
        self.handler = app if hasattr(app, "aio") else make_handler(app)
        self.format = format
        self.context = context
        name, _ = formats.parse_spelling(format)
        self._platform = Platform(self.handler, name)

    def close(self) -> None:
        """Shut the app's lifespan down, and end what plays the platform."""
        self.handler.close()
        self._platform.close()

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: HeadersLike = None,
        body: bytes = b"",
        data: Optional[Mapping[str, str]] = None,
        json: Any = None,
    ) -> Response:
        """Send one request: *body* is bytes as they are, *data* a form, *json* anything for JSON.

        Raises RefusedResult when the real gateway would not pass the answer on.
        """
        pairs = _pairs(headers)
        if data is not None:
            body = urlencode(data).encode()
            pairs.append(("content-type", "application/x-www-form-urlencoded"))
        elif json is not None:
            body = json_module.dumps(json).encode()
            pairs.append(("content-type", "application/json"))
        event = make_event(self.format, method, url, headers=pairs, body=body)
        result = self._platform.invoke(event, self.context)
        return Response(self._platform.format.read_result(result), event, result)

    def get(self, url: str, **options: Any) -> Response:
        return self.request("GET", url, **options)

    def head(self, url: str, **options: Any) -> Response:
        return self.request("HEAD", url, **options)

    def options(self, url: str, **options: Any) -> Response:
        return self.request("OPTIONS", url, **options)

    def post(self, url: str, **options: Any) -> Response:
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Any) -> Response:
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Any) -> Response:
        return self.request("PATCH", url, **options)

    def delete(self, url: str, **options: Any) -> Response:
        return self.request("DELETE", url, **options)


def make_event(
    format: str,  # noqa: A002
    method: str,
    url: str,
    *,
    headers: HeadersLike = None,
    body: bytes = b"",
    root_path: str = "",
) -> Any:
    """The event that the cloud of *format* would send for a client's request.

    *url* is a path with a query, or absolute; *root_path* is a stage or prefix that stands at the
    beginning of the client's path. Raises ValueError for an unknown format.
    """
    name, variant = formats.parse_spelling(format)
    request = make_request(method, url, headers=headers, body=body, root_path=root_path)
    return formats.load(name).make_event(request, variant)


def make_request(
    method: str,
    url: str,
    *,
    headers: HeadersLike = None,
    body: bytes = b"",
    root_path: str = "",
    client: Optional[tuple[str, int]] = ("127.0.0.1", 0),
) -> messages.Request:
    """The Request for what a client sends: see `make_event`."""
    # A path may begin with two slashes, which a URL would take for a host.
    parts = urlsplit("https://localhost" + url if url.startswith("/") else url)
    path, raw_path = read_path(split_prefix(parts.path, root_path) or parts.path if root_path else parts.path)
    pairs = [(name.lower(), native(value)) for name, value in _pairs(headers)]
    names = {name for name, _ in pairs}
    scheme = parts.scheme
    if "host" not in names:
        pairs.insert(0, ("host", parts.netloc))
    if body and "content-length" not in names:
        pairs.append(("content-length", str(len(body))))
    return messages.Request(
        method,
        path,
        raw_path,
        native(parts.query),
        pairs,
        body,
        scheme,
        read_server(dict(pairs)["host"], scheme),
        client,
        root_path,
    )


def _pairs(headers: HeadersLike) -> list[tuple[str, str]]:
    if headers is None:
        return []
    return list(headers.items() if hasattr(headers, "items") else headers)
