from __future__ import annotations

import json
from typing import Any

import pytest

from lambda_bridge import websockets
from lambda_bridge.errors import UnknownEvent
from lambda_bridge.recognize import recognize
from lambda_bridge.websockets import find
from tests.builders import SAMPLES, read_sample, sample_id, sample_paths

OURS = sorted((SAMPLES / "websockets").glob("*/*.json"))
OTHERS = [
    *sample_paths(),
    *sorted((SAMPLES / "others").glob("*.json")),
    *sorted((SAMPLES / "triggers").glob("*/*.json")),
]


def test_each_gateway_has_samples() -> None:
    """A folder for each module, and none without."""
    assert sorted(websockets.MODULES) == sorted({path.parent.name for path in OURS})


@pytest.mark.parametrize("path", OURS, ids=sample_id)
def test_one_gateway_claims_a_sample_and_no_format_of_http_does(path: Any) -> None:
    """So each event has one way to go."""
    event = read_sample(path)
    gateway = find(event)
    assert gateway is not None
    claimants = [name for name in websockets.MODULES if websockets.load(name).holds(event)]
    assert ([path.parent.name], f"{path.parent.name}_websocket") == (claimants, gateway.NAME)
    with pytest.raises(UnknownEvent):
        recognize((event, None), {})


@pytest.mark.parametrize("path", OURS, ids=sample_id)
def test_no_trigger_claims_a_sample(path: Any) -> None:
    """Triggers are looked for last, and would take it for something else."""
    from lambda_bridge import triggers

    assert triggers.find(read_sample(path)) is None


@pytest.mark.parametrize("path", OTHERS, ids=sample_id)
def test_no_gateway_claims_other_events(path: Any) -> None:
    """Of HTTP, of triggers, and of those that nobody takes."""
    assert find(read_sample(path)) is None


@pytest.mark.parametrize("path", OURS, ids=sample_id)
@pytest.mark.parametrize("key", ["__ow_method", "__ce_method", "http", "methodArn", "routeArn"])
def test_event_with_the_mark_of_another_platform_is_none(path: Any, key: str) -> None:
    """On open platforms a client writes fields of its own; an authorizer's event is the handshake's with an ARN."""
    if key.endswith("Arn") and path.parent.name != "aws":
        return
    assert find({**read_sample(path), key: "x"}) is None


@pytest.mark.parametrize(
    "event",
    [None, [], "text", 7, {}, {"requestContext": None}, {"requestContext": []}, {"websocket": "x"},
     {"requestContext": {"connectionId": "a", "eventType": []}}, {"websocket": {"secConnectionID": "a", "action": {}}},
     {1: 2, "websocket": None}],
)  # fmt: skip
def test_find_never_raises(event: Any) -> None:
    """Whatever it is."""
    assert find(event) is None


@pytest.mark.parametrize("path", OURS, ids=sample_id)
def test_reading_never_changes_the_event(path: Any) -> None:
    """Apps find it in their scope."""
    event = read_sample(path)
    before = json.dumps(event)
    gateway = find(event)
    assert gateway is not None
    message = gateway.read_event(event)
    assert (before, True) == (json.dumps(event), message.connection in before)


@pytest.mark.parametrize("name", [*websockets.MODULES, *(f"{name}_websocket" for name in websockets.MODULES)])
def test_module_is_found_by_either_name(name: str) -> None:
    """By the folder's and by the one that apps see."""
    assert name in {websockets.load(name).NAME, websockets.load(name).NAME.removesuffix("_websocket")}
