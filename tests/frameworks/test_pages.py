"""What every framework sees and sends in every format is what it would under a server of its own kind."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin

import pytest

from lambda_bridge import formats
from lambda_bridge.testing import FORMATS, Client, make_event
from tests.builders import BINARY_FORMATS
from tests.frameworks import frameworks, said

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.handler import Handler
    from lambda_bridge.testing import Response

    ClientOf = Callable[..., Client]

# Formats that have only the last value of a query's name; others have all, or all in one.
LAST_OF_REPEATS = {"aws_alb", "digitalocean:web", "openwhisk:web", "scaleway"}

# Formats that have the fields of a form instead of the form, each with one value.
PARSED = {"digitalocean:web", "openwhisk:web"}

# Formats whose URLs can begin with a stage, and a host of theirs where they do.
STAGED = [
    ("aws_http", "abcdefghij.execute-api.us-east-1.amazonaws.com"),
    ("aws_rest", "abcdefghij.execute-api.us-east-1.amazonaws.com"),
    ("tencent_apigw", "service-x.gz.apigw.tencentcs.com"),
]

every_framework = pytest.mark.parametrize("framework", frameworks.FRAMEWORKS)
mounting_frameworks = pytest.mark.parametrize(
    "framework", [name for name, row in frameworks.FRAMEWORKS.items() if row.mount]
)
other_frameworks = [name for name, row in frameworks.FRAMEWORKS.items() if not row.mount]
every_format = pytest.mark.parametrize("format_", FORMATS)


def location(response: Response, base: str) -> str:
    """Where a redirect leads: some frameworks make it absolute, as RFC 2616 wanted it."""
    return urljoin(base, response.headers["location"])


@cache
def address_in(format_: str) -> str:
    """The client's address as an app that is no framework sees it."""
    seen: list[str] = []

    def app(environ: Any, start_response: Any) -> list[bytes]:
        seen.append(environ["REMOTE_ADDR"])
        start_response("204 No Content", [])
        return []

    with Client(app, format_) as client:
        client.get("/", headers=FORWARDED)
    return seen[0]


def scheme_of(framework: str) -> str:
    return frameworks.FRAMEWORKS[framework].scheme


FORWARDED = {"X-Forwarded-For": "203.0.113.9"}


@every_framework
@every_format
def test_page_with_parameters(framework: str, format_: str, client_of: ClientOf) -> None:
    """Path, query and headers arrive decoded, in order and complete, where the gateway keeps or joins repeats."""
    url = "/hello/Zo%C3%AB%20%26+%E4%B8%AD?q=1&q=a%20b%26"
    headers = {"User-Agent": "tests/1", **FORWARDED}
    response = client_of(framework, format_).get(url, headers=headers)
    seen = response.json()
    assert (200, "Zoë &+中", "tests/1") == (response.status, seen["name"], seen["agent"])
    assert ("a b&" if format_ in LAST_OF_REPEATS else "1,a b&") == ",".join(seen["q"])
    assert address_in(format_) == seen["client"]
    assert f"{scheme_of(framework)}://app.example/hello/Zoë &+中" == unquote(seen["url"].partition("?")[0])


@every_framework
@every_format
def test_hooks_run_around_a_page(framework: str, format_: str, client_of: ClientOf) -> None:
    """Once each: a header that is added has one value."""
    response = client_of(framework, format_).get("/hello/ada")
    assert ["before,after"] == response.headers.get_all("x-hooks")


@every_framework
@every_format
def test_absolute_url_is_that_of_the_client(framework: str, format_: str, client_of: ClientOf) -> None:
    """Scheme, host and port are those that the client used."""
    client, scheme = client_of(framework, format_), scheme_of(framework)
    assert f"{scheme}://app.example/hello/ada" == client.get("/").text
    assert f"{scheme}://other.example:8443/hello/ada" == client.get("/", headers={"Host": "other.example:8443"}).text


@mounting_frameworks
@every_format
def test_urls_below_a_base_path_have_it(framework: str, format_: str, client_of: ClientOf) -> None:
    """Pages are found below the prefix, and the URLs that the app builds lead there."""
    client = client_of(framework, format_, base_path="/api")
    index, redirect = client.get("/api/"), client.get("/api/redirect")
    assert (200, "https://app.example/api/hello/ada") == (index.status, index.text)
    assert (302, "https://app.example/api/hello/ada") == (
        redirect.status,
        location(redirect, "https://app.example/api/"),
    )
    assert "ada" == client.get("/api/hello/ada").json()["name"]


@mounting_frameworks
@pytest.mark.parametrize(("format_", "host"), STAGED)
def test_urls_below_a_stage_have_it(framework: str, format_: str, host: str, client_of: ClientOf) -> None:
    """Links and redirects lead where the gateway answers, without any option."""
    client = client_of(framework, format_)

    def get(path: str) -> Any:
        headers = {"host": host, "user-agent": "tests/1"}
        event = make_event(format_, "GET", f"/dev{path}", headers=headers, root_path="/dev")
        return formats.load(format_).read_result(client.handler(event, None))

    index, redirect, hello = get("/"), get("/redirect"), get("/hello/ada")
    assert (200, f"https://{host}/dev/hello/ada".encode()) == (index.status, index.body)
    assert (302, f"https://{host}/dev/hello/ada") == (
        redirect.status,
        urljoin(f"https://{host}/dev/", redirect.header("location")),
    )
    assert 200 == hello.status


@pytest.mark.parametrize("framework", other_frameworks or [None])
def test_framework_that_routes_by_the_whole_path_finds_nothing_below_a_base_path(
    framework: str | None, client_of: ClientOf
) -> None:
    """As under a server with a root_path: one that has learned to take it off belongs to the others."""
    if framework is not None:
        assert 404 == client_of(framework, "aws_http", base_path="/api").get("/api/redirect").status


@every_framework
@every_format
def test_redirect(framework: str, format_: str, client_of: ClientOf) -> None:
    """Status and Location stay as the framework made them."""
    response = client_of(framework, format_).get("/redirect")
    assert (302, "https://app.example/hello/ada") == (response.status, location(response, "https://app.example/"))


@every_framework
@every_format
def test_form_and_json(framework: str, format_: str, client_of: ClientOf) -> None:
    """Fields with repeats, and JSON, in characters beyond ASCII."""
    client = client_of(framework, format_)
    form = client.post("/form", data={"title": "中文 &+", "tag": ["1", "b="]})
    json = client.post("/json", json={"title": "中文", "list": [1, None]})
    tags = ["b="] if format_ in PARSED else ["1", "b="]
    assert (200, {"title": "中文 &+", "tags": tags}) == (form.status, form.json())
    assert (200, {"got": {"title": "中文", "list": [1, None]}}) == (json.status, json.json())


@every_framework
@pytest.mark.parametrize("format_", BINARY_FORMATS)
def test_upload_and_download(framework: str, format_: str, client_of: ClientOf) -> None:
    """A form with all bytes that there are arrives as it was, and so does the answer."""
    files = {"file": ("a.bin", said.EVERY_BYTE, said.BINARY)}
    response = client_of(framework, format_).post("/upload", data={"title": "Grüße"}, files=files)
    assert (200, said.EVERY_BYTE) == (response.status, response.body)
    assert "'Gr\\xfc\\xdfe'" == response.headers["x-title"]


@every_framework
@every_format
def test_cookies_in_both_directions(framework: str, format_: str, client_of: ClientOf) -> None:
    """Two arrive, and two are set with all that belongs to them."""
    response = client_of(framework, format_).get("/cookies", headers={"Cookie": "x=1; y=2"})
    assert {"x": "1", "y": "2"} == response.json()
    set_cookies = sorted(response.headers.get_all("set-cookie"))
    assert ["a=1", "b=2"] == [value.partition(";")[0].strip() for value in set_cookies]
    assert ("secure" in set_cookies[0].lower(), said.EXPIRES in set_cookies[1]) == (True, True)


@every_framework
@every_format
def test_bytes_and_streams(framework: str, format_: str, client_of: ClientOf) -> None:
    """What is no text stays as it is, and of a stream nothing is lost."""
    client = client_of(framework, format_)
    binary, stream = client.get("/binary"), client.get("/stream")
    assert (200, said.EVERY_BYTE) == (binary.status, binary.body)
    assert (200, "0 1 2 ") == (stream.status, stream.text)


@every_framework
@every_format
def test_head_and_missing_page(framework: str, format_: str, client_of: ClientOf) -> None:
    """The framework's own answers pass; to HEAD there is no body."""
    client = client_of(framework, format_)
    assert 404 == client.get("/no-such-page").status
    head = client.head("/")
    assert b"" == head.body
    assert head.status in {200, 405}


@every_framework
@every_format
def test_failing_page_is_a_500_without_its_reason(
    framework: str,
    format_: str,
    client_of: ClientOf,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Whether the framework answers it or the handler does, the log has the reason, and the client has not."""
    response = client_of(framework, format_).get("/fail")
    assert (500, False) == (response.status, said.REASON.encode() in response.body)
    assert f"ValueError: {said.REASON}" in caplog.text + capfd.readouterr().err


@every_framework
def test_health_check_of_a_load_balancer_is_answered(framework: str, client_of: ClientOf) -> None:
    """It has no host and no address: frameworks still need a server name."""
    event = make_event("aws_alb", "GET", "/redirect")
    event["headers"] = {"user-agent": "ELB-HealthChecker/2.0"}
    assert 302 == client_of(framework, "aws_alb").handler(event, None)["statusCode"]


@pytest.mark.parametrize("framework", [name for name, row in frameworks.FRAMEWORKS.items() if row.lifespan])
def test_lifespan_is_once(framework: str, handler_for: Callable[..., Handler]) -> None:
    """Up before the first request, down when the handler is closed."""
    events = ["begin"]
    handler = handler_for(frameworks.make(framework, events))
    with Client(handler) as client:
        for _ in range(3):
            assert 302 == client.get("/redirect").status
    handler.close()
    assert ["begin", "up", "down"] == events
