"""What a failure becomes: an answer that tells the client nothing of it, or an invocation that fails.

Imported when something fails, and only then.
"""

from __future__ import annotations

from lambda_bridge.errors import (
    BridgeError,
    ConfigurationError,
    DeadlineExceeded,
    MalformedEvent,
    ResultTooLarge,
    StartupFailed,
)
from lambda_bridge.log import log_error
from lambda_bridge.messages import Response


def answer_failure(error: Exception, on_error: str) -> Response:
    """The answer to *error* of the app or of the event; raises it where that is asked for."""
    if on_error == "raise" or isinstance(error, (StartupFailed, ConfigurationError)):
        raise error
    if isinstance(error, MalformedEvent):
        log_error(str(error))
        return bare_answer(error.status)
    if isinstance(error, (DeadlineExceeded, ResultTooLarge)):
        log_error(str(error))
        return bare_answer(504 if isinstance(error, DeadlineExceeded) else 500)
    # Of our own errors the sentence says all; of the app's, the traceback does.
    log_error(str(error) if isinstance(error, BridgeError) else "the app failed", error)
    return bare_answer(500)


_PHRASES = {400: b"Bad Request", 404: b"Not Found", 413: b"Content Too Large", 500: b"Internal Server Error",
            504: b"Gateway Timeout"}  # fmt: skip


def bare_answer(status: int) -> Response:
    """An answer of our own: it tells nothing of what has happened."""
    return Response(status, [("content-type", "text/plain; charset=utf-8")], _PHRASES.get(status, b"Error"))


def as_malformed(name: str, error: Exception) -> MalformedEvent:
    """*error* of a format's read_event: whatever it stumbles over, the event is not as it should be."""
    if isinstance(error, MalformedEvent):
        return error
    # The exception's own text may quote the event.
    malformed = MalformedEvent(f"the event looks like {name} but cannot be read ({type(error).__name__})")
    malformed.__cause__ = error
    return malformed
