"""Cookies between calls: which are kept, with what they are sent, and the mapping that they are."""

from __future__ import annotations

from typing import Optional

import pytest

from lambda_bridge.testing.jar import Cookies


def kept(*lines: str, url: str = "https://shop.example/a/b") -> Cookies:
    """A client's cookies after a response to *url* with these Set-Cookie headers."""
    cookies = Cookies()
    cookies.keep(url, [("set-cookie", line) for line in lines])
    return cookies


@pytest.mark.parametrize(
    ("line", "url", "sent"),
    [
        ("a=1; Path=/", "https://shop.example/", "a=1"),
        ("a=1; Path=/", "http://shop.example:8000/x?y", "a=1"),
        ("a=1; Path=/; Secure", "https://shop.example/", "a=1"),
        ("a=1; Path=/; Secure", "http://shop.example/", None),
        ("a=1; Path=/; HttpOnly; SameSite=Lax; Partitioned", "https://shop.example/", "a=1"),
        ("a=1", "https://shop.example/a/c", "a=1"),
        ("a=1", "https://shop.example/", None),
        ("a=1; Path=/x", "https://shop.example/x/y", "a=1"),
        ("a=1; Path=/x", "https://shop.example/xy", None),
        ("a=1; Path=/", "https://other.example/", None),
        ("a=1; Path=/", "https://www.shop.example/", None),
        ("a=1; Path=/; Domain=shop.example", "https://www.shop.example/", "a=1"),
        ("a=1; Path=/; Domain=.shop.example", "https://shop.example/", "a=1"),
        ("a=1; Path=/; Domain=other.example", "https://other.example/", None),
        ("a=1; Path=/; Domain=www.shop.example", "https://www.shop.example/", None),
        ("a=1; Domain=; Path=/", "https://shop.example/", "a=1"),
        ("a=1; path=/; domain=", "https://www.shop.example/", None),
        ("a=1; Path=/; Max-Age=100", "https://shop.example/", "a=1"),
        ("a=1; Path=/; Max-Age=0", "https://shop.example/", None),
        ("a=1; Path=/; Expires=Wed, 21 Oct 2099 07:28:00 GMT", "https://shop.example/", "a=1"),
        ("a=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "https://shop.example/", None),
        ('a="x y"; Path=/', "https://shop.example/", 'a="x y"'),
        ("a=b=c==; Path=/", "https://shop.example/", "a=b=c=="),
        ("a=; Path=/", "https://shop.example/", "a="),
        ("a=\xc3\xa9; Path=/", "https://shop.example/", "a=é"),
    ],
)
def test_rules(line: str, url: str, sent: Optional[str]) -> None:
    """Host, domain, path, scheme and age decide."""
    assert sent == kept(line).header(url)


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1", "[::1]:80"])
def test_hosts_without_a_dot(host: str) -> None:
    """A test's own address is a host like any other."""
    url = f"https://{host}/"

    assert kept("a=1", url=url).header(url) == "a=1"


def test_a_new_value_replaces_the_old_one() -> None:
    """And an age of none removes it."""
    cookies = kept("a=1", "b=2", "a=3")
    assert cookies.header("https://shop.example/a/b") == "b=2; a=3" or cookies["a"] == "3"

    cookies.keep("https://shop.example/a/b", [("set-cookie", "a=; Max-Age=0")])

    assert dict(cookies) == {"b": "2"}


def test_it_is_a_mapping() -> None:
    """Names and values; a cookie that a test sets goes with every request."""
    cookies = kept("a=1; Path=/x", "a=2; Path=/")
    cookies["theme"] = "dark"

    assert ("theme" in cookies, "gone" in cookies, len(cookies), sorted(cookies)) == (True, False, 2, ["a", "theme"])
    assert cookies.header("http://any.example/deep/path") == "theme=dark"
    assert repr(cookies) == f"<Cookies {', '.join(cookies)}>"

    del cookies["a"]
    with pytest.raises(KeyError):
        del cookies["a"]
    with pytest.raises(KeyError):
        cookies["a"]
    assert dict(cookies) == {"theme": "dark"}
    cookies.clear()
    assert cookies.header("https://shop.example/") is None


def test_a_cookie_for_one_domain() -> None:
    """And for one path below it, if that is said."""
    cookies = Cookies()
    cookies.set("a", "1", "shop.example", "/x")

    assert cookies.header("https://shop.example/x") == "a=1"
    assert cookies.header("https://www.shop.example/x") == "a=1"
    assert cookies.header("https://shop.example/y") is None
    assert cookies.header("https://myshop.example/x") is None
