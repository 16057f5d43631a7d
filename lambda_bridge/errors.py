"""Everything that this package raises, split by who is at fault.

::

    BridgeError
    ├── ConfigurationError      the options, or the app that was named
    ├── EventError              the event
    │   ├── UnknownEvent        no format claims it
    │   └── MalformedEvent      a format claims it and cannot read it
    ├── AppError                the application
    │   ├── NoResponse          it ended without an answer
    │   ├── InvalidResponse     its answer breaks WSGI, ASGI or HTTP
    │   ├── StartupFailed       its lifespan start-up failed
    │   ├── NotAccepted         it answered an event that is not HTTP with another status than 2xx
    │   └── DeadlineExceeded    it was still working when the platform's deadline came
    ├── ResultError             the result
    │   ├── ResultTooLarge      above the limit of the format
    │   └── RefusedResult       what the real gateway would answer with its own error
    ├── PlatformError           an API of the platform that this package is a client of
    └── ConnectionFailed        a WebSocket connection
        ├── UnknownConnection   nobody remembers its handshake
        ├── ConnectionGone      its client has gone
        ├── StoreFailed         where connections are remembered, something went wrong
        └── PushFailed          the gateway has not taken what was to go to the client

A message is one sentence with the offending value and what to do. It never holds a header's value
or a body: messages reach logs.
"""

from __future__ import annotations


class BridgeError(Exception):
    """Base of every error of this package."""


class ConfigurationError(BridgeError):
    """An option, an environment variable or the named application is not usable."""


class EventError(BridgeError):
    """The platform handed over something that cannot become a request."""


class UnknownEvent(EventError):
    """No format claims the event; ``seen`` says what it was: its top-level keys, or its type."""

    def __init__(self, seen: str, hint: str = "") -> None:
        super().__init__(seen, hint)
        self.seen = seen
        self.hint = hint

    def __str__(self) -> str:
        return f"no HTTP format claims this event: {self.seen}" + (f"; {self.hint}" if self.hint else "")


class MalformedEvent(EventError):
    """The event is of a known format but broken; ``status`` is what the client should get."""

    def __init__(self, problem: str, status: int = 400) -> None:
        super().__init__(problem, status)
        self.problem = problem
        self.status = status

    def __str__(self) -> str:
        return self.problem


class AppError(BridgeError):
    """The application broke a rule of its own interface."""


class NoResponse(AppError):
    """The application ended without sending a (whole) response."""


class InvalidResponse(AppError):
    """The application's response breaks WSGI, ASGI or HTTP, for example a line break in a header."""


class StartupFailed(AppError):
    """The application's lifespan start-up failed; the next call tries again."""


class NotAccepted(AppError):
    """The application has answered an event of the source ``name`` with ``status``, which is not 2xx."""

    def __init__(self, name: str, status: int) -> None:
        super().__init__(name, status)
        self.name = name
        self.status = status

    def __str__(self) -> str:
        return f"the app answered an event of {self.name} with {self.status}: only 2xx says that it is done"


class DeadlineExceeded(AppError):
    """The application was stopped shortly before the platform would have killed it."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds

    def __str__(self) -> str:
        return f"the app was stopped after {self.seconds:.1f} seconds, just before the platform's deadline"


class ResultError(BridgeError):
    """The result is not one that the platform would pass on."""


class ResultTooLarge(ResultError):
    """The result, as the platform will serialise it, has ``size`` bytes, over ``limit``."""

    def __init__(self, size: int, limit: int, body: int) -> None:
        super().__init__(size, limit, body)
        self.size = size
        self.limit = limit
        self.body = body

    def __str__(self) -> str:
        return (
            f"the result has {self.size} bytes (its body {self.body} before encoding), "
            f"the limit of this format is {self.limit}: send less, or a link to a file store"
        )


class RefusedResult(ResultError):
    """The real gateway would not pass this result on to the client."""


class PlatformError(BridgeError):
    """An API of the platform cannot be used, so that the process has to end."""


class ConnectionFailed(BridgeError):
    """Something about a WebSocket connection whose gateway calls the function for each message."""


class UnknownConnection(ConnectionFailed):
    """An event is of a connection whose handshake nobody remembers."""


class ConnectionGone(ConnectionFailed, OSError):
    """The client of a connection has gone: what ``send`` raises, as the spec wants (WebSocket 2.4)."""


class StoreFailed(ConnectionFailed):
    """The store of connections did not do what it was asked for."""


class PushFailed(ConnectionFailed):
    """The gateway has not taken a message or a close for a client."""
