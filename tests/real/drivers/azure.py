"""Azure Functions: the Python runtime of both programming models, and with HTTP streams.

The .NET host is not to be had; its part is in `hosts/azure_host.py`, which says what that is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tests.real.doors import Door, HttpDoor
from tests.real.drivers import Platform
from tests.real.stage import HERE, Stage, free_port

_SECOND_MODEL = """\
from apps.{app} import app as web_app

from lambda_bridge.azure import function_app

app = function_app(web_app)
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


PLATFORMS = (
    Platform("azure-v2", "azure", "azure", _open_second_model),
    Platform("azure-v1", "azure", "azure", _open_first_model),
    Platform("azure-stream", "azure-stream", "azure_stream", _open_streams),
)
