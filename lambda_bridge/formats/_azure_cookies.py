"""How cookies get through Azure Functions.

The worker reads each Set-Cookie with http.cookies (azure/functions/http.py of 1.26 and 2.3), which
knows no attributes but the usual ones, and fails on a date of another form. The host writes the cookie
anew, with the value percent-encoded (azure-functions-python-worker issue 1794). A header that the
worker does not know for a cookie is passed on as it is; but of one name the host takes one
(RawScriptResult.cs of azure-functions-host). All of it read in 2026-11.
"""

from __future__ import annotations

from lambda_bridge.encoding import from_native, quote_query
from lambda_bridge.errors import RefusedResult
from lambda_bridge.headers import is_token

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from lambda_bridge.messages import Response


class Untouched(str):
    """The name of a header that the worker does not find, so that its one value stays as it is."""

    __slots__ = ()

    def lower(self) -> str:
        # Where headers are looked up, this is compared.
        return ""


class Cookie:
    """One Set-Cookie: ``line`` of the app, ``text`` for the worker ("" for none), and what that ``loses``.

    ``stays`` says that the line is sent as it is in place of the text, which the host does for one cookie.
    """

    __slots__ = ("line", "loses", "name", "stays", "text")

    def __init__(self, line: str) -> None:
        pair, *attributes = line.split(";")
        name, equals, value = pair.partition("=")
        self.line = line
        self.name = name.strip() if equals else ""
        self.stays = False
        self.text = ""
        self.loses = ["all"]
        if is_token(self.name) and self.name[0] != "$" and self.name.lower() not in _RESERVED:
            text = from_native(value.strip())
            if not any(each < " " or each == "\x7f" for each in text):
                self.loses = []
                self.text = "; ".join([f"{self.name}={self._value(text)}", *self._attributes(attributes)])

    def _value(self, value: str) -> str:
        inner = value[1:-1]
        if len(value) > 1 and value[0] == value[-1] == '"' and '"' not in inner and "\\" not in inner:
            value = inner  # as apps read it when it comes back
        if quote_query(value) == value:
            return value
        self.loses.append("value")
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

    def _attributes(self, attributes: list[str]) -> list[str]:
        kept = []
        for attribute in attributes:
            name, _, value = attribute.strip().partition("=")
            name, value = name.strip().lower(), value.strip()
            if name in {"secure", "httponly"}:
                kept.append(name)
            elif name in _READ_ATTRIBUTE:
                # What has no sense is ignored by browsers too.
                read = _READ_ATTRIBUTE[name](value)
                kept += [f"{name}={read}"] if read else []
                if value and read is None:
                    self.loses.append(name)
            elif name:
                self.loses.append(name[:40])
        return kept


# Names for which http.cookies takes no value of their own.
_RESERVED = frozenset(
    {"comment", "domain", "expires", "httponly", "max-age", "partitioned", "path", "samesite", "secure", "version"}
)


def _read_date(value: str) -> str:
    """A date of any form in the one that the worker knows; "" for what is none."""
    from email.utils import formatdate, mktime_tz, parsedate_tz

    try:
        date = parsedate_tz(value)
        return formatdate(mktime_tz((*date[:9], date[9] or 0)), usegmt=True) if date else ""
    except (ArithmeticError, IndexError, OSError, TypeError, ValueError):
        return ""


def _read_age(value: str) -> str:
    digits = value[1:] if value[:1] == "-" else value
    if not (digits.isascii() and digits.isdigit()):
        return ""
    if digits != value:
        return "0"
    return value if len(value) < 12 else "9" * 11  # more is over what the host can count


def _read_place(value: str) -> str | None:
    """A domain or path; None for one that http.cookies cannot read."""
    return value if value.isascii() and value.isprintable() and not set(' "\\') & set(value) else None


_READ_ATTRIBUTE: Mapping[str, Any] = {
    "domain": _read_place,
    "expires": _read_date,
    "max-age": _read_age,
    "path": _read_place,
    "samesite": lambda value: value if value.lower() in {"lax", "none", "strict"} else "",
}


def read_cookies(response: Response) -> list[Cookie]:
    """The cookies, of which one that would lose something stays as it is: a value first, then attributes."""
    cookies = [Cookie(value) for name, value in response.headers if name == "set-cookie"]
    # The host sends it before the others: of several of one name, the last one counts.
    names = [cookie.name for cookie in cookies]
    losers = [cookie for at, cookie in enumerate(cookies) if cookie.loses and cookie.name not in names[:at]]
    losers.sort(key=lambda cookie: not {"all", "value"} & set(cookie.loses))
    if losers:
        losers[0].stays = True
    return cookies


def sent_by_host(name: str, cookie: Any) -> str:
    """What the host writes for a cookie of http.cookies; raises RefusedResult where worker or host fail."""
    if not is_token(name):
        raise RefusedResult("the host refuses the name of a cookie")
    sent = [f"{name}={quote_query(cookie.value)}"]
    if cookie["expires"]:
        date = _read_date(cookie["expires"])
        if not date or date[4:] != cookie["expires"][4:]:
            raise RefusedResult("the worker fails on the Expires of a cookie: it wants 'Wed, 21 Oct 2026 07:28:00 GMT'")
        sent.append(f"expires={date}")
    if cookie["max-age"]:
        try:
            sent.append(f"max-age={int(float(cookie['max-age']))}")
        except (OverflowError, ValueError) as error:
            raise RefusedResult("the worker fails on the Max-Age of a cookie: it wants a number") from error
    # These are there even when they are empty.
    sent += [f"domain={cookie['domain']}", f"path={cookie['path']}"]
    sent += ["secure"] if cookie["secure"] else []
    same_site = cookie["samesite"].lower()
    sent += [f"samesite={same_site}"] if same_site in {"lax", "none", "strict"} else []
    sent += ["httponly"] if cookie["httponly"] else []
    return "; ".join(sent)
