"""Knative: func-python with its own server, once with a function `handle`, once with a factory `new`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.real import sockets
from tests.real.apps.said import GOODBYE
from tests.real.doors import Door, HttpDoor, Question
from tests.real.drivers import Platform
from tests.real.events import by_nature
from tests.real.stage import Stage, end, free_port

_HANDLE = "\nhandle = handler\n"
_NEW = """\
from apps.{app} import app as web_app

from lambda_bridge.knative import make_new

new = make_new(web_app, events="/events")
"""
_MAIN = """\
import func
from func_python.http import serve

serve(getattr(func, "new", None) or func.handle)
"""


def _serve(stage: Stage, **environment: str) -> HttpDoor:
    stage.write("main.py", function=_MAIN)
    port = free_port()
    # The default is every interface.
    process = stage.start(
        [stage.python, "main.py"], stage.environment(LISTEN_ADDRESS=f"127.0.0.1:{port}", **environment)
    )
    stage.wait_for(process, port)
    return HttpDoor(port)


@contextmanager
def _open_handle(stage: Stage) -> Iterator[Door]:
    stage.write("func.py", _HANDLE)
    yield _serve(stage)


@contextmanager
def _open_new(stage: Stage) -> Iterator[Door]:
    stage.write("func.py", function=_NEW)
    yield _serve(stage)


def answers_health_probes(stage: Stage) -> list[str]:
    """The wrapper's own two paths stay the wrapper's."""
    stage.write("func.py", _HANDLE)
    door = _serve(stage)
    statuses = [door.ask(Question("GET", f"/health/{name}"), lambda: None).status for name in ("liveness", "readiness")]
    return [] if statuses == [200, 200] else [f"200 twice expected, got {statuses}"]


def shuts_down_with_the_server(stage: Stage) -> list[str]:
    """The app's shutdown is reached, which a plain function never is."""
    stage.write("func.py", function=_NEW)
    _serve(stage)
    end(stage.processes[-1])
    has_lifespan = stage.app in ("fastapi_app", "asgi_app")
    return (
        [f"the log must show the app's shutdown: {stage.log()[-800:]}"]
        if has_lifespan and GOODBYE not in stage.log()
        else []
    )


def refuses_web_sockets(stage: Stage) -> list[str]:
    """The wrapper's own doing (func_python/http.py of 0.8.1: "only support ASGI/HTTP connections")."""
    stage.write("func.py", _HANDLE)
    return sockets.refused(_serve(stage).port)


def takes_events_by_nature(stage: Stage) -> list[str]:
    """What a broker sends reaches the route; other requests for it do not."""
    stage.write("func.py", function=_NEW)
    return by_nature.check(stage, _serve(stage, K_SERVICE="some-service"), "asgi")


PLATFORMS = (
    Platform("knative-handle", "knative", "asgi", _open_handle, own=(answers_health_probes, refuses_web_sockets)),
    Platform("knative-new", "knative", "asgi", _open_new, own=(shuts_down_with_the_server, takes_events_by_nature)),
)
