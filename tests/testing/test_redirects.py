"""Redirects, as the client of the tests follows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from lambda_bridge.testing import Client
from lambda_bridge.testing.redirects import TooManyRedirects

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def redirecting(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """``/301`` answers with 301 to where the header ``To`` says, and sets a cookie; all else with what came."""
    path = environ["PATH_INFO"]
    if path[1:].isdigit():
        headers = [("Location", environ.get("HTTP_TO", "/x")), ("Set-Cookie", f"seen={path[1:]}; Path=/")]
        start_response(f"{path[1:]} Redirect", headers)
        return [b"moved"]
    start_response("200 OK", [("Content-Type", "text/plain")])
    told = [environ["REQUEST_METHOD"], environ["SCRIPT_NAME"] + path, environ.get("CONTENT_TYPE", "")]
    told += [environ.get("HTTP_COOKIE", ""), environ["wsgi.input"].read().decode()]
    return ["|".join(told).encode()]


@pytest.mark.parametrize(
    ("method", "status", "expected"),
    [
        ("GET", 301, "GET|/x||seen=301|"),
        ("POST", 301, "GET|/x||seen=301|"),
        ("POST", 302, "GET|/x||seen=302|"),
        ("POST", 303, "GET|/x||seen=303|"),
        ("PUT", 302, "PUT|/x|application/json|seen=302|[1]"),
        ("PUT", 303, "GET|/x||seen=303|"),
        ("POST", 307, "POST|/x|application/json|seen=307|[1]"),
        ("DELETE", 308, "DELETE|/x|application/json|seen=308|[1]"),
    ],
)
def test_redirects_are_followed_as_browsers_do(method: str, status: int, expected: str) -> None:
    """The method changes where it does there; cookies that the redirect sets come along."""
    json = None if method == "GET" else [1]

    response = Client(redirecting).request(method, f"/{status}", json=json, follow_redirects=True)

    assert response.text == expected
    assert response.url == "https://localhost/x"
    assert [(each.status, each.url) for each in response.history] == [(status, f"https://localhost/{status}")]


def test_head_stays_head() -> None:
    """Also after 303."""
    response = Client(redirecting).head("/303", follow_redirects=True)

    assert (response.status, response.body, len(response.history)) == (200, b"", 1)


@pytest.mark.parametrize(
    ("status", "target"),
    [
        (301, "https://other.example/"),
        (301, "//other.example"),
        (302, "mailto:ada@example.com"),
        (300, "/x"),
        (304, "/x"),
    ],
)
def test_redirects_that_are_not_followed(status: int, target: str) -> None:
    """Those to another host, whose app is not here, and what is no redirect."""
    response = Client(redirecting).get(f"/{status}", headers={"to": target}, follow_redirects=True)

    assert (response.status, response.history) == (status, [])


def test_redirects_are_not_followed_unless_asked() -> None:
    """A test sees the redirect itself."""
    response = Client(redirecting).get("/302")

    assert (response.status, response.headers["Location"]) == (302, "/x")


@pytest.mark.parametrize("target", ["/x", "http://localhost/x", "https://localhost:8443/x", "x", "../x#y"])
def test_targets(target: str) -> None:
    """A Location may be relative, and may change the scheme and the port."""
    response = Client(redirecting).get("/302", headers={"to": target}, follow_redirects=True)

    assert response.text == "GET|/x||seen=302|"
    assert urlsplit(response.url).path == "/x"


def test_redirects_in_a_circle() -> None:
    """They end with an error."""
    with pytest.raises(TooManyRedirects, match="20 redirects"):
        Client(redirecting).get("/302", headers={"to": "/302"}, follow_redirects=True)


def test_redirects_below_a_stage() -> None:
    """Followed below the stage; what lies beside it is another API's."""
    client = Client(redirecting, "aws_rest", root_path="/dev")

    for path, target in [("/dev/302", "/dev/x"), ("/302", "/dev/x"), ("/dev/302", "x")]:
        response = client.get(path, headers={"to": target}, follow_redirects=True)
        assert response.text == "GET|/dev/x||seen=302|"
    assert client.get("/dev/302", headers={"to": "/x"}, follow_redirects=True).status == 302


def test_cookies_of_a_request_that_is_redirected() -> None:
    """Those of the test go along, unless the app has set them anew."""
    client = Client(redirecting)

    response = client.get("/302", cookies={"seen": "no", "a": "1"}, follow_redirects=True)
    assert response.text == "GET|/x||seen=302; a=1|"
    response = client.get("/302", headers={"cookie": "mine=1"}, follow_redirects=True)
    assert response.text == "GET|/x||mine=1|"


def test_stream_that_is_redirected() -> None:
    """The one at the end is read."""
    with Client(redirecting, "wsgi").stream("GET", "/302", follow_redirects=True) as response:
        assert response.text == "GET|/x||seen=302|"
