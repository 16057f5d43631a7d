"""`python -m lambda_bridge.web` with each server, as a platform starts it that wants a web server.

The platforms' proxies are not to be had: the requests are those of a client, so X-Forwarded-For counts where it does there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Callable

from tests.real import sockets
from tests.real.doors import Door, HttpDoor
from tests.real.drivers import ASGI, EXAMPLE, WSGI, Platform
from tests.real.events import by_nature
from tests.real.stage import free_port

if TYPE_CHECKING:
    from tests.real.stage import Stage

# What the user writes is no function, but the app.
_APP = "from apps.{app} import app\n"


def _serve(stage: Stage, server: str, variable: str, prefix: str = "", **more: str) -> HttpDoor:
    stage.write("function.py", function=_APP)
    port = free_port()
    command = [stage.python, "-m", "lambda_bridge.web", "function:app", "--server", server, "--host", "127.0.0.1"]
    environment = stage.environment(LAMBDA_BRIDGE_EVENTS="/events", **more, **{variable: str(port)})
    stage.wait_for(stage.start(command, environment), port)
    return HttpDoor(port, prefix)


@contextmanager
def _open(stage: Stage, server: str, variable: str, prefix: str = "") -> Iterator[Door]:
    yield _serve(stage, server, variable, prefix)


def takes_events_by_nature(stage: Stage) -> list[str]:
    """On Cloud Run, CloudEvents that are HTTP requests reach the route; other requests for it do not."""
    interface, server = ("asgi", "uvicorn") if stage.app in ASGI else ("wsgi", "gunicorn")
    return by_nature.check(stage, _serve(stage, server, "PORT", K_SERVICE="some-service"), interface)


def web_socket_is_the_apps(server: str, variable: str) -> Callable[[Stage], list[str]]:
    """The server's own, untouched."""

    def web_socket_is_native(stage: Stage) -> list[str]:
        return sockets.native(_serve(stage, server, variable).port)

    return web_socket_is_native


def _platform(server: str, variable: str, apps: tuple[str, ...], prefix: str = "") -> Platform:
    own: tuple[Callable[[Stage], list[str]], ...] = (
        (takes_events_by_nature,) if server in {"uvicorn", "gunicorn"} else ()
    )
    if apps != WSGI:
        own += (web_socket_is_the_apps(server, variable),)
    return Platform(
        f"web-{server}",
        "web",
        "wsgi" if apps == WSGI else "asgi",
        partial(_open, server=server, variable=variable, prefix=prefix),
        apps=apps,
        own=own,
    )


PLATFORMS = (
    # Alibaba Cloud, any container, Azure's custom handlers: of each the variable that tells the port.
    _platform("uvicorn", "FC_SERVER_PORT", (*ASGI, EXAMPLE)),
    _platform("hypercorn", "PORT", (*ASGI, EXAMPLE)),
    _platform("granian", "FUNCTIONS_CUSTOMHANDLER_PORT", (*ASGI, EXAMPLE), "/api"),
    _platform("gunicorn", "FUNCTIONS_CUSTOMHANDLER_PORT", WSGI, "/api"),
    _platform("waitress", "FC_CUSTOM_LISTEN_PORT", WSGI),
    _platform("werkzeug", "PORT", WSGI),
)
