"""Google Cloud: functions-framework with its own server, as the buildpacks start it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from tests.real.doors import Door, Headers, HttpDoor, Question
from tests.real.drivers import Platform, Triggers
from tests.real.events import Send, Told, by_nature, google
from tests.real.stage import Stage, free_port


def _serve(stage: Stage, *options: str, **environment: str) -> HttpDoor:
    stage.write("main.py")
    port = free_port()
    framework = stage.bin("functions-framework")
    # The default host is 0.0.0.0.
    address = ["--host", "127.0.0.1", "--port", str(port)]
    process = stage.start(
        [framework, "--target", "handler", "--source", "main.py", *address, *options], stage.environment(**environment)
    )
    stage.wait_for(process, port)
    return HttpDoor(port)


@contextmanager
def _open_http(stage: Stage) -> Iterator[Door]:
    yield _serve(stage)


@contextmanager
def _open_aio(stage: Stage) -> Iterator[Door]:
    yield _serve(stage, "--asgi")


@contextmanager
def _open_events(stage: Stage, options: Sequence[str]) -> Iterator[Send]:
    door = _serve(stage, *options)

    def send(event: tuple[Headers, bytes]) -> Told:
        headers, body = event
        answer = door.ask(Question("POST", "/", headers, body), lambda: None)
        if answer.status not in (200, 500):
            raise RuntimeError(f"status {answer.status}: {answer.body[:1000]!r}")
        # Eventarc and Pub/Sub look at the status alone: other than 2xx, they try again.
        return Told(has_failed=answer.status == 500)

    yield send


def takes_events_by_nature(stage: Stage) -> list[str]:
    """On Cloud Run, CloudEvents that are HTTP requests reach the route; other requests for it do not."""
    door = _serve(stage, K_SERVICE="some-service")
    return by_nature.check(stage, door, "gcp")


PLATFORMS = (
    Platform("gcp-http", "gcp", "gcp", _open_http, own=(takes_events_by_nature,)),
    Platform("gcp-aio", "gcp", "gcp_aio", _open_aio),
)
_CLOUD_EVENT = ("--signature-type", "cloudevent")
TRIGGERS = (
    Triggers(
        "gcp-cloudevent", "gcp", (*google.CLOUD_EVENTS, *google.CONVERTED), partial(_open_events, options=_CLOUD_EVENT)
    ),
    Triggers(
        "gcp-cloudevent-aio", "gcp", google.CLOUD_EVENTS, partial(_open_events, options=(*_CLOUD_EVENT, "--asgi"))
    ),
    Triggers("gcp-event", "gcp", google.BACKGROUND, partial(_open_events, options=("--signature-type", "event"))),
)
