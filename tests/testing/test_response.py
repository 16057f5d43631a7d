"""What a client got, with ways to look at it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from lambda_bridge.testing import Client
from tests.checkers import checked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from starlette.requests import Request as StarletteRequest

    from lambda_bridge.handler import Handler


def answering(headers: list[tuple[str, str]], body: bytes = b"") -> Client:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", headers)
        return [body]

    return Client(app)


def test_json_and_text(handler_for: Callable[..., Handler]) -> None:
    """The body as text and as JSON."""

    async def home(request: StarletteRequest) -> JSONResponse:
        return JSONResponse({"name": "Grüße", "url": str(request.url)})

    app = Starlette(routes=[Route("/", home)])

    response = Client(handler_for(checked(app))).get("http://example.com:8080/?a=b")

    assert response.json() == {"name": "Grüße", "url": "http://example.com:8080/?a=b"}
    assert "Grüße" in response.text


def test_headers_are_found_by_name() -> None:
    """In any case; and they are still the list of pairs."""
    response = answering([("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")]).get("/")

    assert response.headers["CONTENT-TYPE"] == response.header("content-type") == "text/plain"
    assert response.headers.get("Set-Cookie") == "a=1"
    assert response.headers.get_all("set-cookie") == ["a=1", "b=2"]
    assert (response.headers.get("x"), response.headers.get("x", "y")) == (None, "y")
    headers: Any = response.headers
    assert ("Set-Cookie" in headers, "x" in headers, ("set-cookie", "b=2") in headers) == (True, False, True)
    assert response.headers[0] == ("content-type", "text/plain")
    assert dict(response.headers[-1:]) == {"set-cookie": "b=2"}
    with pytest.raises(KeyError):
        response.headers["x"]


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain", "é".encode(), "é"),
        ("text/plain; charset=iso-8859-1", b"\xe9", "é"),
        ('text/plain; format=flowed; Charset="GBK"', "你".encode("gbk"), "你"),
        ("text/plain; charset=nonsense", "é".encode(), "é"),
        ("text/plain", b"a\xff", "a\ufffd"),
    ],
)
def test_text_is_decoded_as_the_app_says(content_type: str, body: bytes, text: str) -> None:
    """From the charset of the content-type; UTF-8 where there is none that anybody knows."""
    response = answering([("Content-Type", content_type)], body).get("/")

    assert (response.text, response.body) == (text, body)
