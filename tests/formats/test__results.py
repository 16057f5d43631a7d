"""What the results of several formats have in common."""

from __future__ import annotations

from typing import Any

import pytest

from lambda_bridge.errors import RefusedResult
from lambda_bridge.formats._results import (
    grouped,
    one_each,
    read_base64,
    read_listed_headers,
    read_object,
    read_result_body,
    read_status,
    read_text_headers,
    reason_phrase,
    several_cookies,
    shown,
    title_case,
    with_cookie_list,
)
from lambda_bridge.messages import Response


def test_grouped_keeps_the_order_of_first_values() -> None:
    """All values of a name, names where they stood first, as text."""
    pairs = [("a", "1"), ("b", "Gr\xc3\xbc\xc3\x9fe"), ("a", "2")]

    assert grouped(Response(200, pairs)) == {"a": ["1", "2"], "b": ["Grüße"]}
    assert list(grouped(Response(200, pairs), title_case)) == ["A", "B"]


def test_one_each_joins_all_but_cookies() -> None:
    """Repeats become one value; a second cookie gets a name in another spelling."""
    headers = one_each({"A": ["1", "2"], "Set-Cookie": ["a=1", "b=2", "c=3"], "B": ["3"]})

    assert {"A": "1, 2", "B": "3"} == {name: headers[name] for name in ("A", "B")}
    assert ["a=1", "b=2", "c=3"] == [headers[name] for name in headers if name.lower() == "set-cookie"]
    assert "Set-Cookie" in headers
    assert one_each({"a": ["1", "2"]}, ",") == {"a": "1,2"}


def test_as_many_cookies_as_there_are_spellings() -> None:
    """Each name differs from all others; more cookies than that cannot be carried."""
    headers = one_each({"set-cookie": [str(number) for number in range(600)]})

    assert list(headers)[:3] == ["set-cookie", "set-cookiE", "set-cookIe"]
    assert list(headers.values()) == [str(number) for number in range(512)]


def test_with_cookie_list() -> None:
    """Several cookies are a list, in any spelling; one is text, and so are all other repeats."""
    headers = {"A": ["1", "2"], "B": ["3"], "Set-Cookie": ["a=1", "b=2"], "set-cookie": ["c=3"]}

    expected = {"B": "3", "Set-Cookie": ["a=1", "b=2"], "set-cookie": "c=3"}
    assert {"A": "1, 2", **expected} == with_cookie_list(headers)
    assert {"A": "1,2", **expected} == with_cookie_list(headers, ",")


@pytest.mark.parametrize(("status", "phrase"), [(200, "OK"), (404, "Not Found"), (599, "Unknown")])
def test_reason_phrase(status: int, phrase: str) -> None:
    """Of every status there is one."""
    assert phrase == reason_phrase(status)


def test_result_that_must_be_an_object() -> None:
    """It is given back as it is; the sentence says what came instead."""
    result = {"statusCode": 200}

    assert read_object(result) is result
    with pytest.raises(RefusedResult, match="the result is a list, not an object"):
        read_object([])


@pytest.mark.parametrize(("name", "expected"), [("set-cookie", "Set-Cookie"), ("etag", "Etag"), ("x-a--b", "X-A--B")])
def test_title_case(name: str, expected: str) -> None:
    """Each part of a name begins with a capital."""
    assert expected == title_case[name]


@pytest.mark.parametrize(("status", "expected"), [(200, 200), ("418", 418), (100, 100), (599, 599)])
def test_status(status: Any, expected: int) -> None:
    """A whole number, or its digits."""
    assert expected == read_status(status)


@pytest.mark.parametrize("status", [None, True, 99, 600, 200.0, "", "2e2", "٢٠٠", "-200", [], {}])
def test_no_status(status: Any) -> None:
    """Everything else is refused, digits of other scripts too."""
    with pytest.raises(RefusedResult):
        read_status(status)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({}, b""),
        ({"body": None, "isBase64Encoded": True}, b""),
        ({"body": "hé"}, "hé".encode()),
        ({"body": "AAEC", "isBase64Encoded": True}, b"\x00\x01\x02"),
        ({"body": "AAEC", "isBase64Encoded": False}, b"AAEC"),
    ],
)
def test_body(result: dict[str, Any], expected: bytes) -> None:
    """Text, base64, or nothing."""
    assert expected == read_result_body(result)


@pytest.mark.parametrize("result", [{"body": 7}, {"body": {}}, {"body": "%", "isBase64Encoded": True}])
def test_no_body(result: dict[str, Any]) -> None:
    """A body of another type is refused."""
    with pytest.raises(RefusedResult):
        read_result_body(result)


def test_base64() -> None:
    """Strict base64."""
    assert read_base64("/w==") == b"\xff"
    with pytest.raises(RefusedResult):
        read_base64("/w")


def test_shown() -> None:
    """A string without quotes, the rest as JSON."""
    assert (shown("a").body, shown({"a": [1]}).body) == (b"a", b'{"a": [1]}')


def test_listed_headers() -> None:
    """One value or several, of any type; names in lower case, values as native strings."""
    assert read_listed_headers({"X-A": ["é", 7], "b": "c"}) == [("x-a", "\xc3\xa9"), ("x-a", "7"), ("b", "c")]
    assert read_listed_headers(None) == []


def test_text_headers() -> None:
    """Names in lower case, values as native strings; none at all is fine."""
    assert read_text_headers({"headers": {"X-A": "é", "b": ""}}) == [("x-a", "\xc3\xa9"), ("b", "")]
    assert read_text_headers({"headers": None}) == read_text_headers({}) == []


@pytest.mark.parametrize("headers", [["a"], "a", {"a": ["b"]}, {"a": None}, {"a": 7}])
def test_headers_that_are_no_texts(headers: Any) -> None:
    """Where a platform's type is a map of text, everything else is refused."""
    with pytest.raises(RefusedResult):
        read_text_headers({"headers": headers})


def test_several_cookies_are_worth_a_sentence() -> None:
    """With the names of the cookies and without their values; one cookie is no reason to say anything."""
    one = [("set-cookie", "a=secret; Path=/"), ("vary", "cookie")]

    assert several_cookies(Response(200, one), "This cloud") == []
    assert several_cookies(Response(200, [*one, ("set-cookie", "b=secret")]), "This cloud") == [
        "This cloud is not known to pass on more than one cookie of a response, and this one has a, b"
    ]
