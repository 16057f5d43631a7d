"""An event of every source, made of data: the other half of a row, for tests and development; never in a function.

`make_event` fills the sample of the source, ``templates/aws.sqs.json``, in which the data stands as it is;
`lambda_bridge.triggers._packing` says where that is, and how the platform packs it. Ids are new in each event, for apps that do each thing once only;
where a row makes the id of something else (a timer's of its time), that is new.
"""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from hashlib import md5
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from threading import Lock
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Optional
from uuid import uuid4

from lambda_bridge.errors import ConfigurationError
from lambda_bridge.similar import explain_unknown
from lambda_bridge.triggers import NAMES, OPENWHISK, find
from lambda_bridge.triggers._packing import FORMS

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.triggers import Data

_TEMPLATES = files("lambda_bridge.triggers") / "templates"
_AZURE = "azure.functions"


def make_event(name: str, data: Optional[Sequence[Data]] = None) -> Any:
    """An event of the source *name*: a record for each item of *data*, in order, or one with the sample's own data.

    An item is what the CloudEvent's ``data`` is to be: bytes, text or JSON, as far as the platform
    carries it. Where that is the platform's own account of something (of a file, a mail, a log), an
    item is a dict that is laid over the sample's:
    ``make_event("aws.s3", [{"s3": {"object": {"key": "cat.png"}}}])``. Of a list in it, each item is
    laid over the first of the sample's.

    An event is JSON, but for those of Azure's Python worker (`takes_json`). Raises ConfigurationError
    for an unknown source, for data that it does not carry, and where Azure's package is not installed.
    """
    event, form = _template(name), FORMS[name]
    models = event if form.records is None else _get(event, form.records)
    model = models[0] if isinstance(models, list) else models
    items = [_OWN] if data is None else _read_items(name, data)
    if len(items) > 1 and form.records is None:
        raise ConfigurationError(f"an event of {name} has one record: give one item of data, not {len(items)}")
    records = [_make_record(name, deepcopy(model), event, item) for item in items]
    # Where a platform may hand over one or a list, one is itself.
    is_list = isinstance(models, list) or len(records) > 1
    event = _put(event, form.records or "", records if is_list else records[0])
    found = find(event, make_context(name))
    if found is None or found.name != name:
        raise ConfigurationError(
            f"with this data the event would not be one of {name}: its keys say that it is another"
        )
    return event


def make_context(name: str) -> Any:
    """What tells the cloud of a direct invocation, as its context; for every other source None.

    Raises ConfigurationError for an unknown source.
    """
    _check(name)
    return _CONTEXTS[name]() if name in _CONTEXTS else None


def takes_json(name: str) -> bool:
    """Whether an event of *name* is JSON (or bytes, of ``fn.invoke``), and no object of its platform's."""
    return name not in _OBJECTS


def carries_text(name: str) -> bool:
    """Whether an item of data that is text or bytes goes on as it is; else it is JSON."""
    _check(name)
    return FORMS[name].carries_text


def missing_package(name: str) -> Optional[str]:
    """The package that the events of *name* are made of, where it is not installed; else None."""
    try:
        return None if takes_json(name) or find_spec(_AZURE) is not None else _AZURE
    except ModuleNotFoundError:  # nor is the package around it
        return _AZURE


def _check(name: str) -> None:
    if name not in NAMES:
        raise ConfigurationError(explain_unknown(name, "source of events", NAMES))


def _template(name: str) -> Any:
    _check(name)
    return json.loads((_TEMPLATES / f"{name}.json").read_text(encoding="utf-8"))


# --- contexts


def _aws_context() -> Any:
    # docs.aws.amazon.com/lambda/latest/dg/python-context.html, as far as it says who is called.
    return SimpleNamespace(
        aws_request_id=str(uuid4()),
        function_name="app",
        function_version="$LATEST",
        invoked_function_arn="arn:aws:lambda:us-east-1:123456789012:function:app",
    )


def _fn_context() -> Any:
    # fdk-python 0.1.128, fdk/context.py: a direct invocation has no method and no URL.
    told: dict[str, Any] = {"CallID": str(uuid4()), "Method": None, "RequestURL": None}
    told.update(Headers={}, HTTPHeaders={}, GetResponseHeaders={})
    methods = {name: lambda self, value=value: value for name, value in told.items()}
    return type("InvokeContext", (), {"__module__": "fdk.context", **methods})()


_CONTEXTS: dict[str, Callable[[], Any]] = {
    "aws.invoke": _aws_context,
    "fn.invoke": _fn_context,
    "openwhisk.invoke": lambda: OPENWHISK,
}


# --- one record


# In place of an item: the sample's own data.
_OWN: Any = object()


def _read_items(name: str, data: Any) -> list[Any]:
    if isinstance(data, (str, bytes, bytearray)) or not isinstance(data, Sequence):
        raise ConfigurationError(f"data is a list, with an item for each record, and no {type(data).__name__}")
    if not data:
        raise ConfigurationError(f"data has no item: an event of {name} has one record at least")
    return list(data)


def _make_record(name: str, record: Any, event: Any, item: Any) -> Any:
    form = FORMS[name]
    _renew(event if isinstance(record, str) else record, form.new)
    own = _get(record, form.data)
    try:
        packed = form.pack(own, own if item is _OWN else item)
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(
            f"an item of data for {name} is {form.pack.__doc__}: this one, of the type {type(item).__name__}, is not"
        ) from error
    record = _put(record, form.data, packed)
    if form.md5:
        digest = md5(packed.encode(), usedforsecurity=False).hexdigest()
        _put(record, form.md5, digest.upper() if _get(record, form.md5).isupper() else digest)
    if name == "cloudevents.event" and isinstance(packed, bytes):
        del record["data"]
        record.update(datacontenttype="application/octet-stream", data_base64=b64encode(packed).decode())
    return _make_object(name, record) if name in _OBJECTS else record


def _renew(target: Any, patterns: dict[str, str]) -> None:
    number = _next_number()
    moment = datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(microseconds=number)
    told = {"number": number, "uuid": uuid4(), "time": moment.isoformat().replace("+00:00", "Z")}
    for path, pattern in patterns.items():
        new = pattern.format(**told)
        _put(target, path, int(new) if isinstance(_get(target, path), int) else new)


_mutex = Lock()
_last = 0


def _next_number() -> int:
    """Microseconds since 1970; or one more than the last, as numbers of messages must rise."""
    global _last  # noqa: PLW0603
    with _mutex:
        _last = max(_last + 1, time.time_ns() // 1000)
        return _last


def _make_object(name: str, parameters: dict[str, Any]) -> Any:
    if missing_package(name) is not None:
        raise ConfigurationError(f"the events of {name!r} are made of the package {_AZURE!r}, which is not installed")
    module, _, class_name = _OBJECTS[name].rpartition(".")
    values: dict[str, Any] = {
        key: datetime.fromisoformat(value) if key in _TIMES else value for key, value in parameters.items()
    }
    if "length" in values:
        values["length"] = len(values["data"])
    try:
        return getattr(import_module(f"{_AZURE}.{module}"), class_name)(**values)
    except TypeError as error:  # of azure.timer, whose data the parameters are
        raise ConfigurationError(f"the data of {name} has another key than {', '.join(_template(name))}") from error


# Azure/azure-functions-python-library 1.20 to 2.3: what the host makes; azure.functions has their abstract classes.
_OBJECTS = {
    "azure.timer": "timer.TimerRequest",
    "azure.queue": "queue.QueueMessage",
    "azure.blob": "blob.InputStream",
    "azure.eventgrid": "_eventgrid.EventGridEvent",
    "azure.eventhub": "_eventhub.EventHubEvent",
    "azure.servicebus": "servicebus.ServiceBusMessage",
}
_TIMES = frozenset(
    {"insertion_time", "expiration_time", "time_next_visible", "event_time", "enqueued_time", "enqueued_time_utc"}
)


def _steps(path: str) -> list[Any]:
    return [int(step) if step.isdigit() else step for step in path.split(".")] if path else []


def _get(value: Any, path: str) -> Any:
    for step in _steps(path):
        value = value[step]
    return value


def _put(value: Any, path: str, new: Any) -> Any:
    """*value* with *new* at *path*; *new* itself where that is ``""``."""
    if not path:
        return new
    *way, last = _steps(path)
    parent = value
    for step in way:
        parent = parent[step]
    parent[last] = new
    return value
