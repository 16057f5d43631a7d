"""One wire format of one cloud per file: pure, no I/O, no options, no clock, no logging.

What several of them have in common stands in modules whose names begin with ``_``.

Each module has the four functions and the facts of the Protocol below, which mypy checks; each
makes and reads one or more *variants*, of which the first is the default.

An event is what the platform hands over: most often a dict from JSON, on some platforms an object
of theirs. A module whose platform calls the handler otherwise than with ``(event, context)`` in
JSON also has ``call(handler, event, context)``, which does it as the platform would and gives the
result; or, where the platform runs an ASGI app, ``asgi_app(handler, event, context)``, which gives
that. Beside ``call``, a platform that streams has ``stream(handler, event, context)``: the
response, whose ``chunks`` come as the app makes them. `lambda_bridge.emulate` is the one that asks
for them.

``NEEDS`` is the package without which `make_event` and `call` cannot play the platform (on the
platform itself it is always there); where there is no such name, no package is needed.

Where a platform takes something away from a response that its app should hear of, the module has
``unkept(response)``: a list of sentences for the log, with names and never with values.
"""

from __future__ import annotations

from importlib import import_module

from lambda_bridge.recognize import NAMES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from lambda_bridge.messages import Request, Response

    class Format(Protocol):
        """What every module in this folder has."""

        TITLE: str
        """The provider's name for it."""
        DOCS: str
        """The provider's page about it."""
        VARIANTS: tuple[str, ...]
        """Names of the forms that its events come in; ``()`` where there is only one."""
        STREAMS: bool
        """Whether the platform sends a response on as its parts come."""

        def read_event(self, event: Any, context: Any) -> Request:
            """The request in *event*; raises MalformedEvent when the body does not decode.

            Never changes the event, and never raises on a well-formed one.
            """

        def make_result(self, response: Response, event: Any) -> Any:
            """What the platform wants back: every header that the format can carry, in order."""

        def max_result(self, event: Any) -> int | None:
            """The most bytes that the result may have as JSON; None where it is no JSON."""

        def make_event(self, request: Request, variant: str | None = None) -> Any:
            """What the platform would send: ``read_event(make_event(r)) == r`` where it can carry r.

            Raises MalformedEvent for a body that the platform lets nobody send.
            """

        def read_result(self, result: Any) -> Response:
            """The inverse of make_result; raises RefusedResult where the gateway would."""


def load(name: str) -> Format:
    """The module of a format; it is imported when its first event comes."""
    return import_module(f"lambda_bridge.formats.{name}")


def spellings() -> tuple[str, ...]:
    """Every format, and ``format:variant`` for each further variant: the choices that users have."""
    return tuple(
        spelling for name in NAMES for spelling in (name, *(f"{name}:{each}" for each in load(name).VARIANTS[1:]))
    )


def parse_spelling(spelling: str) -> tuple[str, str | None]:
    """(name, variant or None) of one of the `spellings`; raises ValueError otherwise."""
    if spelling not in spellings():
        from lambda_bridge.similar import explain_unknown

        raise ValueError(explain_unknown(spelling, "format", spellings()))
    name, _, variant = spelling.partition(":")
    return name, variant or None


def missing_package(spelling: str) -> str | None:
    """The package that this format's platform is made of, where it is not installed; else None.

    Raises ValueError as `parse_spelling` does.
    """
    from importlib.util import find_spec

    needed: str | None = getattr(load(parse_spelling(spelling)[0]), "NEEDS", None)
    try:
        return needed if needed and find_spec(needed) is None else None
    except ModuleNotFoundError:  # nor is the package around it
        return needed
