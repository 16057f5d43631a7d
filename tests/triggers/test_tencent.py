"""Tencent's triggers."""

from __future__ import annotations

import gzip
import json
import zlib
from base64 import b64encode
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from lambda_bridge.errors import MalformedEvent
from lambda_bridge.triggers import find
from tests.triggers.objects import read_one, read_trigger, trigger_event

LOGS = {"topic_id": "7", "topic_name": "shop", "records": [{"timestamp": "1772619072000000", "content": "GET /"}]}


def _zipped(data: bytes) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        archive.writestr("logs.json", data)
    return file.getvalue()


def _logs(packed: bytes) -> dict[str, Any]:
    return {"clslogs": {"data": b64encode(packed).decode()}}


def test_timer() -> None:
    """The data is what the user has typed in; its id is the same when SCF tries again."""
    found = read_one(trigger_event("tencent.timer/event"))

    assert (found.id, found.source) == ("nightly/2026-03-04T10:11:12Z", "tencent:timer/nightly")
    assert (found.data, found.content_type) == (b"every night", "text/plain; charset=utf-8")


def test_timer_without_a_message() -> None:
    """Then there is no data; a name of one's own is encoded in the source."""
    found = read_one(trigger_event("tencent.timer/no_message"))

    assert (found.source, found.content_type) == ("tencent:timer/%E6%AF%8F%E5%88%86%E9%92%9F", None)


def test_cos_key_is_without_account_and_bucket() -> None:
    """The event's key is /appid/bucket/object."""
    name, (created, removed) = read_trigger(trigger_event("tencent.cos/two_objects"))

    assert name == "tencent.cos"
    assert (created.subject, removed.subject) == ("in/图 1.png", "old.txt")
    assert created.source == "qcs::cos:gz:uid/1300000000:bridge-1300000000"
    assert removed.type == "com.tencentcloud.cos.ObjectRemove:Delete"
    assert created.time == "2026-03-04T10:11:12.000Z"
    assert created.id != removed.id


def test_cos_key_of_another_form_stays() -> None:
    """Nothing is cut that is not the account and the bucket; a number may be the account."""
    event = trigger_event("tencent.cos/event")
    event["Records"][0]["cos"]["cosObject"]["key"] = "in/a.txt"
    assert read_one(event).subject == "in/a.txt"

    event["Records"][0]["cos"]["cosObject"]["key"] = "/1300000000/bridge//b.txt"
    event["Records"][0]["cos"]["cosBucket"]["appid"] = 1300000000
    assert read_one(event).subject == "/b.txt"


@pytest.mark.parametrize(
    ("tag", "expected"), [("a, b", "a,b"), (["a", "b"], "a,b"), ("a", "a"), ("", None), ([], None), (None, None)]
)
def test_cmq_tags(tag: Any, expected: str | None) -> None:
    """Documented as a list, captured as text with blanks in it."""
    event = trigger_event("tencent.cmq/event")
    event["Records"][0]["CMQ"]["msgTag"] = tag

    assert read_one(event).extensions.get("tags") == expected


def test_cmq_messages() -> None:
    """JSON is told from text by itself; the owner is a number or text."""
    _, (first, second) = read_trigger(trigger_event("tencent.cmq/json_and_tag_list"))

    assert (first.data, first.content_type) == (b'{"order": 7}', "application/json")
    assert (second.data, second.content_type) == (b"hello", "text/plain; charset=utf-8")
    assert first.source == second.source == "tencent:cmq/1300000000/news"


def test_ckafka_key_of_none() -> None:
    """A message without a key has the text None for one."""
    _, (with_key, without) = read_trigger(trigger_event("tencent.ckafka/two_messages"))

    assert with_key.extensions == {"partition": "1", "offset": "7", "partitionkey": "user-7"}
    assert without.extensions == {"partition": "1", "offset": "8"}
    assert (with_key.id, without.id) == ("clicks/1/7", "clicks/1/8")


def test_ckafka_offset_of_zero() -> None:
    """The first message of the first partition has an id as well."""
    event = trigger_event("tencent.ckafka/event")
    event["Records"][0]["Ckafka"].update(offset=0, partition=0)

    assert read_one(event).id == "clicks/0/0"


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, _zipped])
def test_cls_logs_unpacked(pack: Any) -> None:
    """The page says ZIP in one place and Gzip in another."""
    found = read_one(_logs(pack(json.dumps(LOGS).encode())))

    assert (found.data, found.subject, found.time) == (LOGS, "shop", "2026-03-04T10:11:12.000Z")
    assert found.source == "tencent:cls/7"


@pytest.mark.parametrize("packed", [b"", b"hello", b"\x1f\x8bnot", b"PK\x03\x04not"])
def test_cls_logs_that_do_not_unpack(packed: bytes) -> None:
    """No error of the packer's comes through."""
    with pytest.raises(MalformedEvent):
        read_one(_logs(packed))


def test_mps() -> None:
    """The name of the event says under which key the task stands."""
    found = read_one(trigger_event("tencent.mps/event"))

    assert (found.type, found.subject) == ("com.tencentcloud.mps.WorkflowTask", "1300000000-WorkflowTask-7")
    assert found.data["Status"] == "FINISH"  # type: ignore[call-overload, index]


def test_eventbridge_misspells_subject() -> None:
    """As the page has it: subjuect, a version of 0, and milliseconds as text."""
    found = read_one(trigger_event("tencent.eventbridge/tdmq"))

    assert found.subject == "qcs::tdmq:ap-guangzhou:uin/1300000000:topicName/clicks"
    assert (found.time, found.extensions) == ("2026-03-04T10:11:12.146Z", {"region": "ap-guangzhou"})
    assert read_one(trigger_event("tencent.eventbridge/cos")).type == "cos:Created:PutObject"


@pytest.mark.parametrize(
    "event",
    [
        {"Type": "Timer"},
        {"EventType": "WorkflowTask"},
        {"EventType": ["x"], "xEvent": {}},
        {"Records": [{"eventSource": "aws:s3", "s3": {}}]},
        {"websocket": {"action": "closing", "secConnectionID": "x"}},
    ],
)
def test_events_of_others(event: Any) -> None:
    """Half of the keys is not enough."""
    source = find(event)

    assert source is None or not source.name.startswith("tencent.")
