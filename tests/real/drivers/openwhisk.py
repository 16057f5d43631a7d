"""OpenWhisk: the launcher's protocol in a loop of the tests' own (`hosts/openwhisk_loop.py`), as no package has it.

So this shows less than the others: that a process like the launcher can run the handler, and that
its results go through JSON. What the controller does with them is the format's read_result.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Callable

from tests.real.doors import Door, EventDoor
from tests.real.drivers import Platform, Triggers
from tests.real.events import Send, Told, direct
from tests.real.stage import LineProcess, Stage


def _start(stage: Stage) -> Callable[[Any], Any]:
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

    return invoke


@contextmanager
def _open(stage: Stage) -> Iterator[Door]:
    yield EventDoor("openwhisk", _start(stage))


@contextmanager
def _open_events(stage: Stage) -> Iterator[Send]:
    invoke = _start(stage)

    def send(event: Any) -> Told:
        result = invoke(event)
        # So the launcher tells of an exception.
        return Told(has_failed=True) if isinstance(result, dict) and "error" in result else Told(result=result)

    yield send


PLATFORMS = (Platform("openwhisk", "openwhisk", "openwhisk", _open, at_once=1),)
TRIGGERS = (
    Triggers(
        "openwhisk-events",
        "openwhisk",
        direct.cases("openwhisk.invoke", "org.apache.openwhisk.Invocation", {}),
        _open_events,
    ),
)
