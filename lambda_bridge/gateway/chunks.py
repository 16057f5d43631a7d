"""A request's body in chunks, read as RFC 9112, section 7.1, wants it and gunicorn reads it.

werkzeug's server (3.1.9, DechunkedInput) refuses extensions and trailers, which every recipient must be able to
skip, and takes sizes for numbers that only Python writes so: ``0x5``, ``+5``, ``0_5``.
"""

from __future__ import annotations

import re
from io import RawIOBase
from typing import TYPE_CHECKING

from werkzeug.exceptions import BadRequest

if TYPE_CHECKING:
    from io import BufferedIOBase
    from typing import Any

_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})(?:[ \t]*;[^\r\n\0]*)?\r\n")
_LONGEST = 65_536
"""Bytes of a line, and of all trailers together; as many as http.server takes for a line of the header section."""


class Chunks(RawIOBase):
    """The body that comes in chunks from *file*, up to its end; extensions and trailers are dropped.

    Reading raises BadRequest, with a sentence for the client, where the chunks are not as they should be.
    """

    def __init__(self, file: BufferedIOBase) -> None:
        self._file = file
        self._left = 0  # bytes of the chunk that is being read
        self._is_over = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left and not self._is_over:
            self._left = self._read_size()
            if not self._left:
                self._is_over = True
                self._skip_trailers()
        part = self._file.read(min(len(buffer), self._left))
        buffer[: len(part)] = part
        self._left -= len(part)
        if not self._is_over and (not part or (not self._left and self._file.read(2) != b"\r\n")):
            raise BadRequest("a chunk of the body is not as long as it says")
        return len(part)

    def _read_size(self) -> int:
        found = _LINE.fullmatch(self._file.readline(_LONGEST))
        if found is None:
            raise BadRequest("a chunk of the body begins with no size in hexadecimal digits")
        return int(found[1], 16)

    def _skip_trailers(self) -> None:
        left = _LONGEST
        while (line := self._file.readline(left)) != b"\r\n":
            left -= len(line)
            if not line.endswith(b"\n"):
                raise BadRequest("the body in chunks has no end, or its trailers are too long")
