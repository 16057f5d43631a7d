"""serverless-offline, a plugin of osls: its WebSocket front end and its HTTP API, and as many processes as it wants.

A process has one event at a time. A message that comes while it is busy goes to another one, as on AWS, so connections
are remembered in a file that all of them share.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.real.apps import said
from tests.real.doors import TIMEOUT, HttpDoor
from tests.real.drivers import Platform, Sockets
from tests.real.sockets import SocketDoor
from tests.real.stage import free_port

if TYPE_CHECKING:
    from tests.real.stage import Stage

_FUNCTION = """\
from apps.{app} import app as web_app

from lambda_bridge import make_handler

handler = make_handler(web_app, websocket_path=web_path, connections="sqlite:connections.db")
"""
_SERVICE = """\
service: some
plugins: [serverless-offline]
provider: {{name: aws, region: us-east-1, runtime: python3.{minor}, timeout: 29, environment: {environment}}}
functions:
  web:
    handler: function.handler
    events: [{{httpApi: '*'}}, {{websocket: $connect}}, {{websocket: $disconnect}}, {{websocket: $default}}]
"""


def _serve(stage: Stage) -> SocketDoor:
    home = Path(stage.python).parents[1]
    stage.write("function.py", function=f"web_path = {said.SOCKET!r}\n{_FUNCTION}")
    http, lambdas, sockets = free_port(), free_port(), free_port()
    # Its events say "localhost" and the stage "local", which its API for what goes to clients has not in its path.
    told = {
        name: value
        for name, value in stage.environment(LAMBDA_BRIDGE_PUSH_URL=f"http://127.0.0.1:{sockets}").items()
        if name.startswith(("LAMBDA_BRIDGE_", "PYTHON"))
    }
    minor = next(path.name for path in (home / "lib").glob("python3.*")).partition(".")[2]
    (stage.folder / "serverless.yml").write_text(_SERVICE.format(minor=minor, environment=json.dumps(told)))
    (stage.folder / "node_modules").symlink_to(home / "node_modules")
    ports = [f"--httpPort={http}", f"--lambdaPort={lambdas}", f"--websocketPort={sockets}"]
    # It looks for Python there, and asks nobody for news.
    environment = stage.environment(
        VIRTUAL_ENV=str(home),
        AWS_ACCESS_KEY_ID="none",
        AWS_SECRET_ACCESS_KEY="none",
        SLS_TELEMETRY_DISABLED="1",
        SLS_NOTIFICATIONS_MODE="off",
        HOME=str(stage.folder),
        PATH=os.pathsep.join([str(home / "bin"), os.environ.get("PATH", "")]),
    )
    program = home / "node_modules" / ".bin" / "osls"
    stage.wait_for(stage.start([program, "offline", "--noSponsor", "--host=127.0.0.1", *ports], environment), sockets)
    return SocketDoor(f"ws://127.0.0.1:{sockets}", HttpDoor(http))


@contextmanager
def _open(stage: Stage) -> Iterator[SocketDoor]:
    yield _serve(stage)


def goes_on_in_other_processes(stage: Stage) -> list[str]:
    """Messages that are sent at once go to several; each knows the handshake, and only the first has had it."""
    door = _serve(stage)
    with door.connect("?q=1", subprotocols=["v1"]) as socket:
        for _ in range(4):
            socket.send(said.SEE)
        answers = [json.loads(socket.recv(TIMEOUT)) for _ in range(4)]
    problems = []
    if len({each["process"] for each in answers}) == 1:
        problems.append("all messages have gone to one process")
    if [[said.SOCKET, "q=1", [], ["v1"]]] * 4 != [each["handshake"] for each in answers]:
        problems.append(f"a handshake differs: {[each['handshake'] for each in answers]}")
    if {False, True} != {each["resumed"] for each in answers}:
        problems.append(f"resumed is {[each['resumed'] for each in answers]}")
    return problems


# Its HTTP API stands in front of the app's routes; the battery does not go through it.
PLATFORMS: tuple[Platform, ...] = ()
SOCKETS = (Sockets("offline-websocket", "offline", _open, (goes_on_in_other_processes,)),)
