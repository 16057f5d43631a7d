"""One module per runtime: how it is started, and where its door is."""

from __future__ import annotations

from contextlib import AbstractContextManager
from importlib import import_module
from typing import TYPE_CHECKING, Callable, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.real.doors import Door
    from tests.real.events import EventCase, Send
    from tests.real.sockets import SocketDoor
    from tests.real.stage import Stage

MODULES = (
    "aws",
    "azure",
    "fn",
    "gcp",
    "knative",
    "offline",
    "openlambda",
    "openwhisk",
    "packages",
    "runtime",
    "scaleway",
    "vercel",
    "web",
)

# The forms of the app.
WSGI = ("flask_app", "django_app")
ASGI = ("fastapi_app", "asgi_app")
# The form that has not the battery's answers: it is examples/fastapi_app, for platforms that stream.
EXAMPLE = "guestbook_app"


class Platform(NamedTuple):
    """A way into a runtime, through which the whole battery goes."""

    name: str
    runtime: str
    """A row of `venvs.RUNTIMES`."""
    format: str
    """What the handler must take its events for."""
    open: Callable[[Stage], AbstractContextManager[Door]]
    """Starts the runtime with the stage's app; ready when it is entered."""
    at_once: int = 8
    """How many requests it is sent at the same time; 1 where the platform sends one after another."""
    own: tuple[Callable[[Stage], list[str]], ...] = ()
    """Checks of this platform only, each on a stage of its own; they give what is wrong."""
    apps: tuple[str, ...] = (*WSGI, *ASGI, EXAMPLE)
    """The forms of the app that it can serve; the example, only where it streams too."""


class Triggers(NamedTuple):
    """A way into a runtime for events that are not HTTP."""

    name: str
    runtime: str
    """A row of `venvs.RUNTIMES`."""
    cases: Sequence[EventCase]
    open: Callable[[Stage], AbstractContextManager[Send]]
    """Starts the runtime with the stage's app; gives what sends one event to it, and tells what the platform hears."""
    own: tuple[Callable[[Stage], list[str]], ...] = ()
    """Checks of this platform only, as `Platform.own`."""
    apps: tuple[str, ...] = (*WSGI, *ASGI)
    """As `Platform.apps`."""


class Sockets(NamedTuple):
    """A gateway of WebSockets in front of the handler, through which `sockets.CASES` go."""

    name: str
    runtime: str
    """A row of `venvs.RUNTIMES`."""
    open: Callable[[Stage], AbstractContextManager[SocketDoor]]
    """Starts the gateway with the stage's app; ready when it is entered."""
    own: tuple[Callable[[Stage], list[str]], ...] = ()
    """Checks of this gateway only, as `Platform.own`."""
    apps: tuple[str, ...] = ASGI
    """As `Platform.apps`."""


def platforms() -> list[Platform]:
    return [platform for name in MODULES for platform in import_module(f"tests.real.drivers.{name}").PLATFORMS]


def triggers() -> list[Triggers]:
    return [each for name in MODULES for each in getattr(import_module(f"tests.real.drivers.{name}"), "TRIGGERS", ())]


def sockets() -> list[Sockets]:
    return [each for name in MODULES for each in getattr(import_module(f"tests.real.drivers.{name}"), "SOCKETS", ())]
