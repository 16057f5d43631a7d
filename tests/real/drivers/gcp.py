"""Google Cloud: functions-framework with its own server, as the buildpacks start it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from tests.real.doors import Door, HttpDoor, Question
from tests.real.drivers import Platform
from tests.real.stage import Stage, free_port


def _serve(stage: Stage, *options: str) -> HttpDoor:
    stage.write("main.py")
    port = free_port()
    framework = stage.bin("functions-framework")
    # The default host is 0.0.0.0.
    address = ["--host", "127.0.0.1", "--port", str(port)]
    process = stage.start([framework, "--target", "handler", "--source", "main.py", *address, *options])
    stage.wait_for(process, port)
    return HttpDoor(port)


@contextmanager
def _open_http(stage: Stage) -> Iterator[Door]:
    yield _serve(stage)


@contextmanager
def _open_aio(stage: Stage) -> Iterator[Door]:
    yield _serve(stage, "--asgi")


_STORED = {
    "specversion": "1.0",
    "id": "1096434104173400",
    "type": "google.cloud.storage.object.v1.finalized",
    "source": "//storage.googleapis.com/projects/_/buckets/some-bucket",
    "data": {"bucket": "some-bucket", "name": "folder/file.txt"},
}
_PUBLISHED = {
    "context": {
        "eventId": "1144231683168617",
        "timestamp": "2026-01-01T00:00:00.000Z",
        "eventType": "google.pubsub.topic.publish",
        "resource": {"service": "pubsub.googleapis.com", "name": "projects/some-project/topics/some-topic"},
    },
    "data": {"@type": "type.googleapis.com/google.pubsub.v1.PubsubMessage", "data": "aGVsbG8="},
}


def refuses_cloud_events(stage: Stage) -> list[str]:
    """Without a route for events, the handler refuses one and says which option would take it."""
    return _refuses(stage, "cloudevent", "application/cloudevents+json", _STORED)


def refuses_background_events(stage: Stage) -> list[str]:
    """The same of the first generation's events."""
    return _refuses(stage, "event", "application/json", _PUBLISHED)


def _refuses(stage: Stage, signature: str, kind: str, event: object) -> list[str]:
    door = _serve(stage, "--signature-type", signature)
    body = json.dumps(event).encode()
    answer = door.ask(Question("POST", "/", [("Content-Type", kind)], body), lambda: None)
    found = []
    if answer.status != 500:
        found.append(f"status 500 expected, got {answer.status}: {answer.body[:300]!r}")
    if "UnknownEvent" not in stage.log() or "events=" not in stage.log():
        found.append(f"the log must show an UnknownEvent that names the option events: {stage.log()[-800:]}")
    return found


PLATFORMS = (
    Platform("gcp-http", "gcp", "gcp", _open_http, own=(refuses_cloud_events, refuses_background_events)),
    Platform("gcp-aio", "gcp", "gcp_aio", _open_aio),
)
