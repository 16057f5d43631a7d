"""Cookies on Azure Functions: what a client gets, through the worker's own conversion."""

from __future__ import annotations

import pytest
from azure.functions.http import HttpResponseConverter

from lambda_bridge.formats.azure import make_result, read_result, unkept
from lambda_bridge.messages import Response
from tests.builders import azure


def with_cookies(*cookies: str) -> Response:
    return Response(200, [("set-cookie", cookie) for cookie in cookies])


def received(*cookies: str) -> list[str]:
    """What a client gets for cookies of an app."""
    result = make_result(with_cookies(*cookies), azure())
    return [value for name, value in read_result(result).headers if name == "set-cookie"]


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        ("a=1", "a=1; domain=; path="),
        ("a=", "a=; domain=; path="),
        ('a=""; Path=/', "a=; domain=; path=/"),
        ('a="quoted"', "a=quoted; domain=; path="),
        (
            "a=1; Path=/x; Domain=.example.com; Secure; HttpOnly; SameSite=None",
            "a=1; domain=.example.com; path=/x; secure; samesite=none; httponly",
        ),
        ("a=1;path=/;HTTPONLY;samesite=Lax", "a=1; domain=; path=/; samesite=lax; httponly"),
        ("a=1; Max-Age=3600", "a=1; max-age=3600; domain=; path="),
        ("a=1; Max-Age=0", "a=1; max-age=0; domain=; path="),
        ("a=1; Max-Age=-5", "a=1; max-age=0; domain=; path="),
        ("a=1; Max-Age=9999999999999999", "a=1; max-age=99999999999; domain=; path="),
        ("a=1; Max-Age=abc", "a=1; domain=; path="),
        ("a=1; Max-Age=1e400", "a=1; domain=; path="),
        ("a=1; SameSite=Whatever; Path; Domain=;", "a=1; domain=; path="),
    ],
)
def test_cookie_that_loses_nothing(cookie: str, expected: str) -> None:
    """The worker can read it, and the host writes it with the same meaning."""
    assert received(cookie) == [expected]
    assert unkept(with_cookies(cookie)) == []


@pytest.mark.parametrize(
    "date",
    [
        "Wed, 21 Oct 2026 07:28:00 GMT",
        "Wed, 21-Oct-2026 07:28:00 GMT",
        "Wednesday, 21-Oct-26 07:28:00 GMT",
        "Wed Oct 21 07:28:00 2026",
        "Wed, 21 Oct 2026 07:28:00 UTC",
        "wed, 21 oct 2026 07:28:00 gmt",
        "Mon, 21 Oct 2026 07:28:00 GMT",
    ],
)
def test_date_in_the_only_form_that_the_worker_knows(date: str) -> None:
    """Of another form, the whole answer would be a 500."""
    assert received(f"a=1; Expires={date}") == ["a=1; expires=Wed, 21 Oct 2026 07:28:00 GMT; domain=; path="]


@pytest.mark.parametrize(
    "date",
    [
        "0",
        "-1",
        "",
        "soon",
        "Thu, 99 Foo 9999999 99:99:99 GMT",
        "2026-10-21T07:28:00Z",
        "Fri, 31 Dec 99999 23:59:59 GMT",
    ],
)
def test_date_that_is_none_is_dropped(date: str) -> None:
    """Browsers ignore it too."""
    assert received(f"a=1; Expires={date}") == ["a=1; domain=; path="]


@pytest.mark.parametrize(
    "cookie",
    [
        "s=abc==; Path=/; Partitioned; SameSite=None",
        's="x\\054y"',
        's={"x": 1}',
        "s=a b; Priority=High",
        "s=%7B%7D",
        "s=1; Path=/a b",
        "$s=1",
        "path=1",
        "a b=1",
        "no-value",
    ],
)
def test_one_cookie_stays_as_it_is(cookie: str) -> None:
    """One header of this name is passed on untouched: so one that would lose something is sent as the app gave it."""
    assert received(cookie) == [cookie]
    assert unkept(with_cookies(cookie)) == []
    assert received("a=1", cookie) == [cookie, "a=1; domain=; path="]


def test_a_value_goes_before_attributes() -> None:
    """The cookie that stays is the first whose value would come back as another."""
    first, second, third = "a=1; Partitioned", "b=x/y", "c=x=y"

    assert received(first, second, third) == [second, "a=1; domain=; path=", "c=x%3Dy; domain=; path="]
    assert unkept(with_cookies(first, second, third)) == [
        "on Azure the cookie 'a' loses: partitioned",
        "on Azure the cookie 'c' loses: value",
    ]


def test_last_of_several_of_one_name_stays_last() -> None:
    """The untouched one is sent first, and in a client the last one counts."""
    assert received("a=old", "a=new==") == ["a=old; domain=; path=", "a=new%3D%3D; domain=; path="]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("abc==", "abc%3D%3D"),
        ('{"x": [1, 2]}', "%7B%22x%22%3A%20%5B1%2C%202%5D%7D"),
        ('"x\\054y"', "%22x%5C054y%22"),
        ('"', "%22"),
        ("a\\", "a%5C"),
        ("caf\xc3\xa9", "caf%C3%A9"),
        ("caf\xe9", "caf%C3%A9"),
        ("a%20b", "a%2520b"),
    ],
)
def test_other_values_arrive_percent_encoded(value: str, expected: str) -> None:
    """Whatever is in them: nothing makes a cookie vanish, nor the next one."""
    assert received("z=/", f"a={value}; Path=/", "b=2")[1:] == [f"a={expected}; domain=; path=/", "b=2; domain=; path="]


@pytest.mark.parametrize("cookie", ["$a=1", "expires=1", "a@b=1", "caf\xc3\xa9=1", "nothing", "a=\x01", "=1"])
def test_cookie_that_cannot_be_sent(cookie: str) -> None:
    """A second one that neither worker nor host take is left out, and said so without its value."""
    sentences = unkept(with_cookies("z=/", cookie))

    assert received("z=/", cookie, "b=2") == ["z=/", "b=2; domain=; path="]
    assert len(sentences) == 1
    assert sentences[0].endswith("loses: all")
    assert "nothing" not in sentences[0]


def test_untouched_name_is_found_by_nobody_who_looks() -> None:
    """The worker asks for Set-Cookie, takes it out, and passes on what is left, with this name."""
    wire = HttpResponseConverter.encode(make_result(with_cookies("a=b=="), azure()), expected_type=None).value

    assert wire["cookies"] is None
    assert {name: datum.value for name, datum in wire["headers"].items()} == {"set-cookie": "a=b==", "content-type": ""}
