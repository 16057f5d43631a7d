"""A client of AWS Lambda's Runtime API: next, response, error, init error, and what SnapStart has beside them.

Paths, headers and statuses: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html and awslambdaric
4.2.2, read in 2026-11.
"""

from __future__ import annotations

from json import dumps
from time import sleep

from lambda_bridge.errors import ConfigurationError, PlatformError
from lambda_bridge.log import log_warning
from lambda_bridge.runtime.connection import Connection
from lambda_bridge.streaming import CONTENT_TYPE, END, TRAILERS, make_chunk, make_failed_end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from lambda_bridge.runtime.connection import Answer

_BASE = "/2018-06-01/runtime"
_EXTENSION = "/2020-01-01/extension"

# Seconds before each further attempt to get an event from an API that fails or cannot be reached.
_DELAYS = (0.1, 0.2, 0.4, 0.8, 1.6)
# Seconds to wait for the answer to a stream. Not verified: that there is one before the connection is closed.
_LAST_ANSWER = 5.0
_JSON = "Content-Type: application/json\r\n"


class Invocation:
    """One event: ``id``, ``body`` (None where it is over the limit), and the ``headers`` that came with it."""

    __slots__ = ("body", "headers", "id")

    def __init__(self, answer: Answer) -> None:
        self.headers = answer.headers
        self.id = answer.headers["lambda-runtime-aws-request-id"]
        self.body = answer.body


class RuntimeApi:
    """The Runtime API at *address*, ``host:port``, for one thread."""

    def __init__(self, address: str, sleep: Callable[[float], Any] = sleep) -> None:
        self.address = address
        self._connection = Connection(address)
        self._sleep = sleep

    def next(self) -> Invocation:
        """Waits for the next event, as long as it takes; raises PlatformError when the API cannot be used."""
        problem = self._try_next()
        for delay in _DELAYS:
            if isinstance(problem, Invocation):
                return problem
            self._sleep(delay)
            problem = self._try_next()
        if isinstance(problem, Invocation):
            return problem
        raise PlatformError(f"the Runtime API at {self.address} {problem}, {1 + len(_DELAYS)} times in a row")

    def _try_next(self) -> Invocation | str:
        try:
            answer = self._connection.ask("GET", f"{_BASE}/invocation/next")
        except OSError as error:
            return f"cannot be asked for an event: {error}"
        if answer.status == 200 and answer.headers.get("lambda-runtime-aws-request-id"):
            return Invocation(answer)
        if 400 <= answer.status < 500:
            # To ask again for what is refused would change nothing.
            raise PlatformError(f"the Runtime API at {self.address} refuses to give an event: {answer}")
        return f"gives no event: {answer}"

    def respond(self, invocation: Invocation, result: bytes) -> None:
        """Send the *result*, JSON."""
        self._post(f"/invocation/{invocation.id}/response", _JSON + _about(invocation), result)

    def fail(self, invocation: Invocation, error: BaseException) -> None:
        """The invocation has failed."""
        error_type, told = describe(error, type(error).__name__, invocation.id)
        self._post(f"/invocation/{invocation.id}/error", _JSON + _about(invocation) + _error_field(error_type), told)

    def fail_init(self, error: BaseException, error_type: str | None = None) -> None:
        """There is no function that events could be handed to; the process must end then."""
        error_type, told = describe(error, error_type or _type_at_init(error))
        self._post("/init/error", _JSON + _error_field(error_type), told)

    def wait_for_restore(self) -> None:
        """SnapStart: returns in each copy of the process that the snapshot becomes; raises PlatformError."""
        try:
            answer = self._connection.ask("GET", f"{_BASE}/restore/next")
        except OSError as error:
            raise PlatformError(f"the Runtime API at {self.address} cannot be waited for: {error}") from error
        if answer.status != 200:
            raise PlatformError(f"the Runtime API at {self.address} restores nothing: {answer}")

    def fail_restore(self, error: BaseException) -> None:
        """SnapStart: a hook after the restore has failed."""
        error_type, told = describe(error, "Runtime.AfterRestoreError")
        self._post("/restore/error", _JSON + _error_field(error_type), told)

    def begin_stream(self, invocation: Invocation, prelude: bytes) -> Upload:
        """The response in parts."""
        fields = (
            f"Content-Type: {CONTENT_TYPE}\r\n{_about(invocation)}"
            "Lambda-Runtime-Function-Response-Mode: streaming\r\n"
            f"Transfer-Encoding: chunked\r\nTrailer: {', '.join(TRAILERS)}\r\n"
        )
        head = self._connection.head("POST", f"{_BASE}/invocation/{invocation.id}/response", fields)
        if self._connection.has_answered():
            # The kept connection has been closed. Later this could not be mended: parts cannot be made twice.
            self._connection.close()
        return Upload(self._connection, head + make_chunk(prelude), invocation.id)

    def close(self) -> None:
        """The next request would open another connection."""
        self._connection.close()

    def _post(self, path: str, fields: str, body: bytes) -> None:
        # Without an answer, there is nobody left to be told but the log.
        try:
            answer = self._connection.ask("POST", _BASE + path, fields, body)
        except OSError as error:
            log_warning(f"the Runtime API at {self.address} has not taken {path}: {error}")
            return
        if answer.status != 202:
            log_warning(f"the Runtime API at {self.address} has not taken {path}: {answer}")


def _about(invocation: Invocation) -> str:
    # Which attempt of the request this answers: the API wants it back (awslambdaric 4.2.2).
    attempt = invocation.headers.get("lambda-runtime-invocation-id")
    return f"Lambda-Runtime-Invocation-Id: {attempt}\r\n" if attempt else ""


def describe(error: BaseException, error_type: str, request_id: str = "") -> tuple[str, bytes]:
    """(type, JSON) of *error*, with the keys that awslambdaric has; the type is fit for a header."""
    import traceback

    # A class may be called anything.
    error_type = ascii(error_type)[1:-1]
    told = {
        "errorMessage": str(error),
        "errorType": error_type,
        "requestId": request_id,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }
    return error_type, dumps(told).encode("ascii")


# awslambdaric's names, where it has one.
_TYPES = ((ImportError, "Runtime.ImportModuleError"), (SyntaxError, "Runtime.UserCodeSyntaxError"),
          (AttributeError, "Runtime.HandlerNotFound"))  # fmt: skip


def _type_at_init(error: BaseException) -> str:
    # import_app says why there is no such app; an AttributeError of the app's own is another thing.
    is_ours = isinstance(error, ConfigurationError)
    cause = (error.__cause__ or error) if is_ours else error
    kinds = _TYPES if is_ours else _TYPES[:2]
    return next((name for kind, name in kinds if isinstance(cause, kind)), type(error).__name__)


def _error_field(error_type: str) -> str:
    return f"Lambda-Runtime-Function-Error-Type: {error_type}\r\n"


class Upload:
    """A streamed response on its way; ``is_open`` until somebody at its other end has gone, or it has ended."""

    def __init__(self, connection: Connection, head: bytes, request_id: str) -> None:
        self._connection = connection
        self._request_id = request_id
        # Sent with the first part of the body, which is there already.
        self._head = head
        self.is_open = True

    def send(self, part: bytes) -> None:
        """Returns when the API has taken all but what the socket buffers: so whoever makes the parts waits too."""
        if not self._head and self._connection.has_answered():
            self._give_up("")
            return
        try:
            self._connection.send(self._head + make_chunk(part))
        except OSError as error:
            self._give_up(str(error))
        self._head = b""

    def end(self, error: BaseException | None = None) -> None:
        """The response is complete, or because of *error* has no good end."""
        end = END if error is None else make_failed_end(*describe(error, type(error).__name__, self._request_id))
        try:
            self._connection.send(self._head + end)
            self._connection.wait_at_most(_LAST_ANSWER)
            answer = self._connection.read()
            if answer.status != 202:
                log_warning(f"the Runtime API has not taken all of a streamed response: {answer}")
        except OSError:
            pass  # closed without an answer
        finally:
            # "Close the underlying connection after it has successfully written the response."
            self.is_open = False
            self._connection.close()

    def _give_up(self, reason: str) -> None:
        try:
            self._connection.wait_at_most(_LAST_ANSWER)
            reason = str(self._connection.read())
        except OSError:
            reason = reason or "it has closed the connection"
        log_warning(f"the Runtime API wants no more of a streamed response: {reason}")
        self.is_open = False
        self._connection.close()


def register_extension(address: str) -> Connection | None:
    """Have Lambda send SIGTERM before it ends the process, by an extension that does nothing; None where it may not.

    Without extensions the runtime is killed without a word. Extensions are registered before the first
    event only, and the environment is ready when each has asked for its own next event. What was
    registered without events gets none: so the request is left without an answer, on a connection
    that must be kept (docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html, read in 2026-11).
    """
    connection = Connection(address)
    name = "Lambda-Extension-Name: lambda-bridge\r\n"
    try:
        connection.send(connection.head("POST", f"{_EXTENSION}/register", f"{_JSON}{name}Content-Length: 13\r\n"))
        connection.wait_at_most(_LAST_ANSWER)
        connection.send(b'{"events":[]}')
        answer = connection.read()
        identifier = answer.headers.get("lambda-extension-identifier")
        if answer.status == 200 and identifier:
            fields = f"Lambda-Extension-Identifier: {identifier}\r\n"
            connection.wait_at_most(None)
            connection.send(connection.head("GET", f"{_EXTENSION}/event/next", fields))
            return connection
    except OSError:
        pass
    connection.close()
    return None
