"""What comes to the console: whether it may, and what was written there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Callable

from werkzeug.exceptions import BadRequest, Forbidden

from lambda_bridge import formats
from lambda_bridge.encoding import decode_base64
from lambda_bridge.errors import BridgeError
from lambda_bridge.headers import is_token
from lambda_bridge.testing import make_request

if TYPE_CHECKING:
    from werkzeug.wrappers import Request as HttpRequest

    from lambda_bridge.messages import Request

_NAMES = ("127.0.0.1", "localhost", "[::1]")


def check_origin(environ: dict[str, Any]) -> None:
    """Raise Forbidden unless the request comes from the console itself, or from no page at all.

    A page of another site whose name was made to point here sends its own Host (DNS rebinding); one
    that posts here sends its own Origin. Sec-Fetch-Site also tells of images and scripts that it
    includes; only the page itself may be linked to.
    """
    host = environ.get("HTTP_HOST", "")
    port = environ["SERVER_PORT"]
    if host not in [f"{name}:{port}" for name in _NAMES] and (port != "80" or host not in _NAMES):
        raise Forbidden(f"the console answers to localhost:{port} only")
    origin = environ.get("HTTP_ORIGIN")
    if origin is not None and origin != f"{environ['wsgi.url_scheme']}://{host}":
        raise Forbidden("the console takes requests of its own pages only")
    site = environ.get("HTTP_SEC_FETCH_SITE", "none")
    is_page = environ.get("HTTP_SEC_FETCH_MODE") == "navigate" and environ.get("PATH_INFO", "") in (
        "/_bridge",
        "/_bridge/",
    )
    if site not in ("same-origin", "none") and not is_page:
        raise Forbidden("the console takes requests of its own pages only")


def read_request(asked: dict[str, Any], origin: str, show: Callable[[str], str]) -> Request:
    """The request that was edited, in which *show* puts secrets in the place of their marks; raises BadRequest."""
    try:
        return _read_request(asked, origin, show)
    except LookupError as error:
        raise BadRequest(f"the request has no {error}") from error
    except (AttributeError, TypeError, ValueError, BridgeError) as error:
        raise BadRequest(str(error)) from error


def _read_request(asked: dict[str, Any], origin: str, show: Callable[[str], str]) -> Request:
    method, target = asked["method"], show(asked["target"])
    if not is_token(method):
        raise ValueError(f"{method!r} is no method")
    if not target.startswith("/") or re.search(r"[\s\0#]", target):
        raise ValueError(f"{target!r} is no path: it begins with a slash and has no spaces")
    headers = [(name.strip().lower(), show(value).strip()) for name, value in asked["headers"]]
    for name, value in headers:
        if not is_token(name) or re.search("[\r\n\0]", value):
            raise ValueError(f"{name!r} is no header that can be sent")
    body = decode_base64(asked["base64"]) if "base64" in asked else show(asked.get("body", "")).encode()
    pairs = [pair for pair in headers if pair[0] not in ("content-length", "transfer-encoding")]
    return make_request(method, origin + target, headers=pairs, body=body)


def read_spelling(asked: Any, otherwise: str) -> str:
    """The format that was chosen, *otherwise* where none was; raises BadRequest."""
    if asked is None:
        return otherwise
    if asked not in formats.spellings():
        raise BadRequest(f"{asked!r} is no format")
    return str(asked)


def read_json(http: HttpRequest) -> dict[str, Any]:
    """The object that was posted; raises HTTPException. Forms of other sites cannot send this content type."""
    asked = http.get_json(force=False, silent=False)
    if not isinstance(asked, dict):
        raise BadRequest("a JSON object is wanted")
    return asked
