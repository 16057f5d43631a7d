"""Cookies that a client keeps between calls, by the rules of the standard library's http.cookiejar.

For the test client; never for production.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, Optional
from urllib.request import Request

from lambda_bridge.encoding import from_native

if TYPE_CHECKING:
    from lambda_bridge.headers import Pairs


class Cookies(MutableMapping[str, str]):
    """Name to value of the cookies that a client has; what they belong to is remembered too.

    Domain, path, expiry and ``Secure`` decide with which requests a cookie goes. ``jar`` is the
    standard library's, for all the rest.
    """

    def __init__(self) -> None:
        # As browsers do: what came without a domain belongs to its host alone, and to none below it.
        policy = DefaultCookiePolicy(strict_ns_domain=DefaultCookiePolicy.DomainStrictNonDomain)
        self.jar = CookieJar(policy)

    def keep(self, url: str, headers: Pairs) -> None:
        """Take the cookies of a response to a request for *url*; one that it may not set is left out."""
        self.jar.extract_cookies(_Answer(headers), Request(url))  # type: ignore[arg-type]  # all it asks for  # noqa: S310

    def header(self, url: str) -> Optional[str]:
        """The Cookie header for a request for *url*; None where no cookie goes with it."""
        request = Request(url)  # noqa: S310
        self.jar.add_cookie_header(request)
        return request.get_header("Cookie")

    def set(self, name: str, value: str, domain: str = "", path: str = "/") -> None:
        """Add a cookie for *domain* and what is below it, or for every host."""
        self.jar.set_cookie(_make(name, value, domain, path))

    def __getitem__(self, name: str) -> str:
        for cookie in self.jar:
            if cookie.name == name:
                return cookie.value or ""
        raise KeyError(name)

    def __setitem__(self, name: str, value: str) -> None:
        self.set(name, value)

    def __delitem__(self, name: str) -> None:
        found = [cookie for cookie in self.jar if cookie.name == name]
        if not found:
            raise KeyError(name)
        for cookie in found:
            self.jar.clear(cookie.domain, cookie.path, cookie.name)

    def __iter__(self) -> Iterator[str]:
        return iter({cookie.name: None for cookie in self.jar})

    def __len__(self) -> int:
        return len({cookie.name for cookie in self.jar})

    def __repr__(self) -> str:
        return f"<Cookies {', '.join(self)}>"


class _Answer:
    """The headers of a response, as http.cookiejar asks for them."""

    def __init__(self, headers: Pairs) -> None:
        self._headers = headers

    def info(self) -> _Answer:
        return self

    def get_all(self, name: str, default: Any = None) -> Any:
        lines = [from_native(value) for each, value in self._headers if each == name.lower()]
        return [_EMPTY_DOMAIN.sub("", line) for line in lines] or default


# Azure's host writes it; RFC 6265 section 5.2.3: as if it were not there.
_EMPTY_DOMAIN = re.compile(r";\s*domain\s*=\s*(?=;|$)", re.IGNORECASE)


def _make(name: str, value: str, domain: str, path: str) -> Cookie:
    # An empty domain is every host's: return_ok_domain looks only at what stands there.
    return Cookie(
        version=0,
        name=name,
        value=value,
        port=None,
        port_specified=False,
        domain=domain,
        domain_specified=True,
        domain_initial_dot=domain.startswith("."),
        path=path,
        path_specified=True,
        secure=False,
        expires=None,
        discard=True,
        comment=None,
        comment_url=None,
        rest={},
    )
