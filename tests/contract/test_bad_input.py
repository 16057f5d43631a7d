"""Broken events give a result or an error of ours, under every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from lambda_bridge import formats, make_handler
from lambda_bridge.apps._exchange import make_scope
from lambda_bridge.apps.wsgi import make_environ
from lambda_bridge.errors import BridgeError
from lambda_bridge.recognize import recognize
from tests.builders import JSON_FORMATS, read_sample, sample_id, sample_paths
from tests.checkers import check_environ, check_scope
from tests.contract.shared import OTHERS, hello
from tests.strategies import (
    DROPPED,
    PROPERTY,
    mutations,
    places,
    replaced,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


OURS_IN_JSON = sample_paths(*{spelling.partition(":")[0] for spelling in JSON_FORMATS})


@PROPERTY
@given(event=mutations([read_sample(path) for path in OURS_IN_JSON]))
def test_broken_events_give_a_result_or_an_error_of_ours(event: Any) -> None:
    """Whatever is wrong in an event, the platform gets a result or a BridgeError, and JSON."""
    line = make_handler(hello, compress=True, events="/events", base_path="/api", exclude_headers=["x-gone"])

    try:
        result = line(event, None)
    except BridgeError:
        return

    assert json.dumps(result)


@pytest.mark.parametrize("path", OURS_IN_JSON, ids=sample_id)
@pytest.mark.parametrize("odd", ["", "\ud800", "a\r\nb: c", "%", "é", ":", "?", "[]:80"], ids=ascii)
def test_one_odd_text(path: Path, odd: str) -> None:
    """With any one text of a client odd, the app gets a valid environ and scope, or the client an error."""
    sample = read_sample(path)

    for place in places(sample):
        if not isinstance(value_at(sample, place), str) or place[-1] in WRITTEN_BY_PLATFORMS:
            continue
        event = replaced(sample, place, odd)
        try:
            name, _, _ = recognize((event, None), {})
            request = formats.load(name).read_event(event, None)
        except (BridgeError, ValueError):
            assert answered_by_us(event)
        else:
            check_environ(make_environ(request))
            check_scope(make_scope(request))


# Nothing of what a client sends can change the form of these.
WRITTEN_BY_PLATFORMS = {
    "__ce_method",
    "__ow_method",
    "clientIp",
    "domainName",
    "httpMethod",
    "method",
    "protocol",
    "sourceIp",
    "stage",
}


def value_at(value: Any, place: Iterable[Any]) -> Any:
    for key in place:
        value = value[key]
    return value


@pytest.mark.parametrize("path", OURS_IN_JSON, ids=sample_id)
@pytest.mark.parametrize("odd", [None, 7, True, [], {}, [None], {"a": None}, DROPPED], ids=str)
def test_one_value_of_another_type(path: Path, odd: Any) -> None:
    """With any one value of another type or gone, there is a result or an error of ours."""
    sample = read_sample(path)
    line = make_handler(hello)

    for place in places(sample):
        try:
            result = line(replaced(sample, place, odd), None)
        except BridgeError:
            continue
        assert json.dumps(result)


def answered_by_us(event: Any) -> bool:
    try:
        result = make_handler(hello)(event, None)
    except BridgeError:
        return True
    status: object = result.get("statusCode", result.get("status"))
    return status in {400, "400", 413, "413"}


@PROPERTY
@given(event=mutations([read_sample(path) for path in OTHERS]))
def test_broken_triggers_are_never_taken_for_http(event: Any) -> None:
    """No change of values makes an event of another kind raise anything but our errors."""
    line = make_handler(hello)

    try:
        line(event, None)
    except BridgeError:
        return
