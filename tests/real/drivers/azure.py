"""Azure Functions: the Python runtime of both programming models, and with HTTP streams.

The .NET host is not to be had; its part is in `hosts/azure_host.py`, which says what that is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.real import battery, events
from tests.real.doors import Door, HttpDoor, Question
from tests.real.drivers import Platform, Triggers
from tests.real.events import Send, Told, azure
from tests.real.stage import HERE, Stage, free_port

_SECOND_MODEL = """\
from apps.{app} import app as web_app

from lambda_bridge.azure import function_app

app = function_app(web_app, events="/events")
"""
_TRIGGERS = """\
from apps.{app} import app as web_app

from lambda_bridge import make_handler
from lambda_bridge.azure import function_app

handler = make_handler(web_app, base_path="/api", events="/events")
app = function_app(handler)
many = dict(connection="some", cardinality="many")
triggers = {{
    "queue": app.queue_trigger(arg_name="req", queue_name="orders", connection="some"),
    "timer": app.timer_trigger(arg_name="req", schedule="0 0 3 * * *"),
    "blob": app.blob_trigger(arg_name="req", path="pictures/{{name}}", connection="some"),
    "grid": app.event_grid_trigger(arg_name="req"),
    "hub": app.event_hub_message_trigger(arg_name="req", event_hub_name="clicks", **many),
    "hub_one": app.event_hub_message_trigger(arg_name="req", event_hub_name="clicks", connection="some"),
    "bus": app.service_bus_queue_trigger(arg_name="req", queue_name="orders", connection="some"),
    "bus_many": app.service_bus_queue_trigger(arg_name="req", queue_name="orders", **many),
}}
for name, trigger in triggers.items():
    app.function_name(name)(trigger(handler))


@app.queue_trigger(arg_name="req", queue_name="later", connection="some")
async def queue_on_loop(req, context):
    await handler.aio(req, context)
"""
# To import the extension anywhere in the app turns the streams on.
_STREAMING = "import azurefunctions.extensions.http.fastapi\n" + _SECOND_MODEL
# No route would mean the function's name; no methods mean every method.
_FUNCTION_JSON = {
    "scriptFile": "__init__.py",
    "entryPoint": "handler",
    "bindings": [
        {"type": "httpTrigger", "direction": "in", "name": "req", "route": "{*rest}", "authLevel": "anonymous"},
        {"type": "http", "direction": "out", "name": "$return"},
    ],
}


def _serve(stage: Stage, model: str, **settings: str) -> HttpDoor:
    (stage.folder / "host.json").write_text(json.dumps({"version": "2.0"}))
    port = free_port()
    command = [stage.python, HERE / "hosts" / "azure_host.py", model, str(port)]
    environment = stage.environment(
        AzureWebJobsScriptRoot=str(stage.folder), FUNCTIONS_WORKER_RUNTIME="python", **settings
    )
    stage.wait_for(stage.start(command, environment), port)
    # host.json does not say otherwise.
    return HttpDoor(port, "/api")


@contextmanager
def _open_second_model(stage: Stage) -> Iterator[Door]:
    stage.write("function_app.py", function=_SECOND_MODEL)
    yield _serve(stage, "v2")


@contextmanager
def _open_streams(stage: Stage) -> Iterator[Door]:
    stage.write("function_app.py", function=_STREAMING)
    yield _serve(stage, "v2")


@contextmanager
def _open_first_model(stage: Stage) -> Iterator[Door]:
    stage.write("web/__init__.py")
    (stage.folder / "web" / "function.json").write_text(json.dumps(_FUNCTION_JSON))
    # In this model nothing tells the function what the prefix is.
    yield _serve(stage, "v1", LAMBDA_BRIDGE_BASE_PATH="/api")


def _open_triggers(stage: Stage) -> tuple[HttpDoor, Send]:
    stage.write("function_app.py", function=_TRIGGERS)
    door = _serve(stage, "v2")

    def send(event: tuple[str, Any, Any]) -> Told:
        name, data, metadata = event
        body = json.dumps({"data": data, "metadata": metadata}).encode()
        answer = HttpDoor(door.port).ask(Question("POST", f"/__invoke/{name}", (), body), lambda: None)
        if answer.status != 200:
            raise RuntimeError(f"status {answer.status}: {answer.body[:1000]!r}")
        return Told(has_failed=json.loads(answer.body)["failure"] is not None)

    return door, send


@contextmanager
def _open_events(stage: Stage) -> Iterator[Send]:
    _, send = _open_triggers(stage)
    yield send


def serves_requests_between_events(stage: Stage) -> list[str]:
    """HTTP on the worker's loop and events in its threads are served by one app, which has started once."""
    door, send = _open_triggers(stage)
    found = []
    for _ in range(2):
        found += events.problems(azure.CASES[0], stage, send)
        answer = door.ask(Question("GET", "/echo"), lambda: None)
        found += battery.problems(answer, battery.Want(seen={"format": "azure", "starts": 1}), door.mount)
    return found


PLATFORMS = (
    Platform("azure-v2", "azure", "azure", _open_second_model),
    Platform("azure-v1", "azure", "azure", _open_first_model),
    Platform("azure-stream", "azure-stream", "azure_stream", _open_streams),
)
TRIGGERS = (Triggers("azure-events", "azure", azure.CASES, _open_events, own=(serves_requests_between_events,)),)
