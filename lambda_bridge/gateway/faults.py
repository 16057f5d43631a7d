"""Requests that no gateway of a cloud passes on: what RFC 9112 wants to be refused, and Python's server lets through.

Where two parties read a request in two ways, a stranger can hide a second one in it, or a line in a log. A function
never sees such requests in a cloud, so it must not see them here.
"""

from __future__ import annotations

from email import errors
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lambda_bridge.headers import is_token

if TYPE_CHECKING:
    from email.message import Message
    from typing import Optional


# Others are about a multipart body, for which the parser looks although it is given the header section alone.
_OF_FIELDS = (
    errors.FirstHeaderLineIsContinuationDefect,
    errors.InvalidHeaderDefect,
    errors.MisplacedEnvelopeHeaderDefect,
    errors.MissingHeaderBodySeparatorDefect,
)


def find_fault(method: str, target: str, version: str, headers: Message) -> Optional[str]:
    """Why the request is refused, a sentence without anything of it; None where it is as it should be.

    *version* is ``"HTTP/1.1"`` or the like. The sections are those of RFC 9112.
    """
    if not is_token(method):
        return "the method is no token"  # 3
    if not _is_target(target):
        return "the target is neither a path nor a URL"  # 3.2
    if any(isinstance(defect, _OF_FIELDS) for defect in headers.defects):
        return "a line of the header section is no field"  # 5.1: a space before the colon too
    if any(mark in value for value in headers.values() for mark in "\r\n\0"):
        return "the value of a field goes over several lines, or has a NUL"  # 5.2
    hosts = headers.get_all("host", [])
    if len(hosts) > 1 or (not hosts and version == "HTTP/1.1"):
        return "there must be one field Host"  # 3.2
    return _find_fault_of_length(
        version, headers.get_all("content-length", []), headers.get_all("transfer-encoding", [])
    )


def _is_target(target: str) -> bool:
    if any(letter <= " " or letter == "\x7f" for letter in target):
        return False
    try:
        urlsplit(target)
    except ValueError:  # brackets of an address that do not close
        return False
    return target.startswith(("/", "http://", "https://")) or target == "*"


def _find_fault_of_length(version: str, lengths: list[str], codings: list[str]) -> Optional[str]:
    if codings:
        if lengths or version != "HTTP/1.1":
            return "Transfer-Encoding stands beside Content-Length, or in HTTP/1.0"  # 6.1
        if [coding.strip().lower() for coding in codings] != ["chunked"]:
            return "the only Transfer-Encoding that is known is chunked"  # 6.1
    if len(set(lengths)) > 1 or not all(length.isascii() and length.isdigit() for length in lengths):
        return "Content-Length is no number, or several"  # 6.3
    return None
