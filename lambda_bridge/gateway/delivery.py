"""An event that is not HTTP: from what somebody has written to the event, and what is to be shown of both ends.

How it is handed over, `lambda_bridge.outcome` knows.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Optional

from lambda_bridge import websockets
from lambda_bridge.errors import ConfigurationError
from lambda_bridge.triggers import find
from lambda_bridge.triggers.samples import make_event, takes_json


def sample_text(source: str) -> str:
    """What a form for *source* begins with, as JSON: its sample, or where that is an object, the sample's data.

    Raises ConfigurationError where the package of the objects is not installed.
    """
    if source in websockets.NAMES:
        message = websockets.Message("message", "L0SM9cOFvHcCI01=", "https://localhost/local", data="hello")
        return json.dumps(websockets.load(source).make_event(message), indent=2, ensure_ascii=False)
    event = make_event(source)
    return json.dumps(event if takes_json(source) else _data_of(event), indent=2, ensure_ascii=False)


def read_event(source: str, text: str) -> Any:
    """The event that *text* is, or of whose data an object is made; raises ConfigurationError, ValueError."""
    given = json.loads(text)
    event = given if takes_json(source) else make_event(source, given)
    found = find(event)
    if found is not None and found.name != source:
        raise ConfigurationError(f"it is one of {found.name}")
    return event


def partly_failed(result: Any) -> Optional[str]:
    """What is to be said of a result that names failed records; None of any other."""
    failures = result.get("batchItemFailures") if isinstance(result, dict) else None
    if not isinstance(failures, list) or not failures:
        return None
    many = "1 record has" if len(failures) == 1 else f"{len(failures)} records have"
    return f"{many} failed, see the result: the platform sends what is named there again"


def shown(event: Any) -> Any:
    """*event* as it can be looked at: of an object, its class and properties."""
    return [_shown(each) for each in event] if isinstance(event, list) else _shown(event)


def _shown(event: Any) -> Any:
    names = [name for name in dir(event) if isinstance(getattr(type(event), name, None), property)]
    if not names:
        return event
    told = {name: _property(event, name) for name in names}
    if hasattr(event, "get_body"):
        told["body"] = event.get_body()
    return {type(event).__name__: {name: value for name, value in told.items() if value is not None}}


def _property(event: Any, name: str) -> Any:
    try:
        value = getattr(event, name)
    except NotImplementedError:  # azure-functions 1.24 has such
        return None
    return str(value) if isinstance(value, datetime) else value


def _data_of(event: Any) -> list[Any]:
    """The data of each record of *event*, as `make_event` takes it."""
    source = find(event)
    assert source is not None  # noqa: S101  # it is a sample
    data = []
    for record in source.records(event):
        cloud_event = source.read(record, event)
        try:
            data.append(cloud_event.json())
        except ValueError:
            data.append(bytes(cloud_event.data).decode("utf-8", "replace"))  # type: ignore[arg-type]
    return data
