"""Events made of data: what holds for every source, and what each carries."""

from __future__ import annotations

import hashlib
import json
import sys
from importlib.resources import files
from typing import Any

import pytest

from lambda_bridge import make_handler
from lambda_bridge.errors import ConfigurationError, UnknownEvent
from lambda_bridge.recognize import recognize
from lambda_bridge.triggers import NAMES, OPENWHISK, CloudEvent, find, table
from lambda_bridge.triggers.binding import make_body, make_request
from lambda_bridge.triggers.samples import carries_text, make_context, make_event, missing_package, takes_json

ROWS = {source.name: source for source in table()}

# What each source carries: bytes, text or JSON; the same but bytes that are no text; JSON; or a dict that is laid over
# the sample's data, with one such.
BYTES = {
    "aws.kafka", "aws.kinesis", "azure.blob", "azure.eventhub", "azure.queue", "azure.servicebus", "yandex.iot",
}  # fmt: skip
TEXT = {
    "aliyun.mns", "aliyun.timer", "aws.sqs", "huawei.kafka", "huawei.smn", "huawei.timer", "tencent.ckafka",
    "tencent.cmq", "tencent.timer", "volcengine.kafka", "volcengine.timer", "yandex.queue", "yandex.timer",
}  # fmt: skip
JSON = {
    "aliyun.eventbridge", "aws.eventbridge", "aws.invoke", "aws.schedule", "azure.custom", "azure.eventgrid",
    "cloudevents.event", "fn.invoke", "google.eventarc", "openwhisk.invoke", "tencent.eventbridge",
    "volcengine.event", "yandex.trigger",
}  # fmt: skip
OVER: dict[str, dict[str, Any]] = {
    "aliyun.cdn": {"resource": {"domain": "cats.example.com"}},
    "aliyun.kafka": {"value": "cat"},
    "aliyun.mns_queue": {"messageBody": "cat"},
    "aliyun.oss": {"oss": {"object": {"key": "cat.png"}}},
    "aliyun.sls": {"source": {"logstoreName": "cats"}},
    "aws.authorizer": {"headers": {"authorization": "Bearer cat"}, "identitySource": ["Bearer cat"]},
    "aws.dynamodb": {"dynamodb": {"NewImage": {"id": {"N": "8"}}}},
    "aws.logs": {"logEvents": [{"message": "GET /cat 500"}, {"message": "GET /cat 502"}]},
    "aws.s3": {"eventName": "ObjectRemoved:Delete", "s3": {"object": {"key": "cat.png"}}},
    "aws.ses": {"mail": {"source": "cat@example.com"}},
    "aws.sns": {"Message": "cat"},
    "azure.timer": {"schedule": {"AdjustForDST": False}},
    "google.pubsub": {"message": {"data": "Y2F0"}},
    "google.storage": {"name": "cat.png", "metadata": {"colour": "grey"}},
    "huawei.cts": {"resource_name": "cat"},
    "huawei.dds": {"full_document": '{"name": "cat"}'},
    "huawei.lts": {"logs": [{"message": "cat"}]},
    "huawei.obs": {"s3": {"object": {"key": "cat.png"}}},
    "tencent.cls": {"records": [{"content": "cat"}]},
    "tencent.cos": {"cos": {"cosObject": {"key": "/1300000000/bridge/cat.png"}}},
    "tencent.mps": {"Status": "PROCESSING"},
    "volcengine.tos": {"events": [{"tos": {"object": {"key": "cat.png"}}}]},
    "yandex.storage": {"object_id": "cat.png"},
}

MANY = [
    name for name in NAMES
    if name in {
        "aliyun.cdn", "aliyun.eventbridge", "aliyun.kafka", "aliyun.mns_queue", "aliyun.oss", "aws.dynamodb",
        "aws.kafka", "aws.kinesis", "aws.s3", "aws.ses", "aws.sns", "aws.sqs", "azure.eventgrid", "azure.eventhub",
        "azure.servicebus", "cloudevents.event", "huawei.dds", "huawei.kafka", "huawei.obs", "huawei.smn",
        "tencent.ckafka", "tencent.cmq", "tencent.cos", "yandex.iot", "yandex.queue", "yandex.storage",
        "yandex.timer", "yandex.trigger",
    }
]  # fmt: skip

every_source = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(autouse=True)
def _needs(request: pytest.FixtureRequest) -> None:
    name = request.node.callspec.params.get("name", "") if hasattr(request.node, "callspec") else ""
    if name in NAMES and missing_package(name) is not None:
        pytest.skip(f"needs {missing_package(name)}")


def refuse(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    raise AssertionError("the app was called")


def read(name: str, data: Any = None) -> list[CloudEvent]:
    """The CloudEvents of an event made of *data*, as a function gets them."""
    got: list[CloudEvent] = []
    handler = make_handler(refuse)
    handler.on(name, batch=True)(got.extend)
    handler(make_event(name, data), make_context(name))
    return got


def items_of(name: str, count: int) -> list[Any]:
    """Data that the source carries."""
    if name in OVER:
        return [OVER[name]] * count
    return [{"cat": number} for number in range(count)]


def is_within(part: Any, whole: Any) -> bool:
    """Whether *whole* has all that *part* says."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and is_within(part[key], whole[key]) for key in part)
    if isinstance(part, list):
        return len(part) == len(whole) and all(map(is_within, part, whole))
    return bool(part == whole)


# --- every source


def test_each_has_a_template() -> None:
    """Where it is installed too; and each is said above to carry something."""
    templates = {path.name for path in (files("lambda_bridge.triggers") / "templates").iterdir()}

    assert templates == {f"{name}.json" for name in NAMES}
    assert {*BYTES, *TEXT, *JSON, *OVER} == set(NAMES)
    assert {name for name in NAMES if carries_text(name)} == BYTES | TEXT


@every_source
@pytest.mark.parametrize("is_sample", [True, False])
def test_exactly_one_row_holds_and_no_http_row(name: str, is_sample: bool) -> None:
    """Of the sample, and of what is made of data."""
    event = make_event(name, None if is_sample else items_of(name, 1))
    claimants = [source.name for source in table() if source.by_context is None and source.holds(event)]
    found = find(event, make_context(name))

    assert claimants == ([] if ROWS[name].by_context is not None else [name])
    assert found is not None
    assert found.name == name
    with pytest.raises(UnknownEvent):
        recognize((event, None), {})


@every_source
def test_sample_is_a_cloud_event(name: str) -> None:
    """One, which an app can be asked to take."""
    [event] = read(name)

    assert make_request(event, "/events").body == (b"" if event.content_type is None else make_body(event.data))


@pytest.mark.parametrize("name", MANY)
def test_a_record_for_each_item_in_order(name: str) -> None:
    """Each with its own id."""
    items = items_of(name, 3)
    if name not in OVER:
        assert [event.json() for event in read(name, items)] == items
    assert len({event.id for event in read(name, items)}) == 3


@pytest.mark.parametrize("name", [name for name in NAMES if name not in MANY])
def test_one_record_is_all_that_some_have(name: str) -> None:
    """More data is refused, with the number of items."""
    with pytest.raises(ConfigurationError, match=f"an event of {name} has one record: give one item of data, not 2"):
        make_event(name, items_of(name, 2))


@every_source
def test_ids_are_new_each_time(name: str) -> None:
    """For apps that do each thing once only."""
    assert len({read(name)[0].id for _ in range(3)}) == 3


@every_source
def test_takes_json_is_true(name: str) -> None:
    """The event is the same after its way through JSON, where it is said to be that."""
    event = make_event(name)
    if takes_json(name):
        assert json.loads(json.dumps(event)) == event
    else:
        with pytest.raises(TypeError):
            json.dumps(event)


# --- what they carry


@pytest.mark.parametrize("name", sorted(BYTES | TEXT))
@pytest.mark.parametrize(
    ("item", "data"), [("cat 猫", "cat 猫".encode()), (b"cat", b"cat"), ({"cat": [1]}, b'{"cat": [1]}'), ("7", b"7")]
)
def test_bytes_text_and_json(name: str, item: Any, data: bytes) -> None:
    """Text is not quoted; JSON is."""
    assert [event.data for event in read(name, [item])] == [data]


@pytest.mark.parametrize("name", sorted(BYTES))
def test_bytes_that_are_no_text(name: str) -> None:
    """As they are."""
    assert [event.data for event in read(name, [b"\x00\xff"])] == [b"\x00\xff"]


@pytest.mark.parametrize("name", sorted(TEXT))
def test_text_only(name: str) -> None:
    """Queues of text refuse other bytes."""
    with pytest.raises(ConfigurationError, match=f"for {name} is text in UTF-8, or JSON: this one, of the type bytes"):
        make_event(name, [b"\xff"])


@pytest.mark.parametrize("name", sorted(JSON))
def test_json(name: str) -> None:
    """It takes the place of the sample's; it is a copy."""
    item: dict[str, Any] = {"cat": [{"name": "猫"}]}
    [event] = read(name, [item])

    assert event.data == item
    assert (event.content_type or "").startswith("application/json")
    assert event.json()["cat"] is not item["cat"]


@pytest.mark.parametrize("name", sorted(JSON - {"azure.custom", "openwhisk.invoke"}))
@pytest.mark.parametrize("item", ["cat", "7", [1, None], 1.5, None, True])
def test_json_that_is_no_object(name: str, item: Any) -> None:
    """Is carried too."""
    assert [event.data for event in read(name, [item])] == [item]


@pytest.mark.parametrize("name", ["cloudevents.event", "fn.invoke"])
def test_bytes_beside_json(name: str) -> None:
    """In base64, or as the body."""
    [event] = read(name, [b"\xff"])

    assert (event.data, event.content_type) == (b"\xff", "application/octet-stream")


@pytest.mark.parametrize("name", sorted(JSON - {"cloudevents.event", "fn.invoke"}))
@pytest.mark.parametrize("item", [b"cat", {"cat": float("nan")}, object(), {1, 2}])
def test_what_is_no_json_is_refused(name: str, item: Any) -> None:
    """With its type, and without what is in it."""
    with pytest.raises(ConfigurationError, match=f"for {name} is .*JSON: this one, of the type {type(item).__name__}"):
        make_event(name, [item])


@pytest.mark.parametrize("name", sorted(OVER))
def test_data_over_the_samples(name: str) -> None:
    """What is given is there, and so is the rest of the sample."""
    [event], [sample] = read(name, [OVER[name]]), read(name)

    assert is_within(OVER[name], event.data)
    assert event.json().keys() == sample.json().keys()


@pytest.mark.parametrize("name", sorted(OVER))
@pytest.mark.parametrize("item", ["cat", b"cat", None, [{}]])
def test_only_a_dict_is_laid_over(name: str, item: Any) -> None:
    """Anything else has no place to go."""
    with pytest.raises(ConfigurationError, match=f"for {name} is a dict of JSON, to be laid over the sample's"):
        make_event(name, [item])


@pytest.mark.parametrize("name", sorted(OVER))
def test_data_that_has_nothing_of_the_sample_is_refused(name: str) -> None:
    """It would change nothing, and nobody would hear of it: the nesting is wrong."""
    with pytest.raises(ConfigurationError, match="no key of the data is one of the sample's: it has 'cat', the sample"):
        make_event(name, [{"cat": 7}])


def test_nothing_laid_over_is_the_sample() -> None:
    """As without data."""
    assert read("aws.s3", [{}])[0].subject == read("aws.s3")[0].subject


def test_images_of_dynamodb_are_taken_whole() -> None:
    """A value has one type: the sample's would stand beside the given one."""
    [event] = read("aws.dynamodb", [OVER["aws.dynamodb"]])

    assert event.json()["dynamodb"]["NewImage"] == {"id": {"N": "8"}}
    assert event.json()["dynamodb"]["Keys"] == {"id": {"S": "7"}}


def test_item_of_a_list_is_laid_over_the_samples_first() -> None:
    """So that each has what the app may need."""
    [event] = read("aws.logs", [OVER["aws.logs"]])

    assert [(each["message"], each["timestamp"]) for each in event.json()["logEvents"]] == [
        ("GET /cat 500", 1772619072000),
        ("GET /cat 502", 1772619072000),
    ]


@pytest.mark.parametrize("name", ["aws.sqs", "yandex.queue", "aliyun.mns"])
def test_digest_is_of_the_text(name: str) -> None:
    """Which clients of queues compare."""
    digest = hashlib.md5("猫".encode(), usedforsecurity=False).hexdigest()

    assert digest in json.dumps(make_event(name, ["猫"])).lower()


def test_one_of_a_platform_that_may_hand_over_a_list_is_itself() -> None:
    """Several are a list."""
    assert isinstance(make_event("cloudevents.event"), dict)
    assert [each["data"] for each in make_event("cloudevents.event", [1, 2])] == [1, 2]
    assert [each["data"]["value"] for each in make_event("aliyun.kafka", [{"value": "cat"}])] == ["cat"]


# --- what is refused


@pytest.mark.parametrize("call", [make_event, make_context, carries_text])
def test_unknown_source(call: Any) -> None:
    """With those that there are."""
    with pytest.raises(ConfigurationError, match=r"'aws.sqss' is no source of events: did you mean aws.sqs, "):
        call("aws.sqss")


@pytest.mark.parametrize("data", ["cat", b"cat", {"cat": 1}, 7, {1}])
def test_data_is_a_list(data: Any) -> None:
    """A text would be one record for each of its characters."""
    with pytest.raises(ConfigurationError, match=f"data is a list, .* and no {type(data).__name__}"):
        make_event("aws.sqs", data)


def test_data_has_an_item() -> None:
    """No platform sends an event of nothing."""
    with pytest.raises(ConfigurationError, match=r"data has no item: an event of aws.sqs has one record at least"):
        make_event("aws.sqs", [])


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("aws.invoke", {"Records": []}),
        ("aws.s3", {"eventSource": "aws:sqs"}),
        ("openwhisk.invoke", {"__ow_method": "get"}),
        ("openwhisk.invoke", {"http": {}}),
        ("azure.custom", {"request": {"Url": "/", "Method": "GET", "Headers": {}}}),
    ],
)
def test_event_stays_one_of_its_source(name: str, item: Any) -> None:
    """Data that would make another's of it is refused."""
    with pytest.raises(ConfigurationError, match=f"with this data the event would not be one of {name}"):
        make_event(name, [item])


def test_package_of_objects_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of Azure's; all other sources need none."""
    monkeypatch.setitem(sys.modules, "azure", None)
    monkeypatch.setitem(sys.modules, "azure.functions", None)
    monkeypatch.setattr("lambda_bridge.triggers.samples.find_spec", lambda name: None)

    with pytest.raises(ConfigurationError, match=r"'azure.queue' are made of the package 'azure.functions', which is"):
        make_event("azure.queue")
    assert {name.partition(".")[0] for name in NAMES if missing_package(name)} == {"azure"}


def test_package_around_it_is_missing_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the search raises."""

    def find_none(name: str) -> None:
        raise ModuleNotFoundError(name="azure")

    monkeypatch.setattr("lambda_bridge.triggers.samples.find_spec", find_none)
    assert missing_package("azure.queue") == "azure.functions"


@pytest.mark.parametrize("name", ["azure.timer"])
def test_keys_that_an_object_does_not_have(name: str) -> None:
    """Are refused with those that it has."""
    with pytest.raises(ConfigurationError, match=r"azure.timer has another key than past_due, schedule_status"):
        make_event(name, [{"past_due": True, "cat": 7}])


# --- contexts


def test_contexts_are_of_direct_invocations() -> None:
    """All else is told by its event."""
    assert {name for name in NAMES if make_context(name) is not None} == {
        name for name in NAMES if ROWS[name].by_context is not None
    }
    assert make_context("openwhisk.invoke") == OPENWHISK
    assert make_context("aws.invoke").invoked_function_arn.startswith("arn:aws:lambda:")
    assert make_context("fn.invoke").Method() is None


@pytest.mark.parametrize("name", ["aws.invoke", "fn.invoke"])
def test_id_of_a_direct_invocation_is_its_contexts(name: str) -> None:
    """There is none in the event."""
    got: list[CloudEvent] = []
    handler = make_handler(refuse)
    handler.on(name)(got.append)
    context = make_context(name)
    handler(make_event(name), context)

    assert got[0].id == (context.aws_request_id if name == "aws.invoke" else context.CallID())
