"""OpenWhisk: the launcher's protocol in a loop of the tests' own (`hosts/openwhisk_loop.py`), as no package has it.

So this shows less than the others: that a process like the launcher can run the handler, and that
its results go through JSON. What the controller does with them is the format's read_result.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.real.doors import Door, EventDoor
from tests.real.drivers import Platform
from tests.real.stage import LineProcess, Stage


@contextmanager
def _open(stage: Stage) -> Iterator[Door]:
    stage.write("exec__.py", "\nmain = handler\n")
    process = LineProcess(stage, "openwhisk_loop.py", stage.environment(), "exec__", "main")

    def invoke(event: Any) -> Any:
        return process.ask(
            {
                "value": event,
                "namespace": "guest",
                "action_name": "/guest/some-action",
                "activation_id": "0123456789abcdef0123456789abcdef",
                "deadline": str(int(time.time() * 1000) + 60_000),
            }
        )

    yield EventDoor("openwhisk", invoke)


PLATFORMS = (Platform("openwhisk", "openwhisk", "openwhisk", _open, at_once=1),)
