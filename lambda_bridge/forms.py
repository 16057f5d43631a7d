"""The body of a request from what a test or a command line says: a form, files, JSON, or bytes as they are.

For the test client and the command line; never for production.
"""

from __future__ import annotations

import hashlib
import json
import mimetypes
import os
from collections.abc import Iterable, Mapping
from typing import Any, Optional, Union
from urllib.parse import urlencode

Fields = Union["Mapping[str, Any]", "Iterable[tuple[str, Any]]"]
"""Names with values; a list is several values of one name."""


def make_body(
    body: Union[bytes, str] = b"",
    data: Union[Fields, bytes, str, None] = None,
    files: Optional[Fields] = None,
    json_value: Any = None,
) -> tuple[bytes, Optional[str]]:
    """(body, content-type or None): only one of *body*, *data* with *files*, and *json_value* may be there.

    *data* is a form, or the body itself as bytes or text. A file is bytes, text, a file object, or
    ``(filename, content)`` or ``(filename, content, content-type)`` with any of these. Raises
    TypeError for anything else.
    """
    is_given = {"body": bool(body), "data or files": bool(data or files), "json": json_value is not None}
    if sum(is_given.values()) > 1:
        raise TypeError(
            f"a request has one body: {' and '.join(name for name, is_there in is_given.items() if is_there)}"
        )
    if json_value is not None:
        return json.dumps(json_value).encode(), "application/json"
    if isinstance(data, (bytes, str)):
        if files:
            raise TypeError("files go with data in the form of a dict")
        body = data
    elif files:
        return make_multipart(_pairs(data or ()), _pairs(files))
    elif data is not None:
        return urlencode(_pairs(data)).encode(), "application/x-www-form-urlencoded"
    return body.encode() if isinstance(body, str) else body, None


def make_query(params: Union[Fields, str, None]) -> str:
    """A query string, without ``?``."""
    if params is None or isinstance(params, str):
        return (params or "").lstrip("?")
    return urlencode(_pairs(params))


def make_multipart(fields: list[tuple[str, Any]], files: list[tuple[str, Any]]) -> tuple[bytes, str]:
    """(body, content-type) of a form with files, as browsers send it (RFC 7578).

    The same form always gives the same bytes, so that an event can be compared with a kept one.
    """
    parts = [(_disposition(name), str(value).encode()) for name, value in fields]
    for name, file in files:
        filename, content, content_type = _read_file(name, file)
        parts.append((_disposition(name, filename) + f"\r\nContent-Type: {content_type}", content))
    everything = b"".join([head.encode() + content for head, content in parts])
    boundary = hashlib.sha256(everything).hexdigest()[:32]
    lines = [f"--{boundary}\r\n{head}\r\n\r\n".encode() + content + b"\r\n" for head, content in parts]
    return b"".join([*lines, f"--{boundary}--\r\n".encode()]), f"multipart/form-data; boundary={boundary}"


def _disposition(name: str, filename: Optional[str] = None) -> str:
    text = f'Content-Disposition: form-data; name="{_escape(name)}"'
    return text if filename is None else f'{text}; filename="{_escape(filename)}"'


def _escape(name: str) -> str:
    # As browsers do: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data
    return name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")


def _read_file(name: str, file: Any) -> tuple[str, bytes, str]:
    """(filename, content, content-type)."""
    filename: Optional[str] = None
    content_type: Optional[str] = None
    if isinstance(file, tuple):
        filename, file, *rest = file
        content_type = rest[0] if rest else None
    if filename is None:
        named = getattr(file, "name", None)
        filename = os.path.basename(named) if isinstance(named, str) else name
    content = file.read() if hasattr(file, "read") else file
    if isinstance(content, str):
        content = content.encode()
    if not isinstance(content, (bytes, bytearray)):
        raise TypeError(
            f"the file {name!r} is of the type {type(content).__name__}: give bytes, text, or a file object"
        )
    return filename, bytes(content), content_type or mimetypes.guess_type(filename)[0] or "application/octet-stream"


def _pairs(fields: Fields) -> list[tuple[str, Any]]:
    rows = fields.items() if isinstance(fields, Mapping) else fields
    return [(name, each) for name, value in rows for each in (value if isinstance(value, list) else [value])]
