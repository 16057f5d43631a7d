"""OpenLambda: its Python runtime gives a WSGI app to tornado's WSGIContainer (min-image/runtimes/python/server.py of
open-lambda/open-lambda, f1ff216)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.real.doors import Door, HttpDoor
from tests.real.drivers import Platform
from tests.real.stage import HERE, Stage, free_port


@contextmanager
def _open(stage: Stage) -> Iterator[Door]:
    stage.write("f.py", "\napp = handler.wsgi\n")
    port = free_port()
    stage.wait_for(stage.start([stage.python, HERE / "hosts" / "openlambda_host.py", str(port)]), port)
    yield HttpDoor(port)


PLATFORMS = (Platform("openlambda", "openlambda", "wsgi", _open),)
