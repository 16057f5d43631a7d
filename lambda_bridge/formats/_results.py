"""What the results of several formats have in common, in both directions."""

from __future__ import annotations

from lambda_bridge.encoding import Memo, decode_base64, from_native, native, ungroup
from lambda_bridge.errors import MalformedEvent, RefusedResult, ResultTooLarge
from lambda_bridge.messages import Response

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from lambda_bridge.headers import Pairs


def _title_case(name: str) -> str:
    return "-".join([part.capitalize() for part in name.split("-")])


# ``set-cookie`` as ``Set-Cookie``, the spelling that the providers document.
title_case = Memo(_title_case)


def grouped(response: Response, spelling: Mapping[str, str] | None = None) -> dict[str, list[str]]:
    """Name to all values, as text of an event, names in the order of their first value.

    Names are in lower case, or as the map *spelling* has them.
    """
    headers: dict[str, list[str]] = {}
    for name, value in response.headers:
        if spelling is not None:
            name = spelling[name]
        if not value.isascii():
            value = from_native(value)
        if name in headers:
            headers[name].append(value)
        else:
            headers[name] = [value]
    return headers


def one_each(headers: Mapping[str, list[str]], comma: str = ", ") -> dict[str, str]:
    """One value for each name, for platforms that take no lists: repeats are joined, but cookies must not be.

    A map has one value for each *spelling* of a name: a platform that keeps them apart sends every
    cookie, and one that does not sends one of them.
    """
    single: dict[str, str] = {}
    for name, values in headers.items():
        if len(values) == 1:
            single[name] = values[0]
        elif name.lower() == "set-cookie":
            single.update(zip(_spellings(name), values))
        else:
            single[name] = comma.join(values)
    return single


def with_cookie_list(headers: Mapping[str, list[str]], comma: str = ", ") -> dict[str, Any]:
    """One value for each name, for platforms that take a list too: several cookies are one, all other repeats joined."""
    return {
        name: values[0] if len(values) == 1 else values if name.lower() == "set-cookie" else comma.join(values)
        for name, values in headers.items()
    }


def several_cookies(response: Response, title: str) -> list[str]:
    """What to say of a response with more cookies than *title* is known to pass on; names, never values."""
    names = [value.partition("=")[0].strip()[:40] for name, value in response.headers if name == "set-cookie"]
    if len(names) < 2:
        return []
    return [f"{title} is not known to pass on more than one cookie of a response, and this one has {', '.join(names)}"]


def _spellings(name: str) -> Iterator[str]:
    """*name* in all spellings of its letters' case, as it is first."""
    from itertools import product

    cases = [(letter, letter.swapcase()) if letter.isalpha() else letter for letter in name]
    return map("".join, product(*cases))


def reason_phrase(status: int) -> str:
    """What stands beside *status* where a platform wants that; of a status that nobody knows, ``Unknown``."""
    from http import HTTPStatus

    try:
        return HTTPStatus(status).phrase
    except ValueError:  # RFC 9110 section 15: any code of three digits
        return "Unknown"


def shown(result: Any) -> Response:
    """A result that is no response, as the gateways that do not refuse it show it to the client."""
    import json

    # A string is sent without its quotes (recorded by aws/aws-lambda-dotnet, 2025-04-14).
    text = result if isinstance(result, str) else json.dumps(result)
    return Response(200, [("content-type", "application/json")], text.encode())


def read_object(result: Any) -> dict[str, Any]:
    """*result*, for gateways that take nothing but an object; raises RefusedResult for anything else."""
    if not isinstance(result, dict):
        raise RefusedResult(f"the result is a {type(result).__name__}, not an object")
    return result


def read_status(status: Any) -> int:
    """A status code as int or as text of digits; raises RefusedResult otherwise."""
    if isinstance(status, str) and status.isascii() and status.isdigit():
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        raise RefusedResult(f"the status code {status!r} is not a whole number from 100 to 599")
    return status


def read_listed_headers(headers: Mapping[str, Any] | None) -> Pairs:
    """Headers of a result where a value may also be a list of them, and need not be text."""
    return [(name.lower(), native(str(value))) for name, value in ungroup(headers)]


def read_text_headers(result: dict[str, Any]) -> Pairs:
    """The headers of a result where each value is one text; raises RefusedResult for anything else."""
    headers = result.get("headers") or {}
    if not isinstance(headers, dict):
        raise RefusedResult(f"headers is a {type(headers).__name__}, not an object")
    for name, value in headers.items():
        if not isinstance(value, str):
            raise RefusedResult(f"headers[{name!r}] is a {type(value).__name__}, not a string")
    return [(name.lower(), native(value)) for name, value in headers.items()]


def read_result_body(result: dict[str, Any]) -> bytes:
    """The body of a result with ``body`` and ``isBase64Encoded``; raises RefusedResult."""
    body = result.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        raise RefusedResult(f"the body is a {type(body).__name__}, not a string")
    if not result.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass")
    return read_base64(body)


def read_base64(body: str) -> bytes:
    """Base64 of a result; raises RefusedResult where it does not decode."""
    try:
        return decode_base64(body)
    except MalformedEvent as error:
        raise RefusedResult("the body is flagged as base64 and does not decode") from error


def check_size(result: Any, limit: int, body_size: int) -> None:
    """Raise ResultTooLarge when *result* as JSON is over *limit* bytes; *body_size* is for its sentence.

    Measured with escapes for all but ASCII, as the runtimes of Python 3.11 and older write them:
    so a result that passes here passes everywhere.
    """
    from json import dumps

    body = result.get("body", "")
    is_escaped = not (result.get("isBase64Encoded") or result.get("bodyEncoding") == "base64")
    size = len(dumps({**result, "body": ""})) + (len(dumps(body)) - 2 if is_escaped else len(body))
    if size > limit:
        raise ResultTooLarge(size, limit, body_size)
