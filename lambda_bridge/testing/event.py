"""The formats that can be played here, and their events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lambda_bridge import formats
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.testing.request import make_request

if TYPE_CHECKING:
    from lambda_bridge.formats import Format

FORMATS = tuple(spelling for spelling in formats.spellings() if formats.missing_package(spelling) is None)
"""Every format, and ``format:variant`` for each further form of its events.

Some platforms hand over objects of packages of theirs: where such a package is not installed, the
format is left out, so that a test may go through them all.
"""


def make_event(format: str, method: str, url: str, **options: Any) -> Any:  # noqa: A002
    """The event that the cloud of *format* would send for a client's request: see `make_request`.

    Raises ValueError for an unknown format, ConfigurationError for one whose package is not installed.
    """
    _, variant = formats.parse_spelling(format)
    return load(format).make_event(make_request(method, url, **options), variant)


def load(spelling: str) -> Format:
    """The module of a format; raises ValueError for an unknown one, ConfigurationError for one whose package is missing."""
    name, _ = formats.parse_spelling(spelling)
    missing = formats.missing_package(spelling)
    if missing is not None:
        raise ConfigurationError(f"the events of {name!r} are made of the package {missing!r}, which is not installed")
    return formats.load(name)
