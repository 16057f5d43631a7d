"""How to call an application: one module for each interface, and the table that chooses.

A runner has ``run(request, origin, seconds, streams)``, which gives the Response: *origin* is
(name of the format, event, context), which the app finds in its environ or scope beside the
request, *seconds* how long it may take (None: as long as it wants), *streams* whether the body may
come in ``chunks``, while the app still runs.
``aio`` is the same inside a running event loop. ``start()`` starts the app up before its first run;
``close()`` ends what it has started, and the next run starts it again.

Hosts that speak ASGI have three more wishes: ``startup`` and ``shutdown`` are awaited in their loop
at its beginning and end, ``websocket`` for each connection.
"""

from __future__ import annotations

import gc
from functools import partial
from importlib import import_module

from lambda_bridge.errors import ConfigurationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from lambda_bridge.messages import Request, Response

    # (name of the format, event, context)
    Origin = tuple[str, Any, Any]

    class Runner(Protocol):
        """What `make_runner` gives."""

        interface: str
        """The key of `INTERFACES`."""

        def run(self, request: Request, origin: Origin, seconds: float | None, streams: bool = False) -> Response: ...

        async def aio(
            self, request: Request, origin: Origin, seconds: float | None, streams: bool = False
        ) -> Response: ...

        def start(self) -> None:
            """Raises StartupFailed when the app says so."""

        def close(self) -> None: ...

        async def startup(self) -> None:
            """Raises StartupFailed when the app says so."""

        async def shutdown(self) -> None: ...

        async def websocket(self, scope: dict[str, Any], receive: Any, send: Any) -> None: ...


# Interface -> the module that speaks it; only the one that is needed is imported.
INTERFACES = {
    "wsgi": "lambda_bridge.apps.wsgi",
    "asgi": "lambda_bridge.apps.asgi",
}


def make_runner(app: Any, interface: str, lifespan: str) -> Runner:
    """The runner for *app*, which may be ``"module:attribute"``; raises ConfigurationError."""
    if isinstance(app, str):
        app = import_app(app)
    if not callable(app):
        raise ConfigurationError(f"{app!r} is not an app: WSGI and ASGI apps are callables")
    if interface == "auto":
        interface = find_interface(app)
    runner: Runner = import_module(INTERFACES[interface]).make_runner(app, lifespan)
    return runner


def import_app(name: str) -> Any:
    """The object that ``"module:attribute"`` names; errors of the module itself pass through."""
    module_name, colon, attribute = name.partition(":")
    if not colon or not module_name or not attribute:
        raise ConfigurationError(f'{name!r} names no app: use "module:attribute", such as "myapp:app"')
    # What an import makes stays: the searches for garbage in it are 6 to 9 % of an import of Flask or FastAPI (gc.callbacks).
    collects = gc.isenabled()
    gc.disable()
    try:
        found: Any = import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not (module_name + ".").startswith(error.name + "."):
            raise
        raise ConfigurationError(f"{name!r}: there is no module {error.name!r} on sys.path") from error
    finally:
        if collects:
            gc.enable()
    try:
        for part in attribute.split("."):
            found = getattr(found, part)
    except AttributeError as error:
        raise ConfigurationError(f"{name!r}: the module {module_name!r} has no attribute {attribute!r}") from error
    return found


_CO_VARARGS = 0x04
_CO_COROUTINE = 0x80


def find_interface(app: Any) -> str:
    """``"wsgi"`` or ``"asgi"``, by how *app* is called; raises ConfigurationError when that is not plain."""
    function, taken = _function_of(app)
    if function is not None:
        if function.__code__.co_flags & _CO_COROUTINE:
            return "asgi"
        takes = _required(function) - taken
        if takes in _BY_ARGUMENTS and not function.__code__.co_flags & _CO_VARARGS:
            return _BY_ARGUMENTS[takes]
    raise ConfigurationError(
        f"cannot tell whether {app!r} is a WSGI or an ASGI app: say interface='wsgi' or interface='asgi'"
    )


# (environ, start_response); (scope, receive, send); and ASGI 2's (scope), which gives a callable.
_BY_ARGUMENTS = {2: "wsgi", 3: "asgi", 1: "asgi"}


def is_asgi_2(app: Any) -> bool:
    """Whether *app* takes the scope alone."""
    function, taken = _function_of(app)
    return (
        function is not None
        and not function.__code__.co_flags & (_CO_COROUTINE | _CO_VARARGS)
        and _required(function) - taken == 1
    )


def _required(function: Any) -> int:
    return int(function.__code__.co_argcount) - len(function.__defaults__ or ())


def _function_of(app: Any) -> tuple[Any, int]:
    """(the Python function that runs when *app* is called, how many of its arguments are given already).

    None for what is not written in Python. The module inspect could tell as well, but would cost
    more than all the rest of a cold start.
    """
    taken = 0
    for _ in range(20):  # wrappers within wrappers, but no endless circle
        if isinstance(app, partial):
            taken += len(app.args)
            app = app.func
        elif hasattr(app, "__wrapped__") and not isinstance(app, type):
            app = app.__wrapped__
        elif hasattr(app, "__func__"):
            taken += 1
            app = app.__func__
        elif hasattr(app, "__code__"):
            return app, taken
        elif isinstance(app, type):
            taken += 1
            app = app.__init__  # type: ignore[misc]  # of this class, not of a subclass
        else:
            app = app.__call__
    return None, 0
