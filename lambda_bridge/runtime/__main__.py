"""``python -m lambda_bridge.runtime MODULE:APP``: find the app, start it, and serve until the platform ends the process."""

from __future__ import annotations

import os
import sys

from lambda_bridge.errors import ConfigurationError, PlatformError
from lambda_bridge.log import log_error
from lambda_bridge.runtime.api import RuntimeApi, register_extension
from lambda_bridge.runtime.loop import remember_nothing, serve, serve_many

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lambda_bridge.handler import Handler
    from lambda_bridge.runtime.connection import Connection
    from lambda_bridge.runtime.loop import Remember


def main(arguments: Iterable[str] = ()) -> None:
    """The command: never returns."""
    # What is written goes to a pipe, and would be lost when the sandbox is frozen or killed.
    sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(run(list(arguments or sys.argv[1:])))


def run(arguments: list[str], environ: Mapping[str, str] = os.environ) -> int:
    """Serve until the platform ends the process; the exit status where something else does."""
    remember: Remember = remember_nothing
    if environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON":
        from lambda_bridge.runtime.json_log import remember, set_up

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
                serve_many(handler, address, limit, remember)
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
    from lambda_bridge.apps import import_app
    from lambda_bridge.attributes import as_handler

    root = os.environ.get("LAMBDA_TASK_ROOT")
    if root and root not in sys.path:
        sys.path.insert(0, root)
    return as_handler(import_app(name), {})


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


if __name__ == "__main__":
    main()
