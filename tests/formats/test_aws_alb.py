"""The load balancer, with one value for each name and with lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import flask
import pytest

from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats.aws_alb import make_event, make_result, read_event, read_result
from lambda_bridge.messages import Request, Response
from lambda_bridge.testing import Client
from tests.builders import aws_alb
from tests.checkers import see_environ, see_scope, validated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lambda_bridge.handler import Handler

HEALTH_CHECK = {"user-agent": "ELB-HealthChecker/2.0"}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "a%20b+c%2Bd"}, "q=a%20b+c%2Bd"),
        ({"date%5Bfrom%5D": "1", "flag": ""}, "date%5Bfrom%5D=1&flag="),
        (None, ""),
    ],
)
def test_query_is_not_decoded(query: dict[str, str] | None, expected: str) -> None:
    """The balancer passes names and values on as they are: they are joined, never encoded again."""
    assert expected == see_environ(aws_alb(queryStringParameters=query))["QUERY_STRING"]


def test_lists_of_query_values_keep_their_order() -> None:
    """In the other mode each name has all of its values."""
    event = aws_alb(multi=True, multiValueQueryStringParameters={"q": ["a%2Bb", "x"], "p": ["1"]})

    assert see_environ(event)["QUERY_STRING"] == "q=a%2Bb&q=x&p=1"


@pytest.mark.parametrize(
    "event",
    [
        aws_alb("/health", headers=HEALTH_CHECK),
        aws_alb("/health", multi=True, multiValueHeaders={name: [value] for name, value in HEALTH_CHECK.items()}),
        aws_alb("/health", headers=None),
    ],
    ids=["single", "multi", "null"],
)
def test_health_check_reaches_flask(event: dict[str, Any], handler_for: Callable[..., Handler]) -> None:
    """A health check has no host: frameworks answer it all the same."""
    app = flask.Flask("app")
    app.add_url_rule("/health", view_func=lambda: flask.request.host_url)

    result = handler_for(validated(app.wsgi_app))(event, None)

    assert (result["statusCode"], result["body"]) == (200, "http://localhost/")


def test_health_check_has_a_server() -> None:
    """SERVER_NAME is never empty and SERVER_PORT always a number."""
    environ = see_environ(aws_alb(headers=HEALTH_CHECK))

    assert (environ["SERVER_NAME"], environ["SERVER_PORT"], environ["wsgi.url_scheme"]) == ("localhost", "80", "http")


@pytest.mark.parametrize(("proxies", "client"), [(1, "203.0.113.9"), (2, "198.51.100.7"), (3, "198.51.100.7"), (0, "")])
def test_client_is_what_the_balancer_appended(proxies: int, client: str) -> None:
    """The right-most entry is the balancer's own; how many to believe is an option."""
    event = aws_alb(headers={"x-forwarded-for": "198.51.100.7, 203.0.113.9"})

    assert client == see_environ(event, trusted_proxies=proxies)["REMOTE_ADDR"]


def test_client_port_is_read() -> None:
    """An attribute of the balancer adds the client's port, and brackets around IPv6."""
    event = aws_alb(headers={"x-forwarded-for": "[2001:db8::9]:51234"})

    assert see_scope(event)["client"] == ("2001:db8::9", 51234)


def test_empty_body_may_be_flagged() -> None:
    """Recorded: a GET has an empty body that is flagged as base64."""
    assert see_environ(aws_alb(body="", isBase64Encoded=True))["body"] == b""


def test_form_comes_as_base64() -> None:
    """The balancer encodes forms, which are no text to it."""
    event = aws_alb(method="POST", headers={"content-type": "application/x-www-form-urlencoded"},
                    body="YT0xJmI9Mg==", isBase64Encoded=True)  # fmt: skip

    assert see_environ(event)["body"] == b"a=1&b=2"


def test_other_mode_as_null() -> None:
    """Typed tools write the keys of the mode that is off as null."""
    event = aws_alb(headers={"host": "example.com"}, multiValueHeaders=None, multiValueQueryStringParameters=None)

    assert read_event(event, None).server == ("example.com", 80)
    assert "headers" in make_result(Response(200), event)


def test_result_follows_the_mode_of_the_event() -> None:
    """With lists in the event, multiValueHeaders and no headers; without, the reverse."""
    response = Response(404, [("vary", "a"), ("vary", "b")])

    multi, single = make_result(response, aws_alb(multi=True)), make_result(response, aws_alb())

    assert (multi["multiValueHeaders"], "headers" in multi) == ({"vary": ["a", "b"]}, False)
    assert (single["headers"], "multiValueHeaders" in single) == ({"vary": "a,b"}, False)
    assert multi["statusDescription"] == single["statusDescription"] == "404 Not Found"


def test_status_without_a_phrase() -> None:
    """The description is the code and some text, always."""
    assert make_result(Response(599), aws_alb())["statusDescription"].startswith("599 ")


def test_cookies_in_the_single_mode_differ_in_case() -> None:
    """A map has one value for a name: further cookies take other spellings, and are never joined."""
    cookies = [f"c{number}={number}; Expires=Wed, 21 Oct 2026 07:28:00 GMT" for number in range(40)]

    headers = make_result(Response(200, [("set-cookie", cookie) for cookie in cookies]), aws_alb())["headers"]

    assert cookies == list(headers.values())
    assert {name.lower() for name in headers} == {"set-cookie"}
    assert next(iter(headers)) == "set-cookie"


def test_excluded_header_is_gone_in_every_spelling(handler_for: Callable[..., Handler]) -> None:
    """exclude_headers drops all cookies, whatever their spelling in the result."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [("Set-Cookie", "a=1"), ("SET-COOKIE", "b=2"), ("X-Kept", "c")])
        return []

    response = Client(handler_for(app, exclude_headers=["Set-Cookie"]), "aws_alb").get("/")

    assert response.headers == [("x-kept", "c")]


@pytest.mark.parametrize(
    "result",
    [
        None,
        {},
        {"statusCode": 200},
        {"statusCode": 200, "headers": None},
        {"headers": {}},
        {"statusCode": 200, "headers": [], "body": ""},
        {"statusCode": 200, "headers": {}, "body": 7},
    ],
)
def test_what_the_balancer_refuses(result: Any) -> None:
    """What becomes a 502 is refused, null for headers above all."""
    with pytest.raises(RefusedResult):
        read_result(result)


def test_made_event_has_one_mode() -> None:
    """Single mode keeps the last value of a name, multi mode all."""
    request = Request("GET", "/", query="a=1&a=2", headers=[("x", "1"), ("x", "2")])

    single, multi = make_event(request), make_event(request, "multi")

    assert (single["queryStringParameters"], single["headers"]["x"]) == ({"a": "2"}, "2")
    assert (multi["multiValueQueryStringParameters"], multi["multiValueHeaders"]["x"]) == (
        {"a": ["1", "2"]},
        ["1", "2"],
    )
    assert {"multiValueHeaders", "multiValueQueryStringParameters"}.isdisjoint(single)
    assert {"headers", "queryStringParameters"}.isdisjoint(multi)
