"""What holds for every source: its row, its module, and its samples."""

from __future__ import annotations

import copy
import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from lambda_bridge import make_handler
from lambda_bridge.errors import BridgeError, UnknownEvent
from lambda_bridge.recognize import recognize
from lambda_bridge.triggers import (
    MODULES,
    NAMES,
    OPENWHISK,
    CloudEvent,
    find,
    load,
    table,
)
from lambda_bridge.triggers.binding import make_body, make_request
from tests.builders import SAMPLES
from tests.triggers.objects import trigger_event_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from lambda_bridge.triggers import Source

FOLDER = SAMPLES / "triggers"
PATHS = sorted(FOLDER.glob("*/*.json"))
IN_JSON = [path for path in PATHS if '"class":' not in path.read_text(encoding="utf-8")]
ROWS = {source.name: source for source in table()}

Seen = list["tuple[dict[str, Any], bytes]"]


class AwsContext:
    """As much of it as tells that it is AWS's."""

    invoked_function_arn = "arn:aws:lambda:eu-central-1:111122223333:function:orders"
    aws_request_id = "0e1d2c3b-0000-4687-9786-a5b4c3d2e1f0"


CONTEXTS: dict[str, Any] = {
    "aws.invoke": AwsContext,
    "fn.invoke": type(
        "InvokeContext",
        (),
        {"__module__": "fdk.context", "CallID": lambda self: "7", "GetResponseHeaders": lambda self: {}},
    ),
    "openwhisk.invoke": lambda: OPENWHISK,
}


def sample_id(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


def read(path: Path) -> Any:
    """The event; of objects of a package that is not there, the test is left out."""
    try:
        return trigger_event_of(json.loads(path.read_text(encoding="utf-8")))
    except ModuleNotFoundError as error:
        pytest.skip(f"needs {error.name}")


def context_of(name: str) -> Any:
    """What tells the cloud of a direct invocation."""
    return CONTEXTS[name]() if ROWS[name].by_context is not None else None


def events_of(path: Path) -> list[CloudEvent]:
    """The CloudEvents of a sample, as a function gets them."""
    name = path.parent.name
    got: list[CloudEvent] = []
    handler = make_handler(refuse)
    handler.on(name, batch=True)(got.extend)
    handler(read(path), context_of(name))
    return got


def refuse(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    raise AssertionError("the app was called")


# --- the table


def test_names_are_those_of_the_modules() -> None:
    """They stand there so that no module need be imported to know them."""
    assert {module: tuple(source.name for source in load(module)) for module in MODULES} == MODULES
    assert len(NAMES) == len(set(NAMES))
    modules = {
        path.stem for path in Path(import_module("lambda_bridge.triggers").__file__ or "").parent.glob("[!_]*.py")
    }
    others = {"binding", "call", "delivery", "over_http", "records", "samples", "target"}
    assert modules - others == set(MODULES)


@pytest.mark.parametrize("source", ROWS.values(), ids=lambda source: source.name)
def test_row_says_what_it_is(source: Source) -> None:
    """A name after its cloud, a title, and the provider's page."""
    assert source.name.partition(".")[0] in MODULES
    assert source.title
    assert source.docs.startswith("https://")


@pytest.mark.parametrize("path", PATHS, ids=sample_id)
def test_exactly_one_row_holds_and_no_http_row(path: Path) -> None:
    """Never a guess."""
    event = read(path)
    name = path.parent.name
    claimants = [source.name for source in table() if source.by_context is None and source.holds(event)]
    found = find(event, context_of(name))

    assert claimants == ([] if ROWS[name].by_context is not None else [name])
    assert found is not None
    assert found.name == name
    with pytest.raises(UnknownEvent):
        recognize((event, None), {})


@pytest.mark.parametrize("path", PATHS, ids=sample_id)
def test_open_platforms_clients_cannot_write_one(path: Path) -> None:
    """Their fields stand beside the gateway's, where two clouds' marks leave the event without a format."""
    event = read(path)
    if isinstance(event, dict):
        forged = {**event, "__ow_method": "get", "__ow_headers": {}, "__ce_method": "GET", "__ce_headers": {}}
        with pytest.raises(UnknownEvent):
            make_handler(refuse, events="/events")(forged, AwsContext())


@pytest.mark.parametrize(
    "value", [None, 7, "text", [], {}, [None], [[]], {"Records": None}, {"Records": [7]}, object()]
)
def test_no_row_stumbles_over_other_events(value: Any) -> None:
    """A predicate never raises."""
    assert [source.name for source in table() if source.by_context is None and source.holds(value)] == []


# --- the samples


def answering(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    start_response("204 No Content", [])
    return []


@pytest.mark.parametrize("path", IN_JSON, ids=sample_id)
def test_event_is_not_changed(path: Path) -> None:
    """The app finds it as the platform sent it."""
    event = read(path)
    before = copy.deepcopy(event)
    handler = make_handler(answering, events="/events")
    handler.on(path.parent.name)(lambda cloud_event: None)
    handler(event, context_of(path.parent.name))

    assert before == event


@pytest.mark.parametrize("path", [path for path in PATHS if ROWS[path.parent.name].routed], ids=sample_id)
def test_app_gets_one_post_for_each_record(path: Path) -> None:
    """At the route of the option, with the source's name where no client can write it."""
    name, event = path.parent.name, read(path)
    seen: list[dict[str, Any]] = []

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        seen.append(environ)
        return answering(environ, start_response)

    make_handler(app, events="/events")(event, context_of(name))

    assert len(seen) == len(ROWS[name].records(event))
    assert {("POST", "/events", "https", name, "1.0")} == {
        (each["REQUEST_METHOD"], each["PATH_INFO"], each["wsgi.url_scheme"], each["lambda_bridge.format"],
         each["HTTP_CE_SPECVERSION"]) for each in seen
    }  # fmt: skip


@pytest.mark.parametrize("path", PATHS, ids=sample_id)
def test_without_route_the_message_says_what_to_set(path: Path) -> None:
    """Both ways out, and the source."""
    name = path.parent.name
    with pytest.raises(UnknownEvent) as caught:
        make_handler(refuse)(read(path), context_of(name))
    assert f'@handler.on("{name}")' in str(caught.value)
    assert ("events=" in str(caught.value)) is ROWS[name].routed


def from_http(headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """The attributes that the SDK of CloudEvents reads; its version 2 needs Python 3.10."""
    if find_spec("cloudevents.core") is not None:
        http = import_module("cloudevents.core.bindings.http")
        attributes: dict[str, Any] = http.from_http_event(http.HTTPMessage(headers, body)).get_attributes()
        return attributes
    # Version 1 does not decode the values, and makes up a time where there is none.
    read = import_module("cloudevents.http").from_http(headers, body).get_attributes()
    return {name: unquote(value) for name, value in read.items() if value is not None}


@pytest.mark.parametrize("path", PATHS, ids=sample_id)
def test_sdk_of_cloudevents_reads_it(path: Path) -> None:
    """Attributes come through as they are, whatever characters they have."""
    pytest.importorskip("cloudevents")
    for event in events_of(path):
        request = make_request(event, "/events")
        read_back = from_http(dict(request.headers), request.body)

        expected = {"id": event.id, "source": event.source, "type": event.type, **event.extensions}
        if event.subject:
            expected["subject"] = event.subject
        assert expected == {name: read_back[name] for name in expected}
        assert not event.time or read_back["time"]


@pytest.mark.parametrize("path", PATHS, ids=sample_id)
def test_attributes_are_as_the_spec_wants_them(path: Path) -> None:
    """Text, not empty; names of extensions of lower-case letters and digits."""
    seen = set()
    for event in events_of(path):
        assert all(isinstance(each, str) and each for each in (event.id, event.source, event.type))
        assert all(name.isalnum() and name.islower() and name.isascii() for name in event.extensions)
        assert event.source.isascii()
        assert " " not in event.source
        assert event.content_type is not None or not event.data
        make_body(event.data)
        seen.add((event.id, event.source))
    assert len(seen) == len(ROWS[path.parent.name].records(read(path)))


@pytest.mark.parametrize("path", IN_JSON, ids=sample_id)
def test_broken_values_raise_errors_of_ours(path: Path) -> None:
    """Whatever stands in place of one value of a record."""
    name = path.parent.name

    def broken(value: Any) -> list[Any]:
        if isinstance(value, dict):
            return [{**value, key: each} for key in value for each in (*broken(value[key]), None, 7, [])]
        if isinstance(value, list) and value:
            return [[each, *value[1:]] for each in broken(value[0])]
        return []

    for event in broken(read(path)):
        try:
            make_handler(answering, events="/events")(event, context_of(name))
        except BridgeError:  # noqa: PERF203
            continue


def test_json_of_bytes_and_of_values() -> None:
    """A function need not know which of the two it got."""
    assert [{"a": 1}, [2]] == [CloudEvent("1", "s", "t", b'{"a": 1}').json(), CloudEvent("1", "s", "t", [2]).json()]
