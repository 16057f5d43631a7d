"""Scaleway: its own package for running a function on one's machine, which is not the cloud's own program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.real.doors import Door, HttpDoor
from tests.real.drivers import Platform
from tests.real.stage import Stage, free_port

_MORE = """
if __name__ == "__main__":
    import sys

    from scaleway_functions_python import local

    local.serve_handler(handler, host="127.0.0.1", port=int(sys.argv[1]), debug=False)
"""


@contextmanager
def _open(stage: Stage) -> Iterator[Door]:
    stage.write("handler.py", _MORE)
    port = free_port()
    stage.wait_for(stage.start([stage.python, "handler.py", str(port)]), port)
    yield HttpDoor(port)


PLATFORMS = (Platform("scaleway", "scaleway", "scaleway", _open),)
