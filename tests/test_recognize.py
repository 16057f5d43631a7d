"""Which format a call is of."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lambda_bridge.errors import EventError, MalformedEvent, UnknownEvent
from lambda_bridge.recognize import recognize
from tests.builders import (
    OBJECTS,
    URL_HOST,
    aliyun,
    aliyun_apigw,
    aws_alb,
    aws_edge,
    aws_http,
    aws_lattice,
    aws_lattice_v1,
    aws_rest,
    aws_url,
    baidu,
    digitalocean,
    huawei,
    ibm,
    openwhisk,
    read_sample,
    sample_id,
    sample_paths,
    scaleway,
    tencent_apigw,
    tencent_clb,
    tencent_cloudbase,
    tencent_url,
    volcengine,
    yandex,
)

if TYPE_CHECKING:
    from pathlib import Path

BUILT = {
    "aws_rest": aws_rest(),
    "aws_http": aws_http(),
    "aws_url": aws_url(),
    "aws_alb": aws_alb(),
    "aws_lattice": aws_lattice(),
    "aws_lattice:v1": aws_lattice_v1(),
    "aws_edge": aws_edge(),
    "tencent_apigw": tencent_apigw(),
    "tencent_url": tencent_url(),
    "yandex": yandex(),
    "scaleway": scaleway(),
    "openwhisk": openwhisk(),
    "openwhisk:web": openwhisk(query=None),
    "ibm": ibm(),
    "digitalocean": digitalocean(),
    "digitalocean:web": digitalocean(query=None),
    "tencent_clb": tencent_clb(),
    "aliyun": aliyun(),
    "aliyun_apigw": aliyun_apigw(),
    "tencent_cloudbase": tencent_cloudbase(),
    "huawei": huawei(),
    "baidu": baidu(),
    "volcengine": volcengine(),
}


def name_of(event: Any) -> str:
    return recognize((event, None), {})[0]


@pytest.mark.parametrize("spelling", BUILT)
def test_event_as_dict_text_and_bytes(spelling: str) -> None:
    """Some platforms hand over JSON that nobody has parsed yet."""
    event = BUILT[spelling]
    text = json.dumps(event)
    expected = (spelling.partition(":")[0], event, "context")

    for form in (event, text, text.encode(), bytearray(text.encode())):
        assert expected == recognize((form, "context"), {})


@pytest.mark.parametrize(
    ("args", "keywords"),
    [
        ((BUILT["aws_http"], 7), {}),
        ((BUILT["aws_http"],), {"context": 7}),
        ((), {"event": BUILT["aws_http"], "context": 7}),
        ((), {"req": BUILT["aws_http"], "context": 7}),
    ],
)
def test_arguments_by_place_and_by_name(args: tuple[Any, ...], keywords: dict[str, Any]) -> None:
    """Platforms differ in how they call a function."""
    assert recognize(args, keywords) == ("aws_http", BUILT["aws_http"], 7)


@pytest.mark.parametrize("args", [(BUILT["aws_http"],), (BUILT["aws_http"], None)])
def test_context_may_be_missing(args: tuple[Any, ...]) -> None:
    """A test may call the handler with the event alone."""
    assert recognize(args, {})[2] is None


@pytest.mark.parametrize(
    ("event", "seen"),
    [
        (None, "a NoneType"),
        ({}, "an empty dict"),
        ([], "a list"),
        (42, "an int"),
        ("[]", "a list"),
        (b"42", "an int"),
        ('"text"', "a str"),
        ({"b": 1, "a": 2}, "'a', 'b'"),
        ({7: 1}, "7"),
        (object(), "an object"),
    ],
)
def test_nobodys_event_is_described(event: Any, seen: str) -> None:
    """The error says what came: its type, or its top-level keys."""
    with pytest.raises(UnknownEvent) as caught:
        recognize((event, None), {})

    assert seen in caught.value.seen
    assert seen in str(caught.value)


def test_no_arguments_at_all() -> None:
    """A call without an event is an unknown one."""
    with pytest.raises(UnknownEvent):
        recognize((), {})


@pytest.mark.parametrize("event", ["text", b"", b"\xff", "", "{", bytearray(b"x")])
def test_text_that_is_no_json_is_malformed(event: Any) -> None:
    """The error tells the length and the type, and never quotes what came."""
    with pytest.raises(MalformedEvent) as caught:
        recognize((event, None), {})

    assert str(len(event)) in str(caught.value)
    assert len(event) == 0 or repr(event) not in str(caught.value)


@pytest.mark.parametrize("event", [b"[" * 100_000, '{"a":' * 100_000])
def test_json_that_is_nested_too_deeply_is_malformed(event: Any) -> None:
    """What a stranger may put into a queue is an error of ours, like every other event that cannot be read."""
    with pytest.raises(MalformedEvent, match="are no JSON"):
        recognize((event, None), {})


def test_long_and_many_keys_are_shortened() -> None:
    """A customer's own event may have keys without end: the log gets a few, and no values."""
    with pytest.raises(UnknownEvent) as caught:
        recognize(({f"{number:03}" + "k" * 1000: "the secret" for number in range(1000)}, None), {})

    assert len(str(caught.value)) < 1200
    assert "secret" not in str(caught.value)


JSON_SAMPLES = [path for path in sample_paths() if path.parent.name not in OBJECTS]


@pytest.mark.parametrize("path", JSON_SAMPLES, ids=sample_id)
@pytest.mark.parametrize(
    "forged",
    [
        {"elb": "1", "serviceId": "1", "serviceArn": "1", "connectionId": "1"},
        {"domainName": URL_HOST, "x-scf-request-id": "1", "methodArn": "1", "routeArn": "1"},
    ],
)
def test_nothing_that_a_client_sends_decides(path: Path, forged: dict[str, str]) -> None:
    """Headers, query, path and body of a client never change the format."""
    event = read_sample(path)
    before = name_of(event)
    for key in ("headers", "queryStringParameters", "queryString", "cookies", "pathParameters"):
        if isinstance(event.get(key), dict):
            event[key] = {**event[key], **forged}
    for key in ("path", "rawPath", "raw_path", "rawQueryString", "body"):
        if isinstance(event.get(key), str):
            event[key] = json.dumps(forged)

    assert before == name_of(event)


# Platforms that put a client's parameters and JSON beside their own keys.
MERGING = {
    "openwhisk": openwhisk(query=None),
    "ibm": ibm(),
    "digitalocean": digitalocean(query=None),
}


@pytest.mark.parametrize("name", MERGING)
@pytest.mark.parametrize("forged", JSON_SAMPLES, ids=sample_id)
def test_no_other_gateway_can_be_forged_beside_the_keys_of_one(name: str, forged: Path) -> None:
    """A whole event of another cloud among the parameters changes nothing, or the event is nobody's."""
    try:
        assert name_of({**read_sample(forged), **MERGING[name]}) == name
    except UnknownEvent:
        assert forged.parent.name in MERGING


def test_older_keys_of_digitalocean_are_its_own() -> None:
    """They say what `http` says; where they say something else, a client has written one of the two."""
    event = digitalocean(query=None)
    older = {"__ow_method": "get", "__ow_headers": event["http"]["headers"], "__ow_path": "/"}

    assert name_of({**event, **older}) == "digitalocean"
    with pytest.raises(UnknownEvent):
        name_of({**openwhisk(query=None), **event})


@pytest.mark.parametrize(
    ("event", "mark"),
    [
        (aws_rest(), {"methodArn": "arn:aws:execute-api:x"}),
        (aws_http(), {"routeArn": "arn:aws:execute-api:x"}),
        (aws_url(), {"routeArn": "arn:aws:execute-api:x"}),
    ],
)
def test_authorizers_are_no_requests(event: dict[str, Any], mark: dict[str, str]) -> None:
    """A REQUEST authorizer's event is a whole proxy event and one key more."""
    with pytest.raises(UnknownEvent):
        name_of({**event, "type": "REQUEST", **mark})


def test_websocket_that_looks_like_rest_is_none() -> None:
    """A WebSocket's connection has an id, also where method and path are there."""
    with pytest.raises(UnknownEvent):
        name_of(aws_rest(context={"connectionId": "abc", "eventType": "CONNECT"}))


def test_version_2_alone_decides_nothing() -> None:
    """Lattice says 2.0 as well, and a destination's record 1.0."""
    assert name_of(aws_lattice()) == "aws_lattice"
    with pytest.raises(UnknownEvent):
        name_of({"version": "2.0", "requestContext": {}})


def test_error_is_an_event_error_with_a_hint() -> None:
    """The message says what to do with events that are not HTTP."""
    with pytest.raises(EventError, match="events="):
        name_of({"Records": [{"eventSource": "aws:sqs"}]})
