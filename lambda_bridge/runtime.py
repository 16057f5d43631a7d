"""A runtime of AWS Lambda of our own: ``python -m lambda_bridge.runtime module:app``.

It calls the same handler as the managed Python runtime would, and can do what that cannot: send a
response on in parts, and serve several calls at once in one process. It is started by

- the file ``bootstrap`` of an OS-only runtime, or the command of a container image, as above;
- a wrapper script in a managed runtime, ``exec "$1" -m lambda_bridge.runtime "$@"``, which the
  variable AWS_LAMBDA_EXEC_WRAPPER names: then the arguments are the command that Lambda would have run,
  interpreter first (docs.aws.amazon.com/lambda/latest/dg/runtimes-modify.html, read in 2026-11).

Without ``module:app`` the function's own setting is taken, the variable _HANDLER. The app may be a
handler of make_handler already; else the options come from the environment.
"""

from __future__ import annotations

import os
import sys
from json import JSONEncoder, loads

from lambda_bridge.errors import BridgeError, ConfigurationError, MalformedEvent, PlatformError
from lambda_bridge.log import log_error
from lambda_bridge.runtime_api import RuntimeApi, register_extension
from lambda_bridge.runtime_context import Context
from lambda_bridge.runtime_http import MAX_ANSWER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, NoReturn

    from lambda_bridge.handler import Handler
    from lambda_bridge.runtime_api import Invocation
    from lambda_bridge.runtime_http import Connection
    from lambda_bridge.runtime_stream import Stream

    # What is told of each call: its context, and whether it is the only one of its time.
    Remember = Callable[[Context, bool], None]


def run(arguments: list[str], environ: Mapping[str, str] = os.environ) -> int:
    """Serve until the platform ends the process; the exit status where something else does."""
    remember: Remember = _nothing
    if environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON":
        from lambda_bridge.runtime_log import remember, set_up

        set_up(environ)
    address = environ.get("AWS_LAMBDA_RUNTIME_API")
    if not address:
        log_error("AWS_LAMBDA_RUNTIME_API is not set: this runs inside of AWS Lambda, or under aws-lambda-rie")
        return 1
    try:
        api = RuntimeApi(address)
    except ConfigurationError as error:
        log_error(str(error))
        return 1
    extension = None
    try:
        try:
            limit = _read_concurrency(environ)
            handler = _load(find_app(arguments, environ))
            extension = _register(handler, address, environ)
            handler.start()
        except (Exception, SystemExit) as error:
            log_error("the function cannot be started", error)
            api.fail_init(error)
            return 1
        status = _become_snapshot(api) if environ.get(_KIND) == "snap-start" else 0
        if not status:
            if limit > 1:
                _serve_many(handler, address, limit, remember)
            serve(handler, api, remember=remember)
        return status
    except PlatformError as error:
        log_error(str(error))
        return 1
    finally:
        api.close()
        if extension is not None:
            extension.close()


_KIND = "AWS_LAMBDA_INITIALIZATION_TYPE"


# --- before the first event


def find_app(arguments: list[str], environ: Mapping[str, str]) -> str:
    """``"module:attribute"``, from the arguments or the function's setting; raises ConfigurationError."""
    if len(arguments) == 1 and "/" not in arguments[0]:
        return arguments[0]
    # Others are the command of the managed runtime, which a wrapper script hands over.
    setting = environ.get("_HANDLER", "")
    if ":" in setting:
        return setting
    module, _, attribute = setting.rpartition(".")
    if not module:
        raise ConfigurationError(f"_HANDLER={setting!r} names no app: use module:app, or module.app")
    return f"{module.replace('/', '.')}:{attribute}"


def _load(name: str) -> Handler:
    from lambda_bridge import make_handler
    from lambda_bridge.apps import import_app

    root = os.environ.get("LAMBDA_TASK_ROOT")
    if root and root not in sys.path:
        sys.path.insert(0, root)
    app = import_app(name)
    handler: Handler = app if hasattr(app, "line") else make_handler(app)
    return handler


def _read_concurrency(environ: Mapping[str, str]) -> int:
    """How many calls may run at once; more than one on Lambda Managed Instances only."""
    setting = environ.get("AWS_LAMBDA_MAX_CONCURRENCY") or "1"
    if not (setting.isascii() and setting.isdigit()) or int(setting) < 1:
        raise ConfigurationError(f"AWS_LAMBDA_MAX_CONCURRENCY={setting!r} is not usable: use a whole number from 1")
    return int(setting)


def _register(handler: Handler, address: str, environ: Mapping[str, str]) -> Connection | None:
    """Ask for SIGTERM, where there is a lifespan that it would end and the platform allows it."""
    has_end = handler.interface == "asgi" and handler.line.options.lifespan != "off"
    # Managed Instances know no internal extensions (lambda-managed-instances' page, read in 2026-11).
    if has_end and environ.get(_KIND) != "lambda-managed-instances":
        return register_extension(address)
    return None


def _become_snapshot(api: RuntimeApi) -> int:
    """Run the hooks of SnapStart around the snapshot; the exit status where one fails, as awslambdaric's (4.2.2)."""
    # Hooks are registered in this module, which is the platform's: without it there are none.
    hooks = sys.modules.get("snapshot_restore_py")
    try:
        registered = hooks.get_before_snapshot() if hooks else []
        while registered:
            function, args, keywords = registered.pop()
            function(*args, **keywords)
    except (Exception, SystemExit) as error:
        log_error("a hook before the snapshot has failed", error)
        api.fail_init(error, "Runtime.BeforeSnapshotError")
        return 64
    api.wait_for_restore()
    try:
        for function, args, keywords in hooks.get_after_restore() if hooks else []:
            function(*args, **keywords)
    except (Exception, SystemExit) as error:
        log_error("a hook after the restore has failed", error)
        api.fail_restore(error)
        return 65
    return 0


# --- the loop


def _nothing(context: Context, alone: bool) -> None:
    """Where log lines do not name the call that they belong to."""


def serve(handler: Handler, api: RuntimeApi, *, alone: bool = True, remember: Remember = _nothing) -> NoReturn:
    """Answer one event after the other; *alone*: no other thread does. Raises PlatformError."""
    while True:
        _answer(handler, api, api.next(), alone, remember)


def _serve_many(handler: Handler, address: str, limit: int, remember: Remember) -> NoReturn:
    """The same in *limit* threads, of which each has a connection of its own; an ASGI app's loop is one for all."""
    import threading
    from queue import SimpleQueue

    ended: SimpleQueue[BaseException] = SimpleQueue()

    def work() -> None:
        api = RuntimeApi(address)
        try:
            serve(handler, api, alone=False, remember=remember)
        except BaseException as error:  # the main thread raises it
            ended.put(error)
        finally:
            api.close()

    for _ in range(limit):
        threading.Thread(target=work, daemon=True).start()
    raise ended.get()


def _answer(handler: Handler, api: RuntimeApi, invocation: Invocation, alone: bool, remember: Remember) -> None:
    if alone:
        _tell_trace(invocation.headers.get("lambda-runtime-trace-id"))
    # Of several calls one must not end the process under the others.
    caught: Any = Exception if alone else (Exception, SystemExit)
    try:
        context = _read_context(invocation)
        remember(context, alone)
        event = _read_event(invocation)
        stream = _open_stream(handler, event, context, alone)
        result = _encode(handler(event, context)) if stream is None else b""
    except caught as error:
        # Of our own errors the sentence says all; of the app's, the traceback does.
        is_ours = isinstance(error, BridgeError)
        log_error(str(error) if is_ours else "the invocation has failed", None if is_ours else error)
        api.fail(invocation, error)
        return
    if stream is None:
        api.respond(invocation, result)
    else:
        stream.send(api.begin_stream(invocation, stream.prelude), caught)


def _open_stream(handler: Handler, event: Any, context: Context, alone: bool) -> Stream | None:
    if not handler.line.options.stream:
        return None
    from lambda_bridge.runtime_stream import open_stream

    return open_stream(handler.line, event, context, alone)


def _tell_trace(trace: str | None) -> None:
    # Where the X-Ray SDK looks for it.
    if trace is not None:
        os.environ["_X_AMZN_TRACE_ID"] = trace
    else:
        os.environ.pop("_X_AMZN_TRACE_ID", None)


def _read_context(invocation: Invocation) -> Context:
    try:
        return Context(invocation.headers)
    except ValueError:
        raise MalformedEvent("a header about the caller, client context or identity, is no JSON object") from None


def _read_event(invocation: Invocation) -> Any:
    if invocation.body is None:
        raise MalformedEvent(f"the event has more than {MAX_ANSWER} bytes", 413)
    media = invocation.headers.get("content-type", "application/json")
    if media.partition(";")[0].strip().lower() != "application/json":
        return bytes(invocation.body)
    try:
        return loads(invocation.body)
    except (ValueError, RecursionError) as error:
        # Of the error, only its kind: its text may quote the event.
        raise MalformedEvent(f"the event is no JSON that can be read ({type(error).__name__})") from None


def _default(value: Any) -> Any:
    # DynamoDB's numbers, which awslambdaric takes too.
    if type(value).__name__ == "Decimal":
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"the result is no JSON: it holds a {type(value).__name__}")


_dumps = JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_default).encode


def _encode(result: Any) -> bytes:
    # Half of a surrogate pair has no bytes in UTF-8, and an escape in JSON.
    return _dumps(result).encode("utf-8", "backslashreplace")


def main(arguments: Iterable[str] = ()) -> None:
    """The command: never returns."""
    # What is written goes to a pipe, and would be lost when the sandbox is frozen or killed.
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(run(list(arguments or sys.argv[1:])))


if __name__ == "__main__":
    main()
